// Each optimiser against numbers worked out by hand, exact recursions, and PyTorch.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "sim/numerics/scaled_norm.h"
#include "tests/close.h"
#include "tests/sim/optimizer_bench.h"

using namespace lemmata;
using namespace lemmata::sim;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

// A linear function with this gradient everywhere; its Hessian is `hessian`, whatever the gradient says.
TestObjective fixed(const Vector& gradient, const Matrix& hessian = Matrix()) {
  return {[=](const Vector&) { return 1.0; }, [=](const Vector&) { return gradient; },
          [=](const Vector&) { return hessian; }};
}

Matrix diagonal(std::initializer_list<double> values) {
  Vector v(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), v.data());
  return v.asDiagonal();
}

struct Golden {
  long step;
  double first, second;
};

// w0 = (1, -2), H = ((3, 1), (1, 2)), centre (1/2, -1/4), learning rate 0.05.
void check_against(const std::string& optimizer, double beta, std::span<const Golden> golden) {
  Matrix hessian(2, 2), w(2, 1);
  hessian << 3, 1, 1, 2;
  w << 1, -2;
  OptimizerBench bench(optimizer, quadratic(hessian, Eigen::Vector2d(0.5, -0.25)), w, 1);
  bench.rate(0.05).settings["ffn"].beta = beta;
  long done = 0;
  for (const Golden& row : golden) {
    bench.steps(row.step - done);
    done = row.step;
    CAPTURE(done);
    // 100 steps of rounding, each below 1e-16 of numbers near 1, in another order of operations
    CHECK(close(bench.parameters.ffn(0), row.first, 1e-14, 0));
    CHECK(close(bench.parameters.ffn(1), row.second, 1e-14, 0));
  }
}

}  // namespace

TEST_CASE("scaled_norm: (3, 4) at every magnitude, and what is not finite") {
  Matrix x(2, 1);
  for (const double scale : {1e-310, 1e-300, 1e-290, 1e-170, 1.0, 1e170, 1e307}) {
    CAPTURE(scale);
    x << 3 * scale, 4 * scale;
    CHECK(close(scaled_norm(x), 5 * scale, 1e-323, 4e-16));   // a unit of the last place; of a subnormal, below 1e-310
  }
  x << 3e-170, 4e-170;
  CHECK(x.norm() == 0);   // the plain norm, which is why this one exists
  CHECK(scaled_norm(Matrix(3, 0)) == 0);
  CHECK(scaled_norm(Matrix::Zero(3, 2)) == 0);
  for (Index size = 1; size < 20; ++size) {
    for (Index at = 0; at < size; ++at) {
      Matrix y = Matrix::Zero(size, 1);
      y(at) = not_a_number;
      CHECK(std::isnan(scaled_norm(y)));
      y(at) = -infinity;
      CHECK(scaled_norm(y) == infinity);
    }
  }
}

TEST_CASE("gd on w^2/4 with rate 1/4 is (7/8)^t, exactly") {
  OptimizerBench bench("gd", quadratic(diagonal({0.5}), Vector::Zero(1)), Matrix::Ones(1, 1), 1);
  bench.rate(0.25);
  double power = 1;
  for (int t = 1; t <= 18; ++t) {   // 7^18 < 2^53
    power *= 7;
    bench.steps(1);
    CHECK(bench.parameters.ffn(0) == std::ldexp(power, -3 * t));
  }
}

TEST_CASE("gd gives every block its own rate: w - eta g by hand") {
  OptimizerBench bench("gd", fixed(Eigen::Vector3d(1, -2, 8)), Eigen::Vector2d(1, 1), 2, Matrix::Ones(1, 1), 1);
  bench.settings["ffn"].learning_rate = 0.5;
  bench.settings["attention"].learning_rate = 0.125;
  bench.steps(1);
  CHECK(bench.parameters.ffn == Eigen::Vector2d(0.5, 2));
  CHECK(bench.parameters.attention(0) == 0);
}

TEST_CASE(
    "normalized_gd: gradients (3, 4) and (-5, 12) move two experts by eta (3, 4)/5 and eta (-5, 12)/13 at any scale") {
  for (const double scale : {1e-300, 1e-290, 1e-170, 1.0, 1e300}) {
    CAPTURE(scale);
    OptimizerBench bench("normalized_gd", fixed(scale * Eigen::Vector4d(3, 4, -5, 12)), Matrix::Zero(2, 2), 2);
    bench.rate(0.5).steps(1);
    const double expected[] = {-0.3, -0.4, 2.5 / 13, -6.0 / 13};
    for (int i = 0; i < 4; ++i) CHECK(close(bench.parameters.ffn(i), expected[i], 0, 5e-16));   // three roundings
  }
}

TEST_CASE("normalized_gd: an expert whose gradient is below 1e-300 is left alone, one at 1e-300 moves") {
  OptimizerBench bench("normalized_gd", fixed(Eigen::Vector3d(0.99e-300, 1e-300, 0)), Matrix::Ones(1, 3), 3);
  bench.rate(0.5).steps(1);
  CHECK(bench.parameters.ffn(0) == 1);
  CHECK(bench.parameters.ffn(1) == 0.5);
  CHECK(bench.parameters.ffn(2) == 1);
}

TEST_CASE("gd_over_loss: w^2/2 from 2 with rate 1/4 goes to 1.75") {
  OptimizerBench bench("gd_over_loss", quadratic(diagonal({1}), Vector::Zero(1)), Matrix::Constant(1, 1, 2), 1);
  bench.rate(0.25).steps(1);
  CHECK(bench.parameters.ffn(0) == 1.75);
}

TEST_CASE("gd_over_loss: e^-w grows w by the rate each step, down to losses of 1e-300, objective 0 leaves it alone") {
  const TestObjective tail =
      separable([](double w) { return std::exp(-w); }, [](double w) { return -std::exp(-w); }, nullptr);
  OptimizerBench bench("gd_over_loss", tail, Matrix::Constant(1, 1, 600), 1);
  bench.rate(0.5).steps(180);
  CHECK(bench.parameters.ffn(0) == 690);   // e^-690 is 2e-300
  bench.shown_objective = [](double) { return 0.0; };
  bench.steps(1);
  CHECK(bench.parameters.ffn(0) == 690);
  bench.shown_objective = [](double) { return not_a_number; };
  bench.steps(1);
  CHECK(std::isnan(bench.parameters.ffn(0)));
}

TEST_CASE("gd_inverse_smoothness: Hessian diag(-4, 1) divides by 4, a zero Hessian leaves alone, NaN shows") {
  OptimizerBench bench("gd_inverse_smoothness", fixed(Eigen::Vector4d(-4, 1, 1, 1), diagonal({-4, 1, 0, 0})),
                       Matrix::Ones(2, 2), 2);
  bench.rate(0.5).steps(1);
  // the eigenvalue solver is exact to a few units of the last place
  CHECK(close(bench.parameters.ffn(0), 1.5, 0, 1e-15));
  CHECK(close(bench.parameters.ffn(1), 0.875, 0, 1e-15));
  CHECK(bench.parameters.ffn.col(1) == Eigen::Vector2d(1, 1));
  OptimizerBench broken("gd_inverse_smoothness", fixed(Eigen::Vector2d(0, 1), diagonal({infinity, 1})),
                        Matrix::Ones(2, 1), 1);
  broken.steps(1);
  CHECK(broken.parameters.ffn.array().isNaN().all());
}

TEST_CASE("gd_inverse_smoothness with rate 1 is gd at 1/lambda_max, also when lambda_max is 1e-290") {
  const Vector eigenvalues = Eigen::Vector3d(1e-291, 5e-291, 1e-290);
  OptimizerBench bench("gd_inverse_smoothness", quadratic(with_spectrum(eigenvalues), Vector::Zero(3)),
                       Matrix::Ones(3, 1), 1);
  bench.rate(1).steps(1);
  const Vector expected = Vector::Ones(3) - with_spectrum(eigenvalues / 1e-290) * Vector::Ones(3);
  CHECK((bench.parameters.ffn - expected).norm() < 1e-14);   // rounding in a 3 x 3 product and eigenvalue
}

TEST_CASE("momentum with constant gradient 1, beta 1/2, rate 1: v = 1, 3/2, 7/4, so w = -1, -5/2, -17/4") {
  OptimizerBench bench("momentum", fixed(Vector::Ones(1)), Matrix::Zero(1, 1), 1);
  bench.rate(1).settings["ffn"].beta = 0.5;
  for (const double expected : {-1.0, -2.5, -4.25}) CHECK(bench.steps(1).parameters.ffn(0) == expected);
  CHECK(bench.memory["ffn"].first(0) == 1.75);
  CHECK(bench.memory["ffn"].updates == 3);
}

// Golden numbers: PyTorch 1.13 in float64, w = tensor([1., -2.]), H = [[3., 1.], [1., 2.]], c = [0.5, -0.25],
//   for t in range(1, 101): o.zero_grad(); (0.5 * (w - c) @ H @ (w - c)).backward(); o.step()
// with o = torch.optim.SGD([w], lr=0.05, momentum=0.75) and o = torch.optim.Adam([w], lr=0.05), printed by "%.17g".
TEST_CASE("momentum agrees with torch.optim.SGD over 100 steps") {
  const Golden golden[] = {{1, 1.0125, -1.8500000000000001},
                           {2, 1.0249999999999999, -1.6031250000000001},
                           {10, 0.43711470069885261, -0.053972552032470714},
                           {100, 0.49999999249667815, -0.25000049045124989}};
  check_against("momentum", 0.75, golden);
}

TEST_CASE("adam agrees with torch.optim.Adam over 100 steps") {
  const Golden golden[] = {{1, 1.0499999980000001, -1.9500000001666666},
                           {2, 1.0901520454035307, -1.9000832431408337},
                           {10, 0.91579917790485876, -1.5074388223414865},
                           {100, 0.50151167236667116, -0.25514845317448459}};
  check_against("adam", 0.9, golden);
}

TEST_CASE("adam: 1e-8 stands outside the root, so a constant gradient 1e-8 moves by half the rate") {
  OptimizerBench bench("adam", fixed(Vector::Constant(1, 1e-8)), Matrix::Zero(1, 1), 1);
  bench.rate(1);
  for (int t = 1; t <= 5; ++t) {
    bench.steps(1);
    CHECK(close(bench.parameters.ffn(0), -0.5 * t, 0, 1e-14));   // 1 - 0.999^t cancels three digits
  }
}

TEST_CASE("sign: (-2, 0, 1e-300) moves by (eta, 0, -eta)") {
  OptimizerBench bench("sign", fixed(Eigen::Vector3d(-2, 0, 1e-300)), Matrix::Zero(3, 1), 1);
  bench.rate(0.25).steps(1);
  CHECK(bench.parameters.ffn == Eigen::Vector3d(0.25, 0, -0.25));
}

TEST_CASE("newton with rate 1 lands on the minimum of a quadratic in one step, with rate 1/2 half way") {
  const Matrix hessian = with_spectrum(Vector::LinSpaced(6, 0.01, 10));
  const Vector centre = Vector::LinSpaced(6, -1, 2);
  OptimizerBench bench("newton", quadratic(hessian, centre), Matrix::Zero(6, 1), 1);
  bench.rate(1).steps(1);
  CHECK((bench.parameters.ffn - centre).norm() < 1e-12);   // condition number 1e3 times rounding
  OptimizerBench half("newton", quadratic(hessian, centre), Matrix::Zero(6, 1), 1);
  half.rate(0.5).steps(1);
  CHECK((half.parameters.ffn - centre / 2).norm() < 1e-12);
}

TEST_CASE("newton on a singular quadratic takes the shortest step: nothing moves along the null space") {
  const Matrix hessian = with_spectrum(Eigen::Vector4d(0, 0, 1, 2));
  const Vector centre = Eigen::Vector4d(1, 2, 3, 4), w = Eigen::Vector4d(-1, 0, 2, 0);
  OptimizerBench bench("newton", quadratic(hessian, centre), w, 1);
  bench.rate(1).steps(1);
  const Matrix range = with_spectrum(Eigen::Vector4d(0, 0, 1, 1));   // projection on the range, by the same reflection
  CHECK((bench.parameters.ffn - (w + range * (centre - w))).norm() < 1e-13);   // rounding
  // The value is 1/2 e.He with e in the null space, |e| <= |w - centre| = 5. H itself errs: it is two products of 4 x 4
  // of norm at most 2, so by less than 100 roundings. Whether these cancel depends on the order of sums and on fused
  // products.
  CHECK(std::abs(bench.value()) < 0.5 * 25 * 100 * 2 * 0x1p-53);
  CHECK(quadratic(hessian, centre).value(w) > 1);
  OptimizerBench flat("newton", fixed(Eigen::Vector2d(1, 1), Matrix::Zero(2, 2)), Matrix::Ones(2, 1), 1);
  flat.steps(1);
  CHECK(flat.parameters.ffn == Eigen::Vector2d(1, 1));
}

TEST_CASE("newton inverts an eigenvalue of 2e-10 relative and drops one of 5e-11, at any scale of the Hessian") {
  for (const double scale : {1e-250, 1.0, 1e250}) {
    CAPTURE(scale);
    const Matrix hessian = scale * diagonal({2e-10, -1, 5e-11});
    OptimizerBench bench("newton", quadratic(hessian, Vector::Zero(3)), Matrix::Ones(3, 1), 1);
    bench.rate(1).steps(1);
    CHECK(close(bench.parameters.ffn(0), 0, 1e-14, 0));
    CHECK(close(bench.parameters.ffn(1), 0, 1e-14, 0));
    CHECK(bench.parameters.ffn(2) == 1);
  }
}

TEST_CASE("newton: a Hessian or gradient that is not finite shows in the parameters") {
  OptimizerBench bench("newton", fixed(Eigen::Vector2d(1, 1), diagonal({not_a_number, 1})), Matrix::Ones(2, 1), 1);
  bench.steps(1);
  CHECK(bench.parameters.ffn.array().isNaN().all());
  OptimizerBench flat("newton", fixed(Eigen::Vector2d(not_a_number, 1), Matrix::Zero(2, 2)), Matrix::Ones(2, 1), 1);
  flat.steps(1);
  CHECK(std::isnan(flat.parameters.ffn(0)));   // no curvature to divide by must not hide the gradient
}
