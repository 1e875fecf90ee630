// gradient_flow against closed forms, as a semigroup, and at its limits.
#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "tests/close.h"
#include "tests/sim/optimizer_bench.h"

using namespace lemmata;
using namespace lemmata::sim;

namespace {

OptimizerBench flow(const TestObjective& objective, const Matrix& ffn, double rate, double tolerance,
                    const Matrix& attention = {}) {
  OptimizerBench bench("gradient_flow", objective, ffn, 1, attention, 1);
  bench.rate(rate);
  for (auto& [block, training] : bench.settings) training.tolerance = tolerance;
  return bench;
}

// exp(-D H) for a diagonal D > 0: D^1/2 exp(-D^1/2 H D^1/2) D^-1/2.
Matrix decay(const Vector& rates, const Matrix& hessian) {
  const Vector root = rates.cwiseSqrt();
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(root.asDiagonal() * hessian * root.asDiagonal());
  return root.asDiagonal() * solver.eigenvectors() * (-solver.eigenvalues()).array().exp().matrix().asDiagonal() *
         solver.eigenvectors().transpose() * root.cwiseInverse().asDiagonal();
}

// w^4/4: dw/ds = -w^3, w(s) = (w0^-2 + 2 s)^-1/2.
TestObjective quartic(double factor = 1) {
  return scaled(separable([](double w) { return w * w * w * w / 4; }, [](double w) { return w * w * w; }, nullptr),
                factor);
}

double quartic_solution(double w, double time) { return 1 / std::sqrt(1 / (w * w) + 2 * time); }

}  // namespace

TEST_CASE("gradient flow of two coupled blocks with two rates is exp(-D H), jointly") {
  const Matrix hessian = with_spectrum(Vector::LinSpaced(10, 0.1, 4));
  const Vector centre = Vector::LinSpaced(10, -1, 1);
  Matrix ffn(3, 2), attention(2, 2);
  ffn.reshaped() = Vector::LinSpaced(6, 1, 2);
  attention.reshaped() = Vector::LinSpaced(4, -3, 0);
  OptimizerBench bench = flow(quadratic(hessian, centre), ffn, 0.5, 1e-12, attention);
  bench.settings["attention"].learning_rate = 2;
  const Vector start = bench.stacked(bench.parameters);
  Vector rates(10);
  rates << Vector::Constant(6, 0.5), Vector::Constant(4, 2);
  const Matrix one_step = decay(rates, hessian);
  Vector expected = start;
  for (int step = 1; step <= 3; ++step) {
    bench.steps(1);
    expected = centre + one_step * (expected - centre);
    // tens of internal steps, each within 1e-12 of numbers up to 5
    CHECK((bench.stacked(bench.parameters) - expected).norm() < 1e-10);
  }
  Matrix uncoupled = hessian;   // control: what flows that ignore one another would give
  uncoupled.topRightCorner(6, 4).setZero();
  uncoupled.bottomLeftCorner(4, 6).setZero();
  CHECK((decay(rates, uncoupled) - one_step).norm() > 0.1);
}

TEST_CASE("gradient flow is a semigroup: time 1 + 2 is time 3, in any order") {
  const auto after = [](double first, double second) {
    OptimizerBench bench = flow(quartic(), Eigen::Vector2d(2, -0.5), first, 1e-12);
    return Vector(bench.steps(1).rate(second).steps(1).parameters.ffn.reshaped());
  };
  CHECK((after(1, 2) - after(2, 1)).norm() < 1e-10);   // tens of internal steps at 1e-12
  CHECK((after(1, 2) - flow(quartic(), Eigen::Vector2d(2, -0.5), 3, 1e-12).steps(1).parameters.ffn.reshaped()).norm() <
        1e-10);
  CHECK(close(after(1, 2)(0), quartic_solution(2, 3), 1e-10, 0));
}

TEST_CASE("gradient flow of e^-w is ln(e^w0 + t)") {
  const TestObjective tail =
      separable([](double w) { return std::exp(-w); }, [](double w) { return -std::exp(-w); }, nullptr);
  OptimizerBench bench = flow(tail, Matrix::Constant(1, 1, -3), 100, 1e-12);
  bench.steps(10);
  CHECK(close(bench.parameters.ffn(0), std::log(std::exp(-3) + 1000), 1e-10, 0));   // about 100 internal steps at 1e-12
}

TEST_CASE("gradient flow: the error falls in proportion to the tolerance") {
  // Dormand-Prince 5(4): the estimate C h^5 is held at the tolerance, the error after a fixed time is of order h^5 too.
  double previous = 0;
  for (const double tolerance : {1e-5, 1e-7, 1e-9, 1e-11}) {
    OptimizerBench bench = flow(quartic(), Matrix::Constant(1, 1, 2), 50, tolerance);
    bench.steps(1);
    const double error = std::abs(bench.parameters.ffn(0) - quartic_solution(2, 50));
    CAPTURE(tolerance);
    CAPTURE(error);
    CHECK(error > 0);
    if (previous > 0) {
      const double order = std::log(previous / error) / std::log(100);
      CAPTURE(order);
      CHECK(order > 0.85);
      CHECK(order < 1.15);
    }
    previous = error;
  }
}

TEST_CASE("gradient flow differs from gd by eta^2/2 ||H g|| to leading order") {
  const Matrix hessian = with_spectrum(Vector::LinSpaced(4, 1, 3));
  const Vector w = Eigen::Vector4d(1, -1, 2, 0.5), gradient = hessian * w;
  for (const double eta : {1e-2, 1e-3}) {
    OptimizerBench exact = flow(quadratic(hessian, Vector::Zero(4)), w, eta, 1e-13),
                   euler("gd", quadratic(hessian, Vector::Zero(4)), w, 1);
    euler.rate(eta).steps(1);
    exact.steps(1);
    const double apart = (exact.parameters.ffn - euler.parameters.ffn).norm();
    // the next term is at most eta ||H|| / 3 = eta of it; 1e-6: tolerance 1e-13 beside eta^2 = 1e-6
    CHECK(close(apart, eta * eta / 2 * (hessian * gradient).norm(), 0, eta + 1e-6));
  }
}

TEST_CASE("gradient flow recovers from trial steps that overflow: w' = -w^3 from 1e20 is at 2^-1/2 after time 1") {
  OptimizerBench bench = flow(quartic(), Matrix::Constant(1, 1, 1e20), 1, 1e-10);
  bench.steps(1);
  CHECK(close(bench.parameters.ffn(0), std::sqrt(0.5), 1e-8, 0));   // thousands of internal steps at 1e-10, contracting
  CHECK(bench.gradient_calls < 60'000);
}

TEST_CASE("gradient flow of -w^4/4 is followed up to its blow-up at 1/(2 w0^2) and is not a number past it") {
  OptimizerBench before = flow(quartic(-1), Matrix::Constant(1, 1, 2), 0.124, 1e-13);
  before.steps(1);
  CHECK(
      close(before.parameters.ffn(0), quartic_solution(2, -0.124), 0, 1e-9));  // the blow-up at 0.125 magnifies by 125
  OptimizerBench past = flow(quartic(-1), Matrix::Constant(1, 1, 2), 0.126, 1e-10);
  past.steps(1);
  CHECK(std::isnan(past.parameters.ffn(0)));
  CHECK(past.gradient_calls < 60'000);   // noticed when s stands still, not when the 10,000 attempts of six run out
}

TEST_CASE("gradient flow from a point whose gradient is not a number gives up after looking at it once") {
  TestObjective broken = quartic();
  broken.gradient = [](const Vector& w) { return Vector(w * std::numeric_limits<double>::quiet_NaN()); };
  OptimizerBench bench = flow(broken, Matrix::Ones(2, 1), 1, 1e-10);
  bench.steps(1);
  CHECK(bench.parameters.ffn.array().isNaN().all());
  CHECK(bench.gradient_calls == 1);
}

TEST_CASE("gradient flow: a flow too stiff for 10,000 internal steps ends as not-a-number, with bounded work") {
  OptimizerBench hard = flow(quadratic(Matrix::Identity(1, 1), Vector::Zero(1)), Matrix::Ones(1, 1), 1e7, 1e-10);
  hard.steps(1);
  CHECK(std::isnan(hard.parameters.ffn(0)));
  CHECK(hard.gradient_calls == 60'001);   // six a trial step, one to begin with
  OptimizerBench easier = flow(quadratic(Matrix::Identity(1, 1), Vector::Zero(1)), Matrix::Ones(1, 1), 1e4, 1e-10);
  easier.steps(1);
  CHECK(close(easier.parameters.ffn(0), 0, 1e-9, 0));   // e^-10000, to the absolute tolerance of a few steps
}

TEST_CASE("gradient flow starts from the blocks it is given and follows the gradient that it is told") {
  Matrix moved = Matrix::Constant(1, 1, 1);
  const Matrix unused = Matrix::Constant(1, 1, std::numeric_limits<double>::quiet_NaN());
  StepContext context{1, {}, {}};
  context.gradient_at = [](std::span<const Matrix> at, std::span<Matrix> gradient) {
    gradient[0] = (3 * at[0].array() - 2).matrix();  // rest 2/3
  };
  const BlockTraining settings{"gradient_flow", 0.5, 0.9, 1e-12};
  OptimizerMemory memory;
  std::vector<BlockUpdate> blocks;
  blocks.push_back({"ffn", moved, unused, 1, settings, memory});
  optimizer_named("gradient_flow", "f").optimizer->update(blocks, context);
  CHECK(close(moved(0), 2.0 / 3 + std::exp(-1.5) / 3, 1e-11, 0));  // ten internal steps at 1e-12
}
