#include "analysis/join_seeds.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/result_reader.h"
#include "analysis/result_writer.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;

namespace {

// A run that recorded loss and (step, class) numbers at these steps; value 1000 seed + step, and half of it more per
// class.
SeedFile written_run(const std::filesystem::path& folder, std::int64_t seed, const std::vector<long>& steps,
                     const std::string& reason, std::size_t classes = 2) {
  ResultLayout layout;
  layout.dimensions = {{"class", classes}};
  layout.recorded = {{"stage", {"step"}, ElementType::int8, "1", "stage"},
                     {"class_loss", {"step", "class"}, ElementType::float64, "nat", "loss"}};
  const std::filesystem::path file = folder / ("seed_" + std::to_string(seed) + ".h5");
  ResultWriter writer(file, layout, {{"stop_reason", reason}, {"last_finite_step", std::int64_t{7 * seed}}});
  for (const long step : steps) {
    std::vector<double> row;
    for (std::size_t n = 0; n < classes; ++n)
      row.push_back(static_cast<double>(1000 * seed + step) + 0.5 * static_cast<double>(n));
    writer.append(step, {{"stage", {static_cast<double>(seed)}}, {"class_loss", row}});
  }
  Dataset reached;
  reached.dimensions["eps"] = 2;
  reached.variables = {
      {"eps", {"eps"}, std::vector<double>{0.1, 0.01}, "1", "", {}},
      {"from_start", {"eps"}, std::vector<std::int64_t>{seed, missing_int64}, "step", "", missing_int64}};
  writer.write_group("steps_to_eps", reached);
  writer.finish();
  return {seed, file};
}

}  // namespace

TEST_CASE(
    "seeds are joined on the sorted union of their steps: {0, 9}, {0, 5, 9} and none give 3 steps, missing where not "
    "recorded") {
  const Scratch scratch;
  const std::vector<SeedFile> runs = {written_run(scratch.path(), 4, {0, 9}, "completed"),
                                      written_run(scratch.path(), 2, {0, 5, 9}, "diverged"),
                                      written_run(scratch.path(), 3, {}, "interrupted")};
  join_seeds(scratch / "x.h5", runs, {{"threads", std::int64_t{2}}});
  CHECK(!std::filesystem::exists(scratch / "x.h5.part"));
  const ResultReader reader(scratch / "x.h5");
  CHECK(reader.integers("seed") == std::vector<std::int64_t>{4, 2, 3});
  CHECK(reader.integers("step") == std::vector<std::int64_t>{0, 5, 9});
  CHECK(reader.integers("completed") == std::vector<std::int64_t>{1, 0, 0});
  CHECK(reader.integers("last_finite_step") == std::vector<std::int64_t>{28, 14, 21});
  const VariableInfo info = reader.variable("class_loss");
  CHECK(info.dimensions == std::vector<std::string>{"seed", "step", "class"});
  CHECK((info.units == "nat" && info.description == "loss"));
  const std::vector<double> loss = reader.values("class_loss"), stage = reader.values("stage");
  const double nan = std::nan("");
  const std::vector<double> wanted = {4000,   4000.5, nan,    nan, 4009, 4009.5, 2000, 2000.5, 2005,
                                      2005.5, 2009,   2009.5, nan, nan,  nan,    nan,  nan,    nan};
  REQUIRE(loss.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    CHECK((loss[i] == wanted[i] || (std::isnan(loss[i]) && std::isnan(wanted[i]))));
  CHECK((stage[0] == 4 && std::isnan(stage[1]) && stage[2] == 4 && stage[4] == 2 && std::isnan(stage[8])));
  CHECK(reader.variable("steps_to_eps/from_start").dimensions == std::vector<std::string>{"seed", "eps"});
  CHECK(reader.variable("steps_to_eps/eps").dimensions == std::vector<std::string>{"eps"});
  const std::vector<double> reached = reader.values("steps_to_eps/from_start");
  CHECK((reached[0] == 4 && std::isnan(reached[1]) && reached[2] == 2 && reached[4] == 3));
  CHECK(std::get<std::int64_t>(reader.attributes().at("threads")) == 2);
}

TEST_CASE("seeds that recorded nothing at all are joined without recorded variables") {
  const Scratch scratch;
  const std::vector<SeedFile> runs = {written_run(scratch.path(), 0, {}, "interrupted"),
                                      written_run(scratch.path(), 1, {}, "interrupted")};
  join_seeds(scratch / "x.h5", runs, {});
  const ResultReader reader(scratch / "x.h5");
  CHECK((!reader.contains("class_loss") && !reader.contains("step")));
  CHECK(reader.integers("completed") == std::vector<std::int64_t>{0, 0});
}

TEST_CASE("runs of other shapes, and runs that are gone, are refused and leave the target as it was") {
  const Scratch scratch;
  const SeedFile good = written_run(scratch.path(), 0, {0, 1}, "completed"),
                 wide = written_run(scratch.path(), 1, {0, 1}, "completed", 3);
  const auto refusal = [&](const SeedFile& second) {
    const std::vector<SeedFile> runs = {good, second};
    return message_of<FileError>([&] { join_seeds(scratch / "x.h5", runs, {}); });
  };
  CHECK(has(refusal(wide), "class_loss"));
  CHECK(has(refusal({2, scratch / "gone.h5"}), "gone.h5"));
  CHECK((!std::filesystem::exists(scratch / "x.h5") && !std::filesystem::exists(scratch / "x.h5.part")));
  CHECK(refusal(good) == "");
}
