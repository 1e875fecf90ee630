#include <csignal>
#include <iostream>
#include <new>

#include "analysis/file_error.h"
#include "scenarios/build.h"
#include "scenarios/cli/command.h"
#include "scenarios/cli/no_memory.h"
#include "scenarios/configuration/input_error.h"
#include "sim/error.h"

namespace {

using namespace lemmata::scenarios;

int show(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) throw InputError("", "", "a standard output that cannot be written", "an open one with room");
  return 0;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) throw InputError("", "", "no command", "a command; lemmata --help lists them");
  if (words[0] == "--help" || words[0] == "--version") {
    if (words.size() > 1)
      throw InputError("", "", words[1] + " after " + words[0],
                       "nothing more; lemmata COMMAND --help explains a command");
    return show(words[0] == "--help" ? help_of_program() : version_text());
  }
  const Command& command = command_named(words[0]);
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  for (const std::string& word : rest) {
    if (word == "--help") return show(help_of(command));
  }
  return command.run(parse_arguments(command, rest));
}

// What a file holds is quoted in messages, and must not steer the terminal.
int refuse(std::string message) {
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n') c = '?';
  }
  std::cerr << "lemmata: " << message << "\n";
  return 2;
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write, and is reported
  try {
    return dispatch(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count));
  } catch (const InputError& error) {
    return refuse(error.what());
  } catch (const lemmata::analysis::FileError& error) {
    return refuse(error.what());
  } catch (const lemmata::sim::ConfigError& error) {
    return refuse(error.what());
  } catch (const std::bad_alloc&) {
    refuse_without_memory();  // of what was too large even to be asked for
  } catch (const std::system_error& error) {
    return refuse(std::string("found ") + error.what() + ", allowed: a system with room for one");
  } catch (const std::exception& error) {
    return refuse(std::string("internal error: ") + error.what());
  }
}
