#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/measure/direction.h"
#include "scenarios/measure/label_mass.h"
#include "scenarios/measure/oracle_floor.h"
#include "scenarios/measure/trained_floor.h"
#include "sim/loss/loss.h"
#include "tests/close.h"
#include "theory/noise_floor.h"
#include "theory/stage_two_direction.h"

// The cheap pieces of claims M8 and M9, and their closed forms at other sizes than the claims'.
namespace lemmata::scenarios {
namespace {

const ClaimSetting& setting_of(const std::string& id, const std::string& name) {
  for (const ClaimEntry& claim : claims()) {
    for (const ClaimSetting& setting : claim.settings) {
      if (claim.id == id && setting.name == name) return setting;
    }
  }
  FAIL("no such claim: ", id, " ", name);
  throw std::logic_error("unreachable");
}

Evidence checked(const std::string& id, const std::string& name, long seeds = 0) {
  sim::ThreadTeam team(2);
  CheckContext context{team, seeds};
  Evidence evidence;
  const ClaimSetting& setting = setting_of(id, name);
  evidence.expected = setting.expected;
  setting.check(context, evidence);
  return evidence;
}

void check_all_controls_fail(const Evidence& evidence) {
  CHECK(!evidence.negative_controls.empty());
  for (const Control& control : evidence.negative_controls) {
    CAPTURE(control.what);
    CHECK(control.verdict != Verdict::supported);
    CHECK(!control.quantities.empty());
  }
}

// N = 4, L = 7, d = 11, another alpha, a random Haar basis.
sim::DataConfig other_law(double noise_std) {
  sim::DataConfig config;
  config.classes = 4;
  config.features = 11;
  config.tokens = 7;
  config.alpha = {0.8, 0.8};
  config.beta = {1.7, 1.7};
  config.gamma = {0.6, 0.6};
  config.noise_std = noise_std;
  config.basis = "random";
  return config;
}

}  // namespace

TEST_CASE("M9: the exact settings are supported, each of their controls is refuted") {
  for (const char* name : {"enumerated, s = 0", "exact moments, s > 0"}) {
    CAPTURE(name);
    const Evidence evidence = checked("M9", name);
    CHECK(evidence.verdict == Verdict::supported);
    check_all_controls_fail(evidence);
    CHECK(evidence.settings_hash.size() == 64);
  }
}

TEST_CASE("M9: the closed form holds for N 4, L 7 in a random basis, without noise and with exact moments") {
  for (const double noise_std : {0.0, 0.3}) {
    CAPTURE(noise_std);
    const sim::DataConfig config = other_law(noise_std);
    const auto data = moment_matched_samples(config);
    CHECK(data->samples() == 4 * 4 * 3 * (noise_std > 0 ? 2 * 11 * 4 : 1));
    CHECK(std::abs(data->class_signal(0, 0)) < 1 - 1e-6);  // the basis is not the standard one
    const theory::ClassMixture mixture = mixture_of(config, *data);
    const OracleExperts oracle = oracle_experts({}, data->label_signal, 1.3);
    const ClassMatrices predicted = closed_form_direction(mixture, 1.3),
                        measured = attention_descent(oracle, data, negative_margin());
    CHECK(predicted[3].cwiseAbs().maxCoeff() > 0.01);
    CHECK(verdict_within({deviation("", predicted, measured)}) == Verdict::supported);
    CHECK(verdict_within({deviation("", direction_of_another_label(mixture, 1.3), measured)}) == Verdict::refuted);
    CHECK(verdict_within({deviation("", direction_without_noise_term(mixture, 1.3), measured)}) ==
          (noise_std > 0 ? Verdict::refuted : Verdict::supported));
    const sim::Problem problem(oracle.architecture, negative_margin(), data);
    const double slope = theory::label_mass_slope(mixture, 2, predicted[2]);
    CHECK(slope > 1e-3);
    CHECK(close(measured_label_mass_slope(problem, oracle.parameters, 2, 2, predicted[2]), slope, 0,
                1e-8));  // rounding over a small move
  }
}

TEST_CASE(
    "M9: Gaussian batches agree with the closed form in 484 entries, |z| < 5 (false alarm 3e-3 with 39 degrees of "
    "freedom)") {
  sim::ThreadTeam team(2);
  CheckContext context{team};
  const sim::DataConfig config = other_law(0.3);
  const auto data = enumerated_samples(config, 1, 0, 0);
  const theory::ClassMixture mixture = mixture_of(config, *data);
  const OracleExperts oracle = oracle_experts({}, data->label_signal, 1.3);
  const BatchMeans found = sampled_direction(context, oracle, config, 40, 20, 0);
  const ClassMatrices predicted = closed_form_direction(mixture, 1.3);
  CHECK(found.largest_z(predicted) < 5);
  CHECK(found.largest_z(predicted) > 1);  // 484 entries: less would mean that the errors are overstated
  CHECK(found.largest_z(direction_without_noise_term(mixture, 1.3)) > 10);
}

TEST_CASE(
    "noise with exact moments: mean 0, covariance s^2 I per token, nothing across tokens, the same for every tuple") {
  const sim::DataConfig config = other_law(0.3);
  const auto data = moment_matched_samples(config);
  const Index points = 2 * 11 * 4;
  for (const Index tuple : {Index{0}, Index{47}}) {
    Matrix moment = Matrix::Zero(44, 44);
    Vector mean = Vector::Zero(44);
    for (Index k = tuple * points; k < (tuple + 1) * points; ++k) {
      const Vector noise = data->tokens.middleCols(k * 7 + 3, 4).reshaped();
      mean += noise / static_cast<double>(points);
      moment += noise * noise.transpose() / static_cast<double>(points);
    }
    CHECK(mean.cwiseAbs().maxCoeff() < 1e-15);
    CHECK((moment - 0.09 * Matrix::Identity(44, 44)).cwiseAbs().maxCoeff() < 1e-15);
  }
}

TEST_CASE(
    "M8: alpha 0.8, s 0.3, L 7: S = 0.36, floor 0.36/(2 x 1) = 0.18 at a = 0.8, by exact moments in a random basis") {
  sim::ThreadTeam team(1);
  CheckContext context{team};
  const ExactOutcome best = oracle_exactly(context, "best", other_law(0.3), 0.8);
  CHECK(close(best.loss, 0.18, 1e-13, 0));  // a mean of 4,224 numbers of order 1
  CHECK(best.largest_slope < 1e-13);
  const ExactOutcome other = oracle_exactly(context, "other", other_law(0.3), 0.9);
  CHECK(other.loss > 0.18 + 1e-3);  // (alpha^2 + S)/2 0.1^2 = 0.005 above
  CHECK(close(other.loss, 0.185, 1e-13, 0));
  CHECK(other.largest_slope > 1e-3);
}

TEST_CASE(
    "M8: held-out draws of the oracle expert, 4 standard errors and the exact 99.99 % interval, the wrong floors are "
    "outside") {
  sim::ThreadTeam team(2);
  CheckContext context{team};
  const HeldoutOutcome found = oracle_on_heldout(context, "heldout", other_law(0.3), 0.8, 30'000, 5);
  CHECK(found.draws == 40'000);  // whole chunks
  CHECK(close(found.mean_loss, 0.18, 4 * found.standard_error, 0));
  CHECK(!close(found.mean_loss, theory::squared_loss_floor(0.8, 0.45), 4 * found.standard_error,
               0));  // L - 2 noise tokens
  const analysis::Interval interval = analysis::clopper_pearson(found.errors, found.draws, 0.9999);
  const double floor = theory::error_floor(0.8, 0.36), wrong = theory::error_floor(0.8, 0.45);  // Phi(-4/3), Phi(-1.19)
  CHECK((interval.lower < floor && floor < interval.upper));
  CHECK(!(interval.lower < wrong && wrong < interval.upper));
}

TEST_CASE("label mass: 1/L with Q = 0, for a trained network too, a diverged or impure seed is no rise") {
  const Scenario scenario =
      load_scenario("mot/three_stage", {{"model.experts", "6"}, {"stages.0.steps", "20"}, {"stages.1.steps", "5"}});
  const FinalState end = train_seed(first_stages(scenario, 1), 3);
  const sim::Problem problem = problem_of(end.experiment);
  const Vector mass = label_mass(problem, end.state.parameters, end.routing.weight);
  CHECK((mass.array() - 0.25).abs().maxCoeff() < 1e-14);
  const StageTwoMass moved = stage_two_mass(scenario, 3);
  CHECK(moved.completed);
  CHECK(std::abs(moved.mean_rise) > 1e-6);
  for (const StageTwoStart& start : stage_two_start(scenario, 3)) {
    CHECK(std::abs(start.measured) > 1e-6);
    CHECK(close(start.measured, start.predicted, 1e-12, 1e-6));
  }
}

TEST_CASE(
    "trained twins: training loss never below its frozen infimum, held-out loss near it, seeds sorted by purity") {
  sim::ThreadTeam team(2);
  CheckContext context{team};
  const std::vector<Override> changes = {{"model.experts", "12"}, {"data.heldout", "500"}, {"stages.1.steps", "300"}};
  const Twins twins = train_twins(context, "", {0, 2}, load_scenario("mot/noise_floor", changes),
                                  load_scenario("mot/noise_floor_attention_free", changes));
  REQUIRE(twins.all.size() == 2);
  CHECK(!twins.some_diverged());
  CHECK(twins.pure.size() <= twins.all.size());
  for (const TrainedFloor& floor : twins.without) {
    CHECK(floor.training_loss >= floor.optimum * (1 - 1e-12));
    CHECK(floor.optimum > 0.01);
    CHECK(floor.heldout_loss > floor.optimum);
    CHECK((floor.heldout_error > 0 && floor.heldout_error < 0.3));
  }
  CHECK(twins.gain(twins.all).lower < twins.gain(twins.all).upper);
}

TEST_CASE("oracle experts and mixtures refuse what the closed forms do not cover") {
  const auto data = moment_matched_samples(other_law(0));
  for (const char* kind : {"single", "shared_attention"}) {
    sim::ModelConfig model;
    model.kind = kind;
    CHECK_THROWS_AS(oracle_experts(model, data->label_signal, 1), std::invalid_argument);
  }
  sim::DataConfig ranged = other_law(0);
  ranged.alpha = {0.5, 1};
  CHECK_THROWS_AS(mixture_of(ranged, *data), std::invalid_argument);
  CHECK(verdict_within({}) == Verdict::inconclusive);
  CHECK(verdict_within({{"", 0, std::nan(""), 1, ""}}) == Verdict::inconclusive);
}

}  // namespace lemmata::scenarios
