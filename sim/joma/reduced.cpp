#include "sim/joma/reduced.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "sim/error.h"
#include "sim/random.h"

namespace lemmata::sim {

namespace {

void require_one_of(const std::string& field, const std::string& found, const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), found) != allowed.end()) return;
  std::string list;
  for (const std::string& name : allowed) list += (list.empty() ? "" : " | ") + name;
  throw ConfigError(field, found, list);
}

void require(bool holds, const std::string& field, double found, const std::string& allowed) {
  if (!holds) throw ConfigError(field, found, allowed);
}

void check(const ReducedConfig& c) {
  require_one_of("model.law", c.law, {"relaxation", "stationary", "fixed_upstream", "regression"});
  if (c.law == "stationary") {
    require_one_of("model.attention", c.attention, {"exp", "linear"});  // softmax does not sum over the data
  } else {
    require_one_of("model.attention", c.attention, {"exp", "linear", "softmax"});
  }
  require_one_of("model.start", c.start, {"equal", "normal"});
  require_one_of("model.state", c.state, {"v", "log_gap"});
  if (c.law != "relaxation") require_one_of("model.state", c.state, {"v"});
  require(std::isfinite(c.scale), "model.scale", c.scale, "a number");
  require(c.nodes >= 1, "model.nodes", static_cast<double>(c.nodes), "an integer >= 1");
  require(c.temperature > 0 && std::isfinite(c.temperature), "model.temperature", c.temperature, "a number > 0");
  require(c.normalisation > 0 && std::isfinite(c.normalisation), "model.normalisation", c.normalisation,
          "a number > 0");
  require(c.invariant >= 0 && std::isfinite(c.invariant), "model.invariant", c.invariant, "a number >= 0");
  require(std::isfinite(c.v0), "model.v0", c.v0, "a number");
  require(std::isfinite(c.z0), "model.z0", c.z0, "a number");
  require(c.samples >= 1, "model.samples", static_cast<double>(c.samples), "an integer >= 1");
}

Matrix normal_matrix(Index rows, Index columns, Philox& random) {
  Matrix draws(rows, columns);
  random.fill_normal({draws.data(), static_cast<std::size_t>(draws.size())});
  return draws;
}

}  // namespace

Vector means_of(const ReducedMeans& means) {
  if (!means.mt19937) {
    if (means.values.empty()) throw ConfigError("model.mu", "[]", "at least one number");
    for (std::size_t i = 0; i < means.values.size(); ++i) {
      require(std::isfinite(means.values[i]), "model.mu." + std::to_string(i), means.values[i], "a number");
    }
    return Eigen::Map<const Vector>(means.values.data(), static_cast<Index>(means.values.size()));
  }
  require(means.count >= 1, "model.mu.count", static_cast<double>(means.count), "an integer >= 1");
  require(std::isfinite(means.low), "model.mu.low", means.low, "a number");
  require(std::isfinite(means.high) && means.high >= means.low, "model.mu.high", means.high, "a number >= low");
  std::mt19937 generator(*means.mt19937);  // its numbers, unlike the distributions', are fixed by the standard
  Vector drawn(static_cast<Index>(means.count));
  for (double& mu : drawn) {
    const double u = std::ldexp(static_cast<double>(generator() & 0xFFFFFFu), -24);
    mu = means.low + (means.high - means.low) * u;
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

ReducedSystem::ReducedSystem(const ReducedConfig& config, std::uint64_t seed) : config_(config) {
  check(config);
  const Vector means = config.scale * means_of(config.mu);
  mu_ = means;
  Philox random(seed, Purpose::init, 0);
  if (config.nodes > 1) {
    const Matrix directions = normal_matrix(means.size(), static_cast<Index>(config.nodes), random);
    mu_ = means.asDiagonal() * directions.rowwise().normalized();
  }
  start_ = Matrix::Constant(mu_.rows(), mu_.cols(), config.v0);
  if (config.start == "normal") start_ = config.v0 * normal_matrix(mu_.rows(), mu_.cols(), random);
  if (config.state == "log_gap") {
    for (Index i = 0; i < mu_.size(); ++i) {
      require(mu_(i) != 0, "model.mu", mu_(i), "numbers other than 0, times a scale other than 0, for state log_gap");
      const double share = start_(i) / mu_(i);
      require(share < 1, "model.state", share, "log_gap only where v(0)/mu < 1");
    }
  }
  if (config.law == "fixed_upstream" || config.law == "regression") draw_samples(seed);
}

Blocks ReducedSystem::initial() const {
  if (config_.state == "log_gap") return {{"u", (-start_.array() / mu_.array()).log1p().matrix()}};
  Blocks blocks = {{"v", start_}};
  if (config_.law != "relaxation") {
    blocks["z"] = Matrix::Constant(mu_.rows(), 1, config_.z0 + (config_.attention == "linear" ? 1 : 0));
  }
  return blocks;
}

BlockGradient ReducedSystem::gradient() const {
  const auto law = config_.law == "relaxation"   ? &ReducedSystem::relaxation
                   : config_.law == "stationary" ? &ReducedSystem::stationary
                                                 : &ReducedSystem::sampled;
  return [this, law](const Blocks& at, Blocks& gradient) { return (this->*law)(at, gradient); };
}

Matrix ReducedSystem::v(const Blocks& at) const {
  if (config_.state != "log_gap") return at.at("v");
  const Matrix& u = at.at("u");
  return (-mu_.array() * u.array().expm1()).matrix();
}

Vector ReducedSystem::log_attention(const Blocks& at) const {
  if (config_.law == "relaxation") {
    const Vector s = v(at).rowwise().squaredNorm();
    if (config_.attention == "linear") return ((s.array() + config_.invariant).log() / 2).matrix();
    return s / config_.temperature;
  }
  const Vector z = at.at("z").col(0);
  if (config_.attention == "linear") return z.array().log().matrix();  // NaN if it has turned negative
  return z / config_.temperature;
}

}  // namespace lemmata::sim
