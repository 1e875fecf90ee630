#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace lemmata::scenarios {

/// The lines of an interrupted study after the first, which says what study of what build it is; a file that is not
/// there is begun with that line. A last line without its end is a run that was being written: dropped. The others
/// are given as they were before sealed_line, without its digest.
/// @param header  the first line, one JSON object.
/// @param what    "map" or "boundary", for errors.
/// @throws InputError if the file has another first line, or a line that is not as it was written.
/// Checked by: tests/scenarios/resumed_lines_test.cpp, tests/scenarios/map_test.py, tests/scenarios/boundary_test.py.
std::vector<std::string> resumed_lines(const std::filesystem::path& file, const std::string& header,
                                       const std::string& what);

/// A JSON object with its own SHA-256 as the last member, so that no damage is gone on from: a line of such a file.
std::string sealed_line(const std::string& object);

/// "FILE line 3": the place of result[i] in errors.
std::string line_source(const std::filesystem::path& file, std::size_t i);

}  // namespace lemmata::scenarios
