#include "scenarios/measure/loss_law.h"

#include <cmath>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/specialisation.h"
#include "scenarios/measure/stored.h"
#include "scenarios/run/record_schedule.h"

namespace lemmata::scenarios {
namespace {

constexpr long control_seeds = 4;
constexpr double least_decades = 3;  // fewer are no evidence for a law

// A loss followed from step 0 on: log-spaced as a curve, at every step for T(eps).
struct FollowedLoss {
  std::vector<double> time, loss;
  analysis::StepsToEps steps_to_eps;

  void observe(long step, double value, bool is_last) {
    steps_to_eps.observe(step, value);
    if (!is_last && !is_recorded(step, step, 0, 60)) return;
    time.push_back(static_cast<double>(step));
    loss.push_back(value);
  }
};

// The prediction loss of the last stage, its time counted from the stage's start.
struct LastStageLoss final : sim::Observer {
  explicit LastStageLoss(int stage) : last_stage(stage) {}
  bool observe(const sim::Snapshot& snapshot) override {
    if (snapshot.closing) routing = snapshot.routing;
    if (snapshot.state.stage != last_stage) return true;
    if (followed.time.empty()) first = snapshot.state.step;
    followed.observe(snapshot.state.step - first, snapshot.evaluation.prediction_loss, snapshot.closing);
    return true;
  }
  int last_stage;
  long first = 0;
  FollowedLoss followed;
  sim::Routing routing;
};

SeedLaw curve_of(const FollowedLoss& followed) {
  SeedLaw found;
  found.steps_to_eps = followed.steps_to_eps;
  found.time = followed.time;
  found.loss = followed.loss;
  return found;
}

// What follows from the measurement.
void fit(SeedLaw& found, long seed) {
  found.seed = seed;
  found.law = analysis::fit_law(found.time, found.loss);
  found.steps_law = analysis::fit_steps_law(found.steps_to_eps.values(), found.steps_to_eps.steps());
  if (found.loss.empty()) return;
  found.first_loss = found.loss.front();
  found.last_loss = found.loss.back();
}

SeedLaw follow(const Scenario& scenario, long seed) {
  const sim::Experiment experiment = prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed)));
  sim::TrainingState state = sim::initial_state(experiment);
  LastStageLoss observer(static_cast<int>(experiment.config.stages.size()) - 1);
  const bool completed = sim::train(experiment, state, observer).stop_reason == "completed";
  SeedLaw found = curve_of(observer.followed);
  const sim::Problem problem = problem_of(experiment);
  found.class_pure = completed && (!problem.architecture().gated ||
                                   is_class_pure(specialisation(problem, state.parameters, observer.routing)));
  return found;
}

std::vector<SeedLaw> laws_of(CheckContext& context, const std::string& name, const Scenario& scenario,
                             const std::vector<long>& seeds) {
  std::vector<SeedLaw> laws = measured(context, name, seeds, [&](long seed) { return follow(scenario, seed); });
  context.team.run(static_cast<long>(laws.size()),
                   [&](long i, int) { fit(laws[static_cast<std::size_t>(i)], seeds[static_cast<std::size_t>(i)]); });
  return laws;
}

// What one seed shows; it is the number of such seeds that decides.
std::vector<Quantity> quantities_of(const std::vector<SeedLaw>& seeds, const LawClaim& claim) {
  std::vector<Quantity> list;
  const auto add = [&](const Quantity& quantity) { list.push_back(reported(quantity)); };
  const std::string half = "half width of the fit's 95 % interval";
  for (const SeedLaw& seed : seeds) {
    const std::string who = "seed " + std::to_string(seed.seed) +
                            (seed.class_pure ? "" : " (not class-pure, not scored)") + ": ",
                      name = who + analysis::law_name(seed.law.law);
    const double width = (seed.law.interval.upper - seed.law.interval.lower) / 2,
                 steps_width = (seed.steps_law.interval.upper - seed.steps_law.interval.lower) / 2;
    const double exponent = claim.law == analysis::Law::power ? 1.0 : 0.0;
    if (seed.law.law == analysis::Law::power)
      add({name + ", exponent", exponent, seed.law.exponent, width, half});
    else
      add({name + ", rate per step", 0, seed.law.rate, width, half + "; 0 = no rate seen"});
    add({name + ", decades of the loss in the law's window", least_decades, seed.law.decades, 0,
         "one where the law was seen settling, which takes 2.8 in all", Criterion::at_least});
    const std::string steps = who + "T(eps) " + analysis::steps_law_name(seed.steps_law.kind);
    if (seed.steps_law.kind == analysis::StepsLaw::Kind::power)
      add({steps + ", p of T + t0 = a eps^-p", exponent, seed.steps_law.exponent, steps_width, half});
    else
      add({steps + ", b of T = a + b ln(1/eps)", seed.law.rate > 0 ? 1 / seed.law.rate : 0, seed.steps_law.slope,
           steps_width, half + "; predicted: one over the curve's rate; 0 = none seen"});
    add({steps + ", decades of eps that T(eps) was followed over", least_decades, seed.steps_law.decades, 0,
         "fewer than 3 are no evidence", Criterion::at_least});
  }
  return list;
}

// Whether a decided law contradicts the claim, or follows it with its whole interval.
bool contradicts(const analysis::LawFit& fit, const LawClaim& claim) {
  if (fit.law == analysis::Law::inconclusive) return false;
  return fit.law != claim.law || (claim.law == analysis::Law::power && (fit.interval.upper < claim.exponent_low ||
                                                                        fit.interval.lower > claim.exponent_high));
}
bool follows(const analysis::LawFit& fit, const LawClaim& claim) {
  if (fit.law != claim.law) return false;
  return claim.law == analysis::Law::power
             ? fit.interval.lower >= claim.exponent_low && fit.interval.upper <= claim.exponent_high
             : fit.interval.lower > 0;
}

std::vector<Quantity> all_quantities(const std::vector<SeedLaw>& seeds, const LawClaim& claim) {
  std::vector<Quantity> list = judged_seeds(seeds, claim, "the prediction loss");
  for (const auto& more : {judged_seeds(by_steps(seeds), claim, "its T(eps)"), quantities_of(seeds, claim)})
    list.insert(list.end(), more.begin(), more.end());
  return list;
}

}  // namespace

SeedLaw loss_law(const Scenario& scenario, long seed) {
  SeedLaw found = follow(scenario, seed);
  fit(found, seed);
  return found;
}

void fields_of(SeedLaw& seed, Fields& fields) {
  fields.flag("pure", seed.class_pure, "1 = scored: not diverged, and class-pure at the end or without a gate");
  fields.series("time", "point", seed.time, "steps since the last stage began");
  fields.series("loss", "point", seed.loss, "prediction loss");
  fields_of(seed.steps_to_eps, fields);
}

std::vector<SeedLaw> planted_laws(const LawClaim& claim) {
  constexpr long steps = 20'000;
  std::vector<SeedLaw> planted;
  for (const double scale : {1.0, 2.0}) {
    FollowedLoss followed;
    for (long step = 0; step <= steps; ++step) {
      const double t = static_cast<double>(step) / scale;
      followed.observe(step, claim.law == analysis::Law::power ? 1 / (t + 5) : std::exp(-1e-3 * t), step == steps);
    }
    planted.push_back(curve_of(followed));
    fit(planted.back(), static_cast<long>(planted.size()) - 1);
  }
  return planted;
}

Verdict verdict_of(const std::vector<SeedLaw>& seeds, const LawClaim& claim) {
  long scored = 0, holding = 0;
  for (const SeedLaw& seed : seeds) {
    if (!seed.class_pure) continue;
    ++scored;
    const analysis::LawFit& fit = seed.law;
    if (fit.law == analysis::Law::inconclusive) continue;
    if (fit.law != claim.law) return Verdict::refuted;
    if (claim.law != analysis::Law::power) {
      holding += fit.interval.lower > 0;
      continue;
    }
    if (fit.interval.upper < claim.exponent_low || fit.interval.lower > claim.exponent_high) return Verdict::refuted;
    holding += fit.interval.lower >= claim.exponent_low && fit.interval.upper <= claim.exponent_high;
  }
  return holding >= 2 && 2 * holding >= scored ? Verdict::supported : Verdict::inconclusive;
}

std::vector<SeedLaw> by_steps(std::vector<SeedLaw> seeds) {
  using Kind = analysis::StepsLaw::Kind;
  for (SeedLaw& seed : seeds) {
    const analysis::StepsLaw& steps = seed.steps_law;
    seed.law = {};
    seed.law.interval = steps.interval;
    seed.law.exponent = steps.exponent;
    seed.law.decades = steps.decades;
    seed.law.reason = steps.reason;
    if (!(steps.decades >= least_decades) || steps.floor > 0) continue;  // above a floor it holds for no smaller eps
    if (steps.kind == Kind::log) seed.law.law = analysis::Law::exponential;
    if (steps.kind == Kind::power) seed.law.law = analysis::Law::power;
  }
  return seeds;
}

std::vector<Quantity> judged_seeds(const std::vector<SeedLaw>& seeds, const LawClaim& claim, const std::string& of) {
  double scored = 0, contradicting = 0, following = 0;
  for (const SeedLaw& seed : seeds) {
    if (!seed.class_pure) continue;
    scored += 1;
    contradicting += contradicts(seed.law, claim);
    following += follows(seed.law, claim);
  }
  return {
      {"law of " + of + ": scored seeds with another law or exponent", 0, contradicting, 0, "one is enough to refute"},
      {"law of " + of + ": scored seeds with the claimed one, of " + in_words(scored), std::fmax(2, scored / 2),
       following, 0, "half of them, and two; the others are undecided", Criterion::at_least}};
}

Verdict agreed(Verdict curve, Verdict steps) { return curve == steps ? curve : Verdict::inconclusive; }

namespace {

std::string reason_of(const std::vector<SeedLaw>& found, const std::string& scenario, const LawClaim& claim) {
  long scored = 0, named = 0;
  for (const SeedLaw& seed : found) {
    scored += seed.class_pure;
    named += seed.class_pure && seed.law.law == claim.law;
  }
  return scenario + ": " + std::to_string(named) + " of " + std::to_string(scored) + " scored seeds `" +
         analysis::law_name(claim.law) + "`; seed " + std::to_string(found.front().seed) + ": " +
         analysis::law_name(found.front().law.law) + ", " + found.front().law.reason;
}

Control law_control(const std::string& what, const std::vector<SeedLaw>& seeds, const LawClaim& claim) {
  return {what, agreed(verdict_of(seeds, claim), verdict_of(by_steps(seeds), claim)), all_quantities(seeds, claim)};
}

}  // namespace

void check_loss_law(CheckContext& context, Evidence& evidence, const LawClaim& claim, const LawRuns& runs) {
  const Scenario scenario = load_scenario(runs.scenario, runs.changes);
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = seed_list(context.seeds_or(runs.seeds), runs.first_seed);
  const std::vector<SeedLaw> found = laws_of(context, "runs", scenario, evidence.seeds),
                             controls =
                                 laws_of(context, "control", load_scenario(runs.control), seed_list(control_seeds));
  const Verdict curve = verdict_of(found, claim), steps = verdict_of(by_steps(found), claim);
  evidence.quantities = all_quantities(found, claim);
  evidence.verdict = agreed(curve, steps);
  for (std::size_t i = 0; i < found.size() && !evidence.interval; ++i) {
    if (found[i].law.law == analysis::Law::inconclusive) continue;
    evidence.interval = found[i].law.interval;
    evidence.interval_of =
        "rate or exponent of seed " + std::to_string(found[i].seed) + ", the first whose law is decided, 95 %";
  }
  evidence.reason = reason_of(found, runs.scenario, claim);
  if (curve != steps)
    evidence.reason = "the loss says " + verdict_name(curve) + " and its T(eps) " + verdict_name(steps) +
                      ", which is no verdict; " + evidence.reason;
  const std::vector<SeedLaw> planted = planted_laws(claim);
  evidence.negative_controls = {law_control(runs.control + " in place of " + runs.scenario, controls, claim)};
  evidence.positive_controls = {law_control("curves that are the claimed law by formula", planted, claim)};
}

}  // namespace lemmata::scenarios
