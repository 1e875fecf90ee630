#include "analysis/hdf5_reader.h"

#include <unistd.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "analysis/child_process.h"
#include "analysis/hdf5_trial.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

/// Processor time for reading a whole file: damage can also make the library loop for ever.
unsigned child_cpu_seconds(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  return 8 + static_cast<unsigned>(error ? 0 : bytes / 10'000'000);
}

/// Room for one dataset as stored, as converted, and for what the library holds beside them.
std::size_t child_memory(const ReadOptions& options) {
  return (std::size_t{1} << 30) + 4 * sizeof(double) * options.max_elements;
}

std::string join(const std::string& group, const std::string& name) {
  return group.empty() ? name : group + "/" + name;
}

/// Reads everything, two levels deep: what a child does before its parent reads what it needs. What the options refuse
/// is passed over, an error of the library ends it.
void read_everything(const fs::path& path, ReadOptions options) {
  options.child_first = false;
  const Hdf5Reader reader(path, options);
  std::vector<std::string> groups = reader.group_names();
  groups.insert(groups.begin(), "");
  for (const std::string& group : groups) {
    reader.attributes(group);
    for (const std::string& name : reader.dataset_names(group)) {
      reader.attributes(join(group, name));
      try {
        reader.doubles(join(group, name));
      } catch (const Hdf5Error&) {
        throw;
      } catch (const FileError&) {  // refused by us: on to the next
      }
    }
  }
}

constexpr int unreadable = 3;

/// Exit status `unreadable` if the library meets an error after it has opened the file.
void read_everything_in_child(const fs::path& path, const ReadOptions& options) {
  try {
    read_everything(path, options);
  } catch (const Hdf5Error&) {
    ::_exit(unreadable);
  }
}

void require_regular(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    throw FileError(path, "", status.type() == fs::file_type::not_found ? "no such file" : error.message(),
                    "an HDF5 file that can be read");
  if (!fs::is_regular_file(status)) throw FileError(path, "", "no regular file", "an HDF5 file that can be read");
}

Hdf5File opened(const fs::path& path, const ReadOptions& options) {
  if (options.child_first)
    require_readable(path, options);
  else
    require_regular(path);
  return Hdf5File::open_to_read(path);
}

std::string position(std::size_t index, double value) {
  std::ostringstream text;
  text.precision(17);
  text << value << " at element " << index;
  return text.str();
}

}  // namespace

void require_readable(const fs::path& path, const ReadOptions& options) {
  require_regular(path);
  const std::string death =
      child_death([&] { read_everything_in_child(path, options); }, child_cpu_seconds(path), child_memory(options));
  if (death == "exit status " + std::to_string(unreadable))
    throw FileError(path, "", "a damaged file", "an HDF5 file of which all can be read");
  if (!death.empty())
    throw FileError(path, "", "a damaged file (the process that tried to read it: " + death + ")",
                    "an HDF5 file of which all can be read");
}

Hdf5Reader::Hdf5Reader(const fs::path& path, ReadOptions options) : file_(opened(path, options)), options_(options) {}

void Hdf5Reader::require(const std::string& object, ObjectKind kind) const {
  const ObjectKind found = file_.kind(object);
  if (found == kind) return;
  const char* words[] = {"nothing of this name", "a group", "a dataset", "a soft or external link", "something else"};
  throw FileError(file(), object, words[static_cast<int>(found)],
                  std::string(words[static_cast<int>(kind)]) + " stored in this file");
}

std::vector<std::string> Hdf5Reader::names(const std::string& group, ObjectKind kind) const {
  require(group, ObjectKind::group);
  std::vector<std::string> names = file_.children(group, options_.max_objects);
  if (names.size() > options_.max_objects)
    throw FileError(file(), group, "too many entries in a group", "at most " + std::to_string(options_.max_objects));
  std::erase_if(names, [&](const std::string& name) { return file_.kind(join(group, name)) != kind; });
  return names;
}

DatasetInfo Hdf5Reader::info(const std::string& dataset) const {
  require(dataset, ObjectKind::dataset);
  DatasetInfo info = file_.info(dataset);
  if (!info.untrusted.empty())
    throw FileError(file(), dataset, info.untrusted,
                    "values stored in this file, plain or with deflate, shuffle, fletcher32");
  std::string shape;
  std::size_t count = 1;
  bool fits = info.chunk_elements <= options_.max_elements;
  for (const std::size_t length : info.shape) {
    shape += (shape.empty() ? "" : " x ") + std::to_string(length);
    fits = !__builtin_mul_overflow(count, length, &count) && fits;
  }
  if (!fits || (count > options_.max_elements && !info.dimension_without_values))
    throw FileError(file(), dataset, "shape " + shape + (count <= options_.max_elements ? " in larger chunks" : ""),
                    "at most " + std::to_string(options_.max_elements) + " elements");
  return info;
}

DatasetInfo Hdf5Reader::numeric_info(const std::string& dataset, std::size_t& count) const {
  const DatasetInfo found = info(dataset);
  if (found.kind == StoredKind::other || found.element_bytes > 16)
    throw FileError(file(), dataset, found.type, "a float or integer type of any width");
  if (found.dimension_without_values)
    throw FileError(file(), dataset, "a dimension without values", "a dataset with values");
  count = 1;
  for (const std::size_t length : found.shape) count *= length;
  return found;
}

std::vector<double> Hdf5Reader::doubles(const std::string& dataset) const {
  std::size_t count = 0;
  numeric_info(dataset, count);
  std::vector<double> values(count);
  if (count > 0) file_.read(dataset, values.data());
  return values;
}

std::vector<std::int64_t> Hdf5Reader::integers(const std::string& dataset) const {
  std::size_t count = 0;
  const DatasetInfo found = numeric_info(dataset, count);
  std::vector<std::int64_t> values(count);
  if (count == 0) return values;
  if (found.kind == StoredKind::floating) {
    const std::vector<double> numbers = doubles(dataset);
    for (std::size_t i = 0; i < count; ++i) {
      if (!(std::trunc(numbers[i]) == numbers[i] && std::abs(numbers[i]) < 0x1p63))
        throw FileError(file(), dataset, position(i, numbers[i]), "whole numbers of 64 bits");
      values[i] = static_cast<std::int64_t>(numbers[i]);
    }
  } else if (found.is_unsigned) {  // the library would clip what does not fit
    std::vector<std::uint64_t> numbers(count);
    file_.read(dataset, numbers.data());
    for (std::size_t i = 0; i < count; ++i) {
      if (numbers[i] > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw FileError(file(), dataset, std::to_string(numbers[i]) + " at element " + std::to_string(i),
                        "whole numbers of 64 bits");
      values[i] = static_cast<std::int64_t>(numbers[i]);
    }
  } else {
    file_.read(dataset, values.data());
  }
  return values;
}

Attributes Hdf5Reader::attributes(const std::string& object) const {
  if (file_.kind(object) != ObjectKind::group) require(object, ObjectKind::dataset);
  return file_.attributes(object, options_.max_text);
}

}  // namespace lemmata::analysis
