#pragma once
#include <Eigen/QR>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "theory/class_mixture.h"

// Samples of class_mixture, drawn token by token: what the closed forms of theory/ are checked against.
namespace lemmata::theory {

/// Standard normal numbers, the same in every standard library (Box-Muller on 53-bit uniforms).
class NormalStream {
 public:
  explicit NormalStream(unsigned seed) : generator_(seed) {}
  double uniform() { return (static_cast<double>(generator_() >> 11) + 0.5) * 0x1p-53; }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform()); }
  Matrix normals(Index rows, Index columns) {
    Matrix matrix(rows, columns);
    for (double& x : matrix.reshaped()) x = normal();
    return matrix;
  }

 private:
  std::mt19937_64 generator_;
};

/// A mixture in a random orthonormal basis.
inline ClassMixture random_basis_mixture(Index classes, Index features, double alpha, double beta, double gamma,
                                         double noise_std, Index tokens) {
  ClassMixture mixture = standard_class_mixture(classes, features, alpha, beta, gamma, noise_std, tokens);
  const Matrix rotation = NormalStream(17).normals(features, features).householderQr().householderQ();
  mixture.class_signal = rotation * mixture.class_signal;
  mixture.label_signal = rotation * mixture.label_signal;
  return mixture;
}

struct Sample {
  Matrix tokens;  // (feature, token): class, label, distractor, noise
  double y;
};

/// All 4 (N-1) samples (n', y, eps) of one class, each with its own noise draw.
inline std::vector<Sample> enumerated_class(const ClassMixture& mixture, Index class_index, NormalStream& noise) {
  std::vector<Sample> samples;
  const Index features = mixture.class_signal.rows();
  for (Index other = 0; other < mixture.class_signal.cols(); ++other) {
    if (other == class_index) continue;
    for (const double y : {-1.0, 1.0}) {
      for (const double eps : {-1.0, 1.0}) {
        Sample sample{Matrix::Zero(features, mixture.tokens), y};
        sample.tokens.col(0) = mixture.beta * mixture.class_signal.col(class_index);
        sample.tokens.col(1) = mixture.alpha * y * mixture.label_signal.col(class_index);
        sample.tokens.col(2) = mixture.gamma * eps * mixture.label_signal.col(other);
        if (mixture.noise_std > 0)
          sample.tokens.rightCols(mixture.tokens - 3) = mixture.noise_std * noise.normals(features, mixture.tokens - 3);
        samples.push_back(sample);
      }
    }
  }
  return samples;
}

/// Sums of draws and of their squares, entry by entry: mean, and z of the mean against a prediction.
class MeanTest {
 public:
  void add(const Matrix& draw) {
    if (count_ == 0) sum_ = squares_ = Matrix::Zero(draw.rows(), draw.cols());
    sum_ += draw;
    squares_ += draw.cwiseAbs2();
    ++count_;
  }
  Matrix mean() const { return sum_ / static_cast<double>(count_); }
  Matrix standard_error() const {
    return ((squares_ / static_cast<double>(count_) - mean().cwiseAbs2()) / static_cast<double>(count_)).cwiseSqrt();
  }
  double largest_z(const Matrix& predicted) const {
    return (mean() - predicted).cwiseQuotient(standard_error()).cwiseAbs().maxCoeff();
  }

 private:
  Matrix sum_, squares_;
  long count_ = 0;
};

}  // namespace lemmata::theory
