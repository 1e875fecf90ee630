#include "theory/coverage.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

namespace {

void require_classes(Index classes) {
  if (classes < 1)
    throw std::invalid_argument("classes: found " + std::to_string(classes) + ", allowed: an integer >= 1");
}

void require_delta(double delta) {
  if (!(delta > 0 && delta < 1))
    throw std::invalid_argument("delta: found " + std::to_string(delta) + ", allowed: 0 < delta < 1");
}

/// One more expert: p(k) <- p(k) k/N + p(k-1) (N-k+1)/N, from the top down, in place.
void add_expert(Vector& law) {
  const Index classes = law.size() - 1;
  const double total = static_cast<double>(classes);
  for (Index k = classes; k > 0; --k) {
    law[k] = law[k] * static_cast<double>(k) / total + law[k - 1] * static_cast<double>(classes - k + 1) / total;
  }
  law[0] = 0;
}

}  // namespace

Vector covered_classes_law(Index classes, Index experts) {
  require_classes(classes);
  if (experts < 0)
    throw std::invalid_argument("experts: found " + std::to_string(experts) + ", allowed: an integer >= 0");
  Vector law = Vector::Unit(classes + 1, 0);
  for (Index m = 0; m < experts; ++m) add_expert(law);
  return law;
}

double coverage_probability(Index classes, Index experts) { return covered_classes_law(classes, experts)[classes]; }

double uncovered_probability(Index classes, Index experts) {
  return covered_classes_law(classes, experts).head(classes).sum();
}

double sufficient_experts(Index classes, double delta) {
  require_classes(classes);
  require_delta(delta);
  return static_cast<double>(classes) * std::log(static_cast<double>(classes) / delta);
}

Index necessary_experts(Index classes, double delta) {
  require_classes(classes);
  require_delta(delta);
  Vector law = Vector::Unit(classes + 1, 0);
  Index experts = 0;
  while (!(law.head(classes).sum() <= delta)) {
    add_expert(law);
    ++experts;
  }
  return experts;
}

}  // namespace lemmata::theory
