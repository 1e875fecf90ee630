#include "scenarios/measure/conditioning.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/class_conflict.h"
#include "scenarios/measure/quantities.h"

namespace lemmata::scenarios {
namespace {

constexpr long copies = 16;                  // s = 0: copies of every tuple only make a random partition even
constexpr double decade = 1;                 // "better conditioned", "lower floor": by more than a factor 10
constexpr double confidence = 1 - 0.05 / 8;  // two comparisons with each of four H, all at once with 95 %

ConditioningPoint point_of(const FrozenStage& stage) { return {conditioning(stage), stage.exactly_pure, stage.leak}; }

}  // namespace

void fields_of(ConditioningPoint& point, Fields& fields) {
  StageConditioning& stage = point.conditioning;
  fields.number("curvature_min", stage.curvature_min, "smallest lambda_min on V_i per unit load; NaN = undefined");
  fields.number("curvature_max", stage.curvature_max, "largest lambda_max per unit load");
  fields.number("condition", stage.condition, "lambda_min/lambda_max per unit load");
  fields.number("floor", stage.floor, "L* with attention and gate frozen");
  fields.flag("defined", stage.defined, "0 = routed mass leaks to q < 1/2");
  fields.flag("exactly_pure", point.exactly_pure, "1 = routing exactly pure, or no gate");
  fields.number("leak", point.leak, "mass of samples at experts with 0 < q < 1/2");
}

ConditioningPoints conditioning_points(CheckContext& context, const std::string& name, const Scenario& scenario,
                                       const std::vector<long>& seeds, std::size_t stages) {
  return measured(context, name, seeds, [&](long seed) { return point_of(frozen_stage(scenario, seed, stages)); });
}

/// Samples assigned to three experts whatever their class.
ConditioningPoints random_conditioning(CheckContext& context, const std::vector<long>& seeds) {
  const Scenario scenario = first_stages(three_stage_assigned(3, copies), 2);
  return measured(context, "random_partition", seeds, [&](long seed) {
    const sim::Experiment experiment = prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed)));
    const std::vector<Index> assignment =
        random_partition(experiment.data->samples(), 3, static_cast<std::uint64_t>(seed));
    return point_of(frozen_stage_of(train_experiment(with_assignment(experiment, assignment))));
  });
}

std::vector<double> values_of(const ConditioningPoints& list, double (*value)(const ConditioningPoint&)) {
  std::vector<double> found;
  for (const ConditioningPoint& point : list) found.push_back(value(point));
  return found;
}

double log_condition(const ConditioningPoint& p) { return std::log10(p.conditioning.condition); }
double log_floor(const ConditioningPoint& p) {  // NaN stays: an L* that could not be certified is not negligible
  return std::log10(p.conditioning.floor < negligible_floor ? negligible_floor : p.conditioning.floor);
}
double floor_of(const ConditioningPoint& p) { return p.conditioning.floor; }

// Supported: better by more than a decade in conditioning or in floor. Refuted: certainly in neither.
Advantage advantage(const ConditioningPoints& mot, const ConditioningPoints& other) {
  if (mot.size() != other.size()) throw std::invalid_argument("advantage: one point per seed in both");
  std::vector<double> conditioning, floor;
  for (std::size_t i = 0; i < mot.size(); ++i) {
    if (!mot[i].conditioning.defined || !other[i].conditioning.defined) continue;
    if (std::isnan(log_floor(mot[i])) || std::isnan(log_floor(other[i]))) continue;
    conditioning.push_back(log_condition(mot[i]) - log_condition(other[i]));
    floor.push_back(log_floor(other[i]) - log_floor(mot[i]));
  }
  Advantage found;
  if (conditioning.size() < least_seeds) return found;
  found.conditioning = analysis::median_interval(conditioning, confidence);
  found.floor = analysis::median_interval(floor, confidence);
  if (found.conditioning.lower > decade || found.floor.lower > decade) found.verdict = Verdict::supported;
  if (found.conditioning.upper < decade && found.floor.upper < decade) found.verdict = Verdict::refuted;
  return found;
}

Quantity advantage_quantity(const std::string& what, const Advantage& found) {
  const bool by_floor = found.floor.lower > found.conditioning.lower;
  const analysis::Interval& better = by_floor ? found.floor : found.conditioning;
  const double middle = (better.lower + better.upper) / 2;
  return {what +
              (by_floor ? ": decades by which its floor L* lies higher"
                        : ": decades by which its lambda_min/lambda_max is smaller") +
              ", more than",
          decade,
          middle,
          middle - better.lower,
          "half width of the distribution-free 99.4 % interval of the paired median",
          Criterion::at_least};
}

std::string worse_in(const Advantage& found) {
  const bool conditioning = found.conditioning.lower > decade, floor = found.floor.lower > decade;
  if (conditioning) return floor ? "conditioning and floor" : "conditioning";
  if (floor) return "floor";
  return found.verdict == Verdict::refuted ? "neither" : "undecided";
}

Verdict all_of(const std::vector<Advantage>& list) {
  bool all = true;
  for (const Advantage& one : list) {
    if (one.verdict == Verdict::refuted) return Verdict::refuted;
    all = all && one.verdict == Verdict::supported;
  }
  return all ? Verdict::supported : Verdict::inconclusive;
}

const std::vector<long>& head_counts() {
  static const std::vector<long> counts = {1, 2, 4, 8};
  return counts;
}

std::vector<ConditioningPoints> single_arms(CheckContext& context, const std::string& name,
                                            const std::vector<long>& seeds) {
  std::vector<ConditioningPoints> arms;
  for (const long heads : head_counts())
    arms.push_back(
        conditioning_points(context, name + "_" + std::to_string(heads), three_stage_of("single", heads), seeds));
  return arms;
}

std::vector<Advantage> against(const ConditioningPoints& mot, const std::vector<ConditioningPoints>& singles) {
  std::vector<Advantage> list;
  for (const ConditioningPoints& single : singles) list.push_back(advantage(mot, single));
  return list;
}

std::string arm_name(std::size_t arm) { return "single, H = " + std::to_string(head_counts()[arm]); }

Control control(const std::string& what, const ConditioningPoints& mot,
                const std::vector<ConditioningPoints>& singles) {
  const double defined = static_cast<double>(
      std::count_if(mot.begin(), mot.end(), [](const ConditioningPoint& p) { return p.conditioning.defined; }));
  const std::vector<Advantage> found = against(mot, singles);
  Control result{what, all_of(found), {}};
  for (std::size_t i = 0; i < found.size(); ++i) result.quantities.push_back(advantage_quantity(arm_name(i), found[i]));
  result.quantities.push_back(reported({"median log10 of lambda_min/lambda_max", std::nan(""),
                                        defined > 0 ? analysis::median(values_of(mot, log_condition)) : std::nan(""), 0,
                                        "NaN: undefined, mass leaks to q < 1/2"}));
  result.quantities.push_back(reported(
      {"median L*", std::nan(""), analysis::median(values_of(mot, floor_of)), 0, "beside .03 of `single`, H = 1"}));
  return result;
}

std::vector<long> seeds_where(const ConditioningPoints& list, const std::vector<long>& seeds, bool exactly_pure) {
  std::vector<long> kept;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (list[i].exactly_pure == exactly_pure) kept.push_back(seeds[i]);
  }
  return kept;
}

}  // namespace lemmata::scenarios
