#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "sim/data/law.h"
#include "sim/error.h"
#include "sim/numerics/signals.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::sim;

namespace {

Dataset generate(const DataConfig& config, const DataDraw& draw = {}) {
  return data_law_named("class_mixture").generate(config, draw);
}

DataConfig random_config(long samples) {
  DataConfig config;
  config.sampling = "random", config.samples = samples;
  return config;
}

const std::string unknown = "unknown";

constexpr double z_limit = 5.5;  // false alarm 4e-8 per comparison, at fixed seeds

double z_share(double count, double n, double p) { return (count - n * p) / std::sqrt(n * p * (1 - p)); }

double identity_error(const Matrix& m) { return (m - Matrix::Identity(m.rows(), m.cols())).cwiseAbs().maxCoeff(); }

/// The field named by the error of a changed default, "accepted" if there is none; check and generate must agree.
template <class Change>
std::string refused_field(Change change) {
  DataConfig config;
  change(config);
  std::string by_check = "accepted", by_generate = "accepted";
  try {
    data_law_named(config.law).check(config);
  } catch (const ConfigError& error) {
    by_check = error.field();
  }
  try {
    data_law_named(config.law).generate(config, {});
  } catch (const ConfigError& error) {
    by_generate = error.field();
  }
  CHECK(by_check == by_generate);
  return by_check;
}

}  // namespace

TEST_CASE(
    "class_mixture: by hand, the first enumerated sample of N = 3, d = 10, L = 4 is 3 e_1, e_4, e_5 / 2, 0 with y = "
    "1") {
  const Dataset data = generate({});
  Matrix first = Matrix::Zero(10, 4);
  first(0, 0) = 3, first(3, 1) = 1, first(4, 2) = 0.5;
  CHECK(data.tokens.leftCols(4) == first);
  CHECK(data.label(0) == 1);
  CHECK(data.class_index[0] == 0);
  CHECK(data.token_kind[0] == TokenKind::class_signal);
  CHECK(data.token_kind[1] == TokenKind::label_signal);
  CHECK(data.token_kind[2] == TokenKind::distractor);
  CHECK(data.token_kind[3] == TokenKind::noise);
  CHECK(data_laws().size() == 1);
}

TEST_CASE(
    "class_mixture: enumeration holds every tuple once: 4 N (N-1) samples, balanced labels, signs and pairs, exact "
    "moments") {
  for (const long classes : {2L, 3L, 5L}) {
    CAPTURE(classes);
    DataConfig config;
    config.classes = classes, config.features = 2 * classes + 1, config.basis = "random";
    const Dataset data = generate(config, {4, Purpose::data, 0});
    const double n = static_cast<double>(classes);
    REQUIRE(data.samples() == 4 * classes * (classes - 1));
    CHECK(data.classes == classes);
    CHECK_NOTHROW(check_dataset(data));
    std::set<std::vector<int>> tuples;
    Matrix second = Matrix::Zero(config.features, config.features);
    for (Index k = 0; k < data.samples(); ++k) {
      const Matrix x = data.tokens.middleCols(4 * k, 4);
      const Vector own = data.class_signal * x.col(0), label = data.label_signal * x.col(1),
                   other = data.label_signal * x.col(2);
      Index own_class = 0, label_class = 0, other_class = 0;
      own.cwiseAbs().maxCoeff(&own_class), label.cwiseAbs().maxCoeff(&label_class),
          other.cwiseAbs().maxCoeff(&other_class);
      CHECK(close(own(own_class), 3, 0, 1e-14));
      CHECK(close(label(label_class), data.label(k), 0, 1e-14));
      CHECK(close(std::abs(other(other_class)), 0.5, 0, 1e-14));
      CHECK(own_class == label_class);
      CHECK(own_class != other_class);
      CHECK(own_class == data.class_index[static_cast<std::size_t>(k)]);
      tuples.insert({int(own_class), int(other_class), int(data.label(k)), other(other_class) > 0 ? 1 : -1});
      const Vector sum = x.rowwise().sum();
      second += data.weight(k) * sum * sum.transpose();
    }
    CHECK(tuples.size() == static_cast<std::size_t>(data.samples()));
    // E[(sum x)(sum x)^T] = (beta^2 sum c c^T + (alpha^2 + gamma^2) sum v v^T)/N: signs are independent
    const Matrix expected = (9 * data.class_signal.transpose() * data.class_signal +
                             1.25 * data.label_signal.transpose() * data.label_signal) /
                            n;
    CHECK((second - expected).cwiseAbs().maxCoeff() < 1e-14);
    Matrix signals(2 * classes, config.features);
    signals << data.class_signal, data.label_signal;
    CHECK(identity_error(signals * signals.transpose()) < 1e-14);
  }
}

TEST_CASE(
    "class_mixture: the standard basis is c_n = e_n, v_n = e_{N+n} exactly, a random one is Haar: orthogonal, seeded, "
    "centred") {
  const Dataset standard = generate({});
  CHECK(standard.class_signal == Matrix::Identity(3, 10));
  CHECK(standard.label_signal.rightCols(7).leftCols(3) == Matrix::Identity(3, 3));
  double trace = 0, square = 0;
  const int draws = 4000;
  for (int seed = 0; seed < draws; ++seed) {
    const Matrix rotation = haar_rotation(4, Philox(static_cast<std::uint64_t>(seed), Purpose::test));
    if (seed < 10) CHECK(identity_error(rotation * rotation.transpose()) < 1e-14);
    trace += rotation.trace();
    square += rotation.trace() * rotation.trace();
  }
  // trace of a Haar orthogonal matrix: mean 0, second moment 1, fourth 3 for dim >= 4
  CHECK(std::abs(trace) / std::sqrt(double(draws)) < z_limit);
  CHECK(std::abs(square - draws) / std::sqrt(2.0 * draws) < z_limit);
}

TEST_CASE("class_mixture: label_cosine and class_tree_cosine give the stated Gram matrices, and 0 gives I exactly") {
  for (const double rho : {-0.3, 0.0, 0.4, 0.9}) {
    DataConfig config;
    config.classes = 4, config.label_cosine = rho, config.class_tree_cosine = std::abs(rho), config.basis = "random";
    const Dataset data = generate(config, {1, Purpose::data, 0});
    const Matrix labels = data.label_signal * data.label_signal.transpose(),
                 classes = data.class_signal * data.class_signal.transpose();
    const double t = std::abs(rho);
    for (Index a = 0; a < 4; ++a) {
      for (Index b = 0; b < 4; ++b) {
        CHECK(close(labels(a, b), a == b ? 1 : rho, 1e-14, 0));
        CHECK(close(classes(a, b), a == b ? 1 : a / 2 == b / 2 ? t : t * t, 1e-14, 0));
      }
    }
    CHECK((data.class_signal * data.label_signal.transpose()).cwiseAbs().maxCoeff() < 1e-14);
  }
  CHECK(equal_cosine_rows(5, 0) == Matrix::Identity(5, 5));
  CHECK(tree_cosine_rows(5, 0) == Matrix::Identity(5, 5));
  const Matrix tree = tree_cosine_rows(6, 0.5), gram = tree * tree.transpose();
  CHECK(close(gram(3, 4), 0.125, 1e-15, 0));  // 3 = 011 and 4 = 100 meet at the root, three levels up
}

TEST_CASE("class_mixture: Zipf classes: weights n^-a when enumerated, frequencies n^-a when random") {
  DataConfig config;
  config.zipf = 1.5;
  const Dataset data = generate(config);
  const double total = 1 + std::pow(2, -1.5) + std::pow(3, -1.5);
  Vector mass = Vector::Zero(3);
  for (Index k = 0; k < data.samples(); ++k) mass(data.class_index[static_cast<std::size_t>(k)]) += data.weight(k);
  for (int n = 0; n < 3; ++n) CHECK(close(mass(n), std::pow(n + 1, -1.5) / total, 0, 1e-14));
  config.sampling = "random", config.samples = 40000;
  const Dataset drawn = generate(config);
  CHECK(drawn.weight == Vector::Constant(40000, 1.0 / 40000));
  for (int n = 0; n < 3; ++n) {
    const auto count = std::count(drawn.class_index.begin(), drawn.class_index.end(), n);
    CHECK(std::abs(z_share(double(count), 40000, std::pow(n + 1, -1.5) / total)) < z_limit);
  }
}

TEST_CASE(
    "class_mixture: random draws: labels, signs and other classes are uniform and independent, amplitudes fill their "
    "range") {
  DataConfig config = random_config(30000);
  config.alpha = {0.5, 2}, config.gamma = {1, 3};
  const Dataset data = generate(config);
  const double n = 30000;
  double positive = 0, other_positive = 0, product = 0, alpha = 0, alpha_square = 0;
  Matrix pairs = Matrix::Zero(3, 3);
  for (Index k = 0; k < data.samples(); ++k) {
    const Vector label = data.label_signal * data.tokens.col(4 * k + 1),
                 other = data.label_signal * data.tokens.col(4 * k + 2);
    Index own = 0, distractor = 0;
    const double a = label.cwiseAbs().maxCoeff(&own), g = other.cwiseAbs().maxCoeff(&distractor);
    CHECK((a > 0.5 && a < 2 && g > 1 && g < 3));
    const double eps = other(distractor) > 0 ? 1 : -1;
    positive += data.label(k) > 0, other_positive += eps > 0, product += eps * data.label(k);
    alpha += a, alpha_square += (a - 1.25) * (a - 1.25), pairs(own, distractor) += 1;
  }
  CHECK(std::abs(z_share(positive, n, 0.5)) < z_limit);
  CHECK(std::abs(z_share(other_positive, n, 0.5)) < z_limit);
  CHECK(std::abs(product) / std::sqrt(n) < z_limit);
  CHECK(std::abs(alpha / n - 1.25) / std::sqrt(2.25 / 12 / n) < z_limit);
  CHECK(std::abs(alpha_square / n - 2.25 / 12) / std::sqrt(2.25 * 2.25 / 180 / n) < z_limit);
  for (Index a = 0; a < 3; ++a)
    for (Index b = 0; b < 3; ++b) {
      if (a == b)
        CHECK(pairs(a, b) == 0);
      else
        CHECK(std::abs(z_share(pairs(a, b), n, 1. / 6)) < z_limit);
    }
}

TEST_CASE("class_mixture: noise tokens are N(0, s^2 I), in L - 3 tokens only, fresh in every replicate") {
  DataConfig config;
  config.tokens = 6, config.noise_std = 0.7, config.replicates = 400;
  const Dataset data = generate(config);
  REQUIRE(data.samples() == 24 * 400);
  double square = 0, sum = 0;
  for (Index k = 0; k < data.samples(); ++k) {
    const Matrix noise = data.tokens.middleCols(6 * k + 3, 3);
    square += noise.squaredNorm(), sum += noise.sum();
    CHECK(data.tokens.col(6 * k).norm() == 3);
  }
  const double n = 24 * 400 * 30;
  CHECK(std::abs(square / n / 0.49 - 1) / std::sqrt(2 / n) < z_limit);
  CHECK(std::abs(sum / n) / (0.7 / std::sqrt(n)) < z_limit);
  CHECK(data.tokens.middleCols(3, 3) != data.tokens.middleCols(9, 3));
  CHECK(data.tokens.leftCols(3) == data.tokens.middleCols(6, 3));  // a replicate is the same tuple
}

TEST_CASE(
    "class_mixture: same draw same bits, held-out, seed and fresh step are other streams, sample k does not depend on "
    "K") {
  DataConfig config = random_config(50);
  config.noise_std = 1, config.heldout = 50;
  const Dataset data = generate(config, {7, Purpose::data, 0});
  CHECK(generate(config, {7, Purpose::data, 0}).tokens == data.tokens);
  const Dataset heldout = generate(config, {7, Purpose::heldout, 0});
  CHECK(heldout.tokens.cols() == data.tokens.cols());
  CHECK(heldout.class_signal == data.class_signal);
  const Dataset first = generate(config, {7, Purpose::fresh, 1}), second = generate(config, {7, Purpose::fresh, 2});
  for (Index a = 0; a < 50; ++a)
    for (Index b = 0; b < 50; ++b) CHECK(first.tokens.col(4 * a + 3) != second.tokens.col(4 * b + 3));
  for (const Dataset& other : {heldout, generate(config, {8, Purpose::data, 0}),
                               generate(config, {7, Purpose::fresh, 0}), generate(config, {7, Purpose::fresh, 1})}) {
    int equal = 0;  // noise tokens of 50 samples, none repeated
    for (Index a = 0; a < 50; ++a)
      for (Index b = 0; b < 50; ++b) equal += data.tokens.col(4 * a + 3) == other.tokens.col(4 * b + 3);
    CHECK(equal == 0);
  }
  CHECK(generate(config, {7, Purpose::fresh, 2}).tokens != generate(config, {7, Purpose::fresh, 3}).tokens);
  config.samples = 20;
  CHECK(generate(config, {7, Purpose::data, 0}).tokens == data.tokens.leftCols(80));
  config.heldout = 0;
  CHECK(generate(config, {7, Purpose::heldout, 0}).samples() == 0);
}

TEST_CASE("class_mixture: every bad key is refused by name, NaN included") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  CHECK(refused_field([](DataConfig&) {}) == "accepted");
  CHECK(refused_field([](DataConfig& c) { c.law = unknown; }) == "data.law");
  CHECK(refused_field([](DataConfig& c) { c.classes = 1; }) == "data.classes");
  CHECK(refused_field([](DataConfig& c) { c.features = 5; }) == "data.features");
  CHECK(refused_field([](DataConfig& c) { c.tokens = 2; }) == "data.tokens");
  CHECK(refused_field([](DataConfig& c) { c.replicates = 0; }) == "data.replicates");
  CHECK(refused_field([](DataConfig& c) { c.samples = 0; }) == "data.samples");
  CHECK(refused_field([](DataConfig& c) { c.heldout = -1; }) == "data.heldout");
  CHECK(refused_field([](DataConfig& c) { c.basis = unknown; }) == "data.basis");
  CHECK(refused_field([](DataConfig& c) { c.sampling = unknown; }) == "data.sampling");
  for (const double bad : {nan, inf, -0.5})
    CHECK(refused_field([&](DataConfig& c) { c.noise_std = bad; }) == "data.noise_std");
  for (const double bad : {nan, 1.0, -0.5})
    CHECK(refused_field([&](DataConfig& c) { c.label_cosine = bad; }) == "data.label_cosine");
  for (const double bad : {nan, 1.0, -0.1})
    CHECK(refused_field([&](DataConfig& c) { c.class_tree_cosine = bad; }) == "data.class_tree_cosine");
  for (const double bad : {nan, inf, -1.0}) CHECK(refused_field([&](DataConfig& c) { c.zipf = bad; }) == "data.zipf");
  for (const Amplitude bad : {Amplitude{nan, nan}, Amplitude{1, nan}, Amplitude{0, inf}, Amplitude{2, 1}}) {
    CHECK(refused_field([&](DataConfig& c) { c.alpha = bad; }) == "data.alpha");
    CHECK(refused_field([&](DataConfig& c) { c.beta = bad; }) == "data.beta");
    CHECK(refused_field([&](DataConfig& c) { c.gamma = bad; }) == "data.gamma");
  }
}
