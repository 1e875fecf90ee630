#pragma once
#include "scenarios/configuration/settings.h"
#include "scenarios/system/joma_layer_fields.h"
#include "scenarios/system/joma_reduced_fields.h"
#include "scenarios/system/latent_tree_fields.h"
#include "scenarios/system/transformer_fields.h"

// The tables of keys of every system but the mixtures, in the form of scenarios/configuration/settings_fields.h.
namespace lemmata::scenarios {

/// The keys of `s.system`, other than those that every system has.
template <class Visitor>
void visit_system(Visitor& v, Settings& s) {
  if (s.system == "joma_layer") visit_joma_layer(v, s.joma_layer);
  if (s.system == "joma_reduced") visit_joma_reduced(v, s.joma_reduced);
  if (s.system == "transformer") visit_transformer(v, s.transformer);
  if (s.system == "latent_tree") visit_latent_tree(v, s.latent_tree);
}

}  // namespace lemmata::scenarios
