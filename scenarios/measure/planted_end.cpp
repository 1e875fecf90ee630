#include "scenarios/measure/planted_end.h"

#include <stdexcept>

#include "scenarios/experiment/experiment.h"

namespace lemmata::scenarios {

FinalState planted_end(const Scenario& scenario, long seed, const std::vector<Index>& expert_class) {
  FinalState end;
  end.experiment = prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed)));
  end.state = sim::initial_state(end.experiment);
  end.training.stop_reason = "completed";
  sim::Problem problem = problem_of(end.experiment);
  const sim::Architecture& architecture = problem.architecture();
  if (!architecture.gated || architecture.gate_config.input == "attention" || architecture.neurons != 1 ||
      architecture.shared_attention || static_cast<Index>(expert_class.size()) != architecture.units())
    throw std::invalid_argument(
        "planted_end: the model must have a gate on tokens or span{c}, one neuron and one attention of "
        "its own per expert, and a class for each");
  const sim::Dataset& data = *end.experiment.data;
  const double noise = end.experiment.config.model.gate.noise,
               pull = 2 * noise / end.experiment.config.data.beta.low;  // logits of other classes lie 2 nu below
  sim::Parameters& parameters = end.state.parameters;
  for (Index i = 0; i < architecture.units(); ++i) {
    const Index n = expert_class[static_cast<std::size_t>(i)];
    const Vector own = data.label_signal.row(n).transpose(),
                 next = data.label_signal.row((n + 1) % data.classes).transpose();
    parameters.ffn.col(i) = own - next / 4;
    parameters.gate.col(i) = pull * data.class_signal.row(n).transpose();
    parameters.attention.middleCols(i * data.features(), data.features()) = own * own.transpose();
  }
  problem.route(parameters, {end.experiment.config.seed, 0, noise, nullptr}, end.routing);
  return end;
}

std::vector<Index> classes_in_turn(long experts, long classes) {
  std::vector<Index> list(static_cast<std::size_t>(experts));
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<Index>(i) % classes;
  return list;
}

}  // namespace lemmata::scenarios
