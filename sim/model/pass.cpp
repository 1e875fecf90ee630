#include "sim/model/pass.h"

#include <algorithm>

#include "sim/numerics/small_products.h"

namespace lemmata::sim {
namespace {

constexpr Index cached_numbers = 32768;   // tokens of a chunk: 256 KiB, so that X and QX share the L2 cache
constexpr Index widest_chunk = 512;       // columns; wider brings nothing to the matrix products
constexpr Index wanted_tasks = 32;        // enough for balance on many threads, few enough partial gradients
constexpr double serial_work = 2e5;       // below this many multiplications waking threads costs more than it saves

}  // namespace

void Pass::plan(const PassInput& in) {
  const Index experts = in.architecture.experts, samples = in.data.samples();
  const Index length = in.data.tokens_per_sample, features = in.data.features();
  chunk_ = std::clamp<Index>(cached_numbers / (features * length), 1, std::max<Index>(1, widest_chunk / length));
  routed_.resize(static_cast<std::size_t>(experts));
  for (auto& list : routed_) {
    list.clear();
    list.reserve(static_cast<std::size_t>(samples));
  }
  for (Index k = 0; k < samples; ++k) {
    if (in.weight(k) == 0) continue;
    for (Index expert = 0; expert < experts; ++expert) {
      if (in.routing.weight(expert, k) != 0) routed_[static_cast<std::size_t>(expert)].push_back(k);   // NaN is kept
    }
  }
  tasks_.clear();
  const Index tasks_per_expert = std::max<Index>(2, wanted_tasks / experts);
  for (Index expert = 0; expert < experts; ++expert) {
    const Index count = static_cast<Index>(routed_[static_cast<std::size_t>(expert)].size());
    const Index chunks = (count + chunk_ - 1) / chunk_;
    const Index size = chunk_ * std::max<Index>(1, (chunks + tasks_per_expert - 1) / tasks_per_expert);
    for (Index first = 0; first < count; first += size) tasks_.push_back({expert, first, std::min(first + size, count)});
  }
}

void Pass::run(const PassInput& in, ThreadTeam* team, Evaluation& result) {
  plan(in);
  const Index experts = in.architecture.experts, samples = in.data.samples();
  for (Matrix* terms : {&terms_.loss, &terms_.prediction_loss, &terms_.gate_signal, &result.value}) terms->setZero(experts, samples);
  Parameters& gradient = result.gradient;
  gradient.ffn.setZero(in.parameters.ffn.rows(), in.parameters.ffn.cols());
  gradient.attention.setZero(in.parameters.attention.rows(), in.parameters.attention.cols());
  gradient.gate.setZero(in.parameters.gate.rows(), in.parameters.gate.cols());
  gradient.output.setZero(in.parameters.output.rows(), in.parameters.output.cols());

  if (partials_.size() < tasks_.size()) partials_.resize(tasks_.size());
  double work = 0;
  for (const auto& list : routed_) work += static_cast<double>(list.size());
  work *= static_cast<double>(in.data.tokens_per_sample * in.data.features() * in.data.features() * in.architecture.heads);
  const bool serial = team == nullptr || work < serial_work;
  buffers_.resize(static_cast<std::size_t>(serial ? 1 : team->threads()));

  const auto task = [&](long number, int thread) {
    const auto index = static_cast<std::size_t>(number);
    run_task(in, tasks_[index], buffers_[static_cast<std::size_t>(thread)], partials_[index], result);
  };
  const long count = static_cast<long>(tasks_.size());
  if (serial) {
    for (long number = 0; number < count; ++number) task(number, 0);
  } else {
    team->run(count, task);
  }
  if (in.request.any()) {
    for (std::size_t index = 0; index < tasks_.size(); ++index) add_partial(in, tasks_[index], partials_[index], result);
  }
}

void Pass::run_task(const PassInput& in, const Task& task, Buffers& buffers, Partial& partial, Evaluation& result) {
  const Index length = in.data.tokens_per_sample, features = in.data.features();
  const Index heads = in.architecture.heads, neurons = in.architecture.neurons;
  if (in.request.ffn) partial.ffn.setZero(features, heads * neurons);
  if (in.request.attention) partial.attention.setZero(features, heads * features);
  if (in.request.output) partial.output.setZero(neurons, heads);
  const std::vector<Index>& routed = routed_[static_cast<std::size_t>(task.expert)];
  for (Index first = task.first; first < task.last; first += chunk_) {
    const Index samples = std::min(chunk_, task.last - first);
    const Index* sample = routed.data() + first;
    buffers.tokens.resize(features, samples * length);
    for (Index s = 0; s < samples; ++s) {
      buffers.tokens.middleCols(s * length, length) = in.data.tokens.middleCols(sample[s] * length, length);
    }
    forward(in, task.expert, samples, buffers);
    apply_loss(in, task.expert, sample, samples, buffers, result);
    if (in.request.ffn || in.request.attention || in.request.output) backward(in, task.expert, samples, buffers, partial);
  }
}

// Per unit: V = W^T X, S_k = X_k^T Q X_k, A = weights(S); f_k = sum over heads of form(V_k, A_k).
void Pass::forward(const PassInput& in, Index expert, Index samples, Buffers& buffers) const {
  const Architecture& arch = in.architecture;
  const Index length = in.data.tokens_per_sample, features = in.data.features(), columns = samples * length;
  buffers.token_value.resize(arch.neurons, arch.heads * columns);
  buffers.attention.resize(length, arch.heads * columns);
  buffers.projected.resize(features, columns);
  buffers.value.setZero(samples);
  for (Index head = 0; head < arch.heads; ++head) {
    const Index unit = expert * arch.heads + head;
    auto values = buffers.token_value.middleCols(head * columns, columns);
    auto attention = buffers.attention.middleCols(head * columns, columns);
    values.noalias() = in.parameters.ffn.middleCols(unit * arch.neurons, arch.neurons).transpose() * buffers.tokens;
    if (arch.attention->uses_scores()) {
      buffers.projected.noalias() = in.parameters.attention.middleCols(arch.attention_of(unit) * features, features) * buffers.tokens;
    }
    for (Index s = 0; arch.attention->uses_scores() && s < samples; ++s) {
      const Index first = s * length * features;
      score_product(buffers.tokens.data() + first, buffers.projected.data() + first, features, length, attention.col(s * length).data());
    }
    arch.attention->weights(attention);   // column by column: all samples at once
    for (Index s = 0; s < samples; ++s) {
      const auto weights = attention.middleCols(s * length, length);
      buffers.value(s) += arch.form->value({values.middleCols(s * length, length), weights, in.parameters.output.col(unit), *arch.activation});
    }
  }
}

// z = y c f with c = pi or 1:  df = weight q l'(z) y c.
void Pass::apply_loss(const PassInput& in, Index expert, const Index* sample, Index samples, Buffers& buffers, Evaluation& result) {
  const bool by_probability = in.architecture.gated && in.architecture.gate_config.combine == "probability";
  buffers.d_value.resize(samples);
  for (Index s = 0; s < samples; ++s) {
    const Index k = sample[s];
    const double y = in.data.label(k), q = in.routing.weight(expert, k), f = buffers.value(s);
    const double probability = in.routing.probability(expert, k), scale = by_probability ? probability : 1;
    const double mass = in.weight(k) * q;
    result.value(expert, k) = f;
    terms_.loss(expert, k) = q * in.loss.value(y * scale * f);
    terms_.prediction_loss(expert, k) = by_probability ? q * in.loss.value(y * f) : terms_.loss(expert, k);
    terms_.gate_signal(expert, k) = in.request.gate ? mass * in.loss.slope(y * probability * f) * y * f : 0;
    buffers.d_value(s) = mass * in.loss.slope(y * scale * f) * y * scale;
  }
}

// dW = X dV^T;  dS = softmax'(dA);  dQ = sum_k X_k dS_k X_k^T, since S_jl = x_j^T Q x_l.
void Pass::backward(const PassInput& in, Index expert, Index samples, Buffers& buffers, Partial& partial) const {
  const Architecture& arch = in.architecture;
  const Index length = in.data.tokens_per_sample, features = in.data.features(), columns = samples * length;
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
      arch.form->backward({values.middleCols(s * length, length), weights, in.parameters.output.col(unit), *arch.activation},
                          buffers.d_value(s), {buffers.d_token_value.middleCols(s * length, length), buffers.d_attention.middleCols(s * length, length), buffers.d_output});
      if (in.request.output) partial.output.col(head) += buffers.d_output;
    }
    if (trains_scores) arch.attention->backward(attention, buffers.d_attention);
    for (Index s = 0; trains_scores && s < samples; ++s) {
      const Index first = s * length * features;
      mixing_product(buffers.tokens.data() + first, buffers.d_attention.col(s * length).data(), features, length, buffers.projected.data() + first);
    }
    if (in.request.ffn) {
      partial.ffn.middleCols(head * arch.neurons, arch.neurons).noalias() += buffers.tokens * buffers.d_token_value.transpose();
    }
    if (trains_scores) {
      partial.attention.middleCols(head * features, features).noalias() += buffers.projected * buffers.tokens.transpose();
    }
  }
}

void Pass::add_partial(const PassInput& in, const Task& task, const Partial& partial, Evaluation& result) const {
  const Architecture& arch = in.architecture;
  const Index first = task.expert * arch.heads, features = in.data.features();
  if (in.request.ffn) result.gradient.ffn.middleCols(first * arch.neurons, arch.heads * arch.neurons) += partial.ffn;
  if (in.request.output) result.gradient.output.middleCols(first, arch.heads) += partial.output;
  if (!in.request.attention || !arch.attention->uses_scores()) return;
  for (Index head = 0; head < arch.heads; ++head) {
    result.gradient.attention.middleCols(arch.attention_of(first + head) * features, features) +=
        partial.attention.middleCols(head * features, features);
  }
}

}  // namespace lemmata::sim
