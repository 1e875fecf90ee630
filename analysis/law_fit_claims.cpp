#include "analysis/law_fit_claims.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lemmata::analysis {

namespace {

constexpr double ln_ten = 2.302585092994046;
constexpr double power_drift = 0.3,
                 rate_drift = 0.12;            // logarithms: what a law must be shown not to do within its window
constexpr double drift_share = 0.6;            // of the evidence a rival law needs, for the law's own drift
constexpr double fewest_offset_decades = 1.5;  // of t + t0, for a power
constexpr double fewest_decades = 1.3;         // of y - floor, in any window
constexpr double later_rate_drift = 0.15, fewest_later_decades = 1.2;  // when a further third is cut
constexpr double window_decades = 1.8;           // with fewer in the window the evidence must be overwhelming
constexpr double smooth_misfit = 0.006;          // of log y, rms: how well a curve without noise must be met
constexpr double smooth_misfit_of_three = 3e-4;  // by three exponentials, which meet t^-p exp(-r t) to 5e-4

/// A law must describe the curve, not merely beat its rivals. Rough residuals are noise, smooth ones a misfit of the
/// shape, and a curve free of noise must be met closely.
std::string inadequacy(const LawContest& contest, const LawSolution& solution) {
  const double misfit = contest.misfit(solution), noise = rough_noise(solution.residual);
  const double allowed = noise > misfit / 6           ? std::max(0.03, 2.2 * noise)
                         : solution.family.terms == 3 ? smooth_misfit_of_three
                                                      : smooth_misfit;
  if (misfit <= allowed) return "";
  return reason_text("misses log y by %.2g rms where %.2g is allowed", misfit, allowed);
}

double required_evidence(double decades, double total_decades, const LawFitOptions& options) {
  return decades >= window_decades && total_decades >= options.total_decades ? options.decisive : options.overwhelming;
}

}  // namespace

std::string reason_text(const char* format, double a, double b, double c) {
  char buffer[400];
  // cppcheck-suppress wrongPrintfScanfArgNum ; numbers that a sentence does not name are left over
  std::snprintf(buffer, sizeof buffer, format, a, b, c);
  return buffer;
}

Index slowest_term(const LawSolution& solution) {
  Index slowest = 0;
  for (Index k = 1; k < solution.family.terms; ++k)
    if (solution.parameters(2 * k + 1) < solution.parameters(2 * slowest + 1)) slowest = k;
  return slowest;
}

Index last_informative_point(const LawContest& contest, const LawSolution& solution) {
  Index last = contest.points() - 1;
  if (!solution.family.floor) return last;
  const double threshold = contest.log_floor(solution) + std::log(2 * contest.floor_relative_error(solution) + 1e-300);
  while (last > 0 && contest.log_excess(solution, last) < threshold) --last;
  return last;
}

double decades_of(const LawContest& contest, const LawSolution& solution) {
  return (contest.log_excess(solution, 0) - contest.log_excess(solution, last_informative_point(contest, solution))) /
         ln_ten;
}

namespace {

/// Why one exponential is not believed: it must beat itself with a drifting rate, and not lose to the Box-Cox umbrella.
std::string single_refusal(LawContest& contest, const LawSolution& single, double required, double largest_drift) {
  for (double drift : {-largest_drift, largest_drift})
    if (const double gained = contest.evidence_over(single, exponential_family(1, drift));
        !(gained > drift_share * required))
      return reason_text("a rate drifting by %+.0f %% is not excluded (BIC %.1f, required %.0f)", 100 * drift, gained,
                         drift_share * required);
  if (const double lost = contest.evidence(contest.preferred(box_cox_family()), single); lost > required)
    return reason_text("a shape between power and exponential is better by %.1f in BIC", lost);
  return "";
}

/// Why a sum is not believed: it must beat the power and the umbrella, its slowest term must make 90 % of the end, and
/// three terms must not lean on a floor which the curve stays above by more than the floor itself: a fourth term in
/// disguise, with which t^-p exp(-r t) passed.
std::string sum_refusal(LawContest& contest, const LawSolution& sum, double required) {
  const double terms = sum.family.terms;
  if (const double gained = contest.evidence_over(sum, power_family()); !(gained > required))
    return reason_text("%.0f exponentials beat a power by %.1f in BIC where %.1f is required", terms, gained, required);
  if (const double gained = contest.evidence_over(sum, box_cox_family()); !(gained > required))
    return reason_text("%.0f exponentials beat a stretched shape by %.1f in BIC where %.1f is required", terms, gained,
                       required);
  const Index slowest = slowest_term(sum), last = last_informative_point(contest, sum);
  if (sum.family.terms == 3 && sum.family.floor &&
      contest.log_excess(sum, contest.points() - 1) > contest.log_floor(sum))
    return "three exponentials lean on a floor that is never seen";
  const double alone =
      sum.parameters(2 * slowest) - std::exp(sum.parameters(2 * slowest + 1)) * contest.window().time(last);
  return alone > contest.log_excess(sum, last) + std::log(0.9) ? "" : "the slowest exponential never stands alone";
}

}  // namespace

LawClaim power_claim(LawContest& contest, double total_decades, const LawFitOptions& options) {
  LawClaim claim;
  const LawSolution& power = contest.preferred(power_family());
  claim.solution = &power;
  if (!std::isfinite(power.squares)) return claim.refusal = "no power fits", claim;
  claim.decades = decades_of(contest, power);
  const double offset_decades = std::log1p(contest.window().informative / std::exp(power.parameters(2))) / ln_ten;
  if (!(claim.decades >= fewest_decades))
    return claim.refusal = reason_text("a power would fall by %.2f decades only", claim.decades), claim;
  if (!(offset_decades >= fewest_offset_decades))
    return claim.refusal = reason_text("t + t0 of the best power spans %.2f decades only", offset_decades), claim;
  if (claim.refusal = inadequacy(contest, power); !claim.refusal.empty())
    return claim.refusal = "a power " + claim.refusal, claim;
  const double required = required_evidence(claim.decades, total_decades, options);
  for (int terms = 1; terms <= 3; ++terms)
    if (const double gained = contest.evidence_over(power, exponential_family(terms)); !(gained > required))
      return claim.refusal = reason_text("a power beats %.0f exponential(s) by %.1f in BIC where %.0f is required",
                                         terms, gained, required),
             claim;
  for (double drift : {-power_drift, power_drift})
    if (const double gained = contest.evidence_over(power, power_family(drift)); !(gained > drift_share * required))
      return claim.refusal = reason_text("an exponent drifting by %+.0f %% is not excluded (BIC %.1f, required %.0f)",
                                         100 * drift, gained, drift_share * required),
             claim;
  return claim;
}

LawClaim exponential_claim(LawContest& contest, double total_decades, const LawFitOptions& options) {
  LawClaim claim;
  const LawSolution& sum = contest.exponentials();
  claim.solution = &sum;
  if (!std::isfinite(sum.squares)) return claim.refusal = "no exponential fits", claim;
  claim.decades = decades_of(contest, sum);
  if (!(claim.decades >= fewest_decades))
    return claim.refusal = reason_text("an exponential would fall by %.2f decades only", claim.decades), claim;
  if (claim.refusal = inadequacy(contest, sum); !claim.refusal.empty())
    return claim.refusal = "an exponential " + claim.refusal, claim;
  const double required = required_evidence(claim.decades, total_decades, options);
  claim.refusal =
      sum.family.terms == 1 ? single_refusal(contest, sum, required, rate_drift) : sum_refusal(contest, sum, required);
  return claim;
}

bool survives_cut(const LawClaim& claim, const LawCurve& curve, const LawContest& contest, double total_decades,
                  const LawFitOptions& options) {
  const double informative = contest.first_time() + contest.window().informative * contest.scale();
  const double first = contest.first_time() + (informative - contest.first_time()) / 3;
  if (first > curve.time(curve.time.size() - fewest_law_points)) return false;
  LawContest later(curve, first, informative);
  const LawSolution& sum = later.exponentials();
  if (!std::isfinite(sum.squares) || !(decades_of(later, sum) >= fewest_later_decades) ||
      !inadequacy(later, sum).empty())
    return false;
  const double required = required_evidence(claim.decades, total_decades, options);
  if (sum.family.terms == 1) return single_refusal(later, sum, required / 2, later_rate_drift).empty();
  return sum_refusal(later, sum, required / 2).empty();
}

}  // namespace lemmata::analysis
