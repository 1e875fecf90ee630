#include "analysis/hdf5_trial.h"

#include <unistd.h>

#include <algorithm>
#include <new>

#include "analysis/child_process.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

constexpr int damaged = 3, no_memory = 4;

unsigned cpu_seconds(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  return 8 + static_cast<unsigned>(error ? 0 : std::min<std::uintmax_t>(bytes / 10'000'000, 100'000));
}

// Room for one dataset as stored and as converted, and for what the library holds beside them.
std::size_t memory(const ReadOptions& options) {
  constexpr std::size_t base = std::size_t{1} << 30, most = std::size_t{1} << 40;
  return options.max_elements > most / 32 ? most : base + 4 * sizeof(double) * options.max_elements;
}

void read_everything(const fs::path& path, ReadOptions options) {
  options.child_first = false;
  const Hdf5Reader reader(path, options);
  std::vector<std::string> groups = reader.group_names();
  groups.insert(groups.begin(), "");
  for (const std::string& group : groups) {
    reader.attributes(group);
    const std::string prefix = group.empty() ? "" : group + "/";
    for (const std::string& name : reader.dataset_names(group)) {
      const std::string place = prefix + name;
      reader.attributes(place);
      try {
        reader.skim(place);
      } catch (const Hdf5Error&) {
        throw;
      } catch (const FileError&) {  // refused by us: on to the next
      }
    }
  }
}

void read_in_child(const fs::path& path, const ReadOptions& options) {
  try {
    read_everything(path, options);
  } catch (const Hdf5Error&) {
    ::_exit(damaged);
  } catch (const std::bad_alloc&) {
    ::_exit(no_memory);
  }
}

}  // namespace

void require_readable(const fs::path& path, const ReadOptions& options) {
  require_regular(path);
  const std::string death =
      child_death([&] { read_in_child(path, options); }, {cpu_seconds(path), 10 * cpu_seconds(path), memory(options)});
  if (death.empty()) return;
  const std::string found = death == "exit status " + std::to_string(damaged) ? "a damaged file"
                            : death == "exit status " + std::to_string(no_memory)
                                ? "a file that takes more memory than allowed"
                                : "a damaged file (the process that tried to read it: " + death + ")";
  throw FileError(path, "", found, "an HDF5 file of which all can be read");
}

}  // namespace lemmata::analysis
