#pragma once
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/watch/line_follower.h"
#include "scenarios/watch/live_curve.h"
#include "scenarios/watch/record_line.h"

namespace lemmata::scenarios {

/// What is to be watched of every run.
struct WatchPlan {
  std::vector<std::string> metrics = {"loss", "prediction_loss"};  ///< curves to draw
  std::optional<long> steps;                                       ///< that a run has in all, if the user says so
};

/// A run as its x.jsonl and x.metrics.json show it at one moment.
struct RunSnapshot {
  struct Curve {
    std::string metric;
    std::vector<LiveCurve::Point> points;   ///< thinned; x as `axis` says
    long count = 0;                         ///< before thinning
    long not_positive = 0, not_finite = 0;  ///< left out, since the axis is logarithmic
  };
  std::filesystem::path file;
  std::string state;                       ///< "absent", "growing", "silent" or "finished"
  std::optional<std::string> stop_reason;  ///< of a finished run that says it
  std::string stage;                       ///< number, and with x.metrics.json name; empty: not in the lines
  std::string axis = "step";  ///< or, of lines without `step`: "seed", where the first has one; "record", its number
  long records = 0;
  /// Last step; per second; s since 1970 - last change; s that the file was watched; of a finished run; till the end.
  std::optional<double> step, rate, silent, watched, wall_time, remaining;
  RecordNumbers last;  ///< of the last record, step and stage left out; the first 64
  std::vector<Curve> curves;
  long not_json = 0, too_long = 0, without_step = 0;  ///< lines that were passed over
  long restarts = 0;                                  ///< the file was truncated or replaced, or its steps began again
  bool torn = false;                                  ///< the last line has no newline (yet)
};

/// Follows one run. Reads x.jsonl, and x.metrics.json where it is as new; nothing else, and writes nothing.
/// Checked by: tests/scenarios/watched_run_test.cpp, tests/scenarios/watch_test.py.
class WatchedRun {
 public:
  WatchedRun(const std::filesystem::path& file, const WatchPlan& plan);

  /// Reads what is new, at most some megabytes. @param now  s since 1970.
  /// @return whether there is more to read at once.
  bool refresh(double now);
  RunSnapshot snapshot(double now) const;
  const std::filesystem::path& file() const { return follower_.file(); }
  bool is_finished() const { return finished_; }

 private:
  struct Moment {
    double time, step;
  };
  void take(std::string_view line);
  void begin_anew();
  void note_moment(double time);
  void look_at_metrics();
  double silent_limit() const;
  std::optional<double> rate() const;

  WatchPlan plan_;
  LineFollower follower_;
  std::vector<LiveCurve> curves_;
  RecordNumbers last_;
  std::deque<Moment> moments_;  ///< last changes of the file, for the rate
  double since_ = 0, modified_ = 0, step_ = 0, stage_ = 0;
  long records_ = 0, not_json_ = 0, without_step_ = 0, restarts_ = 0;
  bool by_step_ = true, by_seed_ = false, present_ = false, finished_ = false;
  // What x.metrics.json said, and which one that was.
  std::int64_t metrics_size_ = -1;
  double metrics_time_ = 0;
  std::optional<std::string> stop_reason_;
  std::optional<double> wall_time_, resumed_from_;
  std::vector<std::string> stage_names_;
};

}  // namespace lemmata::scenarios
