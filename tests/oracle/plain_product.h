#pragma once
#include "sim/types.h"

namespace lemmata {

/// A B by three loops: the oracle of every optimised product. Exact for small integers.
inline Matrix plain_product(const Matrix& a, const Matrix& b) {
  Matrix c = Matrix::Zero(a.rows(), b.cols());
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index j = 0; j < b.cols(); ++j) {
      for (Index k = 0; k < a.cols(); ++k) c(i, j) += a(i, k) * b(k, j);
    }
  }
  return c;
}

}  // namespace lemmata
