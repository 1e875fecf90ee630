#include "scenarios/measure/specialisation.h"

#include <limits>
#include <stdexcept>

#include "analysis/routing.h"
#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {
namespace {

bool both_purities_reach(double share, const Specialisation& found) {
  return found.least_purity >= share && found.least_purity_noisy >= share;
}

}  // namespace

void fields_of(Specialisation& found, Fields& fields) {
  fields.number("least_ratio", found.least_ratio,
                "least over classes of the best <w_i, v_n> / max_k |<w_i, v_k>| among experts that hold load");
  fields.number("least_purity", found.least_purity, "least over classes, noise-free");
  fields.number("least_purity_noisy", found.least_purity_noisy, "least over classes, q-mass");
}

bool is_class_pure(const Specialisation& found) { return both_purities_reach(pure_share, found); }
bool is_exactly_pure(const Specialisation& found) { return both_purities_reach(1 - 1e-9, found); }

Specialisation specialisation(const sim::Problem& problem, const sim::Parameters& parameters,
                              const sim::Routing& routing, double least_share) {
  const sim::Dataset& data = problem.data();
  if (data.label_signal.size() == 0) throw std::invalid_argument("specialisation: the data has no label signals");
  const Matrix table = specialization_table(problem.architecture(), parameters, data.label_signal);
  sim::Routing argmax;
  problem.route_argmax(parameters, argmax);
  const Matrix noisy = class_routing(data, routing.weight, table.rows()),
               clean = class_routing(data, argmax.weight, table.rows());
  const Matrix ratio = analysis::specialization_ratio(table);
  Specialisation found;
  found.least_ratio = std::numeric_limits<double>::infinity();
  for (Index n = 0; n < data.classes; ++n) {
    double best = -std::numeric_limits<double>::infinity();
    for (Index i = 0; i < table.rows(); ++i) {
      if (noisy(n, i) >= least_share) best = std::max(best, ratio(i, n));
    }
    found.least_ratio = std::min(found.least_ratio, best);
  }
  found.least_purity = analysis::purity(clean, table).minCoeff();
  found.least_purity_noisy = analysis::purity(noisy, table).minCoeff();
  return found;
}

}  // namespace lemmata::scenarios
