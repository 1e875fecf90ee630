#include "analysis/steps_to_eps.h"

#include <algorithm>
#include <cmath>
#include <limits>
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
  values_.assign(levels_.size(), std::numeric_limits<double>::quiet_NaN());
}

void StepsToEps::observe(long step, double value) {
  if (step < last_step_)
    throw std::invalid_argument("step " + std::to_string(step) + " follows step " + std::to_string(last_step_) +
                                "; steps must not decrease");
  last_step_ = step;
  for (; next_ < levels_.size() && value <= levels_[next_]; ++next_) {
    steps_[next_] = step;
    values_[next_] = value;
  }
}

long StepsToEps::censored() const { return static_cast<long>(levels_.size() - next_); }

long StepsToEps::first_step(double eps) const {
  for (std::size_t k = 0; k < levels_.size(); ++k)
    if (levels_[k] <= eps) return steps_[k];
  return -1;
}

namespace {

// The median of a over the levels within the law's window.
double fitted_intercept(const StepsLaw& law, const std::vector<double>& time, const std::vector<double>& eps) {
  std::vector<double> each;
  for (std::size_t k = 0; k < time.size(); ++k) {
    const double above = eps[k] - law.floor;
    if (time[k] < law.window.lower || time[k] > law.window.upper || !(above > 0)) continue;
    each.push_back(law.kind == StepsLaw::Kind::log ? time[k] + law.slope * std::log(above)
                                                   : (time[k] + law.offset) * std::pow(above, law.exponent));
  }
  return median(each);
}

}  // namespace

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
  if (!value.empty()) law.decades = std::log10(value.front() / value.back());
  law.window = {fit.window_first, fit.window_last};
  law.window_decades = fit.decades;
  law.reason = "T(eps) read as the curve eps(T): " + fit.reason;
  if (fit.law != Law::exponential && fit.law != Law::power) return law;
  law.floor = fit.floor;
  if (fit.law == Law::exponential) {
    law.kind = StepsLaw::Kind::log;
    law.slope = 1 / fit.rate;
  } else {
    law.kind = StepsLaw::Kind::power;
    law.exponent = 1 / fit.exponent;
    law.offset = fit.offset;
  }
  law.interval = {1 / fit.interval.upper,
                  fit.interval.lower > 0 ? 1 / fit.interval.lower : std::numeric_limits<double>::infinity()};
  law.intercept = fitted_intercept(law, time, value);
  return law;
}

}  // namespace lemmata::analysis
