#include "scenarios/measure/frozen_stage.h"

#include <cmath>
#include <limits>

#include "analysis/curvature.h"
#include "scenarios/measure/specialisation.h"

namespace lemmata::scenarios {
namespace {

FrozenExpert freeze_expert(const sim::Problem& problem, const FinalState& end, Index expert) {
  const sim::LossConfig& loss = end.experiment.config.loss;
  const sim::Dataset& data = problem.data();
  FrozenExpert frozen{expert,
                      frozen_problem(problem, end.state.parameters, end.routing, expert, loss.kind, loss.l2),
                      stacked_ffn(problem.architecture(), end.state.parameters, expert),
                      {},
                      {}};
  const Index count = frozen.problem.weights.size();
  frozen.routing.resize(count);
  frozen.share.resize(count);
  Index i = 0;
  for (Index k = 0; k < data.samples(); ++k) {
    const double q = end.routing.weight(expert, k);
    if (!(q > 0 && data.weight(k) > 0)) continue;  // the samples that frozen_problem keeps
    frozen.routing(i) = q;
    frozen.share(i++) = data.weight(k);
  }
  return frozen;
}

double curvature_max(const FrozenExpert& expert) {
  analysis::FrozenProblem bare = expert.problem;
  bare.l2 = 0;
  return analysis::curvature_on_span(analysis::frozen_hessian(bare, expert.start), bare.inputs).max_full;
}

}  // namespace

FrozenStage frozen_stage(const Scenario& scenario, long seed, std::size_t stages) {
  return frozen_stage_of(train_seed(first_stages(scenario, stages), seed));
}

FrozenStage frozen_stage_of(FinalState end) {
  FrozenStage found;
  found.end = std::move(end);
  const sim::Problem problem = problem_of(found.end.experiment);
  for (Index expert = 0; expert < problem.architecture().experts; ++expert) {
    FrozenExpert frozen = freeze_expert(problem, found.end, expert);
    if (frozen.routing.size() == 0) continue;
    found.curvature_max = std::fmax(found.curvature_max, curvature_max(frozen));
    found.leak += (frozen.routing.array() < 0.5).select(frozen.problem.weights, 0.0).sum();
    found.experts.push_back(std::move(frozen));
  }
  if (problem.architecture().gated && problem.data().label_signal.size() > 0)
    found.exactly_pure = is_exactly_pure(specialisation(problem, found.end.state.parameters, found.end.routing));
  return found;
}

StageConditioning conditioning(const FrozenStage& stage) {
  StageConditioning found;
  found.curvature_min = std::numeric_limits<double>::infinity();
  found.defined = !stage.experts.empty();
  for (const FrozenExpert& expert : stage.experts) {
    analysis::FrozenProblem bare = expert.problem;
    bare.l2 = 0;
    const analysis::SubtaskCurvature subtask = analysis::subtask_curvature(analysis::frozen_hessian(bare, expert.start),
                                                                           bare.inputs, expert.routing, expert.share);
    found.defined = found.defined && !std::isnan(subtask.min_per_load);
    const double certain = std::fmax(subtask.min_per_load, subtask.curvature.error / subtask.load);
    found.curvature_min = std::fmin(found.curvature_min, certain);
    found.curvature_max = std::fmax(found.curvature_max, subtask.max_per_load);
    found.floor += analysis::frozen_optimum(expert.problem).value;
  }
  if (!found.defined) found.curvature_min = found.curvature_max = std::numeric_limits<double>::quiet_NaN();
  found.condition = found.curvature_min / found.curvature_max;
  return found;
}

std::vector<Override> stages_without_gate() {
  return {{"stages.0.train", R"({"ffn": {"optimizer": "normalized_gd", "learning_rate": 0.02}})"},
          {"stages.1.train", R"({"attention": {"optimizer": "gd", "learning_rate": 1.0}})"},
          {"stages.2.train", R"({"ffn": {"optimizer": "gd", "learning_rate": 0.05}})"}};
}

Scenario three_stage_of(const std::string& kind, long heads, const std::vector<Override>& more) {
  std::vector<Override> overrides = {{"model.kind", kind}};
  if (kind == "single") {
    overrides = stages_without_gate();
    overrides.push_back({"model.kind", kind});
    overrides.push_back({"model.heads", std::to_string(heads)});
  }
  overrides.insert(overrides.end(), more.begin(), more.end());
  return load_scenario("mot/three_stage", overrides);
}

}  // namespace lemmata::scenarios
