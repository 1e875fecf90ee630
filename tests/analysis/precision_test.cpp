#include "tests/precision.h"

#include <doctest/doctest.h>

#include <Eigen/QR>

#include "analysis/conflict.h"
#include "analysis/frozen_optimum.h"
#include "analysis/routing.h"
#include "analysis/steps_to_eps.h"

using namespace lemmata::analysis;

namespace {

struct LossBounds {
  MarginLoss loss;
  ExactLoss (*exact)(const Exact&);
  double value, slope, curvature;  // in units of 2^-52; derived as in tests/sim/loss_precision_test.cpp
};

// Logistic: slope exp 1, 1 + e 1, quotient 1/2; curvature two of these, one of them at -|z|, and a product.
constexpr LossBounds losses[] = {{MarginLoss::squared, exact_squared, 2, 0.5, 1},
                                 {MarginLoss::squared_hinge, exact_squared_hinge, 2, 0.5, 1},
                                 {MarginLoss::logistic, exact_logistic, 3.5, 2.5, 5.5},
                                 {MarginLoss::exponential, exact_exponential, 1, 1, 1}};

FrozenProblem problem_of(Draw& draw, MarginLoss loss, Index features, Index samples) {
  FrozenProblem problem{loss, draw.filled<Matrix>(features, samples), Vector(samples),
                        draw.filled<Matrix>(samples, 1, 0.1, 1), 0};
  for (Index k = 0; k < samples; ++k) problem.labels[k] = k % 2 ? 1 : -1;  // on both sides: not separable
  return problem;
}

using ExactVector = std::vector<Exact>;

ExactVector exact_of(const Vector& w) { return {w.begin(), w.end()}; }

Exact margin_of(const FrozenProblem& problem, const ExactVector& w, Index k) {
  Exact sum = 0;
  for (Index i = 0; i < problem.inputs.rows(); ++i) sum += w[static_cast<std::size_t>(i)] * problem.inputs(i, k);
  return sum * problem.labels[k];
}

Exact exact_value(const FrozenProblem& problem, const LossBounds& loss, const ExactVector& w) {
  Exact sum = 0;
  for (Index k = 0; k < problem.labels.size(); ++k)
    sum += problem.weights[k] * loss.exact(margin_of(problem, w, k)).value;
  return sum;
}

/// One Newton step in 50 digits but for the solve: the error falls by 1e-15 a step.
void newton_step(const FrozenProblem& problem, const LossBounds& loss, ExactVector& w) {
  const Index size = problem.inputs.rows();
  ExactVector gradient(w.size(), 0);
  for (Index k = 0; k < problem.labels.size(); ++k) {
    const Exact slope = problem.weights[k] * problem.labels[k] * loss.exact(margin_of(problem, w, k)).slope;
    for (Index i = 0; i < size; ++i) gradient[static_cast<std::size_t>(i)] += slope * problem.inputs(i, k);
  }
  Exact largest = 0;
  for (const Exact& one : gradient) largest = std::max(largest, Exact(abs(one)));
  if (largest == 0) return;
  Vector scaled(size), at(size);
  for (Index i = 0; i < size; ++i) {
    scaled[i] = (gradient[static_cast<std::size_t>(i)] / largest).convert_to<double>();
    at[i] = w[static_cast<std::size_t>(i)].convert_to<double>();
  }
  const Vector step = frozen_hessian(problem, at).completeOrthogonalDecomposition().solve(scaled);
  for (Index i = 0; i < size; ++i) w[static_cast<std::size_t>(i)] -= largest * step[i];
}

}  // namespace

TEST_CASE("margin losses and their derivatives keep their relative accuracy over margins from -750 to 750") {
  for (const LossBounds& bound : losses) {
    WorstError value, slope, curvature;
    for_margins([&](double z) {
      const ExactLoss exact = bound.exact(z);
      add_in_range(value, loss_value(bound.loss, z), exact.value, bound.value * unit * exact.value);
      add_in_range(slope, loss_slope(bound.loss, z), exact.slope, bound.slope * unit * abs(exact.slope));
      add_in_range(curvature, loss_curvature(bound.loss, z), exact.curvature, bound.curvature * unit * exact.curvature);
    });
    CAPTURE(value.worst());
    CAPTURE(slope.worst());
    CAPTURE(curvature.worst());
    CHECK((value.holds() && value.is_no_idle_bound()));
    CHECK((slope.holds() && slope.is_no_idle_bound()));
    const bool is_constant = bound.curvature == 1 && bound.loss != MarginLoss::exponential;
    CHECK((curvature.holds() && curvature.is_no_idle_bound() != is_constant));
  }
}

// 1e-14 is stated beside loss_divergence. The difference as it is written loses 1e-16/change^2 of it.
TEST_CASE("loss_divergence: 1e-14 of a difference of second order, for changes from 700 down to 1e-9") {
  WorstError worst, naive;
  for (const LossBounds& bound : losses) {
    for (const double margin : {-30.0, -2.0, 0.0, 0.3, 5.0, 60.0}) {
      for (double change = 700; std::abs(change) > 1e-9; change /= -1.7) {
        const ExactLoss from = bound.exact(margin), to = bound.exact(Exact(margin) + change);
        const Exact exact = to.value - from.value - from.slope * change;
        worst.add_relative(loss_divergence(bound.loss, margin, change), exact, 1e-14);
        naive.add_relative(loss_value(bound.loss, margin + change) - loss_value(bound.loss, margin) -
                               loss_slope(bound.loss, margin) * change,
                           exact, 1e-14);
      }
    }
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
  CHECK(naive.worst() > 1e6);
}

// A margin is d products: off by d u sum |w_i u_i| at most, which the loss passes on by |l'|; its own error and the sum
// of n terms >= 0 add 4 u and n u of the value.
TEST_CASE("frozen_value: within the rounding of its margins") {
  Draw draw(2);
  WorstError worst;
  for (const LossBounds& loss : losses) {
    for (int trial = 0; trial < 25; ++trial) {
      const FrozenProblem problem = problem_of(draw, loss.loss, 4, 9);
      const Vector w = draw.filled<Matrix>(4, 1, -5, 5);
      const Exact exact = exact_value(problem, loss, exact_of(w));
      Exact bound = (4 + 9) * unit * exact;
      for (Index k = 0; k < 9; ++k) {
        const Exact slope = loss.exact(margin_of(problem, exact_of(w), k)).slope;
        bound += 4 * unit * problem.weights[k] * abs(slope) * problem.inputs.col(k).cwiseAbs().dot(w.cwiseAbs());
      }
      worst.add(frozen_value(problem, w), exact, bound);
    }
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
}

// w* is off by a vector of length sqrt(2R) in the norm of the Hessian, R = frozen_excess_rounding, so that the gap
// E = |w - w*|^2/2 is off by 2 sqrt(R E) + R; summing 9 divergences of 1e-14 adds 60 u E. The difference of two values
// is off by u L* instead, which is all of E from 1e-16 on.
TEST_CASE("frozen_excess: the gap to the optimum from 1 down to its stated rounding, where subtraction sees nothing") {
  Draw draw(3);
  WorstError worst, naive;
  for (const LossBounds& loss : losses) {
    for (int trial = 0; trial < 12; ++trial) {
      const FrozenProblem problem = problem_of(draw, loss.loss, 4, 9);
      const FrozenOptimum optimum = frozen_optimum(problem);
      if (!optimum.attained) continue;
      ExactVector best = exact_of(optimum.minimiser);
      for (int step = 0; step < 3; ++step) newton_step(problem, loss, best);
      const Exact least = exact_value(problem, loss, best);
      const double rounding = frozen_excess_rounding(problem, optimum);
      const Vector direction = draw.filled<Matrix>(4, 1);
      for (double distance = 1; distance > 1e-17; distance /= 10) {
        const Vector w = optimum.minimiser + distance * direction;
        const Exact exact = std::max(Exact(exact_value(problem, loss, exact_of(w)) - least), Exact(0));
        const Exact bound = 2 * sqrt(Exact(rounding) * exact) + rounding + 60 * unit * exact;
        worst.add(frozen_excess(problem, optimum, w), exact, bound);
        naive.add(frozen_value(problem, w) - optimum.value, exact, bound);
      }
    }
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
  CHECK(naive.worst() > 1e6);
}

TEST_CASE("frozen_excess_rounding: 2^-105 for one sample on the kink of the hinge, 0 where all are separated") {
  const FrozenProblem problem{MarginLoss::squared_hinge, Matrix::Ones(1, 1), Vector::Ones(1), Vector::Ones(1), 0};
  FrozenOptimum optimum;
  optimum.minimiser = Vector::Ones(1);
  CHECK(frozen_excess_rounding(problem, optimum) == unit * unit / 2);
  optimum.separated = {0};
  CHECK(frozen_excess_rounding(problem, optimum) == 0);
}

// A unit vector is off by (d/2 + 3) u of its length (scaling, squares, root, quotient), a scalar product of two by d u
// more; cancellation: the sum of N columns by N u sum |g|, so that its square is off by 2 N u |sum| sum |g|.
TEST_CASE("gradient conflict: cosines and cancellation, of gradients of 1 and of 1e-170, orthogonal or opposite") {
  Draw draw(4);
  WorstError cosine, cancellation, naive;
  for (int trial = 0; trial < 60; ++trial) {
    Matrix g = draw.filled<Matrix>(6, 2) * (trial % 2 ? 1 : 1e-170);
    if (trial % 3 == 0) g.col(1) = -g.col(0) * (1 + 1e-9 * trial);
    Exact aa = 0, bb = 0, ab = 0;
    for (Index i = 0; i < 6; ++i)
      aa += Exact(g(i, 0)) * g(i, 0), bb += Exact(g(i, 1)) * g(i, 1), ab += Exact(g(i, 0)) * g(i, 1);
    const Conflict found = gradient_conflict(g);
    const Exact sum = aa + bb + 2 * ab, length = sqrt(aa) + sqrt(bb);
    cosine.add(found.min_cosine, ab / sqrt(aa * bb), (2 * (6 / 2 + 3) + 6) * unit);
    const Exact error = 2 * 2 * sqrt(abs(sum)) * length / (aa + bb) + 4 * length * length / (aa + bb) * unit;
    cancellation.add(found.cancellation, sum / (aa + bb), (error + 8 * sum / (aa + bb)) * unit);
    naive.add(g.col(0).dot(g.col(1)) / std::sqrt(g.col(0).squaredNorm() * g.col(1).squaredNorm()), ab / sqrt(aa * bb),
              unit);
  }
  CAPTURE(cosine.worst());
  CAPTURE(cancellation.worst());
  CHECK((cosine.holds() && cosine.is_no_idle_bound()));
  CHECK((cancellation.holds() && cancellation.is_no_idle_bound()));
  CHECK(std::isnan(naive.worst()));
}

// Entropies are sums of terms >= 0, each of a logarithm (1 u) and products: (M + N + 3) u, relative. In
// dispatch_entropy the probabilities are computed too, to (N + 3) u, which -p ln p passes on by p (1 + |ln p|).
TEST_CASE("entropies and purity, of rows with entries down to 1e-300") {
  Draw draw(5);
  WorstError entropy, dispatch, pure;
  for (int trial = 0; trial < 60; ++trial) {
    Matrix routing = draw.filled<Matrix>(3, 4, 0.01, 1);
    routing(0, 1) = std::pow(10, -5 * trial);
    for (Index n = 0; n < 3; ++n) routing.row(n) /= routing.row(n).sum();
    const Vector share{{0.2, 0.5, 0.3}};
    const Matrix specialization = draw.filled<Matrix>(4, 3);
    Exact rows = 0, mixed = 0, weight = 0;
    for (Index n = 0; n < 3; ++n) weight += share[n];
    for (Index i = 0; i < 4; ++i) {
      Exact load = 0;
      for (Index n = 0; n < 3; ++n) load += Exact(share[n]) * routing(n, i);
      for (Index n = 0; n < 3; ++n) {
        const Exact joint = Exact(share[n]) * routing(n, i);
        rows -= joint * log(Exact(routing(n, i))) / weight;
        mixed -= joint * log(joint / load);
      }
    }
    entropy.add_relative(routing_entropy(routing, share), rows, (4 + 3 + 3) * unit);
    dispatch.add(dispatch_entropy(routing, share), mixed, (3 + 3) * unit * (1 + mixed) + (4 + 3 + 3) * unit * mixed);
    Exact inside = 0;  // of class 0
    const std::vector<Index> winners = winner_sets(specialization)[0];
    for (const Index i : winners) inside += routing(0, i);
    pure.add_relative(purity(routing, specialization)[0], inside, 4 * unit);
  }
  for (const WorstError& worst : {entropy, dispatch, pure}) {
    CAPTURE(worst.worst());
    CHECK((worst.holds() && worst.is_no_idle_bound()));
  }
}

// eps = 10^-x, x = k/10: pow is within 1 u, x within u x/2, and the power passes that on by ln 10.
TEST_CASE("T(eps): levels within the rounding of their exponent, and T exact for a decay whose T is known") {
  WorstError worst;
  StepsToEps tracked;
  const double rate = 0.013;
  for (long step = 0; step < 6000; ++step) tracked.observe(step, std::exp(-rate * static_cast<double>(step)));
  const Exact decade = log(Exact(10));
  for (std::size_t k = 0; k < tracked.levels().size(); ++k) {
    const Exact x = Exact(k) / 10;
    worst.add_relative(tracked.levels()[k], pow(Exact(10), -x), (1 + 1.16 * x.convert_to<double>()) * unit);
    CHECK(tracked.steps()[k] == ceil(x * decade / rate).convert_to<long>());
  }
  CAPTURE(worst.worst());
  CHECK((worst.holds() && worst.is_no_idle_bound()));
}
