#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/run/recorder.h"
#include "tests/close.h"
#include "tests/scenarios/plain_model.h"

// What metrics_test.cpp cannot see at the closing record of one run of one neuron: every record of a run whose routing
// moves, two neurons with trained output weights, inputs that do not span the space, a nonlinear form, outputs of zero.
// Shared with the simulator: the data, the parameters, and q at every step.
namespace lemmata::scenarios {
namespace {

constexpr Index experts = 4, classes = 3, neurons = 2;
constexpr double l2 = 0.02;
constexpr double rounding = 1e-12;  // sums of a few hundred terms of order 1

// A run recorded at every step, with the parameters and q (data weight included) that were in force.
struct Watched {
  explicit Watched(const std::vector<Override>& more = {}) : experiment(prepare_experiment(load(more))) {
    const auto keep = [&](const sim::Snapshot& snapshot) {
      parameters.push_back(snapshot.state.parameters);
      q.push_back(snapshot.routing.weight * experiment.data->weight.asDiagonal());
      return true;
    };
    run = run_in_memory(experiment, {1, 50, {"routing", "conflict", "curvature", "attention"}}, nullptr, keep);
    REQUIRE(run.training.stop_reason == "completed");
    REQUIRE(run.trajectory.rows.size() == parameters.size());
  }

  static Scenario load(const std::vector<Override>& more) {
    std::vector<Override> overrides = {
        {"data.zipf", "0.5"},
        {"data.heldout", "30"},
        {"model.experts", "4"},
        {"model.expert.neurons", "2"},
        {"model.init.ffn_std", "0.3"},
        {"model.init.attention_std", "0.1"},
        {"loss.l2", "0.02"},
        {"stages", R"([{"name": "x", "steps": 4, "train": {"ffn": {"optimizer": "gd", "learning_rate": 0.1},
                       "attention": {"optimizer": "gd", "learning_rate": 0.1},
                       "gate": {"optimizer": "gd", "learning_rate": 0.1},
                       "output": {"optimizer": "gd", "learning_rate": 0.1}}}])"}};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return load_scenario("mot/three_stage", overrides);
  }

  const sim::Dataset& data() const { return *experiment.data; }
  Index samples() const { return data().samples(); }
  int class_of(Index k) const { return data().class_index[static_cast<std::size_t>(k)]; }
  std::size_t records() const { return parameters.size(); }
  double recorded(std::size_t t, const std::string& name, Index at = 0) const {
    return run.trajectory.rows[t].at(name).at(static_cast<std::size_t>(at));
  }

  sim::Experiment experiment;
  RunResult run;
  std::vector<sim::Parameters> parameters;
  std::vector<Matrix> q;  // (expert, sample)
};

double population_variation(const Vector& load) {
  double mean = 0, variance = 0;
  for (const double share : load) mean += share / static_cast<double>(load.size());
  for (const double share : load) variance += (share - mean) * (share - mean) / static_cast<double>(load.size());
  return std::sqrt(variance) / mean;
}

void check_routing(const Watched& seen, std::size_t t) {
  Matrix mass = Matrix::Zero(classes, experts), clean = mass;
  for (Index k = 0; k < seen.samples(); ++k) {
    for (Index i = 0; i < experts; ++i) mass(seen.class_of(k), i) += seen.q[t](i, k);
    clean(seen.class_of(k), winner(seen.data(), seen.parameters[t], k)) += seen.data().weight(k);
  }
  double entropy = 0;
  for (Index n = 0; n < classes; ++n) {
    for (Index i = 0; i < experts; ++i) {
      entropy -= mass(n, i) > 0 ? mass(n, i) * std::log(mass(n, i) / mass.row(n).sum()) : 0;
    }
  }
  CHECK(close(seen.recorded(t, "routing_entropy"), entropy, rounding, 0));
  const double variation = population_variation(mass.colwise().sum().transpose());
  CHECK(close(seen.recorded(t, "load_variation"), variation, rounding, 0));
  for (Index i = 0; i < experts; ++i) {
    int count = 0;
    for (Index n = 0; n < classes; ++n) count += clean(n, i) > 0 ? 1 : 0;
    CHECK(seen.recorded(t, "classes_per_expert", i) == count);
  }
}

double changed(const Watched& seen, std::size_t before, std::size_t after) {
  double count = 0;
  for (Index k = 0; k < seen.samples(); ++k) {
    const Index from = winner(seen.data(), seen.parameters[before], k);
    count += from != winner(seen.data(), seen.parameters[after], k) ? 1 : 0;
  }
  return count / static_cast<double>(seen.samples());
}

// <sum_j a_j w_j, v_n> of every expert, who wins, and by how much.
void check_specialization(const Watched& seen, std::size_t t) {
  const sim::Parameters& p = seen.parameters[t];
  for (Index i = 0; i < experts; ++i) {
    std::vector<double> row(classes, 0.0);
    for (Index n = 0; n < classes; ++n) {
      for (Index j = 0; j < neurons; ++j) {
        row[static_cast<std::size_t>(n)] +=
            p.output(j, i) * p.ffn.col(i * neurons + j).dot(seen.data().label_signal.row(n));
      }
      CHECK(close(seen.recorded(t, "specialization", i * classes + n), row[static_cast<std::size_t>(n)], rounding, 0));
    }
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    for (Index n = 0; n < classes; ++n) CHECK(seen.recorded(t, "winner_set", n * experts + i) == (n == best ? 1 : 0));
    std::sort(row.begin(), row.end());
    CHECK(close(seen.recorded(t, "specialization_margin", i), row[2] - row[1], rounding, 0));
  }
}

void check_attention_by_query(const Watched& seen, std::size_t t, Index i) {
  Matrix mass = Matrix::Zero(4, 4);  // one token of every kind in a sample: (key kind, query kind)
  for (Index k = 0; k < seen.samples(); ++k)
    mass += seen.q[t](i, k) * attention_of(seen.data(), seen.parameters[t], i, k);
  for (Index key = 0; key < 4; ++key) {
    for (Index query = 0; query < 4; ++query) {
      const double expected = mass(key, query) / seen.q[t].row(i).sum();
      CHECK(close(seen.recorded(t, "attention_mass_by_query", (i * 4 + key) * 4 + query), expected, rounding, 0));
    }
  }
}

// Expert i under squared loss and frozen attention: sum_k q_k (1 - y_k <w, D_k>)^2 / 2, D_k = a (x) u_k, w its neurons.
struct Quadratic {
  Quadratic(const Watched& seen, std::size_t t, Index i) : a(seen.parameters[t].output.col(i)) {
    const sim::Parameters& p = seen.parameters[t];
    const Index d = seen.data().features();
    w = p.ffn.middleCols(i * neurons, neurons).reshaped();
    hessian = Matrix::Zero(d * neurons, d * neurons);
    by_class = Matrix::Zero(d * neurons, classes);
    output_by_class = Matrix::Zero(neurons, classes);
    for (Index k = 0; k < seen.samples(); ++k) {
      const Vector u = attended(seen.data(), p, i, k);
      Vector design(d * neurons), hidden(neurons);
      for (Index j = 0; j < neurons; ++j) {
        design.segment(j * d, d) = a(j) * u;
        hidden(j) = p.ffn.col(i * neurons + j).dot(u);
      }
      const double q = seen.q[t](i, k), y = seen.data().label(k), z = y * w.dot(design);
      loss += q * (1 - z) * (1 - z) / 2;
      hessian += q * design * design.transpose();
      by_class.col(seen.class_of(k)) -= q * (1 - z) * y * design;
      output_by_class.col(seen.class_of(k)) -= q * (1 - z) * y * hidden;
    }
  }
  Vector gradient() const { return by_class.rowwise().sum() + l2 * w; }
  // (w - w*)^T (H + l2) (w - w*) / 2, w* where the gradient vanishes.
  double excess() const {
    const Matrix full = hessian + l2 * Matrix::Identity(w.size(), w.size());
    return gradient().dot(full.ldlt().solve(gradient())) / 2;
  }

  Vector a, w;
  double loss = 0;
  Matrix hessian, by_class, output_by_class;  // gradients without L2, (parameter, class)
};

// Without noise the inputs are class and label signals, the first six axes of ten: the span is a (x) those.
void check_curvature(const Watched& seen, std::size_t t, Index i) {
  const Quadratic own(seen, t, i);
  const Index d = seen.data().features(), rank = 2 * classes;
  Matrix basis = Matrix::Zero(d * neurons, rank);
  for (Index r = 0; r < rank; ++r) {
    for (Index j = 0; j < neurons; ++j) basis(j * d + r, r) = own.a(j) / own.a.norm();
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(basis.transpose() * own.hessian * basis);
  const double least = solver.eigenvalues()(0), largest = solver.eigenvalues()(rank - 1);
  REQUIRE(least > 1e-4 * largest);  // all six directions are there, and not all alike
  REQUIRE(least < 0.9 * largest);
  const double of_largest = 1e-13 * largest;  // rounding of an eigenvalue is that of the largest
  CHECK(close(seen.recorded(t, "hessian_min", i), least, of_largest, 0));
  CHECK(close(seen.recorded(t, "hessian_max", i), largest, of_largest, 0));
  CHECK(close(seen.recorded(t, "hessian_min_full", i), 0, of_largest, 0));
  CHECK(close(seen.recorded(t, "hessian_condition", i), least / largest, 1e-13, 0));
  CHECK(close(seen.recorded(t, "expert_loss", i), own.loss, 0, rounding));
  CHECK(close(seen.recorded(t, "curvature_over_loss", i), least / own.loss, of_largest / own.loss, rounding));
  CHECK(close(seen.recorded(t, "expert_excess", i), own.excess(), 0, 1e-10));  // condition number 1e3
  // Rounding has no formula: what a backward-stable solver leaves of ||H x - lambda x|| is not 0 but below 1e-13 ||H||.
  CHECK((seen.recorded(t, "hessian_residual", i) > 0 && seen.recorded(t, "hessian_residual", i) < 1e-13));
}

void check_smoothness(const Watched& seen, std::size_t t, Index i) {
  if (t == 0) {
    CHECK(std::isnan(seen.recorded(t, "local_smoothness", i)));
    return;
  }
  const Quadratic now(seen, t, i), before(seen, t - 1, i);
  const double ratio = (now.gradient() - before.gradient()).norm() / (now.w - before.w).norm();
  CHECK(close(seen.recorded(t, "local_smoothness", i), ratio, 0, 1e-10));  // differences lose two digits
}

void check_conflict(const Watched& seen, std::size_t t, Index i, const std::string& block, const Matrix& g) {
  double sum = 0, least = 2, negative = 0;
  for (Index a = 0; a < classes; ++a) {
    for (Index b = 0; b < a; ++b) {
      const double cosine = g.col(a).dot(g.col(b)) / (g.col(a).norm() * g.col(b).norm());
      sum += cosine;
      least = std::fmin(least, cosine);
      negative += cosine < 0 ? 1.0 / 3 : 0;
    }
  }
  REQUIRE(g.colwise().norm().minCoeff() > 1e-3);  // no class is left out
  const std::string name = "conflict_" + block;
  CHECK(close(seen.recorded(t, name + "_mean_cosine", i), sum / 3, rounding, 0));
  CHECK(close(seen.recorded(t, name + "_min_cosine", i), least, rounding, 0));
  CHECK(close(seen.recorded(t, name + "_negative_share", i), negative, rounding, 0));
  const double cancellation = g.rowwise().sum().squaredNorm() / g.squaredNorm();
  CHECK(close(seen.recorded(t, name + "_cancellation", i), cancellation, rounding, 0));
  CHECK(close(seen.recorded(t, "gradient_norm_" + block, i), g.rowwise().sum().norm(), rounding, rounding));
}

bool records(const Watched& seen, const std::string& name) { return seen.run.trajectory.rows[0].contains(name); }

}  // namespace

TEST_CASE("every record of a run of two neurons is what contract.md says, by plain loops: routing and attention") {
  const Watched seen;
  REQUIRE(seen.records() == 5);
  CHECK(std::isnan(seen.recorded(0, "fluctuation")));
  bool tells_last_from_first = false;
  for (std::size_t t = 0; t < seen.records(); ++t) {
    check_routing(seen, t);
    check_specialization(seen, t);
    for (Index i = 0; i < experts; ++i) check_attention_by_query(seen, t, i);
    if (t == 0) continue;
    CHECK(close(seen.recorded(t, "fluctuation"), changed(seen, t - 1, t), rounding, 0));
    tells_last_from_first = tells_last_from_first || changed(seen, t - 1, t) != changed(seen, 0, t);
  }
  CHECK(tells_last_from_first);
}

TEST_CASE("every record of a run of two neurons is what contract.md says, by plain loops: curvature and conflict") {
  const Watched seen;
  for (std::size_t t = 0; t < seen.records(); ++t) {
    double excess = 0;
    for (Index i = 0; i < experts; ++i) {
      const Quadratic own(seen, t, i);
      check_curvature(seen, t, i);
      check_smoothness(seen, t, i);
      check_conflict(seen, t, i, "ffn", own.by_class);
      check_conflict(seen, t, i, "output", own.output_by_class);
      excess += own.excess();
    }
    CHECK(close(seen.recorded(t, "excess"), excess, 0, 1e-10));
  }
}

TEST_CASE("conflict of the output weights is recorded only where a stage trains them") {
  const Watched trained;
  CHECK(records(trained, "conflict_output_min_cosine"));
  const Override only_ffn = {
      "stages", R"([{"name": "x", "steps": 1, "train": {"ffn": {"optimizer": "gd", "learning_rate": 0.1}}}])"};
  const Watched fixed(std::vector<Override>{only_ffn});
  CHECK((records(fixed, "conflict_ffn_min_cosine") && !records(fixed, "conflict_output_min_cosine")));
}

TEST_CASE("expert_loss of a nonlinear form weighs every sample: sum_k q_k l(y f), f = sum_jl A_jl a relu(<w, x_j>)") {
  const Watched seen({{"model.expert.form", "token"}, {"model.expert.activation", "relu"}});
  REQUIRE(seen.data().weight.minCoeff() < 0.7 * seen.data().weight.maxCoeff());
  for (std::size_t t = 0; t < seen.records(); ++t) {
    const sim::Parameters& p = seen.parameters[t];
    for (Index i = 0; i < experts; ++i) {
      double loss = 0;
      for (Index k = 0; k < seen.samples(); ++k) {
        const Matrix A = attention_of(seen.data(), p, i, k);
        double f = 0;
        for (Index e = 0; e < A.rows() * neurons; ++e) {
          const Index token = e / neurons, j = e % neurons;
          const double z = p.ffn.col(i * neurons + j).dot(seen.data().tokens.col(k * A.rows() + token));
          f += A.row(token).sum() * p.output(j, i) * std::fmax(0, z);
        }
        loss += seen.q[t](i, k) * (1 - seen.data().label(k) * f) * (1 - seen.data().label(k) * f) / 2;
      }
      CHECK(close(seen.recorded(t, "expert_loss", i), loss, 0, rounding));
    }
  }
}

TEST_CASE("a sample with f = 0 is an error: zero parameters get everything wrong") {
  const Watched seen({{"model.init.ffn_std", "0"}, {"model.init.attention_std", "0"}});
  CHECK(close(seen.recorded(0, "error"), 1, rounding, 0));
  CHECK(close(seen.recorded(0, "heldout_error"), 1, rounding, 0));
  CHECK(close(seen.recorded(0, "loss"), 0.5, rounding, 0));  // (1 - 0)^2 / 2: the outputs are zero indeed
}

}  // namespace lemmata::scenarios
