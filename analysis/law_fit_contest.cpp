#include "analysis/law_fit_contest.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace lemmata::analysis {

namespace {

constexpr double term_margin = 4;  // BIC a further term or a floor must earn beyond its parameters

double lag_one_correlation(const Vector& residual) {
  const Index count = residual.size();
  const double squares = residual.squaredNorm();
  if (count < 4 || !(squares > 0)) return 0;
  return residual.head(count - 1).dot(residual.tail(count - 1)) / squares;
}

}  // namespace

std::string family_name(const LawFamily& family) {
  std::string name;
  if (family.kind == LawFamily::Kind::exponentials) {
    name = "exponential";
    if (family.terms > 1) name += " (" + std::to_string(family.terms) + " terms)";
  } else {
    name = family.free_shape ? "between (Box-Cox)" : "power";
  }
  if (family.drift != 0) {
    char text[48];
    std::snprintf(text, sizeof text, " drifting by %+.2f", family.drift);
    name += text;
  }
  return family.floor ? name + " + floor" : name;
}

LawFamily exponential_family(int terms, double drift) {
  return {LawFamily::Kind::exponentials, terms, false, drift, false};
}
LawFamily power_family(double drift) { return {LawFamily::Kind::box_cox, 0, false, drift, false}; }
LawFamily box_cox_family() { return {LawFamily::Kind::box_cox, 0, true, 0, false}; }

LawContest::LawContest(const LawCurve& curve, double first, double informative) {
  const double* begin = curve.time.data();
  const Index start = std::lower_bound(begin, begin + curve.time.size(), first) - begin;
  const Index count = curve.time.size() - start;
  first_time_ = curve.time(start);
  scale_ = curve.time(curve.time.size() - 1) - first_time_;
  if (!(scale_ > 0)) scale_ = 1;
  window_.time = (curve.time.tail(count).array() - first_time_) / scale_;
  window_.log_value = curve.log_value.tail(count);
  window_.informative = std::max((informative - first_time_) / scale_, window_.time(std::min<Index>(1, count - 1)));
  rounding_ = 3e-16 * (1 + window_.log_value.cwiseAbs().maxCoeff());
}

const LawSolution& LawContest::fitted(LawFamily family) {
  const std::string name = family_name(family);
  if (const auto known = solutions_.find(name); known != solutions_.end()) return known->second;
  std::vector<const LawSolution*> simpler;
  if (family.floor) {
    LawFamily bare = family;
    bare.floor = false;
    simpler.push_back(&fitted(bare));
  }
  if (family.kind == LawFamily::Kind::exponentials && family.terms > 1) {
    LawFamily fewer = family;
    fewer.terms -= 1;
    simpler.push_back(&fitted(fewer));
  }
  if (family.kind == LawFamily::Kind::box_cox && family.drift != 0) {
    LawFamily still = power_family();
    still.floor = family.floor;
    simpler.push_back(&fitted(still));
  }
  return solutions_.emplace(name, best_law(family, window_, simpler)).first->second;
}

const LawSolution& LawContest::preferred(LawFamily family) {
  const LawSolution& bare = fitted(family);
  family.floor = true;
  const LawSolution& raised = fitted(family);
  return evidence(raised, bare) > term_margin ? raised : bare;
}

const LawSolution& LawContest::exponentials() {
  const LawSolution* best = &preferred(exponential_family(1));
  for (int terms = 2; terms <= 3; ++terms) {
    const LawSolution& more = preferred(exponential_family(terms));
    if (evidence(more, *best) > term_margin) best = &more;
  }
  return *best;
}

double LawContest::effective_points(const LawSolution& solution) const {
  const double count = static_cast<double>(points()), used = static_cast<double>(solution.family.parameters());
  double rho = lag_one_correlation(solution.residual);
  rho += (1 + 3 * std::max(rho, 0.0) + used) / count;  // small-sample bias of rho after a fit of `used` parameters
  rho = std::clamp(rho, 0.0, 0.98);
  return std::max(3.0, count * (1 - rho) / (1 + rho));
}

double LawContest::evidence(const LawSolution& defended, const LawSolution& rival) const {
  if (!std::isfinite(defended.squares)) return -std::numeric_limits<double>::infinity();
  if (!std::isfinite(rival.squares)) return std::numeric_limits<double>::infinity();
  const double count = static_cast<double>(points()), least = count * rounding_ * rounding_;
  const double effective = effective_points(defended);
  return effective * std::log((rival.squares + least) / (defended.squares + least)) +
         static_cast<double>(rival.family.parameters() - defended.family.parameters()) * std::log(effective);
}

double LawContest::evidence_over(const LawSolution& defended, LawFamily rival) {
  rival.floor = false;
  const double bare = evidence(defended, fitted(rival));
  rival.floor = true;
  return std::min(bare, evidence(defended, fitted(rival)));
}

double LawContest::misfit(const LawSolution& solution) const {
  return std::sqrt(solution.squares / static_cast<double>(points()));
}

double LawContest::log_floor(const LawSolution& solution) const {
  return solution.family.floor ? solution.parameters(solution.family.parameters() - 1)
                               : -std::numeric_limits<double>::infinity();
}

double LawContest::floor_relative_error(const LawSolution& solution) const {
  return solution.family.floor ? standard_error(solution, solution.family.parameters() - 1) : 0;
}

double LawContest::log_excess(const LawSolution& solution, Index point) const {
  LawSolution bare = solution;
  bare.family.floor = false;
  LawWindow single{window_.time.segment(point, 1), window_.log_value.segment(point, 1), window_.informative};
  Vector log_model;
  evaluate_law(bare.family, single, bare.parameters, log_model, nullptr);
  return log_model(0);
}

double LawContest::standard_error(const LawSolution& solution, Index parameter) const {
  const double count = static_cast<double>(points()), used = static_cast<double>(solution.family.parameters());
  const double variance = (solution.squares + count * rounding_ * rounding_) / std::max(count - used, 1.0);
  return std::sqrt(law_covariance(solution, window_)(parameter, parameter) * variance * count /
                   effective_points(solution));
}

std::vector<LawAlternative> LawContest::alternatives() const {
  std::vector<LawAlternative> list;
  for (const auto& [name, solution] : solutions_) {
    if (!std::isfinite(solution.squares)) continue;
    LawAlternative entry{name, 0, 0, std::exp(log_floor(solution)), misfit(solution), 0, 0};
    if (solution.family.kind == LawFamily::Kind::box_cox)
      entry.exponent = std::exp(solution.parameters(1));
    else {
      double slowest = solution.parameters(1);
      for (Index k = 3; k < Index{2} * solution.family.terms; k += 2)
        slowest = std::min(slowest, solution.parameters(k));
      entry.rate = std::exp(slowest) / scale_;
    }
    const double count = static_cast<double>(points()), effective = effective_points(solution);
    const double variance = solution.squares / count + rounding_ * rounding_;
    entry.log_likelihood = -0.5 * effective * (std::log(2 * M_PI * variance) + 1);
    entry.bic = -2 * entry.log_likelihood + static_cast<double>(solution.family.parameters()) * std::log(effective);
    list.push_back(entry);
  }
  std::sort(list.begin(), list.end(), [](const LawAlternative& a, const LawAlternative& b) { return a.bic < b.bic; });
  return list;
}

}  // namespace lemmata::analysis
