#include "analysis/hdf5_writer.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace lemmata::analysis {
namespace {

[[noreturn]] void refuse(const std::string& object, const std::string& found, const std::string& allowed) {
  throw std::invalid_argument("result file, " + object + ": found " + found + ", allowed: " + allowed);
}

bool is_name(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); });
}

/// Position of the part after the last '/', and of the group before it.
std::string group_of(const std::string& path) {
  const std::size_t cut = path.rfind('/');
  return cut == std::string::npos ? "" : path.substr(0, cut + 1);
}

/// Valid UTF-8 by RFC 3629 (no overlong forms, no surrogates), without NUL.
bool is_text(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) -> unsigned {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    };
    const unsigned lead = byte(i);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || lead == 0) return false;
    unsigned code = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
      code = code << 6 | (byte(i + k) & 0x3F);
    }
    if ((length == 3 && code < 0x800) || (length == 4 && (code < 0x10000 || code > 0x10FFFF)) ||
        (code >= 0xD800 && code < 0xE000))
      return false;
    i += length;
  }
  return true;
}

bool reads_as_time(const std::string& units) {
  static const std::set<std::string> times{"days",         "hours",        "minutes",    "seconds",
                                           "milliseconds", "microseconds", "nanoseconds"};
  return times.count(units) > 0 || units.find(" since ") != std::string::npos;
}

const void* data(const Array& values) {
  return std::visit([](const auto& held) -> const void* { return held.data(); }, values);
}

}  // namespace

std::size_t element_count(const Array& values) {
  return std::visit([](const auto& held) { return held.size(); }, values);
}

ElementType element_type(const Array& values) { return static_cast<ElementType>(values.index()); }

Hdf5Writer::Hdf5Writer(const std::filesystem::path& file) : file_(Hdf5File::create(file)) {}

void Hdf5Writer::require_new(const std::string& name) const {
  const std::string group = group_of(name);
  if (!is_name(name.substr(group.size()))) refuse(name, "a name with other characters", "[A-Za-z_][A-Za-z0-9_]*");
  if (!group.empty() && file_.kind(group.substr(0, group.size() - 1)) != ObjectKind::group)
    refuse(name, "no such group", "a group created before");
  if (file_.kind(name) != ObjectKind::missing) refuse(name, "an object of this name", "a new name");
}

void Hdf5Writer::create_group(const std::string& name) {
  require_new(name);
  file_.create_group(name);
}

Hdf5Writer::Dataset& Hdf5Writer::create(const std::string& name, ElementType type, std::vector<std::size_t> shape,
                                        bool growing, ScaleKind scale) {
  Hdf5Handle handle = file_.create_dataset(name, type, shape, growing, scale);
  return datasets_.emplace(name, Dataset{std::move(handle), type, std::move(shape), growing, scale}).first->second;
}

void Hdf5Writer::create_dimension(const std::string& name, std::size_t size) {
  require_new(name);
  if (size < 1) refuse(name, "a dimension of size 0", "at least 1");
  create(name, ElementType::float64, {size}, false, ScaleKind::no_values);
}

void Hdf5Writer::create_coordinate(const std::string& name, ElementType type, std::size_t size, bool growing) {
  require_new(name);
  if (size < 1 && !growing) refuse(name, "a dimension of size 0", "at least 1");
  create(name, type, {size}, growing, ScaleKind::values);
}

void Hdf5Writer::create_variable(const std::string& name, ElementType type,
                                 const std::vector<std::string>& dimensions) {
  require_new(name);
  if (dimensions.empty()) refuse(name, "no dimension", "at least one");
  std::vector<const Dataset*> scales;
  std::vector<std::size_t> shape;
  for (const std::string& dimension : dimensions) {
    const auto found = datasets_.find(group_of(name) + dimension);
    if (found == datasets_.end() || found->second.scale == ScaleKind::none)
      refuse(name, "axis " + dimension, "a dimension created before in its group");
    if (std::count(dimensions.begin(), dimensions.end(), dimension) > 1)
      refuse(name, "dimension " + dimension + " twice", "each dimension once");
    if (found->second.growing && !scales.empty())
      refuse(name, "growing dimension " + dimension + " behind others", "a growing dimension in front");
    scales.push_back(&found->second);
    shape.push_back(found->second.shape[0]);
  }
  const Dataset& dataset = create(name, type, std::move(shape), scales[0]->growing, ScaleKind::none);
  for (std::size_t axis = 0; axis < scales.size(); ++axis)
    file_.attach_scale(dataset.handle, scales[axis]->handle, axis);
}

void Hdf5Writer::write(const std::string& name, std::size_t first_row, const Array& values) {
  const auto found = datasets_.find(name);
  if (found == datasets_.end() || found->second.scale == ScaleKind::no_values)
    refuse(name, "no dataset with values", "one created before");
  Dataset& dataset = found->second;
  if (element_type(values) != dataset.type) refuse(name, "values of another type", "the type it was created with");
  std::size_t row = 1;
  for (std::size_t axis = 1; axis < dataset.shape.size(); ++axis) row *= dataset.shape[axis];
  const std::size_t rows = element_count(values) / row;
  if (rows * row != element_count(values) || (!dataset.growing && first_row + rows > dataset.shape[0]))
    refuse(name, std::to_string(element_count(values)) + " values from row " + std::to_string(first_row),
           "whole rows of " + std::to_string(row) + " inside its shape");
  if (rows > 0) file_.write_rows(dataset.handle, dataset.type, dataset.shape, first_row, rows, data(values));
}

void Hdf5Writer::set_attribute(const std::string& object, const std::string& name, const Attribute& value) {
  const std::string* text = std::get_if<std::string>(&value);
  if (!is_name(name)) refuse(object + " attribute " + name, "a name with other characters", "[A-Za-z_][A-Za-z0-9_]*");
  if (text && !is_text(*text)) refuse(object + " attribute " + name, "bytes that are no text", "UTF-8 without NUL");
  if (text && name == "units" && reads_as_time(*text))
    refuse(object + " units", *text, "units that xarray takes for no time: s for seconds");
  file_.set_attribute(object, name, value);
}

void Hdf5Writer::close() {
  file_.flush();  // before the datasets are closed, which writes too but cannot say what failed
  datasets_.clear();
  file_.close();
}

}  // namespace lemmata::analysis
