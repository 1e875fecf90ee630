#include <cmath>

#include "sim/joma/reduced.h"
#include "sim/numerics/softmax.h"
#include "sim/random.h"

// The right-hand sides of sim/joma/reduced.h.
namespace lemmata::sim {

// dv_lk/dt = (mu_lk - v_lk) a_l, in u = ln(1 - v/mu): du_lk/dt = -dv_lk/dt / (mu_lk - v_lk) = -a_l.
double ReducedSystem::relaxation(const Blocks& at, Blocks& gradient) const {
  const Matrix present = v(at);
  Vector attention = present.rowwise().squaredNorm();
  if (config_.attention == "linear") {
    attention = (attention.array() + config_.invariant).sqrt().matrix();
  } else {
    attention /= config_.temperature;
    if (config_.attention == "softmax") {
      softmax_columns(attention.data(), attention.size(), 1);
    } else {
      attention = attention.array().exp().matrix();
    }
  }
  if (const auto u = gradient.find("u"); u != gradient.end()) u->second = attention.replicate(1, mu_.cols());
  if (const auto d_v = gradient.find("v"); d_v != gradient.end()) {
    d_v->second = attention.asDiagonal() * (present - mu_);
  }
  return (mu_ - present).squaredNorm() / 2;
}

// L = -sum_lk Delta_lk v_lk a_l:  dL/dv = -Delta a,  dL/dz = -a' sum_k Delta v;  a' = a/T (exp), 1/A (linear).
double ReducedSystem::stationary(const Blocks& at, Blocks& gradient) const {
  const bool is_linear = config_.attention == "linear";
  const Vector z = at.at("z").col(0);
  Vector attention = z, slope;
  if (is_linear) {
    attention /= config_.normalisation;
    slope = Vector::Constant(z.size(), 1 / config_.normalisation);
  } else {
    attention = (z.array() / config_.temperature).exp().matrix() / config_.normalisation;
    slope = attention / config_.temperature;
  }
  const Vector pull = mu_.cwiseProduct(at.at("v")).rowwise().sum();
  if (const auto d_v = gradient.find("v"); d_v != gradient.end()) d_v->second = -(attention.asDiagonal() * mu_);
  if (const auto d_z = gradient.find("z"); d_z != gradient.end()) d_z->second = -slope.cwiseProduct(pull);
  return -attention.dot(pull);
}

void ReducedSystem::draw_samples(std::uint64_t seed) {
  Philox random(seed, Purpose::data, 0);
  const auto samples = static_cast<Index>(config_.samples);
  tokens_.resize(mu_.rows(), samples);
  for (Index i = 0; i < tokens_.size(); ++i) tokens_(i) = -std::log(random.uniform());  // Exp(1): uniform once divided
  const Matrix sums = tokens_.colwise().sum();
  tokens_.array().rowwise() /= sums.row(0).array();
  upstream_ = mu_.transpose() * tokens_;
  if (config_.law == "fixed_upstream") {
    random.fill_normal({upstream_.data(), static_cast<std::size_t>(upstream_.size())});
  }
}

// b_i = a o x_i (/ its sum, softmax), h = v^T b, L = -mean(g . h) or mean |y - h|^2/2; with e = -dL/dh times N
// (g, or y - h):
//   dL/dv = -b e^T / N,   dL/db_i = -v e_i / N =: -p_i / N,
//   softmax db_il/dz_l' = (b_il/T)(delta_ll' - b_il'):  dL/dz = -(1/NT) sum_i b_i o (p_i - b_i.p_i);
//   exp                                                 dL/dz = -(1/NT) sum_i b_i o p_i;
//   linear                                              dL/dz = -(1/NA) sum_i x_i o p_i.
double ReducedSystem::sampled(const Blocks& at, Blocks& gradient) const {
  const Matrix& present = at.at("v");
  const Vector z = at.at("z").col(0);
  const bool is_linear = config_.attention == "linear", is_softmax = config_.attention == "softmax";
  const double largest = is_softmax ? z.maxCoeff() : 0;  // a common factor of softmax's numerator and denominator
  Vector attention = z / config_.normalisation;
  if (!is_linear) attention = ((z.array() - largest) / config_.temperature).exp().matrix();
  if (!is_linear && !is_softmax) attention /= config_.normalisation;
  Matrix b = attention.asDiagonal() * tokens_;
  if (is_softmax) {
    const Matrix sums = b.colwise().sum();
    b.array().rowwise() /= sums.row(0).array();
  }
  const Matrix h = present.transpose() * b;
  const auto samples = static_cast<double>(tokens_.cols());
  const bool is_fixed = config_.law == "fixed_upstream";
  const Matrix pull = is_fixed ? upstream_ : Matrix(upstream_ - h);
  if (const auto d_v = gradient.find("v"); d_v != gradient.end()) d_v->second = -(b * pull.transpose()) / samples;
  if (const auto d_z = gradient.find("z"); d_z != gradient.end()) {
    Matrix p = present * pull;
    if (is_softmax) p.rowwise() -= p.cwiseProduct(b).colwise().sum().eval();
    const Vector sum = p.cwiseProduct(is_linear ? tokens_ : b).rowwise().sum();
    d_z->second = -sum / (samples * (is_linear ? config_.normalisation : config_.temperature));
  }
  return is_fixed ? -pull.cwiseProduct(h).sum() / samples : pull.squaredNorm() / (2 * samples);
}

}  // namespace lemmata::sim
