#pragma once
#include "scenarios/measure/seeds.h"

namespace lemmata::scenarios {

/// Where one run has come to rest.
struct TrainedFloor {
  bool completed = false;                      ///< not diverged
  bool pure = false;                           ///< is_class_pure, on the training data at the end
  double heldout_loss = 0, heldout_error = 0;  ///< of the noise-free argmax expert, on the run's held-out set
  double training_loss = 0;                    ///< q-weighted, in sample
  double optimum = 0;  ///< its infimum over all w with attention and routing frozen: the floor in sample. Forms that
                       ///< are not linear in w: the training loss, which may lie above the infimum
};

void fields_of(TrainedFloor& floor, Fields& fields);

/// Trains one seed and measures it at its end. @throws std::invalid_argument without held-out data or label signals.
TrainedFloor trained_floor(const Scenario& scenario, long seed);

/// Runs with attention and their twins without, seed by seed, and the seeds that may be compared.
struct Twins {
  std::vector<TrainedFloor> with, without;
  std::vector<std::size_t> all, pure;  ///< positions of seeds at which both completed; at which both are class-pure too

  bool some_diverged() const { return all.size() < with.size(); }
  /// 95 % t interval of one number over some seeds; of the held-out loss without minus with, paired. @pre two seeds or
  /// more.
  analysis::Interval interval(const std::vector<TrainedFloor>& runs, double TrainedFloor::*number,
                              const std::vector<std::size_t>& kept) const;
  analysis::Interval gain(const std::vector<std::size_t>& kept) const;
};
/// Runs that are there already, seed by seed.
Twins twins_of(std::vector<TrainedFloor> with, std::vector<TrainedFloor> without);
/// trained_floor of every seed. @param name  of the arrays kept.
std::vector<TrainedFloor> trained_floors(CheckContext& context, const std::string& name, const Scenario& scenario,
                                         const std::vector<long>& seeds);
/// @param name  of the arrays kept: NAMEwith, NAMEwithout.
Twins train_twins(CheckContext& context, const std::string& name, const std::vector<long>& seeds, const Scenario& with,
                  const Scenario& without);

inline constexpr std::size_t least_pure = 10;  ///< seeds that a verdict needs
/// 1 % of the closed form's 0.1: below it nothing is called a floor or a gain.
inline constexpr double relevant = 1e-3;

/// Held-out loss without attention above that with it by more than `relevant`, paired; refuted: certainly not by so
/// much; inconclusive as floor_verdict. Checked by: tests/scenarios/verdicts_test.cpp.
Verdict gain_verdict(const Twins& twins, const std::vector<std::size_t>& kept);

/// A floor without attention (the least loss in sample stays above `relevant`), lower with it (held-out, paired, by
/// more than that). Refuted: one of the two certainly not. Inconclusive if a twin diverged or with fewer than
/// least_pure seeds kept. Checked by: tests/scenarios/verdicts_test.cpp.
Verdict floor_verdict(const Twins& twins, const std::vector<std::size_t>& kept);

}  // namespace lemmata::scenarios
