#pragma once
#include <span>
#include <string>

#include "sim/activation/activation.h"
#include "sim/attention/attention.h"
#include "sim/types.h"

namespace lemmata::sim {

/// What a form sees of one unit (an expert or a head) on one sample. A form never touches tokens or weights:
/// it is a function of the token values V_nj = <w_n, x_j> and the attention A_jl alone.
struct FormInput {
  ConstBlock token_value;                      ///< V (neuron, token)
  ConstBlock attention;                        ///< A (key, query)
  Eigen::Ref<const Vector> output_weight;      ///< a (neuron)
  const Activation& activation;
};

/// What key j receives from all queries, sum_l A_jl. A plain loop: samples have few tokens.
inline double received(const ConstBlock& attention, Index key) {
  double sum = 0;
  for (Index query = 0; query < attention.cols(); ++query) sum += attention(key, query);
  return sum;
}

/// Gradients of d_f * f; every field is overwritten.
struct FormGradient {
  Block d_token_value;                         ///< (neuron, token)
  Block d_attention;                           ///< (key, query)
  Eigen::Ref<Vector> d_output_weight;          ///< (neuron)
};

/// Directions of the inputs, for Hessian-vector products (the output weights are held fixed).
struct FormTangent {
  ConstBlock token_value;                      ///< V'
  ConstBlock attention;                        ///< A'
};

/// How token values and attention become the output f of one unit.
class ExpertForm {
 public:
  virtual ~ExpertForm() = default;
  virtual double value(const FormInput& input) const = 0;
  virtual void backward(const FormInput& input, double d_value, FormGradient gradient) const = 0;
  /// f' along the tangent.
  virtual double value_tangent(const FormInput& input, const FormTangent& tangent) const = 0;
  /// Derivative of `backward` along the tangent, with d_value moving as d_value_tangent.
  virtual void backward_tangent(const FormInput& input, const FormTangent& tangent, double d_value,
                                double d_value_tangent, FormGradient gradient_tangent) const = 0;
};

/// Declarations are verified for every entry by tests/sim/form_test.cpp.
struct FormEntry {
  std::string name, description, source;
  const ExpertForm* form;
  bool uses_activation;        ///< false: only activation `identity` is accepted
  bool linear_in_ffn;          ///< f is linear in w for every activation it accepts
};

std::span<const FormEntry> forms();

/// @throws ConfigError("model.expert.form", ...) on an unknown name.
const FormEntry& form_named(const std::string& name);

}  // namespace lemmata::sim
