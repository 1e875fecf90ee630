#pragma once
#include <vector>

#include "scenarios/measure/seeds.h"

// Ends of runs that are set by hand instead of trained, for positive controls: what Propositions 1 and 2 say of a
// trained model holds of them by construction.
namespace lemmata::scenarios {

/// The run of a seed as if training had specialised its experts: w_i = v_n - v_n'/4 for n = expert_class[i] and the
/// next class n', so that <w_i, v_n> is 4 times any other; theta_i along c_n, so far that a sample of class n goes to
/// the experts of class n only, whatever the exploration noise; Q_i = v_n v_n^T, so that the label token of class n
/// attends to itself more than 1/L and every other query stays uniform. `experiment.initial` keeps the seed's initial
/// values. A class with no expert finds all logits equal and goes anywhere.
/// @param expert_class  one per expert.
/// @throws std::invalid_argument unless the model has a gate on tokens or on span{c} (theta_i lies in it), one neuron
/// per expert and an attention of each expert's own. Checked by: tests/scenarios/planted_end_test.cpp.
FinalState planted_end(const Scenario& scenario, long seed, const std::vector<Index>& expert_class);

/// Expert i to class i mod N.
std::vector<Index> classes_in_turn(long experts, long classes);

}  // namespace lemmata::scenarios
