#include "scenarios/experiment/data_file.h"

#include <algorithm>

#include "analysis/hdf5_reader.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/experiment/array_shape.h"
#include "scenarios/experiment/memory_estimate.h"
#include "sim/error.h"

namespace lemmata::scenarios {
namespace {

using analysis::Hdf5Reader;

// Row-major (sample, token, feature) is column-major (feature, sample * token): the same numbers in the same order.
void read_tokens(const Hdf5Reader& reader, sim::Dataset& data) {
  const std::vector<std::size_t> shape = shape_of(reader, "X", {{"sample", 0}, {"token", 0}, {"feature", 0}});
  const double bytes = 2.0 * sizeof(double) * static_cast<double>(shape[0] * shape[1] * shape[2]);  // two copies
  if (!fits_in_memory(bytes))
    throw InputError(reader.file().string(), "X", "a shape that needs " + bytes_in_words(bytes),
                     "at most the " + bytes_in_words(machine_memory()) + " of this machine");
  const std::vector<double> values = reader.doubles("X");
  data.tokens_per_sample = static_cast<Index>(shape[1]);
  data.tokens =
      Eigen::Map<const Matrix>(values.data(), static_cast<Index>(shape[2]), static_cast<Index>(shape[0] * shape[1]));
}

Vector read_vector(const Hdf5Reader& reader, const std::string& name, std::size_t samples) {
  shape_of(reader, name, {{"sample", samples}});
  const std::vector<double> values = reader.doubles(name);
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

void read_classes(const Hdf5Reader& reader, std::size_t samples, sim::Dataset& data) {
  shape_of(reader, "class", {{"sample", samples}});
  for (const std::int64_t n : reader.integers("class")) {
    if (n < 0 || n > 1'000'000)
      throw InputError(reader.file().string(), "class", std::to_string(n), "integers from 0 to 1000000");
    data.class_index.push_back(static_cast<int>(n));
    data.classes = std::max(data.classes, static_cast<Index>(n + 1));
  }
}

Matrix read_signal(const Hdf5Reader& reader, const std::string& name, Index features) {
  if (!reader.contains(name)) return {};
  const std::vector<std::size_t> shape =
      shape_of(reader, name, {{"class", 0}, {"feature", static_cast<std::size_t>(features)}});
  const std::vector<double> values = reader.doubles(name);
  return Eigen::Map<const Matrix>(values.data(), features, static_cast<Index>(shape[0])).transpose();
}

void read_token_kinds(const Hdf5Reader& reader, std::size_t samples, sim::Dataset& data) {
  if (!reader.contains("token_kind")) return;
  shape_of(reader, "token_kind", {{"sample", samples}, {"token", static_cast<std::size_t>(data.tokens_per_sample)}});
  for (const std::int64_t kind : reader.integers("token_kind")) {
    if (kind < 0 || kind > 3) {
      throw InputError(reader.file().string(), "token_kind", std::to_string(kind),
                       "0 class, 1 label, 2 distractor, 3 noise");
    }
    data.token_kind.push_back(static_cast<sim::TokenKind>(kind));
  }
}

// Row-major copy of a matrix.
std::vector<double> by_rows(const Matrix& matrix) {
  const Matrix columns = matrix.transpose();
  return {columns.data(), columns.data() + columns.size()};
}

std::vector<double> numbers(const auto& array) { return {array.data(), array.data() + array.size()}; }

}  // namespace

sim::Dataset read_data_file(const std::filesystem::path& file) {
  const Hdf5Reader reader(file);
  sim::Dataset data;
  read_tokens(reader, data);
  const std::size_t samples = static_cast<std::size_t>(data.tokens.cols() / data.tokens_per_sample);
  data.label = read_vector(reader, "y", samples);
  read_classes(reader, samples, data);
  data.class_signal = read_signal(reader, "class_signal", data.features());
  data.label_signal = read_signal(reader, "label_signal", data.features());
  data.classes = std::max({data.classes, data.class_signal.rows(), data.label_signal.rows()});
  read_token_kinds(reader, samples, data);
  data.weight = reader.contains("weight") ? read_vector(reader, "weight", samples)
                                          : Vector(Vector::Constant(data.samples(), 1 / static_cast<double>(samples)));
  try {
    sim::check_dataset(data);
  } catch (const sim::ConfigError& error) {  // its fields are data.X, data.y, ...
    throw InputError(file.string(), error.field().substr(error.field().find('.') + 1), error.found(), error.allowed());
  }
  return data;
}

analysis::Dataset data_variables(const sim::Dataset& data) {
  const auto size = [](Index n) { return static_cast<std::size_t>(n); };
  analysis::Dataset file;
  file.dimensions = {
      {"sample", size(data.samples())}, {"token", size(data.tokens_per_sample)}, {"feature", size(data.features())}};
  const auto add = [&](const char* name, std::vector<std::string> dimensions, analysis::Array values,
                       const char* description) {
    file.variables.push_back({name, std::move(dimensions), std::move(values), "", description, {}});
  };
  add("X", {"sample", "token", "feature"}, numbers(data.tokens), "tokens");
  std::vector<std::int8_t> labels, kinds;
  for (const double label : data.label) labels.push_back(label > 0 ? 1 : -1);
  add("y", {"sample"}, labels, "label");
  add("class", {"sample"}, std::vector<std::int64_t>(data.class_index.begin(), data.class_index.end()),
      "class, from 0");
  add("weight", {"sample"}, numbers(data.weight), "weight in every mean, summing to 1");
  for (const sim::TokenKind kind : data.token_kind) kinds.push_back(static_cast<std::int8_t>(kind));
  if (!kinds.empty())
    add("token_kind", {"sample", "token"}, kinds, "0 class signal, 1 label signal, 2 distractor, 3 noise");
  if (data.class_signal.size() > 0 || data.label_signal.size() > 0)
    file.dimensions["class_of_signal"] = size(data.classes);
  if (data.class_signal.size() > 0)
    add("class_signal", {"class_of_signal", "feature"}, by_rows(data.class_signal), "c_n");
  if (data.label_signal.size() > 0)
    add("label_signal", {"class_of_signal", "feature"}, by_rows(data.label_signal), "v_n");
  return file;
}

}  // namespace lemmata::scenarios
