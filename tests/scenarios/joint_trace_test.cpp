// What claims J1 to J7 and J20 measure, on small trainings whose outcome is known.
#include "scenarios/measure/joint_trace.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/joint_sides.h"
#include "scenarios/measure/joint_softmax.h"
#include "scenarios/system/system.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

sim::LayerConfig small(const std::string& attention) {
  sim::LayerConfig layer = joint_layer(attention, "tanh", "upper");
  layer.data.distinct = 3, layer.data.common = 2, layer.data.classes = 4, layer.data.samples = 8;
  layer.data.queries = 2, layer.nodes = 3, layer.embedding.dimension = 9;
  return layer;
}

Evidence checked(const std::string& id, const std::string& name, long seeds) {
  sim::ThreadTeam team(2);
  CheckContext context{team, seeds};
  for (const ClaimEntry& claim : claims())
    for (const ClaimSetting& setting : claim.settings) {
      if (claim.id == id && setting.name == name) return check(claim, setting, context);
    }
  FAIL("no such claim: ", id, " ", name);
  return {};
}

}  // namespace

TEST_CASE("joint trace: the points asked for and step 0, after one step of gd the sums are the squared gradients") {
  const JointTraining training = joint_training(small("exp"), "gd", 0.5, {1, 3});
  const JointTrace trace = joint_trace(training, 4);
  REQUIRE(trace.points.size() == 3);
  CHECK(trace.start().step == 0);
  CHECK(trace.points[1].step == 1);
  CHECK(trace.end().step == 3);
  CHECK(trace.start().value_squares.isZero(0));
  CHECK_THROWS_AS(trace.at(2), std::out_of_range);
  const JointPoint &start = trace.start(), &one = trace.at(1);
  const Vector squares = ((one.values - start.values) / 0.5).cwiseAbs2().rowwise().sum();
  CHECK((one.value_squares - squares).norm() < 1e-14);  // a difference of numbers of size 0.1, over 0.5
  const Vector logit = ((one.logits - start.logits) / 0.5).cwiseAbs2().rowwise().sum();
  CHECK((one.logit_squares - logit).norm() < 1e-14);
  CHECK(squares.norm() > 1e-6);
}

TEST_CASE("joint trace: it is the training of sim::BlockStage, minibatches included, and another seed's is another") {
  JointTraining training = joint_training(small("softmax"), "adam", 0.05, {7});
  training.layer.data.batch = 3;
  sim::Layer layer(training.layer, 2);
  sim::BlockState state{layer.initial(2), {}};
  sim::BlockStage stage(state, training.train, layer.function());
  for (long step = 0; step < 7; ++step) {
    layer.use_samples(sim::minibatch(8, 3, 2, step));
    stage.evaluate(), stage.update();
  }
  CHECK(joint_trace(training, 2).end().logits == state.parameters.at("z"));
  CHECK(joint_trace(training, 2).end().values == layer.token_values(state.parameters.at("w")));
  CHECK(joint_trace(training, 3).end().logits != state.parameters.at("z"));
}

TEST_CASE("joint sides: one step of gd, linear attention, by hand from z and v alone: the identity to rounding") {
  const JointTraining training = joint_training(small("linear"), "gd", 0.5, {1});
  const JointTrace trace = joint_trace(training, 1);
  const JointPoint &start = trace.start(), &now = trace.end();
  const Vector left = (now.logits.cwiseAbs2() - start.logits.cwiseAbs2()).rowwise().sum(),
               right = (now.values.cwiseAbs2() - start.values.cwiseAbs2()).rowwise().sum() -
                       (now.values - start.values).cwiseAbs2().rowwise().sum() +
                       (now.logits - start.logits).cwiseAbs2().rowwise().sum();
  CHECK((left - right).norm() < 1e-16);
  CHECK(left.norm() > 1e-6);
  const JointSides sides = step_sides(training, start, now);
  CHECK((sides.measured - left).norm() < 1e-16);
  CHECK((sides.predicted - right).norm() < 1e-15);
  CHECK(flow_sides(training, start, now).residual() > 1e-7);  // the flow's law is not that of a step
  CHECK_THROWS_AS(flow_sides(joint_training(small("softmax"), "gd", 0.5, {1}), start, now), std::logic_error);
}

TEST_CASE("joint trace: softmax keeps sum z, weight decay and the shared direction do what they say") {
  JointTraining training = joint_training(small("softmax"), "gd", 0.1, {50});
  CHECK(joint_trace(training, 0).end().sum_drift < 1e-14);
  training.weight_decay = 0.1;
  CHECK(joint_trace(training, 0).end().sum_drift > 1e-5);
  training.same_tokens = true;
  const JointTrace same = joint_trace(training, 0);
  CHECK((same.start().mean_attention.sum() - 1) < 1e-14);
  JointTraining embedded = joint_training(small("exp"), "gd", 0.1, {1});
  embedded.layer.embedding = {"random", 50};
  const Matrix values = joint_trace(embedded, 0).start().values;
  embedded.shared_direction = 0.3;
  const Matrix shifted = joint_trace(embedded, 0).start().values - values;  // 0.3 sum_i w_ik, the same for every token
  CHECK((shifted.rowwise() - shifted.row(0)).norm() < 1e-13);
  CHECK(shifted.norm() > 1e-2);
}

TEST_CASE(
    "joint trace: weight decay 3 at rate 1/2 halves sum z and turns its sign: its drift is 3/2 at first, and stays") {
  JointTraining training = joint_training(small("softmax"), "gd", 0.5, {1, 2});
  training.weight_decay = 3;
  const JointTrace trace = joint_trace(training, 0);
  const double sum = trace.start().logits.colwise().sum().cwiseAbs().maxCoeff();  // of either query
  CHECK(trace.start().sum_drift == 0);
  CHECK(close(trace.at(1).sum_drift, 1.5 * sum, 1e-14, 0));
  CHECK(trace.at(2).sum_drift == trace.at(1).sum_drift);  // at that time it is 3/4
  CHECK(sum > 1e-3);
}

TEST_CASE("joint trace: the surrogate of softmax pulls by the mean attention before each step") {
  JointTraining training = joint_training(small("softmax"), "gd", 0.5, {1, 2, 3});
  training.train.at("z").learning_rate = 2;
  training.layer.data.batch = 3;  // so that E[b] is another at every step
  const JointTrace trace = joint_trace(training, 1);
  Vector expected = Vector::Zero(5);
  for (long step = 0; step < 3; ++step) {
    const JointPoint &before = trace.at(step), &after = trace.at(step + 1);
    const Vector change = after.values.cwiseAbs2().rowwise().sum() - before.values.cwiseAbs2().rowwise().sum();
    expected += 4 / (2 * training.layer.temperature) * (change - change.sum() * before.mean_attention);
    CHECK((after.surrogate - expected).norm() < 1e-15);  // sums of numbers of size 1e-2
    CHECK((after.mean_attention - before.mean_attention).norm() > 1e-2);
    CHECK(std::abs(change.sum()) > 1e-4);
  }
}

TEST_CASE("joint trace: worst keeps NaN, a centred cosine ignores scale and constant, a mean is NaN if a number is") {
  std::vector<JointTrace> traces(2);
  long call = 0;
  CHECK(std::isnan(worst(traces, [&](const JointTrace&) { return call++ == 0 ? std::nan("") : 1.0; })));
  call = 0;
  CHECK(std::isnan(worst(traces, [&](const JointTrace&) { return call++ == 0 ? 1.0 : std::nan(""); })));
  CHECK(close(centred_cosine(Eigen::Vector3d(1, 2, 4), Eigen::Vector3d(12, 14, 18)), 1, 1e-15, 0));
  CHECK(close(centred_cosine(Eigen::Vector3d(1, 0, -1), Eigen::Vector3d(1, -2, 1)), 0, 1e-16, 0));
  CHECK(std::isnan(mean_of({1, INFINITY})));
  CHECK(mean_of({1, 3}) == 2);
}

TEST_CASE("J1 to J7, J20: the verdicts of a few settings, with fewer seeds, and what their controls say") {
  const std::map<std::pair<std::string, std::string>, Verdict> settings = {
      {{"J1", "linear, fixed g"}, Verdict::supported},
      {{"J2", "minibatch"}, Verdict::supported},
      {{"J3", "exp"}, Verdict::supported},
      {{"J5", "gaussian, present mean attention"}, Verdict::refuted},
      {{"J6", "gaussian, integrated"}, Verdict::supported},
      {{"J7", "linear, each query"}, Verdict::refuted}};
  for (const auto& [setting, verdict] : settings) {
    CAPTURE(setting.first);
    CAPTURE(setting.second);
    const Evidence evidence = checked(setting.first, setting.second, 3);
    CHECK(evidence.verdict == verdict);
    CHECK(evidence.is_as_expected());
    CHECK(!evidence.negative_controls.empty());
    CHECK(!evidence.settings_hash.empty());
  }
}

TEST_CASE("system joma_layer: records the same training and the same sides, two stages of unequal rates add up") {
  const Scenario scenario = load_scenario(
      "joma/exp_attention",
      {{"stages", R"([{"name": "a", "steps": 3, "train": {"w": {"optimizer": "gd", "learning_rate": 0.001},
                                                          "z": {"optimizer": "gd", "learning_rate": 0.002}}},
                      {"name": "b", "steps": 4, "train": {"w": {"optimizer": "gd", "learning_rate": 0.003},
                                                          "z": {"optimizer": "gd", "learning_rate": 0.001}}}])"},
       {"record.every", "1"}});
  const std::unique_ptr<Simulation> simulation = make_simulation(scenario);
  std::vector<Row> rows;
  const sim::TrainingResult result =
      simulate(*simulation, scenario, {[&](long, const Row& row) { rows.push_back(row); }});
  CHECK(result.stop_reason == "completed");
  REQUIRE(rows.size() == 8);
  CHECK(rows[0].at("invariant_residual")[0] == 0);
  const double moved = Eigen::Map<const Vector>(rows[7].at("invariant_left").data(), 20).cwiseAbs().maxCoeff();
  CHECK(moved > 1e-6);
  CHECK(rows[7].at("invariant_residual")[0] < 0.01 * moved);  // lr^2 sums: rates of 1e-3 against 1/time
  JointTraining training = joint_training(scenario.settings.joma_layer, "gd", 0.001, {3});
  training.train["z"].learning_rate = 0.002;
  const JointTrace trace = joint_trace(training, 0);
  const Vector left = Eigen::Map<const Vector>(rows[3].at("invariant_left").data(), 20);
  CHECK(left == (trace.end().logits - trace.start().logits).col(0));
  CHECK(close(rows[3].at("value_norm")[0], trace.end().values.norm(), 0, 1e-15));
  const Matrix context = sim::layer_data(scenario.settings.joma_layer, 0).context;
  double entropy = 0;  // of exp(z) x / sum, mean over 20 samples
  for (Index sample = 0; sample < 20; ++sample) {
    Vector b = trace.end().logits.col(0).array().exp() * context.col(sample).array();
    b /= b.sum();
    for (const double p : b) entropy -= p * std::log(p) / 20;
  }
  CHECK(close(rows[3].at("attention_entropy")[0], entropy, 0, 1e-14));
  CHECK(rows[0].at("stable_rank")[0] > 1);
  CHECK(rows[0].at("stable_rank")[0] <= 20);
}

TEST_CASE("system joma_layer: an upper layer that is not there cannot be trained, wrong sizes are told by their key") {
  CHECK_THROWS_WITH(
      load_scenario("joma/exp_attention", {{"stages.0.train.upper", R"({"optimizer": "gd", "learning_rate": 1})"}}),
      doctest::Contains("model.upstream"));
  CHECK_THROWS_WITH(load_scenario("joma/exp_attention", {{"model.embedding.dimension", "20"}}),
                    doctest::Contains("model.embedding.dimension"));
  CHECK_THROWS_WITH(load_scenario("joma/exp_attention", {{"data.sample_weight", "[1]"}}),
                    doctest::Contains("data.sample_weight"));
}
