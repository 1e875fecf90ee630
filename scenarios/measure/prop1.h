#pragma once
#include <functional>

#include "scenarios/measure/sequential.h"
#include "scenarios/measure/specialisation.h"

namespace lemmata::scenarios {

/// Proposition 1 as a probability over seeds: what must hold at T1, the end of stage I.
using Prop1Event = std::function<bool(const Specialisation&)>;

inline constexpr double prop1_delta = 0.1;  ///< the claim: probability >= 1 - delta
inline constexpr long prop1_seeds = 200;    ///< of `rising with M`, fixed in advance
/// At fixed M seeds are added until decided: 160, 320 or 640, with 5 % for a wrong verdict over all looks together.
inline constexpr SequentialRule prop1_rule{1 - prop1_delta, 0.05, 4, 6};

/// Settings experts=6, 12, 24, 48 (N ln(N/delta) = 10.2 for N = 3) and the rise with M, for one event.
/// Expectations from independent pre-checks (mot.md section 7: .78, .915, .955, .995).
std::vector<ClaimSetting> prop1_settings(const std::string& event_in_words, Prop1Event event);

}  // namespace lemmata::scenarios
