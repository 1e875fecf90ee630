#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/dataset.h"
#include "analysis/statistics.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/evidence/measurements.h"
#include "scenarios/evidence/shared_records.h"
#include "sim/parallel.h"

namespace lemmata::scenarios {

enum class Verdict { supported, refuted, inconclusive };
std::string verdict_name(Verdict verdict);

/// How far a verdict can be trusted: a proof, floating-point arithmetic with a stated error, or an inference from
/// samples.
enum class EvidenceLevel { proven, numerical, statistical };
std::string evidence_level_name(EvidenceLevel level);

/// When a quantity holds: |measured - predicted| <= tolerance; measured - tolerance >= predicted; measured + tolerance
/// <= predicted.
enum class Criterion { equal, at_least, at_most };
std::string criterion_name(Criterion criterion);

/// One number of a check. The judged ones decide: a verdict is `supported` exactly if each of them holds.
struct Quantity {
  std::string what;
  double predicted = 0, measured = 0, tolerance = 0;
  std::string reason;  ///< why this tolerance
  Criterion criterion = Criterion::equal;
  bool judged = true;  ///< false: reported beside the others, decides nothing

  bool holds() const;      ///< false for NaN
  bool is_number() const;  ///< none of the three numbers is NaN
};

/// The first judged quantity that is no number; null if all are.
const Quantity* not_a_number_among(const std::vector<Quantity>& quantities);

/// The same judge where the answer is known. The one rule for all of them: a verdict counts only if the judge can say
/// otherwise, so it must support every positive control and no negative one; and `supported` needs a negative control,
/// `refuted` a positive one.
struct Control {
  std::string what;  ///< negative: the hypothesis that is broken; positive: why the statement holds by construction
  Verdict verdict = Verdict::inconclusive;
  std::vector<Quantity> quantities;
};

/// What a check found, by contract.md, "Evidence".
struct Evidence {
  std::string id, setting, statement, source, settings_hash;
  std::vector<std::string> assumptions;  ///< of the translation from the paper to this check
  std::vector<long> seeds;
  std::vector<Quantity> quantities;
  std::optional<analysis::Interval> interval;
  std::string interval_of;  ///< what the interval is about, and its level
  EvidenceLevel evidence_level = EvidenceLevel::statistical;
  Verdict verdict = Verdict::inconclusive;
  Verdict expected = Verdict::supported;
  std::string reason;  ///< why this verdict, in a sentence
  std::vector<Control> negative_controls, positive_controls;
  analysis::Dataset
      stored;              ///< what was measured, from which the verdict can be derived again, and what follows from it
  long seeds_wanted = 0;   ///< CheckContext::seeds
  std::string definition;  ///< ClaimEntry::definition
  std::vector<std::string> files;  ///< where they were written, beside the evidence; empty if nowhere
  std::string cost = "quick";

  /// The rule of `Control`; if it does not hold the verdict says nothing. Checked by:
  /// tests/scenarios/quantities_test.cpp.
  bool controls_hold() const;
  bool is_as_expected() const;  ///< the expected verdict, and controls_hold
};

Json json_from_evidence(const Evidence& evidence);

/// What a check may use.
struct CheckContext {
  sim::ThreadTeam& team;  ///< runs of different seeds go side by side on it
  long seeds = 0;         ///< number of seeds wanted; 0 = the claim's own
  std::function<void(const std::string&)> report = [](const std::string&) {};  ///< progress, one line
  std::function<bool()> proceed = [] { return true; };  ///< asked before every run; false interrupts the check
  MeasurementJournal* journal = nullptr;                ///< of checks that may be gone on with
  Measurements measurements = {};  ///< of the check under way: all that it trains or measures goes through them
  std::shared_ptr<SharedRecords> shared = std::make_shared<SharedRecords>();  ///< of runs that several checks train

  long seeds_or(long own) const { return seeds > 0 ? seeds : own; }
};

/// Thrown out of a check that `proceed` interrupts.
struct CheckInterrupted {};

/// One claim in one setting: one verdict.
struct ClaimSetting {
  std::string name;
  Verdict expected = Verdict::supported;
  std::string cost = "quick";  ///< quick | long
  std::function<void(CheckContext&, Evidence&)>
      check;  ///< fills quantities, interval, verdict, reason, controls, seeds, hash
};

/// One claim: a file of its own in scenarios/claims, and a line in its list.def.
struct ClaimEntry {
  std::string id, group, statement;
  std::string formula;  ///< what is checked, as LaTeX: rows of an `aligned` environment; empty for a user's claim
  std::string source;
  std::vector<std::string> assumptions;
  std::vector<ClaimSetting> settings;
  std::string definition = {};  ///< of a user's claim: its JSON text, which goes into the evidence
  std::string scenarios = {};   ///< of a user's claim: settings and hashes of the scenarios it names
};

std::span<const ClaimEntry> claims();

/// Runs one setting of a claim. A check that throws is a defect of ours and is passed on.
Evidence check(const ClaimEntry& claim, const ClaimSetting& setting, CheckContext& context);

/// The same from what was measured earlier: nothing is trained, everything else is done again.
/// @param stored  Evidence::stored of that time.  @throws StoredFault if it is not what the check measures.
Evidence derive_again(const ClaimEntry& claim, const ClaimSetting& setting, analysis::Dataset stored,
                      CheckContext& context);

}  // namespace lemmata::scenarios
