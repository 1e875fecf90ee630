#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/cli/command.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/configuration/scenario.h"

namespace lemmata::scenarios {

/// --json FILE, of every command that prints a result.
Option json_option();
/// --out FILE, in short -o, of every command that has it.
Option out_option(const std::string& value, const std::string& help);
/// --set PATH=VALUE and --seed S, of every command that takes a scenario.
Option set_option();
Option seed_option();

/// Fails early where --json FILE could not be written. @throws FileError; InputError if it is a file that the command
/// line names already, to read or to write.
void require_json_target(const Arguments& arguments);

/// @throws InputError if the file to be written for an option is one of the others, by whatever path.
void require_other_file(const std::string& option, const std::filesystem::path& written,
                        const std::vector<std::filesystem::path>& others);

/// The files that a scenario of the command line is read from: itself, its data, held-out data and initial values.
std::vector<std::filesystem::path> files_read(const Arguments& arguments, const Scenario& scenario);

/// Prints a result: its text to stdout, and its JSON to the file of --json; with `--json -` only the JSON, to stdout.
/// @throws InputError if stdout cannot be written, FileError if the file cannot.
void print_result(const Arguments& arguments, const std::string& text, const Json& result);

/// The scenario that the command line asks for: `name_or_file` with --seed and every --set; its notices go to stderr.
/// @throws InputError.
Scenario scenario_of(const Arguments& arguments, const std::string& name_or_file);

/// What comes from a file that may be anybody's, for a terminal or a shell: one line, control characters as blanks.
std::string one_line(std::string text);

/// Columns padded to equal width, two spaces apart; the first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace lemmata::scenarios
