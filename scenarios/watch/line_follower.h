#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace lemmata::scenarios {

/// What a follower reads at most.
struct FollowLimits {
  std::size_t line = 1'000'000;     ///< bytes of a line; a longer one is passed over and counted
  std::size_t reading = 8'000'000;  ///< bytes of one call of read(), so that a caller can draw in between
};

/// Follows a text file that another program appends to, from the last offset on: nothing is read twice, nothing is
/// written, no lock is taken, and the file is open only within read(). A file that is shorter than what was read, has
/// another inode, or holds other bytes where those read before stood, is another file of the same name: it is read
/// from its start. Memory: one line. Checked by: tests/scenarios/line_follower_test.cpp.
class LineFollower {
 public:
  explicit LineFollower(std::filesystem::path file, FollowLimits limits = {});

  /// Called with each line that its newline has ended, without LF or CRLF; valid during the call.
  using Visit = std::function<void(std::string_view)>;
  struct Reading {
    bool present = false;    ///< a regular file that can be read; false: not there (any more), what was read stays
    bool restarted = false;  ///< the file was truncated or replaced: the lines of this call are from its start
    bool grown = false;      ///< some bytes were read
    bool more = false;       ///< the limit of a call was reached before the end of the file
    double modified = 0;     ///< when the file was last written, in s since 1970
  };
  /// @param restart  called before the first line where the file turned out to be another one.
  /// @throws nothing of its own: what cannot be read is not present.
  Reading read(const Visit& visit, const std::function<void()>& restart);

  const std::filesystem::path& file() const { return file_; }
  /// Lines passed over since the start because they were longer than the limit.
  long too_long() const { return too_long_; }
  /// Bytes after the last newline: a line that is being written, or was when its writer died.
  std::size_t torn() const { return passing_over_ ? 1 : pending_.size(); }

 private:
  bool is_same_file(int descriptor, const struct ::stat& status) const;
  void forget();
  void take(std::string_view block, const Visit& visit);
  std::filesystem::path file_;
  FollowLimits limits_;
  std::uint64_t device_ = 0, inode_ = 0;
  std::int64_t offset_ = 0;    ///< of the first byte that was not read
  std::string head_, tail_;    ///< first bytes of the file, and the last before offset_
  std::string pending_;        ///< a line without its newline so far
  bool passing_over_ = false;  ///< within a line that is too long
  long too_long_ = 0;
};

}  // namespace lemmata::scenarios
