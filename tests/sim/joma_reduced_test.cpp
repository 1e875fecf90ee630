#include "sim/joma/reduced.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "sim/error.h"
#include "tests/close.h"
#include "tests/oracle/naive_reduced.h"

namespace lemmata::sim {
namespace {

ReducedConfig with_values(std::vector<double> mu) {
  ReducedConfig config;
  config.mu = {std::move(mu)};
  return config;
}

// One step of `optimizer` of that length.
Blocks after_step(const ReducedSystem& system, const BlockTraining& training) {
  BlockState state{system.initial(), {}};
  std::map<std::string, BlockTraining> train;
  for (const auto& [name, block] : state.parameters) train[name] = training;
  BlockStage stage(state, train, system.gradient());
  stage.evaluate();
  stage.update();
  return state.parameters;
}

double loss_at(const ReducedSystem& system, const Blocks& at) {
  Blocks none;
  return system.gradient()(at, none);
}

// A point away from every symmetry.
Blocks uneven_point(const ReducedSystem& system) {
  Blocks at = system.initial();
  Matrix& v = at.at("v");
  Matrix& z = at.at("z");
  for (Index i = 0; i < v.size(); ++i) v(i) = 0.7 * std::sin(1.3 + 2.1 * static_cast<double>(i));
  for (Index i = 0; i < z.size(); ++i) z(i) = 0.4 + 0.3 * std::cos(0.4 + 1.7 * static_cast<double>(i));
  return at;
}

template <class Scalar>
oracle::ReducedPoint<Scalar> oracle_point(const Blocks& at) {
  const Matrix &v = at.at("v"), &z = at.at("z");
  oracle::ReducedPoint<Scalar> point;
  for (Index l = 0; l < v.rows(); ++l) {
    for (Index k = 0; k < v.cols(); ++k) point.v.push_back(v(l, k));
    point.z.push_back(z(l));
  }
  return point;
}

ReducedConfig small_config(const std::string& law, const std::string& attention) {
  ReducedConfig config = with_values({1.2, -0.7, 2, 0.4});
  config.law = law;
  config.attention = attention;
  config.nodes = 3;
  config.temperature = 0.8;
  config.normalisation = 1.7;
  config.samples = 6;
  return config;
}

}  // namespace

TEST_CASE("reduced: one gd step of 1/2 from 0 with mu = (2, 4) and even softmax attention: (1/2, 1)") {
  ReducedConfig config = with_values({2, 4});
  const Matrix v = after_step(ReducedSystem(config), {"gd", 0.5}).at("v");
  CHECK(v(0) == 0.5);
  CHECK(v(1) == 1);
  config.attention = "exp";
  CHECK(after_step(ReducedSystem(config), {"gd", 0.5}).at("v")(1) == 2);
  config.attention = "linear";
  config.invariant = 9;
  CHECK(after_step(ReducedSystem(config), {"gd", 0.5}).at("v")(1) == 6);
}

TEST_CASE("reduced: relaxation of two nodes is (mu - v) a by hand, in every attention, and du/dt is its chain rule") {
  for (const char* attention : {"exp", "linear", "softmax"}) {
    ReducedConfig config = with_values({3, -1.5});
    config.attention = attention;
    config.nodes = 2;
    config.temperature = 1.5;
    config.invariant = 0.3;
    config.v0 = 0.02;
    ReducedSystem plain(config, 5);
    config.state = "log_gap";
    config.v0 = 0;
    ReducedSystem logged(config, 5);
    Blocks at = {{"u", Matrix(2, 2)}};
    at.at("u") << -0.3, -0.9, -2, 0.1;
    const Matrix v = (plain.mu().array() * (1 - at.at("u").array().exp())).matrix();
    Blocks d_v = {{"v", Matrix(2, 2)}}, d_u = {{"u", Matrix(2, 2)}};
    const double loss = plain.gradient()({{"v", v}}, d_v);
    logged.gradient()(at, d_u);
    CHECK((logged.v(at) - v).cwiseAbs().maxCoeff() < 1e-15);
    CHECK(close(loss, (plain.mu() - v).squaredNorm() / 2, 0, 1e-15));
    double a[2], sum = 0;
    for (Index l = 0; l < 2; ++l) {
      const double s = v(l, 0) * v(l, 0) + v(l, 1) * v(l, 1);
      a[l] = config.attention == "linear" ? std::sqrt(s + 0.3) : std::exp(s / 1.5);
      sum += a[l];
    }
    for (Index l = 0; l < 2; ++l) {
      if (config.attention == "softmax") a[l] /= sum;
      for (Index k = 0; k < 2; ++k) {
        const double dv = (plain.mu()(l, k) - v(l, k)) * a[l];
        CHECK(close(d_v.at("v")(l, k), -dv, 0, 1e-14));
        CHECK(close(d_u.at("u")(l, k), dv / (plain.mu()(l, k) - v(l, k)), 0, 1e-14));  // minus du/dt
      }
    }
  }
}

TEST_CASE("reduced: v and ln(1 - v/mu) as the state run into one another, and only the latter sees a gap of e^-147") {
  ReducedConfig config = with_values({2, -1});
  config.attention = "exp";
  BlockTraining flow{"gradient_flow", 1, 0.9, 1e-12};
  const Matrix v = after_step(ReducedSystem(config), flow).at("v");
  config.state = "log_gap";
  const ReducedSystem logged(config);
  CHECK((logged.v(after_step(logged, flow)) - v).cwiseAbs().maxCoeff() < 1e-10);  // 100 times the tolerance
  flow.learning_rate = 20;
  // theory/node_growth.h: ln(1/delta) = e^{mu^2/2} (20 - c(mu)), c(2) = .858504535, c(1) = .534247386
  const Matrix u = after_step(logged, flow).at("u");
  CHECK(close(u(0), -std::exp(2.0) * (20 - 0.858504535162119323), 0, 1e-9));
  CHECK(close(u(1), -std::exp(0.5) * (20 - 0.534247385793421004), 0, 1e-9));
}

TEST_CASE("reduced: losses and gradients are those of the naive sums, by complex step and by central difference") {
  for (const char* law : {"stationary", "fixed_upstream", "regression"}) {
    for (const char* attention : {"exp", "linear", "softmax"}) {
      if (std::string(law) == "stationary" && std::string(attention) == "softmax") continue;
      CAPTURE(law);
      CAPTURE(attention);
      const ReducedSystem system(small_config(law, attention), 3);
      const Blocks at = uneven_point(system);
      Blocks gradient = at;
      const double loss = system.gradient()(at, gradient);
      double size = 0;
      const double naive = oracle::naive_loss(system, oracle_point<double>(at), &size);
      // A sum over samples and nodes of sums over components, each of a few operations, among them an exponential.
      const double operations = static_cast<double>(
          std::max<Index>(system.tokens().cols(), 1) * system.mu().cols() + 2 * system.mu().rows() + 10);
      CHECK(std::abs(loss - naive) <= operations * std::numeric_limits<double>::epsilon() * size);
      CHECK(operations * std::numeric_limits<double>::epsilon() * size < 1e-12);  // which would see a wrong term
      for (const char* block : {"v", "z"}) {
        const Matrix& found = gradient.at(block);
        CHECK(found.norm() > 0.05);
        for (Index l = 0; l < found.rows(); ++l) {
          for (Index k = 0; k < found.cols(); ++k) {
            auto point = oracle_point<std::complex<double>>(at);
            auto& list = std::string(block) == "v" ? point.v : point.z;
            list[static_cast<std::size_t>(l * found.cols() + k)] += std::complex<double>(0, 1e-30);
            const double exact = oracle::naive_loss(system, point).imag() / 1e-30;
            CHECK(close(found(l, k), exact, 1e-15, 1e-13));
            Blocks above = at, below = at;
            above.at(block)(l, k) += 1e-5, below.at(block)(l, k) -= 1e-5;
            const double central = (loss_at(system, above) - loss_at(system, below)) / 2e-5;
            CHECK(close(found(l, k), central, 1e-9, 0));  // h^2/6 third derivative, rounding 1e-16/h
          }
        }
      }
    }
  }
}

TEST_CASE("reduced: the means by mt19937(0) are 1 + 3 u sorted, u = .4963, .7682, ..., the written ones are kept") {
  const Vector drawn = means_of({{}, 0, 1, 4, 10});
  std::vector<double> u = {0.4962565899, 0.7682217956, 0.0884774327, 0.1320304871, 0.3074228168,
                           0.6340786815, 0.4900934100, 0.8964447379, 0.4556279778, 0.6323062778};
  std::sort(u.begin(), u.end());  // numpy: RandomState(0), (randint 32 bit & 0xFFFFFF) 2^-24
  REQUIRE(drawn.size() == 10);
  for (Index i = 0; i < 10; ++i) CHECK(close(drawn[i], 1 + 3 * u[static_cast<std::size_t>(i)], 1e-7, 0));
  CHECK(means_of({{3, 1}}) == Vector(Eigen::Vector2d(3, 1)));
}

TEST_CASE("reduced: rows of several nodes have the lengths that mu says, start and draws are the seed's own") {
  ReducedConfig config = with_values({3, 0.5});
  config.nodes = 4;
  config.scale = 2;
  config.v0 = 0.01;
  config.start = "normal";
  const ReducedSystem system(config, 1), same(config, 1), other(config, 2);
  CHECK(close(system.mu().row(0).norm(), 6, 0, 1e-15));
  CHECK(close(system.mu().row(1).norm(), 1, 0, 1e-15));
  CHECK(system.mu() == same.mu());
  CHECK(system.mu() != other.mu());
  CHECK(system.initial().at("v") == same.initial().at("v"));
  CHECK(system.initial().at("v").cwiseAbs().maxCoeff() < 0.05);
  CHECK(system.initial().at("v").norm() > 0.01);
  config.law = "regression";
  config.samples = 7;
  const ReducedSystem sampled(config, 1);
  CHECK((sampled.tokens().colwise().sum().array() - 1).abs().maxCoeff() < 1e-14);
  CHECK(sampled.tokens().minCoeff() > 0);
  CHECK((sampled.upstream() - sampled.mu().transpose() * sampled.tokens()).norm() < 1e-14);
  CHECK(sampled.initial().contains("z"));
}

TEST_CASE("reduced: z starts at z0, but at 1 + z0 where attention is linear") {
  ReducedConfig config = with_values({3, 0.5});
  config.law = "stationary";
  config.z0 = 0.25;
  config.attention = "exp";
  CHECK(ReducedSystem(config).initial().at("z") == Matrix::Constant(2, 1, 0.25));
  config.attention = "linear";
  CHECK(ReducedSystem(config).initial().at("z") == Matrix::Constant(2, 1, 1.25));
}

TEST_CASE("reduced: softmax does not see what is added to every z, however much it is") {
  for (const char* law : {"fixed_upstream", "regression"}) {
    const ReducedSystem system(small_config(law, "softmax"), 3);
    const Blocks at = uneven_point(system);
    for (const double shift : {1000.0, -1000.0}) {
      Blocks moved = at, gradient = at, other = at;
      moved.at("z").array() += shift;
      const double loss = system.gradient()(at, gradient);
      CHECK(close(system.gradient()(moved, other), loss, 1e-12, 0));  // 1000 + z rounds to 1e-13
      for (const char* block : {"v", "z"}) CHECK((other.at(block) - gradient.at(block)).norm() < 1e-12);
    }
  }
}

TEST_CASE("reduced: attention is the softmax of log_attention, in every law") {
  ReducedConfig config = with_values({3, 0.5});
  config.attention = "linear";
  config.invariant = 0.25;
  const ReducedSystem linear(config);
  const Vector logs = linear.log_attention({{"v", Matrix(Eigen::Vector2d(0, 2))}});
  CHECK(close(logs[1] - logs[0], std::log(std::sqrt(4.25) / 0.5), 0, 1e-14));
  config.attention = "softmax";
  config.temperature = 4;
  CHECK(ReducedSystem(config).log_attention({{"v", Matrix(Eigen::Vector2d(0, 2))}})[1] == 1);
  config.law = "fixed_upstream";
  config.z0 = 8;
  const ReducedSystem softmax(config);
  CHECK(softmax.log_attention(softmax.initial()) == Vector::Constant(2, 2));
}

TEST_CASE("reduced: what is not allowed is refused by name") {
  const auto refused = [](const ReducedConfig& config) {
    try {
      ReducedSystem system(config);
    } catch (const ConfigError& error) {
      return error.field();
    }
    return std::string();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto changed = [&](auto&& change) {
    ReducedConfig config = with_values({1, 2});
    change(config);
    return refused(config);
  };
  CHECK(refused(with_values({1, 2})).empty());
  CHECK(refused(with_values({})) == "model.mu");
  CHECK(refused(with_values({1, nan})) == "model.mu.1");
  CHECK(changed([](auto& c) { c.law = "other"; }) == "model.law");
  CHECK(changed([](auto& c) { c.attention = "cosine"; }) == "model.attention");
  CHECK(changed([](auto& c) { c.law = "stationary"; }) == "model.attention");  // softmax by default
  CHECK(changed([](auto& c) { c.start = "uniform"; }) == "model.start");
  CHECK(changed([](auto& c) { c.state = "w"; }) == "model.state");
  CHECK(changed([](auto& c) { c.law = "regression", c.state = "log_gap"; }) == "model.state");
  CHECK(changed([](auto& c) { c.state = "log_gap", c.v0 = 1; }) == "model.state");
  CHECK(changed([](auto& c) { c.state = "log_gap", c.scale = 0; }) == "model.mu");
  CHECK(changed([](auto& c) { c.nodes = 0; }) == "model.nodes");
  CHECK(changed([&](auto& c) { c.temperature = nan; }) == "model.temperature");
  CHECK(changed([&](auto& c) { c.normalisation = 0; }) == "model.normalisation");
  CHECK(changed([&](auto& c) { c.invariant = -1; }) == "model.invariant");
  CHECK(changed([&](auto& c) { c.v0 = nan; }) == "model.v0");
  CHECK(changed([&](auto& c) { c.z0 = nan; }) == "model.z0");
  CHECK(changed([&](auto& c) { c.scale = nan; }) == "model.scale");
  CHECK(changed([&](auto& c) { c.samples = 0; }) == "model.samples");
  CHECK(changed([&](auto& c) { c.mu = {{}, 0, 1, 0.5, 3}; }) == "model.mu.high");
  CHECK(changed([&](auto& c) { c.mu = {{}, 0, nan, 1, 3}; }) == "model.mu.low");
  CHECK(changed([&](auto& c) { c.mu = {{}, 0, 1, 2, 0}; }) == "model.mu.count");
}

}  // namespace lemmata::sim
