#pragma once
#include "theory/types.h"

namespace lemmata::theory {

/// The data law `class_mixture` (mot.md section 1) as numbers. A sample of class n: tokens beta c_n, alpha y v_n,
/// gamma eps v_{n'} and tokens - 3 noise tokens N(0, noise_std^2 I); y, eps = +-1 and n' != n uniform, all independent.
struct ClassMixture {
  Matrix class_signal;  ///< c_n, (feature, class): one column per class
  Matrix label_signal;  ///< v_n, (feature, class); orthonormal together with the c_n
  double alpha = 1, beta = 3, gamma = 0.5;
  double noise_std = 0;  ///< s per coordinate
  Index tokens = 4;      ///< L >= 3
};

/// The mixture in the standard basis c_n = e_n, v_n = e_{N+n}.
ClassMixture standard_class_mixture(Index classes, Index features, double alpha, double beta, double gamma,
                                    double noise_std, Index tokens);

/// @throws std::invalid_argument unless N >= 2, L >= 3, the 2N signals are orthonormal to 1e-12 and the numbers are
/// finite.
void require_valid(const ClassMixture& mixture);

/// S = (L - 3) s^2, the variance per coordinate of the sum of the noise tokens.
double noise_variance(const ClassMixture& mixture);

/// Second moment of the token sum u = sum_l x_l of class n, E[u u^T | n]: all cross terms have zero mean, so
///
///   E[u u^T | n] = beta^2 c_n c_n^T + alpha^2 v_n v_n^T + gamma^2/(N-1) sum_{n' != n} v_{n'} v_{n'}^T + S I.
/// Checked by: tests/theory/noise_floor_test.cpp (enumeration at s = 0, Monte Carlo).
Matrix token_sum_moment(const ClassMixture& mixture, Index class_index);

}  // namespace lemmata::theory
