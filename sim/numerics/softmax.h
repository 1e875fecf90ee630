#pragma once
#include "sim/types.h"

namespace lemmata::sim {

/// Softmax of every column in place, x_jl <- e^{x_jl} / sum_i e^{x_il}; the column's largest entry is subtracted first.
/// A NaN spreads over its column. @param x  (any, any), column-major with adjacent columns; at least one row.
/// Checked by: tests/sim/attention_test.cpp, tests/sim/gate_test.cpp, tests/sim/gradient_test.cpp.
void softmax_columns(double* x, Index rows, Index columns);

}  // namespace lemmata::sim
