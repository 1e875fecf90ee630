// Contract of every optimiser in the registry: what each entry declares is verified, both where it says yes and where
// no.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

#include "sim/error.h"
#include "tests/close.h"
#include "tests/sim/optimizer_bench.h"

using namespace lemmata;
using namespace lemmata::sim;

namespace {

// 1 - cos: bounded, positive, concave beyond pi/2.
TestObjective waves() {
  return separable([](double w) { return 1 - std::cos(w); }, [](double w) { return std::sin(w); },
                   [](double w) { return std::cos(w); });
}

// A coupled quartic, 1/2 p'Hp + sum p^4/4, that no optimiser solves in one step.
TestObjective quartic(Index size) {
  const Matrix hessian = with_spectrum(Vector::LinSpaced(size, 0.5, 2));
  return {[=](const Vector& p) { return 0.5 * p.dot(hessian * p) + 0.25 * p.array().square().square().sum(); },
          [=](const Vector& p) { return Vector(hessian * p + p.array().cube().matrix()); },
          [=](const Vector& p) { return Matrix(hessian + Matrix((3 * p.array().square()).matrix().asDiagonal())); }};
}

Matrix start(Index rows, Index columns) {
  Matrix w(rows, columns);
  w.reshaped() = Vector::LinSpaced(rows * columns, -0.7, 0.9);
  return w;
}

// The step from here lowers (or raises) the objective at every small learning rate tried.
int lowered(const OptimizerBench& bench, int& raised) {
  int count = 0;
  raised = 0;
  for (int power = 8; power <= 16; ++power) {
    OptimizerBench tried = bench;
    tried.rate(std::ldexp(1, -power)).steps(1);
    count += tried.value() < bench.value();
    raised += tried.value() > bench.value();
  }
  return count;
}

}  // namespace

TEST_CASE("the registry of optimisers: names distinct, found by name, unknown names refused") {
  std::set<std::string> names;
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    CHECK(names.insert(entry.name).second);
    CHECK(&optimizer_named(entry.name, "f") == &entry);
    CHECK(!entry.description.empty());
    CHECK(!entry.source.empty());
  }
  CHECK(names.size() == 10);
  try {
    optimizer_named("sgd", "stages.0.train.ffn.optimizer");
    FAIL("accepted an unknown optimiser");
  } catch (const ConfigError& error) {
    CHECK(error.field() == "stages.0.train.ffn.optimizer");
    CHECK(error.found() == "sgd");
    CHECK(error.allowed().find("gd | normalized_gd") == 0);
  }
}

TEST_CASE("optimisers ask for the Hessian exactly if they declare it, once per slice") {
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    OptimizerBench bench(entry.name, quartic(14), start(3, 4), 2, start(2, 1), 1);
    bench.steps(1);
    CHECK(bench.hessian_calls == (entry.uses_hessian ? 3 : 0));
    CHECK((bench.gradient_calls > 0) == entry.looks_around);
  }
}

TEST_CASE("an objective multiplied by 2^-20 gives the same bits exactly if the optimiser declares scale invariance") {
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    OptimizerBench plain(entry.name, quartic(12), start(3, 4), 2),
        small(entry.name, scaled(quartic(12), std::ldexp(1, -20)), start(3, 4), 2);
    plain.rate(0.125).steps(3);
    small.rate(0.125).steps(3);
    const double moved = (plain.parameters.ffn - start(3, 4)).norm();
    CHECK(moved > 0.01);   // otherwise equality would say nothing
    const double apart = (plain.parameters.ffn - small.parameters.ffn).norm();
    if (entry.scale_invariant) {
      CHECK(apart == 0);
    } else {
      CHECK(apart > 1e-3 * moved);   // adam: its 1e-8 beside gradients of 1e-6 shows at the per-cent level
    }
  }
}

TEST_CASE(
    "optimisers that declare descent lower a smooth objective at every small rate, each of the others has a "
    "counterexample") {
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    // Memory against it: run past the minimum of a parabola, then step with a small rate.
    OptimizerBench overshot(entry.name, quadratic(Matrix::Identity(2, 2), Vector::Zero(2)), Matrix::Constant(2, 1, 0.9),
                            1);
    overshot.rate(0.25);
    for (int step = 0; step < 50 && overshot.parameters.ffn(0) > 0; ++step) overshot.steps(1);
    // Concave everywhere: Newton goes up.
    Matrix concave(2, 2);
    concave << 1.7, 2.5, -2.0, -2.9;
    const OptimizerBench probes[] = {
        overshot, {entry.name, waves(), concave, 2}, {entry.name, quartic(12), start(3, 4), 2}};
    bool always_lower = true, somewhere_raised_always = false;
    for (const OptimizerBench& probe : probes) {
      int raised = 0;
      always_lower = always_lower && lowered(probe, raised) == 9;
      somewhere_raised_always = somewhere_raised_always || raised == 9;
    }
    CHECK(always_lower == entry.descends);
    CHECK(somewhere_raised_always == !entry.descends);
  }
}

TEST_CASE("the step of one expert does not depend on another expert") {
  Matrix hessian = Matrix::Zero(12, 12);   // no coupling between the experts in the objective itself
  hessian.topLeftCorner(6, 6) = with_spectrum(Vector::LinSpaced(6, 0.5, 2));
  hessian.bottomRightCorner(6, 6) = with_spectrum(Vector::LinSpaced(6, 1, 3));
  Matrix changed = start(3, 4);
  changed.rightCols(2) *= 100;
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    OptimizerBench first(entry.name, quadratic(hessian, Vector::Constant(12, 0.3)), start(3, 4), 2);
    OptimizerBench second(entry.name, quadratic(hessian, Vector::Constant(12, 0.3)), changed, 2);
    for (OptimizerBench* bench : {&first, &second}) {
      bench->shown_objective = [](double) { return 2.0; };  // gd_over_loss couples through the objective, by definition
      bench->rate(0.25).steps(3);
    }
    const Matrix difference = first.parameters.ffn - second.parameters.ffn;
    CHECK(difference.rightCols(2).norm() > 1);
    // The flow's internal steps are chosen for all experts together, so it agrees to its tolerance 1e-10 a step only.
    CHECK(difference.leftCols(2).norm() <= (entry.name == "gradient_flow" ? 1e-9 : 0));
    CHECK((first.parameters.ffn - start(3, 4)).leftCols(2).norm() > 0.01);
  }
}

TEST_CASE("rules per expert see experts: with one slice in place of two the step is another") {
  Matrix hessian = with_spectrum(Vector::LinSpaced(12, 0.5, 2));
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    OptimizerBench two(entry.name, quadratic(hessian, Vector::Zero(12)), start(3, 4), 2);
    OptimizerBench one(entry.name, quadratic(hessian, Vector::Zero(12)), start(3, 4), 1);
    two.steps(1);
    one.steps(1);
    const bool per_expert = entry.uses_hessian || entry.name == "normalized_gd";
    CHECK(((two.parameters.ffn - one.parameters.ffn).norm() > 1e-3) == per_expert);
  }
}

TEST_CASE("a copy of parameters and memory is a checkpoint: no optimiser hides a state") {
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    OptimizerBench through(entry.name, quartic(12), start(3, 4), 2);
    through.steps(3);
    OptimizerBench resumed = through;
    OptimizerBench other(entry.name, quartic(12), start(3, 4) * 2, 2);   // a run in between must not matter
    through.steps(3);
    other.steps(2);
    resumed.steps(3);
    CHECK(through.parameters.ffn == resumed.parameters.ffn);
  }
}

TEST_CASE("not-a-number in the gradient of an expert reaches its parameters, even beside zeros") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    TestObjective broken = quadratic(Matrix::Identity(9, 9), Vector::Zero(9));
    broken.gradient = [=](const Vector&) {
      Vector g = Vector::Zero(9);
      g(4) = nan;
      return g;
    };
    OptimizerBench bench(entry.name, broken, Matrix::Zero(9, 1), 1);
    bench.shown_objective = [](double) { return 1.0; };
    bench.steps(1);
    CHECK(std::isnan(bench.parameters.ffn(4)));
  }
}

TEST_CASE("a zero gradient moves nothing") {
  for (const OptimizerEntry& entry : optimizers()) {
    CAPTURE(entry.name);
    OptimizerBench bench(entry.name, quadratic(Matrix::Identity(6, 6), Vector::Constant(6, 0.5)),
                         Matrix::Constant(3, 2, 0.5), 2);
    bench.steps(3);
    CHECK(bench.parameters.ffn == Matrix::Constant(3, 2, 0.5));
  }
}
