#include "scenarios/run/record_schedule.h"

#include <cmath>

namespace lemmata::scenarios {

bool is_recorded(long step, long stage_step, long every, long per_decade) {
  if (stage_step == 0) return true;
  if (every > 0) return step % every == 0;
  // Some k has round(10^(k/p)) = s iff the k nearest below log10(s + 1/2) does.
  const double s = static_cast<double>(stage_step), p = static_cast<double>(per_decade);
  const double k = std::floor(p * std::log10(s + 0.5));
  return std::lround(std::pow(10, k / p)) == stage_step ||
         std::lround(std::pow(10, std::ceil(p * std::log10(s)) / p)) == stage_step;
}

bool is_recorded(const sim::Snapshot& snapshot, long every, long per_decade) {
  return snapshot.closing || is_recorded(snapshot.state.step, snapshot.state.stage_step, every, per_decade);
}

}  // namespace lemmata::scenarios
