#pragma once
#include "scenarios/measure/oracle_expert.h"
#include "scenarios/measure/seeds.h"

// What an oracle-specialised expert without attention loses, measured by the simulator (Lemma 1).
namespace lemmata::scenarios {

/// Oracle experts on held-out draws of the law, all classes pooled (their laws are the same).
struct HeldoutOutcome {
  long draws = 0, errors = 0;  ///< errors: draws with y f <= 0
  double mean_loss = 0;        ///< squared loss
  double standard_error = 0;   ///< of mean_loss
  std::vector<double> chunk_loss, chunk_squared,
      chunk_errors;  ///< per chunk: sum of losses, of their squares, number of errors
  long chunk = 0;    ///< draws in each
};

void fields_of(HeldoutOutcome& outcome, Fields& fields);

/// @param name    of the arrays kept.
/// @param draws   rounded up to whole chunks of 20,000, each a held-out stream of its own (the chunks that training
/// uses
///                for its own held-out set are left out).
HeldoutOutcome oracle_on_heldout(CheckContext& context, const std::string& name, const sim::DataConfig& config,
                                 double amplitude, long draws, std::uint64_t seed);

/// The same in expectation, by data whose noise has exact second moments: no sampling error.
struct ExactOutcome {
  double loss = 0;           ///< population squared loss
  double largest_slope = 0;  ///< largest |dL/dw| over all entries of all experts
};
void fields_of(ExactOutcome& outcome, Fields& fields);
ExactOutcome oracle_exactly(CheckContext& context, const std::string& name, const sim::DataConfig& config,
                            double amplitude);

}  // namespace lemmata::scenarios
