#pragma once
#include <optional>

#include "analysis/hdf5_reader.h"

namespace lemmata::analysis {

/// A variable of a result file, as its labels describe it.
struct VariableInfo {
  std::string name;
  std::vector<std::string> dimensions;
  std::vector<std::size_t> shape;
  StoredKind kind = StoredKind::floating;   ///< floating or integer
  std::string units, description;
};

/// A result file by contract.md, ours or another tool's, of unknown origin. Datasets that are no numbers are left out
/// of the lists. Values that are `missing_value` of an integer variable are NaN in values(). Checked by:
/// tests/analysis/result_reader_test.cpp, tests/analysis/hdf5_interop.py.
class ResultReader {
 public:
  /// @throws FileError as Hdf5Reader.
  explicit ResultReader(const std::filesystem::path& file, ReadOptions options = {}) : reader_(file, options) {}

  const std::filesystem::path& file() const { return reader_.file(); }
  std::vector<std::string> groups() const { return reader_.group_names(); }
  Attributes attributes(const std::string& group = "") const { return reader_.attributes(group); }
  /// A root attribute as text: @throws FileError if it is missing or no string.
  std::string text(const std::string& attribute) const;

  /// Variables and coordinates of a group, alphabetical; those without numbers and bare dimensions left out.
  /// @throws FileError  an axis without a label.
  std::vector<VariableInfo> variables(const std::string& group = "") const;
  bool contains(const std::string& name) const { return reader_.contains(name); }
  /// @param name  "loss", "final/ffn".  @throws FileError if missing, not numeric or unlabelled.
  VariableInfo variable(const std::string& name) const;
  std::vector<double> values(const std::string& name) const;
  std::vector<std::int64_t> integers(const std::string& name) const { return reader_.integers(name); }

  /// One curve over a coordinate: values of a variable with that one dimension, or with `seed` in front of it.
  /// @param seed  index along `seed`; needed iff the variable has that dimension.
  /// @return (coordinate values, variable values), equally long; rows that are missing for that seed are NaN.
  std::pair<std::vector<double>, std::vector<double>> curve(const std::string& x, const std::string& y,
                                                            std::optional<std::size_t> seed = {}) const;

 private:
  Hdf5Reader reader_;
};

/// Writes every recorded variable (one that has the dimension `step`, but not `step` itself) as directory/NAME.csv in
/// long form: a header with the dimension names and the variable's, then one line per value in row-major order.
/// Dimensions with values show these, others the index from 0. Numbers have 17 significant digits, NaN is "nan",
/// infinity "inf" or "-inf".
///
/// @param directory  created if only its last part is missing. Each file appears complete, by a rename.
/// @return the files written.
std::vector<std::filesystem::path> export_csv(const ResultReader& result, const std::filesystem::path& directory);

}  // namespace lemmata::analysis
