#include "sim/joma/layer_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "sim/random.h"

namespace lemmata::sim {
namespace {

Matrix context_of(const LayerConfig& config, std::uint64_t seed) {
  const LayerDataConfig& data = config.data;
  Matrix context(config.context(), data.samples);
  Philox random(seed, Purpose::data);
  random.fill_uniform({context.data(), static_cast<std::size_t>(context.size())});
  context /= 2;
  if (data.law == "gaussian") {
    for (Index sample = 0; sample < context.cols(); ++sample) {
      const double centre = static_cast<double>(data.distinct) * static_cast<double>(sample % data.classes) /
                            static_cast<double>(data.classes);
      for (Index token = 0; token < data.distinct; ++token)
        context(token, sample) = std::exp(-std::pow(static_cast<double>(token) - centre, 2) / 30);
    }
  }
  context.array().rowwise() /= context.colwise().sum().array().eval();
  return context;
}

Matrix normal_matrix(Index rows, Index columns, double std, Philox random) {
  Matrix matrix(rows, columns);
  random.fill_normal({matrix.data(), static_cast<std::size_t>(matrix.size())});
  return std * matrix;
}

}  // namespace

LayerData layer_data(const LayerConfig& config, std::uint64_t seed) {
  check_layer_config(config);
  LayerData data;
  data.context = context_of(config, seed);
  for (Index sample = 0; sample < config.data.samples; ++sample) {
    data.label.push_back(sample % config.data.classes);
    data.query.push_back(sample % config.data.queries);
  }
  data.weight = Vector::Constant(config.data.samples, 1 / static_cast<double>(config.data.samples));
  if (!config.data.sample_weight.empty())
    data.weight = Eigen::Map<const Vector>(config.data.sample_weight.data(), config.data.samples);
  const Index dimension = config.embedding.dimension, vectors = config.context() + config.data.queries;
  if (config.embedding.kind == "orthonormal")
    data.embedding = Matrix::Identity(dimension, vectors);
  else
    data.embedding =
        normal_matrix(dimension, vectors, 1 / std::sqrt(static_cast<double>(dimension)), {seed, Purpose::basis});
  if (config.upstream == "fixed")
    data.upstream = normal_matrix(config.nodes, config.data.samples, config.upstream_std, {seed, Purpose::data, 1});
  return data;
}

std::vector<Index> minibatch(Index samples, long batch, std::uint64_t seed, long step) {
  if (batch < 0 || batch > samples) throw std::invalid_argument("minibatch: batch is in 0..samples");
  std::vector<Index> drawn(static_cast<std::size_t>(samples));
  std::iota(drawn.begin(), drawn.end(), Index{0});
  if (batch == 0) return drawn;
  Philox random(seed, Purpose::fresh, static_cast<std::uint64_t>(step));
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i)
    std::swap(drawn[i], drawn[i + static_cast<std::size_t>(random.below(drawn.size() - i))]);
  drawn.resize(static_cast<std::size_t>(batch));
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

}  // namespace lemmata::sim
