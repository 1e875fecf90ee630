#include <doctest/doctest.h>

#include "tests/sim/training_case.h"

using namespace lemmata;
using namespace lemmata::sim;

TEST_CASE(
    "trainer: routing worked out once for a stage is the routing of every step, and drawn or moving routing is not") {
  struct Case {
    std::string what, routing, input, block;
    bool fresh, fixed;
  };
  for (const Case& one : {Case{"ffn alone", "expected", "tokens", "ffn", false, true},
                          Case{"attention the gate does not see", "expected", "tokens", "attention", false, true},
                          Case{"attention the gate sees", "expected", "attention", "attention", false, false},
                          Case{"gate", "expected", "tokens", "gate", false, false},
                          Case{"drawn", "sampled", "tokens", "ffn", false, false},
                          Case{"fresh data", "expected", "tokens", "ffn", true, false}}) {
    CAPTURE(one.what);
    Experiment experiment = small_mot({stage("I", 12, {{"ffn", by("gd", 0.5)}, {"gate", by("gd", 0.2)}})}, one.routing);
    experiment.config.model.gate.input = one.input;
    TrainingState start = run(experiment).state;  // where logits differ
    experiment.config.stages = {stage("last", 6, {{one.block, by("gd", 0.5)}})};
    if (one.fresh) experiment.config.data.sampling = "fresh", experiment.config.data.samples = 20;
    start.step = start.stage_step = 0, start.stage = 0;
    Record whole;
    TrainingState state = start;
    train(experiment, state, whole);
    REQUIRE(whole.rows.size() == 7);
    Problem problem(build_architecture(experiment.config.model), *loss_named("squared").loss, experiment.data);
    for (const auto& row : whole.rows) {
      if (one.fresh && row.step > 0)
        problem.set_data(std::make_shared<const Dataset>(
            data_law_named("class_mixture")
                .generate(experiment.config.data, {3, Purpose::fresh, static_cast<std::uint64_t>(row.step)})));
      Parameters now = start.parameters;
      now.ffn = row.ffn, now.attention = row.attention, now.gate = row.gate;
      Routing anew;
      problem.route(now, {3, static_cast<std::uint64_t>(row.step), 1, nullptr}, anew);
      CHECK(row.weight == anew.weight);
      CHECK(row.logits == anew.logits);
    }
    const Matrix &first = whole.rows[0].weight, &last = whole.rows[5].weight;
    CHECK((first.cols() == last.cols() && first.rows() == last.rows() && first == last) == one.fixed);
  }
}
