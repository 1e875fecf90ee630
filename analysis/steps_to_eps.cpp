#include "analysis/steps_to_eps.h"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace lemmata::analysis {
namespace {

std::vector<double> default_grid() {
  std::vector<double> grid;
  for (int k = 0; k <= 120; ++k) grid.push_back(std::pow(10, -k / 4.0));
  return grid;
}

}  // namespace

StepsToEps::StepsToEps() : StepsToEps(default_grid()) {}

StepsToEps::StepsToEps(std::vector<double> grid) : eps_(std::move(grid)), steps_(eps_.size(), unreached) {
  for (std::size_t i = 0; i < eps_.size(); ++i) {
    if (!(eps_[i] > 0) || (i > 0 && !(eps_[i] < eps_[i - 1]))) throw std::invalid_argument("StepsToEps: the grid must be positive and fall");
  }
}

void StepsToEps::observe(long step, double value) {
  for (; next_ < eps_.size() && value <= eps_[next_]; ++next_) steps_[next_] = step;
}

}  // namespace lemmata::analysis
