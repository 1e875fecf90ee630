#include "scenarios/measure/frozen.h"

#include <stdexcept>
#include <vector>

namespace lemmata::scenarios {

Vector stacked_ffn(const sim::Architecture& architecture, const sim::Parameters& parameters, Index expert) {
  const Index columns = architecture.heads * architecture.neurons;
  return parameters.ffn.middleCols(expert * columns, columns).reshaped();
}

analysis::FrozenProblem frozen_problem(const sim::Problem& problem, const sim::Parameters& parameters,
                                       const sim::Routing& routing, Index expert, const std::string& loss, double l2) {
  const sim::Architecture& architecture = problem.architecture();
  if (!architecture.linear_in_ffn) throw std::invalid_argument("frozen_problem: the form is not linear in the FFN");
  const sim::Dataset& data = problem.data();
  std::vector<Index> kept;
  for (Index k = 0; k < data.samples(); ++k) {
    if (routing.weight(expert, k) > 0 && data.weight(k) > 0) kept.push_back(k);
  }
  const Index size = data.features() * architecture.neurons, count = static_cast<Index>(kept.size());
  analysis::FrozenProblem frozen{analysis::margin_loss(loss), Matrix(size * architecture.heads, count), Vector(count),
                                 Vector(count), l2};
  for (Index head = 0; head < architecture.heads && count > 0; ++head) {
    const Matrix design = problem.ffn_design(parameters, expert * architecture.heads + head, kept);
    frozen.inputs.middleRows(head * size, size) = design;
  }
  for (Index i = 0; i < count; ++i) {
    const Index k = kept[static_cast<std::size_t>(i)];
    frozen.inputs.col(i) *= sim::output_scale(architecture, routing, expert, k);
    frozen.labels(i) = data.label(k);
    frozen.weights(i) = data.weight(k) * routing.weight(expert, k);
  }
  return frozen;
}

double frozen_floor(const sim::Problem& problem, const sim::Parameters& parameters, const sim::Routing& routing,
                    const std::string& loss) {
  double floor = 0;
  for (Index expert = 0; expert < problem.architecture().experts; ++expert) {
    const analysis::FrozenProblem own = frozen_problem(problem, parameters, routing, expert, loss, 0);
    if (own.weights.size() > 0) floor += analysis::frozen_optimum(own).value;
  }
  return floor;
}

}  // namespace lemmata::scenarios
