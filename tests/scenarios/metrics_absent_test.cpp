#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/run/recorder.h"
#include "tests/close.h"

// What a run records of what is not there: classes without samples, samples that change, tokens of unknown kind.
namespace lemmata::scenarios {
namespace {

sim::Experiment experiment_with(std::vector<Override> more) {
  std::vector<Override> overrides = {{"model.experts", "4"},
                                     {"stages.0.steps", "3"},
                                     {"stages.1.steps", "0"},
                                     {"stages.2.steps", "0"},
                                     {"data.heldout", "0"}};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return prepare_experiment(load_scenario("mot/three_stage", overrides));
}

Trajectory recorded(const sim::Experiment& experiment, const std::string& metric) {
  return run_in_memory(experiment, {1, 50, {metric}}).trajectory;
}

bool has_variable(const Trajectory& run, const std::string& name) {
  return std::any_of(run.variables.begin(), run.variables.end(),
                     [&](const analysis::VariableSpec& spec) { return spec.name == name; });
}

bool all_nan(const std::vector<double>& values) {
  return !values.empty() && std::all_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

bool all_finite(const std::vector<double>& values) {
  return !values.empty() &&
         std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

// Frequencies n^-40: ten samples, all of class 0.
sim::Experiment one_class_of_three() {
  const sim::Experiment experiment =
      experiment_with({{"data.sampling", "random"}, {"data.samples", "10"}, {"data.zipf", "40"}});
  REQUIRE(std::all_of(experiment.data->class_index.begin(), experiment.data->class_index.end(),
                      [](int n) { return n == 0; }));
  return experiment;
}

}  // namespace

TEST_CASE(
    "a class without samples has no routing, no purity and no loss: NaN, and what is left is that of the class there "
    "is") {
  const Trajectory run = recorded(one_class_of_three(), "routing");
  for (const Row& row : run.rows) {
    for (const char* name : {"routing", "routing_argmax", "purity", "purity_noisy", "class_loss"}) {
      const std::vector<double>& values = row.at(name);
      const auto of_class = static_cast<std::ptrdiff_t>(values.size() / 3);
      CAPTURE(name);
      CHECK(all_finite({values.begin(), values.begin() + of_class}));
      CHECK(all_nan({values.begin() + of_class, values.end()}));
    }
    double load = 0;
    for (const double share : row.at("load")) load += share;
    CHECK(close(load, 1, 1e-14, 0));            // rounding of 40 terms
    CHECK(row.at("dispatch_entropy")[0] == 0);  // one class: nothing to tell apart
    CHECK(close(row.at("class_loss")[0], row.at("loss")[0], 0, 1e-14));
    CHECK(all_finite(row.at("routing_entropy")));
  }
}

TEST_CASE("with one class there is no conflict to measure: cancellation 1, share 0, cosine NaN") {
  const Trajectory run = recorded(one_class_of_three(), "conflict");
  for (const Row& row : run.rows) {
    for (const double value : row.at("conflict_ffn_cancellation")) CHECK(close(value, 1, 1e-14, 0));
    for (const double value : row.at("conflict_ffn_negative_share")) CHECK(value == 0);
    CHECK(all_nan(row.at("conflict_ffn_min_cosine")));
  }
}

TEST_CASE("fluctuation compares the same samples: NaN at the first record, and at every one of fresh data") {
  const auto fluctuation = [](const char* sampling) {
    return recorded(experiment_with({{"data.sampling", sampling}, {"data.samples", "24"}}), "routing")
        .curve("fluctuation");
  };
  CHECK(all_nan(fluctuation("fresh")));
  for (const char* sampling : {"enumerated", "random"}) {
    const std::vector<double> share = fluctuation(sampling);
    CHECK((share.size() == 4 && std::isnan(share[0])));
    CHECK(all_finite({share.begin() + 1, share.end()}));
  }
}

TEST_CASE(
    "a loss that is not convex has no L* to compute, the curvature on the whole space is there, and may be negative") {
  const Trajectory run =
      recorded(experiment_with({{"loss.kind", "double_softmax"}, {"model.init.ffn_std", "1"}}), "curvature");
  double least = 1;
  for (const Row& row : run.rows) {
    for (const char* name : {"lstar", "expert_excess", "pl_ratio", "hessian_min"}) CHECK(all_nan(row.at(name)));
    CHECK((all_nan(row.at("excess")) && all_finite(row.at("hessian_min_full")) && all_finite(row.at("expert_loss"))));
    for (const double value : row.at("hessian_min_full")) least = std::fmin(least, value);
  }
  CHECK(least < 0);
}

TEST_CASE("attention_entropy needs no kinds of tokens, attention_mass does") {
  sim::Experiment experiment = experiment_with({{"model.init.attention_std", "0.3"}});
  const Trajectory with_kinds = recorded(experiment, "attention");
  sim::Dataset bare = *experiment.data;
  bare.token_kind.clear();
  experiment.data = std::make_shared<const sim::Dataset>(bare);
  const Trajectory run = recorded(experiment, "attention");
  CHECK((has_variable(with_kinds, "attention_mass") && has_variable(with_kinds, "attention_entropy")));
  CHECK((!has_variable(run, "attention_mass") && !has_variable(run, "attention_mass_by_query") &&
         has_variable(run, "attention_entropy")));
  CHECK(all_finite(run.rows[0].at("attention_entropy")));
  CHECK(run.rows[0].at("attention_entropy") == with_kinds.rows[0].at("attention_entropy"));
}

}  // namespace lemmata::scenarios
