#include "analysis/result_writer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/result_reader.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;
using nlohmann::json;

namespace {

using Rows = std::map<std::string, std::vector<double>>;

ResultLayout layout() {
  ResultLayout layout;
  layout.dimensions = {{"class", 2}};
  layout.recorded = {{"stage", {"step"}, ElementType::int8, "", ""},
                     {"loss", {"step"}, ElementType::float64, "nat", "mean training loss"},
                     {"class_loss", {"step", "class"}, ElementType::float64, "nat", ""}};
  return layout;
}

Rows row(double loss) { return {{"stage", {1}}, {"loss", {loss}}, {"class_loss", {loss, 2 * loss}}}; }

}  // namespace

TEST_CASE("records come back with the same bits, whatever the buffer and the flushes") {
  for (const std::size_t buffer : {1u, 3u, 1000u}) {
    for (const double seconds : {0.0, 1e9}) {
      const Scratch scratch;
      ResultWriter writer(scratch / "x.h5", layout(), {}, {.flush_seconds = seconds, .buffer_rows = buffer});
      for (long step = 0; step < 10; ++step) writer.append(7 * step, row(1.0 / static_cast<double>(3 + step)));
      writer.finish();
      const ResultReader reader(scratch / "x.h5");
      const std::vector<double> loss = reader.values("loss"), step = reader.values("step"),
                                class_loss = reader.values("class_loss");
      REQUIRE(loss.size() == 10);
      REQUIRE(class_loss.size() == 20);
      for (std::size_t i = 0; i < 10; ++i) {
        CHECK(step[i] == 7.0 * static_cast<double>(i));
        CHECK(loss[i] == 1.0 / static_cast<double>(3 + i));
        CHECK(class_loss[2 * i + 1] == 2.0 / static_cast<double>(3 + i));
      }
    }
  }
}

TEST_CASE("until finish there is a .part and no result, an old result and its metrics stay until then") {
  const Scratch scratch;
  scratch.write("x.h5", "old");
  scratch.write("x.metrics.json", "old");
  ResultWriter writer(scratch / "x.h5", layout(), {}, {});
  writer.append(0, row(1));
  CHECK(std::filesystem::exists(scratch / "x.h5.part"));
  CHECK(content_of(scratch / "x.h5") == "old");
  CHECK(content_of(scratch / "x.metrics.json") == "old");
  writer.finish();
  CHECK_FALSE(std::filesystem::exists(scratch / "x.h5.part"));
  CHECK(ResultReader(scratch / "x.h5").values("loss") == std::vector<double>{1});
  CHECK(json::parse(content_of(scratch / "x.metrics.json"))["loss"] == 1);
  CHECK(scratch.count() == 3);   // x.h5, x.jsonl, x.metrics.json
}

TEST_CASE("destroyed without finish: the .part holds every record, and there is no result file") {
  const Scratch scratch;
  {
    ResultWriter writer(scratch / "x.h5", layout(), {{"seed", std::int64_t{4}}}, {.flush_seconds = 1e9});
    for (long step = 0; step < 5; ++step) writer.append(step, row(1));
  }
  CHECK_FALSE(std::filesystem::exists(scratch / "x.h5"));
  CHECK_FALSE(std::filesystem::exists(scratch / "x.metrics.json"));
  const ResultReader part(scratch / "x.h5.part");
  CHECK(part.values("step") == std::vector<double>{0, 1, 2, 3, 4});
  CHECK(part.attributes().at("seed") == Attribute{std::int64_t{4}});
}

TEST_CASE("before the first record nothing of an earlier run is lost, and nothing is left of one that ends there") {
  const Scratch scratch;
  const auto curve = scratch.write("x.jsonl", "{\"step\":0,\"loss\":1}\n");
  { const ResultWriter writer(scratch / "x.h5", layout(), {}, {}); }
  CHECK(content_of(curve) == "{\"step\":0,\"loss\":1}\n");
  CHECK(scratch.count() == 1);
  ResultWriter(scratch / "x.h5", layout(), {}, {}).finish();
  CHECK(content_of(curve).empty());
  CHECK(scratch.count() == 3);
  scratch.write("x.jsonl", "{\"text\": \"a set of data\"}\n");
  CHECK(has(message_of<FileError>([&] { ResultWriter(scratch / "x.h5", layout(), {}, {}); }), "x.jsonl: found a file"));
  CHECK(content_of(curve) == "{\"text\": \"a set of data\"}\n");
  CHECK(scratch.count() == 3);
}

TEST_CASE("the live curve has one line per record at once, what is not finite is null") {
  const Scratch scratch;
  ResultWriter writer(scratch / "x.h5", layout(), {}, {.flush_seconds = 1e9});
  writer.append(0, row(0.1));
  CHECK(content_of(scratch / "x.jsonl") == "{\"step\":0,\"stage\":1,\"loss\":0.1}\n");
  writer.append(5, row(std::nan("")));
  writer.append(6, row(std::numeric_limits<double>::infinity()));
  CHECK(has(content_of(scratch / "x.jsonl"),
            "{\"step\":5,\"stage\":1,\"loss\":null}\n{\"step\":6,\"stage\":1,\"loss\":null}\n"));
  writer.finish();
  CHECK(ResultReader(scratch / "x.h5").values("loss")[2] == std::numeric_limits<double>::infinity());
}

TEST_CASE("metrics are flat: last numbers, metrics set, attributes without the scenario") {
  const Scratch scratch;
  ResultWriter writer(scratch / "x.h5", layout(), {{"scenario", "{}"}, {"config_hash", "abc"}}, {});
  writer.append(0, row(1));
  writer.append(9, row(0.25));
  writer.set_metric("floor", 0.5);
  writer.set_metric("rate", std::nan(""));
  writer.set_attribute("stop_reason", "diverged");
  writer.finish();
  CHECK(json::parse(content_of(scratch / "x.metrics.json")) == json({{"config_hash", "abc"},
                                                                     {"floor", 0.5},
                                                                     {"rate", nullptr},
                                                                     {"loss", 0.25},
                                                                     {"stage", 1},
                                                                     {"step", 9},
                                                                     {"stop_reason", "diverged"}}));
  CHECK(ResultReader(scratch / "x.h5").text("stop_reason") == "diverged");
}

TEST_CASE("groups stand beside the records, with dimensions of their own") {
  const Scratch scratch;
  ResultWriter writer(scratch / "x.h5", layout(), {}, {});
  Dataset group;
  group.dimensions = {{"class", 3}};   // another size than the root's
  group.variables = {{"gate", {"class"}, std::vector<double>{1, 2, 3}, "", "", {}}};
  writer.write_group("initial", group);
  writer.append(0, row(1));
  writer.finish();
  const ResultReader reader(scratch / "x.h5");
  CHECK(reader.groups() == std::vector<std::string>{"initial"});
  CHECK(reader.values("initial/gate") == std::vector<double>{1, 2, 3});
  CHECK(reader.variables("initial").size() == 1);
}

TEST_CASE("a record that does not fit is refused by name and leaves no trace") {
  const Scratch scratch;
  ResultWriter writer(scratch / "x.h5", layout(), {}, {});
  writer.append(3, row(1));
  const auto refusal = [&](long step, const Rows& rows) {
    return message_of<std::invalid_argument>([&] { writer.append(step, rows); });
  };
  CHECK(has(refusal(3, row(1)), "step: found 3, allowed: more than 3"));
  Rows wrong = row(1);
  wrong["class_loss"] = {1};
  CHECK(has(refusal(4, wrong), "class_loss: found 1 values, allowed: 2"));
  wrong = row(1);
  wrong.erase("loss");
  CHECK(has(refusal(4, wrong), "loss: found no values"));
  wrong = row(1);
  wrong["los"] = {1};
  CHECK(has(refusal(4, wrong), "los: found a variable that is not recorded"));
  for (const double stage : {1.5, 128.0, std::nan("")}) {
    wrong = row(1);
    wrong["stage"] = {stage};
    CHECK(has(refusal(4, wrong), "stage: found"));
  }
  writer.finish();
  CHECK(ResultReader(scratch / "x.h5").values("step") == std::vector<double>{3});
  CHECK_THROWS_AS(writer.append(5, row(1)), std::logic_error);
  CHECK_THROWS_AS(writer.finish(), std::logic_error);
}

TEST_CASE("a layout that contradicts itself, a missing folder, a second writer: refused, nothing left behind") {
  const Scratch scratch;
  const auto refused = [&](const ResultLayout& wrong) {
    return message_of<std::invalid_argument>([&] { ResultWriter writer(scratch / "x.h5", wrong, {}, {}); });
  };
  ResultLayout wrong = layout();
  wrong.recorded[2].dimensions = {"class", "step"};
  CHECK(has(refused(wrong), "class_loss: found no leading dimension step"));
  wrong = layout();
  wrong.recorded[2].dimensions = {"step", "expert"};
  CHECK(has(refused(wrong), "axis expert"));
  wrong = layout();
  wrong.coordinates["class"] = std::vector<std::int64_t>{0, 1, 2};
  CHECK(has(refused(wrong), "coordinate class: found 3 values, allowed: 2"));
  CHECK_THROWS_AS(ResultWriter(scratch / "none" / "x.h5", layout(), {}, {}), FileError);
  CHECK(scratch.count() == 0);
  const ResultWriter first(scratch / "x.h5", layout(), {}, {});
  CHECK(
      has(message_of<FileError>([&] { ResultWriter second(scratch / "x.h5", layout(), {}, {}); }), "another process"));
}

TEST_CASE("names of the files beside a result: x.h5 -> x.jsonl, other names get the ending appended") {
  CHECK(beside("dir/x.h5", ".jsonl") == "dir/x.jsonl");
  CHECK(beside("dir/rate0.1", ".jsonl") == "dir/rate0.1.jsonl");
}
