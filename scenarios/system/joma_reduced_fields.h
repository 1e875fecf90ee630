#pragma once
#include "scenarios/configuration/allowed.h"
#include "sim/joma/reduced.h"

namespace lemmata::scenarios {

/// The keys of the system joma_reduced, see sim/joma/reduced.h.
template <class Visitor>
void visit_joma_reduced(Visitor& v, sim::ReducedConfig& c) {
  v.group("model", "the reduced model and its initial values", [&](Visitor& w) {
    w("law", c.law, one_of({"relaxation", "stationary", "fixed_upstream", "regression"}),
      "(mu - v) o a(v); mu o a(z); linear phi on samples with g fixed; the same with squared loss");
    w("attention", c.attention, one_of({"exp", "linear", "softmax"}),
      "exp(s/T), sqrt(s + c) or softmax(s/T) of s = v^2 (relaxation), else exp(z/T)/A, z/A or softmax(z/T) per sample");
    w("state", c.state, one_of({"v", "log_gap"}), "what is integrated: v, or ln(1 - v/mu) (relaxation)");
    w("mu", c.mu, {}, "a list, or sort(low + (high - low) u) drawn by std::mt19937");
    w("scale", c.scale, {}, "factor on mu");
    w("nodes", c.nodes, at_least(1), "K; if more than 1, row l of mu is mu_l times a random unit vector");
    w("temperature", c.temperature, above(0), "T of exp(s/T) and exp(z/T)");
    w("normalisation", c.normalisation, above(0), "A of exp and linear attention (other than relaxation)");
    w("invariant", c.invariant, at_least(0), "c of linear attention sqrt(s + c) (relaxation)");
    w("v0", c.v0, {}, "initial v: every entry, or their standard deviation");
    w("start", c.start, one_of({"equal", "normal"}), "which of the two");
    w("z0", c.z0, {}, "initial attention logits; linear attention starts at 1 + z0");
    w("samples", c.samples, at_least(1), "samples (fixed_upstream, regression)");
  });
}

}  // namespace lemmata::scenarios
