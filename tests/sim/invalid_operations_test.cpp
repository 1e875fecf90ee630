#include "sim/numerics/invalid_operations.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "sim/loss/loss.h"
#include "sim/parallel.h"
#include "sim/train/stage.h"
#include "tests/sim/training_case.h"

using namespace lemmata::sim;

namespace {

double zero_over_zero() {
  const volatile double zero = 0;
  return zero / zero;
}

/// The squared loss, whose slope makes NaN on the way to a number.
class SwallowingLoss final : public Loss {
 public:
  double value(double z) const override { return (1 - z) * (1 - z) / 2; }
  double slope(double z) const override {
    const volatile double nan = zero_over_zero();
    return nan == nan ? 0 : z - 1;
  }
  double curvature(double) const override { return 1; }
};

bool takes_a_step(const Loss& loss, ThreadTeam& team) {
  const Experiment experiment = dyadic({stage("I", 2, {{"ffn", by("gd", 0.125)}})});
  Problem problem(build_architecture(experiment.config.model), loss, experiment.data, &team);
  TrainingState state = initial_state(experiment);
  StageRun run(experiment, experiment.config.stages[0], problem, state);
  run.evaluate();
  return run.is_finite();
}

}  // namespace

TEST_CASE("invalid operations: looked for in debug builds, in every thread of a team, and forgotten when told") {
  forget_invalid_operations();
  CHECK_FALSE(was_operation_invalid());
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    ThreadTeam team(threads);
    for (long bad = 0; bad < 20; ++bad) {
      team.run(20, [bad](long number, int) {
        if (number == bad) zero_over_zero();
      });
      CHECK(was_operation_invalid() == looks_for_invalid_operations);
      forget_invalid_operations();
      team.run(20, [](long, int) {});
      CHECK_FALSE(was_operation_invalid());
    }
  }
}

TEST_CASE("invalid operations: a step that swallows a NaN is a defect in debug builds, one that makes none is not") {
  ThreadTeam team(2);
  CHECK(takes_a_step(*loss_named("squared").loss, team));
  if (looks_for_invalid_operations) {
    CHECK_THROWS_WITH_AS(takes_a_step(SwallowingLoss(), team),
                         "step 0: an operation made NaN of numbers, and nothing of it is left in the outcome",
                         std::logic_error);
  } else {
    CHECK(takes_a_step(SwallowingLoss(), team));
  }
  forget_invalid_operations();
  zero_over_zero();  // before the step, and of somebody else
  CHECK(takes_a_step(*loss_named("squared").loss, team));
}
