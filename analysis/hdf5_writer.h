#pragma once
#include "analysis/hdf5_file.h"

namespace lemmata::analysis {

/// Values of a variable, row-major; the alternative held is the type in the file, in the order of ElementType.
using Array = std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::int8_t>>;

std::size_t element_count(const Array& values);
ElementType element_type(const Array& values);

/// Writes HDF5 files that xarray opens with any engine: creation order tracked, every axis of every dataset attached to
/// a dimension scale. Axes are given as dimension names, looked up in the variable's own group, so that an unlabelled
/// axis cannot be written. Names are [A-Za-z_][A-Za-z0-9_]*, inside a group "group/name". Wrong use is a
/// std::invalid_argument before anything is written; a refusal of the library (disk full) is a FileError. Checked by:
/// tests/analysis/hdf5_writer_test.cpp, tests/analysis/hdf5_interop.py.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::filesystem::path& file);   ///< replaces what is there

  void create_group(const std::string& name);
  /// A dimension without values, of at least 1.
  void create_dimension(const std::string& name, std::size_t size);
  /// A dimension with one value per index; `growing`: unlimited, `size` is where it starts.
  void create_coordinate(const std::string& name, ElementType type, std::size_t size, bool growing = false);
  /// A variable over at least one dimension, each at most once; only the first may be a growing one. Rows that are
  /// never written read as NaN, integers as 0.
  void create_variable(const std::string& name, ElementType type, const std::vector<std::string>& dimensions);
  /// Writes values into rows first_row, first_row + 1, ... of the first axis, which grows if it can. The type held must
  /// be the dataset's, the count a whole number of rows.
  void write(const std::string& name, std::size_t first_row, const Array& values);
  /// Sets or replaces an attribute of an object ("" = root). Strings must be UTF-8 without NUL. `units` that xarray
  /// would turn into times ("seconds", "days since ...") are refused: write "s".
  void set_attribute(const std::string& object, const std::string& name, const Attribute& value);

  void flush() { file_.flush(); }   ///< what was written so far survives the death of the process
  void close();

 private:
  struct Dataset {
    Hdf5Handle handle;
    ElementType type;
    std::vector<std::size_t> shape;
    bool growing;
    ScaleKind scale;
  };
  void require_new(const std::string& name) const;
  Dataset& create(const std::string& name, ElementType type, std::vector<std::size_t> shape, bool growing,
                  ScaleKind scale);

  Hdf5File file_;
  std::map<std::string, Dataset> datasets_;
};

}  // namespace lemmata::analysis
