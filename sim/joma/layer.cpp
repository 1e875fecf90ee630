#include "sim/joma/layer.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/random.h"
#include "sim/registry.h"

namespace lemmata::sim {
namespace {

Matrix normal_block(Index rows, Index columns, double std, std::uint64_t seed, std::uint64_t index) {
  Matrix block(rows, columns);
  Philox(seed, Purpose::init, index).fill_normal({block.data(), static_cast<std::size_t>(block.size())});
  return std * block;
}

}  // namespace

Layer::Layer(const LayerConfig& config, std::uint64_t seed) : Layer(config, layer_data(config, seed)) {}

Layer::Layer(const LayerConfig& config, LayerData data) : config_(config), data_(std::move(data)) {
  check_layer_config(config_);
  const Index samples = data_.context.cols(), vectors = config_.context() + config_.data.queries;
  const bool fits =
      data_.context.rows() == config_.context() && data_.weight.size() == samples &&
      static_cast<Index>(data_.label.size()) == samples && static_cast<Index>(data_.query.size()) == samples &&
      data_.embedding.cols() == vectors && data_.embedding.rows() == config_.embedding.dimension &&
      (config_.upstream != "fixed" || (data_.upstream.rows() == config_.nodes && data_.upstream.cols() == samples));
  if (!fits) throw std::invalid_argument("Layer: the samples are not in the shapes of the configuration");
  activation_ = find_entry(activations(), config_.activation, "model.activation").activation;
  use_samples(minibatch(data_.samples(), 0, 0, 0));
}

Blocks Layer::initial(std::uint64_t seed) const {
  const LayerInitConfig& init = config_.init;
  Blocks blocks = {{"w", normal_block(data_.embedding.rows(), config_.nodes, init.node_std, seed, 0)},
                   {"z", normal_block(config_.context(), config_.data.queries, init.query_std, seed, 1)}};
  if (config_.upstream == "upper")
    blocks["upper"] = normal_block(config_.nodes, config_.data.classes, init.upper_std, seed, 2);
  return blocks;
}

void Layer::use_samples(const std::vector<Index>& samples) {
  const Index count = static_cast<Index>(samples.size());
  context_.resize(config_.context(), count);
  selector_.setZero(config_.data.queries, count);
  target_.setZero(config_.upstream == "cross_entropy" ? config_.nodes : config_.data.classes, count);
  upstream_.resize(data_.upstream.rows(), data_.upstream.rows() > 0 ? count : 0);
  weight_.resize(count);
  for (Index i = 0; i < count; ++i) {
    const Index sample = samples[static_cast<std::size_t>(i)];
    const auto at = static_cast<std::size_t>(sample);
    selector_(data_.query.at(at), i) = 1;
    target_(data_.label[at], i) = 1;
    context_.col(i) = data_.context.col(sample);
    if (upstream_.rows() > 0) upstream_.col(i) = data_.upstream.col(sample);
    weight_(i) = data_.weight(sample) * (static_cast<double>(data_.samples()) / static_cast<double>(count));
  }
}

Matrix Layer::token_values(const Matrix& w) const {
  const Index tokens = config_.context();
  if (config_.embedding.kind == "orthonormal") return w.topRows(tokens);  // U is the identity
  return data_.embedding.leftCols(tokens).transpose() * w;
}

Matrix Layer::query_values(const Matrix& w) const {
  const Index tokens = config_.context(), queries = config_.data.queries;
  if (config_.embedding.kind == "orthonormal") return w.middleRows(tokens, queries);
  return data_.embedding.rightCols(queries).transpose() * w;
}

// U_C d_tokens + U_Q d_queries: the transpose of the two above.
Matrix Layer::embedded(const Matrix& d_tokens, const Matrix& d_queries) const {
  const Index tokens = config_.context(), queries = config_.data.queries;
  if (config_.embedding.kind != "orthonormal")
    return data_.embedding.leftCols(tokens) * d_tokens + data_.embedding.rightCols(queries) * d_queries;
  Matrix d_w = Matrix::Zero(data_.embedding.rows(), d_tokens.cols());
  d_w.topRows(tokens) = d_tokens;
  d_w.middleRows(tokens, queries) = d_queries;
  return d_w;
}

// b = sigma(z_q) o x / A.
void Layer::attend(const Matrix& z) {
  const Matrix scores = z * selector_;  // (token, sample): column q of z for every sample that asks q
  if (config_.attention == "linear") {
    attention_ = scores.cwiseProduct(context_) / config_.normaliser;
  } else if (config_.attention == "exp") {
    attention_ = (scores.array() / config_.temperature).exp() * context_.array() / config_.normaliser;
  } else {  // shifted by the largest score among the tokens that the sample has, so that no exponential overflows
    const Matrix present = (context_.array() > 0).select(scores, -std::numeric_limits<double>::infinity());
    const Eigen::RowVectorXd shift = present.colwise().maxCoeff();
    attention_ = ((present.rowwise() - shift).array() / config_.temperature).exp() * context_.array();
    const Eigen::RowVectorXd normaliser = attention_.colwise().sum();
    attention_.array().rowwise() /= normaliser.array();
  }
}

// dL/dz_q, sums over the samples of q, from s = dL/db: linear s o x / A;  exp s o b / T;  softmax (s o b - (b.s) b) /
// T.
Matrix Layer::attention_gradient() const {
  if (config_.attention == "linear")
    return (d_attention_.cwiseProduct(context_) / config_.normaliser) * selector_.transpose();
  Matrix d_scores = d_attention_.cwiseProduct(attention_);
  if (config_.attention == "softmax") {
    const Eigen::RowVectorXd mean = d_scores.colwise().sum();
    d_scores.array() -= attention_.array().rowwise() * mean.array();
  }
  return (d_scores / config_.temperature) * selector_.transpose();
}

// E[-log softmax(logits)_label]; dL/dlogits = (softmax - target) weight.
double Layer::cross_entropy(const Matrix& logits, Matrix& d_logits) const {
  const Eigen::RowVectorXd largest = logits.colwise().maxCoeff();
  const Matrix shifted = logits.rowwise() - largest;
  const Matrix exponential = shifted.array().exp();
  const Eigen::RowVectorXd sum = exponential.colwise().sum();
  const Eigen::RowVectorXd correct = shifted.cwiseProduct(target_).colwise().sum();
  d_logits = exponential.array().rowwise() / sum.array();
  d_logits -= target_;
  d_logits.array().rowwise() *= weight_.transpose().array();
  return (sum.array().log().matrix() - correct).dot(weight_.transpose());
}

// Loss and d_hidden_ = dL/dh, from hidden_; with `upper` dL/dupper too.
double Layer::upstream(const Blocks& parameters, Blocks& gradient) {
  if (config_.upstream == "fixed") {
    d_hidden_ = -(upstream_.array().rowwise() * weight_.transpose().array());
    return d_hidden_.cwiseProduct(hidden_).sum();
  }
  if (config_.upstream == "cross_entropy") return cross_entropy(hidden_, d_hidden_);
  const Matrix& upper = parameters.at("upper");
  Matrix d_logits;
  const double loss = cross_entropy(upper.transpose() * hidden_, d_logits);
  d_hidden_ = upper * d_logits;
  const auto d_upper = gradient.find("upper");
  if (d_upper != gradient.end()) d_upper->second = hidden_ * d_logits.transpose();
  return loss;
}

// With a_k = v_k.b + xi_kq and delta = dL/dh o phi'(a): dL/dv = b delta^T, dL/dxi = S delta^T, dL/db = v delta, where
// S is 1 at (query of the sample, sample); so f itself, of length `dimension`, is never formed.
double Layer::evaluate(const Blocks& parameters, Blocks& gradient) {
  const Matrix& w = parameters.at("w");
  attend(parameters.at("z"));
  token_values_ = token_values(w);
  query_values_ = query_values(w);
  preactivation_ = token_values_.transpose() * attention_ + query_values_.transpose() * selector_;
  hidden_ = preactivation_.unaryExpr([this](double a) { return activation_->value(a); });
  const double loss = upstream(parameters, gradient);
  d_preactivation_ =
      d_hidden_.cwiseProduct(preactivation_.unaryExpr([this](double a) { return activation_->slope(a); }));
  const auto d_w = gradient.find("w"), d_z = gradient.find("z");
  if (d_w != gradient.end())
    d_w->second = embedded(attention_ * d_preactivation_.transpose(), selector_ * d_preactivation_.transpose());
  if (d_z != gradient.end()) {
    d_attention_ = token_values_ * d_preactivation_;
    d_z->second = attention_gradient();
  }
  return loss;
}

}  // namespace lemmata::sim
