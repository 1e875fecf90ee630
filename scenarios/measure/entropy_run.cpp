#include "scenarios/measure/entropy_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/stable_rank.h"
#include "scenarios/system/transformer_training.h"

namespace lemmata::scenarios {

void fields_of(EntropyRun& run, Fields& fields) {
  fields.series("entropy", "record", run.entropy, "attention entropy, mean over the probe's tokens, nat");
  fields.series("stable_rank", "record", run.stable_rank, "||W||_F^2 / ||W||_2^2 of the map into the FFN");
  fields.number("loss_before", run.loss_before, "cross entropy on the probe before training, nat");
  fields.number("loss_after", run.loss_after, "cross entropy on the probe after training, nat");
}

EntropyRun entropy_run(const Scenario& scenario, long seed) {
  const sim::StageConfig& stage = scenario.config.stages.at(0);
  const long every = scenario.settings.record.every.steps;
  if (every < 1) throw std::invalid_argument("entropy_run: found log-spaced records, allowed: equal distances");
  sim::ThreadTeam team(1);  // seeds go side by side
  TransformerTraining training(scenario.settings.transformer, static_cast<std::uint64_t>(seed), team);
  training.begin_stage(stage);
  const sim::TokenBatch probe = training.source().probe(probe_sequences);
  sim::Transformer prober(training.settings().model, team);
  const sim::Blocks& blocks = training.parameters();
  EntropyRun run;
  for (long step = 0; step <= stage.steps; ++step) {
    if (step % every == 0 || step == stage.steps) {
      const double loss = prober.loss(blocks, probe);
      (step == 0 ? run.loss_before : run.loss_after) = loss;
      run.entropy.push_back(mean_attention_entropy(prober, probe, 0));
      run.stable_rank.push_back(analysis::stable_rank(blocks.at("ffn_input")));
    }
    if (step == stage.steps) break;
    training.evaluate();
    training.update();
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
