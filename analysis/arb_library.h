#pragma once
#include <arb.h>
#include <arb_mat.h>
#include <flint/fmpz_mat.h>

#include "analysis/certified.h"

// Ball arithmetic: the library Arb (part of FLINT from version 3) behind values that clean up after themselves. Every
// operation returns a ball that contains the exact result for every choice of points in the balls it is given. Only
// sources that are left out of a build without Arb include this (cmake/arb.cmake lists them).
namespace lemmata::analysis {

/// Frees what the library keeps for this thread; stands first in every function that others may call from a thread.
struct LibrarySession {
  LibrarySession() = default;
  LibrarySession(const LibrarySession&) = delete;
  LibrarySession& operator=(const LibrarySession&) = delete;
  ~LibrarySession() { flint_cleanup(); }
};

/// A real number, known to lie in a ball. 0 at first.
class Ball {
 public:
  Ball() { arb_init(value_); }
  explicit Ball(double exact) : Ball() { arb_set_d(value_, exact); }
  Ball(double lower, double upper) : Ball() {  // [lower, upper], widened by 2^-30 of its width at most
    const Ball low(lower), high(upper);
    arb_set_interval_arf(value_, arb_midref(low.value_), arb_midref(high.value_), slong{2} * DBL_MANT_DIG);
  }
  Ball(const Ball& other) : Ball() { arb_set(value_, other.value_); }
  Ball& operator=(const Ball& other) {
    arb_set(value_, other.value_);
    return *this;
  }
  ~Ball() { arb_clear(value_); }
  arb_ptr get() { return value_; }
  arb_srcptr get() const { return value_; }

 private:
  arb_t value_;
};

/// A matrix of balls. 0 at first.
class BallMatrix {
 public:
  BallMatrix(Index rows, Index columns) { arb_mat_init(value_, rows, columns); }
  explicit BallMatrix(const Matrix& exact) : BallMatrix(exact.rows(), exact.cols()) {
    for (Index i = 0; i < exact.rows(); ++i) {
      for (Index j = 0; j < exact.cols(); ++j) arb_set_d(at(i, j), exact(i, j));
    }
  }
  BallMatrix(const BallMatrix& other) : BallMatrix(other.rows(), other.columns()) { arb_mat_set(value_, other.value_); }
  BallMatrix& operator=(const BallMatrix&) = delete;
  ~BallMatrix() { arb_mat_clear(value_); }
  Index rows() const { return arb_mat_nrows(value_); }
  Index columns() const { return arb_mat_ncols(value_); }
  arb_ptr at(Index row, Index column) { return arb_mat_entry(value_, row, column); }
  arb_srcptr at(Index row, Index column) const { return arb_mat_entry(value_, row, column); }
  arb_mat_struct* get() { return value_; }
  const arb_mat_struct* get() const { return value_; }

  BallMatrix times(const BallMatrix& right, Index precision) const {
    BallMatrix product(rows(), right.columns());
    arb_mat_mul(product.get(), value_, right.value_, precision);
    return product;
  }
  BallMatrix transposed() const {
    BallMatrix turned(columns(), rows());
    arb_mat_transpose(turned.get(), value_);
    return turned;
  }

 private:
  arb_mat_t value_;
};

/// A matrix of integers of any size. 0 at first.
class IntegerMatrix {
 public:
  IntegerMatrix(Index rows, Index columns) { fmpz_mat_init(value_, rows, columns); }
  IntegerMatrix(const IntegerMatrix&) = delete;
  IntegerMatrix& operator=(const IntegerMatrix&) = delete;
  ~IntegerMatrix() { fmpz_mat_clear(value_); }
  fmpz* at(Index row, Index column) { return fmpz_mat_entry(value_, row, column); }
  fmpz_mat_struct* get() { return value_; }

 private:
  fmpz_mat_t value_;
};

/// Whether the symmetric matrix in the lower triangle is certainly positive definite: a Cholesky factorisation in balls
/// whose pivots are all certainly positive. It then is for every matrix that the balls contain.
inline bool has_cholesky(const BallMatrix& matrix, Index precision) {
  BallMatrix factor(matrix.rows(), matrix.columns());
  return arb_mat_cho(factor.get(), matrix.get(), precision) != 0;
}

}  // namespace lemmata::analysis
