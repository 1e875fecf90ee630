#include "analysis/statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

double uniform(std::mt19937_64& generator) { return (static_cast<double>(generator() >> 11) + 0.5) * 0x1p-53; }

/// P(Binomial(trials, p) = k), by logarithms of the gamma function.
double binomial_mass(long k, long trials, double p) {
  const double n = static_cast<double>(trials), x = static_cast<double>(k);
  return std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + x * std::log(p) +
                  (n - x) * std::log1p(-p));
}

}  // namespace

TEST_CASE("normal: Phi(1.96) = 0.9750021048517795 and the tails keep relative accuracy") {
  // Values of mpmath.ncdf at 30 digits; a few ulp of erfc are allowed.
  CHECK(close(normal_cdf(1.96), 0.97500210485177957, 0, 1e-15));
  CHECK(close(normal_cdf(-10), 7.6198530241605261e-24, 0, 1e-13));
  CHECK(close(normal_cdf(-37), 5.7255712225245259e-300, 0, 1e-12));
  CHECK(normal_cdf(0) == 0.5);
  for (double p : {1e-300, 1e-100, 1e-10, 0.025, 0.5, 0.975})
    CHECK(close(normal_cdf(normal_quantile(p)), p, 0, 1e-12));  // |x| amplifies one ulp of x to x^2 ulp of p: 1400 ulp
  CHECK(normal_quantile(0) == -std::numeric_limits<double>::infinity());
  CHECK_THROWS_AS(normal_quantile(std::nan("")), std::invalid_argument);
}

TEST_CASE("student: the 97.5 % quantile is 12.706 at 1 degree (tan(0.475 pi)) and tends to 1.95996") {
  CHECK(close(student_quantile(0.975, 1), std::tan(0.475 * M_PI), 0, 1e-12));
  CHECK(close(student_quantile(0.975, 2), 0.95 * std::sqrt(2 / 0.0975), 0, 1e-12));
  CHECK(close(student_quantile(0.975, 1e9), normal_quantile(0.975), 0, 1e-8));
  CHECK_THROWS_AS(student_quantile(0.5, 0), std::invalid_argument);
}

TEST_CASE("clopper-pearson: 0 of 10 at 95 % gives [0, 1 - 0.025^(1/10)]") {
  const Interval none = clopper_pearson(0, 10, 0.95);
  CHECK(none.lower == 0);
  CHECK(close(none.upper, 1 - std::pow(0.025, 0.1), 0, 1e-13));
  const Interval all = clopper_pearson(10, 10, 0.95);
  CHECK(all.upper == 1);
  CHECK(close(all.lower, std::pow(0.025, 0.1), 0, 1e-13));
  const Interval nothing = clopper_pearson(0, 0, 0.95);
  CHECK(nothing.lower == 0);
  CHECK(nothing.upper == 1);
  CHECK_THROWS_AS(clopper_pearson(11, 10, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson(1, 10, std::nan("")), std::invalid_argument);
}

TEST_CASE("clopper-pearson: exact coverage is at least 95 % at every p, and below 95 % once the interval is narrowed") {
  double narrowest = 1, narrowed = 1;
  for (double p = 0.01; p < 1; p += 0.01) {
    double covered = 0, covered_narrow = 0;
    for (long k = 0; k <= 30; ++k) {
      const Interval exact = clopper_pearson(k, 30, 0.95), narrow = clopper_pearson(k, 30, 0.85);
      if (exact.lower <= p && p <= exact.upper) covered += binomial_mass(k, 30, p);
      if (narrow.lower <= p && p <= narrow.upper) covered_narrow += binomial_mass(k, 30, p);
    }
    narrowest = std::min(narrowest, covered);
    narrowed = std::min(narrowed, covered_narrow);
  }
  CHECK(narrowest >= 0.95);
  CHECK(narrowed < 0.95);  // the test can fail
}

TEST_CASE(
    "sequential decision: the false-alarm rate over all looks stays within its error, and far truths are decided") {
  const double error = 0.05, threshold = 0.9;
  std::mt19937_64 generator(20240611);
  const auto decide = [&](double p) {
    long successes = 0, trials = 0;
    for (int look = 1; look <= 7; ++look) {
      for (; trials < look_trials(look); ++trials) successes += uniform(generator) < p;
      const Decision decision = sequential_decision(look, successes, threshold, error);
      if (decision != Decision::undecided) return decision;
    }
    return Decision::undecided;
  };
  int wrong_support = 0, wrong_refutation = 0, right_support = 0, right_refutation = 0;
  const int runs = 2000;
  for (int run = 0; run < runs; ++run) {
    wrong_support += decide(threshold - 1e-9) == Decision::supported;
    wrong_refutation += decide(threshold + 1e-9) == Decision::refuted;
    right_support += decide(0.97) == Decision::supported;
    right_refutation += decide(0.75) == Decision::refuted;
  }
  // False alarms of this check: 2000 runs at rate 0.05 exceed 139 with probability 1e-4 each.
  CHECK(wrong_support <= 139);
  CHECK(wrong_refutation <= 139);
  CHECK(right_support >= 1950);
  CHECK(right_refutation >= 1950);
  CHECK(look_trials(1) == 20);
  CHECK(look_trials(4) == 160);
  CHECK(look_error(4, 0.05) == 0.05 / 20);
  CHECK(decision_name(sequential_decision(1, 0, 0.9, 0.05)) == "refuted");
  CHECK_THROWS_AS(sequential_decision(1, 21, 0.9, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(look_trials(0), std::invalid_argument);
}

TEST_CASE("mean interval: {1, 2, 3} at 95 % is 2 -+ 4.30265 / sqrt(3)") {
  const std::vector<double> sample{1, 2, 3};
  const Interval interval = mean_interval(sample, 0.95);
  const double quantile_two_degrees = 0.95 * std::sqrt(2 / 0.0975);  // (2p-1) sqrt(2 / (4p(1-p))) at p = 0.975
  CHECK(close(interval.lower, 2 - quantile_two_degrees / std::sqrt(3), 0, 1e-12));
  CHECK(close(interval.upper, 2 + quantile_two_degrees / std::sqrt(3), 0, 1e-12));
  CHECK(mean_interval(std::vector<double>{5}, 0.95).upper == std::numeric_limits<double>::infinity());
  CHECK(mean(std::vector<double>{1e16, 1, -1e16}) == 1.0 / 3);
  const Interval paired = paired_difference_interval(std::vector<double>{2, 4, 6}, sample, 0.95);
  CHECK(close(paired.lower, interval.lower, 0, 1e-14));
  CHECK_THROWS_AS(mean_interval(std::vector<double>{}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(mean_interval(std::vector<double>{1, std::nan("")}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(paired_difference_interval(sample, std::vector<double>{1}, 0.95), std::invalid_argument);
}

TEST_CASE("mean and median intervals: simulated coverage") {
  std::mt19937_64 generator(7);
  const int runs = 2000;
  int mean_covered = 0, median_covered = 0, bootstrap_covered = 0;
  for (int run = 0; run < runs; ++run) {
    std::vector<double> normal(12), skewed(25);
    for (double& value : normal) value = normal_quantile(uniform(generator));
    for (double& value : skewed) value = -std::log(uniform(generator));
    const auto covers = [](Interval interval, double truth) {
      return interval.lower <= truth && truth <= interval.upper;
    };
    mean_covered += covers(mean_interval(normal, 0.95), 0);
    median_covered += covers(median_interval(skewed, 0.95), std::log(2));
    bootstrap_covered += covers(bootstrap_median_interval(skewed, 0.95, 400, generator()), std::log(2));
  }
  MESSAGE("coverage of 95 % intervals: mean ", mean_covered / 20.0, " %, median ", median_covered / 20.0,
          " %, bootstrap ", bootstrap_covered / 20.0, " %");
  // Binomial(2000, 0.95) lies in [1857, 1937] but for 1e-4; the exact median interval covers at least 95 % (here 95.7
  // %).
  CHECK(mean_covered >= 1857);
  CHECK(mean_covered <= 1937);
  CHECK(median_covered >= 1857);
  CHECK(bootstrap_covered >= 1800);  // the percentile bootstrap is known to be a little short in small samples
  CHECK(bootstrap_covered <= 1960);  // and must not be the whole line
}

TEST_CASE("median and quantiles: {4, 1, 3, 2} has median 2.5 and 10 % quantile 1.3") {
  const std::vector<double> sample{4, 1, 3, 2};
  CHECK(median(sample) == 2.5);
  CHECK(close(quantile(sample, 0.1), 1.3, 0, 1e-15));
  CHECK(quantile(sample, 0) == 1);
  CHECK(quantile(sample, 1) == 4);
  // n = 6: 2 P(Bin(6,1/2) = 0) = 1/32 <= 0.05, and with <= 1 it is 7/32: so the ends are the extremes; n = 5: 1/16 >
  // 0.05.
  const Interval six = median_interval(std::vector<double>{1, 2, 3, 4, 5, 6}, 0.95);
  CHECK(six.lower == 1);
  CHECK(six.upper == 6);
  CHECK(median_interval(std::vector<double>{1, 2, 3, 4, 5}, 0.95).upper == std::numeric_limits<double>::infinity());
  const Interval again = bootstrap_median_interval(sample, 0.9, 100, 3);
  CHECK(again.lower == bootstrap_median_interval(sample, 0.9, 100, 3).lower);
  CHECK_THROWS_AS(quantile(sample, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(bootstrap_median_interval(sample, 0.9, 0, 3), std::invalid_argument);
}
