#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

// Subcommands as data. To add one: a file in scenarios/cli/command/ that ends in a function `Command NAME_command()`,
// and a line COMMAND(NAME) in the list.def beside it. Its options, help and usage errors come from what it declares.
namespace lemmata::scenarios {

/// An option of a subcommand: --name, or --name VALUE.
struct Option {
  std::string name;
  std::string value;  ///< placeholder of the value in the help, such as FILE; empty: the option is a flag;
                      ///< in brackets, [PORT]: a whole number that may be left out (its text is then empty)
  std::string help;
  bool repeated = false;  ///< may be given several times
  char letter = 0;        ///< short name, such as o for -o; 0: none
};

/// What stood on the command line after the subcommand; every option is one that the command declares.
class Arguments {
 public:
  struct Given {
    std::string name, value;
  };
  Arguments(std::vector<std::string> positionals, std::vector<Given> options)
      : positionals_(std::move(positionals)), options_(std::move(options)) {}

  const std::vector<std::string>& positionals() const { return positionals_; }
  bool has(const std::string& option) const;
  /// The value of an option, or none if it was not given.
  std::optional<std::string> text(const std::string& option) const;
  /// All values of a repeated option, in order.
  std::vector<std::string> texts(const std::string& option) const;
  /// @throws InputError unless the value is an integer in [low, high], or a finite number in [low, high].
  std::optional<long> integer(const std::string& option, long low, long high) const;
  std::optional<double> number(const std::string& option, double low, double high) const;

 private:
  std::vector<std::string> positionals_;
  std::vector<Given> options_;
};

struct Command {
  std::string name;
  std::string summary;      ///< one line
  std::string positionals;  ///< as the help shows them: "SCENARIO|FILE.json"; empty = none
  std::size_t fewest_positionals = 0, most_positionals = 0;
  std::vector<Option> options;
  std::string details;           ///< paragraphs after the options; may be empty
  std::string example;           ///< one command line
  int (*run)(const Arguments&);  ///< @return the exit code; InputError, ConfigError and FileError become exit 2
};

/// Every subcommand, in the order of scenarios/cli/command/list.def.
std::span<const Command> commands();

/// @throws InputError naming every subcommand.
const Command& command_named(const std::string& name);

/// @throws InputError on options the command does not declare, values missing or superfluous, the wrong number of
/// positionals.
Arguments parse_arguments(const Command& command, const std::vector<std::string>& words);

/// Text of `lemmata COMMAND --help`, and of `lemmata --help`.
std::string help_of(const Command& command);
std::string help_of_program();

}  // namespace lemmata::scenarios
