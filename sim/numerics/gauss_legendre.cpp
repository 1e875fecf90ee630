#include "sim/numerics/gauss_legendre.h"

#include <cmath>
#include <map>
#include <numbers>

namespace lemmata::sim {
namespace {

GaussLegendre compute(int n) {
  GaussLegendre rule{std::vector<double>(static_cast<std::size_t>(n)),
                     std::vector<double>(static_cast<std::size_t>(n))};
  for (int i = 0; i < n; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5));
    double slope = 1;
    for (int iteration = 0; iteration < 100; ++iteration) {
      double previous = 1, current = x;  // P_0, P_1
      for (int k = 2; k <= n; ++k) {
        const double next = ((2 * k - 1) * x * current - (k - 1) * previous) / k;
        previous = current;
        current = next;
      }
      slope = n * (x * current - previous) / (x * x - 1);
      const double change = current / slope;
      x -= change;
      if (std::abs(change) < 1e-16) break;
    }
    rule.node[static_cast<std::size_t>(i)] = x;
    rule.weight[static_cast<std::size_t>(i)] = 2 / ((1 - x * x) * slope * slope);
  }
  return rule;
}

}  // namespace

const GaussLegendre& gauss_legendre(int n) {
  thread_local std::map<int, GaussLegendre> rules;  // no lock in the inner loop; nodes of a map never move
  const auto found = rules.find(n);
  return found != rules.end() ? found->second : rules.emplace(n, compute(n)).first->second;
}

}  // namespace lemmata::sim
