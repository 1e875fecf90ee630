#pragma once
#include "theory/class_mixture.h"

// Without attention (A = 1/L) a linear expert sees u = sum_l x_l: its label signal stands in the noise of L - 3 tokens,
// and no weight removes it (Lemma 1 of the paper, in the form of mot.md section 6). S = (L-3) s^2.
namespace lemmata::theory {

/// The amplitude a of w = a v_n of least squared loss: a = alpha / (alpha^2 + S).
double best_amplitude(double alpha, double noise_variance);

/// Least squared loss of one class without attention: min_w E (1 - y <w, u>)^2 / 2 = S / (2 (alpha^2 + S)), at w = a
/// v_n.
///
/// Derivation: with orthonormal signals E (1 - y<w,u>)^2 = (1 - alpha w.v_n)^2 + beta^2 (w.c_n)^2 + gamma^2/(N-1)
/// sum_{n' != n} (w.v_n')^2 + S ||w||^2, so every part of w but the one along v_n only adds; minimise over a.
/// Population value. In sample, with K_n draws and d features, a least squares fit lies below it by about the factor
/// (1 - d/K_n) (`in_sample_floor`), so compare on held-out draws or by `second_moment_loss`.
/// @throws std::invalid_argument unless alpha > 0 and noise_variance >= 0.
/// Checked by: tests/theory/noise_floor_test.cpp.
double squared_loss_floor(double alpha, double noise_variance);

/// Expected training loss of the least squares fit: floor x (1 - d/K_n), exact if the residual given the inputs has
/// constant variance (it has, for jointly Gaussian inputs); 0 for K_n <= d. Here, with +-1 signals, a good
/// approximation only.
double in_sample_floor(double population_floor, Index features, Index class_samples);

/// Least 0-1 error of one class without attention: Phi(-alpha / sqrt(S)) = Phi(-alpha / (s sqrt(L-3))), for every w = a
/// v_n, a > 0; 0 at S = 0. Relatively accurate in the tail (erfc).
double error_floor(double alpha, double noise_variance);

/// Squared loss of ANY linear expert w on class n under uniform attention, exact over n', eps, y and noise:
///
///   E (1 - y<w,u>)^2 / 2 = [1 - 2 alpha <w, v_n> + w^T E[u u^T | n] w] / 2   (computed as a sum of squares).
/// @param w  (feature).
/// @throws std::invalid_argument on a wrong shape or an invalid mixture.
double second_moment_loss(const ClassMixture& mixture, Index class_index, const Vector& w);

/// 0-1 error (share with y <w,u> <= 0) of ANY linear expert on class n under uniform attention: the mean of
/// Phi(-margin / (sqrt(S) ||w||)) over the 4 (N-1) tuples (n', eps, y); at S = 0 or w = 0 the share of tuples with
/// margin <= 0.
double linear_expert_error(const ClassMixture& mixture, Index class_index, const Vector& w);

}  // namespace lemmata::theory
