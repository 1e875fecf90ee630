#include "analysis/nonnegative_least_squares.h"

#include <Eigen/QR>
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace lemmata::analysis {

namespace {

/// Least squares over the passive columns; zero elsewhere.
Vector passive_solution(const Matrix& matrix, const Vector& target, const std::vector<Index>& passive) {
  Vector solution = Vector::Zero(matrix.cols());
  if (passive.empty()) return solution;
  const Matrix columns = matrix(Eigen::all, passive);
  const Vector passive_values = columns.colPivHouseholderQr().solve(target);
  Index position = 0;
  for (const Index j : passive) solution[j] = passive_values[position++];
  return solution;
}

bool all_positive(const Vector& x, const std::vector<Index>& passive) {
  return std::ranges::all_of(passive, [&](Index j) { return x[j] > 0; });
}

/// Moves x towards `goal` until the first passive entry reaches 0, and drops all entries that did.
void move_to_boundary(Vector& x, const Vector& goal, std::vector<Index>& passive) {
  double step = 1;
  Index blocking = passive.front();
  for (const Index j : passive) {
    if (goal[j] > 0) continue;
    const double reach = x[j] / (x[j] - goal[j]);
    if (!(reach >= step)) {
      step = reach;
      blocking = j;
    }
  }
  x += step * (goal - x);
  x[blocking] = 0;
  for (const Index j : passive) {
    if (!(x[j] > 0)) x[j] = 0;
  }
  std::erase_if(passive, [&](Index j) { return x[j] == 0; });
}

}  // namespace

NonnegativeLeastSquares nonnegative_least_squares(const Matrix& matrix, const Vector& target) {
  if (target.size() != matrix.rows())
    throw std::invalid_argument("target: its size differs from the rows of the matrix");
  NonnegativeLeastSquares result{Vector::Zero(matrix.cols()), true};
  Vector& x = result.solution;
  const Vector tolerance =
      1e-15 * static_cast<double>(matrix.rows()) * target.norm() * matrix.colwise().norm().transpose();
  std::vector<Index> passive;
  long steps_left = 100 + 30 * matrix.cols();
  while (true) {
    const Vector descent = matrix.transpose() * (target - matrix * x);
    Vector score = descent - tolerance;
    for (const Index j : passive) score[j] = -1;
    Vector goal;
    Index entering = -1;
    while (matrix.cols() > 0 &&
           score.maxCoeff(&entering) > 0) {  // rounding may offer a column that would turn negative
      passive.push_back(entering);
      goal = passive_solution(matrix, target, passive);
      if (goal[entering] > 0) break;
      passive.pop_back();
      score[entering] = -1;
      entering = -1;
    }
    if (entering < 0 || !(score[entering] > 0)) return result;
    while (!all_positive(goal, passive)) {
      move_to_boundary(x, goal, passive);
      goal = passive_solution(matrix, target, passive);
      if (--steps_left < 0) break;
    }
    if (--steps_left < 0) {
      result.converged = false;
      return result;
    }
    x = goal;
  }
}

LeastDistance least_distance(const Matrix& rows, const Vector& bounds) {
  if (bounds.size() != rows.rows())
    throw std::invalid_argument("bounds: found a size that differs from the constraints");
  Matrix system(rows.cols() + 1, rows.rows());
  system << rows.transpose(), bounds.transpose();
  const Vector target = Vector::Unit(rows.cols() + 1, rows.cols());
  const NonnegativeLeastSquares dual = nonnegative_least_squares(system, target);

  LeastDistance result{Vector::Zero(rows.cols()), dual.solution, 0, dual.converged};
  result.residual = (system * dual.solution - target).norm();
  std::vector<Index> active;
  for (Index k = 0; k < rows.rows(); ++k) {
    if (dual.solution[k] > 0) active.push_back(k);
  }
  // x = -r_head / r_last loses digits where the residual r is small; the active constraints give it in full.
  if (!active.empty()) {
    const Matrix active_rows = rows(active, Eigen::all);
    const Vector active_bounds = bounds(active);
    result.point = active_rows.completeOrthogonalDecomposition().solve(active_bounds);
  }
  return result;
}

}  // namespace lemmata::analysis
