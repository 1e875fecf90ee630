#include "sim/expert/form.h"

namespace lemmata::sim {
namespace {

// f = sum_n a_n sum_l phi(O_nl),   O = V A: the activation acts after attention, on every query.
class PooledForm final : public ExpertForm {
 public:
  double value(const FormInput& in) const override {
    double sum = 0;
    for (Index l = 0; l < in.attention.cols(); ++l) {
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        sum += in.output_weight(n) * in.activation.value(in.token_value.row(n).dot(in.attention.col(l)));
      }
    }
    return sum;
  }
  // With P_nl = d_f a_n phi'(O_nl): dV = P A^T;  dA = V^T P;  da_n = d_f sum_l phi(O_nl)
  void backward(const FormInput& in, double d_value, FormGradient out) const override {
    out.d_token_value.setZero();
    out.d_attention.setZero();
    out.d_output_weight.setZero();
    for (Index l = 0; l < in.attention.cols(); ++l) {
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        const double z = in.token_value.row(n).dot(in.attention.col(l));
        const double p = d_value * in.output_weight(n) * in.activation.slope(z);
        out.d_token_value.row(n) += p * in.attention.col(l).transpose();
        out.d_attention.col(l) += p * in.token_value.row(n).transpose();
        out.d_output_weight(n) += d_value * in.activation.value(z);
      }
    }
  }
  double value_tangent(const FormInput& in, const FormTangent& dir) const override {
    double sum = 0;
    for (Index l = 0; l < in.attention.cols(); ++l) {
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        const double z = in.token_value.row(n).dot(in.attention.col(l));
        sum += in.output_weight(n) * in.activation.slope(z) * tangent(in, dir, n, l);
      }
    }
    return sum;
  }
  void backward_tangent(const FormInput& in, const FormTangent& dir, double d_value, double d_value_tangent,
                        FormGradient out) const override {
    out.d_token_value.setZero();
    out.d_attention.setZero();
    out.d_output_weight.setZero();
    for (Index l = 0; l < in.attention.cols(); ++l) {
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        const double z = in.token_value.row(n).dot(in.attention.col(l)), a = in.output_weight(n);
        const double p = d_value * a * in.activation.slope(z);
        const double p_tangent = a * (d_value_tangent * in.activation.slope(z) +
                                      d_value * in.activation.curvature(z) * tangent(in, dir, n, l));
        out.d_token_value.row(n) += p_tangent * in.attention.col(l).transpose() + p * dir.attention.col(l).transpose();
        out.d_attention.col(l) +=
            p_tangent * in.token_value.row(n).transpose() + p * dir.token_value.row(n).transpose();
      }
    }
  }

 private:
  // O'_nl = V'_n. A_.l + V_n. A'_.l
  static double tangent(const FormInput& in, const FormTangent& dir, Index n, Index l) {
    return dir.token_value.row(n).dot(in.attention.col(l)) + in.token_value.row(n).dot(dir.attention.col(l));
  }
};

}  // namespace

FormEntry pooled_form() {
  static const PooledForm form;
  return {"pooled", "f = sum_l phi(sum_j A_jl <w, x_j>)", "mot.md section 2", &form, true, false};
}

}  // namespace lemmata::sim
