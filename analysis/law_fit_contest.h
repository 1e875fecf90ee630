#pragma once
#include <map>
#include <string>
#include <vector>

#include "analysis/law_fit.h"
#include "analysis/law_fit_data.h"
#include "analysis/law_fit_models.h"

namespace lemmata::analysis {

/// The models of one window, each fitted when first asked for.
///
/// Every comparison uses the effective number of points of the model that is defended:
///   evidence(X over Y) = n_eff log(S_Y / S_X) + (k_Y - k_X) log n_eff   (the difference in BIC),
///   n_eff = n (1 - rho)/(1 + rho), rho the lag-one correlation of X's residuals, corrected for its small-sample bias.
class LawContest {
 public:
  /// The part of the curve from time `first` on; `informative` is the last time above the floor's error.
  LawContest(const LawCurve& curve, double first, double informative);

  const LawWindow& window() const { return window_; }
  double first_time() const { return first_time_; }
  double scale() const { return scale_; }  ///< one unit of fitting time in the caller's unit
  Index points() const { return window_.time.size(); }

  const LawSolution& fitted(LawFamily family);     ///< exactly this family (floor as stated)
  const LawSolution& preferred(LawFamily family);  ///< with or without floor, by BIC; a floor must earn 4 more
  const LawSolution& exponentials();               ///< preferred number of terms, 1 to 3; a term must earn 4 more

  double effective_points(const LawSolution& solution) const;
  double evidence(const LawSolution& defended, const LawSolution& rival) const;
  /// Smallest evidence over the rival with and without floor.
  double evidence_over(const LawSolution& defended, LawFamily rival);
  double misfit(const LawSolution& solution) const;

  double log_floor(const LawSolution& solution) const;  ///< -infinity without one
  double floor_relative_error(
      const LawSolution& solution) const;  ///< standard error of log c, inflated for correlation
  /// Natural logarithm of y - floor, by the model, at a point.
  double log_excess(const LawSolution& solution, Index point) const;
  /// Standard error of one parameter, inflated for correlation.
  double standard_error(const LawSolution& solution, Index parameter) const;

  std::vector<LawAlternative> alternatives() const;  ///< everything fitted so far, best BIC first

 private:
  LawWindow window_;
  double first_time_ = 0, scale_ = 1, rounding_ = 0;
  std::map<std::string, LawSolution> solutions_;
};

/// Names of families: "exponential", "exponential (2 terms)", "power", "power drifting by +0.30", "between (Box-Cox)",
/// "... + floor".
std::string family_name(const LawFamily& family);

LawFamily exponential_family(int terms, double drift = 0);
LawFamily power_family(double drift = 0);
LawFamily box_cox_family();

}  // namespace lemmata::analysis
