#include <cmath>
#include <limits>
#include <string>

#include "scenarios/claims/claim.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/mixture_outcome.h"
#include "scenarios/measure/quantities.h"

namespace lemmata::scenarios {
namespace {

constexpr long mixture_seeds = 10, single_seeds = 3;  // a control has as many: fewer could not support what holds
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr EarlyStop mixture_stop{0, 0.02, 0.314, false}, single_stop{501, 0.02, 0, true};
constexpr MixtureBars cubic_bars{{0.98, infinity}, {-infinity, 0.3}}, linear_bars{{0.88, 0.96}, {1.1, infinity}};
constexpr double near = 0.05;  // their own single networks of other widths lie up to 0.07 apart

constexpr const char *identity = "identity", *cubic = "cubic";

Scenario mixture(const char* activation, std::vector<Override> changes = {}) {
  changes.push_back({"model.expert.activation", activation});
  return load_scenario("mot/chen_setting1", changes);
}

// 501 steps of the experts alone: theta stays 0 and routing blind.
Scenario untrained_gate(const char* activation) {
  return mixture(activation, {{"stages", R"([{"name": "experts", "steps": 501, "train": {
      "ffn": {"optimizer": "normalized_gd", "learning_rate": 0.001}}}])"}});
}

// One network of 40 filters per output class; PyTorch's initial values, uniform on +-1/sqrt(50), unscaled.
Scenario single(const char* activation) {
  const bool is_cubic = std::string(activation) == cubic;
  return load_scenario("mot/chen_setting1", {{"model.kind", "dense"},
                                             {"model.expert.activation", activation},
                                             {"model.expert.neurons", "80"},
                                             {"model.init.ffn_std", "0.0816496580927726"},
                                             {"loss.kind", "logistic"},
                                             {"loss.l2", "0.0005"},
                                             {"stages", std::string(R"([{"name": "single", "steps": 801, "train": {
                            "ffn": {"optimizer": "adam", "learning_rate": )") +
                                                            (is_cubic ? "0.01" : "0.003") + "}}}]"}});
}

std::vector<MixtureOutcome> single_runs(CheckContext& context, const std::string& name, const char* activation,
                                        const std::vector<long>& seeds) {
  return measured(context, name, seeds, [&](long seed) {
    const Scenario scenario = with_seed(single(activation), static_cast<std::uint64_t>(seed));
    return mixture_outcome(with_biases(prepare_experiment(scenario)), single_stop);
  });
}

struct Published {
  double accuracy, entropy;
};

template <class Number>
double mean_of(const std::vector<MixtureOutcome>& outcomes, MixturePoint MixtureOutcome::*point,
               Number MixturePoint::*number) {
  double sum = 0;
  for (const MixtureOutcome& outcome : outcomes) sum += static_cast<double>(outcome.*point.*number);
  return sum / static_cast<double>(outcomes.size());
}

Quantity beside(const std::string& what, double published, const analysis::Interval& interval) {
  return reported({what, published, (interval.lower + interval.upper) / 2, (interval.upper - interval.lower) / 2,
                   "half the 95 % t interval of the mean over seeds"});
}

// Their means, and the moment at which their code would have ended the run.
std::vector<Quantity> beside_theirs(const std::vector<MixtureOutcome>& outcomes, const MixtureJudgement& found,
                                    const MixtureBars& bars, const Published& published) {
  if (found.quantities.empty()) return {};
  const MixtureJudgement stopped = judge_mixture(outcomes, &MixtureOutcome::stop, bars);
  return {beside("held-out accuracy beside theirs", published.accuracy, found.accuracy),
          beside("dispatch entropy beside theirs", published.entropy, found.entropy),
          beside("held-out accuracy at the early stop of their code", published.accuracy, stopped.accuracy),
          beside("dispatch entropy at the early stop of their code", published.entropy, stopped.entropy),
          reported({"step of that early stop, mean over seeds (501 = none)", 501,
                    mean_of(outcomes, &MixtureOutcome::stop, &MixturePoint::step), 0, "reported"}),
          reported({"training accuracy beside the held-out one, mean over seeds",
                    mean_of(outcomes, &MixtureOutcome::end, &MixturePoint::accuracy),
                    mean_of(outcomes, &MixtureOutcome::end, &MixturePoint::training_accuracy), 0, "reported"})};
}

Control control_of(CheckContext& context, const std::string& name, const std::string& what, const Scenario& scenario,
                   const MixtureBars& bars) {
  const std::vector<MixtureOutcome> outcomes =
      mixture_outcomes(context, name, scenario, seed_list(mixture_seeds), mixture_stop);
  const MixtureJudgement found = judge_mixture(outcomes, &MixtureOutcome::end, bars);
  return {what, found.verdict, found.quantities};
}

void check_mixture(CheckContext& context, Evidence& evidence, const char* activation, const MixtureBars& bars,
                   const Published& published) {
  const Scenario scenario = mixture(activation);
  const char* other = activation == cubic ? identity : cubic;
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = seed_list(context.seeds_or(mixture_seeds));
  const std::vector<MixtureOutcome> outcomes =
      mixture_outcomes(context, "mixture", scenario, evidence.seeds, mixture_stop);
  const MixtureJudgement found = judge_mixture(outcomes, &MixtureOutcome::end, bars);
  evidence.quantities = found.quantities;
  const std::vector<Quantity> theirs = beside_theirs(outcomes, found, bars, published);
  evidence.quantities.insert(evidence.quantities.end(), theirs.begin(), theirs.end());
  evidence.verdict = found.verdict;
  evidence.interval = found.accuracy;
  evidence.interval_of = "held-out accuracy under drawn routing, 95 % t interval of the mean over seeds";
  evidence.reason = "held-out accuracy " + in_words(mean_of(outcomes, &MixtureOutcome::end, &MixturePoint::accuracy)) +
                    " (theirs " + in_words(published.accuracy) + "), dispatch entropy " +
                    in_words(mean_of(outcomes, &MixtureOutcome::end, &MixturePoint::entropy)) + " (theirs " +
                    in_words(published.entropy) + ")";
  evidence.negative_controls = {
      control_of(context, "control_gate", "the gate is never trained", untrained_gate(activation), bars),
      control_of(context, "control_experts", std::string("the experts' activation is ") + other, mixture(other), bars)};
}

// Near theirs: accuracies alone, a single network has no routing.
MixtureJudgement judge_single(const std::vector<MixtureOutcome>& outcomes, double published) {
  return judge_mixture(outcomes, &MixtureOutcome::end, {{published - near, published + near}, {-infinity, infinity}});
}

void add_single(const std::string& name, const MixtureJudgement& found, const std::vector<MixtureOutcome>& runs,
                Evidence& evidence) {
  for (Quantity quantity : found.quantities) {
    quantity.what = name + ": " + quantity.what;
    evidence.quantities.push_back(quantity);
  }
  evidence.quantities.push_back(reported({name + ": updates made, mean over seeds (801 = no early stop)", 801,
                                          mean_of(runs, &MixtureOutcome::end, &MixturePoint::step), 0, "reported"}));
}

void check_single(CheckContext& context, Evidence& evidence) {
  constexpr double theirs_cubic = 0.795687, theirs_linear = 0.683063;
  evidence.settings_hash = single(cubic).config_hash;
  evidence.seeds = seed_list(context.seeds_or(single_seeds));
  const std::vector<MixtureOutcome> cubic_runs = single_runs(context, "cubic", cubic, evidence.seeds),
                                    linear_runs = single_runs(context, "linear", identity, evidence.seeds),
                                    bare_runs = mixture_outcomes(context, "control_without_biases", single(cubic),
                                                                 seed_list(single_seeds), single_stop);
  const MixtureJudgement found = judge_single(cubic_runs, theirs_cubic),
                         linear = judge_single(linear_runs, theirs_linear);
  add_single("cubic", found, cubic_runs, evidence);
  add_single("linear", linear, linear_runs, evidence);
  const bool both = found.verdict == Verdict::supported && linear.verdict == Verdict::supported;
  const bool one_not = found.verdict == Verdict::refuted || linear.verdict == Verdict::refuted;
  evidence.verdict = both ? Verdict::supported : one_not ? Verdict::refuted : Verdict::inconclusive;
  evidence.interval = found.accuracy;
  evidence.interval_of = "held-out accuracy of the single cubic network, 95 % t interval of the mean over seeds";
  evidence.reason = "held-out accuracy of one cubic network " +
                    in_words(mean_of(cubic_runs, &MixtureOutcome::end, &MixturePoint::accuracy)) +
                    " (theirs 0.7957), " + "of one linear network " +
                    in_words(mean_of(linear_runs, &MixtureOutcome::end, &MixturePoint::accuracy)) + " (theirs 0.6831)";
  const MixtureJudgement bare = judge_single(bare_runs, theirs_cubic);
  evidence.negative_controls = {{"the cubic network without biases, whose filters cannot turn down at large amplitudes",
                                 bare.verdict, bare.quantities}};
}

}  // namespace

ClaimEntry M11_claim() {
  return {
      "M11",
      "mot",
      "Positive control: in setting 1 of Chen et al. the mixture of cubic experts sorts the classes and is above 98 %, "
      "that of linear experts is not, and single networks lie far below",
      R"(H &= \sum_m \frac{n_m}{n}\, H(\text{class} \mid \text{expert } m) \\
\text{cubic:}\quad & \mathrm{acc} > 0.98,\ H < 0.3; \qquad
  \text{linear:}\quad 0.88 < \mathrm{acc} < 0.96,\ H > 1.1 \\
\text{single:}\quad & |\mathrm{acc} - \mathrm{acc}_{\mathrm{published}}| < 0.05)",
      "Chen, Deng, Wu, Gu, Li 2022 (arXiv 2208.02813), synthetic setting 1, and their released code; mot.md section 6",
      {"mot/chen_setting1: 4 classes, 8 experts of 8 filters per output class, 16,000 samples and as many held out, "
       "inputs x 10, 501 full-batch steps; accuracy is taken as their code takes it, with one expert drawn per sample",
       "as in their code the factor of the output is the winner's score with its noise, h + r, and the cross entropy "
       "is "
       "applied to softmax outputs",
       "filters of the mixtures have no biases (theirs have, and add their gradient's norm to the one that normalises "
       "a "
       "step); those of the single networks have, as the weight on a feature that is 1 in every token, without which "
       "the cubic one is at 0.55; the two outputs of an expert are one, f = o_+ - o_-, on which alone their loss "
       "depends",
       "signals, samples and noise are drawn anew for each seed, theirs are one data set; double instead of single "
       "precision",
       "their loop also ends a run whose loss rises 0.02 above its least or reaches 0.314 without being the least: "
       "reported beside, not judged; entropies are of the closing draw, theirs of the last one before it",
       "bars: cubic accuracy above 0.98 and dispatch entropy below 0.3; linear accuracy in 0.88-0.96 and entropy above "
       "1.1; single networks (Adam, weight decay 5e-4, their early stop from step 501 on) within 0.05 of theirs"},
      {{"cubic experts", Verdict::supported, "long",
        [](CheckContext& context, Evidence& evidence) {
          check_mixture(context, evidence, cubic, cubic_bars, {0.9946, 0.098});
        }},
       {"linear experts", Verdict::supported, "long",
        [](CheckContext& context, Evidence& evidence) {
          check_mixture(context, evidence, identity, linear_bars, {0.9300, 1.300});
        }},
       {"single networks", Verdict::supported, "long", check_single}}};
}

}  // namespace lemmata::scenarios
