#pragma once
#include <string>
#include <vector>

#include "sim/config.h"
#include "sim/data/dataset.h"
#include "sim/model/parameters.h"
#include "tests/oracle/naive_scalar.h"

// The model of mot.md sections 2-3 as plain loops over any scalar, written from the document alone: only the layout of
// the blocks (sim/model/parameters.h, sim/data/dataset.h) is shared with the simulator. It is slow and it is the
// oracle.
namespace lemmata::oracle {

/// A matrix of any scalar, element access only. Column-major like the blocks of the simulator.
template <class T>
struct Table {
  Index rows = 0, cols = 0;
  std::vector<T> entries;
  Table() = default;
  Table(Index n_rows, Index n_cols, T value = T(0))
      : rows(n_rows), cols(n_cols), entries(static_cast<std::size_t>(n_rows * n_cols), value) {}
  explicit Table(const Matrix& m) : Table(m.rows(), m.cols()) {
    for (Index c = 0; c < cols; ++c)
      for (Index r = 0; r < rows; ++r) (*this)(r, c) = T(m(r, c));
  }
  T& operator()(Index r, Index c) { return entries[static_cast<std::size_t>(c * rows + r)]; }
  const T& operator()(Index r, Index c) const { return entries[static_cast<std::size_t>(c * rows + r)]; }
};

template <class T>
struct NaiveParameters {
  Table<T> ffn, attention, gate, output;
  explicit NaiveParameters(const sim::Parameters& p)
      : ffn(p.ffn), attention(p.attention), gate(p.gate), output(p.output) {}
  Table<T>& block(const std::string& name) {
    return name == "ffn" ? ffn : name == "attention" ? attention : name == "gate" ? gate : output;
  }
};

/// What mot.md section 2 says a model kind is.
struct NaiveModel {
  std::string form, activation, attention, combine, gate_input, loss;
  Index experts = 1, heads = 1, neurons = 1;
  bool gated = true, shared_attention = false;
  double* nearest_kink = nullptr;  ///< if set, lowered to the distance of the nearest relu or hinge from its kink

  NaiveModel(const sim::ModelConfig& config, const std::string& loss_kind)
      : form(config.expert.form),
        activation(config.expert.activation),
        attention(config.attention),
        combine(config.gate.combine),
        gate_input(config.gate.input),
        loss(loss_kind),
        experts(config.experts),
        neurons(config.expert.neurons) {
    const std::string& kind = config.kind;
    gated = kind == "mot" || kind == "attention_free" || kind == "shared_attention";
    shared_attention = kind == "shared_attention";
    if (!gated) experts = 1;
    if (kind == "single") heads = config.heads;
    if (kind == "attention_free" || kind == "dense") attention = "uniform";
    if (kind == "two_head_relu") {
      heads = 2;
      form = "averaged";
      activation = "relu";
      neurons = 1;
    }
  }
};

/// The tokens x_1..x_L of sample k. (feature, token)
inline Table<double> naive_tokens(const sim::Dataset& data, Index k) {
  return Table<double>(data.tokens.middleCols(k * data.tokens_per_sample, data.tokens_per_sample));
}

/// A_jl of one unit: softmax_j of S_jl = x_j^T Q x_l, or S / L, or 1 / L. (key, query)
template <class T>
Table<T> naive_attention(const NaiveModel& model, const NaiveParameters<T>& p, Index unit, const Table<double>& x) {
  using std::exp;
  const Index tokens = x.cols, features = x.rows, first = model.shared_attention ? 0 : unit * features;
  Table<T> weight(tokens, tokens, T(1) / T(static_cast<double>(tokens)));
  if (model.attention == "uniform") return weight;
  for (Index l = 0; l < tokens; ++l) {
    for (Index j = 0; j < tokens; ++j) {
      T score(0);
      for (Index a = 0; a < features; ++a) {
        for (Index b = 0; b < features; ++b) score += T(x(a, j)) * p.attention(a, first + b) * T(x(b, l));
      }
      weight(j, l) = score;
    }
    if (model.attention == "linear") {
      for (Index j = 0; j < tokens; ++j) weight(j, l) = weight(j, l) / T(static_cast<double>(tokens));
    } else {
      T sum(0);
      for (Index j = 0; j < tokens; ++j) sum += weight(j, l) = exp(weight(j, l));
      for (Index j = 0; j < tokens; ++j) weight(j, l) = weight(j, l) / sum;
    }
  }
  return weight;
}

/// sum_n a_n of the form's function of the token values V_j = <w_n, x_j> and of A. @param value  V of every neuron.
template <class T>
T naive_form(const NaiveModel& model, const Table<T>& value, const Table<T>& weight, const std::vector<T>& output) {
  const Index tokens = weight.rows;
  const auto phi = [&](const T& z) { return naive_activation(model.activation, z, model.nearest_kink); };
  T f(0);
  for (Index n = 0; n < value.rows; ++n) {
    T neuron(0), average(0);
    for (Index l = 0; l < tokens; ++l) {
      T o(0), p(0);
      for (Index j = 0; j < tokens; ++j) {
        o += weight(j, l) * value(n, j);
        if (model.form == "token") p += weight(j, l) * phi(value(n, j));
      }
      average += o / T(static_cast<double>(tokens));
      if (model.form == "linear") neuron += o;
      if (model.form == "pooled") neuron += phi(o);
      if (model.form == "token") neuron += p;
    }
    if (model.form == "averaged") neuron = phi(average);
    f += output[static_cast<std::size_t>(n)] * neuron;
  }
  return f;
}

/// f_i of an expert: the sum over its heads. No gate weight.
template <class T>
T naive_value(const NaiveModel& model, const NaiveParameters<T>& p, Index expert, const Table<double>& x) {
  T f(0);
  for (Index unit = expert * model.heads; unit < (expert + 1) * model.heads; ++unit) {
    Table<T> value(model.neurons, x.cols);
    std::vector<T> output;
    for (Index n = 0; n < model.neurons; ++n) {
      output.push_back(p.output(n, unit));
      for (Index j = 0; j < x.cols; ++j) {
        for (Index a = 0; a < x.rows; ++a) value(n, j) += p.ffn(a, unit * model.neurons + n) * T(x(a, j));
      }
    }
    f += naive_form(model, value, naive_attention(model, p, unit, x), output);
  }
  return f;
}

/// The orthogonal projection of a vector onto the span of the class signals, by Gram-Schmidt.
inline std::vector<double> naive_span_projection(const Matrix& class_signal, const std::vector<double>& v) {
  std::vector<Vector> basis;
  for (Index n = 0; n < class_signal.rows(); ++n) {
    Vector c = class_signal.row(n).transpose();
    for (int pass = 0; pass < 2; ++pass)
      for (const Vector& b : basis) c -= b.dot(c) * b;
    if (c.norm() > 1e-8) basis.push_back(c / c.norm());
  }
  const Vector whole = Eigen::Map<const Vector>(v.data(), static_cast<Index>(v.size()));
  Vector projected = Vector::Zero(whole.size());
  for (const Vector& b : basis) projected += b.dot(whole) * b;
  return {projected.begin(), projected.end()};
}

/// What the gate sees of a sample for one expert: sum_l x_l, its projection on span{c}, or the expert's attention
/// output sum_jl A_jl x_j, which is a constant in every gradient (only the real part of Q is used).
template <class T>
std::vector<double> naive_gate_input(const NaiveModel& model, const sim::Dataset& data, const NaiveParameters<T>& p,
                                     Index expert, const Table<double>& x) {
  Table<double> weight(x.cols, x.cols, 0.0);
  for (Index l = 0; l < x.cols; ++l) weight(l, l) = 1;
  if (model.gate_input == "attention") {
    NaiveParameters<double> real{sim::Parameters{}};
    real.attention = Table<double>(p.attention.rows, p.attention.cols);
    for (std::size_t e = 0; e < p.attention.entries.size(); ++e)
      real.attention.entries[e] = real_part(p.attention.entries[e]);
    weight = naive_attention(model, real, expert, x);
  }
  std::vector<double> input(static_cast<std::size_t>(x.rows), 0.0);
  for (Index l = 0; l < x.cols; ++l) {
    for (Index j = 0; j < x.cols; ++j) {
      for (Index a = 0; a < x.rows; ++a) input[static_cast<std::size_t>(a)] += weight(j, l) * x(a, j);
    }
  }
  return model.gate_input == "class_span" ? naive_span_projection(data.class_signal, input) : input;
}

/// h_i = <theta_i, gate input>. (expert)
template <class T>
std::vector<T> naive_logits(const NaiveModel& model, const sim::Dataset& data, const NaiveParameters<T>& p,
                            const Table<double>& x) {
  std::vector<T> logit(static_cast<std::size_t>(model.experts), T(0));
  for (Index i = 0; model.gated && i < model.experts; ++i) {
    const std::vector<double> input = naive_gate_input(model, data, p, i, x);
    for (Index a = 0; a < x.rows; ++a)
      logit[static_cast<std::size_t>(i)] += p.gate(a, i) * T(input[static_cast<std::size_t>(a)]);
  }
  return logit;
}

/// pi = softmax(h). (expert)
template <class T>
std::vector<T> naive_probability(const std::vector<T>& logit) {
  using std::exp;
  std::vector<T> probability;
  T sum(0);
  for (const T& h : logit) sum += exp(h);
  for (const T& h : logit) probability.push_back(exp(h) / sum);
  return probability;
}

/// c_i of F_i = c_i f_i: 1, pi_i (combine probability), or the score h_i + r_i (combine logit). (expert)
/// @param r  the draws (expert, sample), empty where there are none.
template <class T>
std::vector<T> naive_factor(const NaiveModel& model, const std::vector<T>& logit, const Matrix& r, Index k) {
  std::vector<T> factor(logit.size(), T(1));
  if (model.gated && model.combine == "probability") factor = naive_probability(logit);
  if (model.gated && model.combine == "logit") {
    for (std::size_t i = 0; i < logit.size(); ++i) {
      factor[i] = logit[i] + T(r.size() > 0 ? r(static_cast<Index>(i), k) : 0.0);
    }
  }
  return factor;
}

/// The training loss mean_k sum_i q_ik l(y F_ik), F = c f as naive_factor says; q and r are constant.
/// @param q  (expert, sample).
template <class T>
T naive_training_loss(const NaiveModel& model, const sim::Dataset& data, const NaiveParameters<T>& p, const Matrix& q,
                      const Matrix& r) {
  T loss(0);
  for (Index k = 0; k < data.samples(); ++k) {
    const Table<double> x = naive_tokens(data, k);
    const std::vector<T> factor = naive_factor(model, naive_logits(model, data, p, x), r, k);
    for (Index i = 0; i < model.experts; ++i) {
      if (q(i, k) == 0) continue;
      const T margin = T(data.label(k)) * factor[static_cast<std::size_t>(i)] * naive_value(model, p, i, x);
      loss += T(data.weight(k) * q(i, k)) * naive_loss(model.loss, margin, model.nearest_kink);
    }
  }
  return loss;
}

/// f of every expert on every sample. (expert, sample)
inline Matrix naive_values(const NaiveModel& model, const sim::Dataset& data, const NaiveParameters<double>& p) {
  Matrix value(model.experts, data.samples());
  for (Index k = 0; k < data.samples(); ++k) {
    for (Index i = 0; i < model.experts; ++i) value(i, k) = naive_value(model, p, i, naive_tokens(data, k));
  }
  return value;
}

/// What the gate descends: mean_k sum_i q_ik l(y pi_i f_i) as a function of theta alone, f_i and q_ik constant, also
/// under combine one; under combine logit h_i + r_i takes the place of pi_i. @param value  f (expert, sample), plain
/// numbers.
template <class T>
T naive_gate_objective(const NaiveModel& model, const sim::Dataset& data, const NaiveParameters<T>& p, const Matrix& q,
                       const Matrix& r, const Matrix& value) {
  T objective(0);
  for (Index k = 0; k < data.samples(); ++k) {
    const std::vector<T> logit = naive_logits(model, data, p, naive_tokens(data, k));
    const std::vector<T> c = model.combine == "logit" ? naive_factor(model, logit, r, k) : naive_probability(logit);
    for (Index i = 0; i < model.experts; ++i) {
      if (q(i, k) == 0) continue;
      const T margin = T(data.label(k) * value(i, k)) * c[static_cast<std::size_t>(i)];
      objective += T(data.weight(k) * q(i, k)) * naive_loss(model.loss, margin, model.nearest_kink);
    }
  }
  return objective;
}

}  // namespace lemmata::oracle
