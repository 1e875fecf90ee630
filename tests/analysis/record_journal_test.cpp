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

void write(const std::filesystem::path& file) {
  RecordJournal journal(file, 2);
  for (const auto& [step, numbers] : written) journal.append(step, numbers);
  CHECK(journal.sync() == 3);
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
  write(file);
  {
    RecordJournal journal(file, 2, 3);
    CHECK(same(replayed(journal), written));
  }
  {
    RecordJournal journal(file, 2, 1);
    CHECK(same(replayed(journal), {written[0]}));
    journal.append(77, std::vector{7.0, 8.0});
    CHECK(journal.sync() == 2);
  }
  CHECK(std::filesystem::file_size(file) == 24 + 2 * 4 * 8);
  RecordJournal journal(file, 2, 2);
  CHECK(same(replayed(journal), {written[0], {77, {7, 8}}}));
  CHECK_THROWS_AS(journal.append(78, std::vector{1.0}), std::invalid_argument);
}

TEST_CASE("record journal: keep 0 begins anew, whatever is there") {
  const Scratch folder;
  const auto file = folder.write("x.journal", "something else altogether");
  RecordJournal journal(file, 2);
  CHECK(journal.sync() == 0);
  CHECK(std::filesystem::file_size(file) == 24);
}

TEST_CASE("record journal: every flipped byte of what is kept is refused, and too few records, and another width") {
  const Scratch folder;
  const auto file = folder / "x.journal";
  write(file);
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
    CHECK_THROWS_AS(RecordJournal(damaged, 2, 3), FileError);
  }
  CHECK_THROWS_AS(RecordJournal(file, 2, 4), FileError);
  CHECK_THROWS_AS(RecordJournal(file, 3, 1), FileError);
  CHECK_THROWS_AS(RecordJournal(folder / "none", 2, 1), FileError);
  CHECK_THROWS_AS(RecordJournal(folder / "no_folder/x", 2), FileError);
  std::filesystem::resize_file(file, 30);
  CHECK_THROWS_AS(RecordJournal(file, 2, 1), FileError);
  RecordJournal(folder / "good", 2);
}

}  // namespace lemmata::analysis
