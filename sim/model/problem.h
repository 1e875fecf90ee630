#pragma once
#include <memory>
#include <span>
#include <vector>

#include "sim/data/dataset.h"
#include "sim/loss/loss.h"
#include "sim/model/architecture.h"
#include "sim/model/parameters.h"
#include "sim/parallel.h"

namespace lemmata::sim {

/// Where every sample goes, and with which weight.
struct Routing {
  Matrix logits;       ///< h (expert, sample)
  Matrix probability;  ///< pi = softmax of the logits (expert, sample)
  Matrix weight;       ///< q (expert, sample): exact probabilities, or the indicator of the drawn expert
  Matrix draw;         ///< r (expert, sample), what the draw added to the logits; only with combine logit, else empty,
                       ///< as after the noise-free route_argmax
};

/// c_i of sample k in F_i = c_i f_i: 1, pi_i, or the score h_i + r_i that the expert was drawn with (h_i without a
/// draw).
inline double output_scale(const Architecture& architecture, const Routing& routing, Index expert, Index k) {
  switch (architecture.combine) {
    case Combine::probability:
      return routing.probability(expert, k);
    case Combine::logit:
      return routing.logits(expert, k) + (routing.draw.size() > 0 ? routing.draw(expert, k) : 0);
    case Combine::one:
      break;
  }
  return 1;
}

/// Which gradients an evaluation computes; those not asked for are zero.
struct GradientRequest {
  bool ffn = false, attention = false, gate = false, output = false;
  bool any() const { return ffn || attention || gate || output; }
  static GradientRequest all() { return {true, true, true, true}; }
};

/// Everything one pass over the data yields. Means are over all samples with their weights (sum 1).
struct Evaluation {
  double loss = 0;             ///< mean of sum_i q_i l(y F_i), without L2
  double objective = 0;        ///< loss plus the L2 of the trained blocks (set by add_l2)
  double prediction_loss = 0;  ///< mean of sum_i q_i l(y f_i), no gate probability
  Vector sample_loss;          ///< (sample), sum_i q_i l(y F_i)
  Matrix value;                ///< f (expert, sample); 0 where q = 0
  Vector load;                 ///< (expert), routed mass: mean of q
  Parameters gradient;         ///< of `loss` (of `objective` after add_l2)
};

class Pass;
struct TokenAxis;

/// A model, a loss and a data set: value and exact gradients at any parameters, under a given routing.
///
/// Routing weights q and draws r are constants in every gradient. With F_i = c_i f_i, c = output_scale:
///   d/d(ffn, attention, output) = mean_k sum_i q_i l'(y F_i) y c_i df_i,
///   d/d(gate)                   = mean_k sum_i q_i l'(y pi_i f_i) y f_i dpi_i,   f_i constant (also under combine
///   one); under combine logit     mean_k sum_i q_i l'(y (h_i + r_i) f_i) y f_i dh_i.
/// Not safe for use by several threads at once: it owns the workspace of its passes.
/// Checked by: tests/sim/gradient_test.cpp against central differences and the complex step of a naive model.
class Problem {
 public:
  /// @param team  threads for large passes; may be null (one thread). The result has the same bits for any team.
  Problem(const Architecture& architecture, const Loss& loss, std::shared_ptr<const Dataset> data,
          ThreadTeam* team = nullptr);
  Problem(const Architecture& architecture, const Loss& loss, Dataset data, ThreadTeam* team = nullptr);
  ~Problem();

  const Architecture& architecture() const { return architecture_; }
  const Dataset& data() const { return *data_; }
  const Loss& loss() const { return loss_; }

  /// Replaces the data (fresh sampling). Shapes of tokens and features must not change.
  void set_data(std::shared_ptr<const Dataset> data);

  /// Logits and gate probabilities, with q by the configured gate. Without a gate: one expert, q = 1.
  void route(const Parameters& parameters, const GateContext& context, Routing& routing) const;
  /// The same with q the indicator of the noise-free argmax.
  void route_argmax(const Parameters& parameters, Routing& routing) const;

  /// One pass. @param sample_weight  (sample) in place of the data's own weights, or null; samples of weight 0 are
  /// skipped.
  void evaluate(const Parameters& parameters, const Routing& routing, const GradientRequest& request,
                Evaluation& result, const Vector* sample_weight = nullptr);

  /// The gradient of f_k in the FFN of one unit, neurons stacked, for every sample. Where f is linear in the FFN (forms
  /// declared so, or activation identity) it does not depend on it: the design of the frozen-attention problem.
  /// With `samples` only these, in this order: an expert's own are few.
  /// @return (feature * neuron, sample).
  Matrix ffn_design(const Parameters& parameters, Index unit) const;
  Matrix ffn_design(const Parameters& parameters, Index unit, std::span<const Index> samples) const;

  /// The attended inputs of a unit, u_k = sum_jl A_jl x_j. @return (feature, sample).
  /// For the linear form f_k = sum_n a_n <w_n, u_k>, so u is the design of the frozen-attention problem.
  Matrix attended_inputs(const Parameters& parameters, Index unit) const;

  /// Attention weights of one unit on one sample. @return A (key, query).
  Matrix attention_weights(const Parameters& parameters, Index unit, Index sample) const;

 private:
  template <class Work>
  void for_blocks(Work work) const;  ///< work(number, first sample, count)
  void prepare_routing(const Parameters& parameters, Routing& routing) const;
  template <class Visit>
  void for_routed(Index first, Index count, Visit visit) const;
  void softmax_signals(const Routing& routing, Index first, Index count);
  void gate_gradient(const Parameters& parameters, const Routing& routing, Evaluation& result);

  const Architecture architecture_;
  const Loss& loss_;
  std::shared_ptr<const Dataset> data_;  // shared: a data set is never copied
  ThreadTeam* team_;
  Matrix gate_input_;  // (padded feature, sample): token sums, projected if the gate sees the class span only
  Vector sample_prediction_loss_;      // (sample)
  Vector gate_mean_;                   // sum_i pi_i e_i (sample), see gate_gradient
  Matrix d_logits_;                    // of the gate's own objective (expert, sample)
  std::vector<Matrix> gate_partials_;  // its gradient, block by block
  std::vector<TokenAxis> token_axes_;
  std::unique_ptr<Pass> pass_;  // forward and backward, with their buffers
};

/// Adds (l2/2)||block||^2 of the blocks in `trained` (never the gate) to the objective and its gradient.
void add_l2(const Parameters& parameters, double l2, const GradientRequest& trained, Evaluation& evaluation);

/// Divides the ffn, attention and output gradients of every expert by its routed mass (experts without load left
/// alone). Not defined for shared attention, whose gradient is left as it is.
void normalise_by_load(const Architecture& architecture, Evaluation& evaluation);

}  // namespace lemmata::sim
