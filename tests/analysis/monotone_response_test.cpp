#include "analysis/monotone_response.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/close.h"

using namespace lemmata::analysis;

TEST_CASE("1 of 2 at 0, 0 of 1 at 1/2, 1 of 1 at 1: the first two pool to 1/3, so ln(1/3) + 2 ln(2/3)") {
  const std::vector<Trial> trials = {{1, true}, {0, true}, {0.5, false}, {0, false}};
  CHECK(close(rising_log_likelihood(trials), std::log(1.0 / 3) + 2 * std::log(2.0 / 3), 0, 1e-14));
}

TEST_CASE("0 of 2, 1 of 1, 0 of 1, 2 of 2: the middle two pool to 1/2, rising outcomes have likelihood 1") {
  CHECK(close(rising_log_likelihood(
                  std::vector<Trial>{{0, false}, {0, false}, {0.2, true}, {0.4, false}, {0.7, true}, {0.7, true}}),
              2 * std::log(0.5), 0, 1e-14));
  CHECK(rising_log_likelihood(std::vector<Trial>{{0, false}, {0.3, true}, {1, true}}) == 0);
  CHECK(rising_log_likelihood({}) == 0);
}

TEST_CASE("violations that chain: 1, 1, 0, 0, 0 falls in one step and pools to 2/5") {
  const std::vector<Trial> trials = {{0, true}, {0.1, true}, {0.2, false}, {0.3, false}, {0.4, false}};
  CHECK(close(rising_log_likelihood(trials), 2 * std::log(0.4) + 3 * std::log(0.6), 0, 1e-14));
}

TEST_CASE("the shapeless predictor is a probability: over all outcomes at given places it sums to 1") {
  const std::vector<double> places = {0, 0.03, 0.5, 0.5, 0.51, 0.97, 1};
  double sum = 0;
  for (unsigned outcome = 0; outcome < 1U << places.size(); ++outcome) {
    std::vector<Trial> trials;
    for (std::size_t i = 0; i < places.size(); ++i) trials.push_back({places[i], (outcome >> i & 1U) == 1});
    sum += std::exp(shapeless_log_likelihood(trials));
  }
  CHECK(close(sum, 1, 0, 1e-11));  // 128 sums of logarithms of factorials
}

TEST_CASE("one trial: 1/2, two at one place: Beta(.1, .1) gives (1.1/1.2)/2 if equal, (.1/1.2)/2 if not") {
  CHECK(close(shapeless_log_likelihood(std::vector<Trial>{{0.3, true}}), std::log(0.5), 0, 1e-12));
  CHECK(close(shapeless_log_likelihood(std::vector<Trial>{{0.3, true}, {0.3, true}}), std::log(1.1 / 2.4), 0, 1e-11));
  CHECK(close(shapeless_log_likelihood(std::vector<Trial>{{0.3, true}, {0.3, false}}), std::log(0.1 / 2.4), 0, 1e-11));
}

TEST_CASE("a hump of ten failures, ten successes and ten failures contradicts rising, its rising part does not") {
  std::vector<Trial> trials;
  for (int i = 0; i < 30; ++i) trials.push_back({i / 29.0, i >= 10 && i < 20});
  CHECK(shapeless_log_likelihood(trials) - rising_log_likelihood(trials) > evidence_needed(0.05));
  trials.resize(20);
  CHECK(shapeless_log_likelihood(trials) - rising_log_likelihood(trials) < 0);
}

TEST_CASE("evidence of 1/error: ln 20 at 5 %, an error outside (0, 1) is refused") {
  CHECK(close(evidence_needed(0.05), std::log(20.0), 0, 1e-15));
  for (const double wrong : {0.0, 1.0, std::nan("")}) CHECK_THROWS_AS(evidence_needed(wrong), std::invalid_argument);
}
