#pragma once
#include "scenarios/configuration/allowed.h"
#include "sim/tree/latent_tree.h"

namespace lemmata::scenarios {

/// Keys of `system: latent_tree`, in the form of scenarios/configuration/settings_fields.h.
template <class Visitor>
void visit_latent_tree(Visitor& v, sim::LatentTreeConfig& c) {
  v.group("model", "the tree", [&](Visitor& w) {
    w("depth", c.depth, at_least(1), "L, edges from the root to a leaf");
    w("branching", c.branching, at_least(2), "children of every inner node");
    w("root_probability", c.root_probability, {}, "P(y_0 = k), one per root label");
    w("zero_given_root", c.zero_given_root, {}, "P(y = 0 | y_0 = k) of the nodes below the root");
    w("rho", c.rho, {}, "P(child = parent) = (1 + rho)/2 on every edge further down, -1 to 1");
    w("asymmetry", c.asymmetry, {}, "P(0|0) = (1 + rho)/2 + asymmetry, P(1|1) = (1 + rho)/2 - asymmetry");
    w("batch", c.batch, {.minimum = 1, .exclusive_maximum = 1000001}, "trees drawn in a step");
  });
}

}  // namespace lemmata::scenarios
