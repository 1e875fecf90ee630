#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

// The settings of one experiment as plain values. Names are those of the JSON settings; `scenarios` fills these
// structs, the components check them at construction (ConfigError with the field's path).
namespace lemmata::sim {

/// A number, or a uniform range [low, high] from which each sample draws its own.
struct Amplitude {
  double low = 1, high = 1;
  bool is_fixed() const { return low == high; }
};

/// Law of the samples; see sim/data/class_mixture.h.
struct DataConfig {
  std::string law = "class_mixture";
  long classes = 3, features = 10, tokens = 4;  ///< N, d, L
  Amplitude alpha{1, 1}, beta{3, 3}, gamma{0.5, 0.5};
  double noise_std = 0;                 ///< s per coordinate (`noise_norm` / sqrt(d), already resolved)
  std::string sampling = "enumerated";  ///< enumerated | random | fresh
  long replicates = 1;                  ///< noise draws per tuple (enumerated)
  long samples = 512;                   ///< K (random, fresh)
  long heldout = 2000;                  ///< held-out samples, 0 = none
  std::string basis = "standard";       ///< standard | random (Haar)
  double label_cosine = 0;              ///< rho between any two label signals, in (-1/(N-1), 1)
  double class_tree_cosine = 0;         ///< cosine per level of a balanced binary tree of class signals, in [0, 1)
  double zipf = 0;                      ///< class frequency ~ n^-zipf, n = 1..N
};

struct ExpertConfig {
  std::string form = "linear";          ///< linear | pooled | token | averaged
  std::string activation = "identity";  ///< identity | relu | cubic | tanh | silu | square
  long neurons = 1;                     ///< J; output signs start as +1, -1, +1, ...
};

struct GateConfig {
  std::string routing = "expected";  ///< sampled | expected
  double noise = 1.0;                ///< nu > 0, exploration noise Uniform[0, nu]
  std::string combine = "one";       ///< one | probability | logit (sampled routing)
  std::string input = "tokens";      ///< tokens | class_span | attention
};

struct InitConfig {
  double ffn_std = 0.05, attention_std = 0;
  std::string ffn_law = "normal";  ///< normal | uniform, both of mean 0 and standard deviation ffn_std
};

struct ModelConfig {
  std::string kind = "mot";  ///< mot | single | two_head_relu | attention_free | shared_attention | dense
  long experts = 24;         ///< M (gated kinds)
  long heads = 1;            ///< H (kind single)
  ExpertConfig expert;
  std::string attention = "softmax";  ///< softmax | linear | uniform
  GateConfig gate;
  InitConfig init;
};

struct LossConfig {
  std::string kind = "squared";  ///< logistic | exponential | squared | squared_hinge | double_softmax
  double l2 = 0;                 ///< weight decay (l2/2)||block||^2 on the trained ffn, output and attention
};

/// How one block is trained in one stage. Numbers that an optimiser does not use are ignored by it.
struct BlockTraining {
  std::string optimizer = "gd";
  double learning_rate = 0.05;
  double beta = 0.9;         ///< momentum
  double tolerance = 1e-10;  ///< gradient_flow: relative and absolute tolerance of the ODE solver
};

/// Optional reasons to end a stage early; 0 = off.
struct StopRules {
  double loss = 0;             ///< training loss <= this
  double gradient_norm = 0;    ///< norm of all trained blocks' gradient <= this
  long no_progress_steps = 0;  ///< no relative decrease of the objective by no_progress_change within so many steps
  double no_progress_change = 1e-12;
};

/// One stage of a schedule. Blocks: "ffn", "attention", "gate", "output" (the neurons' output weights).
struct StageConfig {
  std::string name;
  long steps = 0;
  std::map<std::string, BlockTraining> train;
  StopRules stop;
  bool normalise_by_load = false;  ///< divide an expert's gradient by its routed mass instead of 1
};

struct Config {
  std::string name;
  std::uint64_t seed = 0;
  DataConfig data;
  ModelConfig model;
  LossConfig loss;
  std::vector<StageConfig> stages;
};

}  // namespace lemmata::sim
