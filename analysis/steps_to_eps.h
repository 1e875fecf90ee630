#pragma once
#include <cstddef>
#include <vector>

namespace lemmata::analysis {

/// T(eps): the first step at which a curve is <= eps, for every eps of a falling grid, followed step by step.
class StepsToEps {
 public:
  /// Marks an eps that was never reached.
  static constexpr long unreached = -1;

  /// The grid 10^(-k/4), k = 0, 1, ..., down to 1e-30.
  StepsToEps();
  /// @param grid  positive, strictly falling. @throws std::invalid_argument otherwise.
  explicit StepsToEps(std::vector<double> grid);

  /// @param step   not smaller than before.  @param value  NaN reaches nothing.
  void observe(long step, double value);

  const std::vector<double>& eps() const { return eps_; }
  /// First step with value <= eps, or `unreached` (censored), one per eps.
  const std::vector<long>& steps() const { return steps_; }

 private:
  std::vector<double> eps_;
  std::vector<long> steps_;
  std::size_t next_ = 0;   // the largest eps not reached yet
};

}  // namespace lemmata::analysis
