#include "scenarios/measure/reduced_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/attention_entropy.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/measure/quantities.h"
#include "sim/random.h"

namespace lemmata::scenarios {

namespace {

// Its own purpose keeps these numbers apart from what the system itself draws with the seed.
std::vector<double> normal_numbers(long count, long seed) {
  std::vector<double> values(static_cast<std::size_t>(count));
  sim::Philox(static_cast<std::uint64_t>(seed), sim::Purpose::fresh).fill_normal(values);
  return values;
}

std::vector<double> flattened(const Matrix& matrix) {
  std::vector<double> values;
  for (Index l = 0; l < matrix.rows(); ++l) {
    for (Index k = 0; k < matrix.cols(); ++k) values.push_back(matrix(l, k));
  }
  return values;
}

Matrix unflattened(const double* values, Index rows, Index columns) {
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(values, rows,
                                                                                                  columns);
}

}  // namespace

ReducedRun::ReducedRun(const sim::ReducedConfig& config, long seed)
    : system_(std::make_unique<sim::ReducedSystem>(config, static_cast<std::uint64_t>(seed))),
      state_{system_->initial(), {}} {}

void ReducedRun::advance(double time, double tolerance) {
  if (time == 0) return;
  sim::BlockTraining training{"gradient_flow", time};
  training.tolerance = tolerance;
  std::map<std::string, sim::BlockTraining> train;
  for (const auto& [name, block] : state_.parameters) train[name] = training;
  sim::BlockStage stage(state_, train, system_->gradient());
  stage.evaluate();
  stage.update();
}

void ReducedRun::descend(long steps, double learning_rate) {
  std::map<std::string, sim::BlockTraining> train;
  for (const auto& [name, block] : state_.parameters) train[name] = {"gd", learning_rate};
  sim::BlockStage stage(state_, train, system_->gradient());
  for (long step = 0; step < steps; ++step) stage.evaluate(), stage.update();
}

double ReducedRun::entropy_at(const sim::Blocks& blocks) const {
  return analysis::attention_entropy_of_logits(system_->log_attention(blocks));
}

double ReducedRun::loss() const {
  sim::Blocks none;
  return system_->gradient()(at(), none);
}

std::vector<double> descent_entropies(const sim::ReducedConfig& config, long seed, long steps, double learning_rate) {
  ReducedRun run(config, seed);
  std::vector<double> entropies = {run.entropy()};
  for (long step = 0; step < steps; ++step) {
    run.descend(1, learning_rate);
    entropies.push_back(run.entropy());
  }
  return entropies;
}

std::vector<double> flow_entropies(const sim::ReducedConfig& config, long seed, const std::vector<double>& times,
                                   double tolerance) {
  ReducedRun run(config, seed);
  std::vector<double> entropies;
  double now = 0;
  for (const double time : times) {
    run.advance(time - now, tolerance);
    now = time;
    entropies.push_back(run.entropy());
  }
  return entropies;
}

std::vector<double> log_times(double first, double last, std::size_t count) {
  std::vector<double> times = {0};
  for (std::size_t i = 0; i < count; ++i)
    times.push_back(first * std::pow(last / first, static_cast<double>(i) / static_cast<double>(count - 1)));
  return times;
}

std::vector<double> even_times(double last, std::size_t count) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i)
    times.push_back(last * static_cast<double>(i) / static_cast<double>(count - 1));
  return times;
}

std::vector<double> normal_means(long count, long seed) { return normal_numbers(count, seed); }

std::vector<double> positive_means(long count, long seed) {
  std::vector<double> values = normal_numbers(count, seed);
  for (double& value : values) value = std::abs(value);
  return values;
}

sim::ReducedConfig stationary_config(const std::string& attention, long components, long seed) {
  sim::ReducedConfig config;
  config.law = "stationary";
  config.attention = attention;
  config.temperature = 1;
  config.mu = {normal_means(components, seed)};
  return config;
}

sim::ReducedConfig softmax_config(long components, long seed) {
  sim::ReducedConfig config = stationary_config("softmax", components, seed);
  config.law = "fixed_upstream";
  return config;
}

std::string settings_hash(const sim::ReducedConfig& config) {
  Settings settings;
  settings.system = "joma_reduced";
  settings.joma_reduced = config;
  return hash_of_settings(settings);
}

sim::ReducedConfig sparse_then_dense_config(long seed) {
  sim::ReducedConfig config = load_scenario("joma/sparse_then_dense").settings.joma_reduced;
  config.mu.mt19937 = static_cast<std::uint32_t>(seed);
  return config;
}

long sparse_then_dense_steps() { return load_scenario("joma/sparse_then_dense").config.stages.at(0).steps; }

double sparse_then_dense_rate() {
  return load_scenario("joma/sparse_then_dense").config.stages.at(0).train.at("v").learning_rate;
}

sim::ReducedConfig squared_loss_config(long seed) {
  sim::ReducedConfig config;
  config.law = "regression";
  config.attention = "exp";
  config.mu = {{}, static_cast<std::uint32_t>(seed), 0, 8, 10};
  config.temperature = 0.3;
  config.v0 = 0.05;
  config.samples = 40;
  return config;
}

double relative_gap(const Matrix& found, const Matrix& law) {
  if (!found.allFinite() || !law.allFinite()) return std::numeric_limits<double>::quiet_NaN();
  return (found - law).cwiseAbs().maxCoeff() / law.cwiseAbs().maxCoeff();
}

Control control_of(const std::string& what, const std::vector<Quantity>& quantities) {
  return {what, verdict_within(quantities), quantities};
}

Matrix FlowSamples::mu_matrix() const {
  return unflattened(mu.data(), static_cast<Index>(mu.size()) / nodes, static_cast<Index>(nodes));
}

Matrix FlowSamples::v_at(std::size_t i) const {
  return unflattened(v.data() + i * mu.size(), static_cast<Index>(mu.size()) / nodes, static_cast<Index>(nodes));
}

Vector FlowSamples::z_at(std::size_t i) const {
  const Index components = static_cast<Index>(mu.size()) / nodes;
  return Eigen::Map<const Vector>(z.data() + static_cast<Index>(i) * components, components);
}

void fields_of(FlowSamples& samples, Fields& fields) {
  fields.number("nodes", samples.nodes, "hidden nodes K");
  fields.series("mu", "entry", samples.mu, "Delta_kl by component, then node");
  fields.series("times", "time", samples.times, "times of the flow");
  fields.series("v", "state", samples.v, "v by time, component, node");
  fields.series("z", "logit", samples.z, "attention logits by time, component");
}

FlowSamples flow_samples(const sim::ReducedConfig& config, long seed, const std::vector<double>& shares,
                         const std::function<double(const Matrix& mu)>& whole) {
  ReducedRun run(config, seed);
  FlowSamples samples;
  samples.nodes = config.nodes;
  samples.mu = flattened(run.system().mu());
  const double all = whole(run.system().mu());
  double now = 0;
  for (const double share : shares) {
    run.advance(share * all - now, 1e-13);
    now = share * all;
    samples.times.push_back(now);
    const std::vector<double> v = flattened(run.v()), z = flattened(run.z());
    samples.v.insert(samples.v.end(), v.begin(), v.end());
    samples.z.insert(samples.z.end(), z.begin(), z.end());
  }
  return samples;
}

}  // namespace lemmata::scenarios
