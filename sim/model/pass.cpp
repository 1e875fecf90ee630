#include "sim/model/pass.h"

#include <algorithm>

namespace lemmata::sim {
namespace {

constexpr Index chunk_columns =
    128;  // enough for the matrix products; X, QX, Q and dQ then share the L2 cache up to d = 128
constexpr double most_tasks = 64;    // enough for balance on many threads, few enough partial gradients
constexpr double task_work = 1e5;    // multiplications (of Q X) that are worth a partial gradient of their own
constexpr double serial_work = 2e5;  // below this many waking threads costs more than it saves

// Memory of the next sample, so that it arrives while this one is copied.
void ask_for(const double* from, Index numbers) {
  constexpr Index line = 8;
  for (Index number = 0; number < numbers; number += line) __builtin_prefetch(from + number, 0, 2);
}

void copy_padded(const double* from, Index features, Index columns, double* to) {
  for (Index column = 0; column < columns; ++column, from += features, to += padded(features)) {
    for (Index row = 0; row < features; ++row) to[row] = from[row];  // in line: columns are short
    for (Index row = features; row < padded(features); ++row) to[row] = 0;
  }
}

// Adjacent columns where they lie if they need no padding, else a padded copy.
const double* padded_columns(const double* from, Index features, Index columns, Matrix& copy) {
  if (padded(features) == features) return from;
  copy.resize(padded(features), columns);
  copy_padded(from, features, columns, copy.data());
  return copy.data();
}

}  // namespace

std::vector<TokenAxis> token_axes(const Matrix& tokens) {
  std::vector<TokenAxis> axes(static_cast<std::size_t>(tokens.cols()));
  for (Index column = 0; column < tokens.cols(); ++column) {
    Index axis = 0, nonzeros = 0;
    for (Index feature = 0; feature < tokens.rows() && nonzeros < 2; ++feature) {
      if (tokens(feature, column) != 0) axis = feature, ++nonzeros;
    }
    axes[static_cast<std::size_t>(column)] = {nonzeros < 2 ? axis : -1, tokens(axis, column)};
  }
  return axes;
}

void Pass::plan(const PassInput& in) {
  const Index experts = in.architecture.experts, samples = in.data.samples();
  chunk_ = std::max<Index>(1, chunk_columns / in.data.tokens_per_sample);
  routed_.resize(static_cast<std::size_t>(experts));
  for (auto& list : routed_) {
    list.clear();
    list.reserve(static_cast<std::size_t>(samples));
  }
  for (Index k = 0; k < samples; ++k) {
    if (in.weight(k) == 0) continue;
    for (Index expert = 0; expert < experts; ++expert) {
      if (in.routing.weight(expert, k) != 0) routed_[static_cast<std::size_t>(expert)].push_back(k);  // NaN is kept
    }
  }
  Index pairs = 0, chunks = 0;
  for (const auto& list : routed_) {
    pairs += static_cast<Index>(list.size());
    chunks += (static_cast<Index>(list.size()) + chunk_ - 1) / chunk_;
  }
  work_ = static_cast<double>(pairs * in.data.tokens_per_sample * in.data.features() * in.data.features() *
                              in.architecture.heads);
  const Index wanted = static_cast<Index>(std::clamp(work_ / task_work, 1.0, most_tasks));
  const Index size = chunk_ * std::max<Index>(1, (chunks + wanted - 1) / wanted);
  tasks_.clear();
  first_task_.assign(1, 0);
  terms_.resize(static_cast<std::size_t>(experts));
  for (std::size_t expert = 0; expert < routed_.size(); ++expert) {
    const Index count = static_cast<Index>(routed_[expert].size());
    for (Index first = 0; first < count; first += size) {
      tasks_.push_back({static_cast<Index>(expert), first, std::min(first + size, count)});
    }
    first_task_.push_back(tasks_.size());
    terms_[expert].resize(routed_[expert].size());
  }
}

void Pass::run(const PassInput& in, ThreadTeam* team, Evaluation& result) {
  plan(in);
  const Parameters& parameters = in.parameters;
  Parameters& gradient = result.gradient;
  result.value.setZero(in.architecture.experts, in.data.samples());
  gradient.ffn.resize(parameters.ffn.rows(), parameters.ffn.cols());
  gradient.output.resize(parameters.output.rows(), parameters.output.cols());
  gradient.attention.resize(parameters.attention.rows(), parameters.attention.cols());
  if (in.architecture.shared_attention) gradient.attention.setZero();  // the others: sum_partials
  gradient.gate.setZero(parameters.gate.rows(), parameters.gate.cols());
  if (partials_.size() < tasks_.size()) partials_.resize(tasks_.size());
  const bool serial = team == nullptr || work_ < serial_work;
  buffers_.resize(static_cast<std::size_t>(serial ? 1 : team->threads()));

  const auto run_all = [&](bool alone, long count, const auto& job) {
    if (!alone) return team->run(count, job);
    for (long number = 0; number < count; ++number) job(number, 0);
  };
  run_all(serial, static_cast<long>(tasks_.size()), [&](long number, int thread) {
    const auto index = static_cast<std::size_t>(number);
    run_task(in, tasks_[index], buffers_[static_cast<std::size_t>(thread)], partials_[index], result);
  });
  run_all(serial || in.architecture.shared_attention, in.architecture.experts,
          [&](long expert, int) { sum_partials(in, expert, result); });
}

void Pass::run_task(const PassInput& in, const Task& task, Buffers& buffers, Partial& partial, Evaluation& result) {
  const Architecture& arch = in.architecture;
  const Index features = in.data.features(), rows = padded(features), unit = task.expert * arch.heads;
  const auto heads = static_cast<std::size_t>(arch.heads);
  partial.ffn.resize(rows, arch.heads * arch.neurons);
  partial.attention.resize(rows, arch.heads * features);
  partial.output.setZero(arch.neurons, arch.heads);
  buffers.ffn = padded_columns(in.parameters.ffn.col(unit * arch.neurons).data(), features, arch.heads * arch.neurons,
                               buffers.ffn_copy);
  buffers.query.resize(heads);
  buffers.query_copy.resize(heads);
  for (std::size_t head = 0; head < heads; ++head) {
    const double* query =
        in.parameters.attention.col(arch.attention_of(unit + static_cast<Index>(head)) * features).data();
    buffers.query[head] = padded_columns(query, features, features, buffers.query_copy[head]);
  }
  for (Index first = task.first; first < task.last; first += chunk_) {
    const Index samples = std::min(chunk_, task.last - first);
    gather(in, routed(task.expert).data() + first, samples, buffers);
    forward(in, task.expert, samples, buffers);
    apply_loss(in, task.expert, first, samples, buffers, result);
    if (!in.request.ffn && !in.request.attention && !in.request.output) continue;
    backward(in, task.expert, samples, first > task.first, buffers, partial);
  }
}

// The chunk's X, and which of its columns the products with Q can skip.
void Pass::gather(const PassInput& in, const Index* sample, Index samples, Buffers& buffers) const {
  const Index length = in.data.tokens_per_sample, features = in.data.features();
  buffers.tokens.resize(padded(features), samples * length);
  buffers.dense.clear();
  buffers.axis.clear();
  for (Index s = 0; s < samples; ++s) {
    const Index first = sample[s] * length;
    const double* from = in.data.tokens.col(first).data();
    const double* next = s + 1 < samples ? in.data.tokens.col(sample[s + 1] * length).data() : nullptr;
    for (Index l = 0; l < length; ++l) {
      const TokenAxis token = in.axis[static_cast<std::size_t>(first + l)];
      const Index column = s * length + l;
      if (next != nullptr) ask_for(next + l * features, features);
      if (token.axis >= 0) {
        buffers.tokens.col(column).setZero();
        buffers.tokens(token.axis, column) = token.value;
        buffers.axis.push_back({column, token.axis, token.value});
        continue;
      }
      copy_padded(from + l * features, features, 1, buffers.tokens.col(column).data());
      if (buffers.dense.empty() || buffers.dense.back().first + buffers.dense.back().count != column)
        buffers.dense.push_back({column, 0});
      ++buffers.dense.back().count;
    }
  }
}

// Per unit: V = W^T X, S_k = X_k^T Q X_k, A = weights(S); f_k = sum over heads of form(V_k, A_k).
void Pass::forward(const PassInput& in, Index expert, Index samples, Buffers& buffers) const {
  const Architecture& arch = in.architecture;
  const Index length = in.data.tokens_per_sample, features = in.data.features(), rows = padded(features),
              columns = samples * length;
  const double* tokens = buffers.tokens.data();
  buffers.token_value.resize(arch.neurons, arch.heads * columns);
  buffers.attention.resize(length, arch.heads * columns);
  buffers.projected.resize(rows, columns);
  buffers.value.setZero(samples);
  for (Index head = 0; head < arch.heads; ++head) {
    const Index unit = expert * arch.heads + head;
    auto values = buffers.token_value.middleCols(head * columns, columns);
    auto attention = buffers.attention.middleCols(head * columns, columns);
    inner_products(buffers.ffn + head * arch.neurons * rows, arch.neurons, tokens, columns, rows, values.data());
    if (arch.attention->uses_scores()) {
      const double* query = buffers.query[static_cast<std::size_t>(head)];
      product(query, rows, features, tokens, rows, buffers.dense, buffers.projected.data());
      for (const AxisToken& token : buffers.axis)
        buffers.projected.col(token.column) = token.value * Eigen::Map<const Vector>(query + token.axis * rows, rows);
      for (Index s = 0; s < samples; ++s) {
        const Index first = s * length * rows;
        inner_products(tokens + first, length, buffers.projected.data() + first, length, rows,
                       attention.col(s * length).data());
      }
    }
    arch.attention->weights(attention);  // column by column: all samples at once
    for (Index s = 0; s < samples; ++s) {
      const auto weights = attention.middleCols(s * length, length);
      buffers.value(s) += arch.form->value(
          {values.middleCols(s * length, length), weights, in.parameters.output.col(unit), *arch.activation});
    }
  }
}

// z = y c f with c = output_scale:  df = weight q l'(z) y c.
void Pass::apply_loss(const PassInput& in, Index expert, Index first, Index samples, Buffers& buffers,
                      Evaluation& result) {
  const Index* sample = routed_[static_cast<std::size_t>(expert)].data() + first;
  Terms* terms = terms_[static_cast<std::size_t>(expert)].data() + first;
  const bool by_one = in.architecture.combine == Combine::one, by_logit = in.architecture.combine == Combine::logit;
  buffers.d_value.resize(samples);
  for (Index s = 0; s < samples; ++s) {
    const Index k = sample[s];
    const double y = in.data.label(k), q = in.routing.weight(expert, k), f = buffers.value(s);
    const double scale = output_scale(in.architecture, in.routing, expert, k);
    const double gate_scale = by_logit ? scale : in.routing.probability(expert, k);
    const double mass = in.weight(k) * q;
    result.value(expert, k) = f;
    terms[s].loss = q * in.loss.value(y * scale * f);
    terms[s].prediction_loss = by_one ? terms[s].loss : q * in.loss.value(y * f);
    terms[s].gate_signal = in.request.gate ? mass * in.loss.slope(y * gate_scale * f) * y * f : 0;
    buffers.d_value(s) = mass * in.loss.slope(y * scale * f) * y * scale;
  }
}

// dW = X dV^T;  dS = softmax'(dA);  dQ = sum_k X_k dS_k X_k^T, since S_jl = x_j^T Q x_l.
void Pass::backward(const PassInput& in, Index expert, Index samples, bool adds, Buffers& buffers,
                    Partial& partial) const {
  const Architecture& arch = in.architecture;
  const Index length = in.data.tokens_per_sample, features = in.data.features(), rows = padded(features),
              columns = samples * length;
  const double* tokens = buffers.tokens.data();
  buffers.d_token_value.resize(arch.neurons, columns);
  buffers.d_attention.resize(length, columns);
  buffers.d_output.resize(arch.neurons);
  const bool trains_scores = in.request.attention && arch.attention->uses_scores();
  for (Index head = 0; head < arch.heads; ++head) {
    const Index unit = expert * arch.heads + head;
    const auto values = buffers.token_value.middleCols(head * columns, columns);
    const auto attention = buffers.attention.middleCols(head * columns, columns);
    for (Index s = 0; s < samples; ++s) {
      const auto weights = attention.middleCols(s * length, length);
      arch.form->backward(
          {values.middleCols(s * length, length), weights, in.parameters.output.col(unit), *arch.activation},
          buffers.d_value(s),
          {buffers.d_token_value.middleCols(s * length, length), buffers.d_attention.middleCols(s * length, length),
           buffers.d_output});
      if (in.request.output) partial.output.col(head) += buffers.d_output;
    }
    if (trains_scores) arch.attention->backward(attention, buffers.d_attention);
    if (in.request.ffn) {
      const Run all[] = {{0, columns}};
      double* d_ffn = partial.ffn.col(head * arch.neurons).data();
      outer_product(tokens, rows, buffers.d_token_value.data(), arch.neurons, arch.neurons, all, adds, d_ffn);
    }
    if (!trains_scores) continue;
    for (Index s = 0; s < samples; ++s) {
      const Index first = s * length * rows;
      const Run own[] = {{0, length}};
      product(tokens + first, rows, length, buffers.d_attention.col(s * length).data(), length, own,
              buffers.projected.data() + first);
    }
    auto d_query = partial.attention.middleCols(head * features, features);
    outer_product(buffers.projected.data(), rows, tokens, rows, features, buffers.dense, adds, d_query.data());
    for (const AxisToken& token : buffers.axis)
      d_query.col(token.axis) += token.value * buffers.projected.col(token.column);
  }
}

// In the order of the tasks.
void Pass::sum_partials(const PassInput& in, Index expert, Evaluation& result) const {
  const Architecture& arch = in.architecture;
  const Index first = expert * arch.heads, features = in.data.features();
  auto ffn = result.gradient.ffn.middleCols(first * arch.neurons, arch.heads * arch.neurons);
  auto output = result.gradient.output.middleCols(first, arch.heads);
  ffn.setZero();
  output.setZero();
  if (!arch.shared_attention) result.gradient.attention.middleCols(first * features, arch.heads * features).setZero();
  const auto index = static_cast<std::size_t>(expert);
  for (std::size_t number = first_task_[index]; number < first_task_[index + 1]; ++number) {
    const Partial& partial = partials_[number];
    if (in.request.ffn) ffn += partial.ffn.topRows(features);
    if (in.request.output) output += partial.output;
    for (Index head = 0; in.request.attention && arch.attention->uses_scores() && head < arch.heads; ++head) {
      result.gradient.attention.middleCols(arch.attention_of(first + head) * features, features) +=
          partial.attention.topRows(features).middleCols(head * features, features);
    }
  }
}

}  // namespace lemmata::sim
