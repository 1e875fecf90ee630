#include "scenarios/measure/mixture_outcome.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "scenarios/experiment/experiment.h"
#include "tests/close.h"

// Claim M11: what is measured of a small run, and verdicts on made-up findings just beside the bars.
using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr EarlyStop never{0, 1e300, 0, true};

constexpr const char* ungated_steps =
    R"([{"name": "s", "steps": 12, "train": {"ffn": {"optimizer": "adam", "learning_rate": 0.01}}}])";

/// The setting with 80 samples, 60 held out and few steps.
Scenario small(std::vector<Override> changes = {}, const std::string& steps = "12") {
  std::vector<Override> list = {{"data.samples", "80"},
                                {"data.heldout", "60"},
                                {"model.init.ffn_std", "0.05"},
                                {"stages", R"([{"name": "joint", "steps": )" + steps + R"(, "train": {
                                    "ffn": {"optimizer": "normalized_gd", "learning_rate": 0.05},
                                    "gate": {"optimizer": "gd", "learning_rate": 0.1}}}])"}};
  list.insert(list.end(), changes.begin(), changes.end());
  return load_scenario("mot/chen_setting1", list);
}

/// A run's end and its draws, by plain loops.
struct Naive {
  double accuracy = 0, entropy = 0;
};

/// F = (h + r) sum_n a_n sum_j phi(<w_n, x_j>) of the expert with the largest h + r, for every sample.
Naive naive_end(const sim::Dataset& data, const sim::Parameters& p, const Matrix& r, bool cubic) {
  Naive found;
  Matrix count = Matrix::Zero(data.classes, p.gate.cols());
  for (Index k = 0; k < data.samples(); ++k) {
    const Matrix x = data.tokens.middleCols(4 * k, 4);
    const Vector score = p.gate.transpose() * x.rowwise().sum() + r.col(k);
    Index m = 0;
    score.maxCoeff(&m);
    double f = 0;
    for (Index n = 0; n < 16; ++n) {
      for (Index j = 0; j < 4; ++j) {
        const double v = p.ffn.col(16 * m + n).dot(x.col(j));
        f += (n % 2 == 0 ? 1 : -1) * (cubic ? v * v * v : v);
      }
    }
    found.accuracy += data.label(k) * score(m) * f > 0 ? 1.0 / static_cast<double>(data.samples()) : 0;
    count(data.class_index[static_cast<std::size_t>(k)], m) += 1;
  }
  for (Index m = 0; m < count.cols(); ++m) {
    for (Index n = 0; n < count.rows(); ++n) {
      if (count(n, m) > 0) found.entropy -= count(n, m) / count.sum() * std::log(count(n, m) / count.col(m).sum());
    }
  }
  return found;
}

MixtureOutcome outcome(double accuracy, double entropy, bool completed = true) {
  MixtureOutcome made;
  made.completed = completed;
  made.end.accuracy = accuracy, made.end.entropy = entropy;
  return made;
}

Verdict verdict_of(const std::vector<MixtureOutcome>& outcomes, const MixtureBars& bars) {
  return judge_mixture(outcomes, &MixtureOutcome::end, bars).verdict;
}

}  // namespace

TEST_CASE(
    "M11: the setting is the released code's: unit signals and a noise token of norm 1 x 10, weights U(+-1/sqrt 50) x "
    "0.001") {
  const sim::Config config = load_scenario("mot/chen_setting1").config;
  CHECK((config.data.classes == 4 && config.data.features == 50 && config.data.tokens == 4));
  CHECK((config.data.samples == 16000 && config.data.heldout == 16000 && config.data.basis == "random"));
  CHECK((config.data.alpha.low == 5 && config.data.alpha.high == 20));
  CHECK((config.data.beta.low == 10 && config.data.beta.high == 20));
  CHECK((config.data.gamma.low == 5 && config.data.gamma.high == 30));
  CHECK(close(config.data.noise_std, 10 / std::sqrt(50.0), 0, 1e-15));
  CHECK(config.model.init.ffn_law == "uniform");
  CHECK(close(config.model.init.ffn_std * std::sqrt(3.0), 0.001 / std::sqrt(50.0), 0, 1e-14));
  CHECK((config.model.experts == 8 && config.model.expert.neurons == 16 && config.model.gate.combine == "logit"));
  CHECK((config.stages.size() == 1 && config.stages[0].steps == 501));
}

TEST_CASE("M11: accuracies and the dispatch entropy of a small run are those of plain loops over its own draws") {
  for (const char* activation : {"cubic", "identity"}) {
    CAPTURE(activation);
    const Scenario scenario = small({{"model.expert.activation", activation}});
    const MixtureOutcome found = mixture_outcome(scenario, 3, never);
    CHECK(found.completed);
    CHECK(found.end.step == 12);
    CHECK(found.stop.step == 12);  // no early stop: the end
    CHECK(found.stop.accuracy == found.end.accuracy);
    const FinalState end = train_seed(scenario, 3);
    const sim::Gate& gate = *sim::gate_named("sampled").gate;
    const bool cubic = std::string(activation) == "cubic";
    const Naive own = naive_end(*end.experiment.data, end.state.parameters, gate.draws(8, 80, {3, 12, 1}), cubic);
    // held-out draws: stream 2^32 + step
    const Naive heldout = naive_end(*end.experiment.heldout, end.state.parameters,
                                    gate.draws(8, 60, {3, (std::uint64_t{1} << 32) + 12, 1}), cubic);
    CHECK(close(found.end.training_accuracy, own.accuracy, 1e-13, 0));
    CHECK(close(found.end.entropy, own.entropy, 1e-13, 0));
    CHECK(close(found.end.accuracy, heldout.accuracy, 1e-13, 0));
    CHECK(own.entropy > 0.1);
  }
}

TEST_CASE("M11: the early stop: noted while the run goes on, or ending it, from its step on, by rise or by level") {
  const Scenario scenario = small({}, "30");
  const MixtureOutcome whole = mixture_outcome(scenario, 0, never);
  CHECK(whole.end.step == 30);
  // the loss of a drawn routing jitters, so with no rise asked for a loss that is not the least comes soon
  const MixtureOutcome noted = mixture_outcome(scenario, 0, {0, 0, 0, false});
  const MixtureOutcome ended = mixture_outcome(scenario, 0, {0, 0, 0, true});
  CHECK(noted.end.step == 30);
  CHECK(noted.end.accuracy == whole.end.accuracy);
  CHECK(noted.stop.step < 30);
  CHECK(ended.end.step == noted.stop.step);
  CHECK(ended.stop.step == noted.stop.step);
  CHECK(ended.end.loss == noted.stop.loss);
  CHECK(ended.completed);
  CHECK(mixture_outcome(scenario, 0, {20, 0, 0, true}).end.step >= 20);
  CHECK(mixture_outcome(scenario, 0, {0, 1e300, 1e300, true}).end.step == noted.stop.step);  // any rise is at the level
}

TEST_CASE("M11: one network without a gate is measured too: its accuracy needs no routing") {
  const MixtureOutcome found =
      mixture_outcome(small({{"model.kind", "dense"},
                             {"loss.kind", "logistic"},
                             {"stages", R"([{"name": "s", "steps": 20, "train": {"ffn": {"optimizer": "adam",
                                            "learning_rate": 0.01}}}])"}}),
                      1, never);
  CHECK(found.completed);
  CHECK(found.end.training_accuracy > 0.6);
  CHECK(close(found.end.entropy, std::log(4.0), 0.1, 0));  // all classes at one expert, of 80 samples
  CHECK_THROWS_AS(mixture_outcome(small({{"data.heldout", "0"}}), 1, never), std::invalid_argument);
}

TEST_CASE("M11: biases: a feature that is 1 in every token, with initial values of the same law, not for a gate") {
  const sim::Experiment bare = prepare_experiment(small({{"model.kind", "dense"}, {"stages", ungated_steps}})),
                        biased = with_biases(bare);
  REQUIRE(biased.data->features() == 51);
  for (const auto& [with, without] : {std::pair{biased.data, bare.data}, std::pair{biased.heldout, bare.heldout}}) {
    CHECK(with->tokens.topRows(50) == without->tokens);
    CHECK((with->tokens.row(50).array() == 1).all());
    CHECK((with->label_signal.col(50).array() == 0).all());
    CHECK(with->label == without->label);
  }
  CHECK(biased.initial.ffn.rows() == 51);
  CHECK(biased.initial.ffn.cwiseAbs().maxCoeff() <= 0.05 * std::sqrt(3.0));
  CHECK(biased.initial.ffn.row(50).norm() > 0.01);
  CHECK(mixture_outcome(biased, never).end.step == 12);
  CHECK_THROWS_AS(with_biases(prepare_experiment(small())), std::invalid_argument);
}

TEST_CASE("M11: a verdict needs the whole t interval inside both bars, wholly outside one refutes, else undecided") {
  const MixtureBars bars{{0.98, infinity}, {-infinity, 0.3}};
  // two seeds m -+ d: half width 12.7062 d (t of one degree of freedom), by hand
  const auto two = [](double accuracy, double d, double entropy) {
    return std::vector<MixtureOutcome>{outcome(accuracy - d, entropy), outcome(accuracy + d, entropy)};
  };
  CHECK(verdict_of(two(0.99, 0.0005, 0.1), bars) == Verdict::supported);     // 0.99 - 0.00635
  CHECK(verdict_of(two(0.99, 0.0008, 0.1), bars) == Verdict::inconclusive);  // 0.99 - 0.01016
  CHECK(verdict_of(two(0.97, 0.0005, 0.1), bars) == Verdict::refuted);       // 0.97 + 0.00635
  CHECK(verdict_of(two(0.99, 0.0005, 0.31), bars) == Verdict::refuted);      // entropy alone
  CHECK(verdict_of({outcome(0.99, 0.2), outcome(0.99, 0.35)}, bars) == Verdict::inconclusive);
  const MixtureBars band{{0.88, 0.96}, {1.1, infinity}};
  CHECK(verdict_of(two(0.93, 0.002, 1.3), band) == Verdict::supported);
  CHECK(verdict_of(two(0.99, 0.002, 1.3), band) == Verdict::refuted);  // too good
  CHECK(verdict_of(two(0.93, 0.002, 1.0), band) == Verdict::refuted);
  CHECK(verdict_of(two(0.96, 0.002, 1.3), band) == Verdict::inconclusive);
}

TEST_CASE("M11: no verdict from one seed, nor when a seed diverged") {
  const MixtureBars bars{{0.98, infinity}, {-infinity, 0.3}};
  CHECK(verdict_of({outcome(0.99, 0.1)}, bars) == Verdict::inconclusive);
  CHECK(verdict_of({outcome(0.99, 0.1), outcome(0.99, 0.1), outcome(0.99, 0.1, false)}, bars) == Verdict::inconclusive);
  const MixtureJudgement found = judge_mixture({outcome(0.99, 0.1), outcome(0.992, 0.1)}, &MixtureOutcome::end, bars);
  REQUIRE(found.quantities.size() == 2);
  CHECK(found.quantities[0].criterion == Criterion::at_least);
  CHECK(close(found.quantities[0].tolerance, 12.7062 * 0.001, 0, 1e-5));
  CHECK(close(found.quantities[0].measured, 0.991, 0, 1e-14));
  CHECK(found.quantities[1].criterion == Criterion::at_most);
}
