#include "analysis/hdf5_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "analysis/hdf5_trial.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

std::string join(const std::string& group, const std::string& name) {
  return group.empty() ? name : group + "/" + name;
}

Hdf5File opened(const fs::path& path, const ReadOptions& options) {
  require_regular(path);
  if (options.child_first) require_readable(path, options);
  return Hdf5File::open_to_read(path);
}

std::string position(std::size_t index, double value) {
  std::ostringstream text;
  text.precision(17);
  text << value << " at element " << index;
  return text.str();
}

}  // namespace

void require_regular(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    throw FileError(path, "", status.type() == fs::file_type::not_found ? "no such file" : error.message(),
                    "an HDF5 file that can be read");
  if (!fs::is_regular_file(status)) throw FileError(path, "", "no regular file", "an HDF5 file that can be read");
}

Hdf5Reader::Hdf5Reader(const fs::path& path, ReadOptions options) : file_(opened(path, options)), options_(options) {}

void Hdf5Reader::require(const std::string& object, ObjectKind kind) const {
  if (std::count(object.begin(), object.end(), '/') > 1)
    throw FileError(file(), object, "a place inside a group of a group", "at most GROUP/NAME");
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
  const std::vector<std::string> names = file_.attribute_names(object, options_.max_attributes);
  if (names.size() > options_.max_attributes)
    throw FileError(file(), object, "too many attributes", "at most " + std::to_string(options_.max_attributes));
  return file_.attributes(object, names, options_.max_text);
}

void Hdf5Reader::skim(const std::string& dataset) const {
  constexpr std::size_t piece = 1 << 18;  // 2 MiB, which a processor's cache holds
  std::size_t count = 0;
  const DatasetInfo found = numeric_info(dataset, count);
  if (count == 0) return;
  if (found.shape.empty()) {
    doubles(dataset);
    return;
  }
  const std::size_t length = found.shape[0], row = count / length,
                    whole_chunks = std::max(found.chunk_rows, piece / row);
  const std::size_t rows = std::min(length, whole_chunks - whole_chunks % found.chunk_rows);
  std::vector<double> values(rows * row);
  for (std::size_t first = 0; first < length; first += rows)
    file_.read_rows(dataset, found.shape, first, std::min(rows, length - first), values.data());
}

}  // namespace lemmata::analysis
