#include "scenarios/watch/watched_folder.h"

#include <algorithm>
#include <chrono>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace fs = std::filesystem;

namespace {

constexpr double side_by_side = 60;  // s

struct Entry {
  fs::path file;
  double modified;
};

// The x.jsonl of a folder, the newest first; none where it cannot be read (any more).
std::vector<Entry> entries_of(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator place(folder, error), end; !error && place != end; place.increment(error)) {
    struct ::stat status {};
    if (place->path().extension() != ".jsonl" || ::stat(place->path().c_str(), &status) != 0 ||
        !S_ISREG(status.st_mode))
      continue;
    entries.push_back({place->path(), static_cast<double>(status.st_mtim.tv_sec) +
                                          1e-9 * static_cast<double>(status.st_mtim.tv_nsec)});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.modified != b.modified ? a.modified > b.modified : a.file < b.file;
  });
  return entries;
}

void require_watchable(const fs::path& path, bool is_folder) {
  std::error_code ignored;
  const std::string allowed = "an x.jsonl that a run writes, or a folder of them";
  if (is_folder) return;
  if (path.extension() != ".jsonl") throw InputError("watch", "", path.empty() ? "\"\"" : path.string(), allowed);
  const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  if (!fs::is_directory(folder, ignored)) throw InputError(path.string(), "", "no such folder", allowed);
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    throw InputError(path.string(), "", "no regular file", allowed);
}

}  // namespace

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

WatchedFolder::WatchedFolder(const fs::path& path, WatchPlan plan, std::size_t most)
    : path_(path), plan_(std::move(plan)), most_(most) {
  std::error_code ignored;
  is_folder_ = fs::is_directory(path, ignored);
  require_watchable(path, is_folder_);
  if (!is_folder_) runs_.push_back(std::make_unique<WatchedRun>(path, plan_));
}

bool WatchedFolder::refresh(double now) {
  if (is_folder_) choose_runs();
  bool more = false;
  for (const auto& run : runs_) more = run->refresh(now) || more;
  return more;
}

void WatchedFolder::choose_runs() {
  const std::vector<Entry> entries = entries_of(path_);
  const auto stays = [&](const std::unique_ptr<WatchedRun>& run) {
    const auto place =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.file == run->file(); });
    if (place == entries.end()) return false;
    return place - entries.begin() < static_cast<std::ptrdiff_t>(most_) ||
           (!run->is_finished() && place->modified > entries[0].modified - side_by_side);
  };
  std::erase_if(runs_, [&](const auto& run) { return !stays(run); });
  std::vector<std::unique_ptr<WatchedRun>> fresh;
  for (const Entry& entry : entries) {
    if (runs_.size() + fresh.size() >= most_) break;
    const bool is_shown =
        std::any_of(runs_.begin(), runs_.end(), [&](const auto& run) { return run->file() == entry.file; });
    if (!is_shown) fresh.push_back(std::make_unique<WatchedRun>(entry.file, plan_));
  }
  runs_.insert(runs_.begin(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  not_shown_ = static_cast<long>(entries.size()) - static_cast<long>(runs_.size());
}

WatchSnapshot WatchedFolder::snapshot(double now) const {
  WatchSnapshot shown{path_, is_folder_, {}, not_shown_, now};
  for (const auto& run : runs_) shown.runs.push_back(run->snapshot(now));
  return shown;
}

}  // namespace lemmata::scenarios
