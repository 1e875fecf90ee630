#include <algorithm>
#include <deque>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "analysis/lock_file.h"
#include "analysis/part_file.h"
#include "scenarios/claims/claim.h"
#include "scenarios/cli/ci_report.h"
#include "scenarios/cli/interruption.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/cli/seeds.h"
#include "scenarios/evidence/evidence_files.h"
#include "scenarios/user_claim/user_claim.h"

namespace lemmata::scenarios {
namespace {

struct Chosen {
  const ClaimEntry* claim;
  const ClaimSetting* setting;
};

std::string known_names() {
  std::string names = "--all, a claim file (.json), a group (mot)";
  for (const ClaimEntry& claim : claims()) names += ", " + claim.id;
  return names;
}

void add_settings(const ClaimEntry& claim, bool with_long, std::vector<Chosen>& chosen, std::size_t& left_out) {
  for (const ClaimSetting& setting : claim.settings) {
    if (setting.cost == "long" && !with_long)
      ++left_out;
    else
      chosen.push_back({&claim, &setting});
  }
}

// The settings that were asked for, the long ones only with --long; claims of files are kept in `own`.
std::vector<Chosen> choose(const Arguments& arguments, std::deque<ClaimEntry>& own, std::size_t& left_out) {
  if (arguments.positionals().empty() != arguments.has("all")) {
    throw InputError("check", "", arguments.has("all") ? "both names and --all" : "nothing to check", known_names());
  }
  std::vector<std::string> wanted = arguments.positionals();
  if (wanted.empty()) {
    for (const ClaimEntry& claim : claims()) wanted.push_back(claim.id);
  }
  std::vector<Chosen> chosen;
  for (const std::string& name : wanted) {
    if (std::filesystem::path(name).extension() == ".json") {
      add_settings(own.emplace_back(user_claim_of_file(name)), arguments.has("long"), chosen, left_out);
      continue;
    }
    bool found = false;
    for (const ClaimEntry& claim : claims()) {
      if (claim.id != name && claim.group != name) continue;
      found = true;
      add_settings(claim, arguments.has("long"), chosen, left_out);
    }
    if (!found) throw InputError("check", "", name, known_names());
  }
  return chosen;
}

void make_directory(const std::string& directory) {
  std::error_code failure;
  std::filesystem::create_directory(directory, failure);
  if (failure || !std::filesystem::is_directory(directory)) {
    throw InputError("check", "--out", directory,
                     "a directory, or a new one in a directory that exists and can be written");
  }
}

std::string controls_text(const Evidence& evidence) {
  const auto supported = [](const std::vector<Control>& controls) {
    return std::count_if(controls.begin(), controls.end(),
                         [](const Control& control) { return control.verdict == Verdict::supported; });
  };
  const std::size_t negative = evidence.negative_controls.size(), positive = evidence.positive_controls.size();
  const auto failed = static_cast<long>(negative) - supported(evidence.negative_controls);
  std::string text = std::to_string(failed) + " of " + std::to_string(negative) + " fail";
  if (positive > 0)
    text += ", " + std::to_string(supported(evidence.positive_controls)) + " of " + std::to_string(positive) + " hold";
  return text;
}

int exit_code(const std::vector<Evidence>& all) {
  int code = 0;
  for (const Evidence& evidence : all) {
    if (evidence.is_as_expected()) continue;
    if (evidence.verdict != Verdict::inconclusive || !evidence.controls_hold()) return 1;
    code = 77;
  }
  return code;
}

std::string text_of(const std::vector<Evidence>& all, std::size_t left_out) {
  std::vector<std::vector<std::string>> rows = {{"claim", "setting", "verdict", "expected", "controls", "evidence"}};
  std::string reasons;
  std::size_t unexpected = 0;
  for (const Evidence& e : all) {
    rows.push_back({e.id, e.setting, verdict_name(e.verdict), verdict_name(e.expected), controls_text(e),
                    evidence_level_name(e.evidence_level)});
    reasons += "  " + e.id + " " + e.setting + ": " + e.reason + "\n";
    if (!e.is_as_expected()) {
      ++unexpected;
      rows.back().push_back("NOT AS EXPECTED");
    }
  }
  std::string text = table(rows) + "\nwhy\n" + reasons + "\n" + std::to_string(all.size() - unexpected) + " of " +
                     std::to_string(all.size()) + " verdicts as expected";
  if (left_out > 0) text += "; " + std::to_string(left_out) + " long ones left out (--long adds them)";
  return text + "\n";
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  std::size_t left_out = 0;
  std::deque<ClaimEntry> own;
  const std::vector<Chosen> chosen = choose(arguments, own, left_out);
  const std::optional<std::string> directory = arguments.text("out"), junit = arguments.text("junit"),
                                   markdown = arguments.text("markdown");
  if (arguments.has("resume") && !directory) throw InputError("check", "--resume", "no --out", "--out DIR beside it");
  if (directory) make_directory(*directory);
  if (directory)
    analysis::require_writable_target(std::filesystem::path(*directory) / "evidence.json", analysis::is_json);
  if (junit) analysis::require_writable_target(*junit, analysis::is_markup);
  if (markdown) analysis::require_writable_target(*markdown, analysis::is_markdown);
  std::optional<analysis::LockFile> lock;
  std::optional<MeasurementJournal> journal;
  if (directory) {
    const std::filesystem::path folder(*directory);
    lock.emplace(folder / "check.lock");
    journal.emplace(folder / "check.measured.jsonl", arguments.has("resume"));
  }
  sim::ThreadTeam team(thread_count(arguments));
  catch_interrupts(arguments);
  std::vector<Evidence> all;
  {
    Progress progress("check", static_cast<long>(chosen.size()), "checks", arguments.has("quiet"));
    CheckContext context{team, arguments.integer("seeds", 1, 100'000).value_or(0),
                         [&](const std::string& line) { progress.say(line); }};
    context.proceed = [] { return !is_interrupted(); };
    context.journal = journal ? &*journal : nullptr;
    for (const Chosen& one : chosen) {
      try {
        if (is_interrupted()) break;
        all.push_back(check(*one.claim, *one.setting, context));
      } catch (const CheckInterrupted&) {
        break;
      }
      Evidence& evidence = all.back();
      progress.say(evidence.id + " " + evidence.setting + ": " + verdict_name(evidence.verdict) +
                   (evidence.is_as_expected() ? "" : " (NOT as expected)"));
      if (directory) write_evidence(*directory, evidence);
      progress.advance(1);
    }
  }
  const bool cut = all.size() < chosen.size();
  if (!cut && journal) journal->remove();
  if (junit) analysis::write_text_atomically(*junit, analysis::is_markup, junit_xml(all));
  if (markdown) analysis::write_text_atomically(*markdown, analysis::is_markdown, markdown_summary(all));
  if (arguments.has("github")) std::cerr << github_annotations(all);
  Json result = {{"claims", Json::array()}};
  for (const Evidence& evidence : all) result["claims"].push_back(json_from_evidence(evidence));
  print_result(arguments, text_of(all, left_out), result);
  if (cut)
    return interrupted(arguments,
                       directory ? "the same command with --resume goes on" : "without --out it starts anew");
  return exit_code(all);
}

}  // namespace

Command check_command() {
  return {
      "check",
      "checks claims and prints a verdict for each, with its evidence",
      "[CLAIM|GROUP|FILE.json]...",
      0,
      1000,
      {{"all", "", "every claim"},
       {"long", "", "the long checks too"},
       {"seeds", "N", "number of seeds, in place of each claim's own"},
       out_option("DIR", "write the evidence as DIR/ID--SETTING.json, its arrays beside it as .h5 (created)"),
       {"junit", "FILE", "write JUnit XML"},
       {"markdown", "FILE", "write a table of the verdicts as Markdown"},
       {"github", "", "print ::error lines for GitHub Actions, at most 10, for verdicts not as expected"},
       {"resume", "", "go on from what an interrupted check to the same DIR has measured"},
       max_time_option(),
       threads_option(),
       {"quiet", "", "no progress"},
       json_option()},
      "Exit 0: all verdicts as expected, every negative control fails and every positive one holds. 1: some is not so. "
      "77: nothing worse than an unexpected `inconclusive`. 130: interrupted; with --out every run that ended is kept "
      "in "
      "DIR/check.measured.jsonl, from which --resume goes on to the same evidence.",
      "lemmata check mot --out evidence",
      run};
}

}  // namespace lemmata::scenarios
