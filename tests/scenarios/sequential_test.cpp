#include "scenarios/measure/sequential.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/close.h"

using namespace lemmata::scenarios;

namespace {

// One experiment: seeds whose event holds with probability p.
Verdict decided(const SequentialRule& rule, double p, std::mt19937_64& generator) {
  const auto held = [&](const std::vector<long>& seeds) {
    std::vector<bool> outcomes;
    for (std::size_t i = 0; i < seeds.size(); ++i)
      outcomes.push_back(static_cast<double>(generator() >> 11) * 0x1p-53 < p);
    return outcomes;
  };
  return share_until_decided(rule, held).verdict;
}

}  // namespace

TEST_CASE("2,000 experiments just above and just below the threshold: a wrong verdict in at most 5 % of them") {
  std::mt19937_64 generator(20261125);
  for (const SequentialRule& rule : {SequentialRule{0.9, 0.05, 1, 7}, SequentialRule{0.9, 0.05, 4, 6}}) {
    int wrong_support = 0, wrong_refutation = 0;
    for (int run = 0; run < 2000; ++run) {
      wrong_support += decided(rule, 0.899, generator) == Verdict::supported;
      wrong_refutation += decided(rule, 0.901, generator) == Verdict::refuted;
    }
    // A rate of 0.05 exceeds 139 of 2,000 with probability 1e-4. Fewer than 3 would say that the rule cannot err at
    // all.
    CHECK(wrong_support <= 139);
    CHECK(wrong_refutation <= 139);
    if (rule.first_look == 1) CHECK(wrong_support + wrong_refutation >= 3);
  }
}

TEST_CASE(
    "looking ten times at plain 95 % intervals errs more often than stated: why the error is split over the looks") {
  std::mt19937_64 generator(7);
  int wrong = 0;
  for (int run = 0; run < 500; ++run) {
    long successes = 0, trials = 0;
    bool supported = false;
    for (int look = 1; look <= 8 && !supported; ++look) {
      for (; trials < lemmata::analysis::look_trials(look); ++trials)
        successes += static_cast<double>(generator() >> 11) * 0x1p-53 < 0.899;
      supported = lemmata::analysis::clopper_pearson(successes, trials, 0.9).lower > 0.9;  // one-sided 5 %
    }
    wrong += supported;
  }
  CHECK(wrong > 25 + 20);  // 5 % is 25 with a standard deviation of 5
}

TEST_CASE("seeds are added look by look, each once, and none after the decision") {
  std::vector<long> asked;
  const auto never = [&](const std::vector<long>& seeds) {
    asked.insert(asked.end(), seeds.begin(), seeds.end());
    return std::vector<bool>(seeds.size(), false);
  };
  const SequentialShare none = share_until_decided({0.9, 0.05, 2, 5}, never);
  CHECK(none.verdict == Verdict::refuted);
  CHECK(none.look == 2);
  CHECK(asked == seed_list(40));
  CHECK(none.seeds == asked);
  // Every tenth fails: 90 % never tells itself from 90 %.
  const auto nine_of_ten = [](const std::vector<long>& seeds) {
    std::vector<bool> outcomes;
    for (const long seed : seeds) outcomes.push_back(seed % 10 != 0);
    return outcomes;
  };
  const SequentialShare open = share_until_decided({0.9, 0.05, 1, 4}, nine_of_ten);
  CHECK(open.verdict == Verdict::inconclusive);
  CHECK(open.seeds.size() == 160);
  CHECK(open.share.successes == 144);
  // The interval is that of the look: 0.05/(4 x 5) at each end.
  const auto interval = lemmata::analysis::clopper_pearson(144, 160, 1 - 2 * 0.05 / 20);
  CHECK(close(open.share.interval.lower, interval.lower, 0, 1e-12));
  CHECK(close(open.share.interval.upper, interval.upper, 0, 1e-12));
}
