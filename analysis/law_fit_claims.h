#pragma once
#include <string>

#include "analysis/law_fit_contest.h"

namespace lemmata::analysis {

/// Windows with fewer points decide nothing.
inline constexpr Index fewest_law_points = 12;

/// What one window says for one law; `refusal` (in plain words) is empty if the law is accepted.
struct LawClaim {
  const LawSolution* solution = nullptr;  ///< the law's best fit, owned by the contest
  std::string refusal;
  double decades = 0;  ///< by which its y - floor falls within the window
};

/// Whether the window shows a power: it must beat 1 to 3 exponentials, and itself with an exponent drifting by -+30 %.
/// @param total_decades  by which the whole curve falls: below options.total_decades the evidence must be overwhelming.
LawClaim power_claim(LawContest& contest, double total_decades, const LawFitOptions& options);

/// Whether the window shows exponentials. One term must beat itself with a rate drifting by -+12 %, and not lose to the
/// Box-Cox umbrella; two or three terms must beat the power and the umbrella, and the slowest must stand alone at the
/// end.
LawClaim exponential_claim(LawContest& contest, double total_decades, const LawFitOptions& options);

/// A sum of several exponentials is flexible enough to imitate other shapes with a transient in front: it is believed
/// only if it survives that a further third of the window is cut: there one exponential must exclude a rate drifting by
/// -+15 %, or a sum beat the power and the umbrella, with half the evidence. (Laxer values were tried: 1 % more right,
/// but exp(-t/log t) slipped through.)
bool survives_cut(const LawClaim& claim, const LawCurve& curve, const LawContest& contest, double total_decades,
                  const LawFitOptions& options);

/// Index of the term with the smallest rate.
Index slowest_term(const LawSolution& solution);

/// Index of the last point whose excess, by the model, exceeds twice the floor's error.
Index last_informative_point(const LawContest& contest, const LawSolution& solution);

/// Decades by which y - floor falls from the window's start to its last informative point.
double decades_of(const LawContest& contest, const LawSolution& solution);

/// printf with up to three numbers, for reasons in plain words.
std::string reason_text(const char* format, double a, double b = 0, double c = 0);

}  // namespace lemmata::analysis
