#include "analysis/stable_rank.h"

#include <Eigen/Eigenvalues>

namespace lemmata::analysis {

double stable_rank(const Matrix& matrix) {
  if (matrix.size() == 0 || !matrix.allFinite()) return nan;
  const double largest = matrix.cwiseAbs().maxCoeff();
  if (!(largest > 0)) return nan;
  const Matrix scaled = matrix / largest;
  const bool is_tall = scaled.rows() > scaled.cols();
  const Matrix gram = is_tall ? Matrix(scaled.transpose() * scaled) : Matrix(scaled * scaled.transpose());
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(gram, Eigen::EigenvaluesOnly);
  return gram.trace() / solver.eigenvalues().maxCoeff();
}

}  // namespace lemmata::analysis
