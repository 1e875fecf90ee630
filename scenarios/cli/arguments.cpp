#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <charconv>
#include <cmath>
#include <set>

#include "scenarios/cli/command.h"
#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

namespace po = boost::program_options;

std::string option_names(const Command& command) {
  std::string names;
  for (const Option& option : command.options)
    names += "--" + option.name + (option.value.empty() ? ", " : " " + option.value + ", ");
  return names + "--help";
}

po::options_description described(const Command& command) {
  po::options_description description;
  for (const Option& option : command.options) {
    if (option.value.empty()) {
      description.add_options()(option.name.c_str(), "");
    } else {
      description.add_options()(option.name.c_str(), po::value<std::string>(), "");
    }
  }
  return description;
}

constexpr const char* left_out = "-";

bool may_lack_value(const Command& command, const std::string& word) {
  return std::any_of(command.options.begin(), command.options.end(),
                     [&](const Option& option) { return option.value.starts_with('[') && word == "--" + option.name; });
}

// A whole number after an option whose value may be left out is its value; what else stands there is not.
std::vector<std::string> with_joined_values(const Command& command, const std::vector<std::string>& words) {
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < words.size(); ++i) {
    joined.push_back(words[i]);
    if (!may_lack_value(command, words[i])) continue;
    const std::string next = i + 1 < words.size() ? words[i + 1] : "";
    const bool is_number = !next.empty() && next.find_first_not_of("0123456789") == std::string::npos;
    joined.back() += "=" + (is_number ? next : left_out);
    i += is_number ? 1 : 0;
  }
  return joined;
}

[[noreturn]] void refuse(const Command& command, const std::string& found) {
  throw InputError(command.name, "", found, option_names(command));
}

po::parsed_options parsed(const Command& command, const po::options_description& description,
                          const std::vector<std::string>& words) {
  using namespace po::command_line_style;
  try {  // whole names only, so that a new option never changes the meaning of an old command line
    return po::command_line_parser(with_joined_values(command, words))
        .options(description)
        .style(allow_long | long_allow_adjacent | long_allow_next)
        .run();
  } catch (const po::unknown_option& error) {
    refuse(command, "the unknown option " + error.get_option_name());
  } catch (const po::error& error) {
    refuse(command, error.what());
  }
}

void require_positionals(const Command& command, const std::vector<std::string>& positionals) {
  for (const std::string& word : positionals) {
    if (word.size() > 1 && word[0] == '-') refuse(command, "the unknown option " + word);
  }
  if (positionals.size() >= command.fewest_positionals && positionals.size() <= command.most_positionals) return;
  const std::string found = positionals.size() > command.most_positionals
                                ? "the argument " + positionals[command.most_positionals]
                                : std::to_string(positionals.size()) + " arguments";
  throw InputError(command.name, "", found, command.positionals.empty() ? "no argument" : command.positionals);
}

template <class Number>
bool read_whole(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Arguments parse_arguments(const Command& command, const std::vector<std::string>& words) {
  const po::options_description description = described(command);
  std::vector<std::string> whole = words;
  for (const Option& option : command.options) {
    if (option.letter) std::replace(whole.begin(), whole.end(), std::string{'-', option.letter}, "--" + option.name);
  }
  const po::parsed_options all = parsed(command, description, whole);
  std::vector<std::string> positionals;
  std::vector<Arguments::Given> options;
  std::set<std::string> seen;
  for (const po::option& given : all.options) {
    if (given.position_key >= 0) {
      positionals.push_back(given.value.at(0));
      continue;
    }
    for (const Option& option : command.options) {
      if (option.name == given.string_key && !option.repeated && !seen.insert(option.name).second) {
        refuse(command, "--" + option.name + " a second time");
      }
    }
    const std::string value = given.value.empty() ? "" : given.value[0];
    const bool is_left_out = value == left_out && may_lack_value(command, "--" + given.string_key);
    options.push_back({given.string_key, is_left_out ? "" : value});
  }
  require_positionals(command, positionals);
  return Arguments(std::move(positionals), std::move(options));
}

bool Arguments::has(const std::string& option) const { return text(option).has_value(); }

std::optional<std::string> Arguments::text(const std::string& option) const {
  for (const Given& given : options_) {
    if (given.name == option) return given.value;
  }
  return std::nullopt;
}

std::vector<std::string> Arguments::texts(const std::string& option) const {
  std::vector<std::string> values;
  for (const Given& given : options_) {
    if (given.name == option) values.push_back(given.value);
  }
  return values;
}

std::optional<long> Arguments::integer(const std::string& option, long low, long high) const {
  const std::optional<std::string> given = text(option);
  if (!given) return std::nullopt;
  long value = 0;
  if (!read_whole(*given, value) || value < low || value > high) {
    throw InputError("", "--" + option, *given,
                     "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

std::optional<double> Arguments::number(const std::string& option, double low, double high) const {
  const std::optional<std::string> given = text(option);
  if (!given) return std::nullopt;
  double value = 0;
  if (!read_whole(*given, value) || !std::isfinite(value) || !(value >= low && value <= high)) {
    const bool open = std::isinf(low) && std::isinf(high);
    throw InputError("", "--" + option, *given,
                     open ? "a finite number" : "a number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

}  // namespace lemmata::scenarios
