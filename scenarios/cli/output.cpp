#include "scenarios/cli/output.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "analysis/part_file.h"
#include "scenarios/configuration/input_files.h"
#include "scenarios/configuration/key_path.h"

namespace lemmata::scenarios {
namespace {

Override override_of(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0) throw InputError("", "--set", text, "PATH=VALUE");
  return {text.substr(0, sign), text.substr(sign + 1)};
}

}  // namespace

Option json_option() { return {"json", "FILE", "write the result as JSON (- = stdout, instead of the text)"}; }
Option out_option(const std::string& value, const std::string& help) { return {"out", value, help, false, 'o'}; }
Option set_option() {
  return {"set", "PATH=VALUE", "change one setting, e.g. model.experts=12; VALUE is JSON, else a text", true};
}
Option seed_option() { return {"seed", "S", "seed, in place of the scenario's"}; }

void require_json_target(const Arguments& arguments) {
  const std::optional<std::string> file = arguments.text("json");
  if (!file || *file == "-") return;
  analysis::require_writable_target(*file, analysis::is_json);
  std::vector<std::filesystem::path> others(arguments.positionals().begin(), arguments.positionals().end());
  for (const char* option : {"out", "heldout"}) {
    if (const auto other = arguments.text(option)) others.emplace_back(*other);
  }
  require_other_file("--json", *file, others);
}

void require_other_file(const std::string& option, const std::filesystem::path& written,
                        const std::vector<std::filesystem::path>& others) {
  std::error_code ignored;
  const auto place = [&](const std::filesystem::path& file) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file, ignored), ignored);
  };
  for (const std::filesystem::path& other : others) {
    if (other.empty() || (place(written) != place(other) && !std::filesystem::equivalent(written, other, ignored)))
      continue;
    throw InputError("", option, written.string(),
                     "another file than " + other.string() + ", which this command reads or writes too");
  }
}

std::vector<std::filesystem::path> files_read(const Arguments& arguments, const Scenario& scenario) {
  std::vector<std::filesystem::path> files = {arguments.positionals()[0]};
  for (const InputFile& file : input_files(scenario.settings)) files.push_back(file.path);
  return files;
}

void print_result(const Arguments& arguments, const std::string& text, const Json& result) {
  const std::string file = arguments.text("json").value_or("");
  const std::string json = file.empty() ? "" : result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (!file.empty() && file != "-") analysis::write_text_atomically(file, analysis::is_json, json);
  std::cout << (file == "-" ? json : text) << std::flush;
  if (!std::cout) throw InputError("", "", "a standard output that cannot be written", "an open one with room");
}

Scenario scenario_of(const Arguments& arguments, const std::string& name_or_file) {
  std::vector<Override> overrides;
  for (const std::string& text : arguments.texts("set")) overrides.push_back(override_of(text));
  if (const auto seed = arguments.text("seed")) {
    if (seed->empty() || seed->find_first_not_of("0123456789") != std::string::npos) {
      throw InputError("", "--seed", *seed, "an integer >= 0");
    }
    overrides.push_back({"seed", *seed});
  }
  Scenario scenario = load_scenario(name_or_file, overrides);
  for (const std::string& notice : scenario.notices) std::cerr << "notice: " << notice << "\n";
  return scenario;
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width;
  for (const auto& row : rows) {
    width.resize(std::max(width.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += row[i] + std::string(width[i] - row[i].size() + 2, ' ');
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace lemmata::scenarios
