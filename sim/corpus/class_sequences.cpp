#include "sim/corpus/class_sequences.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "sim/error.h"
#include "sim/random.h"

namespace lemmata::sim {
namespace {

using Children = std::vector<std::vector<Index>>;  // of every node of a level, in increasing order

/// Whether n choose k is at least `wanted`.
bool has_combinations(long n, long k, long wanted) {
  double count = 1;
  for (long i = 0; i < k && count < static_cast<double>(wanted); ++i)
    count = count * static_cast<double>(n - i) / static_cast<double>(i + 1);
  return count >= static_cast<double>(wanted) * (1 - 1e-12);
}

void require(const char* field, long value, bool holds, const std::string& allowed) {
  if (!holds) throw ConfigError(std::string("class_sequences.") + field, value, allowed);
}

void check(const ClassSequencesConfig& config, long tokens) {
  require("children", config.children, config.children >= 1 && config.children <= 100, "an integer from 1 to 100");
  for (const auto& [field, value] : {std::pair{"low_latents", config.low_latents},
                                     {"high_latents", config.high_latents},
                                     {"classes", config.classes}})
    require(field, value, value >= 1 && value <= 100'000, "an integer from 1 to 100,000");
  const long cubed = config.children * config.children * config.children;
  require("length", config.length, config.length >= cubed, "at least children^3, " + std::to_string(cubed));
  const auto choose = [&](const char* field, long nodes, const char* below, long count) {
    require(field, nodes, count >= config.children && has_combinations(count, config.children, nodes),
            "at most as many as there are combinations of " + std::to_string(config.children) + " of " +
                std::to_string(count) + " " + below);
  };
  choose("low_latents", config.low_latents, "tokens", tokens);
  choose("high_latents", config.high_latents, "latents of level 0", config.low_latents);
  choose("classes", config.classes, "latents of level 1", config.high_latents);
}

Children drawn_children(long nodes, long below, long children, Philox& generator) {
  Children level;
  std::set<std::vector<Index>> taken;
  std::vector<Index> order(static_cast<std::size_t>(below));
  while (static_cast<long>(level.size()) < nodes) {
    std::iota(order.begin(), order.end(), Index{0});
    for (std::size_t i = 0; i < static_cast<std::size_t>(children); ++i)  // the beginning of a Fisher-Yates shuffle
      std::swap(order[i], order[i + generator.below(order.size() - i)]);
    std::vector<Index> some(order.begin(), order.begin() + children);
    std::sort(some.begin(), some.end());
    if (taken.insert(some).second) level.push_back(some);
  }
  return level;
}

/// (class, node below): 1 where a node that is active for the class has it among its children.
Matrix activated(const Matrix& active, const Children& children, long below) {
  Matrix result = Matrix::Zero(active.rows(), below);
  for (Index row = 0; row < active.rows(); ++row) {
    for (Index node = 0; node < active.cols(); ++node) {
      if (active(row, node) == 0) continue;
      for (const Index child : children[static_cast<std::size_t>(node)]) result(row, child) = 1;
    }
  }
  return result;
}

}  // namespace

ClassSequences class_sequences(const ClassSequencesConfig& config, std::uint64_t seed) {
  const bool front = config.padding == "front";
  if (!front && config.padding != "none") throw ConfigError("class_sequences.padding", config.padding, "front | none");
  require("vocabulary", config.vocabulary, config.vocabulary >= 2 && config.vocabulary <= 1'000'000,
          "an integer from 2 to 1,000,000");
  const long usable = config.vocabulary - (front ? 1 : 0);
  check(config, usable);
  const auto level = [&](std::uint64_t index, long nodes, long below) {
    Philox generator(seed, Purpose::data, index);
    return drawn_children(nodes, below, config.children, generator);
  };
  ClassSequences made;
  made.high = activated(Matrix::Identity(config.classes, config.classes), level(2, config.classes, config.high_latents),
                        config.high_latents);
  made.low = activated(made.high, level(1, config.high_latents, config.low_latents), config.low_latents);
  made.tokens = activated(made.low, level(0, config.low_latents, usable), usable);
  made.corpus = {config.vocabulary, config.length, {}};
  std::set<std::vector<std::int32_t>> different;
  for (Index row = 0; row < config.classes; ++row) {
    std::vector<std::int32_t> sequence;
    for (Index token = 0; token < usable; ++token) {
      if (made.tokens(row, token) != 0) sequence.push_back(static_cast<std::int32_t>(token));
    }
    different.insert(sequence);
    const std::size_t missing = static_cast<std::size_t>(config.length) - sequence.size();
    sequence.insert(front ? sequence.begin() : sequence.end(), missing,
                    front ? static_cast<std::int32_t>(config.vocabulary - 1) : no_token);
    made.corpus.tokens.insert(made.corpus.tokens.end(), sequence.begin(), sequence.end());
  }
  made.distinct = static_cast<Index>(different.size());
  return made;
}

}  // namespace lemmata::sim
