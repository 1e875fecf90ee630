#include "scenarios/run/law_json.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace lemmata::scenarios {
namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json alternative_json(const analysis::LawAlternative& a) {
  return {{"law", a.law},
          {"rate", number(a.rate)},
          {"exponent", number(a.exponent)},
          {"floor", number(a.floor)},
          {"misfit", number(a.misfit)},
          {"log_likelihood", number(a.log_likelihood)},
          {"bic", number(a.bic)}};
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
  json["scale"] = known(fit.scale > 0, fit.scale);
  json["origin"] = origin;
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

Json json_from_steps_law(const analysis::StepsLaw& law) {
  using Kind = analysis::StepsLaw::Kind;
  const auto known = [](bool is_known, double value) { return is_known ? number(value) : Json(); };
  const bool decided = law.kind != Kind::inconclusive;
  Json json = {{"law", analysis::steps_law_name(law.kind)}};
  json["a"] = known(decided, law.intercept);
  json["b"] = known(law.kind == Kind::log, law.slope);
  json["p"] = known(law.kind == Kind::power, law.exponent);
  json["offset"] = known(law.kind == Kind::power, law.offset);
  json["floor"] = known(decided, law.floor);
  json["interval"] = {known(decided, law.interval.lower), known(decided, law.interval.upper)};
  json["decades"] = number(law.decades);
  json["window"] = {known(decided, law.window.lower), known(decided, law.window.upper)};
  json["window_decades"] = number(law.window_decades);
  json["levels"] = law.levels;
  json["left_out"] = {{"not_reached", law.censored}, {"at_once", law.immediate}};
  json["smallest_eps"] = known(law.smallest > 0, law.smallest);
  json["reason"] = law.reason;
  return json;
}

std::string steps_law_text(const analysis::StepsLaw& law) {
  using Kind = analysis::StepsLaw::Kind;
  if (law.kind == Kind::inconclusive) return "inconclusive: " + law.reason;
  const std::string interval = " in [" + number_text(law.interval.lower) + ", " + number_text(law.interval.upper) +
                               "], seen from T = " + number_text(law.window.lower, 4) + " to " +
                               number_text(law.window.upper, 4) + ", over " + number_text(law.window_decades, 2) +
                               " decades" + (law.window_decades < 3 ? " (fewer than 3 are weak evidence)" : "");
  const std::string eps = law.floor > 0 ? "(eps - " + number_text(law.floor) + ")" : "eps";
  if (law.kind == Kind::log)
    return "log, T = " + number_text(law.intercept) + " + " + number_text(law.slope) + " ln(1/" + eps + "), b" +
           interval;
  return std::string("power, T ") + (law.offset < 0 ? "- " : "+ ") + number_text(std::abs(law.offset)) + " = " +
         number_text(law.intercept) + " " + eps + "^-" + number_text(law.exponent) + ", p" + interval;
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
