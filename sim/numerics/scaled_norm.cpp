#include "sim/numerics/scaled_norm.h"

#include <cmath>

namespace lemmata::sim {

double scaled_norm(const Eigen::Ref<const Matrix>& x) {
  if (x.size() == 0) return 0;
  const double largest = x.cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
  if (largest == 0 || !std::isfinite(largest)) return largest;
  return largest * (x / largest).norm();
}

}  // namespace lemmata::sim
