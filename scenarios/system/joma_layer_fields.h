#pragma once
#include "scenarios/configuration/allowed.h"
#include "sim/activation/activation.h"
#include "sim/joma/layer_config.h"

namespace lemmata::scenarios {

/// Keys of `system: joma_layer`, in the form of scenarios/configuration/settings_fields.h.
template <class Visitor>
void visit_joma_layer(Visitor& v, sim::LayerConfig& c) {
  v.group("data", "the samples", [&](Visitor& w) {
    w("law", c.data.law, one_of({"gaussian", "random"}), "Fig. 2 data: classes along a line, or without structure");
    w("distinct", c.data.distinct, at_least(0), "tokens that tell classes apart");
    w("common", c.data.common, at_least(0), "tokens that do not");
    w("classes", c.data.classes, at_least(1), "classes; sample i is of class i mod classes");
    w("samples", c.data.samples, at_least(1), "samples");
    w("queries", c.data.queries, at_least(1), "queries; sample i asks query i mod queries");
    w("sample_weight", c.data.sample_weight, {}, "P(sample), of sum 1; empty: equal");
    w("batch", c.data.batch, at_least(0), "samples of a minibatch, drawn at every step; 0 = all");
  });
  v.group("model", "the layer and its initial values", [&](Visitor& w) {
    w("attention", c.attention, one_of({"linear", "exp", "softmax"}), "sigma of b = sigma(z) o x / A");
    w("temperature", c.temperature, above(0), "T (exp, softmax)");
    w("normaliser", c.normaliser, above(0), "A (linear, exp)");
    w("activation", c.activation, one_of(names_of(sim::activations())), "phi of the hidden nodes");
    w("nodes", c.nodes, at_least(1), "K, hidden nodes");
    w("upstream", c.upstream, one_of({"cross_entropy", "upper", "fixed"}),
      "cross entropy on the nodes or on a trained upper layer, or a fixed upstream gradient g");
    w("upstream_std", c.upstream_std, at_least(0), "standard deviation of the fixed g");
    w.group("embedding", "vectors of tokens and queries", [&](Visitor& u) {
      u("kind", c.embedding.kind, one_of({"orthonormal", "random"}), "columns of the identity, or N(0, 1/dimension)");
      u("dimension", c.embedding.dimension, at_least(1), "d; orthonormal: at least tokens + queries");
    });
    w.group("init", "initial values, normal", [&](Visitor& u) {
      u("node_std", c.init.node_std, at_least(0), "standard deviation of each entry of w");
      u("query_std", c.init.query_std, at_least(0), "standard deviation of each entry of z");
      u("upper_std", c.init.upper_std, at_least(0), "standard deviation of each entry of upper");
    });
  });
}

}  // namespace lemmata::scenarios
