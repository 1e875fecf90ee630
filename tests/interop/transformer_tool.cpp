// The transformer for the Python test of tests/peers, as a program: `transformer_tool STEPS LEARNING_RATE THREADS`
// reads
// {"config", "inputs", "targets" (sequence, position; -1 = no token), "weights", "seed", "noise"} from standard input,
// trains all blocks by Adam and prints {"initial", "loss" (steps + 1), "final"}, a block as its rows. Initial values
// are those of the seed plus noise N(0, noise^2), so that no bias starts at 0 and no gain at 1.
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/random.h"
#include "sim/transformer/transformer.h"

namespace sim = lemmata::sim;
using nlohmann::json;

namespace {

json rows_of(const sim::Blocks& blocks) {
  json all;
  for (const auto& [name, block] : blocks) {
    json& rows = all[name] = json::array();
    for (lemmata::Index r = 0; r < block.rows(); ++r) {
      rows.push_back(json::array());
      for (lemmata::Index c = 0; c < block.cols(); ++c) rows.back().push_back(block(r, c));
    }
  }
  return all;
}

sim::Corpus corpus_of(const json& sequences, long vocabulary) {
  sim::Corpus corpus{vocabulary, static_cast<long>(sequences.at(0).size()), {}};
  for (const json& sequence : sequences)
    for (const json& token : sequence) corpus.tokens.push_back(token.get<std::int32_t>());
  return corpus;
}

sim::TransformerConfig config_of(const json& keys) {
  return {.layers = keys.at("layers"),
          .dimension = keys.at("dimension"),
          .hidden = keys.at("hidden"),
          .vocabulary = keys.at("vocabulary"),
          .length = keys.at("length"),
          .activation = keys.at("activation"),
          .norm = keys.at("norm"),
          .positions = keys.at("positions"),
          .feed_forward = keys.at("feed_forward")};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 64;
  const json input = json::parse(std::cin);
  const sim::TransformerConfig config = config_of(input.at("config"));
  const sim::Corpus inputs = corpus_of(input.at("inputs"), config.vocabulary);
  lemmata::Matrix weights(inputs.length, inputs.sequences());
  for (lemmata::Index s = 0; s < weights.cols(); ++s)
    for (lemmata::Index p = 0; p < weights.rows(); ++p)
      weights(p, s) = input.at("weights")[static_cast<std::size_t>(s)][static_cast<std::size_t>(p)];
  const sim::TokenBatch batch = sim::weighted_batch(inputs, corpus_of(input.at("targets"), config.vocabulary), weights);
  sim::ThreadTeam team(std::atoi(arguments[3]));
  sim::Transformer model(config, team);
  sim::BlockState state{sim::initial_blocks(config, input.at("seed").get<std::uint64_t>()), {}};
  sim::Philox random(input.at("seed").get<std::uint64_t>(), sim::Purpose::test, 0);
  std::map<std::string, sim::BlockTraining> train;
  for (auto& [name, block] : state.parameters) {
    for (double& x : block.reshaped()) x += input.at("noise").get<double>() * random.normal();
    train[name] = {"adam", std::atof(arguments[2])};
  }
  json result = {{"initial", rows_of(state.parameters)}, {"loss", json::array()}};
  sim::BlockStage stage(state, train, model.gradient_of([&]() -> const sim::TokenBatch& { return batch; }));
  for (long step = 0; step < std::atol(arguments[1]); ++step) {
    result["loss"].push_back(stage.evaluate());
    stage.update();
  }
  result["loss"].push_back(stage.evaluate());
  result["final"] = rows_of(state.parameters);
  std::cout << result << '\n';
}
