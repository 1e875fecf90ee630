#include "scenarios/run/numerical_notes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();

/// "step variable" of every note.
std::vector<std::string> found_in(const std::vector<std::pair<long, Row>>& rows) {
  NumericalNotes notes;
  for (const auto& [step, row] : rows) notes.observe(step, row);
  std::vector<std::string> found;
  for (const NumericalNote& note : notes.list()) found.push_back(std::to_string(note.step) + " " + note.variable);
  return found;
}

using Found = std::vector<std::string>;

/// The objective at steps 0, 60, 120, 180 of one stage.
Found stagnation(double a, double b, double c, double d, const std::vector<double>& stages = {1, 1, 1, 1}) {
  std::vector<std::pair<long, Row>> rows;
  const double values[] = {a, b, c, d};
  for (std::size_t i = 0; i < 4; ++i)
    rows.push_back({60 * static_cast<long>(i), {{"objective", {values[i]}}, {"stage", {stages[i]}}}});
  return found_in(rows);
}

}  // namespace

TEST_CASE("ordinary rows are not noted: a falling loss, undefined metrics, a gap above its rounding") {
  CHECK(found_in({{0,
                   {{"loss", {1}},
                    {"objective", {1}},
                    {"expert_excess", {1e-3, undefined}},
                    {"excess_rounding", {1e-30, undefined}}}},
                  {200,
                   {{"loss", {1e-300}},
                    {"objective", {1e-300}},
                    {"hessian_min", {2e-14, undefined}},
                    {"hessian_error", {1e-14, undefined}},
                    {"lstar", {0.5, undefined}}}}})
            .empty());
}

TEST_CASE("a loss that is not finite, subnormal or 0 is noted once, at its first step") {
  CHECK(found_in({{3, {{"loss", {undefined}}}}, {4, {{"loss", {undefined}}}}}) == Found{"3 loss"});
  CHECK(found_in({{3, {{"heldout_loss", {infinity}}}}}) == Found{"3 heldout_loss"});
  CHECK(found_in({{1, {{"prediction_loss", {2.3e-308}}}},
                  {2, {{"prediction_loss", {2.2e-308}}}},
                  {3, {{"prediction_loss", {0}}}},
                  {4, {{"prediction_loss", {0}}}}}) == Found{"2 prediction_loss", "3 prediction_loss"});
}

TEST_CASE("0 says something only of a loss that cannot be negative: beside an objective, or fallen to it") {
  CHECK(found_in({{0, {{"loss", {0}}}}}).empty());
  CHECK(found_in({{0, {{"loss", {0}}}}, {1, {{"loss", {-1}}}}, {2, {{"loss", {0}}}}}).empty());
  CHECK(found_in({{0, {{"loss", {0}}, {"objective", {0.5}}}}}) == Found{"0 loss"});
  CHECK(found_in({{0, {{"loss", {1}}}}, {9, {{"loss", {0}}}}}) == Found{"9 loss"});
}

TEST_CASE("the same bits over three records and a hundred steps of one stage are noted, less or other bits are not") {
  CHECK(stagnation(1, 0.5, 0.5, 0.5) == Found{"60 objective"});
  CHECK(stagnation(1, 0.5, 0.5, 0.25).empty());
  CHECK(stagnation(0.5, 0.5, std::nextafter(0.5, 1), 0.5).empty());
  CHECK(stagnation(1, 0, 0, 0).empty());
  CHECK(stagnation(0.5, 0.5, 0.5, 0.5, {1, 1, 2, 2}).empty());
  CHECK(found_in({{0, {{"loss", {2}}}}, {50, {{"loss", {2}}}}, {99, {{"loss", {2}}}}}).empty());
  CHECK(found_in({{0, {{"loss", {2}}}}, {50, {{"loss", {2}}}}, {100, {{"loss", {2}}}}}) == Found{"0 loss"});
}

TEST_CASE("a curvature or a gap not above its rounding, and an optimum that is none, in any expert") {
  CHECK(found_in({{5, {{"hessian_min", {1, -1e-17}}, {"hessian_error", {1e-15, 1e-15}}}}}) == Found{"5 hessian_min"});
  CHECK(found_in({{5, {{"expert_excess", {1, 1e-33}}, {"excess_rounding", {1e-30, 1e-30}}}}}) ==
        Found{"5 expert_excess"});
  CHECK(found_in({{5, {{"expert_excess", {0}}, {"excess_rounding", {0}}}}}) == Found{"5 expert_excess"});  // underflow
  CHECK(found_in({{5, {{"hessian_min", {1, 1}}, {"lstar", {0, undefined}}}}}) == Found{"5 lstar"});
}

TEST_CASE("a run that diverged names the blocks that are not finite, else the objective") {
  analysis::Dataset parameters;
  parameters.variables = {{"ffn", {}, std::vector<double>{1, undefined, infinity}, "1", "", {}},
                          {"gate", {}, std::vector<double>{1, 2}, "1", "", {}}};
  NumericalNotes notes;
  notes.diverged(8, parameters);
  REQUIRE(notes.list().size() == 1);
  CHECK(note_text(notes.list()[0]) == "step 8, ffn: the run diverged: 2 of 3 parameters are not finite");
  parameters.variables.erase(parameters.variables.begin());
  NumericalNotes others;
  others.diverged(8, parameters);
  REQUIRE(others.list().size() == 1);
  CHECK(others.list()[0].variable == "objective");
}

TEST_CASE("notes stand by step and come back from their text, which may be nothing else") {
  NumericalNotes notes;
  for (const long step : {0, 60, 120})
    notes.observe(step, {{"objective", {0.5}}, {"prediction_loss", {step == 60 ? 1e-310 : 1.0}}});
  REQUIRE(notes.list().size() == 2);
  CHECK(notes.list()[0].step == 0);  // found last, at step 120
  std::vector<NumericalNote> list = notes.list();
  list[1].seed = 7;
  CHECK(notes_from_json(json_from_notes(list).dump(), "x.h5") == list);
  CHECK(note_text(list[1]).starts_with("seed 7, step 60, prediction_loss: subnormal"));
  CHECK(notes_from_json("[]", "x.h5").empty());
  for (const char* wrong : {"{}", "[3]", "[", R"([{"step": "a", "variable": "b", "cause": "c"}])"})
    CHECK_THROWS_AS(notes_from_json(wrong, "x.h5"), InputError);
}
