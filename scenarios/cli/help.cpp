#include <algorithm>

#include "scenarios/cli/command.h"

namespace lemmata::scenarios {
namespace {

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string left_side(const Option& option) {
  return "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

}  // namespace

std::string help_of(const Command& command) {
  std::vector<Option> options = command.options;
  options.push_back({"help", "", "show this text"});
  std::string text = command.summary + "\n\nUsage: lemmata " + command.name + (command.positionals.empty() ? "" : " ") +
                     command.positionals + " [options]\n\nOptions:\n";
  std::size_t width = 0;
  for (const Option& option : options) width = std::max(width, left_side(option).size());
  for (const Option& option : options) {
    text += "  " + padded(left_side(option), width) + "  " + option.help +
            (option.letter ? std::string("; short: -") + option.letter : "") +
            (option.repeated ? " (may be repeated)" : "") + "\n";
  }
  if (!command.details.empty()) text += "\n" + command.details + "\n";
  return text + "\nExample:\n  " + command.example + "\n";
}

std::string help_of_program() {
  std::string text =
      "Lemmata simulates theory papers on transformers and tests their theorems.\n\nUsage: lemmata COMMAND "
      "...\n\nCommands:\n";
  std::size_t width = 0;
  for (const Command& command : commands()) width = std::max(width, command.name.size());
  for (const Command& command : commands()) text += "  " + padded(command.name, width) + "  " + command.summary + "\n";
  return text +
         "\nlemmata COMMAND --help explains a command; lemmata --version shows version, commit, compiler, SIMD "
         "level and whether it can prove.\n" +
         "Exit codes: 0 done, 1 a verdict not as expected, 2 bad usage or input, 77 inconclusive, 130 interrupted.\n";
}

}  // namespace lemmata::scenarios
