#include "tests/sim/gradient_case.h"

#include <stdexcept>

#include "sim/random.h"

namespace lemmata::oracle {
namespace {

using Strings = std::vector<std::string>;

sim::Dataset noisy_data(std::uint64_t seed) {
  sim::DataConfig config;
  config.classes = 3, config.features = 7, config.tokens = 4;
  config.alpha = {0.8, 1.2}, config.beta = {1, 1.5}, config.gamma = {0.5, 0.9};
  config.noise_std = 0.3, config.sampling = "random", config.samples = 10, config.basis = "random";
  sim::Dataset data = sim::data_law_named("class_mixture").generate(config, {seed, sim::Purpose::data, 0});
  sim::Philox random(seed, sim::Purpose::test, 99);
  data.tokens =
      data.tokens.unaryExpr([&](double x) { return x + 0.1 * random.normal(); });  // no token lies in a special plane
  for (double& weight : data.weight) weight = 0.5 + random.uniform();
  data.weight /= data.weight.sum();
  return data;
}

sim::Parameters random_parameters(const sim::Architecture& architecture, bool averages, Index features,
                                  std::uint64_t seed) {
  sim::Parameters p = sim::zero_parameters(architecture, features);
  sim::Philox random(seed, sim::Purpose::test, 98);
  const double ffn_std = averages ? 1.5 : 0.5;  // a mean over tokens is smaller than a sum
  for (double& w : p.ffn.reshaped()) w = ffn_std * random.normal();
  for (double& q : p.attention.reshaped()) q = 0.5 * random.normal();
  for (double& theta : p.gate.reshaped()) theta = 0.3 * random.normal();
  p.output = architecture.output_weight.unaryExpr([&](double a) { return a * (0.5 + random.uniform()); });
  return p;
}

Strings combines(const std::string& routing) {
  return routing == "sampled" ? Strings{"one", "probability", "logit"} : Strings{"one", "probability"};
}

}  // namespace

int for_every_case(const std::string& kind, const Strings& gate_inputs,
                   const std::function<void(const GradientCase&)>& visit) {
  const bool gated = sim::model_named(kind).gated, fixed_form = kind == "two_head_relu",
             plain = kind == "dense" || kind == "attention_free";
  const Strings attentions = plain ? Strings{"softmax"} : Strings{"softmax", "linear", "uniform"};
  int count = 0;
  GradientCase one;
  one.model.kind = kind, one.model.experts = 3, one.model.heads = 2;
  for (const auto& form : sim::forms())
    for (const auto& activation : sim::activations()) {
      if (fixed_form ? form.name != "linear" || activation.name != "identity"
                     : !form.uses_activation && activation.name != "identity")
        continue;
      for (const auto& loss : sim::losses())
        for (const auto& attention : attentions)
          for (const long neurons : {1L, 4L}) {
            if (fixed_form && neurons > 1) continue;
            for (const std::string& routing : gated ? Strings{"expected", "sampled"} : Strings{"expected"}) {
              for (const std::string& combine : gated ? combines(routing) : Strings{"one"})
                for (const std::string& input : gate_inputs) {
                  one.model.expert = {form.name, activation.name, neurons};
                  one.model.attention = attention;
                  one.model.gate = {routing, 1.0, combine, input};
                  one.loss = loss.name;
                  visit(one);
                  ++count;
                }
            }
          }
    }
  return count;
}

GradientPoint gradient_point(const GradientCase& one, double kink_distance) {
  const sim::Architecture architecture = sim::build_architecture(one.model);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    GradientPoint point{architecture,
                        noisy_data(seed),
                        random_parameters(architecture, one.model.expert.form == "averaged", 7, seed),
                        {}};
    const sim::Problem problem(architecture, *sim::loss_named(one.loss).loss, point.data);
    problem.route(point.parameters, {seed, 5, one.model.gate.noise}, point.routing);
    double nearest = 1;
    NaiveModel naive(one.model, one.loss);
    naive.nearest_kink = &nearest;
    const NaiveParameters<double> p(point.parameters);
    const Matrix &q = point.routing.weight, &r = point.routing.draw;
    naive_training_loss(naive, point.data, p, q, r);
    naive_gate_objective(naive, point.data, p, q, r, naive_values(naive, point.data, p));
    if (nearest > kink_distance) return point;
  }
  throw std::logic_error("no seed keeps its kinks away: " + one.name());
}

Matrix unit_direction(const Matrix& block, std::uint64_t index) {
  Matrix direction(block.rows(), block.cols());
  sim::Philox random(7, sim::Purpose::test, index);
  for (double& v : direction.reshaped()) v = random.normal();
  return direction / direction.norm();
}

Strings blocks_of(const sim::Architecture& architecture) {
  return architecture.gated ? Strings{"ffn", "attention", "output", "gate"} : Strings{"ffn", "attention", "output"};
}

double naive_derivative(const GradientCase& one, const GradientPoint& point, const std::string& block,
                        const Matrix& direction) {
  using Complex = std::complex<double>;
  constexpr double step = 1e-100;  // squares vanish: the imaginary part is the derivative to rounding
  const NaiveModel naive(one.model, one.loss);
  NaiveParameters<Complex> moved(point.parameters);
  for (Index c = 0; c < direction.cols(); ++c) {
    for (Index r = 0; r < direction.rows(); ++r) moved.block(block)(r, c) += Complex(0, step * direction(r, c));
  }
  const Matrix &q = point.routing.weight, &r = point.routing.draw;
  if (block != "gate") return naive_training_loss(naive, point.data, moved, q, r).imag() / step;
  const Matrix value = naive_values(naive, point.data, NaiveParameters<double>(point.parameters));
  return naive_gate_objective(naive, point.data, moved, q, r, value).imag() / step;
}

}  // namespace lemmata::oracle
