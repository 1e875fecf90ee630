#include "scenarios/measure/sequential.h"

namespace lemmata::scenarios {

SequentialShare share_until_decided(const SequentialRule& rule,
                                    const std::function<std::vector<bool>(const std::vector<long>&)>& held) {
  SequentialShare found;
  for (found.look = rule.first_look;; ++found.look) {
    const long so_far = static_cast<long>(found.seeds.size());
    const std::vector<long> more = seed_list(analysis::look_trials(found.look) - so_far, so_far);
    const std::vector<bool> outcomes = held(more);
    found.seeds.insert(found.seeds.end(), more.begin(), more.end());
    found.held.insert(found.held.end(), outcomes.begin(), outcomes.end());
    found.share = proportion(found.held, 1 - 2 * analysis::look_error(found.look, rule.error));
    const analysis::Decision decision =
        analysis::sequential_decision(found.look, found.share.successes, rule.threshold, rule.error);
    if (decision == analysis::Decision::supported) found.verdict = Verdict::supported;
    if (decision == analysis::Decision::refuted) found.verdict = Verdict::refuted;
    if (found.verdict != Verdict::inconclusive || found.look == rule.last_look) return found;
  }
}

}  // namespace lemmata::scenarios
