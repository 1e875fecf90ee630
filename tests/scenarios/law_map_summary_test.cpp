#include "scenarios/map/summary.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/close.h"
#include "tests/scenarios/small_map.h"

using namespace lemmata;
using namespace lemmata::scenarios;

TEST_CASE("a stored run survives its line: NaN is null, numbers keep their bits") {
  StoredRun run = stored_run(MapCell(), 3, CellRun());
  run.numbers["learning_rate"] = 0.1;
  run.numbers["floor"] = std::nan("");
  run.curves["excess"] = {1e-300, std::nan(""), 1.0 / 3};
  const StoredRun back = run_of_line(line_of(run), "line");
  CHECK(back.number("learning_rate") == 0.1);
  CHECK(std::isnan(back.number("floor")));
  CHECK(back.curves.at("excess")[0] == 1e-300);
  CHECK(std::isnan(back.curves.at("excess")[1]));
  CHECK(back.curves.at("excess")[2] == 1.0 / 3);
}

TEST_CASE("a line that is not a run of a map is refused: a part, a number or a curve is missing, a place is none") {
  CHECK_THROWS_AS(run_of_line("{\"numbers\": 3}", "line"), InputError);
  CHECK_THROWS_AS(run_of_line("[]", "line"), InputError);
  const StoredRun whole = stored_run(MapCell(), 3, CellRun());
  for (const auto& [name, unused] : whole.numbers) {
    StoredRun run = whole;
    run.numbers.erase(name);
    CHECK_THROWS_AS(run_of_line(line_of(run), "line"), InputError);
  }
  for (const auto& [name, unused] : whole.curves) {
    StoredRun run = whole;
    run.curves.erase(name);
    CHECK_THROWS_AS(run_of_line(line_of(run), "line"), InputError);
  }
  for (const double value : {-1.0, 0.5, 1e300, std::nan("")}) {
    StoredRun run = whole;
    run.numbers["cell"] = value;
    CHECK_THROWS_AS(run_of_line(line_of(run), "line"), InputError);
    run = whole;
    run.numbers["law_zero"] = value;
    CHECK_THROWS_AS(run_of_line(line_of(run), "line"), InputError);
  }
}

TEST_CASE(
    "what an axis settles: 6 regimes, laws log log power power power floor, the loss tells 5 of 6, nothing 3 of 6") {
  std::vector<MapCell> cells(6);
  for (std::size_t i = 0; i < 6; ++i) cells[i].loss = i / 2, cells[i].model = i % 2;
  std::vector<CellLaw> laws(6);
  const GapLaw known[] = {GapLaw::log, GapLaw::log, GapLaw::power, GapLaw::power, GapLaw::power, GapLaw::floor};
  for (std::size_t i = 0; i < 6; ++i) laws[i].law = known[i];
  CHECK(close(settled_by(cells, laws, {}), 3.0 / 6, 0, 1e-15));
  CHECK(close(settled_by(cells, laws, {"loss"}), 5.0 / 6, 0, 1e-15));
  CHECK(close(settled_by(cells, laws, {"loss", "model"}), 1, 0, 1e-15));
  laws[5].law.reset();  // undecided ones do not count
  CHECK(close(settled_by(cells, laws, {}), 3.0 / 5, 0, 1e-15));
}

TEST_CASE("a cell's law: what its decided, class-pure runs agree on") {
  Folder folder;
  Json json = small_map();
  json.erase("joint");
  const LawMapPlan plan = load_map(folder.write(json));
  const auto run = [](double seed, bool pure, GapLaw law) {
    StoredRun stored;
    stored.numbers = {{"cell", 0},
                      {"seed", seed},
                      {"pure", pure},
                      {"law_zero", static_cast<double>(law)},
                      {"floor", std::nan("")},
                      {"stop_reason", 0},
                      {"rate_zero", 0.5},
                      {"exponent_zero", 1},
                      {"levels_off_at_zero", 0.1}};
    return stored;
  };
  const auto law = [&](const std::vector<StoredRun>& runs) { return cell_laws(plan, runs, "zero")[0]; };
  CHECK(*law({run(0, true, GapLaw::log)}).law == GapLaw::log);
  CHECK(*law({run(0, true, GapLaw::unclear), run(1, true, GapLaw::power)}).law == GapLaw::power);
  CHECK(law({run(0, false, GapLaw::log)}).note == "impure");
  CHECK(law({run(0, true, GapLaw::log), run(1, true, GapLaw::power)}).note == "mixed");
  CHECK(law({run(0, true, GapLaw::log), run(1, true, GapLaw::power), run(2, true, GapLaw::log)}).note == "mixed");
  CHECK(law({run(0, true, GapLaw::unclear)}).note == "unclear");
  CHECK(cell_laws(plan, {}, "zero")[0].note == "not run");
  CHECK(cell_laws(plan, std::vector{run(0, true, GapLaw::unclear)}, "floor")[0].note == "no L*");
}
