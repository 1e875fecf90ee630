#pragma once
#include <string>
#include <vector>

#include "scenarios/configuration/allowed.h"
#include "scenarios/configuration/settings.h"
#include "scenarios/metrics/metric.h"
#include "scenarios/system/fields.h"
#include "scenarios/system/system.h"
#include "sim/activation/activation.h"
#include "sim/attention/attention.h"
#include "sim/data/law.h"
#include "sim/expert/form.h"
#include "sim/gate/gate.h"
#include "sim/loss/loss.h"
#include "sim/model/architecture.h"
#include "sim/model/parameters.h"
#include "sim/optimizer/optimizer.h"

// The one table of keys: where each stands in the JSON, which field of Settings it fills, what it may hold. The schema,
// the reader and the writer of settings are three visitors of it (settings_json.cpp), so they cannot drift. Lists of
// allowed names come from the registries. Conditions on several keys at once (2 classes <= features) are checked by
// sim.
namespace lemmata::scenarios {

// A visitor v has v(key, value, allowed, description) for a leaf, and v.group(key, description, visit) for an object,
// where `visit` lists the object's fields. Each `visit_...` below is one object.

template <class Visitor>
void visit_data(Visitor& v, Settings& s) {
  sim::DataConfig& data = s.config.data;
  v("law", data.law, one_of(names_of(sim::data_laws())), "law of the samples");
  v("classes", data.classes, at_least(2), "N, number of classes");
  v("features", data.features, at_least(1), "d, length of a token; at least 2 x classes");
  v("tokens", data.tokens, at_least(3), "L, tokens of a sample");
  v("alpha", data.alpha, {},
    "amplitude of the label signal: a number, or a range [low, high] drawn from for each sample");
  v("beta", data.beta, {}, "amplitude of the class signal, likewise");
  v("gamma", data.gamma, {}, "amplitude of the distractor, the label signal of another class, likewise");
  v("noise_std", s.noise_std, at_least(0),
    "s, standard deviation of a noise token per coordinate; 0 if neither is given");
  v("noise_norm", s.noise_norm, at_least(0), "s sqrt(features), in place of noise_std");
  v("sampling", data.sampling, one_of({"enumerated", "random", "fresh"}),
    "all tuples, a fixed draw, or a new draw each step");
  v("replicates", data.replicates, at_least(1), "noise draws per tuple (enumerated)");
  v("samples", data.samples, at_least(1), "number of samples (random, fresh)");
  v("heldout", data.heldout, at_least(0), "number of held-out samples, 0 = none");
  v("basis", data.basis, one_of({"standard", "random"}), "signals are unit vectors, or a Haar rotation of them");
  v("label_cosine", data.label_cosine, {.exclusive_minimum = -1, .exclusive_maximum = 1},
    "cosine between any two label signals");
  v("class_tree_cosine", data.class_tree_cosine, {.minimum = 0, .exclusive_maximum = 1},
    "cosine per level of a binary tree of class signals");
  v("zipf", data.zipf, at_least(0), "class frequencies n^-zipf, n = 1..classes");
  v("file", s.data_file, {}, "HDF5 file with X, y, class; the other keys are then not used");
  v("heldout_file", s.heldout_file, {}, "HDF5 file with the held-out samples");
}

template <class Visitor>
void visit_model(Visitor& v, Settings& s) {
  sim::ModelConfig& model = s.config.model;
  v("kind", model.kind, one_of(names_of(sim::models())), "kind of model");
  v("experts", model.experts, at_least(1), "M, number of experts (kinds with a gate)");
  v("heads", model.heads, at_least(1), "H, number of heads (single)");
  v.group("expert", "the FFN of a unit and how it is combined with attention", [&](Visitor& w) {
    w("form", model.expert.form, one_of(names_of(sim::forms())), "how token values and attention become an output");
    w("activation", model.expert.activation, one_of(names_of(sim::activations())), "activation");
    w("neurons", model.expert.neurons, at_least(1), "J, neurons per unit; output signs +1, -1, +1, ...");
  });
  v("attention", model.attention, one_of(names_of(sim::attentions())), "how scores become attention weights");
  v.group("gate", "routing of a sample to one expert", [&](Visitor& w) {
    w("routing", model.gate.routing, one_of(names_of(sim::gates())), "drawn top-1, or its exact probabilities");
    w("noise", model.gate.noise, above(0), "nu, exploration noise Uniform[0, nu]");
    w("combine", model.gate.combine, one_of({"one", "probability", "logit"}),
      "output of an expert times 1, times its gate probability, or (sampled routing) times its score: logit + draw");
    w("input", model.gate.input, one_of({"tokens", "class_span", "attention"}), "what the gate sees");
  });
  v.group("init", "initial values", [&](Visitor& w) {
    w("ffn_std", model.init.ffn_std, at_least(0), "standard deviation of each ffn weight");
    w("ffn_law", model.init.ffn_law, one_of({"normal", "uniform"}), "law of the ffn weights, of that deviation");
    w("attention_std", model.init.attention_std, at_least(0), "standard deviation of each attention weight");
    w("file", s.init_file, {}, "HDF5 file with any of ffn, attention, gate, output, routing_noise; the rest is drawn");
  });
}

// Only the mixtures have Hessians to give.
inline std::vector<std::string> optimizers_of(const std::string& system) {
  std::vector<std::string> names;
  for (const sim::OptimizerEntry& entry : sim::optimizers()) {
    if (system == "mixture" || !entry.uses_hessian) names.push_back(entry.name);
  }
  return names;
}

template <class Visitor>
void visit_block(Visitor& v, sim::BlockTraining& block, const std::vector<std::string>& optimizers) {
  v("optimizer", block.optimizer, required(one_of(optimizers)), "update rule");
  v("learning_rate", block.learning_rate, required(above(0)), "learning rate eta");
  v("beta", block.beta, {.minimum = 0, .exclusive_maximum = 1}, "momentum's beta");
  v("tolerance", block.tolerance, above(0), "gradient_flow: relative and absolute tolerance of the solver");
}

// A stage of any system.
template <class Visitor>
void visit_plain_stage(Visitor& v, sim::StageConfig& stage, const std::string& system) {
  v("name", stage.name, {.required = true}, "name of the stage");
  v("steps", stage.steps, required(at_least(0)), "number of updates, at most");
  v.blocks("train", stage.train, system_named(system).blocks, "the blocks that are trained, each with its optimiser",
           [&](Visitor& w, sim::BlockTraining& block) { visit_block(w, block, optimizers_of(system)); });
}

template <class Visitor>
void visit_stage(Visitor& v, sim::StageConfig& stage) {
  visit_plain_stage(v, stage, "mixture");
  v.group("stop", "reasons to end the stage early; 0 = off", [&](Visitor& w) {
    w("loss", stage.stop.loss, at_least(0), "training loss at most this");
    w("gradient_norm", stage.stop.gradient_norm, at_least(0), "norm of the trained blocks' gradient at most this");
    w("no_progress_steps", stage.stop.no_progress_steps, at_least(0),
      "so many steps without progress of the objective");
    w("no_progress_change", stage.stop.no_progress_change, at_least(0), "relative decrease that counts as progress");
  });
  v("normalise_by_load", stage.normalise_by_load, {}, "divide an expert's gradient by its routed mass");
}

template <class Visitor>
void visit_mixture(Visitor& v, Settings& s) {
  v.group("data", "the samples", [&](Visitor& w) { visit_data(w, s); });
  v.group("model", "the model and its initial values", [&](Visitor& w) { visit_model(w, s); });
  v.group("loss", "loss of the margin z = y F", [&](Visitor& w) {
    w("kind", s.config.loss.kind, one_of(names_of(sim::losses())), "loss");
    w("l2", s.config.loss.l2, at_least(0),
      "(l2/2) ||block||^2 on trained ffn, output and attention, never on the gate");
  });
  v.stages("stages", s.config.stages, "the schedule: stages in turn",
           [](Visitor& w, sim::StageConfig& stage) { visit_stage(w, stage); });
  v.group("schedule", "a rewriting of a three-stage schedule", [&](Visitor& w) {
    w("preset", s.schedule.preset, one_of({"three_stage", "two_stage", "two_stage_late", "joint", "alternating"}),
      "see sim/train/preset.h");
    w("period", s.schedule.period, at_least(1), "steps of one turn (alternating)");
  });
}

template <class Visitor>
void visit_settings(Visitor& v, Settings& s) {
  v("system", s.system, one_of({s.system}), "what is simulated; only what extends a scenario keeps its system");
  v("name", s.config.name, {}, "name of the scenario; by default that of its file");
  v("description", s.description, {}, "one line");
  v("claim_group", s.claim_group, {}, "group of claims that the scenario serves");
  v("seed", s.config.seed, at_least(0), "seed of every random stream");
  if (s.system == "mixture") {
    visit_mixture(v, s);
  } else {
    visit_system(v, s);
    v.stages("stages", s.config.stages, "the schedule: stages in turn",
             [&](Visitor& w, sim::StageConfig& stage) { visit_plain_stage(w, stage, s.system); });
  }
  v.group("record", "what is recorded, and when", [&](Visitor& w) {
    w("every", s.record.every, {}, "log, or n: steps t with t mod n = 0");
    w("per_decade", s.record.per_decade, at_least(1), "records per factor 10 of steps (log)");
    if (s.system == "mixture") w("metrics", s.record.metrics, one_of(names_of(metrics())), "groups of metrics");
  });
}

}  // namespace lemmata::scenarios
