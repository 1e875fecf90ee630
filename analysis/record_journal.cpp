#include "analysis/record_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "analysis/file_error.h"
#include "analysis/own_file.h"

namespace lemmata::analysis {
namespace {

constexpr char magic[16] = "lemmata rows 02";  // another version: other last two; then the count of numbers
constexpr long header_bytes = sizeof magic + sizeof(std::uint64_t);

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x100000001b3;
  return hash ^ (hash >> 29);
}

// FNV-1a over whole words: damage and mistakes, not malice, are what it is for.
std::uint64_t checksum(std::span<const std::uint64_t> words) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t word : words) hash = mixed(hash, word);
  return hash;
}

}  // namespace

bool is_journal(std::string_view beginning) { return begins_alike(beginning, std::string_view(magic, 13)); }

RecordJournal::RecordJournal(const std::filesystem::path& file, int descriptor, const char* mode)
    : path_(file), file_(::fdopen(descriptor, mode), &std::fclose) {
  if (file_) return;
  ::close(descriptor);
  refuse("no memory", "some");
}

RecordJournal::RecordJournal(const std::filesystem::path& file, std::size_t numbers, const JournalMark& keep)
    : RecordJournal(file, open_own(file, keep.records > 0 ? O_RDWR : O_RDWR | O_CREAT, is_journal), "r+b") {
  numbers_ = numbers;
  record_.resize(numbers + 2);
  if (keep.records == 0)
    begin();
  else
    go_on(keep);
}

void RecordJournal::go_on(const JournalMark& keep) {
  if (read_header() != numbers_)
    refuse("other records", "a journal of records of " + std::to_string(numbers_) + " numbers");
  require(keep);
  const std::uint64_t bytes = header_bytes + keep.records * record_.size() * sizeof(std::uint64_t);
  if (::ftruncate(fileno(file_.get()), static_cast<off_t>(bytes)) != 0)
    refuse("truncate: " + std::string(std::strerror(errno)), "a writable file");
  std::fseek(file_.get(), 0, SEEK_END);
}

void RecordJournal::verify(const std::filesystem::path& file, const JournalMark& keep) {
  if (keep.records == 0) return;
  RecordJournal journal(file, open_own(file, O_RDONLY, is_journal), "rb");
  const std::uint64_t numbers = journal.read_header();
  if (numbers > std::filesystem::file_size(file) / sizeof(double))
    journal.refuse("a record longer than it", "whole ones");
  journal.numbers_ = numbers;
  journal.record_.resize(numbers + 2);
  journal.require(keep);
}

void RecordJournal::begin() {
  const std::uint64_t count = numbers_;
  if (::ftruncate(fileno(file_.get()), 0) != 0 || std::fwrite(magic, sizeof magic, 1, file_.get()) != 1 ||
      std::fwrite(&count, sizeof count, 1, file_.get()) != 1 || std::fflush(file_.get()) != 0)
    refuse("write: " + std::string(std::strerror(errno)), "a disk that takes the data");
}

std::uint64_t RecordJournal::read_header() {
  char found[sizeof magic] = {};
  std::uint64_t count = 0;
  if (std::fread(found, sizeof found, 1, file_.get()) != 1 || std::fread(&count, sizeof count, 1, file_.get()) != 1 ||
      std::memcmp(found, magic, sizeof magic) != 0)
    refuse("another beginning", "a journal of records");
  return count;
}

void RecordJournal::require(const JournalMark& keep) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path_, error), record = record_.size() * sizeof(std::uint64_t);
  if (error || size < static_cast<std::uintmax_t>(header_bytes) || (size - header_bytes) / record < keep.records)
    refuse("fewer records", "the " + std::to_string(keep.records) + " that its checkpoint counts");
  mark_.records = keep.records;
  replay([this](std::int64_t, std::span<const double>) { mark_.checksum = mixed(mark_.checksum, record_.back()); });
  if (mark_ != keep) refuse("the records of another run", "those that its checkpoint is of");
}

void RecordJournal::refuse(const std::string& found, const std::string& allowed) const {
  throw FileError(path_, "", found, allowed);
}

void RecordJournal::replay(const std::function<void(std::int64_t, std::span<const double>)>& use) {
  std::fseek(file_.get(), header_bytes, SEEK_SET);
  std::vector<double> numbers(numbers_);
  for (std::uint64_t record = 0; record < mark_.records; ++record) {
    if (std::fread(record_.data(), sizeof(std::uint64_t), record_.size(), file_.get()) != record_.size() ||
        checksum(std::span(record_).first(numbers_ + 1)) != record_.back())
      refuse("a damaged record " + std::to_string(record), "records with their checksums");
    for (std::size_t i = 0; i < numbers_; ++i) numbers[i] = std::bit_cast<double>(record_[i + 1]);
    use(std::bit_cast<std::int64_t>(record_[0]), numbers);
  }
  std::fseek(file_.get(), 0, SEEK_END);
}

void RecordJournal::append(std::int64_t step, std::span<const double> numbers) {
  if (numbers.size() != numbers_) throw std::invalid_argument("record journal: another count of numbers");
  record_[0] = std::bit_cast<std::uint64_t>(step);
  for (std::size_t i = 0; i < numbers_; ++i) record_[i + 1] = std::bit_cast<std::uint64_t>(numbers[i]);
  record_.back() = checksum(std::span(record_).first(numbers_ + 1));
  if (std::fwrite(record_.data(), sizeof(std::uint64_t), record_.size(), file_.get()) != record_.size())
    refuse("write: " + std::string(std::strerror(errno)), "a disk that takes the data");
  ++mark_.records;
  mark_.checksum = mixed(mark_.checksum, record_.back());
}

JournalMark RecordJournal::sync() {
  if (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0)
    refuse("write: " + std::string(std::strerror(errno)), "a disk that takes the data");
  return mark_;
}

}  // namespace lemmata::analysis
