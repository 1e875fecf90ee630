#include "theory/stage_two_time.h"

#include <limits>
#include <stdexcept>

namespace lemmata::theory {

double stage_two_time(const ClassMixture& mixture, Index class_index, double amplitude, double slope, double share,
                      double learning_rate) {
  if (!(slope > 0)) throw std::invalid_argument("slope: allowed: a number > 0");
  if (!(share > 0 && share <= 1)) throw std::invalid_argument("share: allowed: a number in (0, 1]");
  if (!(learning_rate > 0)) throw std::invalid_argument("learning_rate: allowed: a number > 0");
  const Matrix direction = stage_two_direction(mixture, class_index, amplitude);
  const Vector label = mixture.label_signal.col(class_index);
  const double growth = mixture.alpha * mixture.alpha * label.dot(direction * label);
  return growth > 0 ? 1 / (learning_rate * share * slope * growth) : std::numeric_limits<double>::infinity();
}

}  // namespace lemmata::theory
