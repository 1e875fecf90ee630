#pragma once
#include <vector>

#include "scenarios/measure/frozen_stage.h"

namespace lemmata::scenarios {

/// The objective's excess over its own infimum L* while the FFN alone is trained, attention and routing frozen: summed
/// over experts, without cancellation (analysis::frozen_excess).
/// Checked by: tests/scenarios/stage_three_test.cpp; tests/scenarios/law_map_test.cpp.
class FrozenExcess {
 public:
  /// @param stage  kept by reference.
  explicit FrozenExcess(const FrozenStage& stage);

  /// L(w) - L*. An L* not attained is a sum over the samples that are not separated: the excess is exact.
  double at(const sim::Parameters& parameters) const;
  double floor() const { return floor_; }  ///< L*, NaN where it could not be certified
  /// The prediction loss where the objective is L*: without L2 it is L*, which may be approached only.
  double limit() const { return limit_; }
  /// Below it w - w* is rounding (measurable_excess); 0 where all samples are separated: there is no w*.
  double least_measurable() const { return least_measurable_; }

 private:
  const FrozenStage& stage_;
  const sim::Architecture architecture_;
  std::vector<analysis::FrozenOptimum> optima_;
  double floor_ = 0, limit_ = 0, least_measurable_ = 0;
};

}  // namespace lemmata::scenarios
