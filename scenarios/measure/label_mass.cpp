#include "scenarios/measure/label_mass.h"

#include <cmath>

#include "analysis/attention_mass.h"
#include "scenarios/measure/specialisation.h"
#include "scenarios/metrics/metric.h"
#include "theory/stage_two_direction.h"

namespace lemmata::scenarios {
namespace {

std::vector<int> kinds_of(const sim::Dataset& data, Index sample) {
  std::vector<int> kind(static_cast<std::size_t>(data.tokens_per_sample));
  for (std::size_t l = 0; l < kind.size(); ++l) {
    kind[l] = static_cast<int>(data.token_kind[static_cast<std::size_t>(sample * data.tokens_per_sample) + l]);
  }
  return kind;
}

// Label mass of one unit, mean over the samples of one class.
double unit_label_mass(const sim::Problem& problem, const sim::Parameters& parameters, Index unit, Index class_index) {
  const sim::Dataset& data = problem.data();
  analysis::AttentionMass mass;
  for (Index k = 0; k < data.samples(); ++k) {
    if (data.class_index[static_cast<std::size_t>(k)] == class_index)
      mass.add(problem.attention_weights(parameters, unit, k), kinds_of(data, k), data.weight(k));
  }
  return mass.mass()(analysis::label_token);
}

}  // namespace

Vector label_mass(const sim::Problem& problem, const sim::Parameters& parameters, const Matrix& weight) {
  const sim::Dataset& data = problem.data();
  std::vector<analysis::AttentionMass> mass(static_cast<std::size_t>(data.classes));
  for (Index k = 0; k < data.samples(); ++k) {
    analysis::AttentionMass& own = mass[static_cast<std::size_t>(data.class_index[static_cast<std::size_t>(k)])];
    for (Index expert = 0; expert < weight.rows(); ++expert) {
      if (!(weight(expert, k) > 0)) continue;
      for (Index head = 0; head < problem.architecture().heads; ++head) {
        own.add(problem.attention_weights(parameters, expert * problem.architecture().heads + head, k),
                kinds_of(data, k), data.weight(k) * weight(expert, k));
      }
    }
  }
  Vector on_label(data.classes);
  for (Index n = 0; n < data.classes; ++n)
    on_label(n) = mass[static_cast<std::size_t>(n)].mass()(analysis::label_token);
  return on_label;
}

double measured_label_mass_slope(const sim::Problem& problem, sim::Parameters parameters, Index unit, Index class_index,
                                 const Matrix& direction) {
  const Index features = problem.data().features(), first = problem.architecture().attention_of(unit) * features;
  const Matrix start = parameters.attention.middleCols(first, features);
  const double largest_token = problem.data().tokens.colwise().squaredNorm().maxCoeff();
  const double step = 3e-4 / (largest_token * direction.norm());  // so that no score moves by more than 3e-4
  const auto difference = [&](double t) {
    parameters.attention.middleCols(first, features) = start + t * direction;
    const double up = unit_label_mass(problem, parameters, unit, class_index);
    parameters.attention.middleCols(first, features) = start - t * direction;
    return (up - unit_label_mass(problem, parameters, unit, class_index)) / (2 * t);
  };
  return (4 * difference(step) - difference(2 * step)) / 3;
}

StageTwoMass stage_two_mass(const Scenario& scenario, long seed) {
  return stage_two_mass(train_seed(first_stages(scenario, 2), seed));
}

StageTwoMass stage_two_mass(const FinalState& end) {
  StageTwoMass found;
  found.completed = end.training.stop_reason == "completed";
  if (!found.completed) return found;
  sim::Problem problem = problem_of(end.experiment);
  found.pure = is_class_pure(specialisation(problem, end.state.parameters, end.routing));
  const Vector rise = label_mass(problem, end.state.parameters, end.routing.weight).array() -
                      1 / static_cast<double>(problem.data().tokens_per_sample);
  found.least_rise = rise.minCoeff();
  found.mean_rise = rise.mean();
  sim::Evaluation evaluation;
  problem.evaluate(end.state.parameters, end.routing, {}, evaluation);
  found.loss = evaluation.prediction_loss;
  return found;
}

std::vector<StageTwoStart> stage_two_start(const Scenario& scenario, long seed) {
  const FinalState end = train_seed(first_stages(scenario, 1), seed);
  sim::Problem problem = problem_of(end.experiment);
  sim::Evaluation evaluation;
  sim::GradientRequest request;
  request.attention = true;
  problem.evaluate(end.state.parameters, end.routing, request, evaluation);
  const sim::DataConfig& config = end.experiment.config.data;
  const auto exact = moment_matched_samples(config);
  const theory::ClassMixture mixture = mixture_of(config, *exact);
  const sim::Problem on_exact(problem.architecture(), problem.loss(), exact);
  const Matrix routed = class_routing(problem.data(), end.routing.weight, problem.architecture().units());
  const Matrix table = specialization_table(problem.architecture(), end.state.parameters, problem.data().label_signal);
  std::vector<StageTwoStart> starts;
  for (Index n = 0; n < problem.data().classes; ++n) {
    Index expert = 0;
    routed.row(n).maxCoeff(&expert);
    const Index features = problem.data().features();
    const Matrix descent =
        -evaluation.gradient.attention.middleCols(problem.architecture().attention_of(expert) * features, features);
    StageTwoStart start;
    start.amplitude = table(expert, n);
    start.measured = measured_label_mass_slope(on_exact, end.state.parameters, expert, n, descent);
    start.predicted = theory::label_mass_slope(mixture, n, descent);
    const double share =
        class_share(problem.data())(n);  // of dL/dQ that class n makes up: the loss is a mean over all samples
    start.specialised = -problem.loss().slope(start.amplitude * mixture.alpha) * share *
                        theory::label_mass_slope(mixture, n, theory::stage_two_direction(mixture, n, start.amplitude));
    starts.push_back(start);
  }
  return starts;
}

Verdict rise_verdict(const Proportion& rises) { return verdict_at_least(rises, 1 - rise_delta); }

Quantity rise_quantity(const Proportion& rises) {
  return {"share of class-pure seeds in which label-token mass rises above 1/L for every class: at least",
          1 - rise_delta,
          rises.share(),
          rises.share() - rises.interval.lower,
          "down to the lower end of the exact 95 % interval of " + std::to_string(rises.successes) + " of " +
              std::to_string(rises.trials),
          Criterion::at_least};
}

void fields_of(StageTwoMass& mass, Fields& fields) {
  fields.flag("completed", mass.completed, "1 = not diverged");
  fields.flag("pure", mass.pure, "1 = class-pure at the end of stage II");
  fields.number("least_rise", mass.least_rise, "least over classes of label-token mass minus 1/L");
  fields.number("mean_rise", mass.mean_rise, "mean over classes of it");
  fields.number("loss", mass.loss, "prediction loss at the end of stage II");
}

void fields_of(StageTwoStarts& starts, Fields& fields) {
  std::vector<double> amplitude, measured, predicted, specialised;
  for (const StageTwoStart& one : starts.per_class) {
    amplitude.push_back(one.amplitude);
    measured.push_back(one.measured);
    predicted.push_back(one.predicted);
    specialised.push_back(one.specialised);
  }
  fields.series("amplitude", "class", amplitude, "a = <w_i, v_n>");
  fields.series("slope", "class", measured, "slope of the label mass along -dL/dQ, by differences");
  fields.series("slope_of_direction", "class", predicted, "theory's slope along the same direction");
  fields.series("slope_of_closed_form", "class", specialised, "-l'(a alpha) times the closed form's slope");
  starts.per_class.clear();
  for (std::size_t n = 0; n < amplitude.size(); ++n)
    starts.per_class.push_back({amplitude[n], measured[n], predicted[n], specialised[n]});
}

}  // namespace lemmata::scenarios
