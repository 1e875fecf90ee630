#include "analysis/steps_to_eps.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lemmata::analysis {

StepsToEps::StepsToEps(int per_decade, double smallest) {
  if (!(per_decade >= 1))
    throw std::invalid_argument("per_decade is " + std::to_string(per_decade) + "; allowed: at least 1");
  if (!(smallest > 0 && smallest <= 1))
    throw std::invalid_argument("smallest is " + std::to_string(smallest) + "; allowed: above 0, at most 1");
  for (int k = 0;;
       ++k) {  // whole decades exactly as written in decimal, so that a value of 1e-7 reaches the level 1e-7
    const int decade = k / per_decade, rest = k % per_decade;
    const double level =
        std::stod("1e-" + std::to_string(decade)) * std::pow(10, -static_cast<double>(rest) / per_decade);
    if (level < smallest * (1 - 1e-12)) break;
    levels_.push_back(level);
  }
  steps_.assign(levels_.size(), -1);
}

void StepsToEps::observe(long step, double value) {
  if (step < last_step_)
    throw std::invalid_argument("step " + std::to_string(step) + " follows step " + std::to_string(last_step_) +
                                "; steps must not decrease");
  last_step_ = step;
  while (next_ < levels_.size() && value <= levels_[next_]) steps_[next_++] = step;
}

long StepsToEps::censored() const { return static_cast<long>(levels_.size() - next_); }

long StepsToEps::first_step(double eps) const {
  for (std::size_t k = 0; k < levels_.size(); ++k)
    if (levels_[k] <= eps) return steps_[k];
  return -1;
}

std::string steps_law_name(StepsLaw::Kind kind) {
  if (kind == StepsLaw::Kind::log) return "log";
  return kind == StepsLaw::Kind::power ? "power" : "inconclusive";
}

StepsLaw fit_steps_law(const std::vector<double>& levels, const std::vector<long>& steps, long first_step,
                       const LawFitOptions& options) {
  if (levels.size() != steps.size())
    throw std::invalid_argument("levels has " + std::to_string(levels.size()) + " entries and steps " +
                                std::to_string(steps.size()));
  StepsLaw law;
  std::vector<double> time, value;
  for (std::size_t k = 0; k < levels.size(); ++k) {
    if (steps[k] < 0) {
      ++law.censored;
      continue;
    }
    law.smallest = levels[k];
    const bool again_below = k + 1 < levels.size() && steps[k + 1] == steps[k];
    if (steps[k] <= first_step || again_below) {
      ++law.immediate;
      continue;
    }
    time.push_back(static_cast<double>(steps[k] - first_step));
    value.push_back(levels[k]);
  }
  const LawFit fit = fit_law(time, value, options);
  law.levels = static_cast<long>(time.size());
  law.reason = "T(eps) read as the curve eps(T): " + fit.reason;
  if (fit.law == Law::exponential) {
    law.kind = StepsLaw::Kind::log;
    law.slope = 1 / fit.rate;
  } else if (fit.law == Law::power) {
    law.kind = StepsLaw::Kind::power;
    law.exponent = 1 / fit.exponent;
  } else {
    return law;
  }
  law.interval = {1 / fit.interval.upper, 1 / fit.interval.lower};
  return law;
}

}  // namespace lemmata::analysis
