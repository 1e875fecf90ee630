#include "analysis/monotone_response.h"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <vector>

namespace lemmata::analysis {
namespace {

constexpr int cells = 64, fewest_segments = 2, most_segments = 5;
constexpr std::size_t edges = cells + 1;  // of the cells
constexpr double beta_parameter = 0.1;

struct Count {
  double successes = 0, trials = 0;
  double share() const { return successes / trials; }
};

// x ln(x/n), 0 at x = 0.
double term(double x, double n) { return x > 0 ? x * std::log(x / n) : 0; }

// std::lgamma writes a global: boundaries are searched on several threads.
double log_beta(double a, double b) {
  return boost::math::lgamma(a) + boost::math::lgamma(b) - boost::math::lgamma(a + b);
}

// ln of the integral of p^k (1-p)^(n-k) over p ~ Beta(a, a).
double log_marginal(double successes, double trials) {
  constexpr double a = beta_parameter;
  return log_beta(successes + a, trials - successes + a) - log_beta(a, a);
}

double log_sum(double a, double b) {
  const double larger = std::fmax(a, b);
  return std::isinf(larger) ? larger : larger + std::log1p(std::exp(std::fmin(a, b) - larger));
}

double log_choices(int n, int k) {
  return boost::math::lgamma(n + 1.0) - boost::math::lgamma(k + 1.0) - boost::math::lgamma(n - k + 1.0);
}

}  // namespace

double rising_log_likelihood(std::span<const Trial> trials) {
  std::map<double, Count> at;
  for (const Trial& trial : trials) at[trial.place].successes += trial.success ? 1 : 0, at[trial.place].trials += 1;
  std::vector<Count> blocks;
  for (const auto& [place, count] : at) {
    blocks.push_back(count);
    while (blocks.size() > 1 && blocks[blocks.size() - 2].share() > blocks.back().share()) {
      const Count last = blocks.back();
      blocks.pop_back();
      blocks.back().successes += last.successes;
      blocks.back().trials += last.trials;
    }
  }
  double sum = 0;
  for (const Count& block : blocks)
    sum += term(block.successes, block.trials) + term(block.trials - block.successes, block.trials);
  return sum;
}

double shapeless_log_likelihood(std::span<const Trial> trials) {
  std::array<Count, edges> before{};  // trials in the cells before this one
  for (const Trial& trial : trials) {
    Count& count =
        before[static_cast<std::size_t>(std::clamp(static_cast<int>(trial.place * cells), 0, cells - 1)) + 1];
    count.successes += trial.success ? 1 : 0;
    count.trials += 1;
  }
  for (std::size_t i = 1; i < edges; ++i)
    before[i].successes += before[i - 1].successes, before[i].trials += before[i - 1].trials;
  constexpr double never = -std::numeric_limits<double>::infinity();
  // ended[i]: ln of the sum over choices of the segments so far that end before cell i.
  std::array<double, edges> ended{};
  ended.fill(never);
  ended[0] = 0;
  double sum = never;
  for (int segments = 1; segments <= most_segments; ++segments) {
    std::array<double, edges> longer{};
    longer.fill(never);
    for (std::size_t end = 1; end < edges; ++end) {
      for (std::size_t start = 0; start < end; ++start) {
        const double one =
            log_marginal(before[end].successes - before[start].successes, before[end].trials - before[start].trials);
        longer[end] = log_sum(longer[end], ended[start] + one);
      }
    }
    ended = longer;
    if (segments >= fewest_segments) sum = log_sum(sum, ended.back() - log_choices(cells - 1, segments - 1));
  }
  return sum - std::log(most_segments - fewest_segments + 1);
}

double evidence_needed(double error) {
  if (!(error > 0 && error < 1)) throw std::invalid_argument("evidence_needed: an error in (0, 1)");
  return -std::log(error);
}

}  // namespace lemmata::analysis
