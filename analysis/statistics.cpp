#include "analysis/statistics.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "analysis/types.h"

namespace lemmata::analysis {

namespace {

void require_inside_unit(double value, const char* name) {
  if (!(value > 0 && value < 1))
    throw std::invalid_argument(std::string(name) + " is " + std::to_string(value) + "; allowed: inside (0, 1)");
}

void require_sample(std::span<const double> sample, std::size_t at_least) {
  if (sample.size() < at_least)
    throw std::invalid_argument("the sample has " + std::to_string(sample.size()) + " numbers; at least " +
                                std::to_string(at_least) + " are needed");
  for (double value : sample)
    if (!std::isfinite(value))
      throw std::invalid_argument("the sample contains " + std::to_string(value) + "; allowed: finite numbers");
}

std::vector<double> sorted(std::span<const double> sample) {
  std::vector<double> order(sample.begin(), sample.end());
  std::sort(order.begin(), order.end());
  return order;
}

double quantile_of_sorted(const std::vector<double>& order, double probability) {
  const double position = probability * static_cast<double>(order.size() - 1);
  const std::size_t below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, order.size() - 1);
  return order[below] + (position - static_cast<double>(below)) * (order[above] - order[below]);
}

/// One-sided exact ends: the probability that lies below (above) the truth with probability at most `error`.
double exact_lower(long successes, long trials, double error) {
  if (successes == 0) return 0;
  return boost::math::ibeta_inv(static_cast<double>(successes), static_cast<double>(trials - successes + 1), error);
}

double exact_upper(long successes, long trials, double error) {
  if (successes == trials) return 1;
  return boost::math::ibetac_inv(static_cast<double>(successes + 1), static_cast<double>(trials - successes), error);
}

}  // namespace

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double normal_quantile(double probability) {
  if (!(probability >= 0 && probability <= 1))
    throw std::invalid_argument("probability is " + std::to_string(probability) + "; allowed: 0 to 1");
  if (probability == 0) return -infinity;
  if (probability == 1) return infinity;
  return -std::sqrt(2.0) * boost::math::erfc_inv(2 * probability);
}

double student_quantile(double probability, double degrees) {
  require_inside_unit(probability, "probability");
  if (!(degrees > 0)) throw std::invalid_argument("degrees is " + std::to_string(degrees) + "; allowed: above 0");
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

Interval clopper_pearson(long successes, long trials, double confidence) {
  require_inside_unit(confidence, "confidence");
  if (!(successes >= 0 && successes <= trials))
    throw std::invalid_argument("successes is " + std::to_string(successes) +
                                "; allowed: 0 to trials = " + std::to_string(trials));
  const double error = (1 - confidence) / 2;
  return {exact_lower(successes, trials, error), exact_upper(successes, trials, error)};
}

std::string decision_name(Decision decision) {
  switch (decision) {
    case Decision::supported:
      return "supported";
    case Decision::refuted:
      return "refuted";
    case Decision::undecided:
      break;
  }
  return "undecided";
}

long look_trials(int look) {
  if (!(look >= 1 && look <= 40)) throw std::invalid_argument("look is " + std::to_string(look) + "; allowed: 1 to 40");
  return 20L << (look - 1);
}

double look_error(int look, double error) {
  look_trials(look);  // refuses what is not a look
  require_inside_unit(error, "error");
  return error / (static_cast<double>(look) * static_cast<double>(look + 1));
}

Decision sequential_decision(int look, long successes, double threshold, double error) {
  const long trials = look_trials(look);
  require_inside_unit(threshold, "threshold");
  require_inside_unit(error, "error");
  if (!(successes >= 0 && successes <= trials))
    throw std::invalid_argument("successes is " + std::to_string(successes) + "; allowed: 0 to " +
                                std::to_string(trials));
  const double spent = look_error(look, error);
  if (exact_lower(successes, trials, spent) > threshold) return Decision::supported;
  if (exact_upper(successes, trials, spent) < threshold) return Decision::refuted;
  return Decision::undecided;
}

double mean(std::span<const double> sample) {
  require_sample(sample, 1);
  double sum = 0, lost = 0;  // Neumaier's compensated sum
  for (double value : sample) {
    const double next = sum + value;
    lost += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  return (sum + lost) / static_cast<double>(sample.size());
}

double standard_deviation(std::span<const double> sample) {
  require_sample(sample, 2);
  const double centre = mean(sample);
  double squares = 0;
  for (double value : sample) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(sample.size() - 1));
}

Interval mean_interval(std::span<const double> sample, double confidence) {
  require_inside_unit(confidence, "confidence");
  const double centre = mean(sample);
  if (sample.size() < 2) return {-infinity, infinity};
  const double count = static_cast<double>(sample.size());
  const double half_width =
      -student_quantile((1 - confidence) / 2, count - 1) * standard_deviation(sample) / std::sqrt(count);
  return {centre - half_width, centre + half_width};
}

Interval paired_difference_interval(std::span<const double> first, std::span<const double> second, double confidence) {
  if (first.size() != second.size())
    throw std::invalid_argument("paired samples have " + std::to_string(first.size()) + " and " +
                                std::to_string(second.size()) + " numbers; they must agree");
  std::vector<double> difference(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) difference[i] = first[i] - second[i];
  return mean_interval(difference, confidence);
}

double quantile(std::span<const double> sample, double probability) {
  require_sample(sample, 1);
  if (!(probability >= 0 && probability <= 1))
    throw std::invalid_argument("probability is " + std::to_string(probability) + "; allowed: 0 to 1");
  return quantile_of_sorted(sorted(sample), probability);
}

double median(std::span<const double> sample) { return quantile(sample, 0.5); }

Interval median_interval(std::span<const double> sample, double confidence) {
  require_inside_unit(confidence, "confidence");
  require_sample(sample, 1);
  const std::vector<double> order = sorted(sample);
  const double count = static_cast<double>(order.size());
  std::size_t rank = 0;  // P(Binomial(n, 1/2) <= rank - 1) = I_{1/2}(n - rank + 1, rank) for rank >= 1
  while (2 * (rank + 1) <= order.size() &&
         2 * boost::math::ibeta(count - static_cast<double>(rank), static_cast<double>(rank + 1), 0.5) <=
             1 - confidence)
    ++rank;
  if (rank == 0) return {-infinity, infinity};
  return {order[rank - 1], order[order.size() - rank]};
}

Interval bootstrap_median_interval(std::span<const double> sample, double confidence, int resamples,
                                   std::uint64_t seed) {
  require_inside_unit(confidence, "confidence");
  require_sample(sample, 1);
  if (!(resamples >= 1))
    throw std::invalid_argument("resamples is " + std::to_string(resamples) + "; allowed: at least 1");
  std::mt19937_64 generator(seed);  // its output is fixed by the standard, that of std:: distributions is not
  std::vector<double> draw(sample.size()), medians(static_cast<std::size_t>(resamples));
  for (double& statistic : medians) {
    for (double& value : draw) value = sample[generator() % sample.size()];  // bias below sample.size() / 2^64
    std::sort(draw.begin(), draw.end());
    statistic = quantile_of_sorted(draw, 0.5);
  }
  std::sort(medians.begin(), medians.end());
  return {quantile_of_sorted(medians, (1 - confidence) / 2), quantile_of_sorted(medians, (1 + confidence) / 2)};
}

}  // namespace lemmata::analysis
