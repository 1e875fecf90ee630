#include <cmath>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/oracle_floor.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/trained_floor.h"
#include "theory/noise_floor.h"

namespace lemmata::scenarios {
namespace {

constexpr long oracle_draws = 400'000,
               trained_seeds = 20;  // about three in four twins are both class-pure: at least 10 of 20

// S of `noise_tokens` noise tokens of deviation `factor` s, so that a wrong count or a wrong s is one number away.
double variance(const sim::DataConfig& data, long noise_tokens, double factor = 1) {
  return static_cast<double>(noise_tokens) * std::pow(factor * data.noise_std, 2);
}

// The same measurement against wrong predictions.
template <class Judge>
std::vector<Control> wrong_floors(const sim::DataConfig& data, const Judge& judge) {
  return {judge("the floor of L - 2 noise tokens instead of L - 3", variance(data, data.tokens - 2)),
          judge("the floor with s doubled", variance(data, data.tokens - 3, 2))};
}

// ---- oracle-specialised expert, squared loss

std::vector<Quantity> floor_quantities(const ExactOutcome& exact, const HeldoutOutcome& heldout, double floor) {
  return {{"squared loss at a = alpha/(alpha^2+S), in expectation by noise with exact second moments", floor,
           exact.loss, 1e-13, "a mean of 1,728 numbers of order 1 in double precision"},
          {"mean squared loss over " + std::to_string(heldout.draws) + " held-out draws", floor, heldout.mean_loss,
           4 * heldout.standard_error, "4 standard errors: false alarm 6e-5"}};
}

Quantity stationary(const ExactOutcome& exact) {
  return {"largest |dL/dw| over all entries of w: the expected loss is convex in w, so 0 makes it the least", 0,
          exact.largest_slope, 1e-13, "a mean of 1,728 numbers of order 1 in double precision"};
}

void check_squared(CheckContext& context, Evidence& evidence) {
  const Scenario scenario = load_scenario("mot/noise_floor");
  const sim::DataConfig& data = scenario.config.data;
  const double S = variance(data, data.tokens - 3), amplitude = theory::best_amplitude(data.alpha.low, S),
               floor = theory::squared_loss_floor(data.alpha.low, S);
  const ExactOutcome best = oracle_exactly(context, "exactly", data, amplitude),
                     other = oracle_exactly(context, "exactly_at_1", data, 1);
  const HeldoutOutcome heldout = oracle_on_heldout(context, "heldout", data, amplitude, oracle_draws, 0);
  const theory::ClassMixture mixture = mixture_of(data, *moment_matched_samples(data));
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = {0};
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.quantities = floor_quantities(best, heldout, floor);
  evidence.quantities.push_back(stationary(best));
  evidence.quantities.push_back({"squared loss at a = 1 instead, in expectation",
                                 theory::second_moment_loss(mixture, 0, mixture.label_signal.col(0)), other.loss, 1e-13,
                                 "as the first"});
  evidence.interval = analysis::Interval{heldout.mean_loss - 4 * heldout.standard_error,
                                         heldout.mean_loss + 4 * heldout.standard_error};
  evidence.interval_of = "held-out squared loss of the oracle expert, 4 standard errors (99.99 %)";
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "S/(2(alpha^2+S)) = " + in_words(floor) + "; exact moments " + in_words(best.loss) +
                    ", held-out draws " + in_words(heldout.mean_loss);
  evidence.negative_controls = wrong_floors(data, [&](const std::string& what, double wrong) {
    const std::vector<Quantity> quantities =
        floor_quantities(best, heldout, theory::squared_loss_floor(data.alpha.low, wrong));
    return Control{what, verdict_within(quantities), quantities};
  });
  evidence.negative_controls.push_back({"amplitude 1 instead of alpha/(alpha^2+S): not the least",
                                        verdict_within({stationary(other)}),
                                        {stationary(other)}});
}

// ---- oracle-specialised expert, 0-1 error

void check_error(CheckContext& context, Evidence& evidence) {
  const Scenario scenario = load_scenario("mot/noise_floor");
  const sim::DataConfig& data = scenario.config.data;
  const double S = variance(data, data.tokens - 3);
  const HeldoutOutcome heldout =
      oracle_on_heldout(context, "heldout", data, theory::best_amplitude(data.alpha.low, S), oracle_draws, 1);
  const analysis::Interval interval = analysis::clopper_pearson(heldout.errors, heldout.draws, 0.999);
  const double share = static_cast<double>(heldout.errors) / static_cast<double>(heldout.draws);
  const auto judge = [&](const std::string& what, double noise_variance) {
    const double floor = theory::error_floor(data.alpha.low, noise_variance);
    const Quantity quantity{
        "0-1 error, " + std::to_string(heldout.errors) + " of " + std::to_string(heldout.draws) + " held-out draws",
        floor, share, floor > share ? interval.upper - share : share - interval.lower,
        "the end of the exact 99.9 % interval on the prediction's side: false alarm 1e-3"};
    return Control{what, verdict_within({quantity}), {quantity}};
  };
  const Control claim = judge("", S);
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = {1};
  evidence.quantities = claim.quantities;
  evidence.interval = interval;
  evidence.interval_of = "0-1 error of the oracle expert, 99.9 % Clopper-Pearson at a fixed number of draws";
  evidence.verdict = claim.verdict;
  evidence.reason =
      "Phi(-alpha/(s sqrt(L-3))) = " + in_words(claim.quantities[0].predicted) + ", measured " + in_words(share);
  evidence.negative_controls = wrong_floors(data, judge);
}

// ---- trained models

Quantity mean_quantity(const std::string& what, const analysis::Interval& interval, double predicted, double bias,
                       const std::string& reason) {
  return {what, predicted, (interval.lower + interval.upper) / 2, bias + (interval.upper - interval.lower) / 2,
          "half width of the 95 % t interval over seeds" + reason};
}

using Seeds = std::vector<std::size_t>;

// What floor_verdict looks at.
std::vector<Quantity> deciding_quantities(const Twins& twins, const Seeds& kept, const std::string& seeds) {
  std::vector<Quantity> list = {
      {seeds + " at which both twins end, of " + std::to_string(twins.with.size()), least_pure,
       static_cast<double>(kept.size()), 0, "the bar: ten or more", Criterion::at_least},
      {"seeds at which a twin diverged", 0, static_cast<double>(twins.with.size() - twins.all.size()), 0,
       "then there is no verdict"}};
  const auto floor = [&](const std::string& what, const analysis::Interval& interval, const std::string& paired) {
    list.push_back(mean_quantity(what + ", " + seeds + ": at least", interval, relevant, 0, paired));
    list.back().criterion = Criterion::at_least;
  };
  if (kept.size() < 2) return list;
  floor("held-out loss without attention minus with stages II and III", twins.gain(kept), ", paired");
  floor("least loss in sample without attention", twins.interval(twins.without, &TrainedFloor::optimum, kept), "");
  return list;
}

// Comparisons with the closed forms; they inform and do not decide, since trained models carry the noise of 64 samples
// a class.
std::vector<Quantity> reported_quantities(const Twins& twins, const Seeds& kept, const std::string& seeds,
                                          const sim::DataConfig& data) {
  if (kept.size() < 2) return {};
  const double S = variance(data, data.tokens - 3), floor = theory::squared_loss_floor(data.alpha.low, S),
               error = theory::error_floor(data.alpha.low, S);
  const long per_class = 4 * (data.classes - 1) * data.replicates;
  const double overfit =
      floor * static_cast<double>(data.features) / static_cast<double>(per_class - data.features - 1);
  const auto quantity = [&](const std::string& what, const std::vector<TrainedFloor>& runs,
                            double TrainedFloor::*number, double predicted, double bias, const std::string& reason) {
    return reported(mean_quantity(what + ", " + seeds, twins.interval(runs, number, kept), predicted, bias, reason));
  };
  return {
      quantity("held-out loss without attention against S/(2(alpha^2+S))", twins.without, &TrainedFloor::heldout_loss,
               floor, overfit, " + the excess d/(K_n-d-1) of least squares on new draws (Gaussian inputs)"),
      quantity("held-out loss with stages II and III against the same", twins.with, &TrainedFloor::heldout_loss, floor,
               0, "; Lemma 1 lets it lie below"),
      quantity("least loss in sample without attention against (1 - d/K_n) times it", twins.without,
               &TrainedFloor::optimum, theory::in_sample_floor(floor, data.features, per_class), 0, ""),
      quantity("training loss with stages II and III against the same", twins.with, &TrainedFloor::training_loss,
               theory::in_sample_floor(floor, data.features, per_class), 0, "; lower where attention overfits too"),
      quantity("held-out 0-1 error without attention against Phi(-alpha/(s sqrt(L-3)))", twins.without,
               &TrainedFloor::heldout_error, error, 0, "; a trained w is not exactly a v_n, so above"),
      quantity("held-out 0-1 error with stages II and III against the same", twins.with, &TrainedFloor::heldout_error,
               error, 0, "")};
}

Twins twins_of(CheckContext& context, const std::string& name, const std::vector<long>& seeds,
               std::vector<Override> changes) {
  changes.push_back(
      {"data.heldout", "20000"});  // ten times the scenario's: the error of a held-out mean stays below 1e-3
  return train_twins(context, name, seeds, load_scenario("mot/noise_floor", changes),
                     load_scenario("mot/noise_floor_attention_free", changes));
}

// With enough samples the trained models must also lie on both sides of the population's floor, not only of one
// another.
std::vector<Quantity> population_quantities(const Twins& twins, const sim::DataConfig& data) {
  if (twins.pure.size() < 2) return {};
  const double floor = theory::squared_loss_floor(data.alpha.low, variance(data, data.tokens - 3));
  Quantity with = mean_quantity("held-out loss with stages II and III, class-pure seeds: below the population's floor",
                                twins.interval(twins.with, &TrainedFloor::heldout_loss, twins.pure), floor, 0, "");
  Quantity without =
      mean_quantity("held-out loss without attention, class-pure seeds: above it",
                    twins.interval(twins.without, &TrainedFloor::heldout_loss, twins.pure), floor, 0, "");
  with.criterion = Criterion::at_most;
  without.criterion = Criterion::at_least;
  return {with, without};
}

Verdict verdict_about_population(const Twins& twins, const sim::DataConfig& data) {
  if (twins.some_diverged() || twins.pure.size() < 2) return Verdict::inconclusive;
  const double floor = theory::squared_loss_floor(data.alpha.low, variance(data, data.tokens - 3));
  const analysis::Interval with = twins.interval(twins.with, &TrainedFloor::heldout_loss, twins.pure),
                           without = twins.interval(twins.without, &TrainedFloor::heldout_loss, twins.pure);
  if (with.upper < floor && without.lower > floor) return Verdict::supported;
  return with.lower > floor || without.upper < floor ? Verdict::refuted : Verdict::inconclusive;
}

std::string gain_in_words(const Twins& twins, const Seeds& kept, const std::string& seeds) {
  const analysis::Interval gain = twins.gain(kept);
  return in_words((gain.lower + gain.upper) / 2) + " [" + in_words(gain.lower) + ", " + in_words(gain.upper) +
         "] over " + std::to_string(kept.size()) + " " + seeds;
}

void check_trained(CheckContext& context, Evidence& evidence, const std::vector<Override>& changes) {
  const Scenario scenario = load_scenario("mot/noise_floor", changes);
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = seed_list(context.seeds_or(trained_seeds));
  const Twins twins = twins_of(context, "", evidence.seeds, changes);
  const auto add = [&](const std::vector<Quantity>& more) {
    evidence.quantities.insert(evidence.quantities.end(), more.begin(), more.end());
  };
  add(deciding_quantities(twins, twins.pure, "class-pure seeds"));
  for (const Quantity& quantity : deciding_quantities(twins, twins.all, "all seeds")) add({reported(quantity)});
  add(reported_quantities(twins, twins.pure, "class-pure seeds", scenario.config.data));
  evidence.verdict = floor_verdict(twins, twins.pure);
  if (!changes.empty()) add(population_quantities(twins, scenario.config.data));
  if (!changes.empty() && evidence.verdict == Verdict::supported)
    evidence.verdict = verdict_about_population(twins, scenario.config.data);
  if (twins.pure.size() >= 2) {
    evidence.interval = twins.gain(twins.pure);
    evidence.interval_of = "held-out loss without attention minus with stages II and III over " +
                           std::to_string(twins.pure.size()) + " class-pure seeds, paired 95 % t interval";
    evidence.reason = "held-out loss falls with stages II and III by " +
                      gain_in_words(twins, twins.pure, "class-pure seeds") + ", by " +
                      gain_in_words(twins, twins.all, "seeds in all");
  }
  const Twins quiet =
      twins_of(context, "control_", evidence.seeds, {{"data.noise_norm", "0"}, {"data.replicates", "1"}});
  evidence.negative_controls = {{"no noise: no floor to lower, if the experts have specialised",
                                 floor_verdict(quiet, quiet.pure),
                                 deciding_quantities(quiet, quiet.pure, "class-pure seeds")}};
}

}  // namespace

ClaimEntry M8_claim() {
  return {"M8",
          "mot",
          "Error floor (Lemma 1): with noise tokens and no attention the loss stays above a positive floor; stages II "
          "and III lower it",
          R"(a = \frac{\alpha}{\alpha^2 + S}, \qquad \mathcal{L}_{\mathrm{floor}} &= \frac{S}{2(\alpha^2 + S)}, \qquad
  S = (L - 3)\,s^2 \\
\Pr[y F \le 0] &= \Phi\!\left(-\frac{\alpha}{s \sqrt{L - 3}}\right) \\
\text{trained:}\quad \mathcal{L}^{\mathrm{held\,out}}_{\mathrm{no\ attention}}
  - \mathcal{L}^{\mathrm{held\,out}}_{\mathrm{II,\,III}} &> 10^{-3}, \qquad
  \inf_w \mathcal{L}_{\mathrm{no\ attention}} > 10^{-3})",
          "arXiv 2510.27004, Lemma 1, restated in mot.md section 6",
          {"linear form, squared loss, mot/noise_floor: N = 3, L = 6, d = 12, s = 1/sqrt(d), so S = (L-3) s^2 = 1/4",
           "`oracle`: one expert per class, w = a v_n, uniform attention, routed by the true class; the paper's "
           "experts are specialised, not given",
           "given u = sum_l x_l only its component along v_n depends on y, so the 0-1 floor is that of every "
           "classifier of u; the squared-loss floor is that of linear experts",
           "`trained`: both twins take 3,800 steps on 192 samples (64 a class); the floor that counts is measured on "
           "20,000 held-out draws, where least squares on 64 samples lies above the closed form and in sample below it",
           "with 64 samples a class stages II and III overfit: their held-out loss falls below that of the twin, not "
           "below the closed form; `512 samples a class` asks that too, of class-pure seeds",
           "Lemma 1 speaks of specialised experts: the verdict is on class-pure seeds (purity >= 0.99 in both twins), "
           "ten at least; all seeds are shown beside them"},
          {{"oracle, squared loss", Verdict::supported, "quick", check_squared},
           {"oracle, 0-1 error", Verdict::supported, "quick", check_error},
           {"trained", Verdict::supported, "quick",
            [](CheckContext& context, Evidence& evidence) { check_trained(context, evidence, {}); }},
           {"trained, 512 samples a class", Verdict::supported, "long", [](CheckContext& context, Evidence& evidence) {
              check_trained(context, evidence, {{"data.replicates", "64"}});
            }}}};
}

}  // namespace lemmata::scenarios
