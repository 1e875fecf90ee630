#include "scenarios/experiment/array_shape.h"

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

bool fits(const std::vector<std::size_t>& shape, const ExpectedShape& expected) {
  if (expected.empty() || shape.size() != expected.size()) return false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (expected[axis].second == 0 ? shape[axis] == 0 : shape[axis] != expected[axis].second) return false;
  }
  return true;
}

std::string in_words(const ExpectedShape& expected) {
  std::string names, sizes;
  for (const auto& [name, size] : expected) {
    names += (names.empty() ? "(" : ", ") + name;
    sizes += (sizes.empty() ? "(" : ", ") + (size == 0 ? ">= 1" : std::to_string(size));
  }
  return names + ") = " + sizes + ")";
}

}  // namespace

std::vector<std::size_t> shape_of(const analysis::Hdf5Reader& reader, const std::string& dataset,
                                  const ExpectedShape& first, const ExpectedShape& second) {
  const std::vector<std::size_t> shape = reader.info(dataset).shape;
  if (fits(shape, first) || fits(shape, second)) return shape;
  std::string found;
  for (const std::size_t size : shape) found += (found.empty() ? "" : ", ") + std::to_string(size);
  throw InputError(reader.file().string(), dataset, "shape (" + found + ")",
                   "shape " + in_words(first) + (second.empty() ? "" : " or " + in_words(second)));
}

}  // namespace lemmata::scenarios
