#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/close.h"
#include "tests/sim/training_case.h"

using namespace lemmata;
using namespace lemmata::sim;

TEST_CASE("trainer: gd on a dyadic parabola is (1 - eta h)^t to the last bit: errors (3/4)^t and 0 at eta = 1/8") {
  const Run one = run(dyadic({stage("I", 12, {{"ffn", by("gd", 0.125)}})}));
  CHECK(one.result.stop_reason == "completed");
  REQUIRE(one.record.rows.size() == 13);
  for (const auto& row : one.record.rows) {
    const double error = std::pow(0.75, static_cast<double>(row.step));  // 3^t / 4^t, exact for t <= 12
    CHECK(row.ffn(0, 0) == (1 - error) / 2);
    CHECK(row.ffn(1, 0) == (row.step == 0 ? 0 : -0.25));
    CHECK(row.loss == error * error / 4 + (row.step == 0 ? 0.25 : 0));
  }
}

TEST_CASE("trainer: L2 shrinks as 1 - eta (h + l2), is in the objective and not in the loss") {
  Experiment experiment = dyadic({stage("I", 3, {{"ffn", by("gd", 0.125)}})});
  experiment.config.loss.l2 = 2;
  experiment.initial.ffn << 1, 0;
  const Run one = run(experiment);
  // coordinate 1: gradient -(1 - 2 w) + 2 w = 4 w - 1, so w - 1/4 halves; start 3/4
  CHECK(one.record.rows[1].ffn(0, 0) == 0.25 + 0.375);
  CHECK(one.record.rows[3].ffn(0, 0) == 0.25 + 0.09375);
  CHECK(one.record.rows[0].loss == 0.5);
  CHECK(one.record.rows[0].objective == 1.5);
}

TEST_CASE(
    "trainer: steps count across stages, each is observed once before its update, a closing record follows the last") {
  const auto train_ffn = [](const char* name, long count) { return stage(name, count, {{"ffn", by("gd", 0.125)}}); };
  const Run one = run(dyadic({train_ffn("a", 3), train_ffn("b", 0), train_ffn("c", 2)}));
  CHECK(steps(one.record) == std::vector<long>{0, 1, 2, 3, 4, 5});
  CHECK(stages(one.record) == "aaaccc");  // the closing record keeps the last stage
  for (const auto& row : one.record.rows) CHECK(row.closing == (row.step == 5));
  CHECK(one.result.steps == 5);
  CHECK(one.result.last_finite_step == 5);
  CHECK(one.state.step == 5);
  CHECK(one.state.stage == 2);
  CHECK(one.record.rows[0].ffn == Matrix::Zero(2, 1));
  CHECK(one.state.parameters.ffn == one.record.rows[5].ffn);
  const Run none = run(dyadic({train_ffn("a", 0)}));
  CHECK(steps(none.record) == std::vector<long>{0});
  CHECK(none.record.rows[0].closing);
}

TEST_CASE("trainer: a stage trains its own blocks and no other, all from gradients at the same parameters") {
  const Run one = run(small_mot(three_stages()));
  REQUIRE(one.record.rows.size() == 91);
  for (std::size_t t = 0; t + 1 < one.record.rows.size(); ++t) {
    const auto &now = one.record.rows[t], &next = one.record.rows[t + 1];
    CHECK((now.ffn == next.ffn) == (now.stage == "II"));
    CHECK((now.attention == next.attention) == (now.stage != "II"));
    CHECK(now.gate != next.gate);
  }
  // both blocks of a step see the old parameters: the gate's first step is that of the gradient at the initial values
  const Experiment experiment = small_mot(three_stages());
  Problem problem(build_architecture(experiment.config.model), *loss_named("squared").loss, experiment.data);
  Routing routing;
  Evaluation found;
  problem.route(experiment.initial, {3, 0, 1.0}, routing);
  problem.evaluate(experiment.initial, routing, GradientRequest::all(), found);
  CHECK(one.record.rows[1].gate == -found.gradient.gate);
  CHECK(found.gradient.gate.norm() > 1e-4);
}

TEST_CASE("trainer: sum_i theta_i is conserved") {
  for (const char* routing : {"expected", "sampled"}) {
    const Run one = run(small_mot(three_stages(), routing));
    for (const auto& row : one.record.rows)
      CHECK(row.gate.rowwise().sum().cwiseAbs().maxCoeff() < 1e-13);  // 90 roundings of numbers below 10
    CHECK(one.record.rows.back().gate.norm() > 0.1);
  }
}

TEST_CASE("trainer: sampled routing is drawn by (seed, step), the same bits on a second run and for 1 and 2 threads") {
  Experiment experiment = small_mot(three_stages(), "sampled");
  experiment.config.model.gate.noise = 20;  // so wide that every step's draw shows, also after training
  const Run one = run(experiment), again = run(experiment);
  ThreadTeam team(2);
  Record threaded;
  TrainingState state = initial_state(experiment);
  train(experiment, state, threaded, &team);
  REQUIRE(again.record.rows.size() == one.record.rows.size());
  Matrix drawn;
  for (const auto& row : one.record.rows) {
    gate_named("sampled").gate->route(row.logits, {3, static_cast<std::uint64_t>(row.step), 20}, drawn);
    CHECK(row.weight == drawn);
  }
  for (std::size_t t = 0; t < one.record.rows.size(); ++t) {
    CHECK(one.record.rows[t].weight == again.record.rows[t].weight);
    CHECK(one.record.rows[t].loss == again.record.rows[t].loss);
    CHECK(one.record.rows[t].gate == threaded.rows[t].gate);
  }
  CHECK(one.record.rows[0].weight != one.record.rows[1].weight);
  CHECK(state.parameters.ffn == one.state.parameters.ffn);
}

TEST_CASE("trainer: interrupted at any step and continued from the state, the run ends in the same bits") {
  const Experiment experiment = small_mot(three_stages(), "sampled");
  const Run whole = run(experiment);
  for (const long at : {0L, 17L, 40L, 55L, 70L, 83L}) {
    CAPTURE(at);
    TrainingState state = initial_state(experiment);
    Record first, second;
    first.interrupt_at = at;
    const TrainingResult stopped = train(experiment, state, first);
    CHECK(stopped.stop_reason == "interrupted");
    CHECK(stopped.steps == at);
    CHECK(first.rows.back().step == at);
    CHECK(train(experiment, state, second).stop_reason == "completed");
    CHECK(second.rows.front().step == at);
    CHECK(state.parameters.ffn == whole.state.parameters.ffn);
    CHECK(state.parameters.attention == whole.state.parameters.attention);
    CHECK(state.parameters.gate == whole.state.parameters.gate);
  }
}

TEST_CASE("trainer: stop rules end their stage and the next begins at the same step") {
  auto first = stage("a", 50, {{"ffn", by("gd", 0.125)}}), second = stage("b", 2, {{"ffn", by("gd", 0.125)}});
  const auto steps_of_a = [&](StopRules stop) {
    first.stop = stop;
    const Run one = run(dyadic({first, second}));
    const std::string names = stages(one.record);
    CHECK(steps(one.record).back() == one.result.steps);
    for (std::size_t t = 0; t < one.record.rows.size(); ++t)
      CHECK(one.record.rows[t].step == static_cast<long>(t));  // none twice
    return std::count(names.begin(), names.end(), 'a');
  };
  // loss (3/4)^2t / 4 from step 1 on: at step 4 .0250, at step 5 .0141
  CHECK(steps_of_a({.loss = 0.02}) == 5);
  // gradient -(3/4)^t from step 1 on: .237 at 5, .178 at 6
  CHECK(steps_of_a({.gradient_norm = 0.2}) == 6);
  CHECK(steps_of_a({}) == 50);
  // progress of a factor 9/16 each step: never stalls where 10 % are demanded
  CHECK(steps_of_a({.no_progress_steps = 3, .no_progress_change = 0.1}) == 50);
  // below a tenth of the best is demanded: best .5 at 0, .0445 at 3; then .0079 at 6 and .00446 at 7 are not, .0025 at
  // 8 is
  CHECK(steps_of_a({.no_progress_steps = 3, .no_progress_change = 0.9}) == 6);
  CHECK(steps_of_a({.no_progress_steps = 4, .no_progress_change = 0.9}) == 7);
  CHECK(steps_of_a({.no_progress_steps = 5, .no_progress_change = 0.9}) == 50);
}

TEST_CASE(
    "trainer: the loss rule looks at the loss without L2, the gradient rule at the norm of all trained blocks "
    "together") {
  Experiment experiment = dyadic({stage("a", 50, {{"ffn", by("gd", 0.125)}})});
  experiment.config.loss.l2 = 1;
  experiment.config.stages[0].stop.loss = 0.05;  // the minimum of the objective has loss .0309 and objective .1111
  const Run one = run(experiment);
  CHECK(one.result.steps < 50);
  CHECK(one.record.rows.back().closing);
  CHECK(one.record.rows.back().loss <= 0.05);
  CHECK(one.record.rows.back().objective > 0.05);
  CHECK(one.record.rows[one.record.rows.size() - 2].loss > 0.05);
  const Run free = run(small_mot(three_stages()));
  const double between = 0.5 * (free.record.rows[20].gradient_norm + free.record.rows[60].gradient_norm);
  auto stopped = three_stages();
  for (StageConfig& s : stopped) s.stop.gradient_norm = between;
  const Run two = run(small_mot(stopped));
  const auto reached = std::find_if(free.record.rows.begin(), free.record.rows.end(),
                                    [&](const auto& row) { return row.gradient_norm <= between; });
  REQUIRE(reached != free.record.rows.end());
  const auto in_first =
      std::count_if(two.record.rows.begin(), two.record.rows.end(), [](const auto& row) { return row.stage == "I"; });
  CHECK(in_first == std::min(reached->step, 40L));
}

TEST_CASE("trainer: a Newton step on the dyadic parabola lands on its minimum, L2 included in gradient and Hessian") {
  Experiment experiment = dyadic({stage("a", 1, {{"ffn", by("newton", 1)}})});
  for (const double l2 : {0.0, 2.0}) {
    experiment.config.loss.l2 = l2;
    const Run one = run(experiment);
    // -(1 - 2 w_1) + l2 w_1 = 0 and 2 (1 + 4 w_2) + l2 w_2 = 0; a solve of 2 equations rounds a few times
    CHECK(close(one.state.parameters.ffn(0, 0), 1 / (2 + l2), 1e-15, 0));
    CHECK(close(one.state.parameters.ffn(1, 0), -2 / (8 + l2), 1e-15, 0));
  }
}

TEST_CASE("trainer: normalise_by_load divides an expert's step by its load, a Newton step does not depend on it") {
  for (const char* optimizer : {"gd", "newton"}) {
    CAPTURE(optimizer);
    auto plan = std::vector<StageConfig>{stage("a", 1, {{"ffn", by(optimizer, 0.125)}})};
    Experiment plain = small_mot(plan);
    plain.config.loss.kind = "logistic";
    for (Index i = 0; i < 6; ++i)
      plain.initial.gate.col(i) = 0.1 * static_cast<double>(i) * plain.data->class_signal.row(0).transpose();
    Experiment scaled = plain;
    scaled.config.stages[0].normalise_by_load = true;
    const Run one = run(plain), two = run(scaled);
    const Matrix step = one.state.parameters.ffn - plain.initial.ffn,
                 scaled_step = two.state.parameters.ffn - plain.initial.ffn;
    for (Index i = 0; i < 6; ++i) {
      const double load = one.record.rows[0].load(i), factor = std::string(optimizer) == "gd" ? 1 / load : 1;
      CHECK((load > 0.01 && load < 0.5));
      CHECK(step.col(i).norm() > 1e-6);
      CHECK((scaled_step.col(i) - factor * step.col(i)).norm() < 1e-12 * scaled_step.col(i).norm());
    }
  }
}

TEST_CASE("trainer: two optimisers in one stage both see the parameters before the step") {
  const auto first_ffn = [](std::map<std::string, BlockTraining> train) {
    Experiment experiment = small_mot({stage("a", 1, std::move(train))});
    experiment.config.loss.l2 = 0.01;
    return run(experiment).state.parameters.ffn;
  };
  const Matrix alone = first_ffn({{"ffn", by("newton", 1)}}),
               together = first_ffn({{"attention", by("gd", 100)}, {"ffn", by("newton", 1)}});
  CHECK(alone == together);
}

TEST_CASE("trainer: divergence is a result with the last finite step, not an exception") {
  const Run one = run(dyadic({stage("a", 50, {{"ffn", by("gd", 1e60)}}), stage("b", 5, {{"ffn", by("gd", 0.1)}})}));
  CHECK(one.result.stop_reason == "diverged");
  // errors grow by 2e60 and 8e60 a step, losses by their squares: 1e0, 1e121, 1e243, overflow
  CHECK(one.result.last_finite_step == 2);
  CHECK(one.record.rows.back().step == 2);
  CHECK(one.result.steps == 3);
  for (const auto& row : one.record.rows) CHECK(std::isfinite(row.loss));
  const Run at_once = [] {
    Experiment experiment = dyadic({stage("a", 5, {{"ffn", by("gd", 0.1)}})});
    experiment.initial.ffn(0, 0) = std::numeric_limits<double>::quiet_NaN();
    return run(experiment);
  }();
  CHECK(at_once.result.stop_reason == "diverged");
  CHECK(at_once.result.last_finite_step == -1);
  CHECK(at_once.record.rows.empty());
}

TEST_CASE("trainer: a prediction loss that overflows is divergence, though pi keeps the training loss finite") {
  Experiment experiment = small_mot(three_stages());
  experiment.config.model.gate.combine = "probability", experiment.config.loss.kind = "exponential";
  // f = 250 <c_n, 3 c_n> = 750 for both labels: e^750 overflows, e^(750/6) does not
  experiment.initial.ffn.colwise() = Vector(250 * experiment.data->class_signal.colwise().sum().transpose());
  const Run one = run(experiment);
  CHECK(one.result.stop_reason == "diverged");
  CHECK(one.result.steps == 0);
  experiment.initial.ffn /= 2;
  CHECK(run(experiment).result.last_finite_step >= 0);  // e^375 does not overflow
}

TEST_CASE("trainer: a parameter that is not finite is divergence even where no sample is routed") {
  Experiment experiment = small_mot(three_stages());
  const Vector away = 100 * experiment.data->class_signal.colwise().sum().transpose();
  for (Index i = 0; i < 5; ++i) experiment.initial.gate.col(i) = away;  // expert 5 is out of reach of every sample
  experiment.initial.ffn(0, 5) = std::numeric_limits<double>::infinity();
  const Run one = run(experiment);
  CHECK(one.result.stop_reason == "diverged");
  CHECK(one.record.rows.empty());
}

TEST_CASE("trainer: fresh data is drawn anew each step, by (seed, step), and is what the observer sees") {
  Config config;
  config.data.sampling = "fresh", config.data.samples = 8, config.data.noise_std = 0.5, config.data.heldout = 0;
  config.data.beta = {1, 3};
  config.stages = {stage("a", 5, {{"ffn", by("gd", 0.01)}}), stage("b", 3, {{"ffn", by("gd", 0.01)}})};
  const Experiment experiment = make_experiment(config);
  const Run one = run(experiment);
  REQUIRE(one.record.rows.size() == 9);
  for (std::size_t t = 0; t < 9; ++t) {
    const Dataset drawn = data_law_named("class_mixture").generate(config.data, {0, Purpose::fresh, t});
    CHECK(one.record.rows[t].first_token == drawn.tokens(0, 0));
    for (std::size_t earlier = 0; earlier < t; ++earlier)
      CHECK(one.record.rows[earlier].loss != one.record.rows[t].loss);
  }
}

TEST_CASE("trainer: recorded noise replaces the draws of sampled routing") {
  Experiment experiment = small_mot({stage("a", 3, {{"gate", by("gd", 0.001)}})}, "sampled");
  for (Index t = 0; t < 4; ++t) {
    Matrix noise = Matrix::Zero(6, experiment.data->samples());
    noise.row(t).setConstant(0.9);
    experiment.recorded_noise.push_back(noise);
  }
  const Run one = run(experiment);
  for (Index t = 0; t < 4; ++t) CHECK((one.record.rows[static_cast<std::size_t>(t)].weight.row(t).array() == 1).all());
}

TEST_CASE("trainer: memory of the optimisers is cleared when a stage begins, even if the next is the same") {
  const auto half = [](const char* name, long count) { return stage(name, count, {{"ffn", by("momentum", 0.0625)}}); };
  const Run split = run(dyadic({half("a", 2), half("b", 2)})), whole = run(dyadic({half("a", 4)}));
  CHECK(split.record.rows[2].ffn == whole.record.rows[2].ffn);
  CHECK(split.record.rows[3].ffn != whole.record.rows[3].ffn);
}
