#include <doctest/doctest.h>

#include <boost/math/special_functions/erf.hpp>

#include "tests/precision.h"
#include "theory/coverage.h"
#include "theory/erf_law.h"
#include "theory/frozen_quadratic.h"
#include "theory/hyperbolic_law.h"

using namespace lemmata::theory;

namespace {

const Exact half_pi = boost::math::constants::half_pi<Exact>();

}  // namespace

// The share s = Delta t sqrt(2/pi)/(A T) carries three roundings and those of the constant, 3u; v = sqrt2 T erfinv(s)
// magnifies it by |s erfinv'(s)/erfinv(s)|, and Boost's erf_inv and the two products add 4u.
TEST_CASE("erf law: within its condition number up to a billionth before the blow-up, and in tiny components") {
  WorstError worst, naive;
  const Vector delta{{1.0, -0.7, 1e-9, 3e-200}};
  const double normalisation = 1.7, temperature = 0.6, end = erf_law_blow_up_time(delta, normalisation, temperature);
  for (const double short_of : {0.9, 0.5, 0.1, 1e-3, 1e-6, 1e-9}) {
    const double time = end * (1 - short_of);
    const Vector v = erf_law(delta, time, normalisation, temperature);
    for (Eigen::Index l = 0; l < delta.size(); ++l) {
      const Exact share = Exact(delta[l]) * time / (Exact(normalisation) * temperature * sqrt(half_pi));
      const Exact inverse = boost::math::erf_inv(share), exact = sqrt(Exact(2)) * temperature * inverse;
      const Exact condition = abs(share * exp(inverse * inverse) * sqrt(half_pi / 2) / inverse);
      const Exact bound = (3 * condition + 4) * unit * abs(exact);
      worst.add(v[l], exact, bound);
      const double one = 1 + delta[l] * time / (normalisation * temperature * std::sqrt(std::acos(0.0)));
      naive.add(std::sqrt(2.0) * temperature * boost::math::erf_inv(one - 1), exact, bound);
    }
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
  CHECK(naive.worst() > 1e6);
}

// cosh and sinh of glibc are within 2u, their argument within 2u and its condition below 1 + |x|; rho 2u, products 2u.
TEST_CASE("hyperbolic law: relative accuracy from v = 1e-12 to 1e300") {
  WorstError worst;
  const Matrix mu{{0.3, -1.1}, {1e-9, 0.2}};
  const Vector z0{{0.01, -2.5}};
  for (const double time : {1e-10, 1e-3, 0.5, 7.0, 90.0, 600.0}) {
    const HyperbolicLaw law = hyperbolic_law(mu, z0, time, 1.3);
    for (Eigen::Index l = 0; l < 2; ++l) {
      const Exact rho = sqrt(Exact(mu(l, 0)) * mu(l, 0) + Exact(mu(l, 1)) * mu(l, 1)), x = rho * time / 1.3;
      const Exact z = z0[l] * cosh(x), v = z0[l] * sinh(x) / rho * mu(l, 1), bound = (2 * (1 + x) + 6) * unit;
      worst.add(law.z[l], z, bound * abs(z));
      worst.add(law.v(l, 1), v, bound * abs(v));
    }
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
}

// Every term of the recursion is non-negative and takes 2 products, 2 quotients and a sum: 2.5 u a step and factor.
TEST_CASE("coverage: the chance of a class without expert, relatively accurate to 1e-200, 1 - coverage is not") {
  WorstError worst, naive;
  for (const auto& [classes, experts] : {std::pair{3, 5}, {4, 60}, {5, 2000}, {12, 500}}) {
    Exact uncovered = 0, choose = 1;  // inclusion-exclusion: sum_{j >= 1} (-1)^(j+1) C(N,j) (1 - j/N)^M
    for (int j = 1; j <= classes; ++j) {
      choose = choose * (classes - j + 1) / j;
      uncovered += (j % 2 ? 1 : -1) * choose * pow(1 - Exact(j) / classes, experts);
    }
    const double bound = 2.5 * (experts + classes) * unit;
    worst.add_relative(uncovered_probability(classes, experts), uncovered, bound);
    naive.add_relative(1 - coverage_probability(classes, experts), uncovered, bound);
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
  CHECK(naive.worst() > 1e3);
}

// E(t) = sum lambda c^2 (1 - eta lambda)^(2t)/2: eta lambda 1/2 u, 1 - x costs u x/(1 - x) + 1/2, raised to 2t; pow 1.
TEST_CASE("excess by the spectrum: within the condition of its powers, down to 1e-250") {
  WorstError worst;
  const FrozenQuadratic quadratic{Vector{{1.0, 0.3, 1e-3}}, Vector{{0.4, -1.2, 3e-5}}, 0.1};
  const double rate = 0.7;
  const std::vector<long> steps = {0, 1, 10, 1000, 100000, 400000};
  const Vector found = gradient_descent_excess(quadratic, rate, steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Exact exact = 0, bound = 0;
    for (Eigen::Index k = 0; k < 3; ++k) {
      const Exact x = Exact(rate) * quadratic.curvature[k], c = quadratic.coordinate[k];
      const Exact term = quadratic.curvature[k] * c * c / 2 * pow(1 - x, 2 * steps[i]);
      exact += term;
      bound += term * unit * (5 + 2 * static_cast<double>(steps[i]) * (x / (2 * (1 - x)) + 0.5));
    }
    worst.add(found[static_cast<Eigen::Index>(i)], exact, bound);
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
}
