#include "analysis/dataset.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/result_reader.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;

namespace {

Dataset two_seeds() {
  Dataset root;
  root.dimensions = {{"seed", 2}, {"step", 2}};
  root.variables = {
      {"seed", {"seed"}, std::vector<std::int64_t>{3, 5}, "", "", {}},
      {"loss", {"seed", "step"}, std::vector<double>{1, 2, 3, std::nan("")}, "nat", "mean training loss", {}},
      {"stage",
       {"seed", "step"},
       std::vector<std::int8_t>{1, 2, 1, missing_int8},
       "",
       "",
       missing_int8,
       {{"flag_meanings", "I II"}}}};
  root.attributes = {{"scenario", "{}"}};
  return root;
}

std::string refusal(const Scratch& scratch, const Dataset& root) {
  return message_of<std::invalid_argument>([&] { write_dataset(scratch / "x.h5", root); });
}

}  // namespace

TEST_CASE(
    "arrays with a seed dimension: missing floats are NaN, missing integers too when read with their missing_value") {
  const Scratch scratch;
  write_dataset(scratch / "x.h5", two_seeds());
  CHECK(scratch.count() == 1);
  const ResultReader reader(scratch / "x.h5");
  CHECK(reader.values("seed") == std::vector<double>{3, 5});
  CHECK(std::isnan(reader.values("loss")[3]));
  CHECK(std::isnan(reader.values("stage")[3]));
  CHECK(reader.integers("stage") == std::vector<std::int64_t>{1, 2, 1, -128});
  CHECK(reader.variable("loss").units == "nat");
  CHECK(reader.variable("loss").description == "mean training loss");
  CHECK(reader.text("scenario") == "{}");
}

TEST_CASE("disagreeing sizes and unknown dimensions are refused, and no file is left") {
  const Scratch scratch;
  Dataset wrong = two_seeds();
  wrong.dimensions["step"] = 3;
  CHECK(has(refusal(scratch, wrong), "loss: found 4 values, allowed: 6"));
  wrong = two_seeds();
  wrong.dimensions.erase("step");
  CHECK(has(refusal(scratch, wrong), "dimension step"));
  wrong = two_seeds();
  wrong.variables.push_back(wrong.variables[1]);
  CHECK(has(refusal(scratch, wrong), "new name"));
  CHECK(scratch.count() == 0);
}

TEST_CASE("a finished file stays as it is when its replacement is refused or its folder is missing") {
  const Scratch scratch;
  scratch.write("x.h5", "old");
  Dataset wrong = two_seeds();
  wrong.dimensions["step"] = 3;
  CHECK(refusal(scratch, wrong) != "");
  CHECK(content_of(scratch / "x.h5") == "old");
  CHECK_THROWS_AS(write_dataset(scratch / "none" / "x.h5", two_seeds()), FileError);
  CHECK(scratch.count() == 1);
}

TEST_CASE("the files of lemmata generate: initial values beside data, one file for both") {
  const Scratch scratch;
  Dataset data;
  data.dimensions = {{"sample", 2}, {"token", 2},       {"feature", 3},      {"expert", 2},
                     {"neuron", 1}, {"key_feature", 3}, {"query_feature", 3}};
  data.variables = {{"X", {"sample", "token", "feature"}, std::vector<double>(12, 0.5), "", "", {}},
                    {"y", {"sample"}, std::vector<std::int8_t>{1, -1}, "", "", {}},
                    {"class", {"sample"}, std::vector<std::int64_t>{0, 1}, "", "", {}},
                    {"ffn", {"expert", "neuron", "feature"}, std::vector<double>(6, 1.5), "", "", {}},
                    {"attention", {"expert", "key_feature", "query_feature"}, std::vector<double>(18, 2.5), "", "", {}},
                    {"gate", {"expert", "feature"}, std::vector<double>(6, 3.5), "", "", {}}};
  write_dataset(scratch / "data.h5", data);
  const Hdf5Reader reader(scratch / "data.h5");
  CHECK(reader.info("X").shape == std::vector<std::size_t>{2, 2, 3});
  CHECK(reader.doubles("attention") == std::vector<double>(18, 2.5));
  CHECK(reader.info("attention").dimensions == std::vector<std::string>{"expert", "key_feature", "query_feature"});
}
