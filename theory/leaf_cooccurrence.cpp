#include "theory/leaf_cooccurrence.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::theory {
namespace {

void require_within(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high))
    throw std::invalid_argument(std::string(name) + ": found " + std::to_string(value) + ", allowed: a number in [" +
                                std::to_string(low) + ", " + std::to_string(high) + "]");
}

void require_table(const Vector& root_probability, const Vector& zero_given_root) {
  if (root_probability.size() < 1 || root_probability.size() != zero_given_root.size())
    throw std::invalid_argument("root: found " + std::to_string(root_probability.size()) + " labels and " +
                                std::to_string(zero_given_root.size()) +
                                " conditional probabilities, allowed: equally many");
  for (Index k = 0; k < root_probability.size(); ++k) {
    require_within("P(y_0 = k)", root_probability[k], 0, 1);
    require_within("P(y = 0 | y_0 = k)", zero_given_root[k], 0, 1);
  }
  require_within("sum of P(y_0 = k)", root_probability.sum(), 1 - 1e-12, 1 + 1e-12);
}

}  // namespace

double root_mean(const Vector& root_probability, const Vector& zero_given_root) {
  require_table(root_probability, zero_given_root);
  return root_probability.dot((2 * zero_given_root.array() - 1).matrix());
}

double root_second_moment(const Vector& root_probability, const Vector& zero_given_root) {
  require_table(root_probability, zero_given_root);
  return root_probability.dot((2 * zero_given_root.array() - 1).square().matrix());
}

double literal_root_mean(const Vector& root_probability, const Vector& zero_given_root) {
  require_table(root_probability, zero_given_root);
  return root_probability.dot(zero_given_root);
}

double leaf_cooccurrence(Index depth, Index levels, double rho, double mean, double second_moment) {
  if (depth < 1) throw std::invalid_argument("depth: found " + std::to_string(depth) + ", allowed: an integer >= 1");
  if (levels < 0 || levels > depth)
    throw std::invalid_argument("levels: found " + std::to_string(levels) + ", allowed: 0 to the depth");
  require_within("rho", rho, -1, 1);
  require_within("mean", mean, -1, 1);
  require_within("second_moment", second_moment, 0, 1);
  const double from_root = std::pow(rho, static_cast<double>(depth - 1)), leaf_mean = from_root * mean;
  if (!(leaf_mean < 1)) throw std::invalid_argument("mean: at rho^(L-1) rho_0 = 1 no leaf is ever 1");
  const double product =
      levels == depth ? from_root * from_root * second_moment : std::pow(rho, 2 * static_cast<double>(levels));
  return (1 + product - 2 * leaf_mean) / (2 * (1 - leaf_mean));
}

}  // namespace lemmata::theory
