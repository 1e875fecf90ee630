#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "scenarios/measure/direction.h"
#include "scenarios/measure/label_mass.h"
#include "scenarios/measure/schedule_outcome.h"
#include "scenarios/measure/stage_three.h"
#include "scenarios/measure/trained_floor.h"

// The verdicts of M6, M8, M9 and M12 on made-up findings just beside their thresholds.
namespace lemmata::scenarios {
namespace {

// Exponential at rate .1 in the curve, so b = 10 in T(eps) = a + b ln(1/eps), by the fits and by the spectrum.
StageThree exponential_run() {
  StageThree run;
  run.exactly_pure = true;
  run.predicted_rate = 0.1;
  run.law.law = analysis::Law::exponential;
  run.law.interval = {0.0999, 0.1001};
  run.steps_law.kind = analysis::StepsLaw::Kind::log;
  run.steps_law.interval = {9.99, 10.01};
  run.steps_law.decades = 3;
  return run;
}

// Twins of which the first `pure` are class-pure, each with one least loss in sample and one gain.
Twins made_up_twins(std::size_t pure, double optimum, double gain) {
  Twins twins;
  for (std::size_t i = 0; i < 20; ++i) {
    twins.with.push_back({true, i < pure, 0.1, 0, 0, 0});
    twins.without.push_back({true, i < pure, 0.1 + gain, 0, 0, optimum});
    twins.all.push_back(i);
    if (i < pure) twins.pure.push_back(i);
  }
  return twins;
}

Verdict floor_verdict_of(const Twins& twins) { return floor_verdict(twins, twins.pure); }

Verdict rise_verdict_of(std::size_t successes, std::size_t trials) {
  std::vector<bool> held(trials, false);
  std::fill_n(held.begin(), successes, true);
  return rise_verdict(proportion(held, 0.95));
}

// The verdict on 20 seeds that all differ by these factors: other / three stages.
Verdict schedule_verdict(double steps, double loss) {
  const std::vector<ScheduleOutcome> own(20, {1000, 1e-12}), other(20, {1000 * steps, 1e-12 * loss});
  return compare_schedules(own, other).verdict;
}

}  // namespace

TEST_CASE("M6: exponential at the rate of the spectrum, which describes the curve to 1e-6, over 3 decades of eps") {
  const StageThree run = exponential_run();
  CHECK(exponential_verdict({run}) == Verdict::supported);
  StageThree near = run, far = run, few = run, floored = run;
  near.largest_difference = 0.9e-6;
  CHECK(curve_verdict(near) == Verdict::supported);
  far.largest_difference = 1.1e-6;
  CHECK(curve_verdict(far) == Verdict::inconclusive);
  CHECK(exponential_verdict({run, far}) == Verdict::inconclusive);
  few.steps_law.decades = 2.9;
  CHECK(steps_verdict(few) == Verdict::inconclusive);
  CHECK(exponential_verdict({run, few}) == Verdict::inconclusive);
  floored.steps_law.floor = 1e-30;
  CHECK(steps_verdict(floored) == Verdict::inconclusive);
}

TEST_CASE("M6: a rate just outside the fit's interval is not the spectrum's, for curve and T(eps) alike") {
  StageThree fast = exponential_run(), slow = exponential_run();
  fast.predicted_rate = 0.10011;   // 1/b = 9.989
  slow.predicted_rate = 0.09989;   // 1/b = 10.011
  for (const StageThree& run : {fast, slow}) {
    CHECK(curve_verdict(run) == Verdict::inconclusive);
    CHECK(steps_verdict(run) == Verdict::inconclusive);
  }
}

TEST_CASE("M6: a power in curve and T(eps) refutes, in one of the two it says nothing, in an impure seed neither") {
  StageThree power = exponential_run();
  power.law.law = analysis::Law::power;
  CHECK(exponential_verdict({power}) == Verdict::inconclusive);
  power.steps_law.kind = analysis::StepsLaw::Kind::power;
  CHECK(exponential_verdict({exponential_run(), power}) == Verdict::refuted);
  power.exactly_pure = false;
  CHECK(exponential_verdict({exponential_run(), power}) == Verdict::supported);
  CHECK(exponential_verdict({power}) == Verdict::inconclusive);
}

TEST_CASE("M8: floor and gain above 1e-3, ten pure seeds, a floor or a gain of 0.9e-3 is none") {
  CHECK(floor_verdict_of(made_up_twins(10, 1.1e-3, 1.1e-3)) == Verdict::supported);
  CHECK(floor_verdict_of(made_up_twins(10, 0.9e-3, 1.1e-3)) == Verdict::refuted);
  CHECK(floor_verdict_of(made_up_twins(10, 1.1e-3, 0.9e-3)) == Verdict::refuted);
  CHECK(floor_verdict_of(made_up_twins(9, 1.1e-3, 1.1e-3)) == Verdict::inconclusive);
  Twins diverged = made_up_twins(10, 1.1e-3, 1.1e-3);
  diverged.all.pop_back();
  CHECK(floor_verdict_of(diverged) == Verdict::inconclusive);
}

TEST_CASE("M14: a gain above 1e-3 whatever the floor, ten seeds, less refutes, fewer seeds say nothing") {
  const auto verdict = [](const Twins& twins) { return gain_verdict(twins, twins.pure); };
  CHECK(verdict(made_up_twins(10, 0, 1.1e-3)) == Verdict::supported);
  CHECK(verdict(made_up_twins(10, 1, 0.9e-3)) == Verdict::refuted);
  CHECK(verdict(made_up_twins(9, 0, 1.1e-3)) == Verdict::inconclusive);
  Twins diverged = made_up_twins(10, 0, 1.1e-3);
  diverged.all.pop_back();
  CHECK(verdict(diverged) == Verdict::inconclusive);
}

TEST_CASE("M9: a rise in nine seeds of ten: the whole exact 95 % interval above .9, below it, or about it") {
  CHECK(rise_verdict_of(190, 200) == Verdict::supported);       // [.910, .976]
  CHECK(rise_verdict_of(186, 200) == Verdict::inconclusive);    // [.885, .961]
  CHECK(rise_verdict_of(168, 200) == Verdict::refuted);         // [.782, .888]
}

TEST_CASE("M9: batches decide at a standard error of 1e-3 of the largest entry, and by |z| of 4") {
  const ClassMatrices predicted = {Matrix::Constant(2, 2, 0.5)};
  const auto verdict = [&](double standard_error, double z) {
    const Matrix error = Matrix::Constant(2, 2, standard_error);
    return judge_batches("", {{predicted[0] + z * error}, {error}}, predicted).verdict;
  };
  CHECK(verdict(0.45e-3, 3.9) == Verdict::supported);
  CHECK(verdict(0.45e-3, 4.1) == Verdict::refuted);
  CHECK(verdict(0.55e-3, 3.9) == Verdict::inconclusive);   // 1.1e-3 of the entry
  CHECK(verdict(0.55e-3, 4.1) == Verdict::inconclusive);
  CHECK(verdict(0, 0) == Verdict::inconclusive);           // z is 0/0
}

TEST_CASE("M12: more than 0.1 decades (26 %) in steps and a decade in the final loss, both") {
  CHECK(schedule_verdict(1.27, 10.1) == Verdict::supported);
  CHECK(schedule_verdict(1.25, 10.1) == Verdict::refuted);
  CHECK(schedule_verdict(1.27, 9.9) == Verdict::refuted);
}

TEST_CASE("M12: T is of 1e-6, the budget and one step if not reached, a diverged run ends at the largest number") {
  analysis::StepsToEps tracked;
  tracked.observe(0, 0.5);
  tracked.observe(10, 1.1e-6);
  CHECK(schedule_outcome(tracked, 3800, true, 1.1e-6).steps == 3801);
  tracked.observe(20, 0.9e-6);
  const ScheduleOutcome found = schedule_outcome(tracked, 3800, true, 0.9e-6);
  CHECK(found.steps == 20);
  CHECK(found.loss == 0.9e-6);
  CHECK(schedule_outcome(tracked, 3800, false, 0.9e-6).loss == std::numeric_limits<double>::max());
}

}  // namespace lemmata::scenarios
