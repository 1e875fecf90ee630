#include "analysis/law_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <stdexcept>

#include "analysis/law_fit_contest.h"

namespace lemmata::analysis {

namespace {

constexpr double ln_ten = 2.302585092994046;
constexpr Index fewest_points = 12;
constexpr std::array<double, 9> cut_ladder{0, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.25, 0.4, 0.5};   // shares of the last informative time
constexpr double power_drift = 0.3, rate_drift = 0.15;   // logarithms: what a law must be shown not to do within its window
constexpr double fewest_offset_decades = 1.5;            // of t + t0, for a power
constexpr double fewest_decades = 1.3;                   // of y - floor, in any window
constexpr double window_decades = 1.8;                   // with fewer in the window the evidence must be overwhelming
constexpr double smooth_misfit = 0.01;                   // of log y, rms: how well a curve without noise must be met
constexpr double solver_resolution = 1e-9;               // relative: no interval is narrower
constexpr double widest_interval = 0.25;                 // half width of log(rate) or log(exponent)

std::string text(const char* format, double a, double b = 0, double c = 0) {
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, format, a, b, c);
  return buffer;
}

/// What one window says for one law; `refusal` is empty if it is accepted.
struct Claim {
  const LawSolution* solution = nullptr;
  std::string refusal;
  double decades = 0;
};

Index slowest_term(const LawSolution& solution) {
  Index slowest = 0;
  for (Index k = 1; k < solution.family.terms; ++k)
    if (solution.parameters(2 * k + 1) < solution.parameters(2 * slowest + 1)) slowest = k;
  return slowest;
}

/// Index of the last point whose excess, by the model, exceeds twice the floor's error.
Index last_informative(const LawContest& contest, const LawSolution& solution) {
  Index last = contest.points() - 1;
  if (!solution.family.floor) return last;
  const double threshold = contest.log_floor(solution) + std::log(2 * contest.floor_relative_error(solution) + 1e-300);
  while (last > 0 && contest.log_excess(solution, last) < threshold) --last;
  return last;
}

double decades_of(const LawContest& contest, const LawSolution& solution) {
  return (contest.log_excess(solution, 0) - contest.log_excess(solution, last_informative(contest, solution))) / ln_ten;
}

/// A law must describe the curve, not merely beat its rivals. Rough residuals are noise, smooth ones a misfit of the shape, and a
/// curve free of noise must be met closely.
std::string inadequacy(const LawContest& contest, const LawSolution& solution) {
  const double misfit = contest.misfit(solution), noise = rough_noise(solution.residual);
  const double allowed = noise > misfit / 6 ? std::max(0.05, 3 * noise) : smooth_misfit;
  if (misfit <= allowed) return "";
  return text("misses log y by %.2g rms where %.2g is allowed", misfit, allowed);
}

double required_evidence(double decades, double total_decades, const LawFitOptions& options) {
  return decades >= window_decades && total_decades >= options.total_decades ? options.decisive : options.overwhelming;
}

Claim power_claim(LawContest& contest, double total_decades, const LawFitOptions& options) {
  Claim claim;
  const LawSolution& power = contest.preferred(power_family());
  claim.solution = &power;
  if (!std::isfinite(power.squares)) return claim.refusal = "no power fits", claim;
  claim.decades = decades_of(contest, power);
  const double offset_decades = std::log1p(contest.window().informative / std::exp(power.parameters(2))) / ln_ten;
  if (!(claim.decades >= fewest_decades)) return claim.refusal = text("a power would fall by %.2f decades only", claim.decades), claim;
  if (!(offset_decades >= fewest_offset_decades))
    return claim.refusal = text("t + t0 of the best power spans %.2f decades only", offset_decades), claim;
  if (claim.refusal = inadequacy(contest, power); !claim.refusal.empty()) return claim.refusal = "a power " + claim.refusal, claim;
  const double required = required_evidence(claim.decades, total_decades, options);
  for (int terms = 1; terms <= 3; ++terms)
    if (const double gained = contest.evidence_over(power, exponential_family(terms)); !(gained > required))
      return claim.refusal = text("a power beats %.0f exponential(s) by %.1f in BIC where %.0f is required", terms, gained, required), claim;
  for (double drift : {-power_drift, power_drift})
    if (const double gained = contest.evidence_over(power, power_family(drift)); !(gained > 0.6 * required))
      return claim.refusal = text("an exponent drifting by %+.0f %% is not excluded (BIC %.1f, required %.0f)", 100 * drift, gained, 0.6 * required), claim;
  return claim;
}

Claim exponential_claim(LawContest& contest, double total_decades, const LawFitOptions& options) {
  Claim claim;
  const LawSolution& sum = contest.exponentials();
  claim.solution = &sum;
  if (!std::isfinite(sum.squares)) return claim.refusal = "no exponential fits", claim;
  claim.decades = decades_of(contest, sum);
  if (!(claim.decades >= fewest_decades)) return claim.refusal = text("an exponential would fall by %.2f decades only", claim.decades), claim;
  if (claim.refusal = inadequacy(contest, sum); !claim.refusal.empty()) return claim.refusal = "an exponential " + claim.refusal, claim;
  const double required = required_evidence(claim.decades, total_decades, options);
  if (sum.family.terms == 1) {
    for (double drift : {-rate_drift, rate_drift})
      if (const double gained = contest.evidence_over(sum, exponential_family(1, drift)); !(gained > 0.6 * required))
        return claim.refusal = text("a rate drifting by %+.0f %% is not excluded (BIC %.1f, required %.0f)", 100 * drift, gained, 0.6 * required), claim;
    if (const double lost = contest.evidence(contest.preferred(box_cox_family()), sum); lost > options.decisive)
      return claim.refusal = text("a shape between power and exponential is better by %.1f in BIC", lost), claim;
    return claim;
  }
  if (const double gained = contest.evidence_over(sum, power_family()); !(gained > required))
    return claim.refusal = text("%.0f exponentials beat a power by %.1f in BIC where %.0f is required", sum.family.terms, gained, required), claim;
  if (const double gained = contest.evidence_over(sum, box_cox_family()); !(gained > required))
    return claim.refusal = text("%.0f exponentials beat a stretched shape by %.1f in BIC where %.0f is required", sum.family.terms, gained, required), claim;
  const Index slowest = slowest_term(sum), last = last_informative(contest, sum);
  const double end = contest.window().time(last), alone = sum.parameters(2 * slowest) - std::exp(sum.parameters(2 * slowest + 1)) * end;
  if (!(alone > contest.log_excess(sum, last) + std::log(0.9))) return claim.refusal = "the slowest exponential never stands alone", claim;
  return claim;
}

/// A sum of several exponentials is flexible enough to imitate other shapes with a transient in front: it is believed only if the
/// claim survives, at half the evidence, when a further third of the window is cut.
bool survives_cut(const LawCurve& curve, const LawContest& contest, double total_decades, const LawFitOptions& options) {
  const double informative = contest.first_time() + contest.window().informative * contest.scale();
  const double first = contest.first_time() + (informative - contest.first_time()) / 3;
  if (first > curve.time(curve.time.size() - fewest_points)) return false;
  LawContest later(curve, first, informative);
  LawFitOptions half = options;
  half.decisive /= 2;
  half.overwhelming /= 2;
  return exponential_claim(later, total_decades, half).refusal.empty();
}

/// Estimate (logarithm of rate or exponent) and its standard error, of a family refitted to a later window.
std::optional<std::pair<double, double>> estimate_of(LawContest& contest, const LawSolution& solution) {
  if (!std::isfinite(solution.squares)) return std::nullopt;
  const bool power = solution.family.kind == LawFamily::Kind::box_cox;
  const Index parameter = power ? 1 : 2 * slowest_term(solution) + 1;
  const double unit = power ? 0 : std::log(contest.scale());
  return std::pair{solution.parameters(parameter) - unit, contest.standard_error(solution, parameter)};
}

/// Largest change of the estimate when a sixth and a third more of the window is cut (in t, or in log(t + t0) for a power).
double change_under_cut(const LawCurve& curve, const LawContest& contest, const LawSolution& solution, double estimate, double error) {
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
    if (curve.time.size() < fewest_points || first >= curve.time(curve.time.size() - fewest_points)) continue;
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
  fit.floor_error = solution.family.floor ? fit.floor * contest.floor_relative_error(solution)
                                          : std::exp(contest.window().log_value.minCoeff()) * std::max(fit.misfit, 1e-16);
  const Index last = last_informative(contest, solution);
  fit.window_first = contest.first_time();
  fit.window_last = contest.first_time() + contest.window().time(last) * contest.scale();
  fit.points = last + 1;
  fit.decades = decades_of(contest, solution);
}

/// Fills the verdict from an accepted claim; false if the interval turns out too wide to name a law.
bool accept(LawFit& fit, const LawCurve& curve, LawContest& contest, const Claim& claim, const LawFitOptions& options) {
  const LawSolution& solution = *claim.solution;
  const bool power = solution.family.kind == LawFamily::Kind::box_cox;
  const auto found = estimate_of(contest, solution);
  if (!found) return false;
  const auto [estimate, error] = *found;
  const double degrees = std::max(2.0, contest.effective_points(solution) - static_cast<double>(solution.family.parameters()));
  const double half_width = -student_quantile((1 - options.confidence) / 2, degrees) * error +
                            change_under_cut(curve, contest, solution, estimate, error) + solver_resolution;
  if (!(half_width < widest_interval)) {
    fit.reason = text("the interval of the %.0f-decade fit is too wide: +- %.0f %%", claim.decades, 100 * half_width);
    return false;
  }
  describe(fit, contest, solution);
  fit.law = power ? Law::power : Law::exponential;
  fit.interval = {std::exp(estimate - half_width), std::exp(estimate + half_width)};
  (power ? fit.exponent : fit.rate) = std::exp(estimate);
  if (power) fit.offset = std::exp(solution.parameters(2)) * contest.scale() - contest.first_time();
  else fit.terms = solution.family.terms;
  fit.dropped_below_floor += contest.points() - fit.points;
  fit.alternatives = contest.alternatives();
  fit.reason = text(power ? "a power over %.1f decades of y; a spectrum of exponentials wider than this window would look the same"
                          : "an exponential over %.1f decades of y; every rival loses", fit.decades);
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
  const double rho = std::clamp(residual.head(count - 1).dot(residual.tail(count - 1)) / std::max(residual.squaredNorm(), 1e-300), 0.0, 0.98);
  const double inflation = (1 + rho) / (1 - rho);
  const double variance = residual.squaredNorm() / std::max(middle - 2, 1.0) * inflation;
  const double change = std::abs(slope) * range, change_error = std::sqrt(variance / spread) * range;
  const Index third = count / 3;
  const double ends = std::abs(z.head(third).mean() - z.tail(third).mean());   // sees bends which a line does not
  const double ends_error = std::sqrt(6 * variance / middle);
  const bool flat = z.maxCoeff() - z.minCoeff() < 1e-3;
  const bool rough = rough_noise(residual) > std::sqrt(residual.squaredNorm() / middle) / 6;
  const bool noise = rough && change < 2.5 * change_error && change + 2 * change_error < 0.1 && ends < 2.5 * ends_error && ends + 2 * ends_error < 0.1;
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

void require_options(const LawFitOptions& options) {
  if (!(options.confidence > 0 && options.confidence < 1)) throw std::invalid_argument("confidence must lie inside (0, 1)");
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
  const Index last = last_informative(whole, *best);
  const double informative = curve.time(std::max<Index>(last, 1)), total = decades_of(whole, *best);
  describe(fit, whole, *best);
  fit.alternatives = whole.alternatives();
  std::string power_refusal, exponential_refusal;
  for (double share : cut_ladder) {
    const double first = start + share * (informative - start);
    if (first > curve.time(std::max<Index>(0, curve.time.size() - fewest_points))) break;
    LawContest contest(curve, first, informative);
    Claim exponential = exponential_claim(contest, total, options);
    if (exponential.refusal.empty() && exponential.solution->family.terms > 1 && !survives_cut(curve, contest, total, options))
      exponential.refusal = "several exponentials win, but not when a further third is cut";
    if (exponential.refusal.empty() && accept(fit, curve, contest, exponential, options)) return;
    if (exponential_refusal.empty()) exponential_refusal = exponential.refusal.empty() ? fit.reason : exponential.refusal;
    if (share > 0.031) continue;   // a power must keep 1.5 decades
    Claim power = power_claim(contest, total, options);
    if (power.refusal.empty() && accept(fit, curve, contest, power, options)) return;
    if (power_refusal.empty()) power_refusal = power.refusal.empty() ? fit.reason : power.refusal;
  }
  if (accept_constant(fit, curve, options)) return;
  fit.reason = "whole curve: " + exponential_refusal + "; " + power_refusal + "; no later window decides either";
}

}  // namespace

std::string law_name(Law law) {
  switch (law) {
    case Law::exponential: return "exponential";
    case Law::power: return "power";
    case Law::constant: return "constant";
    case Law::inconclusive: break;
  }
  return "inconclusive";
}

LawFit fit_law(std::span<const double> time, std::span<const double> value, const LawFitOptions& options) {
  require_options(options);
  if (time.size() != value.size())
    throw std::invalid_argument("time has " + std::to_string(time.size()) + " entries and value " + std::to_string(value.size()));
  const LawCurve curve = prepare_curve(time, value);
  LawFit fit;
  fit.dropped_zero = curve.dropped_zero;
  fit.dropped_invalid = curve.dropped_invalid;
  fit.dropped_below_floor = curve.dropped_below_floor;
  fit.points = curve.time.size();
  const Index count = curve.time.size();
  if (count < fewest_points) return fit.reason = text("only %.0f usable points; at least %.0f are needed", static_cast<double>(count), static_cast<double>(fewest_points)), fit;
  if (!(curve.time(count - 1) > curve.time(0))) return fit.reason = "all points have the same time", fit;
  const Index tenth = std::max<Index>(1, count / 10);
  const bool rises = curve.log_value.tail(tenth).mean() > curve.log_value.head(tenth).mean();
  if (accept_constant(fit, curve, options) && curve.log_value.maxCoeff() - curve.log_value.minCoeff() < 1e-12) return fit;
  fit.law = Law::inconclusive;
  if (rises) {
    if (!accept_constant(fit, curve, options)) fit.reason = "the curve rises";
    return fit;
  }
  decide(fit, curve, options);
  if (curve.jitter_floor > 0 && fit.floor == 0) fit.floor = curve.jitter_floor, fit.floor_error = curve.jitter_error;
  return fit;
}

}  // namespace lemmata::analysis
