#include "scenarios/run/law_json.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace lemmata::scenarios {
namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json alternative_json(const analysis::LawAlternative& a) {
  return {{"law", a.law}, {"rate", number(a.rate)}, {"exponent", number(a.exponent)}, {"floor", number(a.floor)},
          {"misfit", number(a.misfit)}, {"log_likelihood", number(a.log_likelihood)}, {"bic", number(a.bic)}};
}

}  // namespace

std::string number_text(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

Json json_from_law(const analysis::LawFit& fit, double origin) {
  // What was not decided has no number: null, never a zero that could be read as one.
  const bool decided = fit.law != analysis::Law::inconclusive;
  const auto known = [](bool is_known, double value) { return is_known ? number(value) : Json(); };
  Json json = {
      {"law", analysis::law_name(fit.law)}, {"floor", number(fit.floor)}, {"floor_error", number(fit.floor_error)}};
  json["rate"] = known(fit.law == analysis::Law::exponential, fit.rate);
  json["exponent"] = known(fit.law == analysis::Law::power, fit.exponent);
  json["offset"] = known(fit.law == analysis::Law::power, fit.offset);
  json["terms"] = fit.terms;
  json["interval"] = {known(decided, fit.interval.lower), known(decided, fit.interval.upper)};
  json["window"] = {number(origin + fit.window_first), number(origin + fit.window_last)};
  json["decades"] = number(fit.decades);
  json["points"] = fit.points;
  json["dropped"] = {
      {"zero", fit.dropped_zero}, {"invalid", fit.dropped_invalid}, {"below_floor", fit.dropped_below_floor}};
  json["misfit"] = number(fit.misfit);
  json["alternatives"] = Json::array();
  for (const analysis::LawAlternative& alternative : fit.alternatives)
    json["alternatives"].push_back(alternative_json(alternative));
  json["reason"] = fit.reason;
  return json;
}

std::string law_text(const analysis::LawFit& fit) {
  const std::string interval = " [" + number_text(fit.interval.lower) + ", " + number_text(fit.interval.upper) + "]";
  const std::string floor = fit.floor > 0 ? ", floor " + number_text(fit.floor) : "";
  if (fit.law == analysis::Law::exponential)
    return "exponential, rate " + number_text(fit.rate) + interval + " per step" + floor;
  if (fit.law == analysis::Law::power) return "power, exponent " + number_text(fit.exponent) + interval + floor;
  if (fit.law == analysis::Law::constant) return "constant" + interval;
  return "inconclusive: " + fit.reason;
}

}  // namespace lemmata::scenarios
