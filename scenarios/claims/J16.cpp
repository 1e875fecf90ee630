#include <cmath>

#include "scenarios/claims/claim.h"
#include "scenarios/configuration/sha256.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"
#include "sim/joma/cluster_drift.h"
#include "sim/random.h"
#include "theory/gaussian_relu_drift.h"

namespace lemmata::scenarios {
namespace {

constexpr long dimension = 6, clusters = 4, samples = 200'000, seeds = 10;
constexpr double most_errors = 4;

/// One mixture and node, drawn with the seed.
struct Mixture {
  Vector v, weight;
  Matrix centres;
  double bias = 0, sigma = 0;
};

Mixture mixture_of(long seed) {
  sim::Philox random(static_cast<std::uint64_t>(seed), sim::Purpose::init);
  Mixture mixture{Vector(dimension), Vector(clusters), Matrix(dimension, clusters)};
  for (double& x : mixture.v) x = random.normal();
  for (double& x : mixture.weight) x = random.normal() / clusters;
  for (double& x : mixture.centres.reshaped()) x = random.normal();
  mixture.bias = random.normal();
  mixture.sigma = 0.3 + random.uniform();
  return mixture;
}

struct Estimate {
  std::vector<double> mean, standard_error;
};
void fields_of(Estimate& estimate, Fields& fields) {
  fields.series("mean", "dimension", estimate.mean, "E[g h' x], the mean over samples");
  fields.series("standard_error", "dimension", estimate.standard_error, "its standard error");
}

using Drift = std::function<Vector(const Mixture&)>;

Vector closed_form(const Mixture& m) { return theory::gaussian_relu_drift(m.v, m.bias, m.centres, m.weight, m.sigma); }

Quantity largest_score(const std::vector<long>& list, const std::vector<Estimate>& estimates, const Drift& drift) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Vector predicted = drift(mixture_of(list[i]));
    for (Index d = 0; d < predicted.size(); ++d) {
      const auto at = static_cast<std::size_t>(d);
      scores.push_back(std::abs(estimates[i].mean[at] - predicted[d]) / estimates[i].standard_error[at]);
    }
  }
  const auto components = static_cast<double>(scores.size());
  return {"largest |z-score| over " + in_words(components) + " components of " + std::to_string(list.size()) +
              " mixtures: at most",
          most_errors,
          largest_of(scores),
          0,
          "the check's 4; false alarm " + in_words(components * std::erfc(most_errors / std::sqrt(2.0))) + " in all",
          Criterion::at_most};
}

void check_drift(CheckContext& context, Evidence& evidence) {
  evidence.settings_hash = sha256("J16: Gaussian clusters, dimension " + std::to_string(dimension) + ", clusters " +
                                  std::to_string(clusters) + ", samples " + std::to_string(samples));
  evidence.seeds = seed_list(context.seeds_or(seeds));
  const std::vector<Estimate> estimates = measured(context, "drift", evidence.seeds, [](long seed) {
    const Mixture m = mixture_of(seed);
    const sim::DriftEstimate found =
        sim::simulated_relu_drift(m.v, m.bias, m.centres, m.weight, m.sigma, samples, static_cast<std::uint64_t>(seed));
    return Estimate{{found.mean.begin(), found.mean.end()}, {found.standard_error.begin(), found.standard_error.end()}};
  });
  evidence.quantities = {largest_score(evidence.seeds, estimates, closed_form)};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "closed form against " + std::to_string(samples) +
                    " draws in each of four clusters: largest z-score " + in_words(evidence.quantities[0].measured);
  const auto score_of = [&](const Drift& drift) {
    return std::vector<Quantity>{largest_score(evidence.seeds, estimates, drift)};
  };
  evidence.negative_controls = {
      control_of("without the term along v: the centres' share only", score_of([](const Mixture& m) {
                   Vector drift = Vector::Zero(dimension);
                   for (Index j = 0; j < clusters; ++j) {
                     const double q = (m.v.dot(m.centres.col(j)) + m.bias) / (m.sigma * m.v.norm());
                     drift += m.weight[j] * std::erfc(-q / std::sqrt(2.0)) / 2 * m.centres.col(j);
                   }
                   return drift;
                 })),
      control_of("without the residual xi", score_of([](Mixture m) {
                   m.bias = 0;
                   return closed_form(m);
                 })),
      control_of("a linear phi, h' = 1", score_of([](const Mixture& m) { return Vector(m.centres * m.weight); }))};
}

}  // namespace

ClaimEntry J16_claim() {
  return {"J16",
          "joma",
          "Theorem 3: one ReLU node, uniform attention, isotropic Gaussian clusters: E[g h' x] = sum_j a_j Phi(q_j) "
          "xbar_j + "
          "(sigma/|v|) sum_j a_j n(q_j) v, q_j = (v.xbar_j + xi)/(sigma |v|)",
          R"(\mathbb{E}[g\, h' x] &= \sum_j a_j\, \Phi(q_j)\, \bar x_j
  + \frac{\sigma}{\|v\|} \sum_j a_j\, n(q_j)\, v, \qquad
  q_j = \frac{v \cdot \bar x_j + \xi}{\sigma \|v\|})",
          "arXiv 2310.00535, Theorem 3; joma.md, Theorems 3 and 4",
          {"x | j ~ N(xbar_j, sigma^2 I) in 6 dimensions, 4 clusters, a_j = E[g | j] P(j); v, xbar, a, xi and sigma of "
           "every "
           "mixture drawn at random",
           "simulated by strata: 200,000 draws in every cluster; no scenario: settings_hash is of these numbers"},
          {{"closed form against Monte Carlo", Verdict::supported, "quick", check_drift}}};
}

}  // namespace lemmata::scenarios
