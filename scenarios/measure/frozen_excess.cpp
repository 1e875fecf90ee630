#include "scenarios/measure/frozen_excess.h"

#include <algorithm>

#include "scenarios/measure/stage_three.h"

namespace lemmata::scenarios {
namespace {

double loss_at(const analysis::FrozenProblem& problem, const analysis::FrozenOptimum& optimum) {
  if (problem.l2 == 0) return optimum.value;
  analysis::FrozenProblem bare = problem;
  bare.l2 = 0;
  return analysis::frozen_value(bare, optimum.minimiser);
}

}  // namespace

FrozenExcess::FrozenExcess(const FrozenStage& stage)
    : stage_(stage), architecture_(sim::build_architecture(stage.end.experiment.config.model)) {
  double scale = 0;  // ||w*||^2
  for (const FrozenExpert& expert : stage.experts) {
    optima_.push_back(analysis::frozen_optimum(expert.problem));
    floor_ += optima_.back().value;
    limit_ += loss_at(expert.problem, optima_.back());
    scale = std::max(scale, optima_.back().minimiser.squaredNorm());
  }
  least_measurable_ = measurable_excess * stage.curvature_max * scale;
}

double FrozenExcess::at(const sim::Parameters& parameters) const {
  double excess = 0;
  for (std::size_t i = 0; i < optima_.size(); ++i) {
    const FrozenExpert& expert = stage_.experts[i];
    excess +=
        analysis::frozen_excess(expert.problem, optima_[i], stacked_ffn(architecture_, parameters, expert.expert));
  }
  return excess;
}

}  // namespace lemmata::scenarios
