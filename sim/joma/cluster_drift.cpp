#include "sim/joma/cluster_drift.h"

#include "sim/error.h"
#include "sim/random.h"

namespace lemmata::sim {

DriftEstimate simulated_relu_drift(const Vector& v, double bias, const Matrix& centres, const Vector& weight,
                                   double sigma, long samples, std::uint64_t seed) {
  if (centres.rows() != v.size()) throw ConfigError("centres", centres.rows(), "as many rows as v");
  if (centres.cols() != weight.size()) throw ConfigError("centres", centres.cols(), "as many columns as weight");
  if (!(sigma > 0)) throw ConfigError("sigma", sigma, "a number > 0");
  if (!(samples >= 2)) throw ConfigError("samples", samples, "an integer >= 2");
  const auto count = static_cast<double>(samples);
  DriftEstimate found{Vector::Zero(v.size()), Vector::Zero(v.size())};
  Vector eta(v.size()), term(v.size()), mean(v.size()), squares(v.size());
  for (Index cluster = 0; cluster < weight.size(); ++cluster) {
    Philox random(seed, Purpose::data, static_cast<std::uint64_t>(cluster));
    mean.setZero();
    squares.setZero();
    for (long i = 0; i < samples; ++i) {  // Welford: no difference of large sums
      random.fill_normal({eta.data(), static_cast<std::size_t>(eta.size())});
      term = centres.col(cluster) + sigma * eta;
      if (!(v.dot(term) + bias > 0)) term.setZero();
      const Vector before = term - mean;
      mean += before / static_cast<double>(i + 1);
      squares += before.cwiseProduct(term - mean);
    }
    found.mean += weight[cluster] * mean;
    found.standard_error += weight[cluster] * weight[cluster] / (count * (count - 1)) * squares;
  }
  found.standard_error = found.standard_error.cwiseSqrt();
  return found;
}

}  // namespace lemmata::sim
