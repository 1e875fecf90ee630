#include "sim/expert/form.h"

namespace lemmata::sim {
namespace {

// f = sum_l sum_j A_jl p_j,   p_j = sum_n a_n phi(V_nj): the activation acts on every token before attention.
class TokenForm final : public ExpertForm {
 public:
  double value(const FormInput& in) const override {
    double sum = 0;
    for (Index j = 0; j < in.attention.rows(); ++j) {
      double activated = 0;
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        activated += in.output_weight(n) * in.activation.value(in.token_value(n, j));
      }
      sum += activated * received(in.attention, j);
    }
    return sum;
  }
  // With s_j = sum_l A_jl: df/dV_nj = a_n phi'(V_nj) s_j;  df/dA_jl = p_j;  df/da_n = sum_j phi(V_nj) s_j
  void backward(const FormInput& in, double d_value, FormGradient out) const override {
    out.d_output_weight.setZero();
    for (Index j = 0; j < in.attention.rows(); ++j) {
      const double attended = d_value * received(in.attention, j);
      double activated = 0;
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        const double phi = in.activation.value(in.token_value(n, j));
        activated += in.output_weight(n) * phi;
        out.d_output_weight(n) += attended * phi;
        out.d_token_value(n, j) = attended * in.output_weight(n) * in.activation.slope(in.token_value(n, j));
      }
      out.d_attention.row(j).setConstant(d_value * activated);
    }
  }
  double value_tangent(const FormInput& in, const FormTangent& dir) const override {
    double sum = 0;
    for (Index j = 0; j < in.attention.rows(); ++j) {
      const double attended = received(in.attention, j), attended_tangent = dir.attention.row(j).sum();
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        const double z = in.token_value(n, j);
        sum += in.output_weight(n) *
               (in.activation.slope(z) * dir.token_value(n, j) * attended + in.activation.value(z) * attended_tangent);
      }
    }
    return sum;
  }
  void backward_tangent(const FormInput& in, const FormTangent& dir, double d_value, double d_value_tangent,
                        FormGradient out) const override {
    out.d_output_weight.setZero();
    for (Index j = 0; j < in.attention.rows(); ++j) {
      const double attended = d_value * received(in.attention, j);
      const double attended_tangent =
          d_value_tangent * received(in.attention, j) + d_value * dir.attention.row(j).sum();
      double d_attention = 0;
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        const double z = in.token_value(n, j), z_tangent = dir.token_value(n, j), a = in.output_weight(n);
        d_attention += a * (d_value_tangent * in.activation.value(z) + d_value * in.activation.slope(z) * z_tangent);
        out.d_token_value(n, j) =
            a * (attended_tangent * in.activation.slope(z) + attended * in.activation.curvature(z) * z_tangent);
      }
      out.d_attention.row(j).setConstant(d_attention);
    }
  }
};

}  // namespace

FormEntry token_form() {
  static const TokenForm form;
  return {"token",
          "f = sum_l sum_j A_jl phi(<w, x_j>)",
          "mot.md section 2; Chen et al. 2022 where sum_l A_jl = 1",
          &form,
          true,
          false};
}

}  // namespace lemmata::sim
