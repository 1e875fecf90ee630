#pragma once
#include <memory>
#include <string>
#include <vector>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/quantities.h"
#include "sim/joma/reduced.h"

// What the claims on JoMA's reduced models share.
namespace lemmata::scenarios {

/// One reduced model in progress, from its initial values.
class ReducedRun {
 public:
  ReducedRun(const sim::ReducedConfig& config, long seed);

  /// Follows the flow for that time, by `gradient_flow` at the tolerance; NaN if it cannot be followed.
  void advance(double time, double tolerance = 1e-12);
  void descend(long steps, double learning_rate);  ///< so many steps of `gd`

  const sim::ReducedSystem& system() const { return *system_; }
  const sim::Blocks& at() const { return state_.parameters; }
  Matrix v() const { return system_->v(at()); }  ///< (component, node)
  Vector z() const { return at().at("z").col(0); }
  double entropy() const { return entropy_at(at()); }  ///< of the attention, in nats
  double entropy_at(const sim::Blocks& blocks) const;
  double loss() const;

 private:
  std::unique_ptr<sim::ReducedSystem> system_;  // where its gradient function finds it
  sim::BlockState state_;
};

/// Entropy of the attention at every step of `gd`, steps + 1 numbers.
std::vector<double> descent_entropies(const sim::ReducedConfig& config, long seed, long steps, double learning_rate);

/// The same along the flow at the given times, which rise from at least 0.
std::vector<double> flow_entropies(const sim::ReducedConfig& config, long seed, const std::vector<double>& times,
                                   double tolerance = 1e-12);

/// `count` times from `first` to `last` in equal ratios, after a 0.
std::vector<double> log_times(double first, double last, std::size_t count);

/// `count` times from 0 to `last` in equal steps.
std::vector<double> even_times(double last, std::size_t count);

/// Numbers N(0, 1), or |N(0, 1)|, of a seed: the means of claims that ask for a law whatever they are.
std::vector<double> normal_means(long count, long seed);
std::vector<double> positive_means(long count, long seed);

/// Linear phi, one node, stationary g: dv = Delta o a(z), Delta N(0, 1).
sim::ReducedConfig stationary_config(const std::string& attention, long components, long seed);

/// The same with softmax attention, normalised over the tokens of each of 20 samples; g ~ N(0, 1) constant in each.
sim::ReducedConfig softmax_config(long components, long seed);

/// SHA-256 of the model's settings, as those of a scenario: what an evidence file says was run.
std::string settings_hash(const sim::ReducedConfig& config);

/// The curve of joma.md's "Fig. 4", that of joma/sparse_then_dense, with mu = sort(1 + 3 u) by std::mt19937(seed).
sim::ReducedConfig sparse_then_dense_config(long seed);
long sparse_then_dense_steps();
double sparse_then_dense_rate();

/// Linear phi and squared loss on 40 samples of 10 tokens, exponential attention at T = .3, true weights 8 u by
/// std::mt19937(seed): g is not stationary.
sim::ReducedConfig squared_loss_config(long seed);

/// |found - law| of two arrays, the largest, over the largest |law|. NaN if one is not finite.
double relative_gap(const Matrix& found, const Matrix& law);

/// A control: its quantities and the verdict that the judge gives them.
Control control_of(const std::string& what, const std::vector<Quantity>& quantities);

/// Times, one of `shares` of `whole` each, and the values of v there, flattened: what J8 to J10 measure.
struct FlowSamples {
  std::vector<double> mu;     ///< (component, node), row-major
  std::vector<double> times;  ///< (time)
  std::vector<double> v, z;   ///< (time, component, node) and (time, component), row-major
  long nodes = 1;
  Matrix mu_matrix() const;          ///< (component, node)
  Matrix v_at(std::size_t i) const;  ///< (component, node) at times[i]
  Vector z_at(std::size_t i) const;
};
void fields_of(FlowSamples& samples, Fields& fields);

/// @param whole  of the drawn mu: the time that `shares` are of.
FlowSamples flow_samples(const sim::ReducedConfig& config, long seed, const std::vector<double>& shares,
                         const std::function<double(const Matrix& mu)>& whole);

}  // namespace lemmata::scenarios
