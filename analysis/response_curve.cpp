#include "analysis/response_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace lemmata::analysis {
namespace {

// The grid. Its step in v0 and the bins of the histograms are what a band is rounded outward by.
constexpr Index locations = 401;
constexpr double first_location = -0.5, location_step = 0.005;
constexpr int slopes = 16;
constexpr double steepest = 0.003, flattest = 0.5;
struct Level {
  double value, prior;
};
constexpr std::array<Level, 4> floors{{{0, 0.6}, {0.01, 0.2}, {0.05, 0.12}, {0.15, 0.08}}};
constexpr std::array<Level, 11> losses{{{0, 0.26},
                                        {0.01, 0.14},
                                        {0.02, 0.11},
                                        {0.035, 0.1},
                                        {0.055, 0.09},
                                        {0.08, 0.08},
                                        {0.11, 0.06},
                                        {0.15, 0.05},
                                        {0.2, 0.04},
                                        {0.28, 0.04},
                                        {0.45, 0.03}}};
constexpr long bins = 1000;            // of places in [0, 1], and of probabilities
constexpr double negligible = 1e-250;  // kept out of the range of denormal numbers, which are slow

double location(Index i) { return first_location + location_step * static_cast<double>(i); }

void require_probability(double value, const char* what) {
  if (!(value > 0 && value < 1)) throw std::invalid_argument(std::string("response curve: ") + what + " in (0, 1)");
}

long bin_of(double unit) { return std::clamp(static_cast<long>(unit * bins), 0L, bins - 1); }

// The bin in which the cumulative weight passes `quantile`.
std::size_t quantile_bin(const std::vector<double>& histogram, double quantile) {
  double sum = 0, total = 0;
  for (const double weight : histogram) total += weight;
  for (std::size_t bin = 0; bin + 1 < histogram.size(); ++bin) {
    sum += histogram[bin];
    if (sum >= quantile * total) return bin;
  }
  return histogram.size() - 1;
}

}  // namespace

ResponseCurve::ResponseCurve() {
  for (int k = 0; k < slopes; ++k) {
    const double slope = steepest * std::pow(flattest / steepest, static_cast<double>(k) / (slopes - 1));
    for (const Level& floor : floors) {
      for (const Level& loss : losses)
        shapes_.push_back({slope, floor.value, 1 - loss.value, floor.prior * loss.prior});
    }
  }
  weight_.resize(locations, static_cast<Index>(shapes_.size()));
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    shapes_[k].prior /= static_cast<double>(locations) * slopes;
    weight_.col(static_cast<Index>(k)).setConstant(shapes_[k].prior);
  }
}

Vector ResponseCurve::logistic(double place, double slope) const {
  Vector values(locations);
  for (Index i = 0; i < locations; ++i) values(i) = 1 / (1 + std::exp(-(place - location(i)) / slope));
  return values;
}

void ResponseCurve::add(const Trial& trial) {
  if (!(trial.place >= 0 && trial.place <= 1)) throw std::invalid_argument("response curve: a place in [0, 1]");
  Vector rise;
  double slope = nan;
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    const Shape& shape = shapes_[k];
    if (shape.slope != slope) rise = logistic(trial.place, slope = shape.slope);
    const double low = trial.success ? shape.floor : 1 - shape.floor,
                 high = trial.success ? shape.ceiling : 1 - shape.ceiling;
    weight_.col(static_cast<Index>(k)).array() *= low + (high - low) * rise.array();
  }
  const double sum = weight_.sum();
  log_evidence_ += std::log(sum);
  weight_ = (weight_.array() / sum < negligible).select(0.0, weight_ / sum);
}

// Bins 1..bins are the range; the first and the last count what lies below and above it.
std::vector<double> ResponseCurve::contour_histogram(double probability) const {
  require_probability(probability, "a probability");
  std::vector<double> histogram(bins + 2, 0.0);
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    const Shape& shape = shapes_[k];
    const double share = (probability - shape.floor) / (shape.ceiling - shape.floor);
    const double shift = share <= 0 ? -infinity : share >= 1 ? infinity : shape.slope * std::log(share / (1 - share));
    for (Index i = 0; i < locations; ++i) {
      const double place = location(i) + shift;
      const long bin = place < 0 ? 0 : place > 1 ? bins + 1 : 1 + bin_of(place);
      histogram[static_cast<std::size_t>(bin)] += weight_(i, static_cast<Index>(k));
    }
  }
  return histogram;
}

double ResponseCurve::contour_quantile(double probability, double quantile) const {
  require_probability(quantile, "a quantile");
  const std::size_t bin = quantile_bin(contour_histogram(probability), quantile);
  if (bin == 0) return -infinity;
  return bin == bins + 1 ? infinity : (static_cast<double>(bin) - 0.5) / bins;
}

Contour ResponseCurve::contour(double probability, double confidence) const {
  require_probability(confidence, "a confidence");
  const std::vector<double> histogram = contour_histogram(probability);
  const std::size_t lower = quantile_bin(histogram, (1 - confidence) / 2),
                    upper = quantile_bin(histogram, (1 + confidence) / 2), middle = quantile_bin(histogram, 0.5);
  constexpr double outward = location_step / 2;
  Contour found;
  found.band.lower = lower == 0 ? -infinity : (static_cast<double>(lower) - 1) / bins - outward;
  found.band.upper = upper == bins + 1 ? infinity : static_cast<double>(upper) / bins + outward;
  if (found.band.lower < 0) found.band.lower = -infinity;  // also by the rounding outward
  if (found.band.upper > 1) found.band.upper = infinity;
  if (lower == bins + 1)
    found = {ContourState::above, nan, {1, infinity}};
  else if (upper == 0)
    found = {ContourState::below, nan, {-infinity, 0}};
  else if (std::isfinite(found.band.lower) && std::isfinite(found.band.upper))
    found.state = ContourState::found, found.place = (static_cast<double>(middle) - 0.5) / bins;
  else
    found.place = nan;
  return found;
}

ResponseCurve::Band ResponseCurve::response(double place, double confidence) const {
  require_probability(confidence, "a confidence");
  std::vector<double> histogram(bins, 0.0);
  Vector rise;
  double slope = nan;
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    const Shape& shape = shapes_[k];
    if (shape.slope != slope) rise = logistic(place, slope = shape.slope);
    for (Index i = 0; i < locations; ++i) {
      const double response = shape.floor + (shape.ceiling - shape.floor) * rise(i);
      histogram[static_cast<std::size_t>(bin_of(response))] += weight_(i, static_cast<Index>(k));
    }
  }
  const auto edge = [&](double quantile, double side) {
    return (static_cast<double>(quantile_bin(histogram, quantile)) + side) / bins;
  };
  return {edge(0.5, 0.5), {edge((1 - confidence) / 2, 0), edge((1 + confidence) / 2, 1)}};
}

double ResponseCurve::largest_log_likelihood() const {
  double largest = 0;
  for (std::size_t k = 0; k < shapes_.size(); ++k)
    largest = std::fmax(largest, weight_.col(static_cast<Index>(k)).maxCoeff() / shapes_[k].prior);
  // cppcheck-suppress invalidFunctionArg ; of a curve without weight: -infinity
  return std::log(largest) + log_evidence_;
}

}  // namespace lemmata::analysis
