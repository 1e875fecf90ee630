#include "theory/noise_floor.h"

#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"
#include "tests/theory/mixture_samples.h"

using namespace lemmata::theory;

namespace {

constexpr double rounding = 1e-13;  // sums over fewer than 100 terms of size up to 10

double sample_loss(const Sample& sample, const Vector& w) {
  const double shortfall = 1 - sample.y * w.dot(sample.tokens.rowwise().sum());
  return shortfall * shortfall / 2;
}

}  // namespace

TEST_CASE(
    "noise floor: S = 1/4, alpha = 1: amplitude 4/5, loss 1/10, the mot/noise_floor scenario (L 6, s^2 d = 1, d 12)") {
  CHECK(close(best_amplitude(1, 0.25), 0.8, 0, 1e-15));
  CHECK(close(squared_loss_floor(1, 0.25), 0.1, 0, 1e-15));
  CHECK(squared_loss_floor(1, 0) == 0);
  CHECK(close(squared_loss_floor(3, 9), 0.25, 0, 1e-15));  // depends on S / alpha^2 only
  CHECK(close(in_sample_floor(0.1, 12, 48), 0.075, 0, 1e-15));
  CHECK(in_sample_floor(0.1, 12, 12) == 0);
}

TEST_CASE(
    "noise floor: 0-1 error Phi(-1) = .158655..., Phi(-3/2), and Phi(-20) = 2.75e-89 in the tail, 0 without noise") {
  // /usr/bin/python3 tests/theory/golden.py
  CHECK(close(error_floor(1, 1), 0.158655253931457051, 0, 1e-14));
  CHECK(close(error_floor(1.5, 1), 0.066807201268858066, 0, 1e-14));
  CHECK(close(error_floor(10, 0.25), 2.7536241186062337e-89, 0, 1e-12));  // erfc at 14: relative error 200 ulp
  CHECK(error_floor(1, 0) == 0);
}

TEST_CASE("second moments: enumeration at s = 0, random basis, any w and class") {
  const ClassMixture mixture = random_basis_mixture(4, 11, 0.7, 1.9, 0.6, 0, 5);
  NormalStream noise(1);
  for (Index n = 0; n < 4; ++n) {
    const Vector w = noise.normals(11, 1);
    double loss = 0, errors = 0;
    Matrix moment = Matrix::Zero(11, 11);
    const std::vector<Sample> samples = enumerated_class(mixture, n, noise);
    for (const Sample& sample : samples) {
      const Vector u = sample.tokens.rowwise().sum();
      loss += sample_loss(sample, w) / static_cast<double>(samples.size());
      moment += u * u.transpose() / static_cast<double>(samples.size());
      errors += sample.y * w.dot(u) <= 0 ? 1 : 0;
    }
    CHECK(close(second_moment_loss(mixture, n, w), loss, 0, rounding));
    CHECK((token_sum_moment(mixture, n) - moment).cwiseAbs().maxCoeff() < rounding);
    CHECK(close(linear_expert_error(mixture, n, w), errors / static_cast<double>(samples.size()), 0, 0));
  }
}

TEST_CASE(
    "second moments: Monte Carlo with noise, loss, moment and error within 4.9 standard errors (false alarm < 1e-4 for "
    "51 numbers)") {
  const ClassMixture mixture = random_basis_mixture(3, 7, 1.1, 0.8, 0.6, 0.5, 6);
  NormalStream noise(2);
  const Vector w = 0.5 * noise.normals(7, 1) + mixture.label_signal.col(1);
  MeanTest loss, error, moment;
  for (int draw = 0; draw < 20000; ++draw) {
    double mean_loss = 0, mean_error = 0;
    Matrix mean_moment = Matrix::Zero(7, 7);
    for (const Sample& sample : enumerated_class(mixture, 1, noise)) {
      const Vector u = sample.tokens.rowwise().sum();
      mean_loss += sample_loss(sample, w) / 8;
      mean_error += (sample.y * w.dot(u) <= 0 ? 1.0 : 0.0) / 8;
      mean_moment += u * u.transpose() / 8;
    }
    loss.add(Matrix::Constant(1, 1, mean_loss));
    error.add(Matrix::Constant(1, 1, mean_error));
    moment.add(mean_moment);
  }
  CHECK(loss.largest_z(Matrix::Constant(1, 1, second_moment_loss(mixture, 1, w))) < 4.9);
  CHECK(error.largest_z(Matrix::Constant(1, 1, linear_expert_error(mixture, 1, w))) < 4.9);
  CHECK(moment.largest_z(token_sum_moment(mixture, 1)) < 4.9);
  CHECK(loss.largest_z(Matrix::Constant(1, 1, 1.05 * second_moment_loss(mixture, 1, w))) > 4.9);  // 5 % off is seen
}

TEST_CASE("noise floor: it is the minimum over ALL w, attained at a v_n, by solving the normal equations") {
  const ClassMixture mixture = random_basis_mixture(3, 9, 1.3, 0.4, 0.9, 0.35, 7);
  const double noise = noise_variance(mixture);
  CHECK(close(noise, 4 * 0.35 * 0.35, 0, 1e-15));
  const Vector best = token_sum_moment(mixture, 2).ldlt().solve(1.3 * mixture.label_signal.col(2));
  CHECK((best - best_amplitude(1.3, noise) * mixture.label_signal.col(2)).norm() < rounding);
  CHECK(close(second_moment_loss(mixture, 2, best), squared_loss_floor(1.3, noise), 0, rounding));
  CHECK(close(linear_expert_error(mixture, 2, best), error_floor(1.3, noise), 0, rounding));
  CHECK(close(second_moment_loss(mixture, 2, Vector::Zero(9)), 0.5, 0, rounding));
  CHECK(linear_expert_error(mixture, 2, Vector::Zero(9)) == 1);  // y f = 0 counts as an error
}

TEST_CASE("noise floor: bad numbers are refused") {
  CHECK_THROWS_AS(squared_loss_floor(0, 1), std::invalid_argument);
  CHECK_THROWS_AS(squared_loss_floor(1, -1), std::invalid_argument);
  CHECK_THROWS_AS(error_floor(std::nan(""), 1), std::invalid_argument);
  ClassMixture mixture = standard_class_mixture(2, 4, 1, 1, 1, 0, 3);
  CHECK_THROWS_AS(second_moment_loss(mixture, 2, Vector::Zero(4)), std::invalid_argument);
  CHECK_THROWS_AS(second_moment_loss(mixture, 0, Vector::Zero(5)), std::invalid_argument);
  mixture.label_signal(0, 0) = 0.1;
  CHECK_THROWS_AS(second_moment_loss(mixture, 0, Vector::Zero(4)), std::invalid_argument);
  CHECK_THROWS_AS(standard_class_mixture(2, 3, 1, 1, 1, 0, 3), std::invalid_argument);
  CHECK_THROWS_AS(standard_class_mixture(2, 4, 1, 1, 1, std::nan(""), 3), std::invalid_argument);
  CHECK_THROWS_AS(standard_class_mixture(2, 4, 1, 1, 1, 0, 2), std::invalid_argument);
}
