#include "scenarios/measure/oracle_expert.h"

#include <cmath>
#include <stdexcept>

#include "scenarios/metrics/metric.h"
#include "sim/data/law.h"

namespace lemmata::scenarios {
namespace {

class NegativeMargin final : public sim::Loss {
 public:
  double value(double z) const override { return -z; }
  double slope(double) const override { return -1; }
  double curvature(double) const override { return 0; }
};

}  // namespace

OracleExperts oracle_experts(sim::ModelConfig model, const Matrix& label_signal, double amplitude) {
  model.experts = label_signal.rows();
  OracleExperts oracle;
  oracle.architecture = sim::build_architecture(model);
  if (!oracle.architecture.gated || oracle.architecture.units() != model.experts || oracle.architecture.neurons != 1 ||
      oracle.architecture.shared_attention) {
    throw std::invalid_argument(
        "oracle_experts: the model must have a gate, one neuron per expert and an attention of each expert's own");
  }
  oracle.parameters = sim::zero_parameters(oracle.architecture, label_signal.cols());
  oracle.parameters.output = oracle.architecture.output_weight;
  oracle.parameters.ffn = amplitude * label_signal.transpose();
  return oracle;
}

sim::Routing routing_by_class(const sim::Dataset& data) {
  sim::Routing routing;
  routing.logits = Matrix::Zero(data.classes, data.samples());
  routing.probability = Matrix::Ones(data.classes, data.samples());
  routing.weight = Matrix::Zero(data.classes, data.samples());
  for (Index k = 0; k < data.samples(); ++k) routing.weight(data.class_index[static_cast<std::size_t>(k)], k) = 1;
  return routing;
}

theory::ClassMixture mixture_of(const sim::DataConfig& config, const sim::Dataset& data) {
  if (!config.alpha.is_fixed() || !config.beta.is_fixed() || !config.gamma.is_fixed()) {
    throw std::invalid_argument("mixture_of: the closed forms need fixed amplitudes");
  }
  theory::ClassMixture mixture;
  mixture.class_signal = data.class_signal.transpose();
  mixture.label_signal = data.label_signal.transpose();
  mixture.alpha = config.alpha.low;
  mixture.beta = config.beta.low;
  mixture.gamma = config.gamma.low;
  mixture.noise_std = config.noise_std;
  mixture.tokens = data.tokens_per_sample;
  theory::require_valid(mixture);
  return mixture;
}

std::shared_ptr<const sim::Dataset> enumerated_samples(sim::DataConfig config, long replicates, std::uint64_t seed,
                                                       std::uint64_t step) {
  config.sampling = "enumerated";
  config.replicates = replicates;
  return std::make_shared<const sim::Dataset>(
      sim::data_law_named(config.law).generate(config, {seed, sim::Purpose::data, step}));
}

std::shared_ptr<const sim::Dataset> moment_matched_samples(const sim::DataConfig& config) {
  sim::DataConfig quiet = config;
  quiet.noise_std = 0;
  const Index noise_tokens = config.tokens - 3, features = config.features;
  if (noise_tokens == 0 || config.noise_std == 0) return enumerated_samples(quiet, 1, 0, 0);
  const Index points = 2 * features * noise_tokens;
  auto data = std::make_shared<sim::Dataset>(*enumerated_samples(quiet, points, 0, 0));
  const double radius = config.noise_std * std::sqrt(static_cast<double>(features * noise_tokens));
  for (Index k = 0; k < data->samples(); ++k) {  // replicates of a tuple are consecutive
    const Index point = k % points, token = point / (2 * features), feature = point % (2 * features) / 2;
    data->tokens(feature, k * config.tokens + 3 + token) = point % 2 == 0 ? radius : -radius;
  }
  mixture_of(config, *data);
  return data;
}

const sim::Loss& negative_margin() {
  static const NegativeMargin loss;
  return loss;
}

std::vector<Matrix> attention_descent(const OracleExperts& oracle, const std::shared_ptr<const sim::Dataset>& data,
                                      const sim::Loss& loss) {
  sim::Problem problem(oracle.architecture, loss, data);
  sim::Evaluation evaluation;
  sim::GradientRequest request;
  request.attention = true;
  problem.evaluate(oracle.parameters, routing_by_class(*data), request, evaluation);
  const Vector share = class_share(*data);
  std::vector<Matrix> descent;
  for (Index n = 0; n < data->classes; ++n) {
    descent.push_back(-evaluation.gradient.attention.middleCols(n * data->features(), data->features()) / share(n));
  }
  return descent;
}

}  // namespace lemmata::scenarios
