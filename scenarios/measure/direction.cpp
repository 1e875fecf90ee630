#include "scenarios/measure/direction.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "theory/stage_two_direction.h"

namespace lemmata::scenarios {
namespace {

double largest_entry(const ClassMatrices& matrices) {
  double largest = 0;
  for (const Matrix& matrix : matrices) largest = std::fmax(largest, matrix.cwiseAbs().maxCoeff());
  return largest;
}

// Square matrices of one size, row by row.
void fields_of(ClassMatrices& matrices, const std::string& name, Fields& fields) {
  const Index features = matrices.empty() ? 0 : matrices[0].rows();
  std::vector<double> entries;
  for (const Matrix& matrix : matrices) {
    for (const auto& row : matrix.rowwise()) entries.insert(entries.end(), row.begin(), row.end());
  }
  long classes = static_cast<long>(matrices.size()), size = features;
  fields.number(name + "_classes", classes, "number of matrices");
  fields.number(name + "_features", size, "rows and columns of each");
  fields.series(name, "entry", entries, "entries (class, key feature, query feature), row-major");
  if (classes < 1 || size < 1 || size > 10'000 || static_cast<long>(entries.size()) != classes * size * size)
    throw StoredFault(name + ": found " + std::to_string(entries.size()) + " entries, allowed: classes x features^2");
  matrices.clear();
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  for (long n = 0; n < classes; ++n)
    matrices.emplace_back(Eigen::Map<const Rows>(entries.data() + n * size * size, size, size));
}

}  // namespace

void fields_of(Direction& direction, Fields& fields) { fields_of(direction.per_class, "direction", fields); }

void fields_of(BatchMeans& means, Fields& fields) {
  fields_of(means.mean, "mean", fields);
  fields_of(means.standard_error, "standard_error", fields);
}

ClassMatrices closed_form_direction(const theory::ClassMixture& mixture, double amplitude) {
  ClassMatrices direction;
  for (Index n = 0; n < mixture.label_signal.cols(); ++n)
    direction.push_back(theory::stage_two_direction(mixture, n, amplitude));
  return direction;
}

ClassMatrices direction_without_noise_term(const theory::ClassMixture& mixture, double amplitude) {
  ClassMatrices direction = closed_form_direction(mixture, amplitude);
  const double length = static_cast<double>(mixture.tokens),
               noise = (length - 3) * mixture.noise_std * mixture.noise_std;
  for (Index n = 0; n < mixture.label_signal.cols(); ++n) {
    const Vector v = mixture.label_signal.col(n);
    direction[static_cast<std::size_t>(n)] -=
        amplitude * mixture.alpha / length * (1 - 2 / length) * noise * v * v.transpose();
  }
  return direction;
}

ClassMatrices direction_of_another_label(theory::ClassMixture mixture, double amplitude) {
  const Matrix signal = mixture.label_signal;
  const Index classes = signal.cols();
  for (Index n = 0; n < classes; ++n) mixture.label_signal.col(n) = signal.col((n + 1) % classes);
  return closed_form_direction(mixture, amplitude);
}

Quantity deviation(const std::string& what, const ClassMatrices& predicted, const ClassMatrices& measured) {
  if (predicted.size() != measured.size()) throw std::invalid_argument("deviation: different numbers of classes");
  double largest = 0;
  for (std::size_t n = 0; n < predicted.size(); ++n) {
    const Matrix difference = predicted[n] - measured[n];
    if (!difference.allFinite()) largest = std::numeric_limits<double>::quiet_NaN();
    largest = std::isnan(largest) ? largest : std::fmax(largest, difference.cwiseAbs().maxCoeff());
  }
  return {what + ": largest difference of an entry, relative to the largest entry", 0,
          largest / largest_entry(predicted), 1e-13,
          "rounding of sums of at most a few thousand terms in double precision"};
}

double BatchMeans::largest_z(const ClassMatrices& predicted) const {
  double largest = 0;
  for (std::size_t n = 0; n < predicted.size(); ++n) {
    if (!(standard_error[n].array() > 0).all()) return std::numeric_limits<double>::quiet_NaN();
    largest = std::fmax(largest, (mean[n] - predicted[n]).cwiseQuotient(standard_error[n]).cwiseAbs().maxCoeff());
  }
  return largest;
}

double BatchMeans::relative_error(const ClassMatrices& predicted) const {
  return largest_entry(standard_error) / largest_entry(predicted);
}

BatchMeans sampled_direction(CheckContext& context, const OracleExperts& oracle, const sim::DataConfig& data,
                             long batches, long replicates, std::uint64_t seed) {
  std::vector<ClassMatrices> batch(static_cast<std::size_t>(batches));
  context.team.run(batches, [&](long i, int) {  // stream 0 is what training uses
    batch[static_cast<std::size_t>(i)] = attention_descent(
        oracle, enumerated_samples(data, replicates, seed, static_cast<std::uint64_t>(i + 1)), negative_margin());
  });
  const double count = static_cast<double>(batches);
  BatchMeans found;
  for (std::size_t n = 0; n < batch[0].size(); ++n) {
    Matrix sum = Matrix::Zero(data.features, data.features), squares = sum;
    for (const ClassMatrices& one : batch) sum += one[n];
    const Matrix mean = sum / count;
    for (const ClassMatrices& one : batch) squares += (one[n] - mean).cwiseAbs2();
    found.mean.push_back(mean);
    found.standard_error.push_back((squares / (count * (count - 1))).cwiseSqrt());
  }
  return found;
}

Control judge_batches(const std::string& what, const BatchMeans& found, const ClassMatrices& predicted) {
  const double entries = static_cast<double>(predicted.size()) * static_cast<double>(predicted[0].size());
  const Quantity z{"largest |z| over " + in_words(entries) + " entries", 0, found.largest_z(predicted),
                   largest_z_allowed, "false alarm 9e-5 per entry (t, 199 degrees of freedom), at most 4 % over all"};
  const Quantity error{"largest standard error relative to the largest entry", 0, found.relative_error(predicted),
                       precise_error, "precise enough to see a difference of 0.4 % of the largest entry"};
  const bool precise = verdict_within({error}) == Verdict::supported && !std::isnan(z.measured);
  return {what, precise ? verdict_within({z}) : Verdict::inconclusive, {z, error}};
}

}  // namespace lemmata::scenarios
