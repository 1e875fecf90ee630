#pragma once
#include <string>

#include "scenarios/cli/command.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/configuration/scenario.h"

namespace lemmata::scenarios {

/// --json FILE, of every command that prints a result.
Option json_option();
/// --set PATH=VALUE and --seed S, of every command that takes a scenario.
Option set_option();
Option seed_option();

/// Fails early where --json FILE could not be written. @throws FileError.
void require_json_target(const Arguments& arguments);

/// Prints a result: its text to stdout, and its JSON to the file of --json; with `--json -` only the JSON, to stdout.
/// @throws InputError if stdout cannot be written, FileError if the file cannot.
void print_result(const Arguments& arguments, const std::string& text, const Json& result);

/// The scenario that the command line asks for: `name_or_file` with --seed and every --set; its notices go to stderr.
/// @throws InputError.
Scenario scenario_of(const Arguments& arguments, const std::string& name_or_file);

/// Columns padded to equal width, two spaces apart; the first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace lemmata::scenarios
