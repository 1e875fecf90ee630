#include "sim/joma/layer_config.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>

#include "sim/activation/activation.h"
#include "sim/error.h"
#include "sim/registry.h"

namespace lemmata::sim {
namespace {

void require_name(const std::string& field, const std::string& found, std::initializer_list<const char*> names) {
  std::string allowed;
  for (const char* name : names) {
    if (found == name) return;
    allowed += (allowed.empty() ? "" : " | ") + std::string(name);
  }
  throw ConfigError(field, found, allowed);
}

void require_at_least(const std::string& field, long found, long least) {
  if (found < least) throw ConfigError(field, found, "a whole number >= " + std::to_string(least));
}

void require_positive(const std::string& field, double found) {
  if (!(found > 0) || !std::isfinite(found)) throw ConfigError(field, found, "a finite number > 0");
}

void require_std(const std::string& field, double found) {
  if (!(found >= 0) || !std::isfinite(found)) throw ConfigError(field, found, "a finite number >= 0");
}

void check_data(const LayerDataConfig& data) {
  require_name("data.law", data.law, {"gaussian", "random"});
  require_at_least("data.distinct", data.distinct, 0);
  require_at_least("data.common", data.common, 0);
  if (data.distinct + data.common < 2) throw ConfigError("data.common", data.common, "distinct + common >= 2");
  require_at_least("data.classes", data.classes, 1);
  require_at_least("data.samples", data.samples, 1);
  require_at_least("data.queries", data.queries, 1);
  if (data.queries > data.samples) throw ConfigError("data.queries", data.queries, "at most data.samples");
  if (data.batch < 0 || data.batch > data.samples)
    throw ConfigError("data.batch", data.batch, "0 (all samples) up to data.samples");
  if (data.sample_weight.empty()) return;
  const double sum = std::accumulate(data.sample_weight.begin(), data.sample_weight.end(), 0.0);
  const bool nonnegative =
      std::all_of(data.sample_weight.begin(), data.sample_weight.end(), [](double weight) { return weight >= 0; });
  const auto count = static_cast<long>(data.sample_weight.size());
  if (count != data.samples)
    throw ConfigError("data.sample_weight", std::to_string(count) + " numbers",
                      std::to_string(data.samples) + ", one per sample");
  if (!nonnegative || !(std::abs(sum - 1) <= 1e-12))
    throw ConfigError("data.sample_weight", "numbers of sum " + std::to_string(sum),
                      "numbers >= 0 of sum 1 (to 1e-12)");
}

void check_embedding(const LayerConfig& config) {
  require_name("model.embedding.kind", config.embedding.kind, {"orthonormal", "random"});
  const long vectors = config.context() + config.data.queries;
  const bool orthonormal = config.embedding.kind == "orthonormal";
  require_at_least("model.embedding.dimension", config.embedding.dimension, orthonormal ? vectors : 1);
}

}  // namespace

void check_layer_config(const LayerConfig& config) {
  check_data(config.data);
  require_name("model.attention", config.attention, {"linear", "exp", "softmax"});
  require_positive("model.temperature", config.temperature);
  require_positive("model.normaliser", config.normaliser);
  find_entry(activations(), config.activation, "model.activation");
  require_at_least("model.nodes", config.nodes, 1);
  require_name("model.upstream", config.upstream, {"cross_entropy", "upper", "fixed"});
  if (config.upstream == "cross_entropy" && config.nodes < config.data.classes)
    throw ConfigError("model.nodes", config.nodes, "at least data.classes: they are the logits of cross_entropy");
  require_std("model.upstream_std", config.upstream_std);
  check_embedding(config);
  require_std("model.init.node_std", config.init.node_std);
  require_std("model.init.query_std", config.init.query_std);
  require_std("model.init.upper_std", config.init.upper_std);
}

}  // namespace lemmata::sim
