#include "scenarios/user_claim/user_claim.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/run/recorder.h"
#include "scenarios/run/result_file.h"
#include "scenarios/system/system.h"
#include "scenarios/user_claim/definition.h"

namespace lemmata::scenarios {

void fields_of(RecordedRun& run, Fields& fields) {
  fields.series("step", "record", run.steps, "recorded steps");
  for (auto& [name, variable] : run.variables) {
    fields.series("of_" + name, "of_" + name + "_value", variable.values, name + " at them, row-major");
    variable.width = run.steps.empty() ? 1 : variable.values.size() / run.steps.size();
  }
}

namespace {

// What a variable may be off by, itself recorded: empty = nothing is stated.
std::string error_of(const std::string& variable) {
  if (variable == "hessian_min" || variable == "hessian_max") return "hessian_error";
  return variable == "expert_excess" ? "excess_rounding" : "";
}

// No records yet of the variables that the bounds name.
RecordedRun blank_run(const std::vector<UserBound>& bounds) {
  RecordedRun run;
  for (const UserBound& bound : bounds) {
    for (const Expression* expression : {&bound.measured, &bound.predicted, &bound.tolerance}) {
      for (const auto& [name, position] : expression->variables()) {
        run.variables[name];
        if (const std::string error = error_of(name); !error.empty()) run.variables[error];
      }
    }
  }
  return run;
}

// Empty where the run diverged.
Trajectory completed_trajectory(const Scenario& scenario) {
  Trajectory kept;
  std::string stop_reason;
  if (is_mixture(scenario)) {
    RunResult result = run_in_memory(prepare_experiment(scenario), record_plan(scenario));
    stop_reason = result.training.stop_reason;
    kept = std::move(result.trajectory);
  } else {
    const auto keep = [&](long step, const Row& row) {
      kept.steps.push_back(step);
      kept.rows.push_back(row);
    };
    stop_reason = simulate(*make_simulation(scenario), scenario, {keep}).stop_reason;
  }
  return stop_reason == "completed" ? kept : Trajectory();
}

// A run that diverged has no records, so it is undecided.
RecordedRun follow(const Scenario& scenario, long seed, const RecordedRun& blank) {
  const Scenario seeded = with_seed(scenario, static_cast<std::uint64_t>(seed));
  const Trajectory trajectory = completed_trajectory(seeded);
  if (trajectory.steps.empty()) return blank;
  RecordedRun run = blank;
  run.steps = trajectory.times();
  for (auto& [name, variable] : run.variables) {
    for (const Row& row : trajectory.rows) {
      const std::vector<double>& values = row.at(name);
      variable.width = values.size();
      variable.values.insert(variable.values.end(), values.begin(), values.end());
    }
  }
  return run;
}

// What the seeds of one scenario show.
struct Outcome {
  std::vector<bool> passed;
  long undecided = 0;              ///< seeds with a NaN, within rounding, or whose run diverged
  std::vector<Quantity> per_seed;  ///< reported
};

Quantity quantity_of(const UserBound& bound, long seed, const RecordedRun& run) {
  Quantity quantity{bound.what + ", seed " + std::to_string(seed),
                    std::nan(""),
                    std::nan(""),
                    std::nan(""),
                    bound.reason,
                    bound.criterion};
  if (run.steps.empty()) return reported(quantity);
  quantity.predicted = bound.predicted.evaluate(run);
  quantity.measured = bound.measured.evaluate(run);
  quantity.tolerance = bound.tolerance.evaluate(run);
  return reported(quantity);
}

// Every variable of a stated error at that end of it.
RecordedRun at_end(RecordedRun run, double sign) {
  for (auto& [name, variable] : run.variables) {
    const auto error = run.variables.find(error_of(name));
    if (error == run.variables.end()) continue;
    for (std::size_t i = 0; i < variable.values.size(); ++i) variable.values[i] += sign * error->second.values[i];
  }
  return run;
}

// Whether the bound does not hold, or fail, whatever rounding left open: then it says nothing.
bool is_within_rounding(const UserBound& bound, long seed, const RecordedRun& run) {
  const bool holds = quantity_of(bound, seed, run).holds();
  return holds != quantity_of(bound, seed, at_end(run, -1)).holds() ||
         holds != quantity_of(bound, seed, at_end(run, 1)).holds();
}

Outcome outcome_of(CheckContext& context, const std::string& name, const UserDefinition& claim,
                   const Scenario& scenario, const std::vector<long>& seeds) {
  const RecordedRun blank = blank_run(claim.bounds);
  const std::vector<RecordedRun> runs = measured(
      context, name, seeds, [&](long seed) { return follow(scenario, seed, blank); }, blank);
  Outcome outcome;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    bool passes = true, is_open = false;
    for (const UserBound& bound : claim.bounds) {
      outcome.per_seed.push_back(quantity_of(bound, seeds[i], runs[i]));
      Quantity& quantity = outcome.per_seed.back();
      const bool is_rounding = is_within_rounding(bound, seeds[i], runs[i]);
      if (is_rounding) quantity.reason += "; rounding decides whether it holds: undecided";
      passes = passes && quantity.holds() && !is_rounding;
      is_open = is_open || is_rounding || std::isnan(quantity.predicted + quantity.measured + quantity.tolerance);
    }
    outcome.passed.push_back(passes);
    outcome.undecided += is_open;
  }
  return outcome;
}

struct Judged {
  Verdict verdict;
  Proportion share;
  Quantity quantity;
};

// Seeds that are undecided count neither way: the claim must hold, or fail, whatever they would have been.
Judged judge(const UserDefinition& claim, const Outcome& outcome) {
  const Proportion share = proportion(outcome.passed, 0.95);
  const long failed = share.trials - share.successes - outcome.undecided;
  if (claim.share == 0) {
    const Verdict verdict = failed > 0              ? Verdict::refuted
                            : outcome.undecided > 0 ? Verdict::inconclusive
                                                    : Verdict::supported;
    return {verdict,
            share,
            {"seeds in which every bound holds", static_cast<double>(share.trials),
             static_cast<double>(share.successes), 0, "all of them", Criterion::at_least}};
  }
  std::vector<bool> at_best = outcome.passed;
  for (long i = 0, left = outcome.undecided; left > 0; ++i) {
    if (at_best[static_cast<std::size_t>(i)]) continue;
    at_best[static_cast<std::size_t>(i)] = true;
    --left;
  }
  const Verdict worst = verdict_at_least(share, claim.share);
  const Verdict best = verdict_at_least(proportion(at_best, 0.95), claim.share);
  return {
      worst == best ? worst : Verdict::inconclusive,
      share,
      {"share of seeds in which every bound holds: at least", claim.share, share.share(),
       share.share() - share.interval.lower, "down to the lower end of the exact 95 % interval", Criterion::at_least}};
}

void check_user(CheckContext& context, Evidence& evidence, const UserDefinition& claim) {
  evidence.settings_hash = claim.scenario.config_hash;
  evidence.seeds = context.seeds > 0 ? seed_list(context.seeds, claim.seeds.front()) : claim.seeds;
  const Outcome outcome = outcome_of(context, "runs", claim, claim.scenario, evidence.seeds);
  const Judged found = judge(claim, outcome);
  evidence.verdict = found.verdict;
  evidence.quantities = {found.quantity};
  evidence.quantities.insert(evidence.quantities.end(), outcome.per_seed.begin(), outcome.per_seed.end());
  evidence.interval = found.share.interval;
  evidence.interval_of = "share of seeds in which every bound holds, exact 95 %";
  evidence.evidence_level = claim.share > 0 ? EvidenceLevel::statistical : EvidenceLevel::numerical;
  evidence.reason =
      count_of(found.share) + " seeds pass" +
      (outcome.undecided > 0 ? ", " + std::to_string(outcome.undecided) + " undecided (NaN or rounding)" : "") +
      (claim.share > 0 ? "; a share of " + in_words(claim.share) + " is claimed" : "");
  for (std::size_t i = 0; i < claim.controls.size(); ++i) {
    const UserControl& control = claim.controls[i];
    const Outcome other = outcome_of(context, "control_" + std::to_string(i), claim, control.scenario, evidence.seeds);
    const Judged judged = judge(claim, other);
    Control result{control.what, judged.verdict, {judged.quantity}};
    result.quantities.insert(result.quantities.end(), other.per_seed.begin(), other.per_seed.end());
    (control.negative ? evidence.negative_controls : evidence.positive_controls).push_back(result);
  }
}

}  // namespace

ClaimEntry user_claim(const Json& definition, const std::string& source) {
  const UserDefinition claim = user_definition(definition, source);
  const ClaimSetting setting{
      claim.scenario.config.name, claim.expected, claim.cost,
      [claim](CheckContext& context, Evidence& evidence) { check_user(context, evidence, claim); }};
  std::string scenarios = claim.scenario.config_hash + claim.scenario.settings_json;
  for (const UserControl& control : claim.controls)
    scenarios += control.scenario.config_hash + control.scenario.settings_json;
  return {claim.id,          "user",    claim.statement,   "",       claim.source,
          claim.assumptions, {setting}, definition.dump(), scenarios};
}

ClaimEntry user_claim_of_file(const std::string& file) { return user_claim(read_json_file(file), file); }

}  // namespace lemmata::scenarios
