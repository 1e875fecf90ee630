#include "sim/expert/form.h"

namespace lemmata::sim {
namespace {

// f = sum_l o_l = sum_n a_n sum_j s_j V_nj = sum_j r_j s_j,   s_j = sum_l A_jl,  r_j = sum_n a_n V_nj.
class LinearForm final : public ExpertForm {
 public:
  double value(const FormInput& in) const override {
    double sum = 0;
    for (Index j = 0; j < in.attention.rows(); ++j) sum += read(in, j) * received(in.attention, j);
    return sum;
  }
  // df/dV_nj = a_n s_j;  df/dA_jl = r_j;  df/da_n = sum_j s_j V_nj
  void backward(const FormInput& in, double d_value, FormGradient out) const override {
    out.d_output_weight.setZero();
    for (Index j = 0; j < in.attention.rows(); ++j) {
      const double attended = d_value * received(in.attention, j);
      for (Index n = 0; n < in.token_value.rows(); ++n) {
        out.d_token_value(n, j) = attended * in.output_weight(n);
        out.d_output_weight(n) += attended * in.token_value(n, j);
      }
      out.d_attention(j, 0) = d_value * read(in, j);
    }
    for (Index l = 1; l < in.attention.cols(); ++l) out.d_attention.col(l) = out.d_attention.col(0);
  }
  double value_tangent(const FormInput& in, const FormTangent& dir) const override {
    double sum = 0;
    for (Index j = 0; j < in.attention.rows(); ++j) {
      sum += in.output_weight.dot(dir.token_value.col(j)) * in.attention.row(j).sum() +
             in.output_weight.dot(in.token_value.col(j)) * dir.attention.row(j).sum();
    }
    return sum;
  }
  void backward_tangent(const FormInput& in, const FormTangent& dir, double d_value, double d_value_tangent,
                        FormGradient out) const override {
    out.d_output_weight.setZero();
    for (Index j = 0; j < in.attention.rows(); ++j) {
      const double attended = d_value_tangent * in.attention.row(j).sum() + d_value * dir.attention.row(j).sum();
      out.d_token_value.col(j) = attended * in.output_weight;
      out.d_attention.row(j).setConstant(d_value_tangent * in.output_weight.dot(in.token_value.col(j)) +
                                         d_value * in.output_weight.dot(dir.token_value.col(j)));
    }
  }

 private:
  static double read(const FormInput& in, Index j) {   // r_j
    double sum = 0;
    for (Index n = 0; n < in.token_value.rows(); ++n) sum += in.output_weight(n) * in.token_value(n, j);
    return sum;
  }
};

}  // namespace

FormEntry linear_form() {
  static const LinearForm form;
  return {"linear", "f = sum_l sum_j A_jl <w, x_j>", "mot.md section 2", &form, false, true};
}

}  // namespace lemmata::sim
