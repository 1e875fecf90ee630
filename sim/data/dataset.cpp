#include "sim/data/dataset.h"

#include <Eigen/QR>
#include <cmath>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

std::string shape(Index rows, Index columns) {
  return "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")";
}

void check_signal(const Matrix& signal, const Dataset& data, const std::string& field) {
  if (signal.size() == 0) return;
  if (signal.rows() != data.classes || signal.cols() != data.features()) {
    throw ConfigError(field, shape(signal.rows(), signal.cols()),
                      "shape (class, feature) = " + shape(data.classes, data.features()));
  }
  if (!signal.allFinite()) throw ConfigError(field, "a value that is not finite", "finite numbers");
}

}  // namespace

void check_dataset(const Dataset& data) {
  const Index samples = data.samples();
  if (samples < 1) throw ConfigError("data.y", samples, "at least 1 sample");
  if (data.tokens_per_sample < 1) throw ConfigError("data.X", data.tokens_per_sample, "at least 1 token per sample");
  if (data.features() < 1 || data.tokens.cols() != samples * data.tokens_per_sample) {
    throw ConfigError(
        "data.X", std::to_string(data.tokens.cols()) + " tokens",
        std::to_string(samples) + " samples (as in y) x " + std::to_string(data.tokens_per_sample) + " tokens");
  }
  for (Index column = 0; column < data.tokens.cols(); ++column) {
    if (!data.tokens.col(column).allFinite()) {
      throw ConfigError("data.X",
                        "a value that is not finite in sample " + std::to_string(column / data.tokens_per_sample),
                        "finite numbers");
    }
  }
  for (Index k = 0; k < samples; ++k) {
    if (!(data.label(k) == 1 || data.label(k) == -1)) {
      throw ConfigError("data.y", std::to_string(data.label(k)) + " at sample " + std::to_string(k), "-1 or +1");
    }
  }
  if (static_cast<Index>(data.class_index.size()) != samples) {
    throw ConfigError("data.class", std::to_string(data.class_index.size()) + " entries",
                      std::to_string(samples) + ", one per sample");
  }
  for (const int n : data.class_index) {
    if (n < 0 || n >= data.classes) throw ConfigError("data.class", n, "0 <= class < " + std::to_string(data.classes));
  }
  if (data.weight.size() != samples || !(data.weight.array() >= 0).all() || !(std::abs(data.weight.sum() - 1) < 1e-9)) {
    throw ConfigError("data.weight",
                      data.weight.size() == samples ? data.weight.sum() : static_cast<double>(data.weight.size()),
                      "one weight >= 0 per sample, summing to 1");
  }
  check_signal(data.class_signal, data, "data.class_signal");
  check_signal(data.label_signal, data, "data.label_signal");
  if (!data.token_kind.empty() && static_cast<Index>(data.token_kind.size()) != data.tokens.cols()) {
    throw ConfigError("data.token_kind", data.token_kind.size(), "one kind per token");
  }
}

Matrix span_projection(const Matrix& class_signal) {
  const Eigen::ColPivHouseholderQR<Matrix> decomposition(class_signal.transpose());
  const Matrix basis = decomposition.householderQ() * Matrix::Identity(class_signal.cols(), decomposition.rank());
  return basis * basis.transpose();
}

}  // namespace lemmata::sim
