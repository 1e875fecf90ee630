#pragma once
#include <functional>
#include <vector>

#include "scenarios/measure/seeds.h"

// A probability over seeds, with seeds added until it is decided.
namespace lemmata::scenarios {

/// How far to go. The looks are those of analysis::sequential_decision: 20, 40, 80, 160, 320, 640, ... seeds.
struct SequentialRule {
  double threshold = 0.9;             ///< the claim: probability >= threshold
  double error = 0.05;                ///< of a wrong verdict, over all looks together
  int first_look = 1, last_look = 7;  ///< the earlier looks are not taken: what they may spend is left unspent
};

/// Where the rule stopped.
struct SequentialShare {
  std::vector<long> seeds;  ///< 0, 1, ...
  std::vector<bool> held;   ///< by seed
  Proportion share;         ///< with the exact interval of that look: each end fails with what the look may spend
  Verdict verdict = Verdict::inconclusive;  ///< inconclusive: the budget is spent
  int look = 0;
};

/// Adds seeds look by look until sequential_decision decides or the last look is undecided.
/// @param held  whether the event held, for the seeds given, in their order.
/// Checked by: tests/scenarios/sequential_test.cpp (simulated error rate on both sides of the threshold).
SequentialShare share_until_decided(const SequentialRule& rule,
                                    const std::function<std::vector<bool>(const std::vector<long>&)>& held);

}  // namespace lemmata::scenarios
