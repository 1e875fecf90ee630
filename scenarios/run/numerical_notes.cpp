#include "scenarios/run/numerical_notes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

constexpr long least_constant_records = 3, least_constant_steps = 100;

const std::vector<double>* values_of(const Row& row, const std::string& name) {
  const auto found = row.find(name);
  return found == row.end() || found->second.empty() ? nullptr : &found->second;
}

// Whether some entry of a variable does not lie above what its companion says rounding leaves of it.
bool any_within(const Row& row, const std::string& name, const std::string& rounding) {
  const auto *value = values_of(row, name), *error = values_of(row, rounding);
  if (value == nullptr || error == nullptr || value->size() != error->size()) return false;
  for (std::size_t i = 0; i < value->size(); ++i) {
    if ((*value)[i] <= (*error)[i]) return true;  // false for NaN: not defined
  }
  return false;
}

}  // namespace

std::string note_text(const NumericalNote& note) {
  const std::string seed = note.seed ? "seed " + std::to_string(*note.seed) + ", " : "";
  return seed + "step " + std::to_string(note.step) + ", " + note.variable + ": " + note.cause;
}

Json json_from_notes(const std::vector<NumericalNote>& notes) {
  Json list = Json::array();
  for (const NumericalNote& note : notes) {
    list.push_back({{"step", note.step}, {"variable", note.variable}, {"cause", note.cause}});
    if (note.seed) list.back()["seed"] = *note.seed;
  }
  return list;
}

std::vector<NumericalNote> notes_from_json(const std::string& text, const std::string& source) {
  const Json list = parse_json(text, source);
  std::vector<NumericalNote> notes;
  for (const Json& one : list.is_array() ? list : Json::array({list})) {
    if (!one.is_object() || !one.contains("step") || !one["step"].is_number_integer() || !one.contains("variable") ||
        !one["variable"].is_string() || !one.contains("cause") || !one["cause"].is_string())
      throw InputError(source, "numerical_notes", one.dump().substr(0, 80), "a list of {step, variable, cause}");
    notes.push_back({one["step"], one["variable"], one["cause"]});
    if (one.contains("seed") && one["seed"].is_number_unsigned()) notes.back().seed = one["seed"];
  }
  return notes;
}

void NumericalNotes::note(long step, const std::string& variable, const std::string& cause) {
  const auto is_known = [&](const NumericalNote& one) { return one.variable == variable && one.cause == cause; };
  if (std::any_of(notes_.begin(), notes_.end(), is_known)) return;
  const auto later = [step](const NumericalNote& one) { return one.step > step; };
  notes_.insert(std::find_if(notes_.begin(), notes_.end(), later), NumericalNote{step, variable, cause});
}

void NumericalNotes::look_at_loss(long step, const std::string& name, const Row& row) {
  const auto* values = values_of(row, name);
  if (values == nullptr) return;
  const double value = (*values)[0];
  if (!std::isfinite(value)) note(step, name, std::isnan(value) ? "not a number" : "infinite: an overflow");
  if (name != "loss" && name != "prediction_loss") return;
  if (std::fpclassify(value) == FP_SUBNORMAL) note(step, name, "subnormal: its relative accuracy is lost");
  if (value == 0 && (was_positive_ || row.contains("objective")))
    note(step, name, "0, by underflow or in truth: nothing below can be told apart");
  was_positive_ = was_positive_ || value > 0;
}

void NumericalNotes::look_for_stagnation(long step, const Row& row) {
  const std::string name = row.contains("objective") ? "objective" : "loss";
  const auto *values = values_of(row, name), *stages = values_of(row, "stage");
  if (values == nullptr) return;
  const double value = (*values)[0], stage = stages == nullptr ? 0 : (*stages)[0];
  if (constant_.records == 0 || !(value == constant_.value) || stage != constant_.stage)
    constant_ = {value, stage, step, 0};
  ++constant_.records;
  if (constant_.records >= least_constant_records && step - constant_.since >= least_constant_steps && value != 0)
    note(constant_.since, name, "the same bits for 100 steps or more: updates lie below its rounding");
}

void NumericalNotes::look_at_significance(long step, const Row& row) {
  if (any_within(row, "hessian_min", "hessian_error"))
    note(step, "hessian_min", "not above hessian_error: neither its sign nor the rank is certain");
  if (any_within(row, "expert_excess", "excess_rounding"))
    note(step, "expert_excess", "not above excess_rounding: the minimiser itself is not known better");
  const auto *curvature = values_of(row, "hessian_min"), *optimum = values_of(row, "lstar");
  if (curvature == nullptr || optimum == nullptr || curvature->size() != optimum->size()) return;
  for (std::size_t i = 0; i < optimum->size(); ++i) {
    if (std::isnan((*optimum)[i]) && !std::isnan((*curvature)[i]))
      note(step, "lstar", "not a number: no optimum could be certified");
  }
}

void NumericalNotes::observe(long step, const Row& row) {
  for (const char* name : {"loss", "objective", "prediction_loss", "heldout_loss"}) look_at_loss(step, name, row);
  look_for_stagnation(step, row);
  look_at_significance(step, row);
}

void NumericalNotes::diverged(long step, const analysis::Dataset& parameters) {
  bool any = false;
  for (const analysis::Variable& variable : parameters.variables) {
    const auto* values = std::get_if<std::vector<double>>(&variable.values);
    if (values == nullptr) continue;
    const auto not_finite = [](double value) { return !std::isfinite(value); };
    const long count = std::count_if(values->begin(), values->end(), not_finite);
    if (count == 0) continue;
    any = true;
    note(step, variable.name,
         "the run diverged: " + std::to_string(count) + " of " + std::to_string(values->size()) +
             " parameters are not finite");
  }
  if (!any) note(step, "objective", "the run diverged: not finite, though all parameters are");
}

}  // namespace lemmata::scenarios
