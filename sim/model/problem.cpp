#include "sim/model/problem.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "sim/error.h"
#include "sim/model/pass.h"
#include "sim/numerics/padded_products.h"
#include "sim/numerics/softmax.h"

namespace lemmata::sim {
namespace {

constexpr Index gate_block = 128;  // samples
constexpr double serial_work =
    1e5;  // below this many multiplications of the gate waking threads costs more than it saves

}  // namespace

Problem::Problem(const Architecture& architecture, const Loss& loss, Dataset data, ThreadTeam* team)
    : Problem(architecture, loss, std::make_shared<const Dataset>(std::move(data)), team) {}

Problem::Problem(const Architecture& architecture, const Loss& loss, std::shared_ptr<const Dataset> data,
                 ThreadTeam* team)
    : architecture_(architecture), loss_(loss), team_(team), pass_(std::make_unique<Pass>()) {
  set_data(std::move(data));
}

Problem::~Problem() = default;

void Problem::set_data(std::shared_ptr<const Dataset> data) {
  data_ = std::move(data);
  token_axes_ = token_axes(data_->tokens);
  const Index length = data_->tokens_per_sample;
  gate_input_.setZero(padded(data_->features()), data_->samples());
  auto input = gate_input_.topRows(data_->features());
  for (Index k = 0; k < data_->samples(); ++k)
    input.col(k) = data_->tokens.middleCols(k * length, length).rowwise().sum();
  if (architecture_.gated && architecture_.gate_config.input == "class_span") {
    if (data_->class_signal.size() == 0) {
      throw ConfigError("model.gate.input", "class_span", "tokens | attention, because the data has no class_signal");
    }
    input = span_projection(data_->class_signal) * input;
  }
}

// Fixed blocks, whatever the team: what is summed over blocks has the same bits for any number of threads.
template <class Work>
void Problem::for_blocks(Work work) const {
  const Index samples = data_->samples(), blocks = (samples + gate_block - 1) / gate_block;
  const auto block = [&](long number, int) {
    work(number, number * gate_block, std::min(gate_block, samples - number * gate_block));
  };
  const double gate_work = static_cast<double>(samples * architecture_.experts * data_->features());
  if (team_ != nullptr && gate_work >= serial_work) return team_->run(blocks, block);
  for (Index number = 0; number < blocks; ++number) block(number, 0);
}

// h_i = <theta_i, input>,  pi = softmax of the logits
void Problem::prepare_routing(const Parameters& parameters, Routing& routing) const {
  const Index samples = data_->samples();
  routing.draw.resize(0, 0);
  if (!architecture_.gated) {
    routing.logits.setZero(1, samples);
    routing.probability.setOnes(1, samples);
    routing.weight.setOnes(1, samples);
    return;
  }
  routing.logits.resize(architecture_.experts, samples);
  routing.probability.resize(architecture_.experts, samples);
  const bool by_attention = architecture_.gate_config.input == "attention";
  Matrix gate = Matrix::Zero(gate_input_.rows(), architecture_.experts);
  gate.topRows(data_->features()) = parameters.gate;
  for (Index expert = 0; by_attention && expert < architecture_.experts; ++expert) {
    routing.logits.row(expert) = parameters.gate.col(expert).transpose() * attended_inputs(parameters, expert);
  }
  for_blocks([&](Index, Index first, Index count) {
    auto logits = routing.logits.middleCols(first, count);
    if (!by_attention)
      inner_products(gate.data(), architecture_.experts, gate_input_.col(first).data(), count, gate.rows(),
                     logits.data());
    routing.probability.middleCols(first, count) = logits;
    softmax_columns(routing.probability.col(first).data(), architecture_.experts, count);
  });
}

void Problem::route(const Parameters& parameters, const GateContext& context, Routing& routing) const {
  prepare_routing(parameters, routing);
  if (!architecture_.gated) return;
  if (!routing.logits.allFinite()) {  // a diverged gate must not look like an empty one
    routing.weight.setConstant(architecture_.experts, data_->samples(), std::numeric_limits<double>::quiet_NaN());
    return;
  }
  if (architecture_.combine != Combine::logit) {
    architecture_.gate->route(routing.logits, context, routing.weight);
    return;
  }
  routing.draw = architecture_.gate->draws(architecture_.experts, data_->samples(), context);
  GateContext drawn = context;
  drawn.recorded_noise = &routing.draw;  // one draw, for the route and for the scale of the outputs
  architecture_.gate->route(routing.logits, drawn, routing.weight);
}

void Problem::route_argmax(const Parameters& parameters, Routing& routing) const {
  prepare_routing(parameters, routing);
  if (!architecture_.gated) return;
  const std::vector<Index> winner = argmax_expert(routing.logits);
  routing.weight.setZero(architecture_.experts, data_->samples());
  for (Index k = 0; k < data_->samples(); ++k) routing.weight(winner[static_cast<std::size_t>(k)], k) = 1;
}

void Problem::evaluate(const Parameters& parameters, const Routing& routing, const GradientRequest& request,
                       Evaluation& result, const Vector* sample_weight) {
  const Vector& weight = sample_weight != nullptr ? *sample_weight : data_->weight;
  pass_->run({architecture_, loss_, *data_, parameters, routing, weight, request, token_axes_}, team_, result);
  result.sample_loss.setZero(data_->samples());
  sample_prediction_loss_.setZero(data_->samples());
  for (Index expert = 0; expert < architecture_.experts; ++expert) {
    const std::vector<Terms>& terms = pass_->terms(expert);
    for (std::size_t pair = 0; pair < terms.size(); ++pair) {
      result.sample_loss(pass_->routed(expert)[pair]) += terms[pair].loss;
      sample_prediction_loss_(pass_->routed(expert)[pair]) += terms[pair].prediction_loss;
    }
  }
  result.loss = weight.dot(result.sample_loss);
  result.prediction_loss = weight.dot(sample_prediction_loss_);
  result.objective = result.loss;
  result.load = routing.weight * weight;
  if (request.gate && architecture_.gated) gate_gradient(parameters, routing, result);
}

// visit(expert, sample, gate signal) for the routed pairs of a block of samples, expert by expert.
template <class Visit>
void Problem::for_routed(Index first, Index count, Visit visit) const {
  for (Index expert = 0; expert < architecture_.experts; ++expert) {
    const std::vector<Index>& routed = pass_->routed(expert);
    const Terms* terms = pass_->terms(expert).data();
    for (auto at = std::lower_bound(routed.begin(), routed.end(), first); at != routed.end() && *at < first + count;
         ++at) {
      visit(expert, *at, terms[at - routed.begin()].gate_signal);
    }
  }
}

// dL/dh of a block of samples through pi = softmax(h).
void Problem::softmax_signals(const Routing& routing, Index first, Index count) {
  gate_mean_.segment(first, count).setZero();
  for_routed(first, count,
             [&](Index expert, Index k, double signal) { gate_mean_(k) += routing.probability(expert, k) * signal; });
  for (Index k = first; k < first + count; ++k) d_logits_.col(k) = -gate_mean_(k) * routing.probability.col(k);
  for_routed(first, count, [&](Index expert, Index k, double signal) {
    d_logits_(expert, k) = routing.probability(expert, k) * (signal - gate_mean_(k));
  });
}

// h -> pi = softmax(h):  dL/dh_j = pi_j (e_j - sum_i pi_i e_i),  e_i = weight q_i l'(y pi_i f_i) y f_i;  dL/dtheta_j =
// sum_k dL/dh_jk z_k. Under combine logit dL/dh_j = e_j = weight q_j l'(y (h_j + r_j) f_j) y f_j.
void Problem::gate_gradient(const Parameters& parameters, const Routing& routing, Evaluation& result) {
  const bool by_attention = architecture_.gate_config.input == "attention";
  d_logits_.resize(architecture_.experts, data_->samples());
  gate_mean_.resize(data_->samples());
  gate_partials_.resize(static_cast<std::size_t>((data_->samples() + gate_block - 1) / gate_block));
  for_blocks([&](Index number, Index first, Index count) {
    auto d_logits = d_logits_.middleCols(first, count);
    if (architecture_.combine == Combine::logit) {
      d_logits.setZero();
      for_routed(first, count, [&](Index expert, Index k, double signal) { d_logits_(expert, k) = signal; });
    } else {
      softmax_signals(routing, first, count);
    }
    if (by_attention) return;
    Matrix& partial = gate_partials_[static_cast<std::size_t>(number)];
    partial.resize(gate_input_.rows(), architecture_.experts);
    const Index experts = architecture_.experts;
    const Run all[] = {{0, count}};
    outer_product(gate_input_.col(first).data(), gate_input_.rows(), d_logits.data(), experts, experts, all, false,
                  partial.data());
  });
  if (!by_attention) {
    for (const Matrix& partial : gate_partials_) result.gradient.gate += partial.topRows(data_->features());
  }
  for (Index expert = 0; by_attention && expert < architecture_.experts; ++expert) {
    result.gradient.gate.col(expert) = attended_inputs(parameters, expert) * d_logits_.row(expert).transpose();
  }
}

Matrix Problem::attention_weights(const Parameters& parameters, Index unit, Index sample) const {
  const Index length = data_->tokens_per_sample, features = data_->features();
  const auto tokens = data_->tokens.middleCols(sample * length, length);
  Matrix weights = Matrix::Zero(length, length);
  if (architecture_.attention->uses_scores()) {
    const auto query = parameters.attention.middleCols(architecture_.attention_of(unit) * features, features);
    weights.noalias() = tokens.transpose() * (query * tokens);
  }
  architecture_.attention->weights(weights);
  return weights;
}

Matrix Problem::attended_inputs(const Parameters& parameters, Index unit) const {
  const Index length = data_->tokens_per_sample;
  Matrix attended(data_->features(), data_->samples());
  for (Index k = 0; k < data_->samples(); ++k) {
    attended.col(k).noalias() =
        data_->tokens.middleCols(k * length, length) * attention_weights(parameters, unit, k).rowwise().sum();
  }
  return attended;
}

Matrix Problem::ffn_design(const Parameters& parameters, Index unit) const {
  std::vector<Index> all(static_cast<std::size_t>(data_->samples()));
  std::iota(all.begin(), all.end(), 0);
  return ffn_design(parameters, unit, all);
}

Matrix Problem::ffn_design(const Parameters& parameters, Index unit, std::span<const Index> samples) const {
  const Index length = data_->tokens_per_sample, features = data_->features(), neurons = architecture_.neurons;
  const Matrix ffn = parameters.ffn.middleCols(unit * neurons, neurons);
  const Vector output = parameters.output.col(unit);
  Matrix design(features * neurons, static_cast<Index>(samples.size())), d_values(neurons, length),
      d_weights(length, length);
  Vector d_output(neurons);
  for (Index column = 0; column < design.cols(); ++column) {
    const Index k = samples[static_cast<std::size_t>(column)];
    const Matrix weights = attention_weights(parameters, unit, k);
    const auto tokens = data_->tokens.middleCols(k * length, length);
    const Matrix values = ffn.transpose() * tokens;
    architecture_.form->backward({values, weights, output, *architecture_.activation}, 1,
                                 {d_values, d_weights, d_output});
    design.col(column).reshaped(features, neurons).noalias() = tokens * d_values.transpose();
  }
  return design;
}

void add_l2(const Parameters& parameters, double l2, const GradientRequest& trained, Evaluation& evaluation) {
  if (l2 == 0) return;
  const auto add = [&](bool is_trained, const Matrix& block, Matrix& gradient) {
    if (!is_trained) return;
    evaluation.objective += 0.5 * l2 * block.squaredNorm();
    gradient += l2 * block;
  };
  add(trained.ffn, parameters.ffn, evaluation.gradient.ffn);
  add(trained.output, parameters.output, evaluation.gradient.output);
  add(trained.attention, parameters.attention, evaluation.gradient.attention);
}

void normalise_by_load(const Architecture& architecture, Evaluation& evaluation) {
  Parameters& gradient = evaluation.gradient;
  const Index features = gradient.ffn.rows();
  for (Index unit = 0; unit < architecture.units(); ++unit) {
    const double load = evaluation.load(unit / architecture.heads);
    if (!(load > 0)) continue;
    gradient.ffn.middleCols(unit * architecture.neurons, architecture.neurons) /= load;
    gradient.output.col(unit) /= load;
    if (!architecture.shared_attention) gradient.attention.middleCols(unit * features, features) /= load;
  }
}

}  // namespace lemmata::sim
