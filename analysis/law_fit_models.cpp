#include "analysis/law_fit_models.h"

#include <cmath>

namespace lemmata::analysis {

namespace {

using Array = Eigen::ArrayXd;  // vectorised exp and log: these lines are where fitting spends its time

/// phi(z) = (e^z - 1)/z and its derivative; by series for |z| < 1/2, where the quotients cancel.
void box_cox_quotient(const Array& z, Array& value, Array& derivative) {
  constexpr int order = 13;  // remainder below 0.5^14 / 15! ~ 5e-17
  Array series = Array::Constant(z.size(), 1.0 / (order + 1)), slope = Array::Zero(z.size());
  for (int k = order; k >= 1; --k) {  // phi = 1 + z/2 (1 + z/3 (1 + z/4 (...)))
    const double divisor = 1.0 / (k + 1);
    if (k == order) series.setOnes();
    slope = divisor * (series + z * slope);
    series = 1 + divisor * z * series;
  }
  const Array growth = z.exp();
  const auto small = z.abs() < 0.5;
  const Array safe = small.select(1.0, z);
  value = small.select(series, (growth - 1) / safe);
  derivative = small.select(slope, (growth - value) / safe);
}

/// log(e^f + e^c) replaces f; derivatives shrink by the share of f.
void add_floor(double log_floor, Index column, Vector& log_model, Matrix* jacobian) {
  const Array gap = log_model.array() - log_floor;
  const Array small = (-gap.abs()).exp();
  log_model = log_model.array().max(log_floor) + (1 + small).log();
  if (!jacobian) return;
  const Array share = (gap > 0).select(1.0, small) / (1 + small);
  for (Index k = 0; k < column; ++k) jacobian->col(k).array() *= share;
  jacobian->col(column) = 1 - share;
}

/// The time in which a drifting rate works: integral of (1 + t/t_informative)^(drift/ln 2).
Array stretched_time(const LawFamily& family, const LawWindow& window) {
  if (family.drift == 0) return window.time.array();
  const Array log_time = (1 + window.time.array() / window.informative).log();
  Array value, derivative;
  box_cox_quotient((1 + family.drift / std::log(2.0)) * log_time, value, derivative);
  return window.informative * log_time * value;
}

void evaluate_exponentials(const LawFamily& family, const LawWindow& window, const Vector& theta, Vector& log_model,
                           Matrix* jacobian) {
  const Array time = stretched_time(family, window);
  Eigen::ArrayXXd term(time.size(), family.terms);
  for (Index k = 0; k < family.terms; ++k) term.col(k) = theta(2 * k) - std::exp(theta(2 * k + 1)) * time;
  if (family.terms == 1) {
    log_model = term.col(0);
    term.setOnes();
  } else {
    const Array largest = term.rowwise().maxCoeff();
    term.colwise() -= largest;
    term = term.exp();  // on its own: together with the broadcast it is not vectorised
    const Array sum = term.rowwise().sum();
    log_model = largest + sum.log();
    term.colwise() /= sum;
  }
  if (!jacobian) return;
  for (Index k = 0; k < family.terms; ++k) {
    jacobian->col(2 * k) = term.col(k);
    jacobian->col(2 * k + 1) = -std::exp(theta(2 * k + 1)) * term.col(k) * time;
  }
}

void evaluate_box_cox(const LawFamily& family, const LawWindow& window, const Vector& theta, Vector& log_model,
                      Matrix* jacobian) {
  const double exponent = std::exp(theta(1)), offset = std::exp(theta(2));
  const double end = window.informative + offset;
  const double range = std::log1p(window.informative / offset);  // log(x_end / x_start)
  const double shape = family.free_shape ? theta(3) : family.drift / range;
  const Array x = window.time.array() + offset;
  const Array log_x = (x / end).log();
  Array quotient = Array::Ones(x.size()), derivative = Array::Constant(x.size(), 0.5);
  if (shape != 0) box_cox_quotient(shape * log_x, quotient, derivative);
  log_model = theta(0) - exponent * log_x * quotient;
  if (!jacobian) return;
  const Array by_shape = log_x.square() * derivative;  // dB/db; dB/dlog x = e^(b log x) = 1 + b B
  const double shape_by_offset = family.free_shape ? 0 : family.drift / (range * range) * (window.informative / end);
  jacobian->col(0).setOnes();
  jacobian->col(1) = -exponent * log_x * quotient;
  jacobian->col(2) =
      -exponent * ((1 + shape * log_x * quotient) * (offset / x - offset / end) + by_shape * shape_by_offset);
  if (family.free_shape) jacobian->col(3) = -exponent * by_shape;
}

}  // namespace

Index LawFamily::parameters() const {
  const Index shape = kind == Kind::exponentials ? 2 * terms : (free_shape ? 4 : 3);
  return shape + (floor ? 1 : 0);
}

void evaluate_law(const LawFamily& family, const LawWindow& window, const Vector& parameters, Vector& log_model,
                  Matrix* jacobian) {
  log_model.resize(window.time.size());
  if (jacobian) jacobian->resize(window.time.size(), family.parameters());
  if (family.kind == LawFamily::Kind::exponentials)
    evaluate_exponentials(family, window, parameters, log_model, jacobian);
  else
    evaluate_box_cox(family, window, parameters, log_model, jacobian);
  if (family.floor) add_floor(parameters(family.parameters() - 1), family.parameters() - 1, log_model, jacobian);
}

}  // namespace lemmata::analysis
