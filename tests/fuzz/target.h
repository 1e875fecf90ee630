#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "analysis/file_error.h"
#include "scenarios/configuration/input_error.h"
#include "sim/error.h"

// What fuzz targets share. A target is a source that defines LLVMFuzzerTestOneInput: libFuzzer drives it (clang,
// scripts/fuzz.sh), or replay.cpp beside it (any compiler, ctest). A finding is a crash, an exception other than the
// program's refusals, a refusal that does not say what was found and what is allowed, too much time or memory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lemmata::fuzz {

/// How many inputs were taken and how many refused: a target whose inputs all go one way looks at little.
struct Outcomes {
  long accepted = 0, refused = 0;
};
inline Outcomes outcomes;

[[noreturn]] inline void finding(const std::string& what) {
  std::fprintf(stderr, "finding: %s\n", what.c_str());
  std::abort();
}

inline void require_message(const std::string& message) {
  for (const char* word : {"found ", "allowed: "})
    if (message.find(word) == std::string::npos) finding("a refusal without '" + std::string(word) + "': " + message);
  ++outcomes.refused;
}

/// Calls what may refuse its input. @return whether it took it.
template <class Call>
bool takes(const Call& call) {
  try {
    call();
    ++outcomes.accepted;
    return true;
  } catch (const scenarios::InputError& error) {
    require_message(error.what());
  } catch (const analysis::FileError& error) {
    require_message(error.what());
  } catch (const sim::ConfigError& error) {
    require_message(error.what());
  }
  return false;
}

/// A folder in memory where there is one, for this process, removed at its end.
inline const std::filesystem::path& folder() {
  struct Folder {
    Folder() {
      std::error_code error;
      const std::filesystem::path memory = "/dev/shm";
      std::string name =
          ((std::filesystem::is_directory(memory, error) ? memory : std::filesystem::temp_directory_path()) /
           "lemmata fuzz XXXXXX")
              .string();
      if (::mkdtemp(name.data()) == nullptr) finding("no temporary folder");
      path = name;
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
  };
  static const Folder folder;
  return folder.path;
}

/// A file of that name with that content.
inline std::filesystem::path file_of(const std::string& name, std::string_view content) {
  const std::filesystem::path path = folder() / name;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  return path;
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Cuts a first line off; the whole text if it has one line.
inline std::string_view first_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

}  // namespace lemmata::fuzz
