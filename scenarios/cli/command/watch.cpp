#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "analysis/number_text.h"
#include "scenarios/cli/interruption.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/progress.h"
#include "scenarios/watch/watch_json.h"
#include "scenarios/watch/watch_server.h"
#include "scenarios/watch/watch_text.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_metrics = 8, most_runs = 8;
constexpr double default_interval = 0.5, least_interval = 0.2, longest_interval = 3600;  // s
constexpr int default_width = 80, least_width = 10, largest_width = 500;

WatchPlan plan_of(const Arguments& arguments) {
  WatchPlan plan;
  std::vector<std::string> metrics;
  for (const std::string& list : arguments.texts("metric")) {
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      const std::string name = list.substr(begin, end - begin);
      if (name.empty() || name.size() > 64)
        throw InputError("watch", "--metric", "\"" + list + "\"", "names of 1 to 64 characters, commas between them");
      if (std::find(metrics.begin(), metrics.end(), name) == metrics.end()) metrics.push_back(name);
      begin = end + 1;
    }
  }
  if (metrics.size() > most_metrics)
    throw InputError("watch", "--metric", std::to_string(metrics.size()) + " names",
                     "at most " + std::to_string(most_metrics));
  if (!metrics.empty()) plan.metrics = metrics;
  plan.steps = arguments.integer("steps", 1, 1L << 53);
  return plan;
}

// Nothing where the run's own files would be written over.
void require_harmless_json(const Arguments& arguments, const WatchedFolder& watched) {
  require_json_target(arguments);
  const std::optional<std::string> file = arguments.text("json");
  if (!file || *file == "-") return;
  std::vector<std::filesystem::path> others;
  for (const RunSnapshot& run : watched.snapshot(0).runs) {
    others.push_back(run.file);
    for (const char* ending : {".metrics.json", ".h5"})
      others.push_back(std::filesystem::path(run.file).replace_extension(ending));
  }
  require_other_file("--json", *file, others);
  if (file->ends_with(".jsonl"))
    throw InputError("watch", "--json", *file, "a name that does not end in .jsonl, as the files of runs do");
}

ViewSize view_size() {
  ViewSize size{default_width, 0};
  winsize window{};
  if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) {
    size.width = window.ws_col - 1;  // a full line would wrap on some terminals
    size.height = window.ws_row > 1 ? window.ws_row - 1 : 0;
  } else if (const char* columns = std::getenv("COLUMNS")) {
    const auto width = analysis::number_in(columns);
    if (width && *width >= 1 && *width <= largest_width) size.width = static_cast<int>(*width);
  }
  size.width = std::clamp(size.width, least_width, largest_width);
  return size;
}

/// Sleeps so long, less if the program is asked to end.
void pause_for(double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!is_interrupted()) {
    const double left = std::chrono::duration<double>(end - std::chrono::steady_clock::now()).count();
    if (!(left > 0)) return;
    poll(nullptr, 0, static_cast<int>(std::min(100.0, 1e3 * left + 1)));
  }
}

void write_out(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) throw InputError("", "", "a standard output that cannot be written", "an open one with room");
}

// Redrawn in place: back to the first line of the frame before, each line cleared to its end, then what is below.
int view_in_terminal(WatchedFolder& watched, double interval) {
  long lines_before = 0;
  ViewSize size_before;
  while (!is_interrupted()) {
    const auto begin = std::chrono::steady_clock::now();
    bool more = true;
    while (more && !is_interrupted() && std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(200))
      more = watched.refresh(seconds_since_1970());
    const ViewSize size = view_size();
    std::string frame;
    const bool is_resized = lines_before > 0 && (size.width != size_before.width || size.height != size_before.height);
    if (is_resized)
      frame = "\x1b[2J\x1b[H";  // where its lines stand by now is not known
    else if (lines_before > 0)
      frame = "\x1b[" + std::to_string(lines_before) + "A\r";
    lines_before = 0;
    for (const char character : watch_text(watched.snapshot(seconds_since_1970()), size)) {
      if (character == '\n') frame += "\x1b[K";
      frame += character;
      lines_before += character == '\n';
    }
    write_out(frame + "\x1b[J");
    size_before = size;
    pause_for(more ? least_interval : interval);
  }
  return 0;
}

int serve(WatchedFolder& watched, const std::string& port, double interval) {
  std::optional<int> wanted;
  if (!port.empty()) wanted = static_cast<int>(*Arguments({}, {{"serve", port}}).integer("serve", 1, 65535));
  std::mutex watching;
  WatchServer server(wanted, [&] {
    const std::lock_guard lock(watching);
    Json state = json_from_watch(watched.snapshot(seconds_since_1970()));
    state["interval_s"] = interval;
    return state.dump(-1, ' ', false, Json::error_handler_t::replace);
  });
  write_out("http://127.0.0.1:" + std::to_string(server.port()) + "/\n");
  while (!is_interrupted()) {
    bool more = false;
    {
      const std::lock_guard lock(watching);
      more = watched.refresh(seconds_since_1970());
    }
    pause_for(more ? 0.001 : interval);
  }
  return 0;
}

int run(const Arguments& arguments) {
  const double interval = arguments.number("interval", least_interval, longest_interval).value_or(default_interval);
  const std::optional<std::string> port = arguments.text("serve");
  for (const char* other : {"once", "json"}) {
    if (port && arguments.has(other))
      throw InputError("watch", "--serve", std::string("--") + other, "either of the two");
  }
  WatchedFolder watched(arguments.positionals()[0], plan_of(arguments), most_runs);
  require_harmless_json(arguments, watched);
  catch_interrupts(arguments);
  if (port) return serve(watched, *port, interval);
  if (isatty(STDOUT_FILENO) == 1 && !arguments.has("once") && !arguments.has("json"))
    return view_in_terminal(watched, interval);
  while (watched.refresh(seconds_since_1970()) && !is_interrupted()) {
  }
  const WatchSnapshot snapshot = watched.snapshot(seconds_since_1970());
  ViewSize size = view_size();
  size.height = 0;
  print_result(arguments, watch_text(snapshot, size), json_from_watch(snapshot));
  return 0;
}

}  // namespace

Command watch_command() {
  return {"watch",
          "a live view of running jobs: curves, stage, step, rate and last numbers from their x.jsonl",
          "FILE.jsonl|DIR",
          1,
          1,
          {{"metric", "NAME,...", "numbers of the lines to draw (default loss,prediction_loss)", true},
           {"interval", "SECONDS", "time between two looks, 0.2 to 3600, default 0.5"},
           {"steps", "N", "steps of the run in all, which x.jsonl does not say: shows the remaining time"},
           {"once", "", "one look, as plain text; so it is where standard output is no terminal"},
           {"serve", "[PORT]", "the same as a page on 127.0.0.1 (default: a free port, which is printed)"},
           json_option()},
          "Reads only x.jsonl and, once it is there, x.metrics.json, and writes nothing: a run is not disturbed. Of a "
          "folder the 8 newest. The file may come later, be cut short or replaced, and its run may be killed. Ctrl-C "
          "ends it with 0. --json takes one look too.",
          "lemmata watch three_stage.jsonl",
          run};
}

}  // namespace lemmata::scenarios
