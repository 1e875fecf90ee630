#include "scenarios/cli/reproduce.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analysis/file_error.h"
#include "scenarios/build.h"
#include "scenarios/cli/output.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/configuration/scenario_library.h"
#include "scenarios/run/checkpoint.h"

namespace lemmata::scenarios {
namespace {

// As one word of a shell.
std::string quoted(const std::string& text) {
  const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_./=,-:", c); };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

// Adds what differs as overrides: of objects key by key, anything else as a whole.
void add_differences(const Json& base, const Json& wanted, const std::string& path, std::vector<Override>& list) {
  for (const auto& [key, value] : wanted.items()) {
    const std::string here = path.empty() ? key : path + "." + key;
    const auto there = base.find(key);
    if (there == base.end() || (*there != value && !(there->is_object() && value.is_object())))
      list.push_back({here, value.dump()});
    else if (*there != value)
      add_differences(*there, value, here, list);
  }
}

// The scenario as words of a command, if a shipped one with overrides is the same; else none.
std::string words_of_shipped(const std::string& settings) {
  const Json wanted = Json::parse(settings);
  const std::string name = wanted.value("name", "");
  const auto& shipped = shipped_scenarios();
  if (std::none_of(shipped.begin(), shipped.end(), [&](const ShippedScenario& one) { return one.name == name; }))
    return "";
  std::vector<Override> overrides;
  add_differences(Json::parse(load_scenario(name).settings_json), wanted, "", overrides);
  std::erase_if(overrides, [](const Override& one) { return one.path == "seed"; });
  Scenario again = load_scenario(name, overrides);
  Json resolved = Json::parse(again.settings_json);
  resolved["seed"] = wanted["seed"];
  if (resolved != wanted) return "";
  std::string words = quoted(name);
  for (const Override& one : overrides) words += " --set " + quoted(one.path + "=" + one.value);
  return words;
}

std::string seed_words(const analysis::ResultReader& result, const analysis::Attributes& found) {
  if (!result.contains("seed")) {
    const std::string seed = in_words(found, "seed");
    if (seed.empty() || !std::all_of(seed.begin(), seed.end(), [](unsigned char c) { return std::isdigit(c); }))
      throw analysis::FileError(result.file(), "seed", one_line(seed), "a whole number");
    return " --seed " + seed;
  }
  const std::vector<std::int64_t> seeds = result.integers("seed");
  std::string list;
  for (std::size_t i = 0; i < seeds.size();) {  // runs of numbers as 0-19
    std::size_t last = i;
    while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1) ++last;
    list += (list.empty() ? "" : ",") + std::to_string(seeds[i]);
    if (last > i) list += "-" + std::to_string(seeds[last]);
    i = last + 1;
  }
  return " --seeds " + list;
}

std::string notes_of(const analysis::Attributes& found) {
  std::string notes;
  if (in_words(found, "git_dirty") != "0")
    notes += "it was made from a working tree with changes that are in no commit\n";
  if (found.contains("resumed_anyway"))
    notes +=
        "it was gone on with although that was not as before: " + one_line(in_words(found, "resumed_anyway")) + "\n";
  const std::string reason = in_words(found, "stop_reason");
  if (reason == "interrupted" || reason == "mixed")
    notes += "the run was interrupted after step " + one_line(in_words(found, "last_finite_step")) +
             ": the command runs on\n";
  return notes;
}

std::string build_lines(const std::filesystem::path& file, const analysis::Attributes& found) {
  const Build now = build();
  const std::map<std::string, std::string> here = {{"lemmata_version", now.version},
                                                   {"git_commit", now.git_commit},
                                                   {"compiler", now.compiler},
                                                   {"flags", now.flags},
                                                   {"simd", now.simd}};
  if (std::all_of(here.begin(), here.end(), [&](const auto& one) { return in_words(found, one.first) == one.second; }))
    return "";
  const std::string commit = in_words(found, "git_commit");
  if (commit.empty() || !std::all_of(commit.begin(), commit.end(), [](unsigned char c) { return std::isalnum(c); }))
    throw analysis::FileError(file, "git_commit", one_line(commit), "a commit's hash, or unknown");
  return "git checkout " + commit +
         "\ncmake --preset release -DLEMMATA_SIMD=" + quoted(one_line(in_words(found, "simd"))) +
         " && cmake --build build   # " + one_line(in_words(found, "compiler") + ", " + in_words(found, "flags")) +
         "\n";
}

}  // namespace

Reproduction reproduction_of(const analysis::ResultReader& result) {
  const std::string settings = scenario_from_json(result.text("scenario"), result.file().string()).settings_json;
  const analysis::Attributes found = result.attributes();
  const std::string seeds = seed_words(result, found),
                    out = " --out " + quoted(result.file().filename().string()) + "\n";
  Reproduction again{build_lines(result.file(), found), "", notes_of(found)};
  const std::string program = again.build.empty() ? "lemmata run " : "build/lemmata run ";
  const std::string words = words_of_shipped(settings);
  if (!words.empty()) {
    again.command = program + words + seeds + out;
  } else {
    const std::string file = quoted(result.file().stem().string() + ".settings.json");
    again.command =
        "cat > " + file + " <<'END OF SETTINGS'\n" + settings + "\nEND OF SETTINGS\n" + program + file + seeds + out;
  }
  return again;
}

std::string reproduction_text(const Reproduction& reproduction) {
  std::string text = reproduction.notes.empty() ? "# the same bits, for any number of threads\n" : "";
  std::istringstream lines(reproduction.notes);
  for (std::string line; std::getline(lines, line);) text += "# not the same bits: " + one_line(line) + "\n";
  return text + (reproduction.build.empty() ? "# by this very program\n" : reproduction.build) + reproduction.command;
}

}  // namespace lemmata::scenarios
