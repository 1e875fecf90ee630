#pragma once
#include <vector>

#include "analysis/curve_rebound.h"
#include "scenarios/claims/claim.h"
#include "scenarios/measure/stored.h"

namespace lemmata::scenarios {

/// The attention's entropy along a run of a reduced model.
struct EntropyCurve {
  std::vector<double> times;    ///< of the flow; steps of `gd`
  std::vector<double> entropy;  ///< in nats
};
inline void fields_of(EntropyCurve& curve, Fields& fields) {
  fields.series("times", "record", curve.times, "time of the flow, or step");
  fields.series("entropy", "record", curve.entropy, "entropy of the attention, in nats");
}

}  // namespace lemmata::scenarios
