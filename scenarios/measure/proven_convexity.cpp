#include "scenarios/measure/proven_convexity.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/curvature.h"

namespace lemmata::scenarios {
namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw std::invalid_argument("proven_convexity: not covered: " + what);
}

void require_covered(const FinalState& end) {
  const sim::ModelConfig& model = end.experiment.config.model;
  require(sim::model_named(model.kind).gated, "a model without a gate");
  require(model.expert.form == "linear" && model.expert.neurons == 1, "experts that are not one linear neuron");
  require((end.state.parameters.output.array() == 1).all(), "output weights other than 1");
  require(model.kind != "attention_free" && model.attention == "softmax", "attention other than softmax");
  require(model.gate.routing == "expected" && model.gate.combine == "one" && model.gate.input == "tokens",
          "a gate other than expected routing by the tokens with combine `one`");
}

analysis::ExactSubtask exact_subtask(const FinalState& end, Index expert) {
  const sim::Dataset& data = *end.experiment.data;
  const sim::Architecture architecture = sim::build_architecture(end.experiment.config.model);
  const sim::Parameters& parameters = end.state.parameters;
  const Index features = data.features(), attention = architecture.attention_of(expert);
  return {analysis::margin_loss(end.experiment.config.loss.kind),
          data.tokens,
          data.tokens_per_sample,
          data.label,
          data.weight,
          parameters.attention.middleCols(attention * features, features),
          parameters.gate,
          end.experiment.config.model.gate.noise,
          expert};
}

// The box of every expert's weights over the steps of a stage.
class Box final : public sim::Observer {
 public:
  Box(const FrozenStage& stage, const sim::Architecture& architecture) : stage_(stage), architecture_(architecture) {
    for (const FrozenExpert& expert : stage.experts) boxes.push_back({expert.start, expert.start});
  }
  bool observe(const sim::Snapshot& snapshot) override {
    last.clear();
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      last.push_back(stacked_ffn(architecture_, snapshot.state.parameters, stage_.experts[i].expert));
      boxes[i].lower = boxes[i].lower.cwiseMin(last[i]);
      boxes[i].upper = boxes[i].upper.cwiseMax(last[i]);
    }
    return true;
  }
  std::vector<analysis::WeightBox> boxes;
  std::vector<Vector> last;

 private:
  const FrozenStage& stage_;
  const sim::Architecture architecture_;
};

// The least Hessian over a box in floating point: each sample at the margin of the box where its l'' is least. Only for
// the choice of a constant: nothing that is proven rests on it.
Matrix floating_least_hessian(const analysis::FrozenProblem& problem, const analysis::WeightBox& box) {
  Matrix hessian = Matrix::Zero(problem.inputs.rows(), problem.inputs.rows());
  const Vector centre = (box.lower + box.upper) / 2, half = (box.upper - box.lower) / 2;
  for (Index k = 0; k < problem.inputs.cols(); ++k) {
    const Vector u = problem.inputs.col(k);
    const double middle = problem.labels(k) * u.dot(centre), reach = u.cwiseAbs().dot(half);
    const double least = std::min(analysis::loss_curvature(problem.loss, middle + reach),
                                  analysis::loss_curvature(problem.loss, middle - reach));
    hessian += problem.weights(k) * least * u * u.transpose();
  }
  return hessian;
}

ExpertPath expert_path(const FinalState& end, const FrozenExpert& frozen, const analysis::WeightBox& box,
                       const Vector& last, bool on_box) {
  const auto least = [&](const analysis::WeightBox& set) {
    return analysis::curvature_on_span(floating_least_hessian(frozen.problem, set), frozen.problem.inputs).min;
  };
  ExpertPath path{exact_subtask(end, frozen.expert), box, 0, least({frozen.start, frozen.start}), least({last, last})};
  path.curvature_min = on_box ? least(box) : path.curvature_start;
  return path;
}

// A matrix of so many rows, column by column.
void matrix_field(const std::string& name, Index rows, Matrix& matrix, const std::string& description, Fields& fields) {
  std::vector<double> entries(matrix.data(), matrix.data() + matrix.size());
  fields.series(name, name + "_entry", entries, description + ", column by column");
  const auto count = static_cast<Index>(entries.size());
  if (rows < 1 || count % rows != 0)
    throw StoredFault(name + ": found " + std::to_string(count) + " entries, allowed: columns of " +
                      std::to_string(rows));
  matrix = Eigen::Map<const Matrix>(entries.data(), rows, count / rows);
}

// The numbers of all experts side by side: indices, attention, box, lambda_min three times.
struct Side {
  std::vector<long> expert;
  Matrix attention, lower, upper, curvature;
};

Side side_of(const std::vector<ExpertPath>& experts, Index features) {
  const auto count = static_cast<Index>(experts.size());
  Side side{{}, Matrix(features, count * features), Matrix(features, count), Matrix(features, count), Matrix(3, count)};
  for (Index i = 0; i < count; ++i) {
    const ExpertPath& path = experts[static_cast<std::size_t>(i)];
    side.expert.push_back(path.subtask.expert);
    side.attention.middleCols(i * features, features) = path.subtask.attention;
    side.lower.col(i) = path.box.lower;
    side.upper.col(i) = path.box.upper;
    side.curvature.col(i) << path.curvature_min, path.curvature_start, path.curvature_end;
  }
  return side;
}

std::vector<ExpertPath> experts_of(const Side& side, const analysis::ExactSubtask& shared, Index features) {
  const auto count = static_cast<Index>(side.expert.size());
  if (side.attention.cols() != count * features || side.lower.cols() != count || side.upper.cols() != count ||
      side.curvature.cols() != count)
    throw StoredFault("experts: found arrays of different numbers of experts");
  std::vector<ExpertPath> experts;
  for (Index i = 0; i < count; ++i) {
    ExpertPath path{shared,
                    {side.lower.col(i), side.upper.col(i)},
                    side.curvature(0, i),
                    side.curvature(1, i),
                    side.curvature(2, i)};
    path.subtask.attention = side.attention.middleCols(i * features, features);
    path.subtask.expert = side.expert[static_cast<std::size_t>(i)];
    if (path.subtask.expert < 0 || path.subtask.expert >= shared.gate.cols())
      throw StoredFault("expert: found " + std::to_string(path.subtask.expert) + ", allowed: a column of the gate");
    experts.push_back(path);
  }
  return experts;
}

}  // namespace

void fields_of(StagePaths& paths, Fields& fields) {
  analysis::ExactSubtask shared = paths.experts.empty() ? analysis::ExactSubtask{} : paths.experts.front().subtask;
  long features = shared.tokens.rows(), length = shared.tokens_per_sample, loss = static_cast<long>(shared.loss);
  fields.flag("pure", paths.exactly_pure, "1 = routing exactly pure at the end of stage II");
  fields.number("loss", loss, "kind of the loss: 0 squared, 1 squared hinge, 2 logistic, 3 exponential");
  fields.number("features", features, "d; 0 without an expert that holds load");
  fields.number("tokens_per_sample", length, "L");
  fields.number("gate_noise", shared.gate_noise, "nu");
  Side side = side_of(paths.experts, features);
  fields.series("expert", "slot", side.expert, "i, from 0");
  if (loss < 0 || loss > static_cast<long>(analysis::MarginLoss::exponential) || features < 0 || features > 10'000)
    throw StoredFault("loss, features: found " + std::to_string(loss) + ", " + std::to_string(features));
  const Index rows = std::max(features, 1L);  // arrays of nothing have no rows to tell
  matrix_field("token", rows, shared.tokens, "x of one sample after the other", fields);
  fields.series("label", "sample", shared.labels, "y");
  fields.series("share", "sample", shared.share, "weight of a sample in the mean");
  matrix_field("theta", rows, shared.gate, "theta of one expert after the other", fields);
  matrix_field("query_key", rows, side.attention, "Q of one expert after the other", fields);
  matrix_field("box_lower", rows, side.lower, "least w of stage III, of one expert after the other", fields);
  matrix_field("box_upper", rows, side.upper, "largest w of stage III", fields);
  matrix_field("lambda_min", 3, side.curvature,
               "floating point, on V_i: of the least Hessian, at the start and at the end of stage III", fields);
  shared.tokens_per_sample = length;
  shared.loss = static_cast<analysis::MarginLoss>(loss);
  paths.experts = experts_of(side, shared, features);
}

StagePaths stage_paths(const Scenario& scenario, long seed, bool on_box) {
  const FrozenStage stage = frozen_stage(scenario, seed);
  require_covered(stage.end);
  sim::Experiment experiment = stage.end.experiment;
  sim::StageConfig last = scenario.config.stages.back();
  last.train = {{"ffn", last.train.at("ffn")}};
  experiment.config.stages = {last};
  sim::TrainingState state = sim::initial_state(experiment);
  state.parameters = stage.end.state.parameters;
  Box observer(stage, sim::build_architecture(experiment.config.model));
  sim::train(experiment, state, observer);
  StagePaths found{seed, stage.exactly_pure, {}};
  for (std::size_t i = 0; i < stage.experts.size(); ++i)
    found.experts.push_back(expert_path(stage.end, stage.experts[i], observer.boxes[i], observer.last[i], on_box));
  return found;
}

StageProofs stage_proofs(const StagePaths& paths, const ProofRule& rule) {
  StageProofs found;
  for (const ExpertPath& path : paths.experts) {
    analysis::ExactSubtask subtask = path.subtask;
    if (rule.loss) subtask.loss = *rule.loss;
    const double modulus = rule.factor * path.curvature_min + rule.shift;
    const std::optional<analysis::WeightBox> box =
        rule.on_box ? std::optional<analysis::WeightBox>(path.box) : std::nullopt;
    found.push_back({modulus, analysis::prove_strong_convexity(subtask, box, modulus)});
  }
  return found;
}

Verdict proven_verdict(const std::vector<StageProofs>& seeds) {
  if (seeds.empty()) return Verdict::inconclusive;
  for (const StageProofs& experts : seeds) {
    const auto stands = [](const ExpertProof& one) { return one.proof.proven; };
    if (experts.empty() || !std::all_of(experts.begin(), experts.end(), stands)) return Verdict::inconclusive;
  }
  return Verdict::supported;
}

}  // namespace lemmata::scenarios
