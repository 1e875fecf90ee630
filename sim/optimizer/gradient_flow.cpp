#include <algorithm>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {
namespace {

namespace odeint = boost::numeric::odeint;
using State = std::vector<double>;  // the blocks, one after the other
using VectorMap = Eigen::Map<Vector>;
using ConstantVectorMap = Eigen::Map<const Vector>;

constexpr long most_attempts = 10'000;  // accepted and rejected internal steps of one update
constexpr double shrink = 0.1;          // of an internal step that overflowed

// Right-hand side of dw_b/ds = -eta_b grad_b L(w), every other block held where it was.
class Flow {
 public:
  Flow(std::span<BlockUpdate> blocks, const StepContext& context) : blocks_(blocks), context_(context) {
    for (const BlockUpdate& update : blocks_) at_.push_back(update.parameters);
    gradient_ = at_;
  }

  State start() const {
    State state;
    for (const Matrix& block : at_) state.insert(state.end(), block.data(), block.data() + block.size());
    return state;
  }

  void operator()(const State& state, State& slope, double) {
    const double* from = state.data();
    for (Matrix& block : at_) {
      block.reshaped() = ConstantVectorMap(from, block.size());
      from += block.size();
    }
    context_.gradient_at(at_, gradient_);
    double* to = slope.data();
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      VectorMap(to, gradient_[i].size()) = -blocks_[i].settings.learning_rate * gradient_[i].reshaped();
      to += gradient_[i].size();
    }
  }

 private:
  std::span<BlockUpdate> blocks_;
  const StepContext& context_;
  std::vector<Matrix> at_, gradient_;
};

bool is_finite(const State& state) {
  return ConstantVectorMap(state.data(), static_cast<Index>(state.size())).allFinite();
}

// Integrates from s = 0 to 1. @return false if the solution could not be followed. An overflow inside a trial step is
// no error estimate (odeint's maximum drops NaN), so such a step is refused here and tried again with a tenth of its
// length.
bool integrate(Flow& flow, double tolerance, State& state) {
  auto stepper = odeint::make_controlled(tolerance, tolerance, odeint::runge_kutta_dopri5<State>());
  State slope(state.size()), next(state.size()), next_slope(state.size());
  flow(state, slope, 0);
  if (!is_finite(slope)) return false;
  double s = 0, length = 1;
  for (long attempt = 0; s < 1; ++attempt) {
    if (attempt == most_attempts) return false;
    length = std::min(length, 1 - s);
    const double tried = length;
    double end = s;
    const odeint::controlled_step_result result =
        stepper.try_step(std::ref(flow), state, slope, end, next, next_slope, length);
    if (!is_finite(next) || !is_finite(next_slope)) {
      length = shrink * tried;
    } else if (result == odeint::success) {
      if (end == s) return false;  // too short to move s: a blow-up is ahead
      s = end;
      state.swap(next);
      slope.swap(next_slope);
    }
  }
  return true;
}

// One update is the exact flow for time eta: learning rate x step is the time of the flow. Solved by Dormand-Prince
// 5(4) with relative and absolute tolerance `settings.tolerance` per internal step (the smallest of the blocks'). A
// flow that leaves every bound, or needs more than 10,000 internal steps (explicit stability: eta lambda_max above
// about 3e4), makes the blocks NaN, so that the trainer stops the run as diverged instead of going on from a wrong
// point.
class GradientFlow final : public Optimizer {
 public:
  void update(std::span<BlockUpdate> blocks, StepContext& context) const override {
    double tolerance = std::numeric_limits<double>::infinity();
    for (const BlockUpdate& update : blocks) tolerance = std::min(tolerance, update.settings.tolerance);
    Flow flow(blocks, context);
    State state = flow.start();
    if (!integrate(flow, tolerance, state))
      std::fill(state.begin(), state.end(), std::numeric_limits<double>::quiet_NaN());
    const double* from = state.data();
    for (BlockUpdate& update : blocks) {
      update.parameters.reshaped() = ConstantVectorMap(from, update.parameters.size());
      from += update.parameters.size();
    }
  }
};

}  // namespace

OptimizerEntry gradient_flow_optimizer() {
  static const GradientFlow optimizer;
  return {"gradient_flow",
          "dw_b/ds = -eta_b grad_b over s in [0, 1], all blocks jointly, Dormand-Prince 5(4) at the stated tolerance",
          "mot.md section 4",
          &optimizer,
          false,
          false,
          true,
          true};
}

}  // namespace lemmata::sim
