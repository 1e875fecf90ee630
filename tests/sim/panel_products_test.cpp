#include "sim/numerics/panel_products.h"

#include <doctest/doctest.h>

#include "sim/random.h"
#include "tests/oracle/plain_product.h"

// Against plain loops, in small integers: every sum is exact in any order and the products are compared with ==.
using namespace lemmata;
using sim::padded;

namespace {

Matrix integers(Index rows, Index columns, std::uint64_t index) {
  sim::Philox random(1, sim::Purpose::test, index);
  Matrix matrix(rows, columns);
  for (double& x : matrix.reshaped()) x = static_cast<double>(random.below(17)) - 8;
  return matrix;
}

const Index some[] = {1, 2, 3, 5, 6, 7, 8, 9, 15, 16, 17, 24, 33, 40};

}  // namespace

TEST_CASE("panel products: A B and A^T's product, written and added, for every remainder of the tiles") {
  sim::LeftPanels panels, transposed;
  for (const Index rows : some) {
    for (const Index depth : some) {
      for (const Index columns : some) {
        const Matrix a = integers(rows, depth, 1), b = integers(depth, columns, 2), c = plain_product(a, b);
        const Matrix a_transposed = a.transpose();
        Matrix far = Matrix::Constant(depth + 3, columns, 1e9);
        far.topRows(depth) = b;
        Matrix found = Matrix::Constant(padded(rows), columns, 7);
        sim::pack(a.data(), rows, rows, depth, panels);
        sim::product(panels, far.data(), depth + 3, columns, found.data(), padded(rows), true);
        CHECK(found.topRows(rows) == (c.array() + 7).matrix());
        CHECK((found.bottomRows(padded(rows) - rows).array() == 7).all());  // + 0
        sim::pack_transposed(a_transposed.data(), depth, rows, depth, transposed);
        sim::product(transposed, far.data(), depth + 3, columns, found.data(), padded(rows), false);
        CHECK(found.topRows(rows) == c);
        CHECK((found.bottomRows(padded(rows) - rows).array() == 0).all());
      }
    }
  }
}

TEST_CASE("panel products: A B^T of parts of larger matrices, written and added, leaves what is around C alone") {
  sim::LeftPanels left;
  sim::RightPanels right;
  for (const Index rows : some) {
    for (const Index depth : some) {
      for (const Index columns : some) {
        const Matrix a = integers(rows + 2, depth, 3), b = integers(columns + 1, depth, 4);
        const Matrix c = plain_product(a.topRows(rows), b.topRows(columns).transpose());
        sim::pack(a.data(), rows + 2, rows, depth, left);
        sim::pack(b.data(), columns + 1, columns, depth, right);
        Matrix found = Matrix::Constant(rows + 1, columns + 1, 7);
        sim::outer_product(left, right, found.data(), rows + 1, true);
        CHECK(found.topLeftCorner(rows, columns) == (c.array() + 7).matrix());
        sim::outer_product(left, right, found.data(), rows + 1, false);
        CHECK(found.topLeftCorner(rows, columns) == c);
        CHECK((found.bottomRows(1).array() == 7).all());
        CHECK((found.rightCols(1).array() == 7).all());
      }
    }
  }
}
