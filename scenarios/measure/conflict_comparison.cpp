#include "scenarios/measure/conflict_comparison.h"

#include <algorithm>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/quantities.h"

namespace lemmata::scenarios {
namespace {

constexpr double confidence = 0.95;
constexpr std::size_t least_pairs = 10;

}  // namespace

ConflictPoints conflict_points(CheckContext& context, const std::string& name, const Scenario& scenario,
                               const std::vector<long>& seeds, double level, Routed routed) {
  return measured(context, name, seeds, [&](long seed) {
    const sim::Experiment experiment = prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed)));
    const sim::Dataset& data = *experiment.data;
    if (routed == Routed::by_gate) return conflict_at_levels(experiment, {level})[0];
    const std::vector<Index> assignment =
        routed == Routed::nearly_by_class
            ? oracle_partition(data, experiment.config.data.replicates)
            : random_partition(data.samples(), experiment.config.model.experts, static_cast<std::uint64_t>(seed));
    return conflict_at_levels(with_assignment(experiment, assignment), {level})[0];
  });
}

double scored_cancellation(const ConflictAtLevel& point) {
  return point.step >= 0 && point.ffn.mixed.classes > 1 ? point.ffn.mixed.cancellation : std::nan("");
}

ConflictComparison compare_conflict(const ConflictPoints& first, const ConflictPoints& second) {
  ConflictComparison result;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double a = scored_cancellation(first[i]), b = scored_cancellation(second[i]);
    if (std::isnan(a) || std::isnan(b)) continue;
    result.first.push_back(a);
    result.second.push_back(b);
  }
  if (result.first.size() < least_pairs) return result;
  result.interval = analysis::paired_difference_interval(result.first, result.second, confidence);
  result.verdict = result.interval->lower > conflict_margin   ? Verdict::supported
                   : result.interval->upper < conflict_margin ? Verdict::refuted
                                                              : Verdict::inconclusive;
  return result;
}

Quantity conflict_quantity(const std::string& what, const ConflictComparison& compared) {
  if (!compared.interval) {
    return {what + ": seeds with a mixed expert in both arms",
            least_pairs,
            static_cast<double>(compared.first.size()),
            0,
            "fewer are not scored",
            Criterion::at_least};
  }
  const double half = (compared.interval->upper - compared.interval->lower) / 2;
  return {what + ": cancellation ratio of mixed experts minus that of `single`, to exceed the prediction",
          conflict_margin,
          (compared.interval->lower + compared.interval->upper) / 2,
          half,
          "half width of the paired 95 % interval over " + std::to_string(compared.first.size()) +
              " seeds; the margin is a tenth of the ratio's range [0, 1]",
          Criterion::at_least};
}

std::vector<Quantity> conflict_reports(const std::string& who, const ConflictPoints& list, double level) {
  const double reached = static_cast<double>(
      std::count_if(list.begin(), list.end(), [](const ConflictAtLevel& p) { return p.step >= 0; }));
  return {reported({who + ": seeds that reach the level", static_cast<double>(list.size()), reached, 0,
                    "the others are not compared"}),
          reported({who + ": mean prediction loss there", level,
                    mean_over(list, [](const auto& p) { return p.prediction_loss; }), 0.15 * level,
                    "the level is passed within one step, which lowers the loss by up to 15 % of it"}),
          reported({who + ": cancellation ratio over all parameters, one-class experts included", 1,
                    mean_over(list, [](const auto& p) { return p.ffn.all.cancellation; }), 1,
                    "not scored: disjoint experts are orthogonal by construction"}),
          reported({who + ": smallest class cosine over all parameters", 0,
                    mean_over(list, [](const auto& p) { return p.ffn.all.min_cosine; }), 1, "not scored"}),
          reported({who + ": load at one-class experts", 0,
                    mean_over(list, [](const auto& p) { return p.ffn.one_class_load; }), 1,
                    "how much of the model is trivially 1"})};
}

}  // namespace lemmata::scenarios
