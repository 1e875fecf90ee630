#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "scenarios/claims/claim.h"

// Evidence as files: DIR/ID--SETTING.json, the arrays it rests on beside it as .h5, and DIR/SHA256SUMS over all of
// them.
namespace lemmata::scenarios {

/// The list that `sha256sum -c SHA256SUMS` reads: 64 hexadecimal digits, two blanks, the name of a file beside it.
class Checksums {
 public:
  static constexpr const char* file_name = "SHA256SUMS";

  /// The list of a directory; empty if it has none.
  /// @throws analysis::FileError on a line of another form, more than 100,000 lines, a name with a slash.
  explicit Checksums(std::filesystem::path directory);

  bool exists() const { return exists_; }
  const std::map<std::string, std::string>& all() const { return sums_; }  ///< name -> digest
  void update(const std::string& name);                                    ///< by the file's present content
  void write() const;                                                      ///< atomically

 private:
  std::filesystem::path directory_;
  std::map<std::string, std::string> sums_;
  bool exists_ = false;
};

/// Digest of a file's content. @throws analysis::FileError if it cannot be read or is larger than 1 GiB.
std::string sha256_of_file(const std::filesystem::path& file);

/// ID--SETTING with blanks and slashes as underscores.
std::string evidence_name(const std::string& id, const std::string& setting);

/// Writes evidence and arrays, fills evidence.files, and brings SHA256SUMS up to date.
/// Checked by: tests/scenarios/recheck_test.py (sha256sum agrees).
void write_evidence(const std::filesystem::path& directory, Evidence& evidence);

}  // namespace lemmata::scenarios
