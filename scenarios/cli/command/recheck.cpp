#include <filesystem>
#include <nlohmann/json.hpp>

#include "scenarios/cli/output.h"
#include "scenarios/cli/seeds.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/evidence/recheck.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_shown = 10;  // findings of one file on the terminal; --json has them all

std::vector<Rechecked> look_at(const std::vector<std::string>& paths, sim::ThreadTeam& team) {
  std::vector<Rechecked> all;
  for (const std::string& path : paths) {
    if (std::filesystem::is_directory(path)) {
      for (Rechecked& one : recheck_directory(path, team)) all.push_back(std::move(one));
    } else if (std::filesystem::exists(path)) {
      all.push_back(recheck(path));
    } else {
      throw InputError("recheck", "", path, "an evidence file, or a directory of them, as `check --out` writes it");
    }
  }
  if (all.empty()) throw InputError("recheck", "", paths.front(), "a directory with evidence files (.json)");
  return all;
}

std::string text_of(const std::vector<Rechecked>& all) {
  std::vector<std::vector<std::string>> rows = {{"claim", "setting", "verdict", "re-derived"}};
  std::string found;
  std::size_t good = 0;
  for (const Rechecked& one : all) {
    good += one.findings.empty();
    rows.push_back({one.id, one.setting, one.verdict, one.findings.empty() ? "yes" : "NO"});
    for (std::size_t i = 0; i < one.findings.size() && i < most_shown; ++i)
      found += "  " + one.file.string() + ": " + one.findings[i] + "\n";
    if (one.findings.size() > most_shown)
      found += "  " + one.file.string() + ": " + std::to_string(one.findings.size() - most_shown) + " more\n";
  }
  return table(rows) + (found.empty() ? "" : "\nnot as stored\n" + found) + "\n" + std::to_string(good) + " of " +
         std::to_string(all.size()) + " verdicts re-derive from what is stored\n";
}

int run(const Arguments& arguments) {
  require_json_target(arguments);
  sim::ThreadTeam team(thread_count(arguments));
  const std::vector<Rechecked> all = look_at(arguments.positionals(), team);
  Json result = {{"rechecked", Json::array()}};
  bool good = true;
  for (const Rechecked& one : all) {
    good = good && one.findings.empty();
    result["rechecked"].push_back({{"file", one.file.string()},
                                   {"id", one.id},
                                   {"setting", one.setting},
                                   {"verdict", one.verdict},
                                   {"findings", one.findings}});
  }
  print_result(arguments, text_of(all), result);
  return good ? 0 : 1;
}

}  // namespace

Command recheck_command() {
  return {
      "recheck",
      "derives stored verdicts again, without training, and names what differs",
      "DIR|FILE.json...",
      1,
      1000,
      {threads_option(), json_option()},
      "Takes what `check --out` wrote. Every number, tolerance, sentence and verdict is derived again from the "
      "arrays beside it and compared; SHA256SUMS must fit. Exit 0: all re-derive. 1: something differs or is missing.",
      "lemmata recheck evidence",
      run};
}

}  // namespace lemmata::scenarios
