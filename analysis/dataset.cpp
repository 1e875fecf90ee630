#include "analysis/dataset.h"

#include <algorithm>
#include <stdexcept>

#include "analysis/part_file.h"

namespace lemmata::analysis {
namespace {

bool is_coordinate(const Variable& variable) {
  return variable.dimensions.size() == 1 && variable.dimensions[0] == variable.name;
}

void require_sizes(const Dataset& content, const Variable& variable) {
  std::size_t elements = 1;
  for (const std::string& dimension : variable.dimensions) {
    const auto found = content.dimensions.find(dimension);
    if (found == content.dimensions.end())
      throw std::invalid_argument(variable.name + ": found dimension " + dimension + ", allowed: a declared one");
    elements *= found->second;
  }
  if (elements != element_count(variable.values))
    throw std::invalid_argument(variable.name + ": found " + std::to_string(element_count(variable.values)) +
                                " values, allowed: " + std::to_string(elements) + " by its dimensions");
}

}  // namespace

const Variable* find_variable(const Dataset& data, const std::string& name) {
  const auto found = std::find_if(data.variables.begin(), data.variables.end(),
                                  [&](const Variable& variable) { return variable.name == name; });
  return found == data.variables.end() ? nullptr : &*found;
}

void describe_variable(Hdf5Writer& file, const std::string& name, const std::string& units,
                       const std::string& description) {
  if (!units.empty()) file.set_attribute(name, "units", units);
  if (!description.empty()) file.set_attribute(name, "long_name", description);
}

void write_group(Hdf5Writer& file, const std::string& group, const Dataset& content) {
  for (const Variable& variable : content.variables) require_sizes(content, variable);
  if (!group.empty()) file.create_group(group);
  const std::string prefix = group.empty() ? "" : group + "/";
  for (const auto& [name, size] : content.dimensions) {
    const auto values = std::find_if(
        content.variables.begin(), content.variables.end(),
        [&name = name](const Variable& variable) { return variable.name == name && is_coordinate(variable); });
    if (values == content.variables.end())
      file.create_dimension(prefix + name, size);
    else
      file.create_coordinate(prefix + name, element_type(values->values), size);
  }
  for (const Variable& variable : content.variables) {
    if (!is_coordinate(variable))
      file.create_variable(prefix + variable.name, element_type(variable.values), variable.dimensions);
    file.write(prefix + variable.name, 0, variable.values);
    describe_variable(file, prefix + variable.name, variable.units, variable.description);
    if (variable.missing) file.set_attribute(prefix + variable.name, "missing_value", *variable.missing);
    for (const auto& [name, value] : variable.attributes) file.set_attribute(prefix + variable.name, name, value);
  }
  for (const auto& [name, value] : content.attributes) file.set_attribute(group, name, value);
}

void write_dataset(const std::filesystem::path& target, const Dataset& root,
                   const std::map<std::string, Dataset>& groups) {
  PartFile part(target, is_hdf5);
  try {
    Hdf5Writer file(part.part());
    write_group(file, "", root);
    for (const auto& [name, content] : groups) write_group(file, name, content);
    file.close();
  } catch (...) {
    part.discard();
    throw;
  }
  part.commit();
}

}  // namespace lemmata::analysis
