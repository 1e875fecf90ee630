#include "scenarios/experiment/parameter_file.h"

#include <cmath>

#include "analysis/hdf5_reader.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/experiment/array_shape.h"

namespace lemmata::scenarios {
namespace {

using analysis::Hdf5Reader;

std::size_t size_of(Index n) { return static_cast<std::size_t>(n); }

std::vector<double> finite_values(const Hdf5Reader& reader, const std::string& name) {
  std::vector<double> values = reader.doubles(name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw InputError(reader.file().string(), name, std::to_string(values[i]) + " at position " + std::to_string(i),
                       "finite numbers");
    }
  }
  return values;
}

// Row-major (expert, neuron, feature) is column-major (feature, expert * neuron): the same numbers in the same order.
// That holds for ffn, gate and output.
void read_block(const Hdf5Reader& reader, const std::string& name, const ExpectedShape& first,
                const ExpectedShape& second, Matrix& block) {
  shape_of(reader, name, first, second);
  const std::vector<double> values = finite_values(reader, name);
  block = Eigen::Map<const Matrix>(values.data(), block.rows(), block.cols());
}

// Q_a(key, query) is row-major in the file and column-major here, so each is transposed.
void read_attention(const Hdf5Reader& reader, const sim::Architecture& architecture, Matrix& attention) {
  const Index features = attention.rows();
  const ExpectedShape one = {{"key_feature", size_of(features)}, {"query_feature", size_of(features)}};
  ExpectedShape several = one;
  several.insert(several.begin(), {"expert", size_of(architecture.attentions())});
  shape_of(reader, "attention", several, architecture.shared_attention ? one : ExpectedShape{});
  const std::vector<double> values = finite_values(reader, "attention");
  for (Index a = 0; a < architecture.attentions(); ++a) {
    const Eigen::Map<const Matrix> transposed(values.data() + a * features * features, features, features);
    attention.middleCols(a * features, features) = transposed.transpose();
  }
}

}  // namespace

void read_parameters(const std::filesystem::path& file, const sim::Architecture& architecture,
                     sim::Parameters& parameters) {
  const Hdf5Reader reader(file);
  if (!reader.contains("ffn") && !reader.contains("attention") && !reader.contains("gate")) {
    throw InputError(file.string(), "", "none of ffn, attention, gate", "at least one of these datasets");
  }
  const std::size_t units = size_of(architecture.units()), neurons = size_of(architecture.neurons),
                    features = size_of(parameters.ffn.rows());
  const ExpectedShape by_neuron = {{"expert", units}, {"neuron", neurons}, {"feature", features}};
  const ExpectedShape by_expert = {{"expert", units}, {"feature", features}};
  if (reader.contains("ffn"))
    read_block(reader, "ffn", by_neuron, neurons == 1 ? by_expert : ExpectedShape{}, parameters.ffn);
  if (reader.contains("attention")) read_attention(reader, architecture, parameters.attention);
  if (architecture.gated && reader.contains("gate")) {
    read_block(reader, "gate", {{"expert", size_of(architecture.experts)}, {"feature", features}}, {}, parameters.gate);
  }
  if (reader.contains("output")) {
    const ExpectedShape scalar = {{"expert", units}};
    read_block(reader, "output", {{"expert", units}, {"neuron", neurons}}, neurons == 1 ? scalar : ExpectedShape{},
               parameters.output);
  }
}

std::vector<Matrix> read_routing_noise(const std::filesystem::path& file, const sim::Architecture& architecture,
                                       Index samples, double nu, long steps) {
  const Hdf5Reader reader(file);
  if (!reader.contains("routing_noise")) return {};
  const std::size_t experts = size_of(architecture.experts);
  const std::vector<std::size_t> shape =
      shape_of(reader, "routing_noise", {{"step", 0}, {"sample", size_of(samples)}, {"expert", experts}});
  if (shape[0] < static_cast<std::size_t>(steps)) {
    throw InputError(file.string(), "routing_noise", std::to_string(shape[0]) + " steps",
                     "at least the " + std::to_string(steps) + " steps of the schedule");
  }
  const std::vector<double> values = reader.doubles("routing_noise");
  for (const double draw : values) {
    if (!(draw >= 0 && draw <= nu)) {
      throw InputError(file.string(), "routing_noise", std::to_string(draw),
                       "draws in [0, model.gate.noise] = [0, " + std::to_string(nu) + "]");
    }
  }
  std::vector<Matrix> noise;
  for (std::size_t step = 0; step < shape[0]; ++step) {
    noise.emplace_back(
        Eigen::Map<const Matrix>(values.data() + step * shape[1] * shape[2], architecture.experts, samples));
  }
  return noise;
}

analysis::Dataset parameter_variables(const sim::Architecture& architecture, const sim::Parameters& parameters) {
  const Index features = parameters.ffn.rows();
  analysis::Dataset file;
  file.dimensions = {{"expert", size_of(architecture.units())}, {"feature", size_of(features)},
                     {"key_feature", size_of(features)}, {"query_feature", size_of(features)}};
  const bool several_neurons = architecture.neurons > 1;
  if (several_neurons) file.dimensions["neuron"] = size_of(architecture.neurons);
  const auto add = [&](const char* name, std::vector<std::string> dimensions, const Matrix& values,
                       const char* description) {
    file.variables.push_back({name,
                              std::move(dimensions),
                              std::vector<double>(values.data(), values.data() + values.size()),
                              "",
                              description,
                              {}});
  };
  using Names = std::vector<std::string>;
  add("ffn", several_neurons ? Names{"expert", "neuron", "feature"} : Names{"expert", "feature"}, parameters.ffn,
      "FFN weights w");
  Matrix attention(features, parameters.attention.cols());
  for (Index a = 0; a < architecture.attentions(); ++a) {
    attention.middleCols(a * features, features) = parameters.attention.middleCols(a * features, features).transpose();
  }
  add("attention",
      architecture.shared_attention ? Names{"key_feature", "query_feature"}
                                    : Names{"expert", "key_feature", "query_feature"},
      attention, "key-query matrices Q; the score of key j for query l is x_j^T Q x_l");
  if (architecture.gated) add("gate", {"expert", "feature"}, parameters.gate, "gate weights theta");
  add("output", several_neurons ? Names{"expert", "neuron"} : Names{"expert"}, parameters.output,
      "output weights of the neurons");
  return file;
}

}  // namespace lemmata::scenarios
