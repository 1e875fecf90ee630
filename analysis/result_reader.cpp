#include "analysis/result_reader.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include "analysis/number_text.h"
#include "analysis/part_file.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

std::string text_of(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  const std::string* text = found == attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text ? *text : "";
}

std::string shape_text(const VariableInfo& variable) {
  std::string text = "(";
  for (const std::string& dimension : variable.dimensions) text += (text.size() > 1 ? ", " : "") + dimension;
  return text + ")";
}

using Labels = std::map<std::string, std::vector<double>>;   ///< values of the dimensions that have some

/// The column of one dimension, each cell with its comma: the dimension's values if it has them, else the index.
std::vector<std::string> axis_cells(const Labels& labels, const std::string& dimension, std::size_t length) {
  const auto found = labels.find(dimension);
  std::vector<std::string> cells(length);
  for (std::size_t i = 0; i < length; ++i) {
    append_17_digits(cells[i],
                     found != labels.end() && i < found->second.size() ? found->second[i] : static_cast<double>(i));
    cells[i] += ',';
  }
  return cells;
}

std::string heading_of(const VariableInfo& variable) {
  std::string heading;
  for (const std::string& dimension : variable.dimensions) heading += dimension + ",";
  return heading + variable.name + "\n";
}

void write_long_form(const ResultReader& result, const VariableInfo& variable, const Labels& labels,
                     std::ostream& out) {
  std::vector<std::vector<std::string>> cells;
  for (std::size_t axis = 0; axis < variable.dimensions.size(); ++axis) {
    cells.push_back(axis_cells(labels, variable.dimensions[axis], variable.shape[axis]));
  }
  std::vector<std::size_t> index(cells.size(), 0);
  for (const double value : result.values(variable.name)) {
    for (std::size_t axis = 0; axis < index.size(); ++axis) out << cells[axis][index[axis]];
    std::string number;
    append_17_digits(number, value);
    out << number << '\n';
    for (std::size_t axis = index.size(); axis-- > 0 && ++index[axis] == cells[axis].size();) index[axis] = 0;
  }
}

void write_csv(const ResultReader& result, const VariableInfo& variable, const Labels& labels, const fs::path& target) {
  const std::string heading = heading_of(variable);
  PartFile part(target, [&](std::string_view beginning) {  // that of a result with other axes too
    return begins_alike(beginning, heading) || beginning.substr(0, beginning.find('\n')).ends_with("," + variable.name);
  });
  std::ofstream out(part.part(), std::ios::binary | std::ios::trunc);
  out << heading;
  write_long_form(result, variable, labels, out);
  out.close();
  if (!out) {
    part.discard();
    throw FileError(target, "", "a write error", "a disk that takes the data");
  }
  part.commit();
}

}  // namespace

std::string ResultReader::text(const std::string& attribute) const {
  const Attributes all = attributes();
  const auto found = all.find(attribute);
  if (found == all.end()) throw FileError(file(), "attribute " + attribute, "none", "a string");
  if (!std::holds_alternative<std::string>(found->second))
    throw FileError(file(), "attribute " + attribute, "a number", "a string");
  return std::get<std::string>(found->second);
}

VariableInfo ResultReader::variable(const std::string& name) const {
  const DatasetInfo info = reader_.info(name);
  if (info.kind == StoredKind::other) throw FileError(file(), name, info.type, "a float or integer type of any width");
  if (info.dimension_without_values) throw FileError(file(), name, "a dimension without values", "a variable");
  const auto unlabelled = std::find(info.dimensions.begin(), info.dimensions.end(), "");
  if (unlabelled != info.dimensions.end())
    throw FileError(file(), name, "axis " + std::to_string(unlabelled - info.dimensions.begin()) + " without a name",
                    "a dimension scale on every axis");
  const Attributes attributes = reader_.attributes(name);
  return {name, info.dimensions, info.shape, info.kind, text_of(attributes, "units"), text_of(attributes, "long_name")};
}

std::vector<VariableInfo> ResultReader::variables(const std::string& group) const {
  std::vector<VariableInfo> found;
  for (const std::string& name : reader_.dataset_names(group)) {
    const std::string path = group.empty() ? name : group + "/" + name;
    const DatasetInfo info = reader_.info(path);
    if (info.kind != StoredKind::other && !info.dimension_without_values) found.push_back(variable(path));
  }
  return found;
}

std::vector<double> ResultReader::values(const std::string& name) const {
  std::vector<double> values = reader_.doubles(name);
  const Attributes attributes = reader_.attributes(name);
  const auto missing = attributes.find("missing_value");
  if (missing != attributes.end() && std::holds_alternative<std::int64_t>(missing->second))
    std::replace(values.begin(), values.end(), static_cast<double>(std::get<std::int64_t>(missing->second)),
                 std::numeric_limits<double>::quiet_NaN());
  return values;
}

std::pair<std::vector<double>, std::vector<double>> ResultReader::curve(const std::string& x, const std::string& y,
                                                                        std::optional<std::size_t> seed) const {
  const VariableInfo variable = this->variable(y);
  const bool seeds = !variable.dimensions.empty() && variable.dimensions[0] == "seed";
  const std::vector<std::string> expected = seeds ? std::vector<std::string>{"seed", x} : std::vector<std::string>{x};
  if (variable.dimensions != expected)
    throw FileError(file(), y, "dimensions " + shape_text(variable), "(" + x + ") or (seed, " + x + ")");
  if (seeds != seed.has_value())
    throw FileError(file(), y, seeds ? "a dimension seed" : "no dimension seed",
                    seeds ? "one chosen seed" : "no choice of a seed");
  if (seeds && *seed >= variable.shape[0])
    throw FileError(file(), y, "seed index " + std::to_string(*seed), "less than " + std::to_string(variable.shape[0]));
  std::vector<double> abscissa = values(x), ordinate = values(y);
  if (seeds) {
    const auto first = ordinate.begin() + static_cast<std::ptrdiff_t>(*seed * variable.shape[1]);
    ordinate = std::vector<double>(first, first + static_cast<std::ptrdiff_t>(variable.shape[1]));
  }
  if (abscissa.size() != ordinate.size())
    throw FileError(file(), x, std::to_string(abscissa.size()) + " values",
                    std::to_string(ordinate.size()) + ", as " + y + " has");
  return {std::move(abscissa), std::move(ordinate)};
}

std::vector<fs::path> export_csv(const ResultReader& result, const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) fs::create_directory(directory, error);
  if (!fs::is_directory(directory))
    throw FileError(directory, "", error ? error.message() : "no directory",
                    "a directory, or a new one in an existing one");
  const std::vector<VariableInfo> variables = result.variables();
  Labels labels;
  for (const VariableInfo& variable : variables)
    if (variable.dimensions == std::vector<std::string>{variable.name})
      labels[variable.name] = result.values(variable.name);
  std::vector<fs::path> written;
  for (const VariableInfo& variable : variables) {
    const bool recorded =
        std::find(variable.dimensions.begin(), variable.dimensions.end(), "step") != variable.dimensions.end();
    if (!recorded || variable.name == "step") continue;
    written.push_back(directory / (variable.name + ".csv"));
    write_csv(result, variable, labels, written.back());
  }
  return written;
}

}  // namespace lemmata::analysis
