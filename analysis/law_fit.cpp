#include "analysis/law_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "analysis/law_fit_claims.h"
#include "analysis/law_fit_settled.h"

namespace lemmata::analysis {

namespace {

constexpr std::array<double, 9> cut_ladder{0,   1e-3, 3e-3, 0.01, 0.03,
                                           0.1, 0.25, 0.4,  0.5};  // shares of the last informative time
constexpr double last_power_cut = 0.03;                            // a power must keep 1.5 decades of time
constexpr double solver_resolution = 1e-9;                         // relative: no interval is narrower
constexpr double widest_interval = 0.25;                           // half width of log(rate) or log(exponent)

/// Estimate (logarithm of rate or exponent) and its standard error, of a family refitted to a later window.
std::optional<std::pair<double, double>> estimate_of(LawContest& contest, const LawSolution& solution) {
  if (!std::isfinite(solution.squares)) return std::nullopt;
  const bool power = solution.family.kind == LawFamily::Kind::box_cox;
  const Index parameter = power ? 1 : 2 * slowest_term(solution) + 1;
  const double unit = power ? 0 : std::log(contest.scale());
  return std::pair{solution.parameters(parameter) - unit, contest.standard_error(solution, parameter)};
}

/// Largest change of the estimate when a sixth and a third more of the window is cut (in t, or in log(t + t0) for a
/// power).
double change_under_cut(const LawCurve& curve, const LawContest& contest, const LawSolution& solution, double estimate,
                        double error) {
  const bool power = solution.family.kind == LawFamily::Kind::box_cox;
  double change = 0;
  for (double share : {1.0 / 6, 1.0 / 3}) {
    const double informative = contest.window().informative;
    double cut = share * informative;
    if (power) {
      const double offset = std::exp(solution.parameters(2));
      cut = offset * std::pow(1 + informative / offset, share) - offset;
    }
    const double first = contest.first_time() + cut * contest.scale();
    if (curve.time.size() < fewest_law_points || first >= curve.time(curve.time.size() - fewest_law_points)) continue;
    LawContest later(curve, first, contest.first_time() + informative * contest.scale());
    const LawSolution& again = power ? later.preferred(power_family()) : later.exponentials();
    const auto found = estimate_of(later, again);
    if (found && found->second < 4 * error + 0.05) change = std::max(change, std::abs(found->first - estimate));
  }
  return change;
}

void describe(LawFit& fit, const LawContest& contest, const LawSolution& solution) {
  fit.floor = std::exp(contest.log_floor(solution));
  fit.misfit = contest.misfit(solution);
  fit.floor_error = solution.family.floor
                        ? fit.floor * contest.floor_relative_error(solution)
                        : std::exp(contest.window().log_value.minCoeff()) * std::max(fit.misfit, 1e-16);
  const Index last = last_informative_point(contest, solution);
  fit.window_first = contest.first_time();
  fit.window_last = contest.first_time() + contest.window().time(last) * contest.scale();
  fit.points = last + 1;
  fit.decades = decades_of(contest, solution);
}

/// The range of the local rates, widened on both sides by 1.5 of it: of r + p/t, the slowest approach met (t^-p exp(-r
/// t)), r lies 1.2 ranges below. Further down by twice sqrt(range/duration): two rates too close to be told apart make
/// a local rate that falls by c = distance^2/4 per unit time when both have equal shares, and the slower then lies
/// sqrt(c) below it (twice that where the faster holds 80 %).
Interval settled_rate_interval(const SettledEnd& settled) {
  const double range = settled.highest - settled.lowest + solver_resolution * settled.lowest;
  const double unresolved = 2 * std::sqrt(range / (settled.last_time - settled.first_time));
  return {std::max(0.0, settled.lowest - 1.5 * range - unresolved), settled.highest + 1.5 * range};
}

/// Fills the verdict from an accepted claim; false if the interval turns out too wide to name a law.
bool accept(LawFit& fit, const LawCurve& curve, LawContest& contest, const LawClaim& claim,
            const LawFitOptions& options) {
  const LawSolution& solution = *claim.solution;
  const bool power = solution.family.kind == LawFamily::Kind::box_cox;
  const auto found = estimate_of(contest, solution);
  if (!found) return false;
  const auto [estimate, error] = *found;
  const double degrees =
      std::max(2.0, contest.effective_points(solution) - static_cast<double>(solution.family.parameters()));
  const double half_width = -student_quantile((1 - options.confidence) / 2, degrees) * error +
                            change_under_cut(curve, contest, solution, estimate, error) + solver_resolution;
  if (!(half_width < widest_interval)) {
    fit.reason =
        reason_text("the interval of the %.0f-decade fit is too wide: +- %.0f %%", claim.decades, 100 * half_width);
    return false;
  }
  describe(fit, contest, solution);
  fit.law = power ? Law::power : Law::exponential;
  fit.interval = {std::exp(estimate - half_width), std::exp(estimate + half_width)};
  if (const SettledEnd settled = settled_rate(curve); !power && settled.found) {
    const Interval local = settled_rate_interval(settled);  // knows of rates too close to be told apart
    fit.interval = {std::min(fit.interval.lower, local.lower), std::max(fit.interval.upper, local.upper)};
  }
  (power ? fit.exponent : fit.rate) = std::exp(estimate);
  if (power)
    fit.offset = std::exp(solution.parameters(2)) * contest.scale() - contest.first_time();
  else
    fit.terms = solution.family.terms;
  fit.dropped_below_floor += contest.points() - fit.points;
  fit.alternatives = contest.alternatives();
  fit.reason = reason_text(
      power ? "a power over %.1f decades of y; a spectrum of exponentials wider than this window would look the same"
            : "an exponential over %.1f decades of y; every rival loses",
      fit.decades);
  return true;
}

/// A curve without any fall: flat to 0.1 %, or noise around a level whose trend is excluded to 10 %.
bool accept_constant(LawFit& fit, const LawCurve& curve, const LawFitOptions& options) {
  const Index count = curve.time.size();
  const Vector& z = curve.log_value;
  const double level = z.mean();
  Vector trend = curve.time.array() - curve.time.mean();
  const double spread = trend.squaredNorm(), range = curve.time(count - 1) - curve.time(0);
  if (!(spread > 0)) return false;
  const double slope = trend.dot(z) / spread;
  const Vector residual = z.array() - level - slope * trend.array();
  const double middle = static_cast<double>(count);
  const double rho = std::clamp(
      residual.head(count - 1).dot(residual.tail(count - 1)) / std::max(residual.squaredNorm(), 1e-300), 0.0, 0.98);
  const double inflation = (1 + rho) / (1 - rho);
  const double variance = residual.squaredNorm() / std::max(middle - 2, 1.0) * inflation;
  const double change = std::abs(slope) * range, change_error = std::sqrt(variance / spread) * range;
  const Index third = count / 3;
  const double ends = std::abs(z.head(third).mean() - z.tail(third).mean());  // sees bends which a line does not
  const double ends_error = std::sqrt(6 * variance / middle);
  const bool flat = z.maxCoeff() - z.minCoeff() < 1e-3;
  const bool rough = rough_noise(residual) > std::sqrt(residual.squaredNorm() / middle) / 6;
  const bool noise = rough && change < 2.5 * change_error && change + 2 * change_error < 0.1 &&
                     ends < 2.5 * ends_error && ends + 2 * ends_error < 0.1;
  if (!flat && !noise) return false;
  const double degrees = std::max(2.0, middle / inflation - 1);
  const double half_width = -student_quantile((1 - options.confidence) / 2, degrees) * std::sqrt(variance / middle);
  fit.law = Law::constant;
  fit.interval = {std::exp(level - half_width), std::exp(level + half_width)};
  fit.floor = std::exp(level);
  fit.floor_error = fit.floor * std::sqrt(variance / middle);
  fit.window_first = curve.time(0);
  fit.window_last = curve.time(count - 1);
  fit.points = count;
  fit.misfit = std::sqrt(residual.squaredNorm() / middle);
  fit.reason = flat ? "constant to 0.1 %" : "no trend: any change over the window is below 10 %";
  return true;
}

void describe_settled(LawFit& fit, const SettledEnd& settled) {
  fit.window_first = settled.first_time;
  fit.window_last = settled.last_time;
  fit.points = settled.points;
  fit.decades = settled.decades;
  fit.misfit = settled.misfit;
}

/// A power that holds only asymptotically: the local exponent has settled to 10 % over the last decade of t. Its
/// interval is the range of the local exponents in that decade, widened on both sides by half of it.
bool accept_settled_power(LawFit& fit, const LawCurve& curve, double informative) {
  const SettledEnd settled = settled_exponent(curve, informative);
  if (!settled.found) return false;
  const double margin = std::sqrt(settled.highest / settled.lowest);
  describe_settled(fit, settled);
  fit.law = Law::power;
  fit.exponent = settled.slope;
  fit.offset = 0;
  fit.interval = {settled.lowest / margin, settled.highest * margin};
  fit.reason = reason_text(
      "the local exponent has settled between %.3f and %.3f over the last decade of t and within 10 %% over %.1f "
      "decades "
      "of y, an asymptotic power; a wide spectrum of exponentials would look the same",
      settled.lowest, settled.highest, settled.decades);
  return true;
}

/// An exponential that three terms do not describe to the last digit: the local rate has settled to 1 % over the last
/// half of the time or more, and 3 decades.
bool accept_settled_rate(LawFit& fit, const LawCurve& curve) {
  const SettledEnd settled = settled_rate(curve);
  if (!settled.found) return false;
  describe_settled(fit, settled);
  fit.floor = 0;
  fit.floor_error = std::exp(curve.log_value(curve.log_value.size() - 1)) * std::max(settled.misfit, 1e-16);
  fit.law = Law::exponential;
  fit.rate = settled.slope;
  fit.terms = 1;
  fit.interval = settled_rate_interval(settled);
  fit.reason = reason_text(
      "the local rate has settled between %.5g and %.5g over the last %.1f decades of y: the slowest exponential alone",
      settled.lowest, settled.highest, settled.decades);
  return true;
}

void require_options(const LawFitOptions& options) {
  if (!(options.confidence > 0 && options.confidence < 1))
    throw std::invalid_argument("confidence must lie inside (0, 1)");
  if (!(options.total_decades >= 0 && options.decisive > 0 && options.overwhelming >= options.decisive))
    throw std::invalid_argument("total_decades >= 0 and 0 < decisive <= overwhelming are required");
}

/// Runs the windows; leaves the first refusals of both laws in the reason.
void decide(LawFit& fit, const LawCurve& curve, const LawFitOptions& options) {
  const double start = curve.time(0), end = curve.time(curve.time.size() - 1);
  LawContest whole(curve, start, end);
  const LawSolution* best = &whole.exponentials();
  for (const LawFamily& family : {power_family(), box_cox_family()})
    if (const LawSolution& other = whole.preferred(family); whole.evidence(other, *best) > 0) best = &other;
  const Index last = last_informative_point(whole, *best);
  const double informative = curve.time(std::max<Index>(last, 1)), total = decades_of(whole, *best);
  describe(fit, whole, *best);
  fit.alternatives = whole.alternatives();
  std::string power_refusal, exponential_refusal;
  for (double share : cut_ladder) {
    const double first = start + share * (informative - start);
    if (first > curve.time(std::max<Index>(0, curve.time.size() - fewest_law_points))) break;
    LawContest contest(curve, first, informative);
    LawClaim exponential = exponential_claim(contest, total, options);
    if (exponential.refusal.empty() && exponential.solution->family.terms > 1 &&
        !survives_cut(exponential, curve, contest, total, options))
      exponential.refusal = "several exponentials win, but not when a further third is cut";
    if (exponential.refusal.empty() && accept(fit, curve, contest, exponential, options)) return;
    if (exponential_refusal.empty())
      exponential_refusal = exponential.refusal.empty() ? fit.reason : exponential.refusal;
    if (share > last_power_cut) continue;
    LawClaim power = power_claim(contest, total, options);
    if (power.refusal.empty() && accept(fit, curve, contest, power, options)) return;
    if (power_refusal.empty()) power_refusal = power.refusal.empty() ? fit.reason : power.refusal;
  }
  if (accept_constant(fit, curve, options)) return;
  if (total >= options.total_decades &&
      (accept_settled_rate(fit, curve) || accept_settled_power(fit, curve, informative)))
    return;
  fit.reason = "whole curve: " + exponential_refusal + "; " + power_refusal + "; no later window decides either";
}

double fitted_scale(const LawFit& fit, std::span<const double> time, std::span<const double> value) {
  const double last = fit.window_last, first = fit.terms > 1 ? last - (last - fit.window_first) / 3 : fit.window_first;
  std::vector<double> logs;
  for (std::size_t i = 0; i < time.size(); ++i) {
    const double t = time[i], excess = value[i] - fit.floor;
    if (!(t >= first && t <= last && excess > 0 && std::isfinite(excess))) continue;
    logs.push_back(std::log(excess) + (fit.law == Law::power ? fit.exponent * std::log(t + fit.offset) : fit.rate * t));
  }
  return logs.empty() ? 0 : std::exp(median(logs));
}

}  // namespace

std::string law_name(Law law) {
  switch (law) {
    case Law::exponential:
      return "exponential";
    case Law::power:
      return "power";
    case Law::constant:
      return "constant";
    case Law::inconclusive:
      break;
  }
  return "inconclusive";
}

LawFit fit_law(std::span<const double> time, std::span<const double> value, const LawFitOptions& options) {
  require_options(options);
  if (time.size() != value.size())
    throw std::invalid_argument("time has " + std::to_string(time.size()) + " entries and value " +
                                std::to_string(value.size()));
  const LawCurve curve = prepare_curve(time, value);
  LawFit fit;
  fit.dropped_zero = curve.dropped_zero;
  fit.dropped_invalid = curve.dropped_invalid;
  fit.dropped_below_floor = curve.dropped_below_floor;
  fit.points = curve.time.size();
  const Index count = curve.time.size();
  if (count < fewest_law_points)
    return fit.reason = reason_text("only %.0f usable points; at least %.0f are needed", static_cast<double>(count),
                                    static_cast<double>(fewest_law_points)),
           fit;
  if (!(curve.time(count - 1) > curve.time(0))) return fit.reason = "all points have the same time", fit;
  const Index tenth = std::max<Index>(1, count / 10);
  const bool rises = curve.log_value.tail(tenth).mean() > curve.log_value.head(tenth).mean();
  const bool exactly_flat = curve.log_value.maxCoeff() - curve.log_value.minCoeff() < 1e-12;
  if (exactly_flat || rises) {
    if (!accept_constant(fit, curve, options)) fit.reason = "the curve rises";
    return fit;
  }
  decide(fit, curve, options);
  if (curve.jitter_floor > 0 && fit.floor == 0) fit.floor = curve.jitter_floor, fit.floor_error = curve.jitter_error;
  if (fit.law == Law::exponential || fit.law == Law::power) fit.scale = fitted_scale(fit, time, value);
  return fit;
}

}  // namespace lemmata::analysis
