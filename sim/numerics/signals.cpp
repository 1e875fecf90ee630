#include "sim/numerics/signals.h"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <bit>
#include <cmath>

namespace lemmata::sim {

Matrix haar_rotation(Index dim, Philox random) {
  Matrix gaussian(dim, dim);
  random.fill_normal({gaussian.data(), static_cast<std::size_t>(gaussian.size())});
  const Eigen::HouseholderQR<Matrix> decomposition(gaussian);
  Matrix rotation = decomposition.householderQ();
  for (Index column = 0; column < dim; ++column) {
    if (decomposition.matrixQR()(column, column) < 0) rotation.col(column) *= -1;
  }
  return rotation;
}

// (1 - rho) I + rho 11^T has eigenvalue 1 - rho, and 1 + (count - 1) rho on 1/sqrt(count).
Matrix equal_cosine_rows(Index count, double cosine) {
  const double n = static_cast<double>(count);
  const double across = std::sqrt(1 - cosine), along = std::sqrt(1 + (n - 1) * cosine);
  return across * Matrix::Identity(count, count) + Matrix::Constant(count, count, (along - across) / n);
}

Matrix tree_cosine_rows(Index count, double level_cosine) {
  Matrix gram = Matrix::Identity(count, count);
  for (Index a = 0; a < count; ++a) {
    for (Index b = 0; b < a; ++b) {
      const int levels = static_cast<int>(std::bit_width(static_cast<unsigned long>(a ^ b)));
      gram(a, b) = gram(b, a) = std::pow(level_cosine, levels);
    }
  }
  return gram.llt().matrixL();
}

}  // namespace lemmata::sim
