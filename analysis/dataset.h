#pragma once
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "analysis/hdf5_writer.h"

namespace lemmata::analysis {

/// A whole array in memory, with the names of its axes.
struct Variable {
  std::string name;
  std::vector<std::string> dimensions;
  Array values;                         ///< row-major, of the size the dimensions say
  std::string units, description;       ///< stored as `units` and `long_name`; empty = not stored
  std::optional<std::int64_t> missing;  ///< integers: the value that means "not there", stored as `missing_value`,
                                        ///< which xarray turns into NaN; floats use NaN itself
  Attributes attributes = {};           ///< further ones, such as the CF `flag_meanings` of codes
};

/// One group of a file. A variable named like its only dimension gives that dimension its coordinate values.
struct Dataset {
  std::map<std::string, std::size_t> dimensions;  ///< name -> size, of every dimension used
  std::vector<Variable> variables;
  Attributes attributes;
};

/// The variable of that name; null if there is none.
const Variable* find_variable(const Dataset& data, const std::string& name);

/// Integers that stand for "not there" where a float would be NaN (a seed that stopped early): the lowest of their
/// type.
inline constexpr std::int64_t missing_int64 = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int8_t missing_int8 = std::numeric_limits<std::int8_t>::min();

/// Writes arrays that are in memory into one file: x.part, fsync, rename; on failure the .part is removed.
///
/// @param root    variables and attributes of the file itself; xarray.open_dataset(file).
/// @param groups  one level of groups, each with its own dimensions; xarray.open_dataset(file, group=name).
/// @throws std::invalid_argument  sizes that disagree with the dimensions, unknown dimensions, names or text not
/// allowed.
/// @throws FileError  the folder is missing or unwritable (nothing is written), the disk refuses.
/// Checked by: tests/analysis/dataset_test.cpp, tests/analysis/hdf5_interop.py.
void write_dataset(const std::filesystem::path& target, const Dataset& root,
                   const std::map<std::string, Dataset>& groups = {});

/// Writes one group into a file being written. @param group  "" = root; else it is created. Same errors as above.
void write_group(Hdf5Writer& file, const std::string& group, const Dataset& content);

/// Stores units and description of a variable where they are not empty.
void describe_variable(Hdf5Writer& file, const std::string& name, const std::string& units,
                       const std::string& description);

}  // namespace lemmata::analysis
