#include <nlohmann/json.hpp>

#include "scenarios/watch/watch_json.h"
#include "scenarios/watch/watch_text.h"
#include "tests/fuzz/target.h"

// What `lemmata watch` follows: a first line that is x.metrics.json, then x.jsonl, which grows in two pieces.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lemmata;
  std::string_view text = fuzz::text_of(data, size);
  fuzz::file_of("run.metrics.json", fuzz::first_line(text));
  const std::filesystem::path file = fuzz::file_of("run.jsonl", text.substr(0, text.size() / 2));
  scenarios::WatchedFolder watched(file, {}, 1);
  while (watched.refresh(1)) continue;
  std::ofstream(file, std::ios::binary | std::ios::app) << text.substr(text.size() / 2);
  while (watched.refresh(2)) continue;
  const scenarios::WatchSnapshot snapshot = watched.snapshot(3);
  const bool has_records = !snapshot.runs.empty() && snapshot.runs[0].records > 0;
  ++(has_records ? fuzz::outcomes.accepted : fuzz::outcomes.refused);
  for (const char letter : scenarios::watch_text(snapshot, {40, 20})) {
    if (letter == '\x1b') fuzz::finding("a file that steers the terminal");
  }
  static_cast<void>(scenarios::json_from_watch(snapshot).dump());
  return 0;
}
