#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "sim/joma/layer_data.h"
#include "tests/oracle/naive_scalar.h"

namespace lemmata::oracle {

/// Parameters of the one-layer model as plain arrays of any scalar: w (dimension, node), z (token, query), upper (node,
/// class), each column after column.
template <class T>
struct NaiveLayerParameters {
  std::vector<T> w, z, upper;
};

namespace layer_detail {

// b of one sample: sigma(z_l) x_l / A.
template <class T>
std::vector<T> naive_attention(const sim::LayerConfig& config, const Matrix& x, Index sample, const T* z) {
  using std::exp;
  std::vector<T> b;
  T total(0);
  for (long l = 0; l < config.context(); ++l) {
    const T sigma = config.attention == "linear" ? z[l] : exp(z[l] / T(config.temperature));
    b.push_back(sigma * T(x(l, sample)));
    total = total + b.back();
  }
  for (T& one : b) one = one / (config.attention == "softmax" ? total : T(config.normaliser));
  return b;
}

// -log softmax(logits)_label.
template <class T>
T naive_cross_entropy(const std::vector<T>& logits, Index label) {
  using std::exp, std::log;
  T sum(0);
  for (const T& logit : logits) sum = sum + exp(logit);
  return log(sum) - logits[static_cast<std::size_t>(label)];
}

// h of one sample: f = U_C b + u_q, phi(w_k . f).
template <class T>
std::vector<T> naive_hidden(const sim::LayerConfig& config, const sim::LayerData& data,
                            const NaiveLayerParameters<T>& p, Index sample, double* nearest_kink) {
  const long tokens = config.context(), dimension = config.embedding.dimension;
  const Index query = data.query[static_cast<std::size_t>(sample)];
  const std::vector<T> b = naive_attention(config, data.context, sample, p.z.data() + query * tokens);
  std::vector<T> f, h;
  for (long i = 0; i < dimension; ++i) {
    T sum(data.embedding(i, tokens + query));
    for (long l = 0; l < tokens; ++l) sum = sum + T(data.embedding(i, l)) * b[static_cast<std::size_t>(l)];
    f.push_back(sum);
  }
  for (long k = 0; k < config.nodes; ++k) {
    T sum(0);
    for (long i = 0; i < dimension; ++i)
      sum = sum + p.w[static_cast<std::size_t>(k * dimension + i)] * f[static_cast<std::size_t>(i)];
    h.push_back(naive_activation(config.activation, sum, nearest_kink));
  }
  return h;
}

// Loss of one sample from its h.
template <class T>
T naive_upstream(const sim::LayerConfig& config, const sim::LayerData& data, const NaiveLayerParameters<T>& p,
                 Index sample, const std::vector<T>& h) {
  const Index label = data.label[static_cast<std::size_t>(sample)];
  if (config.upstream == "cross_entropy") return naive_cross_entropy(h, label);
  T sum(0);
  if (config.upstream == "fixed") {
    for (long k = 0; k < config.nodes; ++k) sum = sum - T(data.upstream(k, sample)) * h[static_cast<std::size_t>(k)];
    return sum;
  }
  std::vector<T> logits(static_cast<std::size_t>(config.data.classes), T(0));
  for (std::size_t c = 0; c < logits.size(); ++c) {
    for (std::size_t k = 0; k < h.size(); ++k) logits[c] = logits[c] + p.upper[c * h.size() + k] * h[k];
  }
  return naive_cross_entropy(logits, label);
}

}  // namespace layer_detail

/// Loss of the one-layer model straight from joma.md, Theorem 1, sample by sample: f is formed, softmax is not shifted.
/// @param samples       those that count, each with weight P(sample) all/how many.
/// @param nearest_kink  lowered to |a| at a relu, may be null.
template <class T>
T naive_layer_loss(const sim::LayerConfig& config, const sim::LayerData& data, const NaiveLayerParameters<T>& p,
                   const std::vector<Index>& samples, double* nearest_kink = nullptr) {
  const double share = static_cast<double>(data.samples()) / static_cast<double>(samples.size());
  T loss(0);
  for (const Index sample : samples) {
    const std::vector<T> h = layer_detail::naive_hidden(config, data, p, sample, nearest_kink);
    loss = loss + T(data.weight(sample) * share) * layer_detail::naive_upstream(config, data, p, sample, h);
  }
  return loss;
}

}  // namespace lemmata::oracle
