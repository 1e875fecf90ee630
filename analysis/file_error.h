#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

namespace lemmata::analysis {

/// A file that cannot be read or written as asked. The caller reports it and exits with 2; nothing is half-written.
class FileError : public std::runtime_error {
 public:
  /// @param file     the file concerned.
  /// @param object   what inside it: a dataset, an attribute, "line 3, column loss"; empty for the file itself.
  /// @param found    what was found.
  /// @param allowed  what is allowed, as words.
  FileError(const std::filesystem::path& file, std::string object, std::string found, std::string allowed)
      : std::runtime_error((file.empty() ? "\"\"" : file.string()) + (object.empty() ? "" : ": " + object) +
                           ": found " + found + ", allowed: " + allowed),
        file_(file),
        object_(std::move(object)),
        found_(std::move(found)),
        allowed_(std::move(allowed)) {}

  const std::filesystem::path& file() const { return file_; }
  const std::string& object() const { return object_; }
  const std::string& found() const { return found_; }
  const std::string& allowed() const { return allowed_; }

 private:
  std::filesystem::path file_;
  std::string object_, found_, allowed_;
};

/// The HDF5 library could not do what it was asked: a damaged file, a full disk.
class Hdf5Error : public FileError {
 public:
  using FileError::FileError;
};

}  // namespace lemmata::analysis
