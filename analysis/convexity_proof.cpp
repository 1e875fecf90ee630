#include "analysis/convexity_proof.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "analysis/arb_library.h"

namespace lemmata::analysis {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw std::invalid_argument("convexity proof: " + message);
}

void validate(const ExactSubtask& task, const std::optional<WeightBox>& box, Index precision) {
  const Index features = task.tokens.rows(), samples = task.labels.size();
  require(task.tokens_per_sample >= 1 && task.tokens.cols() == samples * task.tokens_per_sample && samples >= 1,
          "tokens: allowed: tokens_per_sample columns for each of the labels");
  require(task.share.size() == samples && (task.share.array() > 0).all(), "share: allowed: a number > 0 per sample");
  require((task.labels.array().abs() == 1).all(), "labels: allowed: -1 or 1");
  require(task.attention.rows() == features && task.attention.cols() == features,
          "attention: allowed: (feature, feature)");
  require(task.gate.rows() == features && task.expert >= 0 && task.expert < task.gate.cols(),
          "gate: allowed: (feature, expert), and an expert of it");
  require(task.gate_noise > 0 && std::isfinite(task.gate_noise), "gate_noise: allowed: a finite number > 0");
  require(task.tokens.allFinite() && task.share.allFinite() && task.attention.allFinite() && task.gate.allFinite(),
          "found a number that is not finite, allowed: finite numbers");
  require(precision >= 2, "precision: found " + std::to_string(precision) + " bits, allowed: >= 2");
  if (!box) return;
  require(box->lower.size() == features && box->upper.size() == features, "box: allowed: one interval per feature");
  require(box->lower.allFinite() && box->upper.allFinite() && (box->lower.array() <= box->upper.array()).all(),
          "box: allowed: finite numbers with lower <= upper");
}

enum class Routed { always, never, unknown };

// q_i = 1 if h_i - h_j >= nu for every other j, and 0 if h_j - h_i >= nu for one: r_i - r_j lies within [-nu, nu].
Routed routed(const BallMatrix& logits, const ExactSubtask& task, Index sample, Index precision) {
  const Ball noise(task.gate_noise);
  Ball lead;
  bool always = true;
  for (Index other = 0; other < task.gate.cols(); ++other) {
    if (other == task.expert) continue;
    arb_sub(lead.get(), logits.at(task.expert, sample), logits.at(other, sample), precision);
    if (!arb_ge(lead.get(), noise.get())) always = false;
    arb_neg(lead.get(), lead.get());
    if (arb_ge(lead.get(), noise.get())) return Routed::never;
  }
  return always ? Routed::always : Routed::unknown;
}

// R, or the first sample whose q is not proven.
struct Routing {
  std::vector<Index> always;
  Index unknown = -1;
};

Routing proven_routing(const ExactSubtask& task, const BallMatrix& tokens, Index precision) {
  const Index samples = task.labels.size();
  BallMatrix sums(tokens.rows(), samples);
  for (Index k = 0; k < samples; ++k) {
    for (Index feature = 0; feature < tokens.rows(); ++feature) {
      arb_ptr sum = sums.at(feature, k);
      for (Index j = 0; j < task.tokens_per_sample; ++j)
        arb_add(sum, sum, tokens.at(feature, k * task.tokens_per_sample + j), precision);
    }
  }
  const BallMatrix logits = BallMatrix(task.gate).transposed().times(sums, precision);
  Routing found;
  for (Index k = 0; k < samples; ++k) {
    const Routed kind = routed(logits, task, k, precision);
    if (kind == Routed::always) found.always.push_back(k);
    if (kind == Routed::unknown && found.unknown < 0) found.unknown = k;
  }
  return found;
}

// u = sum_jl A_jl x_j (feature, 1) of the tokens x (feature, token) of one sample.
BallMatrix attended_input(const BallMatrix& x, const BallMatrix& attention, Index precision) {
  BallMatrix scores = x.transposed().times(attention, precision).times(x, precision);  // (key, query)
  BallMatrix received(x.columns(), 1);
  Ball total, weight;
  for (Index query = 0; query < scores.columns(); ++query) {
    arb_zero(total.get());
    for (Index key = 0; key < scores.rows(); ++key) {
      arb_exp(scores.at(key, query), scores.at(key, query), precision);
      arb_add(total.get(), total.get(), scores.at(key, query), precision);
    }
    for (Index key = 0; key < scores.rows(); ++key) {
      arb_div(weight.get(), scores.at(key, query), total.get(), precision);
      arb_add(received.at(key, 0), received.at(key, 0), weight.get(), precision);
    }
  }
  return x.times(received, precision);
}

// The range of y <w, u> over the box.
Ball margin_range(const WeightBox& box, double label, const BallMatrix& u, Index precision) {
  Ball range;
  for (Index feature = 0; feature < u.rows(); ++feature) {
    const Ball w(box.lower(feature), box.upper(feature));
    arb_addmul(range.get(), w.get(), u.at(feature, 0), precision);
  }
  if (label < 0) arb_neg(range.get(), range.get());
  return range;
}

// A ball about the least l'' over margins in `range`, or a lower bound of it. l'' is 1/(2 + e^z + e^-z), which falls in
// |z|, for the logistic loss and e^-z for the exponential one.
Ball least_curvature(MarginLoss loss, const Ball& range, Index precision) {
  Ball end, value;
  if (loss == MarginLoss::squared) return Ball(1);
  if (loss == MarginLoss::squared_hinge) return Ball(arb_lt(range.get(), Ball(1).get()) ? 1 : 0);
  if (loss == MarginLoss::exponential) {
    arb_get_ubound_arf(arb_midref(end.get()), range.get(), precision);
    arb_neg(end.get(), end.get());
    arb_exp(value.get(), end.get(), precision);
    return value;
  }
  arb_get_abs_ubound_arf(arb_midref(end.get()), range.get(), precision);
  arb_cosh(value.get(), end.get(), precision);  // 2 + e^z + e^-z = 2 (1 + cosh z)
  arb_add_ui(value.get(), value.get(), 1, precision);
  arb_mul_2exp_si(value.get(), value.get(), 1);
  arb_inv(value.get(), value.get(), precision);
  return value;
}

// F = sum_R share_k c_k u_k u_k^T.
BallMatrix least_hessian_of(const ExactSubtask& task, const std::vector<Index>& samples, const BallMatrix& tokens,
                            const std::optional<WeightBox>& box, Index precision) {
  const Index features = tokens.rows(), length = task.tokens_per_sample;
  const BallMatrix attention(task.attention);
  BallMatrix hessian(features, features);
  Ball weighted;
  for (const Index k : samples) {
    const BallMatrix u = attended_input(BallMatrix(task.tokens.middleCols(k * length, length)), attention, precision);
    Ball factor(task.loss == MarginLoss::squared ? 1 : 0);  // every w
    if (box) factor = least_curvature(task.loss, margin_range(*box, task.labels(k), u, precision), precision);
    arb_mul(factor.get(), factor.get(), Ball(task.share(k)).get(), precision);
    for (Index i = 0; i < features; ++i) {
      arb_mul(weighted.get(), factor.get(), u.at(i, 0), precision);
      for (Index j = 0; j < features; ++j) arb_addmul(hessian.at(i, j), weighted.get(), u.at(j, 0), precision);
    }
  }
  return hessian;
}

// Columns of `tokens` (of the samples given) that are a basis of their span, by exact elimination: doubles are integers
// times a common power of two.
Matrix exact_basis(const ExactSubtask& task, const std::vector<Index>& samples) {
  Matrix columns(task.tokens.rows(), static_cast<Index>(samples.size()) * task.tokens_per_sample);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    columns.middleCols(static_cast<Index>(i) * task.tokens_per_sample, task.tokens_per_sample) =
        task.tokens.middleCols(samples[i] * task.tokens_per_sample, task.tokens_per_sample);
  }
  int least = 0;  // of the exponents of last bits
  const auto last_bit = [](double value) { return value == 0 ? 0 : std::ilogb(value) - 52; };
  for (const double value : columns.reshaped()) least = std::min(least, last_bit(value));
  IntegerMatrix integers(columns.rows(), columns.cols()), denominator(1, 1);
  for (Index i = 0; i < columns.rows(); ++i) {
    for (Index j = 0; j < columns.cols(); ++j) {
      const double value = columns(i, j);
      const int exponent = last_bit(value);
      fmpz_set_si(integers.at(i, j), std::lround(std::ldexp(value, -exponent)));
      fmpz_mul_2exp(integers.at(i, j), integers.at(i, j), static_cast<ulong>(exponent - least));
    }
  }
  const Index rank = fmpz_mat_rref(integers.get(), denominator.at(0, 0), integers.get());
  Matrix basis(columns.rows(), rank);
  for (Index row = 0, column = 0; row < rank; ++row) {  // a row's pivot is its first entry that is not 0
    while (fmpz_is_zero(integers.at(row, column))) ++column;
    basis.col(row) = columns.col(column);
  }
  return basis;
}

}  // namespace

ConvexityProof prove_strong_convexity(const ExactSubtask& subtask, const std::optional<WeightBox>& box, double modulus,
                                      Index precision) {
  validate(subtask, box, precision);
  require(modulus > 0 && std::isfinite(modulus), "modulus: allowed: a finite number > 0");
  const LibrarySession session;
  const BallMatrix tokens(subtask.tokens);
  const Routing routing = proven_routing(subtask, tokens, precision);
  ConvexityProof found;
  found.samples = static_cast<Index>(routing.always.size());
  if (routing.unknown >= 0) {
    found.missing = "sample " + std::to_string(routing.unknown) +
                    " reaches the expert with a probability that is not proven to be 0 or 1";
    return found;
  }
  const Matrix basis = exact_basis(subtask, routing.always);
  found.dimension = basis.cols();
  if (found.dimension == 0) {
    found.missing = "no sample reaches the expert, or its tokens are all 0";
    return found;
  }
  BallMatrix shifted = least_hessian_of(subtask, routing.always, tokens, box, precision);
  const Ball shift(modulus);
  for (Index i = 0; i < shifted.rows(); ++i) arb_sub(shifted.at(i, i), shifted.at(i, i), shift.get(), precision);
  const BallMatrix g(basis);
  found.proven = has_cholesky(g.transposed().times(shifted, precision).times(g, precision), precision);
  if (!found.proven) found.missing = "H - mu I is not proven positive definite on V";
  return found;
}

MatrixEnclosure least_hessian(const ExactSubtask& subtask, const std::optional<WeightBox>& box, Index precision) {
  validate(subtask, box, precision);
  const LibrarySession session;
  const BallMatrix tokens(subtask.tokens);
  const Routing routing = proven_routing(subtask, tokens, precision);
  if (routing.unknown >= 0)
    throw std::runtime_error("least_hessian: the routing of sample " + std::to_string(routing.unknown) +
                             " is not proven");
  const BallMatrix hessian = least_hessian_of(subtask, routing.always, tokens, box, precision);
  MatrixEnclosure found{Matrix(hessian.rows(), hessian.rows()), Matrix(hessian.rows(), hessian.rows())};
  Ball end;
  for (Index i = 0; i < hessian.rows(); ++i) {
    for (Index j = 0; j < hessian.rows(); ++j) {
      arb_get_lbound_arf(arb_midref(end.get()), hessian.at(i, j), precision);
      found.lower(i, j) = arf_get_d(arb_midref(end.get()), ARF_RND_FLOOR);
      arb_get_ubound_arf(arb_midref(end.get()), hessian.at(i, j), precision);
      found.upper(i, j) = arf_get_d(arb_midref(end.get()), ARF_RND_CEIL);
    }
  }
  return found;
}

}  // namespace lemmata::analysis
