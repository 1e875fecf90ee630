#include <cmath>

#include "sim/data/law.h"
#include "sim/error.h"
#include "sim/numerics/signals.h"

namespace lemmata::sim {
namespace {

// Sample (n, n', y, eps), n' != n, y, eps = +-1: tokens beta c_n, alpha y v_n, gamma eps v_n', and L - 3 noise tokens
// N(0, s^2 I). c, v orthonormal unless label_cosine or class_tree_cosine is set. Class n has frequency ~ (n+1)^-zipf.
// `enumerated`: all 4 N (N-1) tuples x replicates, weighted; with s = 0 and fixed amplitudes this is the population.

struct Tuple {
  Index own, other;
  double label, other_sign;
};

void require(bool holds, const std::string& key, double found, const std::string& allowed) {
  if (!holds) throw ConfigError("data." + key, found, allowed);
}

void check_amplitude(const Amplitude& amplitude, const std::string& key) {
  require(std::isfinite(amplitude.low) && std::isfinite(amplitude.high) && amplitude.low <= amplitude.high, key,
          amplitude.high, "a finite number, or [low, high] with low <= high");
}

void check(const DataConfig& config) {
  require(config.classes >= 2, "classes", static_cast<double>(config.classes), "an integer >= 2");
  require(config.features >= 2 * config.classes, "features", static_cast<double>(config.features),
          "an integer >= 2 x data.classes = " + std::to_string(2 * config.classes));
  require(config.tokens >= 3, "tokens", static_cast<double>(config.tokens), "an integer >= 3");
  require(config.noise_std >= 0 && std::isfinite(config.noise_std), "noise_std", config.noise_std,
          "a finite number >= 0");
  require(config.replicates >= 1, "replicates", static_cast<double>(config.replicates), "an integer >= 1");
  require(config.samples >= 1, "samples", static_cast<double>(config.samples), "an integer >= 1");
  require(config.heldout >= 0, "heldout", static_cast<double>(config.heldout), "an integer >= 0");
  const double lowest = -1 / (static_cast<double>(config.classes) - 1);
  require(config.label_cosine > lowest && config.label_cosine < 1, "label_cosine", config.label_cosine,
          "a number in (-1/(classes - 1), 1) = (" + std::to_string(lowest) + ", 1)");
  require(config.class_tree_cosine >= 0 && config.class_tree_cosine < 1, "class_tree_cosine", config.class_tree_cosine,
          "a number in [0, 1)");
  require(config.zipf >= 0 && std::isfinite(config.zipf), "zipf", config.zipf, "a finite number >= 0");
  check_amplitude(config.alpha, "alpha");
  check_amplitude(config.beta, "beta");
  check_amplitude(config.gamma, "gamma");
  if (config.basis != "standard" && config.basis != "random")
    throw ConfigError("data.basis", config.basis, "standard | random");
  if (config.sampling != "enumerated" && config.sampling != "random" && config.sampling != "fresh") {
    throw ConfigError("data.sampling", config.sampling, "enumerated | random | fresh");
  }
}

Vector class_frequency(const DataConfig& config) {
  Vector frequency(config.classes);
  for (Index n = 0; n < config.classes; ++n) frequency(n) = std::pow(static_cast<double>(n + 1), -config.zipf);
  return frequency / frequency.sum();
}

void place_signals(const DataConfig& config, std::uint64_t seed, Dataset& data) {
  const Index classes = config.classes;
  Matrix basis = Matrix::Identity(config.features, config.features);
  if (config.basis == "random") basis = haar_rotation(config.features, Philox(seed, Purpose::basis));
  data.class_signal = tree_cosine_rows(classes, config.class_tree_cosine) * basis.leftCols(classes).transpose();
  data.label_signal = equal_cosine_rows(classes, config.label_cosine) * basis.middleCols(classes, classes).transpose();
}

double draw_amplitude(const Amplitude& amplitude, Philox& random) {
  return amplitude.is_fixed() ? amplitude.low : amplitude.low + (amplitude.high - amplitude.low) * random.uniform();
}

void place_sample(const DataConfig& config, Index k, const Tuple& tuple, Philox& random, Dataset& data) {
  const Index first = k * config.tokens;
  data.label(k) = tuple.label;
  data.class_index[static_cast<std::size_t>(k)] = static_cast<int>(tuple.own);
  data.tokens.col(first) = draw_amplitude(config.beta, random) * data.class_signal.row(tuple.own).transpose();
  data.tokens.col(first + 1) =
      draw_amplitude(config.alpha, random) * tuple.label * data.label_signal.row(tuple.own).transpose();
  data.tokens.col(first + 2) =
      draw_amplitude(config.gamma, random) * tuple.other_sign * data.label_signal.row(tuple.other).transpose();
  for (Index l = 3; l < config.tokens; ++l) {
    for (Index feature = 0; feature < config.features; ++feature) {
      data.tokens(feature, first + l) = config.noise_std > 0 ? config.noise_std * random.normal() : 0;
    }
  }
  for (Index l = 0; l < config.tokens; ++l) {
    data.token_kind[static_cast<std::size_t>(first + l)] = static_cast<TokenKind>(std::min<Index>(l, 3));
  }
}

Dataset allocate(const DataConfig& config, Index samples) {
  Dataset data;
  data.tokens_per_sample = config.tokens;
  data.classes = config.classes;
  data.tokens.resize(config.features, samples * config.tokens);
  data.label.resize(samples);
  data.weight = Vector::Constant(samples, 1 / static_cast<double>(samples));
  data.class_index.resize(static_cast<std::size_t>(samples));
  data.token_kind.resize(static_cast<std::size_t>(samples * config.tokens));
  return data;
}

// Every sample has its own stream, so sample k is the same whatever the number of samples.
Philox sample_stream(const DataDraw& draw, Index k) {
  return Philox(draw.seed, draw.purpose, (draw.step << 32) + static_cast<std::uint64_t>(k));
}

Dataset enumerate(const DataConfig& config, const DataDraw& draw) {
  const Index classes = config.classes, samples = 4 * classes * (classes - 1) * config.replicates;
  Dataset data = allocate(config, samples);
  place_signals(config, draw.seed, data);
  const Vector frequency = class_frequency(config);
  Index k = 0;
  for (Index own = 0; own < classes; ++own) {
    for (Index other = 0; other < classes; ++other) {
      if (other == own) continue;
      for (const double label : {1.0, -1.0}) {
        for (const double other_sign : {1.0, -1.0}) {
          for (Index replicate = 0; replicate < config.replicates; ++replicate, ++k) {
            Philox random = sample_stream(draw, k);
            place_sample(config, k, {own, other, label, other_sign}, random, data);
            if (config.zipf > 0)
              data.weight(k) = frequency(own) * static_cast<double>(classes) / static_cast<double>(samples);
          }
        }
      }
    }
  }
  return data;
}

Dataset sample(const DataConfig& config, const DataDraw& draw, Index samples) {
  Dataset data = allocate(config, samples);
  place_signals(config, draw.seed, data);
  const Vector frequency = class_frequency(config);
  for (Index k = 0; k < samples; ++k) {
    Philox random = sample_stream(draw, k);
    Index own = 0;
    double below = frequency(0);
    for (const double u = random.uniform(); own + 1 < config.classes && u >= below;) below += frequency(++own);
    Index other = static_cast<Index>(random.below(static_cast<std::uint64_t>(config.classes - 1)));
    if (other >= own) ++other;
    const double label = random.below(2) == 0 ? 1 : -1, other_sign = random.below(2) == 0 ? 1 : -1;
    place_sample(config, k, {own, other, label, other_sign}, random, data);
  }
  return data;
}

Dataset generate(const DataConfig& config, const DataDraw& draw) {
  check(config);
  if (draw.purpose == Purpose::heldout) return sample(config, draw, config.heldout);
  return config.sampling == "enumerated" ? enumerate(config, draw) : sample(config, draw, config.samples);
}

}  // namespace

DataLawEntry class_mixture_law() {
  return {"class_mixture", "beta c_n, alpha y v_n, gamma eps v_n' and L - 3 noise tokens; label y, class n",
          "mot.md section 1; Chen et al. 2022", check, generate};
}

}  // namespace lemmata::sim
