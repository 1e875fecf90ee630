#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <array>
#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/run/recorder.h"
#include "tests/close.h"
#include "tests/scenarios/plain_model.h"

// What a run records, against plain loops written from contract.md: own attention, own outputs, own losses, differences
// for gradients. Shared with the simulator: the data, the final parameters, and q (the gate's own tests check that).
// What a closing record of one neuron cannot show is in metrics_more_test.cpp.
namespace lemmata::scenarios {
namespace {

using Scalars = std::vector<double>;

double logistic(double z) { return std::log1p(std::exp(-z)); }

// One run of the linear form under logistic loss, seen from its closing record.
struct Seen {
  explicit Seen(const std::vector<Override>& more) : scenario(load(more)), experiment(prepare_experiment(scenario)) {
    result = run_in_memory(experiment, {1, 50, {"routing", "conflict", "curvature", "attention"}});
    const sim::Problem problem = problem_of(experiment);
    problem.route(result.final.parameters,
                  {scenario.config.seed, static_cast<std::uint64_t>(result.final.step),
                   scenario.config.model.gate.noise, nullptr},
                  routing);
  }

  static Scenario load(const std::vector<Override>& more) {
    std::vector<Override> overrides = {
        {"data.sampling", "random"},
        {"data.samples", "40"},
        {"data.tokens", "5"},
        {"data.features", "6"},
        {"data.noise_std", "0.4"},
        {"data.zipf", "0.5"},
        {"data.heldout", "30"},
        {"model.experts", "4"},
        {"model.init.ffn_std", "0.5"},
        {"model.init.attention_std", "0.3"},
        {"loss.kind", "logistic"},
        {"loss.l2", "0.02"},
        {"stages",
         R"([{"name": "x", "steps": 6,
             "train": {"ffn": {"optimizer": "gd", "learning_rate": 0.5},
                       "attention": {"optimizer": "gd", "learning_rate": 0.2},
                       "gate": {"optimizer": "gd", "learning_rate": 1.0}}}])"}};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return load_scenario("mot/three_stage", overrides);
  }

  const Scalars& last(const std::string& name) const { return result.trajectory.rows.back().at(name); }
  double q(Index i, Index k) const { return data().weight(k) * routing.weight(i, k); }
  const sim::Dataset& data() const { return *experiment.data; }
  const sim::Parameters& parameters() const { return result.final.parameters; }
  int class_of(Index k) const { return data().class_index[static_cast<std::size_t>(k)]; }

  Scenario scenario;
  sim::Experiment experiment;
  RunResult result;
  sim::Routing routing;
};

double output(const sim::Dataset& data, const sim::Parameters& p, Index expert, Index k) {
  return p.ffn.col(expert).dot(attended(data, p, expert, k));
}

// c of F = c f.
double scale(const Seen& seen, const sim::Parameters& p, Index i, Index k) {
  return seen.scenario.config.model.gate.combine == "one" ? 1 : pi(seen.data(), p, i, k);
}

// Part of the training loss that one class (or all: n < 0) has at one expert (or all: i < 0).
double loss_at(const Seen& seen, const sim::Parameters& p, int n, Index expert) {
  double loss = 0;
  for (Index k = 0; k < seen.data().samples(); ++k) {
    for (Index i = 0; i < p.gate.cols(); ++i) {
      if ((n >= 0 && seen.class_of(k) != n) || (expert >= 0 && i != expert)) continue;
      loss += seen.q(i, k) * logistic(seen.data().label(k) * scale(seen, p, i, k) * output(seen.data(), p, i, k));
    }
  }
  return loss;
}

// What the gate descends: l(y pi_i f_i), f_i constant.
double gate_surrogate(const Seen& seen, const sim::Parameters& p, int n) {
  double loss = 0;
  for (Index k = 0; k < seen.data().samples(); ++k) {
    for (Index i = 0; i < p.gate.cols() && seen.class_of(k) == n; ++i) {
      loss += seen.q(i, k) *
              logistic(seen.data().label(k) * pi(seen.data(), p, i, k) * output(seen.data(), seen.parameters(), i, k));
    }
  }
  return loss;
}

// Central difference over the slice of expert i of a block, class by class: (parameter, class).
Matrix class_gradients(const Seen& seen, Matrix sim::Parameters::*block, Index i, bool is_gate) {
  const Index width = (seen.parameters().*block).cols() / 4, rows = (seen.parameters().*block).rows();
  Matrix gradients(rows * width, seen.data().classes);
  for (int n = 0; n < seen.data().classes; ++n) {
    for (Index e = 0; e < rows * width; ++e) {
      double side[2];
      for (int s = 0; s < 2; ++s) {
        sim::Parameters moved = seen.parameters();
        (moved.*block)(e % rows, i * width + e / rows) += s == 0 ? 1e-5 : -1e-5;
        side[s] = is_gate ? gate_surrogate(seen, moved, n) : loss_at(seen, moved, n, i);
      }
      gradients(e, n) = (side[0] - side[1]) / 2e-5;
    }
  }
  return gradients;
}

constexpr double rounding = 1e-12;   // relative: sums of a few hundred terms
constexpr double difference = 1e-7;  // relative and absolute: central differences at 1e-5 of numbers of order 1e-2 to 1

void check_losses(const Seen& seen) {
  const sim::Parameters& p = seen.parameters();
  const double loss = loss_at(seen, p, -1, -1);
  CHECK(close(seen.last("loss")[0], loss, 0, rounding));
  CHECK(close(seen.last("objective")[0], loss + 0.01 * (p.ffn.squaredNorm() + p.attention.squaredNorm()), 0, rounding));
  double prediction = 0, wrong = 0;
  std::array<double, 3> share{};
  for (Index k = 0; k < seen.data().samples(); ++k) {
    for (Index i = 0; i < 4; ++i)
      prediction += seen.q(i, k) * logistic(seen.data().label(k) * output(seen.data(), p, i, k));
    wrong += seen.data().label(k) * output(seen.data(), p, winner(seen.data(), p, k), k) <= 0 ? 1.0 / 40 : 0;
    share[static_cast<std::size_t>(seen.class_of(k))] += seen.data().weight(k);
  }
  CHECK(close(seen.last("prediction_loss")[0], prediction, 0, rounding));
  CHECK(close(seen.last("error")[0], wrong, rounding, 0));
  for (int n = 0; n < 3; ++n)
    CHECK(close(seen.last("class_loss")[static_cast<std::size_t>(n)],
                loss_at(seen, p, n, -1) / share[static_cast<std::size_t>(n)], 0, rounding));
  const sim::Dataset& heldout = *seen.experiment.heldout;
  double heldout_loss = 0, heldout_wrong = 0;
  for (Index k = 0; k < heldout.samples(); ++k) {
    const double z = heldout.label(k) * output(heldout, p, winner(heldout, p, k), k);
    heldout_loss += logistic(z) / 30;
    heldout_wrong += z <= 0 ? 1.0 / 30 : 0;
  }
  CHECK(close(seen.last("heldout_loss")[0], heldout_loss, 0, rounding));
  CHECK(close(seen.last("heldout_error")[0], heldout_wrong, rounding, 0));
}

void check_routing(const Seen& seen) {
  const sim::Parameters& p = seen.parameters();
  Matrix mass = Matrix::Zero(3, 4), clean = mass, table(4, 3);
  for (Index k = 0; k < seen.data().samples(); ++k) {
    for (Index i = 0; i < 4; ++i) mass(seen.class_of(k), i) += seen.q(i, k);
    clean(seen.class_of(k), winner(seen.data(), p, k)) += seen.data().weight(k);
  }
  for (Index i = 0; i < 4; ++i)
    for (Index n = 0; n < 3; ++n) table(i, n) = p.ffn.col(i).dot(seen.data().label_signal.row(n));
  double dispatch = 0;
  for (Index n = 0; n < 3; ++n) {
    double noisy_in = 0, clean_in = 0;
    for (Index i = 0; i < 4; ++i) {
      const auto at = static_cast<std::size_t>(n * 4 + i);
      CHECK(close(seen.last("routing")[at], mass(n, i) / mass.row(n).sum(), rounding, 0));
      CHECK(close(seen.last("routing_argmax")[at], clean(n, i) / mass.row(n).sum(), rounding, 0));
      CHECK(close(seen.last("specialization")[static_cast<std::size_t>(i * 3 + n)], table(i, n), rounding, 0));
      dispatch -= mass(n, i) > 0 ? mass(n, i) * std::log(mass(n, i) / mass.col(i).sum()) : 0;
      if (table.row(i).maxCoeff() != table(i, n)) continue;
      noisy_in += mass(n, i) / mass.row(n).sum();
      clean_in += clean(n, i) / mass.row(n).sum();
    }
    CHECK(close(seen.last("purity")[static_cast<std::size_t>(n)], clean_in, rounding, 0));
    CHECK(close(seen.last("purity_noisy")[static_cast<std::size_t>(n)], noisy_in, rounding, 0));
  }
  CHECK(close(seen.last("dispatch_entropy")[0], dispatch, rounding, rounding));
  for (Index i = 0; i < 4; ++i)
    CHECK(close(seen.last("load")[static_cast<std::size_t>(i)], mass.col(i).sum(), rounding, 0));
}

void check_conflict(const Seen& seen, const std::string& block, Matrix sim::Parameters::*member) {
  for (Index i = 0; i < 4; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Matrix g = class_gradients(seen, member, i, block == "gate");
    double least = 2, negative = 0;
    for (Index a = 0; a < 3; ++a) {
      for (Index b = 0; b < a; ++b) {
        const double cosine = g.col(a).dot(g.col(b)) / (g.col(a).norm() * g.col(b).norm());
        least = std::fmin(least, cosine);
        negative += cosine < 0 ? 1.0 / 3 : 0;
      }
    }
    REQUIRE(g.colwise().norm().minCoeff() > 1e-4);  // else the differences would carry no digits
    CHECK(close(seen.last("conflict_" + block + "_min_cosine")[at], least, 100 * difference, 0));
    CHECK(close(seen.last("conflict_" + block + "_negative_share")[at], negative, rounding, 0));
    CHECK(close(seen.last("conflict_" + block + "_cancellation")[at], g.rowwise().sum().squaredNorm() / g.squaredNorm(),
                100 * difference, 0));
    CHECK(close(seen.last("gradient_norm_" + block)[at], g.rowwise().sum().norm(), difference, difference));
  }
}

// H = sum_k q l''(y c f) c^2 u u^T; L* by 60 Newton steps from 0, strongly convex by l2.
void check_curvature(const Seen& seen, Index i) {
  const Index d = seen.data().features(), K = seen.data().samples();
  const auto at = static_cast<std::size_t>(i);
  const auto derivatives = [&](const Vector& w, double& loss, Vector& gradient, Matrix& hessian) {
    loss = 0, gradient = Vector::Zero(d), hessian = Matrix::Zero(d, d);
    for (Index k = 0; k < K; ++k) {
      const Vector u = scale(seen, seen.parameters(), i, k) * attended(seen.data(), seen.parameters(), i, k);
      const double y = seen.data().label(k), z = y * w.dot(u), s = 1 / (1 + std::exp(z));
      loss += seen.q(i, k) * logistic(z);
      gradient -= seen.q(i, k) * s * y * u;
      hessian += seen.q(i, k) * s * (1 - s) * u * u.transpose();
    }
  };
  double loss = 0, least = 0;
  Vector gradient, w = Vector::Zero(d), at_least;
  Matrix hessian, there;
  for (int step = 0; step < 60; ++step) {
    derivatives(w, least, at_least, there);
    w -= 0.7 * (there + 0.02 * Matrix::Identity(d, d)).ldlt().solve(at_least + 0.02 * w);
  }
  derivatives(w, least, at_least, there);
  const Vector own = seen.parameters().ffn.col(i);
  derivatives(own, loss, gradient, hessian);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(hessian);
  const double largest = solver.eigenvalues()(d - 1),
               excess = loss + 0.01 * own.squaredNorm() - least - 0.01 * w.squaredNorm();
  CHECK(close(seen.last("hessian_max")[at], largest, 0, 1e-11));  // an eigenvalue: rounding of the largest
  CHECK(close(seen.last("hessian_min_full")[at], solver.eigenvalues()(0), 1e-14 * largest * 100, 0));
  CHECK(close(seen.last("expert_loss")[at], loss, 0, rounding));
  CHECK(close(seen.last("lstar")[at], least + 0.01 * w.squaredNorm(), 1e-14, 1e-12));
  CHECK(seen.last("lstar_attained")[at] == 1);
  REQUIRE(excess > 1e-6);
  CHECK(close(seen.last("expert_excess")[at], excess, 1e-13, 0));  // a difference of numbers below 1
  CHECK(close(seen.last("pl_ratio")[at], (gradient + 0.02 * own).squaredNorm() / (2 * excess), 0, 1e-6));
}

void check_attention(const Seen& seen) {
  const Index L = seen.data().tokens_per_sample;
  for (Index i = 0; i < 4; ++i) {
    std::array<double, 4> mass{};
    double entropy = 0, load = 0;
    for (Index k = 0; k < seen.data().samples(); ++k) {
      const Matrix A = attention_of(seen.data(), seen.parameters(), i, k);
      load += seen.q(i, k);
      for (Index j = 0; j < L; ++j) {
        mass[static_cast<std::size_t>(seen.data().token_kind[static_cast<std::size_t>(k * L + j)])] +=
            seen.q(i, k) * A.row(j).mean();
        for (Index l = 0; l < L; ++l) entropy -= seen.q(i, k) * A(j, l) * std::log(A(j, l)) / static_cast<double>(L);
      }
    }
    for (std::size_t kind = 0; kind < 4; ++kind)
      CHECK(close(seen.last("attention_mass")[static_cast<std::size_t>(i) * 4 + kind], mass[kind] / load, rounding, 0));
    CHECK(close(seen.last("attention_entropy")[static_cast<std::size_t>(i)], entropy / load, rounding, rounding));
  }
}

void check_all(const std::vector<Override>& more) {
  const Seen seen(more);
  REQUIRE(seen.result.training.stop_reason == "completed");
  check_losses(seen);
  check_routing(seen);
  check_attention(seen);
  check_conflict(seen, "ffn", &sim::Parameters::ffn);
  check_conflict(seen, "attention", &sim::Parameters::attention);
  check_conflict(seen, "gate", &sim::Parameters::gate);
  for (Index i = 0; i < 4; ++i) check_curvature(seen, i);
}

}  // namespace

TEST_CASE("every recorded variable of a run is what contract.md says, by plain loops: combine one") { check_all({}); }

TEST_CASE("every recorded variable of a run is what contract.md says, by plain loops: combine probability") {
  check_all({{"model.gate.combine", "probability"}, {"model.gate.noise", "3"}});
}

}  // namespace lemmata::scenarios
