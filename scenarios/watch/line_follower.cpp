#include "scenarios/watch/line_follower.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace lemmata::scenarios {
namespace {

constexpr std::size_t block_size = 1 << 16, head_size = 256, tail_size = 64;

class Descriptor {
 public:
  // Not blocking: a pipe of this name must not stop the caller.
  explicit Descriptor(const std::filesystem::path& file)
      : number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

bool holds(int descriptor, std::int64_t offset, const std::string& bytes) {
  std::string found(bytes.size(), '\0');
  return ::pread(descriptor, found.data(), found.size(), offset) == static_cast<ssize_t>(bytes.size()) &&
         found == bytes;
}

}  // namespace

LineFollower::LineFollower(std::filesystem::path file, FollowLimits limits) : file_(std::move(file)), limits_(limits) {}

// The bytes are compared too: a file truncated and written again may have grown past the offset by now.
bool LineFollower::is_same_file(int descriptor, const struct ::stat& status) const {
  return status.st_dev == device_ && status.st_ino == inode_ && status.st_size >= offset_ &&
         holds(descriptor, 0, head_) && holds(descriptor, offset_ - static_cast<std::int64_t>(tail_.size()), tail_);
}

void LineFollower::forget() {
  offset_ = 0;
  head_.clear();
  tail_.clear();
  pending_.clear();
  passing_over_ = false;
  too_long_ = 0;
}

LineFollower::Reading LineFollower::read(const Visit& visit, const std::function<void()>& restart) {
  Reading reading;
  const Descriptor file(file_);
  struct ::stat status {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return reading;
  reading.present = true;
  reading.modified = static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
  if (offset_ > 0 && !is_same_file(file.number(), status)) {
    reading.restarted = true;
    forget();
    restart();
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  std::vector<char> block(block_size);
  // To the size as it was just now: a writer that is faster than its reader does not keep the call from ending.
  std::int64_t left = std::min<std::int64_t>(status.st_size - offset_, static_cast<std::int64_t>(limits_.reading));
  while (left > 0) {
    const ssize_t count = ::pread(file.number(), block.data(),
                                  static_cast<std::size_t>(std::min<std::int64_t>(left, block_size)), offset_);
    if (count <= 0) break;  // truncated just now: the next call sees it
    take({block.data(), static_cast<std::size_t>(count)}, visit);
    offset_ += count;
    left -= count;
    reading.grown = true;
  }
  reading.more = left == 0 && offset_ < status.st_size;
  return reading;
}

void LineFollower::take(std::string_view block, const Visit& visit) {
  head_ += block.substr(0, head_size - std::min(head_size, head_.size()));
  tail_ += block.substr(block.size() - std::min(tail_size, block.size()));
  tail_.erase(0, tail_.size() - std::min(tail_size, tail_.size()));
  while (!block.empty()) {
    const std::size_t newline = block.find('\n');
    const std::string_view part = block.substr(0, newline);
    if (!passing_over_ && pending_.size() + part.size() > limits_.line) {
      passing_over_ = true;
      pending_ = std::string();  // the memory too
      ++too_long_;
    }
    if (!passing_over_) pending_ += part;
    if (newline == std::string_view::npos) return;
    if (!passing_over_) {
      if (!pending_.empty() && pending_.back() == '\r') pending_.pop_back();
      visit(pending_);
      pending_.clear();
    }
    passing_over_ = false;
    block.remove_prefix(newline + 1);
  }
}

}  // namespace lemmata::scenarios
