#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/train/blocks.h"

// The reduced models of JoMA: what is left of one layer when its data are summed over, one equation a law. Components l
// are context tokens, nodes k hidden units; matrices are (component, node).
namespace lemmata::sim {

/// The means mu of a reduced model: written out, or drawn as sort(low + (high - low) u).
struct ReducedMeans {
  std::vector<double> values;              ///< one number per component; used if `mt19937` is not set
  std::optional<std::uint32_t> mt19937{};  ///< seed of std::mt19937; u_i = (generator() & 0xFFFFFF) 2^-24
  double low = 1, high = 4;
  long count = 10;
};

/// One reduced model.
struct ReducedConfig {
  std::string law = "relaxation";     ///< relaxation | stationary | fixed_upstream | regression
  std::string attention = "softmax";  ///< exp | linear | softmax
  std::string state = "v";            ///< v | log_gap (relaxation only): u = ln(1 - v/mu)
  ReducedMeans mu{{}, 0};             ///< target (relaxation), Delta (stationary), true weights (regression)
  double scale = 1;                   ///< factor on mu
  long nodes = 1;                     ///< K; if more than 1, row l of mu is mu_l times a random unit vector
  double temperature = 2;             ///< see ReducedSystem: exp(s/T) in `relaxation`, exp(z/T) elsewhere
  double normalisation = 1;           ///< A, of exp and linear attention other than in `relaxation`
  double invariant = 0;               ///< c of linear attention sqrt(s + c) in `relaxation`
  double v0 = 0;                      ///< initial v: every entry (equal), or their standard deviation (normal)
  std::string start = "equal";        ///< equal | normal
  double z0 = 0;                      ///< initial attention logits, all equal; linear attention starts at 1 + z0
  long samples = 20;                  ///< fixed_upstream, regression
};

/// A reduced model with its random parts drawn. Attention a, with s_l = sum_k v_lk^2:
///   relaxation      dv_lk/dt = (mu_lk - v_lk) a_l;  a = exp(s/T), sqrt(s + c) or softmax(s/T).
///                   T is that of joma.md, Theorems 3 and 4: Theorem 1 with temperature T_1 gives exp(s/(2 T_1^2)), T =
///                   2 T_1^2. In u = ln(1 - v/mu) nothing cancels: v = -mu expm1(u), du_lk/dt = -a_l.
/// The others are gradient flows of a loss L(v, z), with z a block of its own, nothing of Theorem 1 assumed:
///   stationary      L = -sum_lk mu_lk v_lk a_l;  a = exp(z/T)/A or z/A: dv = Delta o a, dz = a'(z) o sum_k Delta o v.
///   fixed_upstream  L = -(1/N) sum_ik g_ik h_ik;  b_i = a o x_i, with softmax b_i = exp(z/T) o x_i / sum_l (...),
///                   h_ik = sum_l v_lk b_il, x_i uniform on the simplex, g_ik ~ N(0, 1): linear phi, stationary g.
///   regression      L = (1/2N) sum_ik (y_ik - h_ik)^2, y_ik = sum_l mu_lk x_il: linear phi, squared loss.
/// Source: theory/joma.md, Theorems 1 to 4 (arXiv 2310.00535, Theorems 2 to 4); the last two laws are the model of its
/// section 1 with linear phi and one query.
/// Checked by: tests/sim/joma_reduced_test.cpp; claims J8 to J15 and J18.
class ReducedSystem {
 public:
  /// @throws ConfigError("model.<key>", ...).
  explicit ReducedSystem(const ReducedConfig& config, std::uint64_t seed = 0);

  const ReducedConfig& config() const { return config_; }
  const Matrix& mu() const { return mu_; }              ///< (component, node), scaled
  const Matrix& tokens() const { return tokens_; }      ///< x, (component, sample), columns summing to 1; may be empty
  const Matrix& upstream() const { return upstream_; }  ///< g or y, (node, sample); may be empty

  /// Blocks "v" (component, node), or "u" in its place (`log_gap`), and "z" (component, 1) but for `relaxation`.
  Blocks initial() const;

  /// The loss and its gradient; for `relaxation` |mu - v|^2/2, and minus the right-hand side. The system must outlive
  /// it.
  BlockGradient gradient() const;

  Matrix v(const Blocks& at) const;  ///< (component, node), also where u is the state
  /// ln a_l up to a constant: attention is its softmax. (component). -infinity where linear attention is 0.
  Vector log_attention(const Blocks& at) const;

 private:
  double relaxation(const Blocks& at, Blocks& gradient) const;
  double stationary(const Blocks& at, Blocks& gradient) const;
  double sampled(const Blocks& at, Blocks& gradient) const;
  void draw_samples(std::uint64_t seed);

  ReducedConfig config_;
  Matrix mu_, start_, tokens_, upstream_;
};

/// mu as one column of numbers, before `scale`. @throws ConfigError("model.mu...", ...).
Vector means_of(const ReducedMeans& means);

}  // namespace lemmata::sim
