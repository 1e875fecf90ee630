#include <cmath>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/direction.h"
#include "scenarios/measure/label_mass.h"
#include "scenarios/measure/planted_end.h"
#include "sim/loss/loss.h"
#include "theory/stage_two_direction.h"

namespace lemmata::scenarios {
namespace {

constexpr double amplitude = 0.7;  // a of w = a v_n; not 1, so that no loss is flat there
constexpr long batches = 200, replicates = 400;
constexpr long rise_seeds = 50, many_rise_seeds = 200;
constexpr long planted_seeds = 40;  // 36 of 36 would do to tell a probability from 0.9
constexpr double rounding = 1e-9;   // of a label mass

// One expert per class on a data law, its exact samples and the closed form.
struct Specialised {
  explicit Specialised(const std::string& scenario_name, double a = amplitude)
      : scenario(load_scenario(scenario_name)),
        data(moment_matched_samples(scenario.config.data)),
        mixture(mixture_of(scenario.config.data, *data)),
        oracle(oracle_experts(scenario.config.model, data->label_signal, a)),
        predicted(closed_form_direction(mixture, a)) {}
  Scenario scenario;
  std::shared_ptr<const sim::Dataset> data;
  theory::ClassMixture mixture;
  OracleExperts oracle;
  ClassMatrices predicted;

  // -dL/dQ of every class by the simulator's backward pass.
  ClassMatrices descent(CheckContext& context, const std::string& name, const sim::Loss& loss) const {
    return measured_once(context, name, [&] { return Direction{attention_descent(oracle, data, loss)}; }).per_class;
  }
};

struct Slope {
  double value = 0;
};
void fields_of(Slope& slope, Fields& fields) {
  fields.number("value", slope.value, "first-order rise of the label mass of class 1 along the closed form");
}

Quantity slope_quantity(const std::string& what, double predicted, double measured) {
  return {what, predicted, measured, 1e-8 * std::abs(predicted),
          "differences of attention weights: rounding 1e-16 of a mass over a move of 1e-4 of a score"};
}

void start_evidence(Evidence& evidence, const Specialised& world) {
  evidence.settings_hash = world.scenario.config_hash;
  evidence.seeds = {0};
  evidence.evidence_level = EvidenceLevel::numerical;
}

std::vector<Quantity> exact_quantities(CheckContext& context, const Specialised& world, const ClassMatrices& found) {
  const Slope slope = measured_once(context, "slope", [&] {
    const sim::Problem problem(world.oracle.architecture, negative_margin(), world.data);
    return Slope{measured_label_mass_slope(problem, world.oracle.parameters, 0, 0, world.predicted[0])};
  });
  return {deviation("mean of y df/dQ at uniform attention, every class", world.predicted, found),
          slope_quantity("first-order rise of label-token attention along it, class 1",
                         theory::label_mass_slope(world.mixture, 0, world.predicted[0]), slope.value)};
}

Control wrong_direction(const std::string& what, const ClassMatrices& wrong, const ClassMatrices& found) {
  const Quantity quantity = deviation("mean of y df/dQ", wrong, found);
  return {what, verdict_within({quantity}), {quantity}};
}

void check_enumerated(CheckContext& context, Evidence& evidence) {
  const Specialised world("mot/three_stage");
  const ClassMatrices found = world.descent(context, "measured", negative_margin());
  start_evidence(evidence, world);
  evidence.quantities = exact_quantities(context, world, found);
  for (const char* name : {"logistic", "squared"}) {  // -dL_n/dQ = -l'(a alpha) times the direction, exactly at s = 0
    const sim::Loss& loss = *sim::loss_named(name).loss;
    ClassMatrices scaled = world.predicted;
    for (Matrix& direction : scaled) direction *= -loss.slope(amplitude * world.mixture.alpha);
    evidence.quantities.push_back(
        deviation(std::string("-dL_n/dQ of the ") + name + " loss against -l'(a alpha) times the closed form", scaled,
                  world.descent(context, name, loss)));
  }
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason =
      "largest relative difference " + in_words(evidence.quantities[0].measured) + " over 3 classes x 100 entries";
  evidence.negative_controls = {wrong_direction("label signal of another class in the closed form",
                                                direction_of_another_label(world.mixture, amplitude), found),
                                wrong_direction("an expert that answers the wrong label, a -> -a",
                                                closed_form_direction(world.mixture, -amplitude), found)};
}

void check_moment_matched(CheckContext& context, Evidence& evidence) {
  const Specialised world("mot/noise_floor");
  const ClassMatrices found = world.descent(context, "measured", negative_margin());
  start_evidence(evidence, world);
  evidence.quantities = exact_quantities(context, world, found);
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "largest relative difference " + in_words(evidence.quantities[0].measured) +
                    " with noise of exact second moments";
  evidence.negative_controls = {
      wrong_direction("the term (1 - 2/L) S dropped", direction_without_noise_term(world.mixture, amplitude), found),
      wrong_direction("label signal of another class in the closed form",
                      direction_of_another_label(world.mixture, amplitude), found)};
}

void check_sampled(CheckContext& context, Evidence& evidence) {
  const Specialised world("mot/noise_floor");
  start_evidence(evidence, world);
  const BatchMeans found = measured_once(context, "measured", [&] {
    return sampled_direction(context, world.oracle, world.scenario.config.data, batches, replicates, 0);
  });
  const Control claim = judge_batches("", found, world.predicted);
  evidence.evidence_level = EvidenceLevel::statistical;
  evidence.quantities = claim.quantities;
  evidence.verdict = claim.verdict;
  evidence.reason = "largest |z| " + in_words(claim.quantities[0].measured) + ", standard error " +
                    in_words(claim.quantities[1].measured) + " of the largest entry, from " +
                    std::to_string(batches * replicates * 8) + " Gaussian draws a class";
  evidence.negative_controls = {
      judge_batches("the term (1 - 2/L) S dropped", found, direction_without_noise_term(world.mixture, amplitude)),
      judge_batches("label signal of another class in the closed form", found,
                    direction_of_another_label(world.mixture, amplitude))};
}

// ---- trained models: does attention move to the label token in stage II?

struct Rises {
  std::vector<StageTwoMass> runs;  // one per seed
  Proportion share;                // of pure seeds in which the mass rises for every class
  std::vector<double> mean;        // mean rise over classes, of pure seeds
  double least = INFINITY;
};

Rises rises_of(std::vector<StageTwoMass> runs) {
  Rises rises;
  std::vector<bool> held;
  rises.runs = std::move(runs);
  for (const StageTwoMass& one : rises.runs) {
    if (!one.completed || !one.pure) continue;
    held.push_back(one.least_rise > rounding);
    rises.mean.push_back(one.mean_rise);
    rises.least = std::fmin(rises.least, one.least_rise);
  }
  rises.share = proportion(held, 0.95);
  return rises;
}

Rises measure_rises(CheckContext& context, const std::string& name, const Scenario& scenario,
                    const std::vector<long>& seeds) {
  return rises_of(measured(context, name, seeds, [&](long seed) { return stage_two_mass(scenario, seed); }));
}

// Attention of every expert set by hand so that its label token attends to itself.
Rises planted_rises(CheckContext& context, const Scenario& scenario, const std::vector<long>& seeds) {
  const std::vector<Index> classes = classes_in_turn(scenario.config.model.experts, scenario.config.data.classes);
  return rises_of(measured(context, "planted", seeds,
                           [&](long seed) { return stage_two_mass(planted_end(scenario, seed, classes)); }));
}

// At the start of stage II, along each trained expert's own -dL/dQ. What is judged is theory's slope for that
// direction.
void add_start(CheckContext& context, const Scenario& scenario, long seed, Evidence& evidence) {
  const std::vector<StageTwoStart> starts =
      measured(context, "start_of_seed_" + std::to_string(seed), {seed},
               [&](long one) { return StageTwoStarts{stage_two_start(scenario, one)}; })
          .front()
          .per_class;
  for (std::size_t n = 0; n < starts.size(); ++n) {
    const std::string where = ", seed " + std::to_string(seed) + ", class " + std::to_string(n + 1);
    Quantity slope = slope_quantity("label-mass slope along the trained expert's own -dL/dQ" + where,
                                    starts[n].predicted, starts[n].measured);
    slope.tolerance = 1e-6 * std::abs(slope.predicted) + 1e-13;
    slope.reason = "differences of attention weights; a slope is a difference of larger parts";
    evidence.quantities.push_back(slope);
    evidence.quantities.push_back(
        reported({"the same against -l'(a alpha) times the closed form's slope at a = <w, v_n> = " +
                      in_words(starts[n].amplitude) + where,
                  starts[n].specialised, starts[n].measured, std::abs(starts[n].specialised),
                  "a trained expert is not exactly a v_n"}));
  }
}

void check_rise(CheckContext& context, Evidence& evidence, const std::string& name, const std::vector<long>& seeds) {
  const Scenario scenario = load_scenario(name);
  evidence.settings_hash = scenario.config_hash;
  evidence.seeds = seeds;
  for (const long seed : {0L, 2L}) add_start(context, scenario, seed, evidence);
  const bool slopes_hold = verdict_within(evidence.quantities) == Verdict::supported;
  const Rises rises = measure_rises(context, "runs", scenario, evidence.seeds);
  evidence.quantities.insert(evidence.quantities.begin(), rise_quantity(rises.share));
  if (rises.mean.size() >= 2) {
    evidence.interval = analysis::mean_interval(rises.mean, 0.95);
    evidence.interval_of =
        "rise of label-token mass over stage II, mean over classes and class-pure seeds, 95 % t interval";
    evidence.reason = "rises for every class in " + std::to_string(rises.share.successes) + " of " +
                      std::to_string(rises.share.trials) + " pure seeds (of " + std::to_string(evidence.seeds.size()) +
                      "); mean change " + in_words(analysis::mean(rises.mean)) + ", least " + in_words(rises.least);
  }
  evidence.verdict = rise_verdict(rises.share);
  if (!slopes_hold) {  // the direction is not understood, so what mass does along it is no evidence for Prop. 2
    evidence.verdict = Verdict::inconclusive;
    evidence.reason = "the slope at the start of stage II is not the closed form's; " + evidence.reason;
  }
  const Rises uniform =
      measure_rises(context, "control", load_scenario(name, {{"model.kind", "attention_free"}}), seed_list(10));
  evidence.negative_controls = {
      {"uniform attention, which stage II cannot move", rise_verdict(uniform.share), {rise_quantity(uniform.share)}}};
  const Rises planted = planted_rises(context, scenario, seed_list(planted_seeds));
  evidence.positive_controls = {{"attention set by hand, v_n v_n^T in the experts of class n",
                                 rise_verdict(planted.share),
                                 {rise_quantity(planted.share)}}};
}

ClaimSetting rise_setting(const std::string& name, Verdict expected) {
  return {"label mass rises, " + name, expected, "quick", [name](CheckContext& context, Evidence& evidence) {
            check_rise(context, evidence, name, seed_list(context.seeds_or(rise_seeds)));
          }};
}

// With noise a rise is frequent, not certain: seeds 0-49 (44 of 45 pure) cannot tell its probability from 0.9. They
// were looked at before the number of seeds was fixed, so others are used.
ClaimSetting noisy_rise_setting() {
  return {"label mass rises, mot/noise_floor", Verdict::supported, "long",
          [](CheckContext& context, Evidence& evidence) {
            check_rise(context, evidence, "mot/noise_floor", seed_list(context.seeds_or(many_rise_seeds), rise_seeds));
          }};
}

}  // namespace

ClaimEntry M9_claim() {
  return {
      "M9",
      "mot",
      "Attention (Prop. 2): at the start of stage II the gradient of a specialised expert turns attention to the label "
      "token by a closed form; label-token mass rises",
      R"(\mathbb{E}\!\left[y \frac{\partial f}{\partial Q}\right] = \frac{a \alpha}{L} \Bigl\{
  &\bigl[\alpha^2 (1 - \tfrac1L) + (1 - \tfrac2L) S\bigr] v_n v_n^\top \\
  &- \tfrac1L \bigl[\beta^2 c_n c_n^\top + \tfrac{\gamma^2}{N - 1} \textstyle\sum_{n' \ne n} v_{n'} v_{n'}^\top
  + S I\bigr] \Bigr\} \\
\text{label mass after stage II} &> \tfrac1L \ \text{ for every class, with probability} \ge 0.9)",
      "arXiv 2510.27004, Proposition 2, restated in mot.md section 6",
      {"linear form, orthonormal signals, fixed amplitudes; w = 0.7 v_n, Q = 0, one expert per class routed by the "
       "true class; y df/dQ is read off the simulator's own backward pass with l(z) = -z",
       "at s = 0 the enumeration is the population; `exact moments`: noise +- s sqrt(d (L-3)) e_i on one token has the "
       "moments that E[y df/dQ] depends on (it is quadratic in the noise, cubic terms are odd in y)",
       "`label mass rises`: mean attention on the label token at the end of stage II above 1/L for every class, in at "
       "least 90 % of class-pure seeds (50 seeds; 200 with noise, where single classes may fall)",
       "in mot/three_stage a rise is NOT expected: under squared loss at s = 0 stage I reaches a alpha = 1, where "
       "-l'(a alpha), which multiplies the closed form, is 0; under logistic loss, and with noise, it stays positive"},
      {{"enumerated, s = 0", Verdict::supported, "quick", check_enumerated},
       {"exact moments, s > 0", Verdict::supported, "quick", check_moment_matched},
       {"monte carlo, s > 0", Verdict::supported, "quick", check_sampled},
       rise_setting("mot/logistic_gd", Verdict::supported),
       noisy_rise_setting(),
       rise_setting("mot/three_stage", Verdict::refuted)}};
}

}  // namespace lemmata::scenarios
