#include "theory/erf_law.h"

#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace lemmata::theory {

namespace {

const double sqrt_half_pi = std::sqrt(std::acos(-1.0) / 2);

void require_positive(double value, const char* name) {
  if (!(value > 0) || !std::isfinite(value))
    throw std::invalid_argument(std::string(name) + ": found " + std::to_string(value) + ", allowed: a number > 0");
}

void require_finite(const Vector& delta) {
  if (delta.size() == 0 || !delta.allFinite()) throw std::invalid_argument("delta: allowed: finite numbers");
}

}  // namespace

Vector erf_law(const Vector& delta, double time, double normalisation, double temperature) {
  return erf_law_from(delta, Vector::Zero(delta.size()), time, normalisation, temperature);
}

double erf_law_blow_up_time(const Vector& delta, double normalisation, double temperature) {
  return erf_law_blow_up_time_from(delta, Vector::Zero(delta.size()), normalisation, temperature);
}

Vector erf_law_from(const Vector& delta, const Vector& start, double time, double normalisation, double temperature) {
  const double blow_up = erf_law_blow_up_time_from(delta, start, normalisation, temperature);
  if (!(time >= 0 && time < blow_up))
    throw std::invalid_argument("time: found " + std::to_string(time) + ", allowed: 0 <= time < " +
                                std::to_string(blow_up));
  const double width = std::sqrt(2.0) * temperature;
  Vector v(delta.size());
  for (Index l = 0; l < delta.size(); ++l) {
    const double share = std::erf(start[l] / width) + delta[l] * time / (sqrt_half_pi * normalisation * temperature);
    if (!(std::abs(share) < 1)) throw std::invalid_argument("time: so close to the blow-up that rounding decides");
    v[l] = width * boost::math::erf_inv(share);
  }
  return v;
}

double erf_law_blow_up_time_from(const Vector& delta, const Vector& start, double normalisation, double temperature) {
  require_finite(delta);
  require_positive(normalisation, "normalisation");
  require_positive(temperature, "temperature");
  if (start.size() != delta.size() || !start.allFinite())
    throw std::invalid_argument("start: allowed: one finite number per component");
  double earliest = std::numeric_limits<double>::infinity();
  for (Index l = 0; l < delta.size(); ++l) {
    if (delta[l] == 0) continue;
    const double ahead = std::copysign(start[l], start[l] * delta[l]) / (std::sqrt(2.0) * temperature);
    earliest = std::fmin(earliest, std::erfc(ahead) / std::abs(delta[l]));
  }
  return normalisation * temperature * sqrt_half_pi * earliest;
}

Vector erf_law_end(const Vector& delta, double temperature) {
  require_finite(delta);
  require_positive(temperature, "temperature");
  const double largest = delta.cwiseAbs().maxCoeff();
  if (!(largest > 0)) throw std::invalid_argument("delta: found only zeros, allowed: some other number");
  Vector end(delta.size());
  for (Index l = 0; l < delta.size(); ++l) {
    const bool wins = std::abs(delta[l]) == largest;
    end[l] = wins ? std::copysign(std::numeric_limits<double>::infinity(), delta[l])
                  : std::sqrt(2.0) * temperature * boost::math::erf_inv(delta[l] / largest);
  }
  return end;
}

}  // namespace lemmata::theory
