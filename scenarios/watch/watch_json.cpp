#include "scenarios/watch/watch_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace lemmata::scenarios {
namespace {

Json number(const std::optional<double>& value) { return value && std::isfinite(*value) ? Json(*value) : Json(); }

Json json_from_curve(const RunSnapshot::Curve& curve) {
  Json x = Json::array(), y = Json::array();
  for (const LiveCurve::Point& point : curve.points) {
    x.push_back(point.x);
    y.push_back(point.y);
  }
  return {{"metric", curve.metric},
          {"count", curve.count},
          {"dropped", {{"not_positive", curve.not_positive}, {"not_finite", curve.not_finite}}},
          {"x", x},
          {"y", y}};
}

Json json_from_run(const RunSnapshot& run) {
  Json last = Json::object(), curves = Json::array();
  for (const auto& [name, value] : run.last) last[name] = number(value);
  for (const RunSnapshot::Curve& curve : run.curves) curves.push_back(json_from_curve(curve));
  return {{"file", run.file.string()},
          {"state", run.state},
          {"stop_reason", run.stop_reason ? Json(*run.stop_reason) : Json()},
          {"stage", run.stage.empty() ? Json() : Json(run.stage)},
          {"records", run.records},
          {"axis", run.axis},
          {"step", number(run.step)},
          {"rate", number(run.rate)},
          {"remaining_s", number(run.remaining)},
          {"silent_s", number(run.silent)},
          {"watched_s", number(run.watched)},
          {"wall_time_s", number(run.wall_time)},
          {"last", last},
          {"passed_over", {{"no_json", run.not_json}, {"too_long", run.too_long}, {"without_step", run.without_step}}},
          {"torn", run.torn},
          {"restarts", run.restarts},
          {"curves", curves}};
}

}  // namespace

Json json_from_watch(const WatchSnapshot& snapshot) {
  Json runs = Json::array();
  for (const RunSnapshot& run : snapshot.runs) runs.push_back(json_from_run(run));
  return {{"path", snapshot.path.string()}, {"time", snapshot.time}, {"not_shown", snapshot.not_shown}, {"runs", runs}};
}

}  // namespace lemmata::scenarios
