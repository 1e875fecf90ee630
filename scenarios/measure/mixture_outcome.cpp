#include "scenarios/measure/mixture_outcome.h"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>

#include "analysis/routing.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {
namespace {

// Number of the stream of draws of a held-out route at step 0: beyond every step of a training run.
constexpr std::uint64_t heldout_stream = std::uint64_t{1} << 32;

// Share of samples with y F > 0, F = sum_i q_i c_i f_i; a tie is an error.
double accuracy(const sim::Problem& problem, const sim::Routing& routing, const sim::Evaluation& evaluation) {
  const sim::Dataset& data = problem.data();
  double right = 0;
  for (Index k = 0; k < data.samples(); ++k) {
    double output = 0;
    for (Index i = 0; i < routing.weight.rows(); ++i) {
      const double q = routing.weight(i, k);
      if (q != 0) output += q * sim::output_scale(problem.architecture(), routing, i, k) * evaluation.value(i, k);
    }
    if (data.label(k) * output > 0) right += data.weight(k);
  }
  return right;
}

class FollowMixture final : public sim::Observer {
 public:
  FollowMixture(const sim::Experiment& experiment, const EarlyStop& rule)
      : rule_(rule),
        seed_(experiment.config.seed),
        noise_(experiment.config.model.gate.noise),
        heldout_(sim::build_architecture(experiment.config.model), *sim::loss_named(experiment.config.loss.kind).loss,
                 experiment.heldout) {}

  bool observe(const sim::Snapshot& snapshot) override {
    const double loss = snapshot.evaluation.loss;
    if (snapshot.closing) {
      outcome.end = point(snapshot);
      if (!stopped_) outcome.stop = outcome.end;
      return true;
    }
    if (stopped_) return true;
    if (loss <= least_) {
      least_ = loss;
      return true;
    }
    const bool stops = snapshot.state.step >= rule_.from && (loss > least_ + rule_.rise || loss <= rule_.level);
    if (!stops) return true;
    stopped_ = true;
    outcome.stop = point(snapshot);
    if (rule_.ends) outcome.end = outcome.stop;
    return !rule_.ends;
  }

  MixtureOutcome outcome;

 private:
  MixturePoint point(const sim::Snapshot& snapshot) {
    const sim::Dataset& data = snapshot.problem.data();
    MixturePoint found;
    found.step = snapshot.state.step;
    found.loss = snapshot.evaluation.loss;
    found.training_accuracy = accuracy(snapshot.problem, snapshot.routing, snapshot.evaluation);
    found.entropy = analysis::dispatch_entropy(
        class_routing(data, snapshot.routing.weight, snapshot.routing.weight.rows()), class_share(data));
    sim::Routing routing;
    sim::Evaluation evaluation;
    const std::uint64_t stream = heldout_stream + static_cast<std::uint64_t>(found.step);
    heldout_.route(snapshot.state.parameters, {seed_, stream, noise_, nullptr}, routing);
    heldout_.evaluate(snapshot.state.parameters, routing, {}, evaluation);
    found.accuracy = accuracy(heldout_, routing, evaluation);
    return found;
  }

  EarlyStop rule_;
  std::uint64_t seed_;
  double noise_;
  sim::Problem heldout_;
  double least_ = std::numeric_limits<double>::infinity();
  bool stopped_ = false;
};

// The end of an open range, judged by the interval's end that faces it.
void add_bars(const std::string& what, const analysis::Interval& interval, const analysis::Interval& bars,
              std::vector<Quantity>& quantities) {
  const double mean = (interval.lower + interval.upper) / 2, half = (interval.upper - interval.lower) / 2;
  const std::string reason = "half the 95 % t interval of the mean over seeds";
  if (std::isfinite(bars.lower)) {
    quantities.push_back({what + ": above", bars.lower, mean, half, reason, Criterion::at_least});
  }
  if (std::isfinite(bars.upper)) {
    quantities.push_back({what + ": below", bars.upper, mean, half, reason, Criterion::at_most});
  }
}

bool is_inside(const analysis::Interval& interval, const analysis::Interval& bars) {
  return interval.lower > bars.lower && interval.upper < bars.upper;
}

bool is_outside(const analysis::Interval& interval, const analysis::Interval& bars) {
  return interval.upper < bars.lower || interval.lower > bars.upper;
}

void fields_of(const std::string& prefix, MixturePoint& point, Fields& fields) {
  fields.number(prefix + "step", point.step, "updates made");
  fields.number(prefix + "accuracy", point.accuracy, "share of held-out samples with y F > 0, drawn routing");
  fields.number(prefix + "training_accuracy", point.training_accuracy, "share of training samples likewise");
  fields.number(prefix + "entropy", point.entropy, "dispatch entropy of the drawn routing, nats");
  fields.number(prefix + "loss", point.loss, "training loss without L2");
}

std::shared_ptr<const sim::Dataset> with_constant_feature(const sim::Dataset& data) {
  sim::Dataset wider = data;
  const Index features = data.features();
  wider.tokens.conservativeResize(features + 1, Eigen::NoChange);
  wider.tokens.row(features).setOnes();
  for (Matrix* signal : {&wider.class_signal, &wider.label_signal}) {
    signal->conservativeResize(Eigen::NoChange, features + 1);
    signal->col(features).setZero();
  }
  return std::make_shared<const sim::Dataset>(std::move(wider));
}

}  // namespace

void fields_of(MixtureOutcome& outcome, Fields& fields) {
  fields.flag("completed", outcome.completed, "1 = not diverged");
  fields_of("", outcome.end, fields);
  fields_of("stop_", outcome.stop, fields);
}

sim::Experiment with_biases(sim::Experiment experiment) {
  const sim::Config& config = experiment.config;
  const sim::Architecture architecture = sim::build_architecture(config.model);
  if (architecture.gated) throw std::invalid_argument("with_biases: a gate would see the constant feature");
  experiment.data = with_constant_feature(*experiment.data);
  if (experiment.heldout) experiment.heldout = with_constant_feature(*experiment.heldout);
  experiment.initial =
      sim::initial_parameters(architecture, config.model.init, experiment.data->features(), config.seed);
  return experiment;
}

MixtureOutcome mixture_outcome(const Scenario& scenario, long seed, const EarlyStop& rule) {
  return mixture_outcome(prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed))), rule);
}

MixtureOutcome mixture_outcome(const sim::Experiment& experiment, const EarlyStop& rule) {
  if (!experiment.heldout) throw std::invalid_argument("mixture_outcome: the scenario has no held-out data");
  sim::TrainingState state = sim::initial_state(experiment);
  FollowMixture observer(experiment, rule);
  observer.outcome.completed = sim::train(experiment, state, observer).stop_reason != "diverged";
  return observer.outcome;
}

std::vector<MixtureOutcome> mixture_outcomes(CheckContext& context, const std::string& name, const Scenario& scenario,
                                             const std::vector<long>& seeds, const EarlyStop& rule) {
  return measured(context, name, seeds, [&](long seed) { return mixture_outcome(scenario, seed, rule); });
}

MixtureJudgement judge_mixture(const std::vector<MixtureOutcome>& outcomes, MixturePoint MixtureOutcome::*point,
                               const MixtureBars& bars) {
  MixtureJudgement found;
  std::vector<double> accuracies, entropies;
  for (const MixtureOutcome& outcome : outcomes) {
    if (!outcome.completed) return found;
    accuracies.push_back((outcome.*point).accuracy);
    entropies.push_back((outcome.*point).entropy);
  }
  if (outcomes.size() < 2) return found;
  found.accuracy = analysis::mean_interval(accuracies, 0.95);
  found.entropy = analysis::mean_interval(entropies, 0.95);
  add_bars("held-out accuracy under drawn routing, mean over seeds", found.accuracy, bars.accuracy, found.quantities);
  add_bars("dispatch entropy, mean over seeds", found.entropy, bars.entropy, found.quantities);
  if (is_inside(found.accuracy, bars.accuracy) && is_inside(found.entropy, bars.entropy)) {
    found.verdict = Verdict::supported;
  } else if (is_outside(found.accuracy, bars.accuracy) || is_outside(found.entropy, bars.entropy)) {
    found.verdict = Verdict::refuted;
  }
  return found;
}

}  // namespace lemmata::scenarios
