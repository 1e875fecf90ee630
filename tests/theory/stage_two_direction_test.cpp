#include "theory/stage_two_direction.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "tests/close.h"
#include "tests/theory/mixture_samples.h"

using namespace lemmata::theory;

namespace {

/// Softmax attention column by column, S_jl = x_j^T Q x_l.
Matrix attention(const Matrix& tokens, const Matrix& q) {
  Matrix a = (tokens.transpose() * q * tokens).array().exp();
  for (Index query = 0; query < a.cols(); ++query) a.col(query) /= a.col(query).sum();
  return a;
}

/// f = sum_l sum_j A_jl <w, x_j>.
double output(const Matrix& tokens, const Matrix& q, const Vector& w) {
  return (w.transpose() * tokens * attention(tokens, q)).sum();
}

/// df/dQ at Q = 0 from its definition, sum_jl A_jl (<w,x_j> - o_l) x_j x_l^T, without the closed form's algebra.
Matrix attention_gradient(const Matrix& tokens, const Vector& w) {
  const Index length = tokens.cols();
  const double share = 1 / static_cast<double>(length);
  const Vector value = tokens.transpose() * w;
  Matrix gradient = Matrix::Zero(tokens.rows(), tokens.rows());
  for (Index key = 0; key < length; ++key) {
    for (Index query = 0; query < length; ++query) {
      gradient += share * (value[key] - value.mean()) * tokens.col(key) * tokens.col(query).transpose();
    }
  }
  return gradient;
}

double label_mass(const Matrix& tokens, const Matrix& q) { return attention(tokens, q).row(1).mean(); }

}  // namespace

TEST_CASE("stage II direction: N 2, L 3, alpha = beta = gamma = a = 1, s 0: diag(-1/9, 0, 2/9, -1/9) by hand") {
  // c_1 = e1, v_1 = e3, v_2 = e4: (1/3) { (1 - 1/3) v v^T - (1/3) [c c^T + v' v'^T] }.
  const ClassMixture mixture = standard_class_mixture(2, 4, 1, 1, 1, 0, 3);
  const Matrix expected = Vector{{-1.0 / 9, 0.0, 2.0 / 9, -1.0 / 9}}.asDiagonal();
  CHECK((stage_two_direction(mixture, 0, 1) - expected).cwiseAbs().maxCoeff() < 1e-15);
}

TEST_CASE("stage II direction: the oracle's gradient is the derivative of the softmax output") {
  const ClassMixture mixture = random_basis_mixture(3, 8, 0.9, 1.7, 0.6, 0.4, 6);
  NormalStream noise(3);
  const Vector w = noise.normals(8, 1);
  const Sample sample = enumerated_class(mixture, 1, noise)[3];
  const Matrix move = noise.normals(8, 8), zero = Matrix::Zero(8, 8);
  const double h = 1e-4, slope = (output(sample.tokens, h * move, w) - output(sample.tokens, -h * move, w)) / (2 * h);
  CHECK(std::abs(slope) > 0.1);
  CHECK(close(attention_gradient(sample.tokens, w).cwiseProduct(move).sum(), slope, 0, 1e-5));  // h^2 f'''/6
}

TEST_CASE("stage II direction: equals the enumerated mean of y df/dQ at s = 0 to 1e-13, random basis, every class") {
  for (const Index tokens : {3, 4, 7}) {
    const ClassMixture mixture = random_basis_mixture(4, 10, 0.8, 2.1, 0.7, 0, tokens);
    NormalStream noise(4);
    for (Index n = 0; n < 4; ++n) {
      const double amplitude = 0.6 + static_cast<double>(n);
      const Vector w = amplitude * mixture.label_signal.col(n);
      Matrix mean = Matrix::Zero(10, 10), loss_gradient = mean;
      const std::vector<Sample> samples = enumerated_class(mixture, n, noise);
      for (const Sample& sample : samples) {
        const Matrix gradient = sample.y * attention_gradient(sample.tokens, w) / static_cast<double>(samples.size());
        mean += gradient;
        const double margin = sample.y * output(sample.tokens, Matrix::Zero(10, 10), w);
        loss_gradient += gradient / (1 + std::exp(margin));  // -l' of the logistic loss, sample by sample
      }
      const Matrix predicted = stage_two_direction(mixture, n, amplitude);
      CHECK(predicted.norm() > 0.01);
      CHECK((mean - predicted).cwiseAbs().maxCoeff() < 1e-13);
      // -dL_n/dQ = -l'(a alpha) times the direction, exactly, at s = 0.
      CHECK((loss_gradient - predicted / (1 + std::exp(0.8 * amplitude))).cwiseAbs().maxCoeff() < 1e-13);
    }
  }
}

TEST_CASE(
    "stage II direction: Monte Carlo at s > 0, |z| < 4 in each of 36 entries (false alarm 0.2 %), error < 1e-3 of the "
    "largest") {
  const ClassMixture mixture = random_basis_mixture(2, 6, 1, 1, 0.5, 0.35, 6);
  const double amplitude = 1.2;
  const Vector w = amplitude * mixture.label_signal.col(0);
  NormalStream noise(5);
  MeanTest direction;
  for (int draw = 0; draw < 400000; ++draw) {
    Matrix mean = Matrix::Zero(6, 6);
    for (const Sample& sample : enumerated_class(mixture, 0, noise)) {  // the gradient in its factored form, for speed
      const Vector value = sample.tokens.transpose() * w;
      const Vector key = sample.tokens * (value.array() - value.mean()).matrix();
      mean += sample.y / 24 * key * sample.tokens.rowwise().sum().transpose();
    }
    direction.add(mean);
  }
  const Matrix predicted = stage_two_direction(mixture, 0, amplitude);
  CHECK(direction.largest_z(predicted) < 4);
  CHECK(direction.standard_error().maxCoeff() < 1e-3 * predicted.cwiseAbs().maxCoeff());
  // The noise terms are seen: leaving out the 2 of (1 - 2/L) S, or S I, would be far outside.
  const Vector v = mixture.label_signal.col(0);
  const double noise_part = amplitude / 36 * noise_variance(mixture);
  CHECK(direction.largest_z(predicted + noise_part * v * v.transpose()) > 10);
  CHECK(direction.largest_z(predicted + noise_part * Matrix::Identity(6, 6)) > 10);
}

TEST_CASE("label mass: its slope is the derivative of the softmax mass, enumerated at s = 0, for any direction") {
  const ClassMixture mixture = random_basis_mixture(3, 8, 0.9, 1.4, 0.6, 0, 5);
  NormalStream noise(6);
  const Matrix any = noise.normals(8, 8);
  for (const Matrix& direction : {any, stage_two_direction(mixture, 2, 0.7)}) {
    const double h = 1e-4;
    double slope = 0;
    for (const Sample& sample : enumerated_class(mixture, 2, noise)) {
      slope += (label_mass(sample.tokens, h * direction) - label_mass(sample.tokens, -h * direction)) / (2 * h) / 8;
    }
    CHECK(std::abs(slope) > 1e-4);
    CHECK(close(label_mass_slope(mixture, 2, direction), slope, 1e-9, 1e-6));  // h^2 times the third derivative
  }
}

TEST_CASE(
    "label mass: rises along the stage II direction, by hand: N 2, L 3, all 1, s 0: (1/9)(2/9 - (1/3)(2/9 - 2/9)) = "
    "2/81") {
  const ClassMixture mixture = standard_class_mixture(2, 4, 1, 1, 1, 0, 3);
  CHECK(close(label_mass_slope(mixture, 0, stage_two_direction(mixture, 0, 1)), 2.0 / 81, 0, 1e-14));
  CHECK(label_mass_slope(mixture, 0, stage_two_direction(mixture, 0, -1)) < 0);  // a wrong expert turns away
}

TEST_CASE("label mass: Monte Carlo at s > 0 within 4.9 standard errors (false alarm 1e-6)") {
  const ClassMixture mixture = random_basis_mixture(2, 6, 1, 1.5, 0.5, 0.6, 6);
  const Matrix direction = stage_two_direction(mixture, 1, 0.8);
  NormalStream noise(7);
  MeanTest slope;
  for (int draw = 0; draw < 20000; ++draw) {
    double mean = 0;
    for (const Sample& sample :
         enumerated_class(mixture, 1, noise)) {  // (1/L^2) (x_label - u/L)^T G u, sample by sample
      const Vector u = sample.tokens.rowwise().sum();
      mean += (sample.tokens.col(1) - u / 6).dot(direction * u) / 36 / 4;
    }
    slope.add(Matrix::Constant(1, 1, mean));
  }
  CHECK(slope.largest_z(Matrix::Constant(1, 1, label_mass_slope(mixture, 1, direction))) < 4.9);
}

TEST_CASE("stage II direction: bad input is refused") {
  const ClassMixture mixture = standard_class_mixture(2, 4, 1, 1, 1, 0, 3);
  CHECK_THROWS_AS(stage_two_direction(mixture, 2, 1), std::invalid_argument);
  CHECK_THROWS_AS(stage_two_direction(mixture, 0, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(label_mass_slope(mixture, 0, Matrix::Zero(3, 3)), std::invalid_argument);
}
