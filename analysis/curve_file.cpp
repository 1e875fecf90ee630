#include "analysis/curve_file.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/file_error.h"
#include "analysis/number_text.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

std::string at_line(std::size_t line) { return "line " + std::to_string(line); }
std::string at(std::size_t line, const std::string& column) { return at_line(line) + ", column " + column; }

/// Text of the file without what would cut a message short or steer a terminal.
std::string harmless(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return text;
}

/// Text of the file, shortened for a message.
std::string excerpt(const std::string& text) {
  return "'" + harmless(text.substr(0, 40)) + (text.size() > 40 ? "..." : "") + "'";
}

/// Calls visit(line, number from 1, whether a newline ended it) for every line, without its LF or CRLF.
void for_each_line(const fs::path& file, const CurveLimits& limits,
                   const std::function<void(std::string&, std::size_t, bool)>& visit) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    throw FileError(file, "", fs::exists(file, error) ? "no regular file" : "no such file", "a file that can be read");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw FileError(file, "", "no permission to read", "a file that can be read");
  std::string line;
  std::size_t number = 0;
  const auto emit = [&](bool ended) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (++number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    visit(line, number, ended);
    line.clear();
  };
  std::vector<char> block(1 << 16);
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())), stream.gcount() > 0) {
    const char* const end = block.data() + stream.gcount();
    for (const char* begin = block.data(); begin != end;) {
      const char* const newline = std::find(begin, end, '\n');
      if (line.size() + static_cast<std::size_t>(newline - begin) > limits.max_line)
        throw FileError(file, at_line(number + 1), "a longer line",
                        "at most " + std::to_string(limits.max_line) + " bytes");
      line.append(begin, newline);
      if (newline != end) emit(true);
      begin = newline == end ? end : newline + 1;
    }
  }
  if (stream.bad()) throw FileError(file, at_line(number + 1), "a read error", "a file that can be read");
  if (!line.empty()) emit(false);
}

/// Cells of one line; `open` tells that a quote is not closed.
std::vector<std::string> cells_of(const std::string& line, bool& open) {
  std::vector<std::string> cells(1);
  open = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (open && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"')
      cells.back() += line[++i];
    else if (line[i] == '"' && (open || cells.back().empty()))
      open = !open;
    else if (line[i] == ',' && !open)
      cells.emplace_back();
    else
      cells.back() += line[i];
  }
  return cells;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

std::size_t column_of(const fs::path& file, std::size_t line, const std::vector<std::string>& header,
                      const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  std::string names;
  for (const std::string& column : header) names += (names.empty() ? "" : ", ") + column;
  if (found == header.end())
    throw FileError(file, at(line, name), "no such column", "one of " + harmless(names.substr(0, 400)));
  if (std::find(found + 1, header.end(), name) != header.end())
    throw FileError(file, at(line, name), "two columns of this name", "one");
  return static_cast<std::size_t>(found - header.begin());
}

double cell_number(const fs::path& file, std::size_t line, const std::string& column, const std::string& cell) {
  if (cell.empty()) return std::numeric_limits<double>::quiet_NaN();
  const std::optional<double> number = number_in(cell);
  if (!number) throw FileError(file, at(line, column), excerpt(cell), "a number in the range of double precision");
  return *number;
}

void add(Curve& curve, double x, double y, const fs::path& file, std::size_t line, const CurveLimits& limits) {
  if (curve.x.size() >= limits.max_rows)
    throw FileError(file, at_line(line), "more rows", "at most " + std::to_string(limits.max_rows));
  curve.x.push_back(x);
  curve.y.push_back(y);
}

double json_number(const fs::path& file, std::size_t line, const nlohmann::json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end()) throw FileError(file, at(line, key), "no such key", "a number");
  if (found->is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!found->is_number())  // a list or an object may be too deep to be shown
    throw FileError(file, at(line, key),
                    found->is_structured()
                        ? std::string("an ") + found->type_name()
                        : excerpt(found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)),
                    "a number or null");
  return found->get<double>();
}

}  // namespace

Curve read_csv_curve(const fs::path& file, const std::string& x, const std::string& y, CurveLimits limits) {
  Curve curve;
  std::vector<std::string> header;
  std::size_t x_column = 0, y_column = 0;
  for_each_line(file, limits, [&](const std::string& line, std::size_t number, bool) {
    if (trimmed(line).empty()) return;
    bool open = false;
    std::vector<std::string> cells = cells_of(line, open);
    if (open) throw FileError(file, at_line(number), "a quote that does not end in its line", "closed quotes");
    std::transform(cells.begin(), cells.end(), cells.begin(), trimmed);
    if (header.empty()) {
      header = cells;
      x_column = column_of(file, number, header, x);
      y_column = column_of(file, number, header, y);
      return;
    }
    if (cells.size() != header.size())
      throw FileError(file, at_line(number), std::to_string(cells.size()) + " cells",
                      std::to_string(header.size()) + ", as the header has");
    add(curve, cell_number(file, number, x, cells[x_column]), cell_number(file, number, y, cells[y_column]), file,
        number, limits);
  });
  if (header.empty()) throw FileError(file, "", "nothing", "a header line");
  return curve;
}

Curve read_jsonl_curve(const fs::path& file, const std::string& x, const std::string& y, CurveLimits limits) {
  Curve curve;
  for_each_line(file, limits, [&](const std::string& line, std::size_t number, bool ended) {
    if (trimmed(line).empty()) return;
    nlohmann::json object;
    try {
      object = nlohmann::json::parse(line);
    } catch (const nlohmann::json::exception& error) {  // a syntax error, or a number out of range
      if (!ended) return;
      throw FileError(file, at_line(number), excerpt(line),
                      std::string("one JSON object (") + harmless(error.what()) + ")");
    }
    if (!object.is_object()) throw FileError(file, at_line(number), excerpt(line), "one JSON object");
    add(curve, json_number(file, number, object, x), json_number(file, number, object, y), file, number, limits);
  });
  return curve;
}

Curve read_curve(const fs::path& file, const std::string& x, const std::string& y, CurveLimits limits) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".csv") return read_csv_curve(file, x, y, limits);
  if (ending == ".jsonl") return read_jsonl_curve(file, x, y, limits);
  throw FileError(file, "", "the ending " + (ending.empty() ? "(none)" : ending), ".csv or .jsonl");
}

}  // namespace lemmata::analysis
