#include "theory/class_rate.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/curvature.h"
#include "scenarios/measure/planted_end.h"
#include "scenarios/measure/stage_three.h"
#include "tests/close.h"

// The rates that theory/class_rate.h predicts, against the simulator: tests/theory compares them with loops of its own.
using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

const theory::MixtureAmplitudes mixture{1, 3, 0.5, 3};  // of mot/three_stage

// One FFN-only stage of logistic loss on `experts` experts that serve the classes in turn.
Scenario logistic(long experts, const std::string& optimizer, const std::string& rate) {
  return load_scenario("mot/three_stage",
                       {{"loss.kind", "logistic"},
                        {"model.experts", std::to_string(experts)},
                        {"data.heldout", "0"},
                        {"stages", R"([{"name": "III", "steps": 100000, "train": {"ffn": {"optimizer": ")" + optimizer +
                                       R"(", "learning_rate": )" + rate + "}}}]"}});
}

// w = margin v_n at every expert, uniform attention, the gate by class and never trained.
FinalState specialised(const Scenario& scenario, double margin) {
  const long experts = scenario.config.model.experts;
  FinalState end = planted_end(scenario, 0, classes_in_turn(experts, 3));
  end.state.parameters.attention.setZero();
  for (Index i = 0; i < experts; ++i)
    end.state.parameters.ffn.col(i) = margin * end.experiment.data->label_signal.row(i % 3).transpose();
  return end;
}

struct UntilLoss final : sim::Observer {
  explicit UntilLoss(double level) : eps(level) {}
  bool observe(const sim::Snapshot& snapshot) override {
    step = snapshot.state.step;
    reached = snapshot.evaluation.prediction_loss <= eps;
    return !reached;
  }
  double eps;
  long step = 0;
  bool reached = false;
};

double steps_to(double eps, FinalState start) {
  UntilLoss observer(eps);
  sim::train(start.experiment, start.state, observer);
  REQUIRE(observer.reached);
  return static_cast<double>(observer.step);
}

}  // namespace

TEST_CASE("squared loss: a trained, exactly pure MoT under uniform attention falls at -2 ln max|1 - eta lambda|") {
  const Scenario scenario =
      load_scenario("mot/three_stage", {{"stages.1.train", R"({"gate": {"optimizer": "gd", "learning_rate": 1.0}})"}});
  for (const double rate : {0.1, 0.3}) {
    const StageThree run = stage_three(scenario, 0, 400, rate);
    REQUIRE(run.exactly_pure);
    const std::size_t last = run.time.size() - 1;
    std::size_t first = last;
    while (run.time[first] > 300) --first;  // the other modes are below exp(-60 x rate/0.1) of the slowest by then
    REQUIRE(run.measured[last] > run.least_measurable);
    const double measured = std::log(run.measured[first] / run.measured[last]) / (run.time[last] - run.time[first]);
    CHECK(close(measured, theory::squared_loss_rate(mixture, rate), 0, 1e-7));  // rounding of w - w*
    CHECK(close(run.curvature_min, theory::smallest_curvature(mixture), 0, 1e-11));
  }
}

TEST_CASE("logistic loss: lambda_min / L of the simulator's frozen expert at equal margins, alone or two of a class") {
  for (const long experts : {3L, 6L}) {
    for (const double margin : {-1.0, 0.5, 4.0, 12.0}) {
      const FinalState end = specialised(logistic(experts, "gd", "0.1"), margin);
      const sim::Problem problem = problem_of(end.experiment);
      const analysis::FrozenProblem frozen =
          frozen_problem(problem, end.state.parameters, end.routing, 0, "logistic", 0);
      const Vector w = stacked_ffn(problem.architecture(), end.state.parameters, 0);
      const Index count = frozen.weights.size();
      const analysis::SubtaskCurvature found = analysis::subtask_curvature(
          analysis::frozen_hessian(frozen, w), frozen.inputs, Vector::Ones(count), frozen.weights);
      const double loss = analysis::frozen_value(frozen, w) / found.load;
      CHECK(close(found.min_per_load / loss, theory::logistic_curvature_ratio(mixture, loss), 0, 1e-11));
    }
  }
}

TEST_CASE(
    "logistic loss, gd: steps to eps follow the flow's to a relative kappa, N |M_n|/(eta alpha^2 eps) in the end") {
  for (const long per_class : {1L, 2L}) {
    const double active = static_cast<double>(per_class), kappa = 0.06 / (3 * active);
    const FinalState start = specialised(logistic(3 * per_class, "gd", "0.06"), 1.5);
    const double flow = theory::logistic_flow_steps(mixture, active, 0.06, 1e-2, 1.5);
    CHECK(close(steps_to(1e-2, start), flow, 1, kappa));
    const double late = theory::logistic_descent_steps(mixture, active, 0.6, 1e-3);
    CHECK(close(steps_to(1e-3, specialised(logistic(3 * per_class, "gd", "0.6"), 1.5)), late, 0, 0.01));
  }
}

TEST_CASE("logistic loss, normalised gd: exactly eta alpha of margin a step, whatever N and |M_n|") {
  for (const long experts : {3L, 6L}) {
    const FinalState start = specialised(logistic(experts, "normalized_gd", "0.0625"), 0.5);
    CHECK(steps_to(1e-8, start) == std::ceil(theory::normalized_descent_steps(mixture, 0.0625, 1e-8, 0.5)));
  }
}
