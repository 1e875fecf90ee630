// What tests/peers/layer_agreement_test.py needs of the one-layer model, as a program:
//   layer_tool ATTENTION ACTIVATION UPSTREAM EMBEDDING QUERIES BATCH SEED STEPS RATE FILE.h5
// trains it by STEPS Adam steps and writes its samples (root; `batch` (step, sample in batch) too if BATCH > 0), its
// initial and its final blocks (groups), and the loss before each step.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "analysis/dataset.h"
#include "sim/joma/layer.h"

using namespace lemmata;

namespace {

analysis::Variable variable(const std::string& name, const std::vector<std::string>& dimensions, const Matrix& matrix) {
  std::vector<double> values;
  for (Index row = 0; row < matrix.rows(); ++row)
    for (Index column = 0; column < matrix.cols(); ++column) values.push_back(matrix(row, column));
  return {name, dimensions, values, "", "", {}};
}

analysis::Variable integers(const std::string& name, const std::vector<std::string>& dimensions,
                            const std::vector<Index>& list) {
  return {name, dimensions, std::vector<std::int64_t>(list.begin(), list.end()), "", "", {}};
}

std::map<std::string, std::size_t> sizes_of(const sim::LayerConfig& config) {
  const auto size = [](long value) { return static_cast<std::size_t>(value); };
  return {{"token", size(config.context())},
          {"sample", size(config.data.samples)},
          {"vector", size(config.context() + config.data.queries)},
          {"dimension", size(config.embedding.dimension)},
          {"node", size(config.nodes)},
          {"class", size(config.data.classes)},
          {"query", size(config.data.queries)}};
}

analysis::Dataset blocks(const sim::LayerConfig& config, const sim::Blocks& parameters) {
  analysis::Dataset data{sizes_of(config), {}, {}};
  data.variables = {variable("w", {"dimension", "node"}, parameters.at("w")),
                    variable("z", {"token", "query"}, parameters.at("z"))};
  if (parameters.contains("upper"))
    data.variables.push_back(variable("upper", {"node", "class"}, parameters.at("upper")));
  return data;
}

analysis::Dataset samples(const sim::Layer& layer) {
  const sim::LayerData& data = layer.data();
  analysis::Dataset root{sizes_of(layer.config()), {}, {}};
  root.variables = {variable("context", {"token", "sample"}, data.context),
                    variable("embedding", {"dimension", "vector"}, data.embedding),
                    variable("weight", {"sample"}, data.weight), integers("label", {"sample"}, data.label),
                    integers("sample_query", {"sample"}, data.query)};
  if (data.upstream.size() > 0) root.variables.push_back(variable("upstream", {"node", "sample"}, data.upstream));
  return root;
}

// The settings of the test: sizes that all differ, weights that are not equal.
sim::LayerConfig config_of(char** word) {
  sim::LayerConfig config;
  config.attention = word[1], config.activation = word[2], config.upstream = word[3];
  config.embedding = {word[4], std::string(word[4]) == "random" ? 8L : 12L};
  config.data.queries = std::atol(word[5]), config.data.batch = std::atol(word[6]);
  config.data.distinct = 4, config.data.common = 3, config.data.classes = 5, config.data.samples = 10;
  config.data.sample_weight = {0.05, 0.15, 0.1, 0.1, 0.2, 0.02, 0.08, 0.1, 0.1, 0.1};
  config.nodes = 6, config.temperature = 0.7, config.normaliser = 1.3;
  config.init = {0.5, 0.3, 0.4};
  return config;
}

}  // namespace

int main(int count, char** word) {
  if (count != 11) return std::cerr << "usage: see the head of tests/interop/layer_tool.cpp\n", 2;
  const sim::LayerConfig config = config_of(word);
  const auto seed = static_cast<std::uint64_t>(std::atol(word[7]));
  const long steps = std::atol(word[8]);
  sim::Layer layer(config, seed);
  sim::BlockState state{layer.initial(seed), {}};
  std::map<std::string, sim::BlockTraining> train;
  for (const auto& [name, block] : state.parameters) train[name] = {"adam", std::atof(word[9])};
  const analysis::Dataset initial = blocks(config, state.parameters);
  sim::BlockStage stage(state, train, layer.function());
  std::vector<double> losses;
  std::vector<Index> batches;
  for (long step = 0; step < steps; ++step) {
    const std::vector<Index> batch = sim::minibatch(config.data.samples, config.data.batch, seed, step);
    layer.use_samples(batch);
    batches.insert(batches.end(), batch.begin(), batch.end());
    losses.push_back(stage.evaluate());
    stage.update();
  }
  analysis::Dataset root = samples(layer);
  root.dimensions["step"] = static_cast<std::size_t>(steps);
  root.dimensions["in_batch"] = batches.size() / static_cast<std::size_t>(steps);
  root.variables.push_back({"loss", {"step"}, losses, "", "", {}});
  root.variables.push_back(integers("batch", {"step", "in_batch"}, batches));
  root.attributes = {{"temperature", config.temperature}, {"normaliser", config.normaliser}};
  analysis::write_dataset(word[10], root, {{"initial", initial}, {"final", blocks(config, state.parameters)}});
  return 0;
}
