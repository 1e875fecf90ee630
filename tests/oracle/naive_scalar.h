#pragma once
#include <cmath>
#include <complex>
#include <limits>
#include <stdexcept>
#include <string>

#include "tests/oracle/hyper_dual.h"

namespace lemmata::oracle {

/// phi(z) straight from mot.md section 2, for any scalar. @param nearest_kink  lowered to |z| at a relu, may be null.
template <class T>
T naive_activation(const std::string& name, const T& z, double* nearest_kink = nullptr) {
  using std::exp, std::tanh;
  if (name == "identity") return z;
  if (name == "cubic") return z * z * z;
  if (name == "square") return z * z;
  if (name == "tanh") return tanh(z);
  if (name == "silu") return z / (T(1) + exp(-z));
  if (name == "relu") {
    if (nearest_kink) *nearest_kink = std::fmin(*nearest_kink, std::abs(real_part(z)));
    return real_part(z) > 0 ? z : T(0);
  }
  throw std::logic_error("the naive model does not know activation " + name);
}

/// l(z) straight from mot.md section 3. @param nearest_kink  lowered to |1 - z| at a hinge, may be null.
template <class T>
T naive_loss(const std::string& name, const T& z, double* nearest_kink = nullptr) {
  using std::exp, std::log, std::tanh;
  if (name == "exponential") return exp(-z);
  if (name == "squared") return (T(1) - z) * (T(1) - z) / T(2);
  if (name == "double_softmax") return log(T(1) + exp(-tanh(z / T(2))));
  if (name == "logistic") return real_part(z) > 0 ? log(T(1) + exp(-z)) : log(T(1) + exp(z)) - z;
  if (name == "squared_hinge") {
    if (nearest_kink) *nearest_kink = std::fmin(*nearest_kink, std::abs(1 - real_part(z)));
    return real_part(z) < 1 ? (T(1) - z) * (T(1) - z) / T(2) : T(0);
  }
  throw std::logic_error("the naive model does not know loss " + name);
}

}  // namespace lemmata::oracle
