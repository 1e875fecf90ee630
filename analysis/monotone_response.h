#pragma once
#include <span>

#include "analysis/response_curve.h"

namespace lemmata::analysis {

/// ln of the largest likelihood of the trials under any response that never falls: isotonic regression by pooling of
/// adjacent violators, the responses of equal places being equal.
/// Source: Ayer, Brunk, Ewing, Reid, Silverman, Ann. Math. Stat. 26 (1955) 641.
/// Checked by: tests/analysis/monotone_response_test.cpp.
double rising_log_likelihood(std::span<const Trial> trials);

/// ln of the probability of the outcomes, given the places, by a predictor that assumes no direction: the range, cut
/// into 64 cells, falls into 2, 3, 4 or 5 segments, each number as likely as another and every choice of their ends
/// likewise, with one response in each, a Beta(.1, .1) variable.
double shapeless_log_likelihood(std::span<const Trial> trials);

/// Evidence against a set of responses: ln of (probability by the shapeless predictor / largest likelihood in the set).
///
/// Under any response of the set the ratio is at most a martingale of mean 1 that starts at 1, however the places were
/// chosen from earlier outcomes and whenever one looks; so P(it ever reaches 1/error) <= error (Ville), exactly.
///   shapeless_log_likelihood - rising_log_likelihood           >= evidence_needed(error): not monotone as assumed
///   shapeless_log_likelihood - curve.largest_log_likelihood()  >= evidence_needed(error): not of the curve's form
/// Source: Wasserman, Ramdas, Balakrishnan, "Universal inference", PNAS 117 (2020) 16880.
double evidence_needed(double error);

}  // namespace lemmata::analysis
