#include "scenarios/measure/oracle_floor.h"

#include <cmath>

#include "sim/data/law.h"
#include "sim/loss/loss.h"

namespace lemmata::scenarios {
namespace {

constexpr long chunk_draws = 20'000;

sim::ModelConfig attention_free_model() {
  sim::ModelConfig model;
  model.kind = "attention_free";
  return model;
}

struct ChunkSums {
  double loss = 0, squared = 0;
  long errors = 0;
};

ChunkSums measure_chunk(sim::DataConfig config, double amplitude, std::uint64_t seed, std::uint64_t step) {
  config.heldout = chunk_draws;
  auto data = std::make_shared<const sim::Dataset>(
      sim::data_law_named(config.law).generate(config, {seed, sim::Purpose::heldout, step}));
  const OracleExperts oracle = oracle_experts(attention_free_model(), data->label_signal, amplitude);
  sim::Problem problem(oracle.architecture, *sim::loss_named("squared").loss, data);
  sim::Evaluation evaluation;
  problem.evaluate(oracle.parameters, routing_by_class(*data), {}, evaluation);
  ChunkSums sums;
  sums.loss = evaluation.sample_loss.sum();
  sums.squared = evaluation.sample_loss.squaredNorm();
  const Vector value = evaluation.value.colwise().sum().transpose();  // 0 where not routed
  for (Index k = 0; k < data->samples(); ++k) sums.errors += !(data->label(k) * value(k) > 0);
  return sums;
}

HeldoutOutcome draw_heldout(CheckContext& context, const sim::DataConfig& config, double amplitude, long draws,
                            std::uint64_t seed) {
  const long chunks = (draws + chunk_draws - 1) / chunk_draws;
  std::vector<ChunkSums> sums(static_cast<std::size_t>(chunks));
  context.team.run(chunks, [&](long i, int) {
    sums[static_cast<std::size_t>(i)] = measure_chunk(config, amplitude, seed, static_cast<std::uint64_t>(i + 1));
  });
  HeldoutOutcome outcome;
  outcome.chunk = chunk_draws;
  for (const ChunkSums& one : sums) {
    outcome.chunk_loss.push_back(one.loss);
    outcome.chunk_squared.push_back(one.squared);
    outcome.chunk_errors.push_back(static_cast<double>(one.errors));
  }
  return outcome;
}

// What follows from the sums of the chunks.
void summarise(HeldoutOutcome& outcome) {
  double loss = 0, squared = 0, errors = 0;
  for (std::size_t i = 0; i < outcome.chunk_loss.size(); ++i) {
    loss += outcome.chunk_loss[i];
    squared += outcome.chunk_squared[i];
    errors += outcome.chunk_errors[i];
  }
  outcome.draws = static_cast<long>(outcome.chunk_loss.size()) * outcome.chunk;
  outcome.errors = static_cast<long>(errors);
  const double n = static_cast<double>(outcome.draws);
  outcome.mean_loss = loss / n;
  outcome.standard_error = std::sqrt((squared / n - outcome.mean_loss * outcome.mean_loss) / (n - 1));
}

}  // namespace

void fields_of(HeldoutOutcome& outcome, Fields& fields) {
  fields.number("draws", outcome.chunk, "held-out draws in a chunk");
  fields.series("loss_sum", "chunk", outcome.chunk_loss, "sum of the squared loss over them");
  fields.series("loss_square_sum", "chunk", outcome.chunk_squared, "sum of its square");
  fields.series("errors", "chunk", outcome.chunk_errors, "draws with y f <= 0");
}

void fields_of(ExactOutcome& outcome, Fields& fields) {
  fields.number("loss", outcome.loss, "squared loss in expectation, by noise with exact second moments");
  fields.number("largest_slope", outcome.largest_slope, "largest |dL/dw| over all entries of all experts");
}

HeldoutOutcome oracle_on_heldout(CheckContext& context, const std::string& name, const sim::DataConfig& config,
                                 double amplitude, long draws, std::uint64_t seed) {
  HeldoutOutcome outcome =
      measured_once(context, name, [&] { return draw_heldout(context, config, amplitude, draws, seed); });
  summarise(outcome);
  return outcome;
}

ExactOutcome oracle_exactly(CheckContext& context, const std::string& name, const sim::DataConfig& config,
                            double amplitude) {
  return measured_once(context, name, [&] {
    const auto data = moment_matched_samples(config);
    const OracleExperts oracle = oracle_experts(attention_free_model(), data->label_signal, amplitude);
    sim::Problem problem(oracle.architecture, *sim::loss_named("squared").loss, data);
    sim::Evaluation evaluation;
    sim::GradientRequest request;
    request.ffn = true;
    problem.evaluate(oracle.parameters, routing_by_class(*data), request, evaluation);
    return ExactOutcome{evaluation.loss, evaluation.gradient.ffn.cwiseAbs().maxCoeff()};
  });
}

}  // namespace lemmata::scenarios
