#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/own_file.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// The lines of an interrupted study after the first, which says what study of what build it is; a file that is not
/// there is begun with that line. A last line without its end is a run that was being written: dropped. The others
/// are given as they were before sealed_line, without its digest.
/// @param header  the first line.  @param what  "map" or "boundary", for errors.
/// @throws InputError if the file has another first line, or a line that is not as it was written; FileError if it is
/// of something else, or larger than 1 GiB.
/// Checked by: tests/scenarios/resumed_lines_test.cpp, tests/scenarios/map_test.py, tests/scenarios/boundary_test.py.
std::vector<std::string> resumed_lines(const std::filesystem::path& file, const std::string& header,
                                       const std::string& what);

/// The first line of such a file: its members, then the build's identity.
std::string lines_header(Json members);

/// Whether a file may be one of such a header, of any study and build.
analysis::IsOurs begins_as(const std::string& header);

/// A JSON object with its own SHA-256 as the last member, so that no damage is gone on from: a line of such a file.
std::string sealed_line(const std::string& object);

/// "FILE line 3": the place of result[i] in errors.
std::string line_source(const std::filesystem::path& file, std::size_t i);

}  // namespace lemmata::scenarios
