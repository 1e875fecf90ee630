#include "scenarios/measure/loss_law.h"

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/specialisation.h"
#include "scenarios/run/record_schedule.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 10, control_seeds = 4;

// The prediction loss of the last stage, log-spaced, its time counted from the stage's start.
struct LastStageLoss final : sim::Observer {
  explicit LastStageLoss(int stage) : last_stage(stage) {}
  bool observe(const sim::Snapshot& snapshot) override {
    if (snapshot.closing) routing = snapshot.routing;
    if (snapshot.state.stage != last_stage) return true;
    if (!snapshot.closing && !is_recorded(snapshot.state.step, snapshot.state.stage_step, 0, 60)) return true;
    if (time.empty()) first = snapshot.state.step;
    time.push_back(static_cast<double>(snapshot.state.step - first));
    loss.push_back(snapshot.evaluation.prediction_loss);
    return true;
  }
  int last_stage;
  long first = 0;
  std::vector<double> time, loss;
  sim::Routing routing;
};

std::vector<Quantity> quantities_of(const std::vector<SeedLaw>& seeds, const LawClaim& claim) {
  std::vector<Quantity> list;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const SeedLaw& seed = seeds[i];
    const std::string name = "seed " + std::to_string(i) + (seed.is_pure ? "" : " (not class-pure, not scored)") + ": " + analysis::law_name(seed.law.law);
    const double half = (seed.law.interval.upper - seed.law.interval.lower) / 2;
    if (seed.law.law == analysis::Law::power) {
      list.push_back({name + ", exponent", claim.law == analysis::Law::power ? 1.0 : 0.0, seed.law.exponent, half, "half width of the fit's 95 % interval"});
    } else {
      list.push_back({name + ", rate per step", 0, seed.law.rate, half, "half width of the fit's 95 % interval; 0 = no rate seen"});
    }
    list.push_back({name + ", decades of the loss in the law's window", 3, seed.law.decades, 0, "fewer than 3 are no evidence"});
  }
  return list;
}

}  // namespace

SeedLaw loss_law(const Scenario& scenario, long seed) {
  const sim::Experiment experiment = prepare_experiment(with_seed(scenario, static_cast<std::uint64_t>(seed)));
  sim::TrainingState state = sim::initial_state(experiment);
  LastStageLoss observer(static_cast<int>(experiment.config.stages.size()) - 1);
  SeedLaw found;
  found.stop_reason = sim::train(experiment, state, observer).stop_reason;
  found.law = analysis::fit_law(observer.time, observer.loss);
  if (!observer.loss.empty()) {
    found.first_loss = observer.loss.front();
    found.last_loss = observer.loss.back();
  }
  const sim::Problem problem = problem_of(experiment);
  if (problem.architecture().gated && found.stop_reason == "completed") {
    found.is_pure = specialisation(problem, state.parameters, observer.routing, 0.01).least_purity > 1 - 1e-9;
  }
  return found;
}

Verdict verdict_of(const std::vector<SeedLaw>& seeds, const LawClaim& claim) {
  long scored = 0, holding = 0;
  for (const SeedLaw& seed : seeds) {
    if (!seed.is_pure) continue;
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

void check_loss_law(CheckContext& context, Evidence& evidence, const LawClaim& claim, const std::string& scenario, const std::string& control) {
  const auto laws = [&](const std::string& name, const std::vector<long>& seeds) {
    const Scenario loaded = load_scenario(name);
    return over_seeds(context, seeds, [&](long seed) { return loss_law(loaded, seed); });
  };
  evidence.settings_hash = load_scenario(scenario).config_hash;
  evidence.seeds = seed_list(context.seeds_or(own_seeds));
  const std::vector<SeedLaw> found = laws(scenario, evidence.seeds), controls = laws(control, seed_list(control_seeds));
  evidence.quantities = quantities_of(found, claim);
  evidence.verdict = verdict_of(found, claim);
  for (std::size_t i = 0; i < found.size() && !evidence.interval; ++i) {
    if (found[i].law.law == analysis::Law::inconclusive) continue;
    evidence.interval = found[i].law.interval;
    evidence.interval_of = "rate or exponent of seed " + std::to_string(i) + ", the first whose law is decided, 95 %";
  }
  long scored = 0, named = 0;
  for (const SeedLaw& seed : found) {
    scored += seed.is_pure;
    named += seed.is_pure && seed.law.law == claim.law;
  }
  evidence.reason = scenario + ": " + std::to_string(named) + " of " + std::to_string(scored) + " scored seeds `" + analysis::law_name(claim.law) + "`; seed 0: " +
                    analysis::law_name(found.front().law.law) + ", " + found.front().law.reason;
  evidence.negative_controls = {{control + " in place of " + scenario, verdict_of(controls, claim), quantities_of(controls, claim)}};
}

}  // namespace lemmata::scenarios
