#pragma once
#include <cmath>

#include "sim/data/dataset.h"
#include "sim/model/parameters.h"

// The model by plain loops, written from mot.md section 2: what tests of recorded quantities share.
namespace lemmata::scenarios {

// A (key, query) = softmax over keys of x_j^T Q x_l, of sample k.
inline Matrix attention_of(const sim::Dataset& data, const sim::Parameters& p, Index expert, Index k) {
  const Index L = data.tokens_per_sample, d = data.features();
  Matrix A(L, L);
  for (Index l = 0; l < L; ++l) {
    double sum = 0;
    for (Index j = 0; j < L; ++j) {
      double score = 0;
      for (Index a = 0; a < d; ++a) {
        for (Index b = 0; b < d; ++b) {
          score += data.tokens(a, k * L + j) * p.attention(a, expert * d + b) * data.tokens(b, k * L + l);
        }
      }
      sum += A(j, l) = std::exp(score);
    }
    for (Index j = 0; j < L; ++j) A(j, l) /= sum;
  }
  return A;
}

// u_k = sum_jl A_jl x_j, so f_k = sum_n a_n <w_n, u_k> in the linear form.
inline Vector attended(const sim::Dataset& data, const sim::Parameters& p, Index expert, Index k) {
  const Matrix A = attention_of(data, p, expert, k);
  Vector u = Vector::Zero(data.features());
  for (Index j = 0; j < A.rows(); ++j) u += A.row(j).sum() * data.tokens.col(k * A.rows() + j);
  return u;
}

// pi_i = softmax_i <theta_i, sum_l x_l>.
inline double pi(const sim::Dataset& data, const sim::Parameters& p, Index expert, Index k) {
  const Index L = data.tokens_per_sample;
  double sum = 0, own = 0;
  for (Index i = 0; i < p.gate.cols(); ++i) {
    double h = 0;
    for (Index l = 0; l < L; ++l) h += p.gate.col(i).dot(data.tokens.col(k * L + l));
    sum += std::exp(h);
    if (i == expert) own = std::exp(h);
  }
  return own / sum;
}

// The noise-free expert; the lowest index at a tie.
inline Index winner(const sim::Dataset& data, const sim::Parameters& p, Index k) {
  Index best = 0;
  for (Index i = 1; i < p.gate.cols(); ++i) best = pi(data, p, i, k) > pi(data, p, best, k) ? i : best;
  return best;
}

}  // namespace lemmata::scenarios
