#include <algorithm>
#include <cmath>
#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/measure/stored.h"
#include "theory/swap_bound.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 5;
constexpr double rounding = 1e-12;  // of a sum of sample weights

// alpha and gamma exchangeable (equal), s = 0: the 24 tuples are the population.
const std::vector<Override> exchangeable = {{"data.beta", "1"}, {"data.gamma", "1"}};

Scenario additive(std::vector<Override> more) {
  std::vector<Override> all = {
      {"model.kind", "single"},
      {"model.attention", "uniform"},
      {"loss.kind", "logistic"},
      {"stages", R"([{"name": "joint", "steps": 4000, "train": {"ffn": {"optimizer": "gd", "learning_rate": 0.5}}}])"}};
  all.insert(all.end(), exchangeable.begin(), exchangeable.end());
  all.insert(all.end(), more.begin(), more.end());
  return load_scenario("mot/three_stage", all);
}

/// Share of samples, by weight, with y F <= 0.
double error_of(sim::Problem& problem, const sim::Parameters& parameters) {
  sim::Routing routing;
  sim::Evaluation evaluation;
  problem.route_argmax(parameters, routing);
  problem.evaluate(parameters, routing, {}, evaluation);
  double wrong = 0;
  for (Index k = 0; k < problem.data().samples(); ++k) {
    if (!(problem.data().label(k) * evaluation.value(0, k) > 0)) wrong += problem.data().weight(k);
  }
  return wrong;
}

Matrix pair_probability(const sim::Dataset& data, double zipf) {
  Vector share(data.classes);
  for (Index n = 0; n < data.classes; ++n) share(n) = std::pow(static_cast<double>(n + 1), -zipf);
  return theory::uniform_distractors(share / share.sum());
}

/// The 0-1 error of a scenario's final model for every seed (NaN if a run diverged), and the bound.
struct Error {
  double value = 0;
};
void fields_of(Error& error, Fields& fields) {
  fields.number("error", error.value, "0-1 error over the population, by exact enumeration; NaN = the run diverged");
}

struct Errors {
  std::vector<Error> found;
  double bound = 0;

  Quantity least(const std::string& what) const {
    double least = found.front().value;
    for (const Error& error : found) least = !(error.value >= least) ? error.value : least;  // NaN stays
    return {what + ": least 0-1 error over seeds, at least the bound",
            bound,
            least,
            -rounding,
            "exact enumeration: the rounding of weights",
            Criterion::at_least};
  }
};

Errors errors_of(CheckContext& context, const std::string& name, const Scenario& scenario,
                 const std::vector<long>& seeds) {
  Errors errors;
  errors.found = measured(context, name, seeds, [&](long seed) {
    const FinalState end = train_seed(scenario, seed);
    sim::Problem problem = problem_of(end.experiment);
    return Error{end.training.stop_reason == "completed" ? error_of(problem, end.state.parameters) : std::nan("")};
  });
  errors.bound = theory::swap_error_bound(
      pair_probability(*sim::make_experiment(scenario.config).data, scenario.config.data.zipf));
  return errors;
}

/// One softmax head that gets every sample right: w = sum(v_n - c_n), Q = 16 sum(2 v_n c_n^T + c_n c_n^T).
Quantity softmax_escape(CheckContext& context) {
  std::vector<Override> overrides = {{"model.kind", "single"}};
  overrides.insert(overrides.end(), exchangeable.begin(), exchangeable.end());
  const Scenario scenario = load_scenario("mot/three_stage", overrides);
  sim::Experiment experiment = sim::make_experiment(scenario.config);
  const Matrix& c = experiment.data->class_signal;
  const Matrix& v = experiment.data->label_signal;
  experiment.initial.ffn.col(0) = (v - c).colwise().sum().transpose();
  experiment.initial.attention = 16 * (2 * v.transpose() * c + c.transpose() * c);
  const Error found = measured_once(context, "by_hand", [&] {
    sim::Problem problem = problem_of(experiment);
    return Error{error_of(problem, experiment.initial)};
  });
  return {"0-1 error of one softmax head set by hand, at least 1/8",
          0.125,
          found.value,
          -rounding,
          "exact enumeration",
          Criterion::at_least};
}

void check_trained(CheckContext& context, Evidence& evidence) {
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  evidence.settings_hash = additive({}).config_hash;
  evidence.evidence_level = EvidenceLevel::numerical;
  const auto least = [&](const std::string& what, const std::string& name, const std::vector<Override>& more) {
    return errors_of(context, name, additive(more), evidence.seeds).least(what);
  };
  const std::string cubic = R"({"form": "token", "activation": "cubic", "neurons": 8})",
                    relu = R"({"form": "token", "activation": "relu", "neurons": 16})";
  evidence.quantities = {
      least("linear, one head", "linear", {}), least("linear, 4 heads", "heads", {{"model.heads", "4"}}),
      least("token, cubic, 8 neurons", "cubic", {{"model.expert", cubic}, {"model.init.ffn_std", "0.3"}}),
      least("token, relu, 16 neurons", "relu", {{"model.expert", relu}, {"model.init.ffn_std", "0.3"}}),
      least("linear, Zipf classes (the bound is lower)", "zipf", {{"data.zipf", "1"}})};
  const bool finished = std::none_of(evidence.quantities.begin(), evidence.quantities.end(),
                                     [](const Quantity& q) { return std::isnan(q.measured); });
  evidence.verdict = finished ? verdict_within(evidence.quantities) : Verdict::inconclusive;
  evidence.reason = std::to_string(std::count_if(evidence.quantities.begin(), evidence.quantities.end(),
                                                 [](const Quantity& q) { return q.holds(); })) +
                    " of " + std::to_string(evidence.quantities.size()) +
                    " trained additive models err on the bound or more; least error " +
                    in_words(evidence.quantities[0].measured) + " (linear), " + verdict_in_words(evidence.verdict);
  const Quantity quieter = least("linear, gamma = 0.5", "control", {{"data.gamma", "0.5"}});
  const Quantity escape = softmax_escape(context);
  evidence.negative_controls = {{"softmax attention: F is not a sum over tokens", verdict_within({escape}), {escape}},
                                {"gamma = 0.5, alpha = 1: not exchangeable", verdict_within({quieter}), {quieter}}};
}

// kappa_n = 2 - 4^-n on the label signals, t_n = 2 4^-n on the class signals: of every pair of classes one errs once in
// four.
void check_tight(CheckContext& context, Evidence& evidence) {
  const Scenario scenario = additive({});
  evidence.settings_hash = scenario.config_hash;
  evidence.evidence_level = EvidenceLevel::numerical;
  sim::Experiment experiment = sim::make_experiment(scenario.config);
  const Vector share =
      Vector::NullaryExpr(experiment.data->classes, [](Index n) { return std::pow(4.0, -static_cast<double>(n)); });
  const auto reached = [&](const std::string& name, const Vector& class_weight) {
    experiment.initial.ffn.col(0) = experiment.data->label_signal.transpose() * (2 - share.array()).matrix() +
                                    experiment.data->class_signal.transpose() * class_weight;
    const Error found = measured_once(context, name, [&] {
      sim::Problem problem = problem_of(experiment);
      return Error{error_of(problem, experiment.initial)};
    });
    return Quantity{"0-1 error of a linear additive model set by hand, against 1/8", 0.125, found.value, rounding,
                    "exact enumeration"};
  };
  evidence.quantities = {reached("by_hand", 2 * share)};
  const Matrix w = experiment.initial.ffn.col(0);
  store(evidence, "ffn", {{"feature", static_cast<std::size_t>(w.size())}}, {w.data(), w.data() + w.size()},
        "w of the additive model");
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "w = sum (2 - 4^-n) v_n + 2 4^-n c_n errs on " + in_words(evidence.quantities[0].measured) +
                    " of the samples against the bound 0.125: " + verdict_in_words(evidence.verdict);
  const Quantity without = reached("control", Vector::Zero(share.size()));
  evidence.negative_controls = {{"the same model without its class biases", verdict_within({without}), {without}}};
}

}  // namespace

ClaimEntry M10_claim() {
  return {
      "M10",
      "mot",
      "A single additive expert fails: F = sum_l f(x_l) errs on at least 1/8 of the samples",
      R"(F(X) = \textstyle\sum_l f(x_l) \ \Rightarrow\
  \Pr[y F \le 0] &\ge \tfrac14 \textstyle\sum_{\{n, n'\}} \min\bigl(P(n, n'), P(n', n)\bigr) \\
  &= \tfrac18 \ \text{ for uniform classes})",
      "Chen, Deng, Wu, Gu, Li 2022 (arXiv 2208.02813), Theorem 4.1, by the swap argument of mot.md section 6",
      {"(alpha, gamma) exchangeable: alpha = gamma = 1; beta = 1; uniform signs; P(n, n') symmetric for uniform "
       "classes, the bound sum_pairs min(P, P')/4 for Zipf classes",
       "additive: uniform attention, any number of heads, forms linear and token; y F <= 0 counts as an error",
       "trained by gd on logistic loss for 4,000 steps; the bound holds for every parameter value, so training length "
       "does not matter",
       "softmax attention is not additive and escapes: a control"},
      {{"trained", Verdict::supported, "quick", check_trained}, {"tight", Verdict::supported, "quick", check_tight}}};
}

}  // namespace lemmata::scenarios
