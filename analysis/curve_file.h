#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace lemmata::analysis {

struct Curve {
  std::vector<double> x, y;   ///< equally long, in the order of the file
};

/// What a curve file may hold at most.
struct CurveLimits {
  std::size_t max_rows = 10'000'000;
  std::size_t max_line = 1'000'000;   ///< bytes
};

/// Reads two columns of a CSV file: header line, comma between cells, cells quoted by RFC 4180 or not, LF or CRLF, a
/// UTF-8 mark and empty lines ignored. An empty cell and "nan" are NaN; cells of other columns are not looked at.
/// @throws FileError naming line and column: no such file or column, two columns of that name, a line with another
/// number of
///                   cells than the header, a cell that is no number, an open quote, more than the limits.
/// Checked by: tests/analysis/curve_file_test.cpp.
Curve read_csv_curve(const std::filesystem::path& file, const std::string& x, const std::string& y,
                     CurveLimits limits = {});

/// Reads two keys of a JSON-lines file, one object a line, null = NaN. A last line without its newline that is no JSON
/// is left out: a run that died was writing it.
/// @throws FileError naming line and key: no such file, a line that is no JSON object, a missing key, a value that is
/// no number.
Curve read_jsonl_curve(const std::filesystem::path& file, const std::string& x, const std::string& y,
                       CurveLimits limits = {});

/// By the file's ending, .csv or .jsonl (in small or capital letters).  @throws FileError on another ending.
Curve read_curve(const std::filesystem::path& file, const std::string& x, const std::string& y,
                 CurveLimits limits = {});

}  // namespace lemmata::analysis
