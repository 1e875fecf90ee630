#include "scenarios/measure/proven_evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/measure/quantities.h"
#include "scenarios/measure/stored.h"
#include "theory/class_rate.h"

namespace lemmata::scenarios {
namespace {

using AllPaths = std::vector<StagePaths>;
using AllProofs = std::vector<StageProofs>;

AllPaths paths_of(CheckContext& context, const std::string& name, const Scenario& scenario,
                  const std::vector<long>& seeds, bool on_path) {
  AllPaths paths = measured(context, name, seeds, [&](long seed) { return stage_paths(scenario, seed, on_path); });
  for (std::size_t i = 0; i < paths.size(); ++i) paths[i].seed = seeds[i];
  return paths;
}

AllProofs proofs_of(CheckContext& context, const AllPaths& paths, const ProofRule& rule) {
  AllProofs proofs(paths.size());
  context.team.run(static_cast<long>(paths.size()), [&](long i, int) {
    proofs[static_cast<std::size_t>(i)] = stage_proofs(paths[static_cast<std::size_t>(i)], rule);
  });
  return proofs;
}

long proven_seeds(const AllProofs& proofs) {
  return std::count_if(proofs.begin(), proofs.end(),
                       [](const StageProofs& one) { return proven_verdict({one}) == Verdict::supported; });
}

// Without a seed there is nothing to prove, so one is asked for.
Quantity proven_quantity(const std::string& what, const AllProofs& proofs) {
  return {what,
          std::max(1.0, static_cast<double>(proofs.size())),
          static_cast<double>(proven_seeds(proofs)),
          0,
          "a proof stands or it does not; one that does not refutes nothing",
          Criterion::at_least};
}

Control control_of(const std::string& what, const AllProofs& proofs) {
  return {what, proven_verdict(proofs), {proven_quantity("seeds in which every subtask is proven", proofs)}};
}

std::vector<Control> controls(CheckContext& context, const AllPaths& paths, bool on_path) {
  if (on_path) {
    return {
        control_of("a constant a millionth above lambda_min",
                   proofs_of(context, paths, {.factor = 1 + 1e-6, .on_box = true})),
        control_of("every w in place of the path's box: logistic loss flattens out", proofs_of(context, paths, {}))};
  }
  const Scenario blind = load_scenario("mot/three_stage", stages_without_gate());
  return {control_of("mu = lambda_min + 1e-6, so that H - mu I has an eigenvalue of -1e-6",
                     proofs_of(context, paths, {.factor = 1, .shift = 1e-6})),
          control_of("squared hinge on every w: flat beyond the margin",
                     proofs_of(context, paths, {.loss = analysis::MarginLoss::squared_hinge})),
          control_of("the gate never learns: which samples an expert's subtask has is a matter of chance",
                     proofs_of(context, paths_of(context, "untrained_gate", blind, seed_list(3), false), {}))};
}

std::string assumption(bool on_path) {
  const std::string set = on_path
                              ? "w and w + v in the smallest box that holds every step of stage III (FFN alone, gate "
                                "frozen), and so the convex hull of the path"
                              : "every w";
  return "proven: the tokens x, attention Q, gate theta and sample weights rho are the doubles that a seed holds after "
         "stage II; softmax and routing probabilities are those of real numbers. The loss L_i(w) = sum_k rho_k q_k "
         "l(y_k <w, u_k>) of expert i satisfies L_i(w + v) >= L_i(w) + <grad L_i(w), v> + mu_i/2 ||v||^2 for v in "
         "V_i, " +
         set +
         ". V_i is the span of the tokens of R_i = {k : q_k = 1}, every other q_k being 0; the attended inputs span "
         "all "
         "of it, and L_i does not depend on w orthogonally to it. mu_i is 0.99 of the floating-point lambda_min, "
         "chosen "
         "before the proof";
}

// One number per expert of every seed; seeds with fewer experts are filled up with NaN.
template <class Value>
void store_experts(Evidence& evidence, const std::string& name, const AllPaths& paths, const AllProofs& proofs,
                   const Value& value, const std::string& description) {
  std::vector<std::vector<double>> rows;
  for (std::size_t seed = 0; seed < paths.size(); ++seed) {
    rows.emplace_back();
    for (std::size_t i = 0; i < paths[seed].experts.size(); ++i)
      rows.back().push_back(value(paths[seed].experts[i], proofs[seed][i]));
  }
  store_rows(evidence, name, "seed", "slot", rows, description);
}

void store_proofs(Evidence& evidence, const AllPaths& paths, const AllProofs& proofs) {
  const auto number = [&](const std::string& name, const auto& value, const std::string& description) {
    store_experts(evidence, name, paths, proofs, value, description);
  };
  using Path = const ExpertPath&;
  using Proof = const ExpertProof&;
  number(
      "expert", [](Path path, Proof) { return static_cast<double>(path.subtask.expert); }, "i, from 0");
  number(
      "modulus", [](Path, Proof proof) { return proof.modulus; }, "mu_i, the constant that a proof was tried of");
  number(
      "proven", [](Path, Proof proof) { return proof.proof.proven ? 1.0 : 0.0; }, "1 = proven");
  number(
      "dimension", [](Path, Proof proof) { return static_cast<double>(proof.proof.dimension); }, "of V_i");
  number(
      "samples", [](Path, Proof proof) { return static_cast<double>(proof.proof.samples); }, "number of R_i");
  number(
      "curvature_min", [](Path path, Proof) { return path.curvature_min; },
      "lambda_min on V_i of the least Hessian, floating point");
  number(
      "curvature_start", [](Path path, Proof) { return path.curvature_start; },
      "lambda_min on V_i of the Hessian where stage III starts, floating point");
  number(
      "curvature_end", [](Path path, Proof) { return path.curvature_end; }, "the same where stage III ends");
}

struct Extremes {
  double modulus = std::numeric_limits<double>::infinity(), start = modulus, end = modulus;  // least over experts
};

Extremes extremes(const StagePaths& paths, const StageProofs& proofs) {
  Extremes found;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    found.modulus = std::min(found.modulus, proofs[i].modulus);
    found.start = std::min(found.start, paths.experts[i].curvature_start);
    found.end = std::min(found.end, paths.experts[i].curvature_end);
  }
  return found;
}

void report_constants(Evidence& evidence, const AllPaths& paths, const AllProofs& proofs,
                      const ProvenSetting& setting) {
  const sim::DataConfig& data = setting.scenario.config.data;
  const double uniform = theory::smallest_second_moment({data.alpha.low, data.beta.low, data.gamma.low, data.classes}) /
                         static_cast<double>(data.classes);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Extremes found = extremes(paths[i], proofs[i]);
    const std::string mu = "seed " + std::to_string(paths[i].seed) + ": least mu of an expert, beside ";
    evidence.quantities.push_back(reported({mu + "the floating-point lambda_min on V at the end of stage III",
                                            found.end, found.modulus, 0, "mu can be no larger", Criterion::at_most}));
    if (!setting.on_path)
      evidence.quantities.push_back(
          reported({mu + "min(alpha^2, beta^2, gamma^2/(N-1))/N of uniform attention", uniform, found.modulus,
                    0.02 * uniform, "mu = 0.99 lambda_min, and attention moves little in stage II"}));
  }
}

// The first proof that does not stand.
std::string first_missing(const AllPaths& paths, const AllProofs& proofs) {
  for (std::size_t seed = 0; seed < proofs.size(); ++seed) {
    for (std::size_t i = 0; i < proofs[seed].size(); ++i) {
      if (!proofs[seed][i].proof.proven)
        return "seed " + std::to_string(paths[seed].seed) + ", expert " +
               std::to_string(paths[seed].experts[i].subtask.expert) + ": " + proofs[seed][i].proof.missing;
    }
  }
  return "no exactly pure seed";
}

std::string reason_of(const AllPaths& paths, const AllProofs& proofs, bool on_path) {
  const std::string count = std::to_string(proven_seeds(proofs)) + " of " + std::to_string(proofs.size());
  if (proven_verdict(proofs) != Verdict::supported)
    return "proven in " + count + " exactly pure seeds; " + first_missing(paths, proofs);
  Extremes least;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Extremes found = extremes(paths[i], proofs[i]);
    least.modulus = std::min(least.modulus, found.modulus);
    least.start = std::min(least.start, found.start);
  }
  return "every expert's subtask proven strongly convex in " + count + " exactly pure seeds, least mu " +
         in_words(least.modulus) +
         (on_path ? " on the box of the path, where lambda_min starts at " + in_words(least.start) +
                        ": a constant of this path, it shrinks with the loss"
                  : " on every w");
}

}  // namespace

void check_proven_convexity(CheckContext& context, Evidence& evidence, const ProvenSetting& setting) {
  evidence.settings_hash = setting.scenario.config_hash;
  evidence.assumptions.push_back(assumption(setting.on_path));
  AllPaths paths = paths_of(context, "stage_three", setting.scenario, setting.seeds, setting.on_path);
  std::erase_if(paths, [](const StagePaths& stage) { return !stage.exactly_pure; });
  for (const StagePaths& stage : paths) evidence.seeds.push_back(stage.seed);
  const AllProofs proofs = proofs_of(context, paths, {.on_box = setting.on_path});
  evidence.verdict = proven_verdict(proofs);
  evidence.evidence_level = evidence.verdict == Verdict::supported ? EvidenceLevel::proven : EvidenceLevel::numerical;
  evidence.reason = reason_of(paths, proofs, setting.on_path);
  evidence.quantities = {
      proven_quantity("exactly pure seeds in which every expert's subtask is proven strongly convex", proofs),
      reported({"exactly pure seeds", static_cast<double>(setting.seeds.size()), static_cast<double>(paths.size()),
                static_cast<double>(setting.seeds.size()), "others are not scored (claim M2)"})};
  report_constants(evidence, paths, proofs, setting);
  store_seeds(evidence, "seed", evidence.seeds);
  store_proofs(evidence, paths, proofs);
  evidence.negative_controls = controls(context, paths, setting.on_path);
}

}  // namespace lemmata::scenarios
