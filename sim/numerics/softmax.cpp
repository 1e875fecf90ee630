#include "sim/numerics/softmax.h"

namespace lemmata::sim {
namespace {

// A number of rows known to the compiler makes the reductions of short columns several times faster.
template <int rows_if_known>
void softmax_of(double* x, Index rows, Index columns) {
  using Column = Eigen::Map<Eigen::Array<double, rows_if_known, 1>>;
  for (Index column = 0; column < columns; ++column) {
    Column entries(x + column * rows, rows);
    entries -= entries.maxCoeff();
  }
  auto all = Eigen::Map<Eigen::ArrayXd>(x, rows * columns);   // one run of numbers: the exponential is vectorised
  all = all.exp();
  for (Index column = 0; column < columns; ++column) {
    Column entries(x + column * rows, rows);
    entries /= entries.sum();
  }
}

}  // namespace

void softmax_columns(double* x, Index rows, Index columns) {
  switch (rows) {
    case 4: return softmax_of<4>(x, rows, columns);
    case 8: return softmax_of<8>(x, rows, columns);
    case 16: return softmax_of<16>(x, rows, columns);
    default: return softmax_of<Eigen::Dynamic>(x, rows, columns);
  }
}

}  // namespace lemmata::sim
