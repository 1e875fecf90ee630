#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "analysis/law_fit_models.h"

namespace lemmata::analysis {

namespace {

constexpr int first_iterations = 6, last_iterations = 60;

double sum_of_squares(const LawFamily& family, const LawWindow& window, const Vector& theta, Vector& residual,
                      Matrix* jacobian = nullptr) {
  if (!theta.allFinite() || theta.cwiseAbs().maxCoeff() > 1e4) return infinity;
  evaluate_law(family, window, theta, residual, jacobian);
  residual -= window.log_value;
  const double squares = residual.squaredNorm();
  return std::isfinite(squares) ? squares : infinity;
}

/// Straight line through (x, z) with weights: intercept and slope.
std::pair<double, double> line(const Vector& x, const Vector& z, const Vector& weight) {
  const double total = weight.sum();
  const double x_mean = weight.dot(x) / total, z_mean = weight.dot(z) / total;
  const Vector centred = x.array() - x_mean;
  const double spread = (weight.array() * centred.array().square()).sum();
  const double slope = spread > 0 ? (weight.array() * centred.array() * (z.array() - z_mean)).sum() / spread : 0;
  return {z_mean - slope * x_mean, slope};
}

/// Candidate floors (logarithms) for starting points: below the level of the curve's end, by shares of its whole fall.
std::vector<double> floor_candidates(const LawWindow& window) {
  const Index count = window.log_value.size(), from = count * 9 / 10;
  std::vector<double> tail(window.log_value.data() + from, window.log_value.data() + count);
  std::nth_element(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(tail.size() / 2), tail.end());
  const double level = tail[tail.size() / 2], lowest = window.log_value.minCoeff();
  const double fall = std::fmin(window.log_value.maxCoeff() - lowest, 2.0);
  return {level - 1e-6 * fall, lowest - 0.003 * fall, lowest - 0.1 * fall, lowest - fall};
}

/// log(y - floor) and weights (1 - floor/y)^2, as for equal errors of log y; points below the floor have weight zero.
void subtract_floor(const LawWindow& window, double log_floor, Vector& z, Vector& weight) {
  z.resize(window.time.size());
  weight.resize(window.time.size());
  for (Index i = 0; i < z.size(); ++i) {
    const double gap = window.log_value(i) - log_floor;
    const double share = gap > 0 ? -std::expm1(-gap) : 0;
    weight(i) = share * share + 1e-30;
    z(i) = share > 0 ? window.log_value(i) + std::log(share) : log_floor;
  }
}

Vector stacked(std::initializer_list<double> values, bool floor, double log_floor) {
  Vector theta(static_cast<Index>(values.size()) + (floor ? 1 : 0));
  std::copy(values.begin(), values.end(), theta.data());
  if (floor) theta(theta.size() - 1) = log_floor;
  return theta;
}

/// Starts of the Box-Cox family: a grid over offset and shape, the other two by regression.
void box_cox_starts(const LawFamily& family, const LawWindow& window, const Vector& z, const Vector& weight,
                    double log_floor, std::vector<Vector>& starts) {
  const std::vector<double> shapes =
      family.free_shape ? std::vector<double>{-0.3, 0.05, 0.4, 0.7, 1} : std::vector<double>{0};
  const double first_gap = std::max(window.time(1) - window.time(0), 1e-7 * window.informative);
  for (double log_offset = std::log(first_gap) - 1; log_offset < std::log(window.informative) + 1; log_offset += 1.5)
    for (double shape : shapes) {
      const double offset = std::exp(log_offset), end = window.informative + offset;
      if (!family.free_shape) shape = family.drift / std::log(end / offset);
      const Vector log_x = ((window.time.array() + offset) / end).log();
      const Vector x = std::abs(shape) < 1e-12 ? log_x : Vector(((shape * log_x.array()).exp() - 1) / shape);
      const auto [intercept, slope] = line(x, z, weight);
      if (!(slope < 0)) continue;
      if (family.free_shape)
        starts.push_back(stacked({intercept, std::log(-slope), log_offset, shape}, family.floor, log_floor));
      else
        starts.push_back(stacked({intercept, std::log(-slope), log_offset}, family.floor, log_floor));
    }
}

/// Starts of one exponential: the line through the later part of the curve (and through all of it).
void exponential_starts(const LawFamily& family, const LawWindow& window, const Vector& z, const Vector& weight,
                        double log_floor, std::vector<Vector>& starts) {
  for (double from : {0.0, 0.3, 0.7}) {
    const Vector late = (window.time.array() >= from * window.informative).select(weight, 1e-12 * weight);
    const auto [intercept, slope] = line(window.time, z, late);
    if (slope < 0) starts.push_back(stacked({intercept, std::log(-slope)}, family.floor, log_floor));
  }
}

/// Starts of K exponentials from K - 1: one more term, faster than the fastest or between the rates, holding the misfit
/// at its place.
void further_term_starts(const LawFamily& family, const LawWindow& window, const LawSolution& fewer,
                         std::vector<Vector>& starts) {
  const Index old_terms = Index{2} * fewer.family.terms;
  double fastest = -infinity, slowest = infinity;
  for (Index k = 1; k < old_terms; k += 2) {
    fastest = std::fmax(fastest, fewer.parameters(k));
    slowest = std::fmin(slowest, fewer.parameters(k));
  }
  std::vector<double> rates{fastest + 0.5, fastest + 1.2, fastest + 2.5, fastest + 4, slowest - 0.4, slowest - 1.2};
  if (old_terms > 2) rates.push_back(0.5 * (fastest + slowest));
  for (double log_rate : rates) {
    Vector theta(family.parameters());
    theta.head(old_terms) = fewer.parameters.head(old_terms);
    const double rate =
        std::exp(log_rate);  // passes a little below the curve at the time where it has fallen by one e-fold
    const double place = log_rate < slowest ? window.informative : std::fmin(1 / rate, window.informative);
    Index nearest = 0;
    (window.time.array() - place).abs().minCoeff(&nearest);
    theta(old_terms) = window.log_value(nearest) + rate * window.time(nearest) - (log_rate < slowest ? 0.7 : 1.0);
    theta(old_terms + 1) = log_rate;
    if (family.floor)
      theta(family.parameters() - 1) =
          fewer.family.floor ? fewer.parameters(old_terms) : window.log_value.minCoeff() - 0.3;
    starts.push_back(theta);
  }
}

std::vector<Vector> starting_points(const LawFamily& family, const LawWindow& window,
                                    const std::vector<const LawSolution*>& simpler) {
  std::vector<Vector> starts;
  for (const LawSolution* known : simpler) {
    if (!std::isfinite(known->squares)) continue;
    if (known->family.kind == family.kind && known->family.terms == family.terms && family.floor &&
        !known->family.floor && known->family.free_shape == family.free_shape)
      for (double gap : {0.05, 0.7, 3.0}) {
        Vector theta(family.parameters());
        theta << known->parameters, window.log_value.minCoeff() - gap;
        starts.push_back(theta);
      }
    else if (family.kind == LawFamily::Kind::exponentials && known->family.kind == family.kind &&
             known->family.terms + 1 == family.terms)
      further_term_starts(family, window, *known, starts);
    else if (known->family.parameters() == family.parameters() && known->family.kind == family.kind)
      starts.push_back(known->parameters);
  }
  if (family.kind == LawFamily::Kind::exponentials && family.terms > 1) return starts;
  const std::vector<double> floors = family.floor ? floor_candidates(window) : std::vector<double>{-infinity};
  Vector z = window.log_value, weight = Vector::Ones(z.size());
  for (double log_floor : floors) {
    if (family.floor) subtract_floor(window, log_floor, z, weight);
    if (family.kind == LawFamily::Kind::exponentials)
      exponential_starts(family, window, z, weight, log_floor, starts);
    else
      box_cox_starts(family, window, z, weight, log_floor, starts);
  }
  return starts;
}

}  // namespace

LawSolution solve_law(const LawFamily& family, const LawWindow& window, const Vector& start, int iterations) {
  LawSolution best{family, start, infinity, Vector(), Matrix()};
  Vector residual;
  Matrix jacobian, trial_jacobian, damped;  // a trial is accepted more often than not: its Jacobian comes along with it
  best.squares = sum_of_squares(family, window, start, best.residual, &jacobian);
  if (!std::isfinite(best.squares)) return best;
  double damping = 1e-3;
  int idle = 0;
  for (int iteration = 0; iteration < iterations && idle < 3 && damping < 1e12; ++iteration) {
    const Matrix normal = jacobian.transpose() * jacobian;
    const Vector gradient = jacobian.transpose() * best.residual;
    const double scale = normal.diagonal().maxCoeff();
    bool improved = false;
    for (int attempt = 0; attempt < 8 && !improved; ++attempt) {
      damped = normal;
      damped.diagonal() += damping * normal.diagonal() + Vector::Constant(normal.rows(), 1e-14 * scale);
      const Vector step = damped.ldlt().solve(gradient);
      const double length = step.cwiseAbs().maxCoeff();
      const Vector trial = best.parameters - step * std::fmin(1.0, 20 / std::fmax(length, 1e-300));
      const double squares = sum_of_squares(family, window, trial, residual, &trial_jacobian);
      improved = squares < best.squares;
      damping = improved ? std::fmax(damping / 10, 1e-15) : damping * 8;
      if (!improved) continue;
      idle = squares > best.squares * (1 - 1e-7) ? idle + 1 : 0;
      best.parameters = trial;
      best.squares = squares;
      best.residual.swap(residual);
      jacobian.swap(trial_jacobian);
    }
    if (!improved) break;
  }
  return best;
}

LawSolution best_law(const LawFamily& family, const LawWindow& window, const std::vector<const LawSolution*>& simpler) {
  LawSolution best{family, Vector::Zero(family.parameters()), infinity, Vector(), Matrix()};
  std::vector<std::pair<double, Vector>> ranked;
  Vector residual;
  for (const Vector& start : starting_points(family, window, simpler)) {
    const double squares = sum_of_squares(family, window, start, residual);
    if (std::isfinite(squares)) ranked.emplace_back(squares, start);
  }
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (ranked.size() > 6) ranked.resize(6);
  std::vector<LawSolution> rough;
  for (const auto& [squares, start] : ranked) rough.push_back(solve_law(family, window, start, first_iterations));
  std::sort(rough.begin(), rough.end(),
            [](const LawSolution& a, const LawSolution& b) { return a.squares < b.squares; });
  for (std::size_t k = 0; k < std::min<std::size_t>(2, rough.size()); ++k) {
    LawSolution solution = solve_law(family, window, rough[k].parameters, last_iterations);
    if (solution.squares < best.squares) best = std::move(solution);
  }
  return best;
}

Matrix law_covariance(const LawSolution& solution, const LawWindow& window) {
  Vector log_model;
  Matrix jacobian;
  evaluate_law(solution.family, window, solution.parameters, log_model, &jacobian);
  Vector scale = jacobian.colwise().norm().transpose();
  scale = scale.cwiseMax(1e-150);
  const Matrix scaled = jacobian * scale.cwiseInverse().asDiagonal();
  const Eigen::JacobiSVD<Matrix> svd(scaled, Eigen::ComputeThinV);
  const Vector inverse = svd.singularValues().cwiseMax(1e-10).array().square().inverse();
  const Matrix half = scale.cwiseInverse().asDiagonal() * svd.matrixV();
  return half * inverse.asDiagonal() * half.transpose();
}

}  // namespace lemmata::analysis
