#pragma once
#include <vector>

#include "sim/model/problem.h"
#include "sim/numerics/padded_products.h"

namespace lemmata::sim {

/// The axis along which a token lies: the feature that alone is not zero, and its value; -1 if there are several.
/// Signals lie along axes unless the basis is turned; Q x is then one column of Q.
struct TokenAxis {
  Index axis;
  double value;
};

/// One for each column; a zero token lies along 0.
std::vector<TokenAxis> token_axes(const Matrix& tokens);

/// Everything a pass reads.
struct PassInput {
  const Architecture& architecture;
  const Loss& loss;
  const Dataset& data;
  const Parameters& parameters;
  const Routing& routing;
  const Vector& weight;  ///< (sample)
  const GradientRequest& request;
  const std::vector<TokenAxis>& axis;  ///< (column of tokens), as token_axes
};

/// What a pass leaves of one routed pair (expert, sample).
struct Terms {
  double loss;             ///< q l(y F)
  double prediction_loss;  ///< q l(y f)
  double gate_signal;  ///< weight q l'(y c f) y f, c = pi or the score (combine logit); 0 if the gate's gradient is not
                       ///< asked for
};

/// Forward and backward over all routed (expert, sample) pairs.
///
/// The samples of an expert are cut into tasks and those into chunks that stay in cache; a chunk is one matrix of
/// tokens, so scores and gradients are large matrix products. Tasks depend on the routing alone, never on the number of
/// threads, and their partial gradients are added in the order of their numbers: same bits for any number of threads.
class Pass {
 public:
  /// Fills value and the gradients of ffn, attention and output in `result` (the gate's is the caller's).
  void run(const PassInput& input, ThreadTeam* team, Evaluation& result);
  /// The samples of an expert (ascending), those with q != 0 and weight != 0, and what the pass left of each.
  const std::vector<Index>& routed(Index expert) const { return routed_[static_cast<std::size_t>(expert)]; }
  const std::vector<Terms>& terms(Index expert) const { return terms_[static_cast<std::size_t>(expert)]; }

 private:
  struct Task {
    Index expert, first, last;  ///< positions in the expert's sample list
  };
  struct AxisToken {
    Index column, axis;
    double value;
  };
  /// Buffers of one thread, for one chunk.
  struct Buffers {
    std::vector<const double*> query;  ///< Q of every head (feature, feature); this,
    const double* ffn = nullptr;       ///< W (feature, head * neuron),
    std::vector<Matrix> query_copy;    ///< their copies where they need padding,
    Matrix ffn_copy;
    Matrix tokens;       ///< X (feature, sample * token) and
    Matrix projected;    ///< Q X forward, X dS backward are padded: numerics/padded_products.h
    Matrix attention;    ///< A of every head (key, head * sample * query)
    Matrix token_value;  ///< V of every head (neuron, head * sample * token)
    Matrix d_attention, d_token_value;
    std::vector<Run> dense;       ///< columns of X along no axis,
    std::vector<AxisToken> axis;  ///< and the others
    Vector d_output;              ///< (neuron), of one sample
    Vector value, d_value;        ///< (sample)
  };
  /// Partial gradients of one task, for the units of its expert; ffn and attention padded.
  struct Partial {
    Matrix ffn, attention, output;
  };

  void plan(const PassInput& input);
  void run_task(const PassInput& input, const Task& task, Buffers& buffers, Partial& partial, Evaluation& result);
  void gather(const PassInput& input, const Index* sample, Index samples, Buffers& buffers) const;
  void forward(const PassInput& input, Index expert, Index samples, Buffers& buffers) const;
  void apply_loss(const PassInput& input, Index expert, Index first, Index samples, Buffers& buffers,
                  Evaluation& result);
  void backward(const PassInput& input, Index expert, Index samples, bool adds, Buffers& buffers,
                Partial& partial) const;
  void sum_partials(const PassInput& input, Index expert, Evaluation& result) const;

  std::vector<std::vector<Index>> routed_;  // per expert
  std::vector<std::vector<Terms>> terms_;
  std::vector<Task> tasks_;              // by expert,
  std::vector<std::size_t> first_task_;  // (expert + 1), where those of each begin
  std::vector<Partial> partials_;
  std::vector<Buffers> buffers_;
  Index chunk_ = 1;  // samples
  double work_ = 0;  // multiplications of Q X
};

}  // namespace lemmata::sim
