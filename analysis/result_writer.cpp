#include "analysis/result_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "analysis/number_text.h"
#include "analysis/own_file.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& found, const std::string& allowed) {
  throw std::invalid_argument("record, " + what + ": found " + found + ", allowed: " + allowed);
}

Array empty_array(ElementType type) {
  if (type == ElementType::float64) return std::vector<double>{};
  if (type == ElementType::int64) return std::vector<std::int64_t>{};
  return std::vector<std::int8_t>{};
}

void push_back(Array& buffer, std::span<const double> row) {
  std::visit(
      [&](auto& held) {
        for (const double value : row)
          held.push_back(static_cast<typename std::decay_t<decltype(held)>::value_type>(value));
      },
      buffer);
}

void clear(Array& buffer) {
  std::visit([](auto& held) { held.clear(); }, buffer);
}

bool fits(double value, ElementType type) {
  if (type == ElementType::float64) return true;
  const double limit = type == ElementType::int64 ? 0x1p63 : 0x1p7;
  return std::trunc(value) == value && value >= -limit && value < limit;
}

}  // namespace

fs::path beside(const fs::path& result, const std::string& ending) {
  fs::path path = result;
  if (path.extension() == ".h5") path.replace_extension();
  path += ending;
  return path;
}

namespace {

// The files beside it could be written too; looked at before anything is.
const fs::path& replaceable(const fs::path& target) {
  require_writable_target(beside(target, ".metrics.json"), is_json);
  require_own(beside(target, ".jsonl"), is_live_curve, O_RDWR);
  return target;
}

}  // namespace

ResultWriter::ResultWriter(const fs::path& target, const ResultLayout& layout, const Attributes& root_attributes,
                           WriterOptions options)
    : part_(replaceable(target), is_hdf5), options_(options), flushed_(std::chrono::steady_clock::now()) {
  try {
    file_ = std::make_unique<Hdf5Writer>(part_.part());
    create_layout(layout);
    for (const auto& [name, value] : root_attributes) set_attribute(name, value);
    file_->flush();
  } catch (...) {
    file_.reset();
    part_.discard();
    throw;
  }
}

ResultWriter::~ResultWriter() {
  if (!file_) return;
  try {
    write_out();
    file_->close();
  } catch (...) {   // a destructor cannot tell; what was flushed before stands
  }
  if (last_step_ < 0) part_.discard();
}

void ResultWriter::create_layout(const ResultLayout& layout) {
  file_->create_coordinate("step", ElementType::int64, 0, true);
  file_->set_attribute("step", "long_name", std::string("updates made so far"));
  for (const auto& [name, size] : layout.dimensions) {
    const auto values = layout.coordinates.find(name);
    if (values == layout.coordinates.end()) {
      file_->create_dimension(name, size);
      continue;
    }
    if (element_count(values->second) != size)
      refuse("coordinate " + name, std::to_string(element_count(values->second)) + " values", std::to_string(size));
    file_->create_coordinate(name, element_type(values->second), size);
    file_->write(name, 0, values->second);
  }
  for (const auto& [name, values] : layout.coordinates)
    if (layout.dimensions.count(name) == 0)
      refuse("coordinate " + name, "no such dimension", "one of layout.dimensions");
  for (const VariableSpec& spec : layout.recorded) {
    if (spec.dimensions.empty() || spec.dimensions[0] != "step")
      refuse(spec.name, "no leading dimension step", "step in front");
    file_->create_variable(spec.name, spec.type, spec.dimensions);
    describe_variable(*file_, spec.name, spec.units, spec.description);
    Column column{spec, 1, empty_array(spec.type)};
    for (std::size_t axis = 1; axis < spec.dimensions.size(); ++axis)
      column.row *= layout.dimensions.at(spec.dimensions[axis]);
    columns_.push_back(std::move(column));
  }
}

void ResultWriter::require_row(const Column& column, std::span<const double> row) const {
  if (row.size() != column.row)
    refuse(column.spec.name, std::to_string(row.size()) + " values", std::to_string(column.row));
  for (const double value : row)
    if (!fits(value, column.spec.type))
      refuse(column.spec.name, std::to_string(value), "whole numbers in the range of its type");
}

void ResultWriter::append(long step, std::span<const std::span<const double>> values) {
  if (!file_) throw std::logic_error("ResultWriter: append after finish");
  if (!(step > last_step_)) refuse("step", std::to_string(step), "more than " + std::to_string(last_step_));
  if (values.size() != columns_.size())
    refuse("variables", std::to_string(values.size()) + " rows", std::to_string(columns_.size()));
  for (std::size_t i = 0; i < values.size(); ++i) require_row(columns_[i], values[i]);
  last_step_ = step;
  steps_.push_back(step);
  for (std::size_t i = 0; i < values.size(); ++i) push_back(columns_[i].buffer, values[i]);
  write_line(step, values);
  if (steps_.size() >= options_.buffer_rows) write_out();
  flush_if_due();
}

void ResultWriter::append(long step, const std::map<std::string, std::vector<double>>& values) {
  std::vector<std::span<const double>> rows;
  for (const Column& column : columns_) {
    const auto found = values.find(column.spec.name);
    if (found == values.end()) refuse(column.spec.name, "no values", "values of every recorded variable");
    rows.emplace_back(found->second);
  }
  for (const auto& [name, row] : values)
    if (std::none_of(columns_.begin(), columns_.end(),
                     [&name = name](const Column& column) { return column.spec.name == name; }))
      refuse(name, "a variable that is not recorded", "those of the layout");
  append(step, rows);
}

void ResultWriter::write_line(long step, std::span<const std::span<const double>> values) {
  std::string line = "{\"step\":" + std::to_string(step);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const VariableSpec& spec = columns_[i].spec;
    if (spec.dimensions.size() != 1) continue;
    line += ",\"" + spec.name + "\":";   // names hold letters, digits and underscores only
    if (std::isfinite(values[i][0])) append_shortest(line, values[i][0]);
    else line += "null";
    if (spec.type == ElementType::float64) last_[spec.name] = values[i][0];
    else last_[spec.name] = static_cast<std::int64_t>(values[i][0]);
  }
  curve().append(line += '}');
}

LineFile& ResultWriter::curve() {
  if (!curve_) curve_ = std::make_unique<LineFile>(beside(part_.target(), ".jsonl"));
  return *curve_;
}

void ResultWriter::write_out() {
  if (steps_.empty()) return;
  for (const Column& column : columns_) file_->write(column.spec.name, written_, column.buffer);
  file_->write("step", written_, steps_);
  written_ += steps_.size();   // only now: after a failure the same rows are written again, to the same place
  for (Column& column : columns_) clear(column.buffer);
  steps_.clear();
}

bool ResultWriter::is_flush_due() const {
  const auto now = std::chrono::steady_clock::now();
  return file_ && std::chrono::duration<double>(now - flushed_).count() >= options_.flush_seconds;
}

void ResultWriter::flush_if_due() {
  if (!is_flush_due()) return;
  write_out();
  file_->flush();
  flushed_ = std::chrono::steady_clock::now();
}

void ResultWriter::write_group(const std::string& name, const Dataset& content) {
  if (!file_ || name.empty()) throw std::logic_error("ResultWriter: write_group after finish, or without a name");
  analysis::write_group(*file_, name, content);
}

void ResultWriter::set_attribute(const std::string& name, const Attribute& value) {
  if (!file_) throw std::logic_error("ResultWriter: set_attribute after finish");
  file_->set_attribute("", name, value);
  attributes_[name] = value;
}

std::string ResultWriter::metrics() const {
  nlohmann::json flat = nlohmann::json::object();   // NaN and infinity become null
  for (const Attributes* part : {&attributes_, &last_})
    for (const auto& [name, value] : *part)
      if (name != "scenario") std::visit([&flat, &name = name](const auto& held) { flat[name] = held; }, value);
  for (const auto& [name, value] : metrics_) flat[name] = value;
  if (last_step_ >= 0) flat["step"] = last_step_;
  return flat.dump(2) + "\n";
}

void ResultWriter::finish() {
  if (!file_) throw std::logic_error("ResultWriter: finish twice");
  write_out();
  file_->close();
  file_.reset();
  curve();  // none was recorded: an empty one
  curve_.reset();
  write_text_atomically(beside(part_.target(), ".metrics.json"), is_json, metrics());
  part_.commit();   // last: where x.h5 is, everything else is
}

}  // namespace lemmata::analysis
