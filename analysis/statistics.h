#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace lemmata::analysis {

/// A closed interval; an end that the data do not bound is infinite.
struct Interval {
  double lower = 0;
  double upper = 0;
};

/// P(Z <= x) for Z ~ N(0, 1), by erfc, so that tails down to 1e-308 keep full relative accuracy. NaN gives NaN.
/// Checked by: tests/analysis/statistics_test.cpp.
double normal_cdf(double x);

/// The x with normal_cdf(x) = probability, accurate in the lower tail down to 1e-300 (use -normal_quantile(q) for the
/// upper tail probability q). 0 and 1 give -+infinity.
/// @throws std::invalid_argument unless 0 <= probability <= 1.
double normal_quantile(double probability);

/// The x with P(T <= x) = probability for Student's t with `degrees` > 0 degrees of freedom (need not be an integer).
/// @throws std::invalid_argument unless 0 < probability < 1 and degrees > 0.
double student_quantile(double probability, double degrees);

/// Exact (Clopper-Pearson) two-sided interval for a probability:
///   lower = I^-1(a/2; k, n-k+1), upper = I^-1(1-a/2; k+1, n-k), a = 1 - confidence; 0 at k = 0, 1 at k = n.
/// Covers the truth with probability >= confidence for every p and n; n = 0 gives [0, 1].
/// @throws std::invalid_argument unless 0 <= successes <= trials and 0 < confidence < 1.
/// Source: Clopper and Pearson, Biometrika 26 (1934) 404. Checked by: tests/analysis/statistics_test.cpp (exact
/// coverage).
Interval clopper_pearson(long successes, long trials, double confidence);

/// What a test of "the probability is at least the threshold" says so far.
enum class Decision { supported, refuted, undecided };

/// "supported", "refuted" or "undecided".
std::string decision_name(Decision decision);

/// The number of trials at look k = 1, 2, ...: 20, 40, 80, 160, ...
/// @throws std::invalid_argument unless 1 <= look <= 40.
long look_trials(int look);

/// What look k = 1, 2, ... may spend of a total error: error / (k (k+1)), which sums to `error` over all looks.
double look_error(int look, double error);

/// Sequential decision about a probability when trials are added until it is decided (looks at look_trials(1), (2),
/// ...).
///
/// Look k spends look_error(k, error); supported if the one-sided exact lower end
/// lies above the threshold, refuted if the upper end lies below it. So whatever the truth p, over ALL looks together
///   p < threshold: P(ever supported) <= error;      p > threshold: P(ever refuted) <= error.
/// @param look       which look this is, 1-based.
/// @param successes  among the first look_trials(look) trials.
/// @throws std::invalid_argument on a success count outside the look, or threshold or error not inside (0, 1).
/// Checked by: tests/analysis/statistics_test.cpp (simulated false-alarm rate at the threshold).
Decision sequential_decision(int look, long successes, double threshold, double error);

/// Mean of n >= 1 finite numbers, by compensated summation.
/// @throws std::invalid_argument on an empty or non-finite sample.
double mean(std::span<const double> sample);

/// Unbiased standard deviation (n - 1); n >= 2.
/// @throws std::invalid_argument on fewer than two or non-finite numbers.
double standard_deviation(std::span<const double> sample);

/// Student-t interval for the mean: mean -+ t_{n-1} s / sqrt(n); one number gives the whole line.
/// Exact for normal samples. @throws std::invalid_argument on an empty or non-finite sample or a confidence outside (0,
/// 1).
Interval mean_interval(std::span<const double> sample, double confidence);

/// Student-t interval for the mean of first[i] - second[i] (pairs, e.g. two arms with the same seed).
/// @throws std::invalid_argument on disagreeing lengths, and as mean_interval.
Interval paired_difference_interval(std::span<const double> first, std::span<const double> second, double confidence);

/// Quantile by linear interpolation of order statistics at (n-1) probability (numpy's default, Hyndman-Fan type 7).
/// @throws std::invalid_argument on an empty sample, NaN, or probability outside [0, 1].
double quantile(std::span<const double> sample, double probability);

/// quantile(sample, 1/2).
double median(std::span<const double> sample);

/// Distribution-free interval for the median from order statistics (the sign test inverted): [x_(j), x_(n+1-j)] with
/// the largest j for which 2 P(Binomial(n, 1/2) < j) <= 1 - confidence; the whole line when even j = 1 is too narrow.
/// Coverage >= confidence for every continuous distribution. @throws std::invalid_argument on an empty sample, NaN, or
/// a confidence outside (0, 1).
Interval median_interval(std::span<const double> sample, double confidence);

/// Percentile bootstrap interval for the median, from `resamples` resamples; the same seed gives the same bits
/// everywhere. Coverage is only approximate in small samples (median_interval is exact); it is narrower.
/// @throws std::invalid_argument as median_interval, and unless resamples >= 1.
/// Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
Interval bootstrap_median_interval(std::span<const double> sample, double confidence, int resamples,
                                   std::uint64_t seed);

}  // namespace lemmata::analysis
