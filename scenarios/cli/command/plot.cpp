#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "scenarios/cli/output.h"
#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

constexpr int command_not_found = 127;  // of env and of posix_spawn's child
constexpr int interrupted = 128;        // plus the signal, as shells have it: 130 of SIGINT

std::filesystem::path own_path() {
  std::error_code unreadable;
  return std::filesystem::read_symlink("/proc/self/exe", unreadable);
}

/// scripts/plot.py: PREFIX/share/lemmata/scripts of an installed program, else in the repository it was built from.
/// @throws InputError naming both places.
std::filesystem::path script_path() {
  const std::filesystem::path installed = own_path().parent_path().parent_path() / "share/lemmata/scripts/plot.py";
  const std::filesystem::path source = std::filesystem::path(LEMMATA_SCRIPTS) / "plot.py";
  std::error_code unreadable;
  for (const std::filesystem::path& path : {installed, source}) {
    if (std::filesystem::is_regular_file(path, unreadable)) return path;
  }
  throw InputError("plot", "", "no script plot.py", installed.string() + " or " + source.string());
}

/// Runs words[0] with the others as its arguments, without a shell. @return its exit code, 128 + signal if it was
/// interrupted. @throws InputError if it cannot be started, or dies, as HDF5 may of a file with damage inside.
int run_program(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  if (const int error = posix_spawn(&child, words[0].c_str(), nullptr, nullptr, pointers.data(), environ))
    throw InputError("plot", "", words[0] + ": " + std::strerror(error), "a system with env");
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw InputError("plot", "", std::string("waitpid: ") + std::strerror(errno), "a child's end");
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP) return interrupted + signal;
  throw InputError("plot", "FILE", "the script ended by signal " + std::to_string(signal), "files without damage");
}

int run(const Arguments& arguments) {
  std::vector<std::string> words = {"/usr/bin/env", "python3", script_path().string()};
  for (const std::string option : {"figure", "out", "width"}) {
    const std::optional<std::string> value = arguments.text(option);
    if (value) words.push_back("--" + option + "=" + *value);
    if (!value && option != "width") throw InputError("plot", "--" + option, "nothing", "see lemmata plot --help");
  }
  words.push_back("--");
  words.insert(words.end(), arguments.positionals().begin(), arguments.positionals().end());
  setenv("LEMMATA", own_path().c_str(), 0);  // the script fits laws with this very program
  const int code = run_program(words);
  if (code == command_not_found)
    throw InputError("plot", "", "no python3 on PATH", "Python with python3-matplotlib, -xarray and -h5netcdf");
  return code;
}

}  // namespace

Command plot_command() {
  return {
      "plot",
      "draws a figure for a paper, or writes its numbers",
      "FILE...",
      1,
      SIZE_MAX,
      {{"figure", "KIND", "loss, steps_to_eps, routing, conflict, curvature, attention, law_map, entropy or invariant"},
       out_option("FILE", "file to write: .svg, .pdf, .png, or .csv with the numbers drawn"),
       {"width", "LENGTH", "such as 3.25in, 8.3cm, 83mm or 235pt; one = 3.25in (default), two = 6.75in, columns"}},
      "Needs Python with matplotlib, xarray and h5netcdf. Fitted laws are those of lemmata fit.",
      "lemmata plot a.h5 b.h5 --figure loss -o loss.pdf --width 8.3cm",
      run};
}

}  // namespace lemmata::scenarios
