#include <doctest/doctest.h>

#include <Eigen/Core>

#include "analysis/curvature.h"
#include "tests/precision.h"

using namespace lemmata::analysis;

namespace {

using ExactMatrix = std::vector<std::vector<Exact>>;

/// Smallest and largest eigenvalue of a symmetric matrix, by Jacobi rotations in 50 digits.
std::pair<Exact, Exact> exact_extremes(ExactMatrix a) {
  const std::size_t size = a.size();
  for (int sweep = 0; sweep < 12; ++sweep) {
    for (std::size_t p = 0; p < size; ++p) {
      for (std::size_t q = p + 1; q < size; ++q) {
        if (abs(a[p][q]) < 1e-60) continue;
        const Exact theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const Exact t = (theta < 0 ? -1 : 1) / (abs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1);
        for (std::size_t k = 0; k < size; ++k) {
          const Exact at_p = a[k][p], at_q = a[k][q];
          a[k][p] = c * at_p - t * c * at_q, a[k][q] = t * c * at_p + c * at_q;
        }
        for (std::size_t k = 0; k < size; ++k) {
          const Exact at_p = a[p][k], at_q = a[q][k];
          a[p][k] = c * at_p - t * c * at_q, a[q][k] = t * c * at_p + c * at_q;
        }
      }
    }
  }
  std::pair<Exact, Exact> found{a[0][0], a[0][0]};
  for (std::size_t i = 0; i < size; ++i) found = {std::min(found.first, a[i][i]), std::max(found.second, a[i][i])};
  return found;
}

/// Orthonormal basis of the columns, by Gram and Schmidt in 50 digits.
ExactMatrix exact_basis(const Matrix& inputs) {
  ExactMatrix basis;
  for (Index k = 0; k < inputs.cols(); ++k) {
    std::vector<Exact> column;
    for (Index i = 0; i < inputs.rows(); ++i) column.push_back(inputs(i, k));
    for (const std::vector<Exact>& unit_vector : basis) {
      Exact along = 0;
      for (std::size_t i = 0; i < column.size(); ++i) along += unit_vector[i] * column[i];
      for (std::size_t i = 0; i < column.size(); ++i) column[i] -= along * unit_vector[i];
    }
    Exact square = 0;
    for (const Exact& one : column) square += one * one;
    for (Exact& one : column) one /= sqrt(square);
    basis.push_back(column);
  }
  return basis;
}

/// B^T H B.
ExactMatrix restricted(const Matrix& hessian, const ExactMatrix& basis) {
  ExactMatrix result(basis.size(), std::vector<Exact>(basis.size(), 0));
  for (std::size_t p = 0; p < basis.size(); ++p) {
    for (std::size_t q = 0; q < basis.size(); ++q) {
      for (Index i = 0; i < hessian.rows(); ++i) {
        for (Index j = 0; j < hessian.rows(); ++j)
          result[p][q] += basis[p][static_cast<std::size_t>(i)] * hessian(i, j) * basis[q][static_cast<std::size_t>(j)];
      }
    }
  }
  return result;
}

/// sum_k l''_k u_k u_k^T, the l'' falling by decades; exactly symmetric.
Matrix graded_hessian(const Matrix& inputs, double decades) {
  Matrix hessian = Matrix::Zero(inputs.rows(), inputs.rows());
  for (Index k = 0; k < inputs.cols(); ++k)
    hessian += std::pow(10, -decades * static_cast<double>(k)) * inputs.col(k) * inputs.col(k).transpose();
  return (hessian + hessian.transpose()) / 2;
}

}  // namespace

// 4 n u ||H||, as stated beside Curvature::error. Naive: lambda_min by the shift of the largest eigenvalue, in which
// lambda_min is lost once it is small.
TEST_CASE("curvature on the span: extreme eigenvalues within their stated error, over spectra of up to 12 decades") {
  Draw draw(7);
  WorstError smallest, largest;
  for (const double decades : {0.0, 1.0, 2.0, 4.0}) {
    for (int trial = 0; trial < 8; ++trial) {
      const Index size = 6, rank = trial % 2 ? 6 : 4;
      const Matrix inputs = draw.filled<Matrix>(size, rank), hessian = graded_hessian(inputs, decades);
      const auto [least, most] = exact_extremes(restricted(hessian, exact_basis(inputs)));
      const Curvature found = curvature_on_span(hessian, inputs);
      REQUIRE(found.rank == rank);
      smallest.add(found.min, least, found.error);
      largest.add(found.max, most, found.error);
    }
  }
  CAPTURE(smallest.worst());
  CAPTURE(largest.worst());
  CHECK((smallest.holds() && smallest.is_no_idle_bound()));
  CHECK((largest.holds() && largest.is_no_idle_bound()));
}

TEST_CASE(
    "curvature: a direction that the loss does not bend has a lambda_min within the error, one of 1e-9 above it") {
  Draw draw(8);
  const Matrix inputs = draw.filled<Matrix>(5, 5);
  for (int trial = 0; trial < 20; ++trial) {
    const Matrix used = draw.filled<Matrix>(5, 4);
    const Curvature flat = curvature_on_span(graded_hessian(used, 0), inputs);
    CHECK(std::abs(flat.min) <= flat.error);
    const Matrix bent = graded_hessian(used, 0) + 1e-9 * Matrix::Identity(5, 5);
    CHECK(curvature_on_span(bent, inputs).min > curvature_on_span(bent, inputs).error);
  }
}

// ||g||/sqrt(E) is a root and a quotient, 1 u; its square doubles that and adds 1/2. Plainly, ||g||^2 underflows.
TEST_CASE("PL ratio, of numbers down to 1e-300, and local smoothness, of differences that are rounded once") {
  Draw draw(9);
  WorstError ratio, naive, smoothness;
  for (int trial = 0; trial < 200; ++trial) {
    const double norm = draw.uniform(0.1, 1) * std::pow(10, -trial % 290), excess = norm * draw.uniform(0.1, 1);
    const Exact exact = Exact(norm) * norm / (2 * Exact(excess));
    ratio.add_relative(pl_ratio(norm, excess), exact, 2.5 * unit);
    naive.add_relative(norm * norm / (2 * excess), exact, 2.5 * unit);
    const Vector a = draw.filled<Matrix>(5, 1), b = a + 1e-7 * draw.filled<Matrix>(5, 1), g = draw.filled<Matrix>(5, 1),
                 h = g + 1e-12 * draw.filled<Matrix>(5, 1);
    Exact move = 0, change = 0;
    for (Index i = 0; i < 5; ++i) {
      move += (Exact(b[i]) - a[i]) * (Exact(b[i]) - a[i]);
      change += (Exact(h[i]) - g[i]) * (Exact(h[i]) - g[i]);
    }
    // d squares and their sum d/2 u under the root, and scaling, root and quotient 3 u; differences this close are
    // exact
    smoothness.add_relative(local_smoothness(g, h, a, b), sqrt(change / move), (5 + 3) * unit);
  }
  CAPTURE(ratio.worst());
  CAPTURE(smoothness.worst());
  CHECK((ratio.holds() && ratio.is_no_idle_bound()));
  CHECK((smoothness.holds() && smoothness.is_no_idle_bound()));
  CHECK(naive.worst() > 1e6);
}
