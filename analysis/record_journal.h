#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace lemmata::analysis {

/// Records of a run in the order they were taken, appended to a file, so that a run that goes on from a checkpoint can
/// write its result anew. All records have equally many numbers. A record carries a checksum; the file is of this kind
/// of machine (its byte order).
/// Checked by: tests/analysis/record_journal_test.cpp.
class RecordJournal {
 public:
  /// @param keep  records of an existing file that stay, the rest is cut off; 0 = begins anew.
  /// @throws FileError  it cannot be written; keep > 0 and it is no journal of such records, or has fewer, or one of
  /// those kept is damaged.
  RecordJournal(const std::filesystem::path& file, std::size_t numbers, std::uint64_t keep = 0);

  /// Calls `use` for each of the records kept. @throws FileError if one is damaged.
  void replay(const std::function<void(std::int64_t step, std::span<const double> numbers)>& use);

  /// @throws std::invalid_argument on another count of numbers; FileError if the disk refuses.
  void append(std::int64_t step, std::span<const double> numbers);

  /// Returns once all records are on the disk. @return how many there are. @throws FileError if the disk refuses.
  std::uint64_t sync();

 private:
  [[noreturn]] void refuse(const std::string& found, const std::string& allowed) const;
  std::filesystem::path path_;
  std::size_t numbers_;
  std::uint64_t records_ = 0;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<std::uint64_t> record_;  // step, numbers, checksum, as bits
};

}  // namespace lemmata::analysis
