#pragma once
#include <Eigen/Core>
#include <complex>

namespace lemmata {

/// Dense double-precision vector and column-major matrix, the only numeric containers that cross a pillar's wall.
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;
using Index = Eigen::Index;

}  // namespace lemmata
