#include "sim/expert/form.h"

namespace lemmata::sim {
namespace {

// f = sum_n a_n phi(z_n),   z_n = (1/L) sum_l (V A)_nl = (1/L) sum_j V_nj s_j,  s_j = sum_l A_jl:
// attended tokens are averaged before the activation.
class AveragedForm final : public ExpertForm {
 public:
  double value(const FormInput& in) const override {
    double sum = 0;
    for (Index n = 0; n < in.token_value.rows(); ++n) {
      sum += in.output_weight(n) * in.activation.value(mean(in.token_value, in.attention, n));
    }
    return sum;
  }
  // With P_n = d_f a_n phi'(z_n)/L: dV_nj = P_n s_j;  dA_jl = sum_n P_n V_nj;  da_n = d_f phi(z_n)
  void backward(const FormInput& in, double d_value, FormGradient out) const override {
    out.d_attention.setZero();
    for (Index n = 0; n < in.token_value.rows(); ++n) {
      const double z = mean(in.token_value, in.attention, n);
      const double p = d_value * in.output_weight(n) * in.activation.slope(z) / tokens(in);
      for (Index j = 0; j < in.attention.rows(); ++j) {
        out.d_token_value(n, j) = p * received(in.attention, j);
        out.d_attention.row(j).array() += p * in.token_value(n, j);
      }
      out.d_output_weight(n) = d_value * in.activation.value(z);
    }
  }
  double value_tangent(const FormInput& in, const FormTangent& dir) const override {
    double sum = 0;
    for (Index n = 0; n < in.token_value.rows(); ++n) {
      sum += in.output_weight(n) * in.activation.slope(mean(in.token_value, in.attention, n)) * tangent(in, dir, n);
    }
    return sum;
  }
  void backward_tangent(const FormInput& in, const FormTangent& dir, double d_value, double d_value_tangent,
                        FormGradient out) const override {
    out.d_attention.setZero();
    out.d_output_weight.setZero();
    for (Index n = 0; n < in.token_value.rows(); ++n) {
      const double z = mean(in.token_value, in.attention, n), a = in.output_weight(n) / tokens(in);
      const double p = d_value * a * in.activation.slope(z);
      const double p_tangent =
          a * (d_value_tangent * in.activation.slope(z) + d_value * in.activation.curvature(z) * tangent(in, dir, n));
      for (Index j = 0; j < in.attention.rows(); ++j) {
        out.d_token_value(n, j) = p_tangent * received(in.attention, j) + p * dir.attention.row(j).sum();
        out.d_attention.row(j).array() += p_tangent * in.token_value(n, j) + p * dir.token_value(n, j);
      }
    }
  }

 private:
  static double tokens(const FormInput& in) { return static_cast<double>(in.attention.cols()); }
  static double mean(const ConstBlock& token_value, const ConstBlock& attention, Index n) {
    double sum = 0;
    for (Index j = 0; j < attention.rows(); ++j) sum += token_value(n, j) * received(attention, j);
    return sum / static_cast<double>(attention.cols());
  }
  static double tangent(const FormInput& in, const FormTangent& dir, Index n) {
    return mean(dir.token_value, in.attention, n) + mean(in.token_value, dir.attention, n);
  }
};

}  // namespace

FormEntry averaged_form() {
  static const AveragedForm form;
  return {"averaged", "f = phi((1/L) sum_l sum_j A_jl <w, x_j>)", "mot.md section 2, two_head_relu", &form, true,
          false};
}

}  // namespace lemmata::sim
