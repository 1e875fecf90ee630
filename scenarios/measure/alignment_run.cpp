#include "scenarios/measure/alignment_run.h"

#include <string>

#include "analysis/latent_alignment.h"
#include "scenarios/system/transformer_training.h"

namespace lemmata::scenarios {
namespace {

/// Row c is that of class c + 1.
Matrix of_next_class(const Matrix& latents) {
  Matrix moved(latents.rows(), latents.cols());
  moved << latents.bottomRows(latents.rows() - 1), latents.topRows(1);
  return moved;
}

Matrix beside(const Matrix& left, const Matrix& right) {
  Matrix both(left.rows(), left.cols() + right.cols());
  both << left, right;
  return both;
}

double score(const Matrix& latents, const Matrix& hidden) { return analysis::latent_alignment(latents, hidden).score; }

/// What is read of a network as it stands.
struct Reading {
  Scores largest, last, shuffled;
  Matrix largest_high;  ///< of layer 1, (class, unit)
};

Reading reading_of(const TransformerTraining& training) {
  const sim::ClassSequences& made = *training.source().latents();
  const HiddenUnits low = hidden_units(training.model(), training.batch(), 0),
                    high = hidden_units(training.model(), training.batch(), 1);
  const Matrix other_low = of_next_class(made.low), other_high = of_next_class(made.high);
  Reading reading;
  reading.largest = {score(made.low, low.largest), score(made.high, high.largest)};
  reading.last = {score(made.low, low.last), score(made.high, high.last)};
  reading.shuffled = {score(other_low, low.largest), score(other_high, high.largest)};
  reading.largest_high = high.largest;
  return reading;
}

void scores(Fields& fields, const std::string& name, Scores& of, const std::string& what) {
  fields.number(name + "_layer_0", of.low, "alignment of layer 0 " + what);
  fields.number(name + "_layer_1", of.high, "alignment of layer 1 " + what);
}

}  // namespace

void fields_of(AlignmentRun& run, Fields& fields) {
  scores(fields, "before_largest", run.before_largest, "before training, largest value over positions");
  scores(fields, "after_largest", run.after_largest, "after training, largest value over positions");
  scores(fields, "before_last", run.before_last, "before training, last position");
  scores(fields, "after_last", run.after_last, "after training, last position");
  scores(fields, "before_shuffled", run.before_shuffled, "before training, against the latents of other classes");
  scores(fields, "after_shuffled", run.after_shuffled, "after training, against the latents of other classes");
  scores(fields, "after_planted", run.after_planted, "after training, latents planted among the units of layer 1");
  fields.number("loss_before", run.loss_before, "cross entropy of the class before training, nat");
  fields.number("loss_after", run.loss_after, "cross entropy of the class after training, nat");
  fields.number("distinct", run.distinct, "different sequences among those of all classes");
}

AlignmentRun alignment_run(const Scenario& scenario, long seed) {
  const sim::StageConfig& stage = scenario.config.stages.at(0);
  sim::ThreadTeam team(1);  // seeds go side by side
  TransformerTraining training(scenario.settings.transformer, static_cast<std::uint64_t>(seed), team);
  training.begin_stage(stage);
  const sim::ClassSequences& made = *training.source().latents();
  AlignmentRun run;
  run.distinct = static_cast<double>(made.distinct);
  run.loss_before = training.evaluate();
  const Reading before = reading_of(training);
  for (long step = 0; step < stage.steps; ++step) {
    training.update();
    run.loss_after = training.evaluate();
  }
  const Reading after = reading_of(training);
  run.before_largest = before.largest, run.after_largest = after.largest;
  run.before_last = before.last, run.after_last = after.last;
  run.before_shuffled = before.shuffled, run.after_shuffled = after.shuffled;
  // Layer 0 as it was, so that nothing but the planted units counts.
  run.after_planted = {before.largest.low, score(made.high, beside(after.largest_high, made.high))};
  return run;
}

}  // namespace lemmata::scenarios
