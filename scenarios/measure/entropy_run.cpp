#include "scenarios/measure/entropy_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/attention_entropy.h"
#include "analysis/stable_rank.h"
#include "sim/transformer/transformer.h"

namespace lemmata::scenarios {
namespace {

constexpr std::uint64_t probe_first = std::uint64_t{1} << 40;  // far behind every sequence that is trained on

double mean_entropy(const sim::Transformer& model, const sim::TokenBatch& batch) {
  double sum = 0;
  for (Index sequence = 0; sequence < batch.sequences(); ++sequence) {
    const auto weights = model.attention(0, sequence);
    for (Index query = 0; query < weights.cols(); ++query)
      sum += analysis::attention_entropy(weights.col(query).head(query + 1));
  }
  return sum / static_cast<double>(batch.tokens());
}

}  // namespace

void fields_of(EntropyRun& run, Fields& fields) {
  fields.series("entropy", "record", run.entropy, "attention entropy, mean over the probe's tokens, nat");
  fields.series("stable_rank", "record", run.stable_rank, "||W||_F^2 / ||W||_2^2 of the map into the FFN");
  fields.number("loss_before", run.loss_before, "cross entropy on the probe before training, nat");
  fields.number("loss_after", run.loss_after, "cross entropy on the probe after training, nat");
}

EntropyRun entropy_run(const EntropyTask& task, long seed) {
  const auto number = static_cast<std::uint64_t>(seed);
  const sim::SyntheticCorpus corpus(task.data, number);
  sim::TransformerConfig config;
  config.layers = 1;
  config.dimension = task.dimension;
  config.vocabulary = task.data.vocabulary;
  config.length = task.data.length;
  config.activation = task.activation;
  config.embedding_std = task.embedding_std;
  sim::ThreadTeam team(1);  // seeds go side by side
  sim::Transformer model(config, team), prober(config, team);
  sim::BlockState state{sim::initial_blocks(config, number), {}};
  std::map<std::string, sim::BlockTraining> train;
  for (const auto& [name, block] : state.parameters) train[name] = {"adam", task.learning_rate};
  const sim::TokenBatch probe = sim::next_token_batch(corpus.draw(probe_first, probe_sequences));
  sim::TokenBatch batch;
  sim::BlockStage stage(state, train, model.gradient_of([&]() -> const sim::TokenBatch& { return batch; }));
  EntropyRun run;
  for (long step = 0; step <= task.steps; ++step) {
    if (step % entropy_every == 0 || step == task.steps) {
      const double loss = prober.loss(state.parameters, probe);
      (step == 0 ? run.loss_before : run.loss_after) = loss;
      run.entropy.push_back(mean_entropy(prober, probe));
      run.stable_rank.push_back(analysis::stable_rank(state.parameters.at("ffn_input")));
    }
    if (step == task.steps) break;
    batch = sim::next_token_batch(corpus.draw(static_cast<std::uint64_t>(step * task.sequences), task.sequences));
    stage.evaluate();
    stage.update();
  }
  return run;
}

DipAndRebound dip_and_rebound(const std::vector<double>& curve) {
  if (curve.empty()) throw std::invalid_argument("curve: found no record, allowed: at least one");
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (!std::all_of(curve.begin(), curve.end(), [](double value) { return std::isfinite(value); })) return {nan, nan};
  const double least = *std::min_element(curve.begin(), curve.end());
  return {curve.front() - least, curve.back() - least};
}

}  // namespace lemmata::scenarios
