#pragma once
#include "sim/config.h"
#include "sim/random.h"
#include "sim/types.h"

namespace lemmata::sim {

/// A Haar-distributed orthogonal matrix: Q of the QR decomposition of a Gaussian matrix, signs fixed by diag(R) > 0.
/// @return (dim, dim).  Source: Mezzadri, Notices AMS 54 (2007), eq. 5.  Checked by: tests/sim/data_test.cpp.
Matrix haar_rotation(Index dim, Philox random);

/// Unit rows with equal pairwise cosine rho: the symmetric square root of (1 - rho) I + rho 11^T; exactly I at rho = 0.
/// @param cosine  rho in (-1/(count - 1), 1).  @return (count, count), rows in the span of `count` orthonormal vectors.
Matrix equal_cosine_rows(Index count, double cosine);

/// Unit rows whose cosine is t^h, h = levels up to the lowest common ancestor of two leaves of a balanced binary tree;
/// exactly I at t = 0.  @param level_cosine  t in [0, 1).  @return (count, count), lower triangular.
Matrix tree_cosine_rows(Index count, double level_cosine);

}  // namespace lemmata::sim
