#include "scenarios/evidence/measurements.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "analysis/result_reader.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

const std::vector<double>& doubles(const analysis::Variable& variable) {
  const auto* values = std::get_if<std::vector<double>>(&variable.values);
  if (values == nullptr) throw StoredFault(variable.name + ": found integers, allowed: floats");
  return *values;
}

// Casting a number that does not fit is undefined, so what is read back is looked at first.
long whole(const std::string& name, double value) {
  if (!(std::abs(value) < 9e15) || value != std::floor(value))
    throw StoredFault(name + ": found " + shown(value) + ", allowed: a whole number");
  return static_cast<long>(value);
}

}  // namespace

void Fields::number(const std::string& name, long& value, const std::string& description) {
  double stored = static_cast<double>(value);
  scalar(name, stored, description);
  value = whole(name, stored);
}

void Fields::flag(const std::string& name, bool& value, const std::string& description) {
  double stored = value ? 1 : 0;
  scalar(name, stored, description);
  if (stored != 0 && stored != 1) throw StoredFault(name + ": found " + shown(stored) + ", allowed: 0 or 1");
  value = stored == 1;
}

void Fields::series(const std::string& name, const std::string& axis, std::vector<long>& values,
                    const std::string& description) {
  std::vector<double> stored(values.begin(), values.end());
  row(name, axis, stored, description);
  values.clear();
  for (const double value : stored) values.push_back(whole(name, value));
}

void Fields::series(const std::string& name, const std::string& axis, analysis::Vector& values,
                    const std::string& description) {
  std::vector<double> stored(values.begin(), values.end());
  row(name, axis, stored, description);
  values = Eigen::Map<const analysis::Vector>(stored.data(), static_cast<Eigen::Index>(stored.size()));
}

// --- reading back

const analysis::Variable& Measurements::stored(const std::string& name,
                                               const std::vector<std::string>& dimensions) const {
  const analysis::Variable* variable = analysis::find_variable(source_, name);
  if (variable == nullptr) throw StoredFault(name + ": found nothing, allowed: a variable over " + joined(dimensions));
  if (variable->dimensions != dimensions)
    throw StoredFault(name + ": found dimensions " + joined(variable->dimensions) + ", allowed: " + joined(dimensions));
  return *variable;
}

void Measurements::require_seeds(const std::string& name, const std::vector<long>& seeds) const {
  const std::string seed = name + "_seed";
  if (seeds.empty()) return;
  const auto* values = std::get_if<std::vector<std::int64_t>>(&stored(seed, {seed}).values);
  if (values == nullptr || !std::equal(values->begin(), values->end(), seeds.begin(), seeds.end()))
    throw StoredFault(seed + ": found other seeds than the check asks for (" + std::to_string(seeds.size()) + " from " +
                      std::to_string(seeds.front()) + ")");
}

void Measurements::Reader::scalar(const std::string& name, double& value, const std::string&) {
  value = doubles(from_.stored(name_ + "_" + name, {name_ + "_seed"}))[row_];
}

void Measurements::Reader::row(const std::string& name, const std::string& axis, std::vector<double>& values,
                               const std::string&) {
  const std::string seed = name_ + "_seed", along = name_ + "_" + axis, count_name = along + "_count";
  const auto count =
      static_cast<std::size_t>(std::max(0L, whole(count_name, doubles(from_.stored(count_name, {seed}))[row_])));
  values.clear();
  if (count == 0) return;
  const std::vector<double>& all = doubles(from_.stored(name_ + "_" + name, {seed, along}));
  const std::size_t width = from_.source_.dimensions.at(along);
  if (count > width)
    throw StoredFault(count_name + ": found " + std::to_string(count) + ", allowed: at most " + std::to_string(width));
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(row_ * width);
  values.assign(first, first + static_cast<std::ptrdiff_t>(count));
}

// --- keeping

Measurements::Writer::Column& Measurements::Writer::column(const std::string& name, const std::string& axis,
                                                           const std::string& description) {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.name == name; });
  return found != columns.end() ? *found : columns.emplace_back(Column{name, axis, description, {}});
}

void Measurements::Writer::scalar(const std::string& name, double& value, const std::string& description) {
  column(name, "", description).rows.push_back({value});
}

void Measurements::Writer::row(const std::string& name, const std::string& axis, std::vector<double>& values,
                               const std::string& description) {
  const double length = static_cast<double>(values.size());
  std::vector<std::vector<double>>& own = column(name, axis, description).rows;
  own.push_back(values);
  const std::size_t records = own.size();
  std::vector<std::vector<double>>& lengths = column(axis + "_count", "", "length of the row").rows;
  if (lengths.size() < records) lengths.push_back({length});
  if (lengths.back()[0] != length)
    throw std::logic_error("measurements: " + name + " is not as long as others along " + axis);
}

void Measurements::keep(const std::string& name, const std::vector<long>& seeds, const Writer& writer) {
  const std::string seed = name + "_seed";
  if (kept_.dimensions.count(seed) > 0) throw std::logic_error("measurements: " + name + " is measured twice");
  if (seeds.empty()) return;
  kept_.dimensions[seed] = seeds.size();
  kept_.variables.push_back(
      {seed, {seed}, std::vector<std::int64_t>(seeds.begin(), seeds.end()), "", "seed of the run", {}});
  for (const Writer::Column& column : writer.columns) {
    if (column.rows.size() != seeds.size())
      throw std::logic_error("measurements: a record of " + name + " names " + column.name + " not exactly once");
    std::size_t width = 1;
    std::vector<std::string> dimensions = {seed};
    if (!column.axis.empty()) {
      width = 0;
      for (const std::vector<double>& row : column.rows) width = std::max(width, row.size());
      if (width == 0) continue;  // every row is empty, as the counts say
      dimensions.push_back(name + "_" + column.axis);
      kept_.dimensions[dimensions.back()] = width;
    }
    std::vector<double> values;
    for (const std::vector<double>& row : column.rows) {
      values.insert(values.end(), row.begin(), row.end());
      values.resize(values.size() + width - row.size(), not_a_number);
    }
    kept_.variables.push_back({name + "_" + column.name, dimensions, std::move(values), "", column.description, {}});
  }
}

analysis::Dataset read_arrays(const std::filesystem::path& file) {
  const analysis::ResultReader reader(file);
  analysis::Dataset found;
  found.attributes = reader.attributes();
  for (const analysis::VariableInfo& info : reader.variables()) {
    for (std::size_t axis = 0; axis < info.shape.size(); ++axis)
      found.dimensions[info.dimensions[axis]] = info.shape[axis];
    analysis::Variable variable{info.name, info.dimensions, {}, info.units, info.description, {}};
    if (info.kind == analysis::StoredKind::integer)
      variable.values = reader.integers(info.name);
    else
      variable.values = reader.values(info.name);
    found.variables.push_back(std::move(variable));
  }
  return found;
}

}  // namespace lemmata::scenarios
