#include "theory/class_rate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "tests/close.h"
#include "tests/theory/mixture_samples.h"

using namespace lemmata::theory;

namespace {

/// y u of every sample of class 0, (feature, sample), at s = 0 in the standard basis.
Matrix signed_sums(const MixtureAmplitudes& m) {
  NormalStream noise(1);
  const ClassMixture mixture = standard_class_mixture(m.classes, 2 * m.classes, m.alpha, m.beta, m.gamma, 0, 4);
  const std::vector<Sample> samples = enumerated_class(mixture, 0, noise);
  Matrix sums(2 * m.classes, static_cast<Index>(samples.size()));
  for (Index k = 0; k < sums.cols(); ++k) {
    const Sample& sample = samples[static_cast<std::size_t>(k)];
    sums.col(k) = sample.y * sample.tokens.rowwise().sum();
  }
  return sums;
}

double logistic(double z) { return std::log1p(std::exp(-z)); }

}  // namespace

TEST_CASE("class rate: the default mixture: lambda = min(1, 9, 1/8)/3 = 1/24") {
  const MixtureAmplitudes mixture{1, 3, 0.5, 3};
  CHECK(smallest_second_moment(mixture) == 0.125);
  CHECK(close(smallest_curvature(mixture), 1.0 / 24, 0, 1e-15));
  CHECK(close(squared_loss_rate(mixture, 0.05), -2 * std::log(1 - 0.05 / 24), 0, 1e-13));
  CHECK(squared_loss_rate(mixture, 0.7) < 0);  // eta beta^2 / N = 2.1 diverges
}

TEST_CASE(
    "class rate: squared loss of iterated descent on the population falls at the predicted rate to 1e-9, each mode the "
    "slowest once") {
  for (const MixtureAmplitudes& mixture :
       {MixtureAmplitudes{1, 3, 0.5, 3}, MixtureAmplitudes{0.5, 1.5, 2, 4}, MixtureAmplitudes{1.5, 0.4, 2, 3}}) {
    const Matrix sums = signed_sums(mixture);
    NormalStream draw(2);
    Vector w = draw.normals(sums.rows(), 1);
    const double eta = 0.2, scale = eta / static_cast<double>(sums.cols() * mixture.classes);
    double before = 0, after = 0;
    for (long t = 0; t <= 700; ++t) {
      const Vector residual = 1 - (sums.transpose() * w).array();
      if (t == 600) before = residual.squaredNorm();
      if (t == 700) after = residual.squaredNorm();
      w += scale * sums * residual;
    }
    const double predicted = squared_loss_rate(mixture, eta);
    CHECK(after > 1e-26);                                              // above the rounding of 1 - z
    CHECK(close(std::log(before / after) / 100, predicted, 0, 1e-9));  // the other modes are below e^-60 of this one
  }
}

TEST_CASE(
    "class rate: logistic descent reaches eps in N |M_n| / (eta alpha^2 eps) steps to leading order, and in the flow's "
    "time closely") {
  const MixtureAmplitudes mixture{1.2, 3, 0.5, 3};
  const double eta = 0.05, active = 2, kappa = eta * 1.44 / 6;
  double margin = 1.5;
  long t = 0;
  for (const double loss : {1e-1, 1e-2, 1e-3, 1e-4}) {
    while (logistic(margin) > loss) {
      margin += kappa / (1 + std::exp(margin));  // w = a v_n: margin alpha a, its share 1/(N |M_n|) of the mean
      ++t;
    }
    const double flow = logistic_flow_steps(mixture, active, eta, loss, 1.5);
    // Euler's error in time: the integral of -(step/2) g'/g, a relative kappa, plus the last unfinished step.
    CHECK(close(static_cast<double>(t), flow, 1, kappa));
  }
  const double leading = logistic_descent_steps(mixture, active, eta, 1e-4);
  CHECK(close(leading, 6 / (0.05 * 1.44 * 1e-4), 0, 1e-14));
  CHECK(close(leading, static_cast<double>(t), 0, 2e-3));  // ln(1/eps) eps = 9e-4 is left out
}

TEST_CASE(
    "class rate: the leading order holds for full vectors too, where c_n and v_n' parts have to die out (10 % at eps "
    "1e-3)") {
  const MixtureAmplitudes mixture{1, 3, 1.4, 2};  // gamma^2/((N-1) alpha^2) = 2: fast enough
  const Matrix sums = signed_sums(mixture);
  Vector w = Vector{{0.1, 0.0, -0.1, 0.2}};
  const double eta = 0.3;
  long t = 0;
  while (true) {
    const Vector margin = sums.transpose() * w;
    if (margin.unaryExpr(&logistic).mean() <= 1e-3) break;
    const Vector pull = margin.unaryExpr([](double z) { return 1 / (1 + std::exp(z)); });
    w += eta / static_cast<double>(sums.cols() * mixture.classes) * sums * pull;
    ++t;
  }
  CHECK(close(static_cast<double>(t), logistic_descent_steps(mixture, 1, eta, 1e-3), 0, 0.1));
}

TEST_CASE("class rate: normalised descent: exactly one eta alpha of margin per step") {
  const MixtureAmplitudes mixture{1.25, 3, 0.5, 3};
  const double eta = 0.0625;
  long t = 0;
  for (double margin = 0.5; logistic(margin) > 1e-8; margin += eta * 1.25) ++t;
  CHECK(std::ceil(normalized_descent_steps(mixture, eta, 1e-8, 0.5)) == static_cast<double>(t));
  CHECK(close(normalized_descent_steps(mixture, eta, 1e-8, 0), std::log(1e8) / (eta * 1.25), 0, 1e-9));  // ln(1/eps)
}

TEST_CASE("class rate: logistic lambda_min / L against the Hessian of the enumerated class, and its limit") {
  const MixtureAmplitudes mixture{1, 3, 0.5, 3};
  const Matrix sums = signed_sums(mixture);
  for (const double margin : {-2.0, 0.0, 3.0, 30.0}) {  // at w = margin v_n: hessian l'' E[u u^T]
    const double loss = margin > 20 ? logistic(margin) : std::log(1 + std::exp(-margin));
    const double curvature = 1 / (2 + std::exp(margin) + std::exp(-margin));
    const Matrix moment = sums * sums.transpose() / static_cast<double>(sums.cols());
    CHECK(close(moment.diagonal()[mixture.classes + 1], 0.125, 0, 1e-14));
    CHECK(close(logistic_curvature_ratio(mixture, loss), 0.125 * curvature / loss, 0, 1e-13));
  }
  CHECK(close(logistic_curvature_ratio(mixture, 1e-12), 0.125, 0, 1e-11));
  CHECK(logistic_curvature_ratio(mixture, 0.7) < 0.05);
}

TEST_CASE("class rate: bad numbers are refused") {
  const MixtureAmplitudes good{1, 3, 0.5, 3};
  CHECK_THROWS_AS(smallest_curvature({0, 3, 0.5, 3}), std::invalid_argument);
  CHECK_THROWS_AS(smallest_curvature({1, 3, 0.5, 1}), std::invalid_argument);
  CHECK_THROWS_AS(smallest_curvature({1, std::nan(""), 0.5, 3}), std::invalid_argument);
  CHECK_THROWS_AS(squared_loss_rate(good, -1), std::invalid_argument);
  CHECK_THROWS_AS(logistic_descent_steps(good, 0, 0.1, 0.1), std::invalid_argument);
  CHECK_THROWS_AS(logistic_flow_steps(good, 1, 0.1, std::nan(""), 0), std::invalid_argument);
  CHECK_THROWS_AS(normalized_descent_steps(good, 0.1, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(logistic_curvature_ratio(good, 0), std::invalid_argument);
}
