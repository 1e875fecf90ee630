#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "analysis/file_error.h"

// The thin wrapper over the HDF5 C library, which only it includes (analysis/hdf5_library.h). It knows how, not what is
// allowed: read through hdf5_reader.h, which refuses what cannot be trusted, and write through hdf5_writer.h, which
// labels every axis. Names of objects are paths inside the file without a leading slash: "loss", "initial/ffn"; "" is
// the root group. Not for use from several threads at once. Every refusal of the library is an Hdf5Error that carries
// its innermost message.
namespace lemmata::analysis {

using Attribute = std::variant<std::string, double, std::int64_t>;
using Attributes = std::map<std::string, Attribute>;
enum class ElementType { float64, int64, int8 };  ///< what we write
enum class StoredKind { floating, integer, other };
enum class ObjectKind { missing, group, dataset, link, other };  ///< link: soft or external, not followed
enum class ScaleKind { none, values, no_values };  ///< role of a written dataset: variable, coordinate, bare dimension

/// What a file says about one of its datasets.
struct DatasetInfo {
  std::vector<std::size_t> shape;  ///< empty for a scalar
  StoredKind kind = StoredKind::other;
  std::string type;  ///< in words: "64-bit float", "string"
  std::size_t element_bytes = 0;
  bool is_unsigned = false;
  std::vector<std::string> dimensions;    ///< name of each axis from its dimension scale; "" where unlabelled
  bool dimension_without_values = false;  ///< a netCDF dimension, not a variable
  std::size_t chunk_elements = 0;         ///< 0 = not chunked
  std::size_t chunk_rows = 1;             ///< of the first axis
  std::string untrusted;  ///< storage that leaves the file or needs an unknown filter, in words; "" = none
};

/// An HDF5 identifier, closed on destruction; move only. -1 = none.
class Hdf5Handle {
 public:
  explicit Hdf5Handle(std::int64_t id = -1) : id_(id) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Hdf5Handle();
  std::int64_t id() const { return id_; }
  std::int64_t release() { return std::exchange(id_, -1); }  ///< the caller closes it

 private:
  std::int64_t id_;
};

class Hdf5File {
 public:
  static Hdf5File open_to_read(const std::filesystem::path& path);
  static Hdf5File create(const std::filesystem::path& path);  ///< replaces what is there

  const std::filesystem::path& path() const { return path_; }
  ObjectKind kind(const std::string& object) const;
  /// Names in a group, alphabetical; stops after `limit` + 1.
  std::vector<std::string> children(const std::string& group, std::size_t limit) const;
  DatasetInfo info(const std::string& dataset) const;
  /// The whole dataset, converted; the room for all its elements is the caller's.
  void read(const std::string& dataset, double* values) const;
  void read(const std::string& dataset, std::int64_t* values) const;
  void read(const std::string& dataset, std::uint64_t* values) const;
  /// Rows [first_row, first_row + rows) of the first axis of a dataset of that shape, converted.
  void read_rows(const std::string& dataset, const std::vector<std::size_t>& shape, std::size_t first_row,
                 std::size_t rows, double* values) const;
  /// Names of attributes, alphabetical; stops after `limit` + 1.
  std::vector<std::string> attribute_names(const std::string& object, std::size_t limit) const;
  /// Those attributes that are one string of at most max_text bytes or one number; all others are left out.
  Attributes attributes(const std::string& object, const std::vector<std::string>& names, std::size_t max_text) const;

  void create_group(const std::string& group);
  /// @param shape    at least one axis.
  /// @param growing  the first axis is unlimited and starts at shape[0].
  Hdf5Handle create_dataset(const std::string& name, ElementType type, const std::vector<std::size_t>& shape,
                            bool growing, ScaleKind scale);
  void attach_scale(const Hdf5Handle& dataset, const Hdf5Handle& scale, std::size_t axis);
  /// Writes rows [first_row, first_row + rows) of the first axis; `shape` is the dataset's current one and becomes the
  /// new one.
  void write_rows(const Hdf5Handle& dataset, ElementType type, std::vector<std::size_t>& shape, std::size_t first_row,
                  std::size_t rows, const void* values);
  void set_attribute(const std::string& object, const std::string& name, const Attribute& value);
  void flush();
  void close();

 private:
  Hdf5File(std::filesystem::path path, std::int64_t id) : path_(std::move(path)), file_(id) {}
  Hdf5Handle opened(const std::string& object) const;
  void read_as(const std::string& dataset, std::int64_t memory_type, void* values) const;
  void check(std::int64_t status, const std::string& object, const char* what) const;

  std::filesystem::path path_;
  Hdf5Handle file_;
};

}  // namespace lemmata::analysis
