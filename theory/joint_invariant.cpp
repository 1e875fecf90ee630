#include "theory/joint_invariant.h"

#include <stdexcept>
#include <string>

namespace lemmata::theory {
namespace {

void require_positive(double value, const char* what) {
  if (!(value > 0)) throw std::invalid_argument(std::string("joint_invariant: ") + what + " is not > 0");
}

void require_size(const Vector& vector, const Matrix& values, const char* what) {
  if (vector.size() != values.rows())
    throw std::invalid_argument(std::string("joint_invariant: ") + what + " has not one number per token");
}

// eta_z / eta_w.
double ratio(JointRates rates) {
  require_positive(rates.values, "the rate of the values");
  require_positive(rates.logits, "the rate of the logits");
  return rates.logits / rates.values;
}

// eta_z / (2 T eta_w).
double scale(double temperature, JointRates rates) {
  require_positive(temperature, "the temperature");
  return ratio(rates) / (2 * temperature);
}

}  // namespace

Vector square_change(const Matrix& values, const Matrix& initial) {
  if (values.rows() != initial.rows() || values.cols() != initial.cols())
    throw std::invalid_argument("joint_invariant: values and initial values differ in shape");
  return (values - initial).cwiseProduct(values + initial).rowwise().sum();
}

Vector exp_logit_change(const Matrix& values, const Matrix& initial, double temperature, JointRates rates) {
  return scale(temperature, rates) * square_change(values, initial);
}

Vector linear_square_change(const Matrix& values, const Matrix& initial, JointRates rates) {
  return ratio(rates) * square_change(values, initial);
}

Vector exp_logit_steps(const Matrix& values, const Matrix& initial, const Vector& value_squares, double temperature,
                       JointRates rates) {
  require_size(value_squares, values, "sum of dv^2");
  return scale(temperature, rates) * (square_change(values, initial) - rates.values * rates.values * value_squares);
}

Vector linear_square_steps(const Matrix& values, const Matrix& initial, const Vector& value_squares,
                           const Vector& logit_squares, JointRates rates) {
  require_size(value_squares, values, "sum of dv^2");
  require_size(logit_squares, values, "sum of dz^2");
  return ratio(rates) * (square_change(values, initial) - rates.values * rates.values * value_squares) +
         rates.logits * rates.logits * logit_squares;
}

Vector softmax_logit_change(const Matrix& values, const Matrix& initial, const Vector& mean_attention,
                            double temperature, JointRates rates) {
  require_size(mean_attention, values, "mean attention");
  const Vector change = square_change(values, initial);
  return scale(temperature, rates) * (change - change.sum() * mean_attention);
}

SoftmaxLogits::SoftmaxLogits(const Matrix& initial, double temperature, JointRates rates)
    : state_{initial, initial, Vector::Zero(initial.rows())}, temperature_(temperature), rates_(rates) {
  scale(temperature_, rates_);  // refuses what is not > 0
}

void SoftmaxLogits::set_state(const State& state) {
  square_change(state.values, state.initial);  // refuses disagreeing shapes
  require_size(state.pulled, state.values, "int bbar d(sum_k ||v_k||^2)");
  state_ = state;
}

void SoftmaxLogits::advance(const Vector& mean_attention, const Matrix& values) {
  require_size(mean_attention, state_.values, "mean attention");
  state_.pulled += square_change(values, state_.values).sum() * mean_attention;
  state_.values = values;
}

Vector SoftmaxLogits::change() const {
  return scale(temperature_, rates_) * (square_change(state_.values, state_.initial) - state_.pulled);
}

}  // namespace lemmata::theory
