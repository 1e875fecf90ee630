#pragma once
#include "analysis/hdf5_file.h"

namespace lemmata::analysis {

/// What a reader accepts; checked against the declared sizes before anything is allocated.
struct ReadOptions {
  std::size_t max_elements = std::size_t{1} << 28;  ///< of one dataset, and of one of its chunks
  std::size_t max_text = std::size_t{1} << 24;      ///< bytes of one attribute; longer ones are left out
  std::size_t max_objects = 10'000;                 ///< entries of one group
  std::size_t max_attributes = 1'000;               ///< of one group or dataset
  bool child_first = true;                          ///< see hdf5_trial.h
};

/// Reads HDF5 files of unknown origin. Refused with FileError (file, dataset, found, allowed): what is missing, not
/// HDF5, larger than the options allow, a soft link or a link out of the file, external or virtual storage, filters
/// other than deflate, shuffle and fletcher32, values other than float and integer of at most 16 bytes and any byte
/// order, what lies deeper than GROUP/NAME, and a file of which the HDF5 library cannot read all (hdf5_trial.h). A text
/// attribute of variable length is as long as the file holds, and left out beyond max_text. NaN and infinity are passed
/// on: whether they are allowed is the caller's to know. Checked by: tests/analysis/hdf5_reader_test.cpp,
/// tests/analysis/hdf5_interop.py.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::filesystem::path& file, ReadOptions options = {});

  const std::filesystem::path& file() const { return file_.path(); }
  /// Names (not paths) of the datasets, or of the groups, in a group, alphabetical. Links out of it are left out.
  std::vector<std::string> dataset_names(const std::string& group = "") const {
    return names(group, ObjectKind::dataset);
  }
  std::vector<std::string> group_names(const std::string& group = "") const { return names(group, ObjectKind::group); }
  /// Whether there is anything of this name, readable or not.
  bool contains(const std::string& dataset) const { return file_.kind(dataset) != ObjectKind::missing; }

  /// Shape, type, axis names of a dataset that passes every check above but the one on its type.
  DatasetInfo info(const std::string& dataset) const;
  /// All values, row-major. Integers beyond 2^53 are rounded.
  std::vector<double> doubles(const std::string& dataset) const;
  /// All values, row-major. Floats must be whole numbers.
  std::vector<std::int64_t> integers(const std::string& dataset) const;
  /// Reads all values in pieces of some MiB (or a row of chunks) and keeps none.
  void skim(const std::string& dataset) const;
  /// Attributes of a group or dataset ("" = root) that are one string or one number; others are left out.
  Attributes attributes(const std::string& object = "") const;

 private:
  std::vector<std::string> names(const std::string& group, ObjectKind kind) const;
  void require(const std::string& object, ObjectKind kind) const;
  DatasetInfo numeric_info(const std::string& dataset, std::size_t& count) const;

  Hdf5File file_;
  ReadOptions options_;
};

}  // namespace lemmata::analysis
