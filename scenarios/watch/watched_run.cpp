#include "scenarios/watch/watched_run.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/json_text.h"
#include "scenarios/run/law_json.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_numbers = 64, most_moments = 256, longest_name = 64;
constexpr double rate_window = 20;                            // s
constexpr double least_silence = 10, longest_silence = 3600;  // s
constexpr std::int64_t largest_metrics = 1 << 20;             // bytes
constexpr double largest_step = 0x1p53;

std::filesystem::path metrics_beside(std::filesystem::path file) { return file.replace_extension(".metrics.json"); }

// Whole, or nothing: the file is written by a rename.
Json metrics_in(const std::filesystem::path& file, std::int64_t size) {
  if (size > largest_metrics) return {};
  std::string text(static_cast<std::size_t>(size), '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(text.data(), size);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  try {
    return parse_json(text, "");
  } catch (const std::exception&) {
    return {};
  }
}

std::optional<double> number_in(const Json& metrics, const char* key) {
  const auto found = metrics.find(key);
  return found != metrics.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::vector<std::string> stage_names(const Json& metrics) {
  const auto found = metrics.find("stages");
  if (found == metrics.end() || !found->is_string()) return {};
  const Json names = Json::parse(found->get<std::string>(), nullptr, false);
  std::vector<std::string> texts;
  for (const Json& name : names.is_array() ? names : Json::array())
    texts.push_back(name.is_string() ? name.get<std::string>() : "");
  return texts;
}

}  // namespace

WatchedRun::WatchedRun(const std::filesystem::path& file, const WatchPlan& plan)
    : plan_(plan), follower_(file), curves_(plan.metrics.size()) {}

bool WatchedRun::refresh(double now) {
  if (!present_ && records_ == 0) since_ = now;
  const LineFollower::Reading reading = follower_.read([this](std::string_view line) { take(line); },
                                                       [this, now] {
                                                         begin_anew();
                                                         not_json_ = without_step_ = 0;
                                                         ++restarts_;
                                                         since_ = now;
                                                       });
  present_ = reading.present;
  if (!present_) {
    finished_ = false;
    return false;
  }
  modified_ = reading.modified;
  if (!reading.more) note_moment(reading.modified);
  look_at_metrics();
  return reading.more;
}

void WatchedRun::begin_anew() {
  for (LiveCurve& curve : curves_) curve.clear();
  last_.clear();
  moments_.clear();
  records_ = 0;
  stage_ = step_ = 0;
}

void WatchedRun::take(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return;
  std::optional<RecordNumbers> record = numbers_of_line(line);
  if (!record) {
    ++not_json_;
    return;
  }
  const double step = number_of(*record, "step");
  const bool has_step = std::abs(step) <= largest_step;
  const double seed = number_of(*record, "seed");
  if (records_ == 0) {
    by_step_ = has_step;
    by_seed_ = !has_step && !std::isnan(seed);
  }
  if (by_step_ && !has_step) {
    ++without_step_;
    return;
  }
  if (by_step_ && records_ > 0 && step < step_) {  // another run, appended to the same file
    begin_anew();
    ++restarts_;
  }
  step_ = by_step_ ? step : static_cast<double>(records_);
  ++records_;
  for (std::size_t i = 0; i < curves_.size(); ++i) {
    const auto is_metric = [&](const auto& number) { return number.first == plan_.metrics[i]; };
    const auto found = std::find_if(record->begin(), record->end(), is_metric);
    if (found != record->end()) curves_[i].add(by_seed_ ? seed : step_, found->second);
  }
  const double stage = number_of(*record, "stage");
  stage_ = stage >= 1 && stage <= 1e6 ? stage : 0;
  std::erase_if(*record, [](const auto& number) {
    return number.first == "step" || number.first == "stage" || number.first.size() > longest_name;
  });
  record->resize(std::min(record->size(), most_numbers));
  last_ = std::move(*record);
}

void WatchedRun::note_moment(double time) {
  if (records_ == 0) return;
  if (moments_.empty() || (step_ > moments_.back().step && time > moments_.back().time))
    moments_.push_back({time, step_});
  while (moments_.size() > 2 && (moments_.size() > most_moments || moments_.front().time < time - rate_window))
    moments_.pop_front();
}

// x.metrics.json of an earlier run is older than the x.jsonl that the present one has begun.
void WatchedRun::look_at_metrics() {
  const std::filesystem::path file = metrics_beside(follower_.file());
  struct ::stat status {};
  finished_ = ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  if (!finished_) return;
  const double time = static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
  finished_ = time >= modified_;
  if (!finished_ || (time == metrics_time_ && status.st_size == metrics_size_)) return;
  metrics_time_ = time;
  metrics_size_ = status.st_size;
  const Json metrics = metrics_in(file, metrics_size_);
  const auto reason = metrics.find("stop_reason");
  stop_reason_ = std::nullopt;
  if (reason != metrics.end() && reason->is_string()) stop_reason_ = reason->get<std::string>().substr(0, longest_name);
  wall_time_ = number_in(metrics, "wall_time_s");
  resumed_from_ = number_in(metrics, "resumed_from_step");
  stage_names_ = stage_names(metrics);
}

// Records on a logarithmic grid come ever later: silence is long beside the longest pause that was seen.
double WatchedRun::silent_limit() const {
  double pause = 0;
  for (std::size_t i = 1; i < moments_.size(); ++i) pause = std::max(pause, moments_[i].time - moments_[i - 1].time);
  return std::clamp(3 * pause, least_silence, longest_silence);
}

std::optional<double> WatchedRun::rate() const {
  if (finished_) {
    if (!by_step_ || !wall_time_ || !(*wall_time_ > 0)) return std::nullopt;
    return (step_ - resumed_from_.value_or(0)) / *wall_time_;
  }
  if (moments_.size() < 2) return std::nullopt;
  return (moments_.back().step - moments_.front().step) / (moments_.back().time - moments_.front().time);
}

RunSnapshot WatchedRun::snapshot(double now) const {
  RunSnapshot shown;
  shown.file = follower_.file();
  shown.records = records_;
  shown.restarts = restarts_;
  shown.not_json = not_json_;
  shown.without_step = without_step_;
  shown.too_long = follower_.too_long();
  shown.torn = follower_.torn() > 0;
  shown.last = last_;
  shown.axis = by_step_ ? "step" : by_seed_ ? "seed" : "record";
  for (std::size_t i = 0; i < curves_.size(); ++i)
    shown.curves.push_back({plan_.metrics[i], curves_[i].points(), curves_[i].kept_or_thinned(),
                            curves_[i].not_positive(), curves_[i].not_finite()});
  if (records_ > 0) shown.step = step_;
  if (!present_) {
    shown.state = "absent";
    return shown;
  }
  shown.silent = std::max(0.0, now - modified_);
  shown.watched = std::max(0.0, now - since_);
  shown.state = finished_ ? "finished" : *shown.silent > silent_limit() ? "silent" : "growing";
  if (shown.state != "silent" && records_ > 0) shown.rate = rate();
  if (stage_ > 0) {
    const auto number = static_cast<std::size_t>(stage_);
    shown.stage = number_text(stage_, 7);
    if (finished_ && number <= stage_names_.size() && !stage_names_[number - 1].empty())
      shown.stage += " (" + stage_names_[number - 1] + ")";
  }
  if (finished_) {
    shown.stop_reason = stop_reason_;
    shown.wall_time = wall_time_;
  } else if (plan_.steps && by_step_ && shown.rate && *shown.rate > 0) {
    shown.remaining = std::max(0.0, static_cast<double>(*plan_.steps) - step_) / *shown.rate;
  }
  return shown;
}

}  // namespace lemmata::scenarios
