#include "analysis/record_journal.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <utility>

#include "analysis/file_error.h"
#include "tests/analysis/scratch.h"

namespace lemmata::analysis {
namespace {

using Records = std::vector<std::pair<std::int64_t, std::vector<double>>>;

const Records written = {{0, {1.5, -0.0}}, {10, {std::nan(""), 1e-300}}, {25, {INFINITY, 0.1}}};

// After each of them, what a checkpoint would keep.
std::vector<JournalMark> write(const std::filesystem::path& file, const Records& records = written) {
  RecordJournal journal(file, 2);
  std::vector<JournalMark> marks = {journal.sync()};
  for (const auto& [step, numbers] : records) {
    journal.append(step, numbers);
    marks.push_back(journal.sync());
    CHECK(marks.back().records == marks.size() - 1);
  }
  return marks;
}

Records replayed(RecordJournal& journal) {
  Records found;
  journal.replay([&](std::int64_t step, std::span<const double> numbers) {
    found.emplace_back(step, std::vector<double>(numbers.begin(), numbers.end()));
  });
  return found;
}

// Bits, so that NaN and -0 count.
bool same(const Records& left, const Records& right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].first != right[i].first || left[i].second.size() != right[i].second.size()) return false;
    for (std::size_t k = 0; k < left[i].second.size(); ++k) {
      if (std::bit_cast<std::uint64_t>(left[i].second[k]) != std::bit_cast<std::uint64_t>(right[i].second[k]))
        return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("record journal: what is kept comes back bit by bit, the rest is cut off, and it goes on from there") {
  const Scratch folder;
  const auto file = folder / "x.journal";
  const auto marks = write(file);
  JournalMark second;
  {
    RecordJournal journal(file, 2, marks[3]);
    CHECK(same(replayed(journal), written));
  }
  {
    RecordJournal journal(file, 2, marks[1]);
    CHECK(same(replayed(journal), {written[0]}));
    journal.append(77, std::vector{7.0, 8.0});
    second = journal.sync();
    CHECK(second.records == 2);
  }
  CHECK(std::filesystem::file_size(file) == 24 + 2 * 4 * 8);
  RecordJournal journal(file, 2, second);
  CHECK(same(replayed(journal), {written[0], {77, {7, 8}}}));
  CHECK_THROWS_AS(journal.append(78, std::vector{1.0}), std::invalid_argument);
}

TEST_CASE("record journal: begun anew over another journal, and over nothing else") {
  const Scratch folder;
  const auto file = folder / "x.journal";
  write(file);
  CHECK(RecordJournal(file, 2).sync() == JournalMark());
  CHECK(std::filesystem::file_size(file) == 24);
  const auto foreign = folder.write("y.journal", "something else altogether");
  CHECK(has(message_of<FileError>([&] { RecordJournal(foreign, 2); }), "a file of something else"));
  CHECK(content_of(foreign) == "something else altogether");
}

TEST_CASE("record journal: the records of another run are refused, and stay") {
  const Scratch folder;
  const auto marks = write(folder / "x.journal");
  Records others = written;
  others[1].second[1] = std::nextafter(others[1].second[1], 1);
  write(folder / "y.journal", others);
  const std::string before = content_of(folder / "y.journal");
  CHECK(has(message_of<FileError>([&] { RecordJournal(folder / "y.journal", 2, marks[3]); }), "another run"));
  CHECK(content_of(folder / "y.journal") == before);
  RecordJournal(folder / "y.journal", 2, marks[1]);  // so far they are the same
}

TEST_CASE("record journal: looking at one refuses what going on does, and changes nothing") {
  const Scratch folder;
  const auto file = folder / "x.journal";
  const auto marks = write(file);
  const std::string whole = content_of(file);
  const auto is_refused = [&](const JournalMark& mark) {
    return !message_of<FileError>([&] { RecordJournal::verify(file, mark); }).empty();
  };
  CHECK_FALSE(is_refused(marks[1]));
  CHECK_FALSE(is_refused(marks[3]));
  CHECK(is_refused({1, marks[1].checksum + 1}));
  CHECK(is_refused({4, marks[3].checksum}));
  CHECK(content_of(file) == whole);
  for (std::size_t at = 0; at < whole.size(); ++at) {  // the count of numbers among them: no memory for it
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x80);
    folder.write("x.journal", damaged);
    CHECK(is_refused(marks[3]));
  }
  std::filesystem::remove(file);
  CHECK(is_refused(marks[1]));
  RecordJournal::verify(file, {});  // nothing that it should hold
}

TEST_CASE("record journal: every flipped byte of what is kept is refused, and too few records, and another width") {
  const Scratch folder;
  const auto file = folder / "x.journal";
  const auto marks = write(file);
  const auto size = static_cast<long>(std::filesystem::file_size(file));
  for (long at = 0; at < size; ++at) {
    const auto damaged = folder / "damaged";
    std::filesystem::copy_file(file, damaged, std::filesystem::copy_options::overwrite_existing);
    std::fstream stream(damaged, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(at);
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(at);
    stream.put(byte);
    stream.close();
    CHECK_THROWS_AS(RecordJournal(damaged, 2, marks[3]), FileError);
  }
  CHECK_THROWS_AS(RecordJournal(file, 2, {4, marks[3].checksum}), FileError);
  CHECK_THROWS_AS(RecordJournal(file, 3, marks[1]), FileError);
  CHECK_THROWS_AS(RecordJournal(folder / "none", 2, marks[1]), FileError);
  CHECK_THROWS_AS(RecordJournal(folder / "no_folder/x", 2), FileError);
  std::filesystem::resize_file(file, 30);
  CHECK_THROWS_AS(RecordJournal(file, 2, marks[1]), FileError);
  RecordJournal(folder / "good", 2);
}

}  // namespace lemmata::analysis
