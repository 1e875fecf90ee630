#include <limits>

#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {

Dimensions dimensions_of(const sim::Experiment& experiment) {
  const sim::Architecture architecture = sim::build_architecture(experiment.config.model);
  return {{"class", static_cast<std::size_t>(experiment.data->classes)},
          {"expert", static_cast<std::size_t>(architecture.units())},
          {"feature", static_cast<std::size_t>(experiment.data->features())},
          {"token_kind", 4},
          {"query_kind", 4},
          {"shared", 1}};
}

Vector class_share(const sim::Dataset& data) {
  Vector share = Vector::Zero(data.classes);
  for (Index k = 0; k < data.samples(); ++k) share(data.class_index[static_cast<std::size_t>(k)]) += data.weight(k);
  return share;
}

Matrix class_routing(const sim::Dataset& data, const Matrix& weight, Index units) {
  const Vector share = class_share(data);
  const Index heads = units / weight.rows();
  Matrix routing = Matrix::Zero(data.classes, units);
  for (Index n = 0; n < data.classes; ++n) {
    if (share(n) == 0) routing.row(n).setConstant(std::numeric_limits<double>::quiet_NaN());
  }
  for (Index k = 0; k < data.samples(); ++k) {
    const Index n = data.class_index[static_cast<std::size_t>(k)];
    if (data.weight(k) == 0) continue;
    for (Index unit = 0; unit < units; ++unit) {
      routing(n, unit) += data.weight(k) * weight(unit / heads, k) / (share(n) * static_cast<double>(heads));
    }
  }
  return routing;
}

Matrix specialization_table(const sim::Architecture& architecture, const sim::Parameters& parameters,
                            const Matrix& label_signal) {
  Matrix table(architecture.units(), label_signal.rows());
  for (Index unit = 0; unit < architecture.units(); ++unit) {
    const auto ffn = parameters.ffn.middleCols(unit * architecture.neurons, architecture.neurons);
    table.row(unit) = (label_signal * (ffn * parameters.output.col(unit))).transpose();
  }
  return table;
}

std::vector<double> row_major(const Matrix& matrix) {
  std::vector<double> values(static_cast<std::size_t>(matrix.size()));
  Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(values.data(), matrix.rows(),
                                                                                     matrix.cols()) = matrix;
  return values;
}

}  // namespace lemmata::scenarios
