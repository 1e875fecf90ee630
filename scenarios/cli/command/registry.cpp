#include "scenarios/cli/command.h"
#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {

#define COMMAND(name) Command name##_command();
#include "scenarios/cli/command/list.def"
#undef COMMAND

std::span<const Command> commands() {
#define COMMAND(name) name##_command(),
  static const Command all[] = {
#include "scenarios/cli/command/list.def"
  };
#undef COMMAND
  return all;
}

const Command& command_named(const std::string& name) {
  std::string allowed;
  for (const Command& command : commands()) {
    if (command.name == name) return command;
    allowed += (allowed.empty() ? "" : " | ") + command.name;
  }
  throw InputError("", "", "the unknown command " + name, allowed + "; lemmata --help explains them");
}

}  // namespace lemmata::scenarios
