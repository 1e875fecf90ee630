#include "theory/row_law.h"

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "theory/erf_law.h"

namespace lemmata::theory {

namespace {

// Time that the sum form needs to reach alpha, int_0^alpha da / (weight sum_k exp(a^2 mu_k^2/2)), in pieces of at most
// one length 1/max mu_k: 61 points of one piece leave nothing of so smooth a function, so no piece is divided further.
double time_to(double alpha, const Vector& squares, double weight) {
  const auto slowness = [&](double a) { return 1 / (weight * (a * a / 2 * squares).array().exp().sum()); };
  const int pieces = std::max(1, static_cast<int>(std::ceil(alpha * std::sqrt(squares.maxCoeff()))));
  double sum = 0;
  for (int i = 0; i < pieces; ++i) {
    sum += boost::math::quadrature::gauss_kronrod<double, 61>::integrate(slowness, alpha * i / pieces,
                                                                         alpha * (i + 1) / pieces, 0);
  }
  return sum;
}

// alpha(t), by Newton on the increasing, concave time_to from the left, where it cannot overshoot to the right.
double sum_alpha(double time, const Vector& squares, double weight) {
  const double row = std::sqrt(squares.maxCoeff());
  if (!(row > 0)) return weight * static_cast<double>(squares.size()) * time;
  const double farthest = 12 / row;  // exp(-72): what lies beyond takes no time
  if (!(time < time_to(farthest, squares, weight))) return std::numeric_limits<double>::infinity();
  double alpha = 0;
  for (int i = 0; i < 200; ++i) {
    const double speed = weight * (alpha * alpha / 2 * squares).array().exp().sum();
    const double step = (time - time_to(alpha, squares, weight)) * speed;
    alpha += step;
    if (!(std::abs(step) > 1e-14 * alpha)) break;
  }
  return alpha;
}

}  // namespace

Matrix row_law(const Matrix& mu, double time, double normalisation, double temperature) {
  const Vector length = mu.rowwise().norm();
  const Vector beta = erf_law(length, time, normalisation, temperature);
  Matrix v = Matrix::Zero(mu.rows(), mu.cols());
  for (Index l = 0; l < mu.rows(); ++l) {
    if (length[l] > 0) v.row(l) = beta[l] / length[l] * mu.row(l);
  }
  return v;
}

double row_law_blow_up_time(const Matrix& mu, double normalisation, double temperature) {
  return erf_law_blow_up_time(mu.rowwise().norm(), normalisation, temperature);
}

Matrix row_law_with_sum(const Matrix& mu, double time, double weight) {
  if (mu.size() == 0 || !mu.allFinite()) throw std::invalid_argument("mu: allowed: finite numbers");
  if (!(time >= 0) || !std::isfinite(time)) throw std::invalid_argument("time: allowed: a number >= 0");
  if (!(weight > 0) || !std::isfinite(weight)) throw std::invalid_argument("weight: allowed: a number > 0");
  Matrix v(mu.rows(), mu.cols());
  for (Index l = 0; l < mu.rows(); ++l) {
    const Vector squares = mu.row(l).transpose().array().square();
    v.row(l) = mu.row(l) * sum_alpha(time, squares, weight);
  }
  return v;
}

}  // namespace lemmata::theory
