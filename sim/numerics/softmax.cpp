#include "sim/numerics/softmax.h"

namespace lemmata::sim {

// Plain loops for maximum and sum: the columns are short. The exponential takes all numbers at once, so that it is vectorised.
void softmax_columns(double* x, Index rows, Index columns) {
  for (Index column = 0; column < columns; ++column) {
    double* entry = x + column * rows;
    double highest = entry[0];
    for (Index row = 1; row < rows; ++row) highest = entry[row] > highest ? entry[row] : highest;
    for (Index row = 0; row < rows; ++row) entry[row] -= highest;
  }
  auto all = Eigen::Map<Eigen::ArrayXd>(x, rows * columns);
  all = all.exp();
  for (Index column = 0; column < columns; ++column) {
    double* entry = x + column * rows;
    double sum = 0;
    for (Index row = 0; row < rows; ++row) sum += entry[row];
    for (Index row = 0; row < rows; ++row) entry[row] /= sum;
  }
}

}  // namespace lemmata::sim
