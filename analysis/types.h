#pragma once
#include <Eigen/Core>

namespace lemmata::analysis {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;

}  // namespace lemmata::analysis
