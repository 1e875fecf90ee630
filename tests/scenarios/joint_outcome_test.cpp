#include "scenarios/measure/joint_outcome.h"

#include <doctest/doctest.h>

#include <limits>

#include "scenarios/measure/frozen.h"
#include "scenarios/measure/planted_end.h"
#include "scenarios/measure/trained_floor.h"
#include "tests/close.h"
#include "theory/noise_floor.h"

namespace lemmata::scenarios {
namespace {

const std::string cubic = R"({"form": "token", "activation": "cubic", "neurons": 1})";

// `first` steps of stage I, then `steps` of the FFN alone.
std::string two_stages(long steps, long first = 60) {
  return R"([{"name": "I", "steps": )" + std::to_string(first) +
         R"(, "train": {"ffn": {"optimizer": "normalized_gd", "learning_rate": 0.02},
                                                  "gate": {"optimizer": "gd", "learning_rate": 1.0}}},
             {"name": "rest", "steps": )" +
         std::to_string(steps) + R"(, "train": {"ffn": {"optimizer": "gd", "learning_rate": 0.5}}}])";
}

Scenario small(std::vector<Override> more) {
  std::vector<Override> all = {{"data.heldout", "0"}, {"data.replicates", "2"}, {"stages", two_stages(40)}};
  all.insert(all.end(), more.begin(), more.end());
  return load_scenario("mot/noise_floor_attention_free", all);
}

}  // namespace

TEST_CASE("the joint outcome: what counts as specialised and as a floor, one number at a time") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const JointOutcome good{{2, 0.99, 0.99}, 1.1e-3, 0};
  CHECK(specialises(good));
  CHECK(has_floor(good));
  for (const Specialisation& bad : {Specialisation{1.99, 1, 1}, {3, 0.98, 1}, {3, 1, 0.98}, {nan, nan, nan}})
    CHECK_FALSE(specialises({bad, 1, 0}));
  CHECK_FALSE(has_floor({{2, 1, 1}, relevant, 0}));
  CHECK_FALSE(has_floor({{2, 1, 1}, 0.1, at_rest_share}));  // still on its way down
  CHECK_FALSE(has_floor({{2, 1, 1}, 0.1, -0.5}));           // risen: not at rest either
  CHECK_FALSE(has_floor({{2, 1, 1}, nan, nan}));
}

TEST_CASE("planted experts without attention: specialised, and 1 - d/K_n of the closed form's floor remains") {
  const Scenario scenario =
      load_scenario("mot/noise_floor_attention_free", {{"data.heldout", "0"}, {"model.experts", "6"}});
  const sim::DataConfig& data = scenario.config.data;
  const double population = theory::squared_loss_floor(1, 3.0 / 12);  // S = (L - 3) s^2, s = 1/sqrt(d)
  double mean = 0;
  for (long seed = 0; seed < 10; ++seed) {
    const JointOutcome outcome = joint_outcome_of(planted_end(scenario, seed, classes_in_turn(6, 3)));
    CHECK(specialises(outcome));
    CHECK(has_floor(outcome));
    mean += outcome.floor / 10;
  }
  // 10 seeds scatter by about 7 % each, so their mean by 2 %; two experts share a class's samples by the gate alone.
  CHECK(close(mean, theory::in_sample_floor(population, data.features, 8 * 8), 0, 0.1));
}

TEST_CASE("planted without noise there is no floor, and at T1 it is what a run of stage I alone shows") {
  const Scenario noisy = small({}),
                 clean = small({{"data.noise_norm", "0"}, {"data.replicates", "1"}, {"model.experts", "6"}});
  const JointOutcome planted = joint_outcome_of(planted_end(clean, 0, classes_in_turn(6, 3)));
  CHECK(planted.floor < 1e-12);
  CHECK(specialises(planted));
  CHECK_FALSE(has_floor(planted));
  const JointOutcome outcome = joint_outcome(noisy, 1);
  const FinalState t1 = train_seed(first_stages(noisy, 1), 1);
  const Specialisation alone = specialisation(problem_of(t1.experiment), t1.state.parameters, t1.routing);
  CHECK(outcome.at_t1.least_ratio == alone.least_ratio);
  CHECK(outcome.at_t1.least_purity == alone.least_purity);
  CHECK(outcome.at_t1.least_purity_noisy == alone.least_purity_noisy);
  const FinalState end = train_seed(noisy, 1);
  CHECK(outcome.floor == frozen_floor(problem_of(end.experiment), end.state.parameters, end.routing, "squared"));
  CHECK(outcome.still_falling == 0);
}

TEST_CASE("a form that is not linear: the floor is the loss of the end, and its fall that of the last half") {
  const auto loss_after = [](long steps) {
    const FinalState end = train_seed(small({{"model.expert", cubic}, {"stages", two_stages(steps, 30)}}), 2);
    sim::Problem problem = problem_of(end.experiment);
    sim::Evaluation evaluation;
    problem.evaluate(end.state.parameters, end.routing, {}, evaluation);
    return evaluation.loss;
  };
  const JointOutcome outcome = joint_outcome(small({{"model.expert", cubic}, {"stages", two_stages(40, 30)}}), 2);
  CHECK(close(outcome.floor, loss_after(40), 0, 1e-12));
  CHECK(close(outcome.still_falling, 1 - loss_after(40) / loss_after(20), 0, 1e-9));
  CHECK(outcome.still_falling > at_rest_share);
  CHECK_FALSE(has_floor(outcome));
}

TEST_CASE("a diverged run has neither") {
  const std::string wild = R"([{"name": "I", "steps": 5, "train": {"ffn": {"optimizer": "gd", "learning_rate": 1e300}}},
      {"name": "rest", "steps": 5, "train": {"ffn": {"optimizer": "gd", "learning_rate": 1}}}])";
  const JointOutcome outcome = joint_outcome(small({{"stages", wild}}), 0);
  CHECK_FALSE(specialises(outcome));
  CHECK_FALSE(has_floor(outcome));
}

}  // namespace lemmata::scenarios
