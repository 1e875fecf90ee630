#include "sim/tree/latent_tree.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

constexpr Index most_nodes = Index{1} << 20;
constexpr std::size_t most_labels = 256;  // a label is a byte

bool is_probability(double p) { return p >= 0 && p <= 1; }

void require_table(const LatentTreeConfig& config) {
  const std::size_t labels = config.root_probability.size();
  if (labels < 1 || labels > most_labels)
    throw ConfigError("model.root_probability", labels, "1 to 256 probabilities, one per root label");
  if (config.zero_given_root.size() != labels)
    throw ConfigError("model.zero_given_root", config.zero_given_root.size(),
                      "as many probabilities as root_probability has, " + std::to_string(labels));
  double sum = 0;
  for (const double p : config.root_probability) {
    if (!is_probability(p)) throw ConfigError("model.root_probability", p, "probabilities");
    sum += p;
  }
  if (!(std::abs(sum - 1) <= 1e-12)) throw ConfigError("model.root_probability", sum, "probabilities that sum to 1");
  for (const double p : config.zero_given_root) {
    if (!is_probability(p)) throw ConfigError("model.zero_given_root", p, "probabilities");
  }
}

void require_edges(const LatentTreeConfig& config) {
  if (!(config.rho >= -1 && config.rho <= 1)) throw ConfigError("model.rho", config.rho, "a number in [-1, 1]");
  const double stays = (1 + config.rho) / 2;
  if (!is_probability(stays + config.asymmetry) || !is_probability(stays - config.asymmetry))
    throw ConfigError("model.asymmetry", config.asymmetry, "(1 + rho)/2 +- asymmetry in [0, 1]");
}

}  // namespace

LatentTree::LatentTree(const LatentTreeConfig& config) : config_(config) {
  if (config.depth < 1) throw ConfigError("model.depth", config.depth, "an integer >= 1");
  if (config.branching < 1) throw ConfigError("model.branching", config.branching, "an integer >= 1");
  require_table(config);
  require_edges(config);
  nodes_ = leaves_ = 1;
  for (long level = 0; level < config.depth; ++level) {
    if (config.branching > most_nodes || leaves_ > most_nodes / config.branching ||
        nodes_ > most_nodes - leaves_ * config.branching)
      throw ConfigError("model.depth", config.depth, "a tree of at most 2^20 nodes");
    leaves_ *= config.branching;
    nodes_ += leaves_;
  }
}

Index LatentTree::levels_to_common_ancestor(Index first, Index second) const {
  Index levels = 0;
  for (; first != second; ++levels) first = parent(first), second = parent(second);
  return levels;
}

Index LatentTree::leaf_at(Index levels) const {
  if (levels < 0 || levels > config_.depth || (levels > 0 && config_.branching < 2))
    throw std::invalid_argument("levels: found " + std::to_string(levels) +
                                ", allowed: 0 to the depth, branching >= 2");
  Index number = levels > 0 ? 1 : 0;
  for (Index level = 1; level < levels; ++level) number *= config_.branching;
  return leaf(number);
}

double LatentTree::zero_probability(Index node, std::uint8_t parent_value) const {
  if (node <= config_.branching) return config_.zero_given_root[parent_value];
  const double stays = (1 + config_.rho) / 2;
  return parent_value == 0 ? stays + config_.asymmetry : 1 - (stays - config_.asymmetry);
}

void LatentTree::sample(Philox& generator, std::span<std::uint8_t> values) const {
  if (static_cast<Index>(values.size()) != nodes_)
    throw std::invalid_argument("values: found " + std::to_string(values.size()) + ", allowed: one per node");
  double left = generator.uniform();
  std::size_t label = 0;
  while (label + 1 < config_.root_probability.size() && !(left < config_.root_probability[label]))
    left -= config_.root_probability[label++];
  values[0] = static_cast<std::uint8_t>(label);
  for (Index node = 1; node < nodes_; ++node) {
    const std::uint8_t above = values[static_cast<std::size_t>(parent(node))];
    values[static_cast<std::size_t>(node)] = generator.uniform() < zero_probability(node, above) ? 0 : 1;
  }
}

double LatentTree::probability(std::span<const Observed> observed) const {
  const Index labels = static_cast<Index>(config_.root_probability.size());
  // belief(v, i): P(observed values in the subtree of i | y_i = v); the root has one row per label.
  Matrix belief = Matrix::Ones(std::max<Index>(labels, 2), nodes_);
  for (const auto& [node, value] : observed) {
    if (node < 0 || node >= nodes_ || value < 0 || value >= (node == 0 ? labels : 2))
      throw std::invalid_argument("observed: found y_" + std::to_string(node) + " = " + std::to_string(value) +
                                  ", allowed: a node of the tree and a value that it can have");
    for (Index other = 0; other < belief.rows(); ++other) {
      if (other != value) belief(other, node) = 0;
    }
  }
  for (Index node = nodes_ - 1; node > 0; --node) {  // children stand behind their parent
    const Index above = parent(node);
    for (Index value = 0; value < (above == 0 ? labels : 2); ++value) {
      const double zero = zero_probability(node, static_cast<std::uint8_t>(value));
      belief(value, above) *= zero * belief(0, node) + (1 - zero) * belief(1, node);
    }
  }
  double sum = 0;
  for (Index label = 0; label < labels; ++label)
    sum += config_.root_probability[static_cast<std::size_t>(label)] * belief(label, 0);
  return sum;
}

Matrix LatentTree::joint(Index first, Index second) const {
  Matrix table(2, 2);
  for (long a = 0; a < 2; ++a) {
    for (long b = 0; b < 2; ++b) table(a, b) = probability(std::vector<Observed>{{first, a}, {second, b}});
  }
  return table;
}

double LatentTree::one_given_one(Index first, Index given) const {
  const double condition = probability(std::vector<Observed>{{given, 1}});
  if (!(condition > 0)) return std::numeric_limits<double>::quiet_NaN();
  return probability(std::vector<Observed>{{first, 1}, {given, 1}}) / condition;
}

}  // namespace lemmata::sim
