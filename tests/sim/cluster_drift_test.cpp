#include "sim/joma/cluster_drift.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "sim/error.h"
#include "tests/close.h"

namespace lemmata::sim {

TEST_CASE("cluster drift: always on, it is the centre weighted, with standard error |a| sigma/sqrt n, always off 0") {
  const Vector v = Eigen::Vector2d(1, 0), weight = Vector::Constant(1, -2);
  const Matrix centres = Eigen::Vector2d(3, -1);
  const long samples = 40'000;
  const DriftEstimate on = simulated_relu_drift(v, 1e3, centres, weight, 0.5, samples, 1);
  for (Index i = 0; i < 2; ++i) {  // 5 standard errors: false alarm 6e-7
    CHECK(std::abs(on.mean[i] + 2 * centres(i)) < 5 * on.standard_error[i]);
    CHECK(close(on.standard_error[i], 2 * 0.5 / std::sqrt(40'000.0), 0, 0.02));  // 1/sqrt(2n) = .0035 each
  }
  CHECK(simulated_relu_drift(v, -1e3, centres, weight, 0.5, samples, 1).mean.norm() == 0);
}

TEST_CASE("cluster drift: half on about 0 in one dimension: E[x 1[x > 0]] = sigma/sqrt(2 pi), same seed, same bits") {
  const Vector v = Vector::Ones(1), weight = Vector::Ones(1);
  const DriftEstimate found = simulated_relu_drift(v, 0, Matrix::Zero(1, 1), weight, 2, 40'000, 3);
  CHECK(std::abs(found.mean[0] - 2 / std::sqrt(2 * std::numbers::pi)) < 5 * found.standard_error[0]);
  // variance of x 1[x > 0]: sigma^2 (1/2 - 1/(2 pi)); its estimate is within 5/sqrt(n)
  CHECK(close(found.standard_error[0] * 200, 2 * std::sqrt(0.5 - 0.5 / std::numbers::pi), 0, 0.025));
  CHECK(simulated_relu_drift(v, 0, Matrix::Zero(1, 1), weight, 2, 40'000, 3).mean == found.mean);
  CHECK(simulated_relu_drift(v, 0, Matrix::Zero(1, 1), weight, 2, 40'000, 4).mean != found.mean);
}

TEST_CASE("cluster drift: shapes that disagree, sigma = NaN and a single sample are refused") {
  const Vector one = Vector::Ones(1), two = Vector::Ones(2);
  const Matrix centres = Matrix::Zero(2, 1);
  CHECK_THROWS_AS(simulated_relu_drift(one, 0, centres, one, 1, 10, 0), ConfigError);
  CHECK_THROWS_AS(simulated_relu_drift(two, 0, centres, two, 1, 10, 0), ConfigError);
  CHECK_THROWS_AS(simulated_relu_drift(two, 0, centres, one, std::numeric_limits<double>::quiet_NaN(), 10, 0),
                  ConfigError);
  CHECK_THROWS_AS(simulated_relu_drift(two, 0, centres, one, 1, 1, 0), ConfigError);
}

}  // namespace lemmata::sim
