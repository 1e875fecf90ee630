#pragma once
#include <string>
#include <vector>

#include "scenarios/measure/joint_sides.h"

// What claims J5 and J6 share: softmax attention on Fig. 2 data.
namespace lemmata::scenarios {

/// The setting of Fig. 2: phi = z, cross entropy, T = 0.5, gd 0.1, looked at every 100 steps up to 1000, and at 500
/// steps apart up to 2000. @param law  of the data.
JointTraining softmax_training(const std::string& law);

/// A training in which bbar is constant, so that the theorem's approximation is exact up to the step: every sample has
/// the same tokens, so b is the same in all, and z moves 1,000 times slower than v, so b stays where it is. Its
/// upstream is a fixed g, since labels that the tokens do not tell apart would leave v where it is.
JointTraining constant_mean_training();
std::string constant_mean_in_words();

/// Cosine of a and b after their means are taken off. 1 for vectors that differ by a factor > 0 and a constant.
double centred_cosine(const Vector& a, const Vector& b);

/// analysis::mean, and NaN if any number is not finite.
double mean_of(const std::vector<double>& sample);

}  // namespace lemmata::scenarios
