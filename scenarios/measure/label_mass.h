#pragma once
#include "scenarios/measure/oracle_expert.h"
#include "scenarios/measure/seeds.h"

// Attention on the label token: does it rise in stage II (Prop. 2)?
namespace lemmata::scenarios {

/// Attention mass on label tokens of every class, mean over queries, and over the class's samples and experts weighted
/// by q.
/// @return (class).
Vector label_mass(const sim::Problem& problem, const sim::Parameters& parameters, const Matrix& weight);

/// d/dt at t = 0 of the label mass of class n at one unit when its Q moves by t G, by central differences with one
/// Richardson step: error about (t max|x^T G x|)^4 plus rounding 1e-16/t, t chosen so that both are below 1e-10 of the
/// slope's unit.
double measured_label_mass_slope(const sim::Problem& problem, sim::Parameters parameters, Index unit, Index class_index,
                                 const Matrix& direction);

/// Stage II of one seed.
struct StageTwoMass {
  bool completed = false, pure = false;  ///< is_class_pure at the end of stage II
  double least_rise = 0, mean_rise = 0;  ///< over classes: label mass at the end of stage II minus 1/L
  double loss = 0;                       ///< prediction loss at the end of stage II
};
void fields_of(StageTwoMass& mass, Fields& fields);
StageTwoMass stage_two_mass(const Scenario& scenario, long seed);

/// The same of a run that has ended already.
StageTwoMass stage_two_mass(const FinalState& end);

/// The start of stage II of one seed, for the expert that class n is mostly sent to, along its own -dL/dQ.
struct StageTwoStart {
  double amplitude = 0;    ///< a = <w_i, v_n>
  double measured = 0;     ///< slope of the label mass, by differences of the simulator's attention
  double predicted = 0;    ///< theory::label_mass_slope of the same direction
  double specialised = 0;  ///< what Prop. 2 says of w = a v_n instead: -l'(a alpha) times the closed form's slope
};
/// One entry per class. The slopes are means over moment-matched samples, so that theory's are exact.
std::vector<StageTwoStart> stage_two_start(const Scenario& scenario, long seed);

/// All classes of one seed, to be kept.
struct StageTwoStarts {
  std::vector<StageTwoStart> per_class;
};
void fields_of(StageTwoStarts& starts, Fields& fields);

inline constexpr double rise_delta = 0.1;  ///< share of seeds in which the mass need not rise

/// Does label-token mass rise in at least 1 - rise_delta of the class-pure seeds? And what that looks at. Checked by:
/// tests/scenarios/verdicts_test.cpp.
Verdict rise_verdict(const Proportion& rises);
Quantity rise_quantity(const Proportion& rises);

}  // namespace lemmata::scenarios
