#pragma once
#include <string>
#include <vector>

#include "scenarios/measure/frozen_stage.h"

// Conditioning of stage III, MoT against other models over seeds (claim M5).
namespace lemmata::scenarios {

/// What one seed says about one model.
struct ConditioningPoint {
  StageConditioning conditioning;
  bool exactly_pure = false;
  double leak = 0;
};
void fields_of(ConditioningPoint& point, Fields& fields);
using ConditioningPoints = std::vector<ConditioningPoint>;

inline constexpr std::size_t least_seeds = 9;  ///< a distribution-free 99.4 % interval of the median needs 9
inline constexpr double negligible_floor =
    1e-9;  ///< floors below it count as equal: no eps at which laws are compared lies lower

/// After `stages` stages of every seed. @param name  of the arrays kept.
ConditioningPoints conditioning_points(CheckContext& context, const std::string& name, const Scenario& scenario,
                                       const std::vector<long>& seeds, std::size_t stages = 2);

/// Three experts, samples assigned evenly and at random whatever their class; otherwise mot/three_stage.
ConditioningPoints random_conditioning(CheckContext& context, const std::vector<long>& seeds);

std::vector<double> values_of(const ConditioningPoints& list, double (*value)(const ConditioningPoint&));
double log_condition(const ConditioningPoint& point);  ///< log10 of lambda_min/lambda_max per unit load
double log_floor(const ConditioningPoint& point);  ///< log10 of L*, floors below negligible_floor as if they were that
double floor_of(const ConditioningPoint& point);   ///< L*

/// MoT's advantage over one other model, in decades, as distribution-free intervals of the paired median (99.375 %
/// each, so that two comparisons with each of four models hold together with 95 %).
struct Advantage {
  analysis::Interval conditioning, floor;
  /// supported: better by more than a decade in conditioning or in floor; refuted: certainly in neither. Undefined
  /// seeds are left out; with fewer than least_seeds it is inconclusive.
  Verdict verdict = Verdict::inconclusive;
};
/// @throws std::invalid_argument on lists of different lengths. Checked by: tests/scenarios/claims45_test.cpp.
Advantage advantage(const ConditioningPoints& mot, const ConditioningPoints& other);

/// The better of the two advantages: its lower end must exceed a decade, as `advantage` judges it.
Quantity advantage_quantity(const std::string& what, const Advantage& found);

/// Where the other model is worse by more than a decade: "conditioning", "floor", "conditioning and floor"; else
/// "neither" or "undecided".
std::string worse_in(const Advantage& found);

/// Supported if all are, refuted if one is.
Verdict all_of(const std::vector<Advantage>& list);

/// H = 1, 2, 4, 8, and `single` with so many heads in the same three stages.
const std::vector<long>& head_counts();
/// @param name  of the arrays kept, NAME_1, NAME_2, ...
std::vector<ConditioningPoints> single_arms(CheckContext& context, const std::string& name,
                                            const std::vector<long>& seeds);
/// "single, H = 4" for the arms of single_arms.
std::string arm_name(std::size_t arm);
std::vector<Advantage> against(const ConditioningPoints& mot, const std::vector<ConditioningPoints>& singles);

/// A control: another model in MoT's place.
Control control(const std::string& what, const ConditioningPoints& mot, const std::vector<ConditioningPoints>& singles);

/// The seeds whose routing is exactly pure (or is not).
std::vector<long> seeds_where(const ConditioningPoints& list, const std::vector<long>& seeds, bool exactly_pure);

}  // namespace lemmata::scenarios
