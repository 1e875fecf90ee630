#include <iostream>
#include <new>

#include "analysis/file_error.h"
#include "scenarios/build.h"
#include "scenarios/cli/command.h"
#include "scenarios/configuration/input_error.h"
#include "sim/error.h"

namespace {

using namespace lemmata::scenarios;

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) throw InputError("", "", "no command", "a command; lemmata --help lists them");
  if (words[0] == "--help") {
    std::cout << help_of_program();
    return 0;
  }
  if (words[0] == "--version") {
    std::cout << version_text();
    return 0;
  }
  const Command& command = command_named(words[0]);
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  for (const std::string& word : rest) {
    if (word == "--help") {
      std::cout << help_of(command);
      return 0;
    }
  }
  return command.run(parse_arguments(command, rest));
}

int refuse(const std::string& message) {
  std::cerr << "lemmata: " << message << "\n";
  return 2;
}

}  // namespace

int main(int count, char** words) {
  try {
    return dispatch(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count));
  } catch (const InputError& error) {
    return refuse(error.what());
  } catch (const lemmata::analysis::FileError& error) {
    return refuse(error.what());
  } catch (const lemmata::sim::ConfigError& error) {
    return refuse(error.what());
  } catch (const std::bad_alloc&) {
    return refuse("not enough memory; lemmata describe SCENARIO estimates what a scenario needs");
  } catch (const std::exception& error) {
    return refuse(std::string("internal error: ") + error.what());
  }
}
