#include "analysis/law_fit_models.h"

#include <cmath>
#include <limits>

namespace lemmata::analysis {

namespace {

/// B(l; b) = (e^{b l} - 1)/b and its derivatives by l and b, with the limit l at b = 0.
struct BoxCox {
  double value, by_log, by_shape;
};

BoxCox box_cox(double log_x, double shape) {
  const double product = shape * log_x;
  const double growth = std::exp(product);
  if (std::abs(product) < 1e-5)   // series to second order: relative error below 1e-10
    return {log_x * (1 + product / 2 + product * product / 6), growth, log_x * log_x * (0.5 + product / 3)};
  const double change = std::expm1(product);
  return {change / shape, growth, (product * growth - change) / (shape * shape)};
}

/// log(e^f + e^c) replaces f; derivatives shrink by the share of f.
void add_floor(double log_floor, Index column, Vector& log_model, Matrix* jacobian) {
  for (Index i = 0; i < log_model.size(); ++i) {
    const double gap = log_model(i) - log_floor;
    const double share = 1 / (1 + std::exp(-gap));
    log_model(i) = gap > 0 ? log_model(i) + std::log1p(std::exp(-gap)) : log_floor + std::log1p(std::exp(gap));
    if (!jacobian) continue;
    jacobian->row(i).head(column) *= share;
    (*jacobian)(i, column) = 1 - share;
  }
}

void evaluate_exponentials(const LawFamily& family, const LawWindow& window, const Vector& theta, Vector& log_model, Matrix* jacobian) {
  const double power = 1 + family.drift / std::log(2.0);   // rate (1 + t/t_informative)^(drift/ln 2)
  double rate[8];
  for (int k = 0; k < family.terms; ++k) rate[k] = std::exp(theta(2 * k + 1));
  for (Index i = 0; i < window.time.size(); ++i) {
    double time = window.time(i);
    if (family.drift != 0) {
      const double stretched = std::log1p(time / window.informative);
      time = window.informative * (std::abs(power) < 1e-9 ? stretched : std::expm1(power * stretched) / power);
    }
    double largest = -std::numeric_limits<double>::infinity(), term[8], sum = 0;
    for (int k = 0; k < family.terms; ++k) {
      term[k] = theta(2 * k) - rate[k] * time;
      largest = std::fmax(largest, term[k]);
    }
    if (family.terms > 1)
      for (int k = 0; k < family.terms; ++k) sum += (term[k] = std::exp(term[k] - largest));
    else
      sum = term[0] = 1;
    log_model(i) = largest + std::log(sum);
    if (!jacobian) continue;
    for (int k = 0; k < family.terms; ++k) {
      (*jacobian)(i, 2 * k) = term[k] / sum;
      (*jacobian)(i, 2 * k + 1) = -term[k] / sum * rate[k] * time;
    }
  }
}

void evaluate_box_cox(const LawFamily& family, const LawWindow& window, const Vector& theta, Vector& log_model, Matrix* jacobian) {
  const double exponent = std::exp(theta(1)), offset = std::exp(theta(2));
  const double end = window.informative + offset;
  const double range = std::log1p(window.informative / offset);    // log(x_end / x_start)
  const double shape = family.free_shape ? theta(3) : family.drift / range;
  const double shape_by_offset = family.free_shape ? 0 : family.drift / (range * range) * (window.informative / end);
  for (Index i = 0; i < window.time.size(); ++i) {
    const double x = window.time(i) + offset;
    const BoxCox b = box_cox(std::log(x / end), shape);
    log_model(i) = theta(0) - exponent * b.value;
    if (!jacobian) continue;
    (*jacobian)(i, 0) = 1;
    (*jacobian)(i, 1) = -exponent * b.value;
    (*jacobian)(i, 2) = -exponent * (b.by_log * (offset / x - offset / end) + b.by_shape * shape_by_offset);
    if (family.free_shape) (*jacobian)(i, 3) = -exponent * b.by_shape;
  }
}

}  // namespace

Index LawFamily::parameters() const {
  const Index shape = kind == Kind::exponentials ? 2 * terms : (free_shape ? 4 : 3);
  return shape + (floor ? 1 : 0);
}

void evaluate_law(const LawFamily& family, const LawWindow& window, const Vector& parameters, Vector& log_model, Matrix* jacobian) {
  log_model.resize(window.time.size());
  if (jacobian) jacobian->resize(window.time.size(), family.parameters());
  if (family.kind == LawFamily::Kind::exponentials) evaluate_exponentials(family, window, parameters, log_model, jacobian);
  else evaluate_box_cox(family, window, parameters, log_model, jacobian);
  if (family.floor) add_floor(parameters(family.parameters() - 1), family.parameters() - 1, log_model, jacobian);
}

}  // namespace lemmata::analysis
