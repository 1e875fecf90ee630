#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace lemmata::analysis {

/// What a checkpoint keeps of the records before it.
struct JournalMark {
  std::uint64_t records = 0;
  std::uint64_t checksum = 0;  ///< of all of them in their order
  bool operator==(const JournalMark&) const = default;
};

/// Records of a run in the order they were taken, appended to a file, so that a run that goes on from a checkpoint can
/// write its result anew. All records have equally many numbers. A record carries a checksum, and all of them together
/// one that their checkpoint keeps, so that it goes on with no other run's records; the file is of this kind of machine
/// (its byte order).
/// Checked by: tests/analysis/record_journal_test.cpp.
class RecordJournal {
 public:
  /// @param keep  records of an existing file that stay, the rest is cut off; 0 = begins anew.
  /// @throws FileError  it cannot be written, or is there and no journal; keep > 0 and it is no journal of such
  /// records, or has fewer, or one of those kept is damaged or of another run. What is there then stays.
  RecordJournal(const std::filesystem::path& file, std::size_t numbers, const JournalMark& keep = {});

  /// Whether RecordJournal(file, ., keep) could go on with it, whatever the count of numbers. Writes nothing.
  /// @throws FileError  as it does.
  static void verify(const std::filesystem::path& file, const JournalMark& keep);

  /// Calls `use` for each of the records kept. @throws FileError if one is damaged.
  void replay(const std::function<void(std::int64_t step, std::span<const double> numbers)>& use);

  /// @throws std::invalid_argument on another count of numbers; FileError if the disk refuses.
  void append(std::int64_t step, std::span<const double> numbers);

  /// Returns once all records are on the disk. @throws FileError if the disk refuses.
  JournalMark sync();

 private:
  RecordJournal(const std::filesystem::path& file, int descriptor, const char* mode);
  void begin();
  void go_on(const JournalMark& keep);
  std::uint64_t read_header();
  void require(const JournalMark& keep);
  [[noreturn]] void refuse(const std::string& found, const std::string& allowed) const;
  std::filesystem::path path_;
  std::size_t numbers_ = 0;
  JournalMark mark_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<std::uint64_t> record_;  // step, numbers, checksum, as bits
};

/// Whether a file begins as a journal.
bool is_journal(std::string_view beginning);

}  // namespace lemmata::analysis
