#include <algorithm>
#include <cmath>
#include <optional>

#include "scenarios/claims/claim.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/conflict_comparison.h"
#include "scenarios/measure/frozen_stage.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/specialisation.h"
#include "theory/class_conflict.h"

namespace lemmata::scenarios {
namespace {

constexpr long own_seeds = 20, first_seed = 20;  // the levels were chosen on seeds 0-19
constexpr long impure_scan = 100;

constexpr const char* one_stage_mot = R"([{"name": "joint", "steps": 3800, "train": {
    "ffn": {"optimizer": "gd", "learning_rate": 0.05}, "attention": {"optimizer": "gd", "learning_rate": 0.3},
    "gate": {"optimizer": "gd", "learning_rate": 1.0}}}])";
constexpr const char* one_stage = R"([{"name": "joint", "steps": 3800, "train": {
    "ffn": {"optimizer": "gd", "learning_rate": 0.05}, "attention": {"optimizer": "gd", "learning_rate": 0.3}}}])";
constexpr long copies = 64;  // s = 0: copies of every tuple change nothing but how finely they can be shared out

/// What theory says of one head at this loss, against the measured mean.
Quantity closed_form(const ConflictPoints& single, const sim::DataConfig& data) {
  const theory::MixtureAmplitudes mixture{data.alpha.low, data.beta.low, data.gamma.low, data.classes};
  const double predicted = mean_over(single, [&](const auto& p) {
    const double loss = p.prediction_loss;
    return loss > theory::uniform_head_floor(mixture) && loss < 0.5
               ? theory::uniform_head_conflict(mixture, loss).cancellation
               : std::nan("");
  });
  return reported(
      {"`single`: cancellation ratio against its closed form at the same loss (uniform attention, w along sum v_n)",
       predicted, mean_over(single, [](const auto& p) { return p.ffn.all.cancellation; }), 0.03,
       "initial values enter the mean to second order, (sigma0/a)^2 = .016 at a = .4; in one stage attention has begun "
       "to move"});
}

struct Arms {
  Scenario mot, single, assigned;  ///< `assigned`: three experts, gate at 0, the schedule of `mot`
  double level = 0;
  bool closed_form = false;     ///< `single` is one head that still has uniform attention there
  bool three_stages = true;     ///< impure seeds are defined by the end of stage I
  bool impure_control = false;  ///< a level so low that an expert of two classes is near its own floor (.037)
};

// Seeds whose routing is impure at the end of stage I: some expert takes two classes.
std::vector<long> impure_seeds(CheckContext& context, const std::string& name, const Scenario& mot,
                               const std::vector<long>& seeds) {
  const Scenario stage_one = first_stages(mot, 1);
  const std::vector<Specialisation> found = measured(context, name, seeds, [&](long seed) {
    const FinalState end = train_seed(stage_one, seed);
    return specialisation(problem_of(end.experiment), end.state.parameters, end.routing);
  });
  std::vector<long> kept;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (!is_class_pure(found[i])) kept.push_back(seeds[i]);
  }
  return kept;
}

Quantity impure_quantity(CheckContext& context, const Arms& arms, const std::vector<long>& seeds) {
  const std::vector<long> impure = impure_seeds(context, "stage_one", arms.mot, seeds);
  return reported({"MoT: mean ratio over the seeds that stage I leaves impure", 0,
                   mean_over(conflict_points(context, "impure", arms.mot, impure, arms.level), scored_cancellation), 1,
                   std::to_string(impure.size()) + " of " + std::to_string(seeds.size()) + " seeds"});
}

// At M = 6 about a fifth of the seeds are impure.
Control impure_control(CheckContext& context, const Arms& arms) {
  const Scenario few = load_scenario("mot/three_stage", {{"model.experts", "6"}});
  const std::vector<long> impure = impure_seeds(context, "few_stage_one", few, seed_list(impure_scan));
  const ConflictComparison found =
      compare_conflict(conflict_points(context, "few_impure", few, impure, arms.level),
                       conflict_points(context, "few_single", arms.single, impure, arms.level));
  return {
      "impure seeds (M = 6): some expert takes two classes", found.verdict, {conflict_quantity("impure MoT", found)}};
}

void add_quantities(CheckContext& context, Evidence& evidence, const Arms& arms, const ConflictPoints& mot,
                    const ConflictPoints& single) {
  for (const Quantity& q : conflict_reports("MoT", mot, arms.level)) evidence.quantities.push_back(q);
  for (const Quantity& q : conflict_reports("single", single, arms.level)) evidence.quantities.push_back(q);
  if (arms.closed_form) evidence.quantities.push_back(closed_form(single, arms.single.config.data));
  if (arms.three_stages) evidence.quantities.push_back(impure_quantity(context, arms, evidence.seeds));
}

// Samples by class, but one copy of 64: every expert is mixed, and its classes hardly meet. The statement holds of it
// by construction.
Control nearly_by_class_control(CheckContext& context, const Arms& arms) {
  const std::vector<long> seeds = seed_list(own_seeds, first_seed);
  const ConflictComparison found = compare_conflict(
      conflict_points(context, "nearly_by_class", arms.assigned, seeds, arms.level, Routed::nearly_by_class),
      conflict_points(context, "nearly_by_class_single", arms.single, seeds, arms.level));
  return {"samples assigned by class but for one copy in 64: mixed experts whose classes hardly meet",
          found.verdict,
          {conflict_quantity("nearly by class", found)}};
}

std::string reason_of(const ConflictComparison& found) {
  const std::string seeds = std::to_string(found.first.size());
  if (!found.interval)
    return "only " + seeds +
           " seeds have a mixed expert in both arms: nothing but one-class experts, which are not scored";
  return "mean ratio " + std::to_string(analysis::mean(found.first)) + " against " +
         std::to_string(analysis::mean(found.second)) + " over " + seeds + " seeds; less conflict means more by " +
         std::to_string(conflict_margin);
}

void check_arms(CheckContext& context, Evidence& evidence, const Arms& arms) {
  const std::vector<long> seeds = evidence.seeds = seed_list(context.seeds_or(own_seeds), first_seed);
  evidence.settings_hash = arms.mot.config_hash;
  const ConflictPoints mot = conflict_points(context, "mot", arms.mot, seeds, arms.level),
                       single = conflict_points(context, "single", arms.single, seeds, arms.level),
                       random = conflict_points(context, "random", arms.assigned, seeds, arms.level, Routed::at_random);
  const ConflictComparison found = compare_conflict(mot, single), blind = compare_conflict(random, single);
  evidence.verdict = found.verdict;
  evidence.interval = found.interval;
  evidence.interval_of =
      "cancellation ratio of MoT's mixed experts minus that of `single`, paired by seed, 95 % Student t";
  evidence.quantities = {conflict_quantity("MoT", found)};
  add_quantities(context, evidence, arms, mot, single);
  evidence.reason = reason_of(found);
  evidence.negative_controls = {
      {"random partition: the same experts and schedule, samples assigned whatever their class",
       blind.verdict,
       {conflict_quantity("random partition", blind)}}};
  if (arms.impure_control) evidence.negative_controls.push_back(impure_control(context, arms));
  evidence.positive_controls = {nearly_by_class_control(context, arms)};
}

Arms three_stages(double level, long experts = 24) {
  return {load_scenario("mot/three_stage", {{"model.experts", std::to_string(experts)}}),
          three_stage_of("single"),
          three_stage_assigned(3, copies),
          level,
          level > 0.1,
          true,
          level < 0.1};
}

Arms against_one_stage(double level) {
  Arms arms = three_stages(level);
  arms.single = load_scenario("mot/single_transformer");
  arms.closed_form = level > 0.15;  // below, attention has moved visibly
  return arms;
}

Arms all_in_one_stage(double level) {
  return {load_scenario("mot/three_stage", {{"stages", one_stage_mot}}),
          load_scenario("mot/single_transformer"),
          load_scenario("mot/three_stage",
                        {{"model.experts", "3"}, {"data.replicates", std::to_string(copies)}, {"stages", one_stage}}),
          level,
          level > 0.15,
          false,
          false};
}

ClaimSetting setting(const std::string& name, Verdict expected, const std::function<Arms()>& arms) {
  return {name, expected, "quick",
          [=](CheckContext& context, Evidence& evidence) { check_arms(context, evidence, arms()); }};
}

}  // namespace

ClaimEntry M4_claim() {
  return {
      "M4",
      "mot",
      "Less gradient conflict: at equal prediction loss the classes' gradients cancel less in MoT's experts than in a "
      "single transformer",
      R"(\rho &= \frac{\bigl\|\sum_n G_n\bigr\|^2}{\sum_n \|G_n\|^2}, \qquad
  G_n = \frac{\partial \mathcal{L}_n}{\partial\,\mathrm{FFN}} \\
\rho_{\mathrm{MoT}} - \rho_{\mathrm{single}} &> 0.1 \quad\text{where each first has } \mathcal{L} \le \varepsilon)",
      "arXiv 2510.27004, motivation of Prop. 1, restated in mot.md section 6",
      {"conflict is the cancellation ratio ||sum_n G_n||^2 / sum_n ||G_n||^2 of whole class gradients G_n in the FFN, "
       "the one block that both models train there: 1 = orthogonal, 0 = cancelling",
       "scored over the parameters of MoT's mixed experts only (less than 99 % of the load from one class): one-class "
       "experts are 1 by construction and reported; a 95 % pure expert still counts as mixed",
       "equal prediction loss: the first step at which it is <= the level. Three-stage levels 0.2, 0.15, 0.12 lie "
       "above 0.1, the floor of one head with uniform attention, where the ratio is 0 by definition of a minimum; "
       "0.05 lies above .031, its floor with the attention of stage II, but is reached in different stages (MoT I, "
       "single II), so no verdict is predicted there",
       "expected at 0.2: before the gate separates classes every expert sees what a single head sees, the closed "
       "form's .69; the gate is pure from step 80, the loss .2 is reached at step 35",
       "the levels 0.15, 0.12 and 0.1 were chosen on seeds 0-19, so all are judged on seeds 20-39. At 0.15 and below "
       "the gate is in the middle of separating and no theory gives the gap: what is expected is what seeds 0-19 "
       "showed, .07 at 0.15 (below the margin), .17 at 0.12, .22 at 0.1 against one stage, .29 in one stage, and four "
       "seeds with a mixed expert at M = 6, where ten are needed",
       "three stages are compared with three stages, one with one; three against one at 0.2 and 0.1 too. Not at 0.05: "
       "there a random partition in three stages has .20 against .02, which the schedule explains, not the routing",
       "the random partition has 64 copies of every tuple, so that it is even; s = 0, so copies change nothing else"},
      {setting("three stages, eps=0.2", Verdict::refuted, [] { return three_stages(0.2); }),
       setting("three stages, eps=0.15", Verdict::refuted, [] { return three_stages(0.15); }),
       setting("three stages, eps=0.12", Verdict::supported, [] { return three_stages(0.12); }),
       setting("three stages, eps=0.05", Verdict::inconclusive, [] { return three_stages(0.05); }),
       setting("three stages, experts=6, eps=0.12", Verdict::inconclusive, [] { return three_stages(0.12, 6); }),
       setting("against one stage, eps=0.2", Verdict::refuted, [] { return against_one_stage(0.2); }),
       setting("against one stage, eps=0.1", Verdict::supported, [] { return against_one_stage(0.1); }),
       setting("all in one stage, eps=0.2", Verdict::supported, [] { return all_in_one_stage(0.2); })}};
}

}  // namespace lemmata::scenarios
