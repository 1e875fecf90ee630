#include "scenarios/measure/curvature_along.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/curvature.h"
#include "scenarios/experiment/experiment.h"

namespace lemmata::scenarios {
namespace {

class LastStage final : public sim::Observer {
 public:
  LastStage(const sim::Config& config, long per_decade)
      : last_(static_cast<int>(config.stages.size()) - 1), loss_(config.loss.kind), per_decade_(per_decade) {}

  bool observe(const sim::Snapshot& snapshot) override {
    if (snapshot.state.stage != last_) return true;
    if (first_ < 0) first_ = snapshot.state.step;
    const long stage_step = snapshot.state.step - first_;  // the state's own counter is 0 again in the closing record
    if (snapshot.closing || stage_step >= next_) {
      curve.points.push_back(curvature_point(snapshot.problem, snapshot.state.parameters, snapshot.routing, loss_));
      curve.points.back().stage_step = stage_step;
      while (next_ <= stage_step)
        next_ = std::lround(std::pow(10, static_cast<double>(++power_) / static_cast<double>(per_decade_)));
    }
    return true;
  }

  CurvatureCurve curve;

 private:
  int last_;
  std::string loss_;
  long per_decade_, power_ = -1, next_ = 0, first_ = -1;
};

}  // namespace

CurvaturePoint curvature_point(const sim::Problem& problem, const sim::Parameters& parameters,
                               const sim::Routing& routing, const std::string& loss) {
  const double infinity = std::numeric_limits<double>::infinity();
  CurvaturePoint point{0, 0, infinity, 0, infinity, true};
  for (Index expert = 0; expert < problem.architecture().experts; ++expert) {
    const analysis::FrozenProblem frozen = frozen_problem(problem, parameters, routing, expert, loss, 0);
    if (frozen.weights.size() == 0) continue;
    const Vector w = stacked_ffn(problem.architecture(), parameters, expert);
    Vector share(frozen.weights.size()), weight(frozen.weights.size());
    for (Index k = 0, i = 0; k < problem.data().samples(); ++k) {
      if (!(routing.weight(expert, k) > 0 && problem.data().weight(k) > 0)) continue;
      weight(i) = routing.weight(expert, k);
      share(i++) = problem.data().weight(k);
    }
    const analysis::SubtaskCurvature subtask =
        analysis::subtask_curvature(analysis::frozen_hessian(frozen, w), frozen.inputs, weight, share);
    const double own_loss = analysis::frozen_value(frozen, w) / subtask.load;
    point.defined = point.defined && subtask.min_per_load * subtask.load > subtask.curvature.error &&
                    own_loss >= std::numeric_limits<double>::min();
    point.loss = std::isnan(own_loss) || own_loss > point.loss ? own_loss : point.loss;
    point.curvature_min = std::fmin(point.curvature_min, subtask.min_per_load);
    point.curvature_max = std::fmax(point.curvature_max, subtask.max_per_load);
    point.ratio = std::fmin(point.ratio, subtask.min_per_load / own_loss);
  }
  return point;
}

CurvatureCurve curvature_along(const Scenario& scenario, long seed, long per_decade) {
  const sim::Experiment experiment = prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed)));
  LastStage observer(experiment.config, per_decade);
  FinalState end;
  end.experiment = experiment;
  end.state = sim::initial_state(experiment);
  sim::train(experiment, end.state, observer);
  problem_of(experiment)
      .route(end.state.parameters,
             {experiment.config.seed, static_cast<std::uint64_t>(end.state.step), experiment.config.model.gate.noise,
              nullptr},
             end.routing);
  observer.curve.exactly_pure = frozen_stage_of(std::move(end)).exactly_pure;
  return observer.curve;
}

const CurvaturePoint* last_defined(const CurvatureCurve& curve) {
  const auto found = std::find_if(curve.points.rbegin(), curve.points.rend(),
                                  [](const CurvaturePoint& point) { return point.defined; });
  return found == curve.points.rend() ? nullptr : &*found;
}

double curvature_slope(const CurvatureCurve& curve) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const CurvaturePoint& point : curve.points) {
    if (!point.defined || !(point.loss > 0) || !(point.curvature_min > 0)) continue;
    const double a = std::log(point.loss), b = std::log(point.curvature_min);
    n += 1, x += a, y += b, xx += a * a, xy += a * b;
  }
  return n < 2 ? std::numeric_limits<double>::quiet_NaN() : (n * xy - x * y) / (n * xx - x * x);
}

void fields_of(CurvatureCurve& curve, Fields& fields) {
  std::vector<long> step;
  std::vector<double> loss, curvature_min, curvature_max, ratio, defined;
  for (const CurvaturePoint& point : curve.points) {
    step.push_back(point.stage_step);
    loss.push_back(point.loss);
    curvature_min.push_back(point.curvature_min);
    curvature_max.push_back(point.curvature_max);
    ratio.push_back(point.ratio);
    defined.push_back(point.defined ? 1 : 0);
  }
  fields.flag("exactly_pure", curve.exactly_pure, "1 = routing exactly pure at the end");
  fields.series("stage_step", "point", step, "steps since the last stage began");
  fields.series("loss", "point", loss, "largest q-weighted loss of an expert, per unit load");
  fields.series("curvature_min", "point", curvature_min, "smallest lambda_min on V_i per unit load");
  fields.series("curvature_max", "point", curvature_max, "largest lambda_max on V_i per unit load");
  fields.series("ratio", "point", ratio, "smallest lambda_min / loss of an expert");
  fields.series("defined", "point", defined,
                "0 = routed mass leaks to q < 1/2, or rounding hides lambda_min or the loss");
  curve.points.clear();
  for (std::size_t i = 0; i < step.size(); ++i)
    curve.points.push_back({step[i], loss[i], curvature_min[i], curvature_max[i], ratio[i], defined[i] == 1});
}

}  // namespace lemmata::scenarios
