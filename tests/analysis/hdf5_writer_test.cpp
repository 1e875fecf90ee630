#include "analysis/hdf5_writer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "analysis/hdf5_reader.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;

namespace {
using Names = std::vector<std::string>;
constexpr double infinity = std::numeric_limits<double>::infinity();
}  // namespace

TEST_CASE("every type comes back with the same bits: extremes, infinities, the smallest number") {
  const Scratch scratch;
  const std::vector<double> numbers{0.1, -0.0, 5e-324, 1.7976931348623157e308, infinity, -infinity};
  const std::vector<std::int64_t> whole{std::numeric_limits<std::int64_t>::min(),
                                        std::numeric_limits<std::int64_t>::max(), 9007199254740993};
  const std::vector<std::int8_t> small{-128, 127};
  Hdf5Writer writer(scratch / "x.h5");
  writer.create_dimension("six", 6);
  writer.create_dimension("three", 3);
  writer.create_dimension("two", 2);
  writer.create_variable("numbers", ElementType::float64, {"six"});
  writer.create_variable("whole", ElementType::int64, {"three"});
  writer.create_variable("small", ElementType::int8, {"two"});
  writer.write("numbers", 0, numbers);
  writer.write("whole", 0, whole);
  writer.write("small", 0, small);
  writer.close();
  const Hdf5Reader reader(scratch / "x.h5");
  CHECK(reader.doubles("numbers") == numbers);
  CHECK(std::signbit(reader.doubles("numbers")[1]));
  CHECK(reader.integers("whole") == whole);
  CHECK(reader.integers("small") == std::vector<std::int64_t>{-128, 127});
  CHECK(reader.dataset_names() == Names{"numbers", "six", "small", "three", "two", "whole"});
  CHECK(reader.info("numbers").dimensions == Names{"six"});
  CHECK(reader.info("six").dimension_without_values);
  CHECK(reader.info("small").type == "8-bit integer");
}

TEST_CASE("rows grow along an unlimited dimension, a row never written is NaN, not 0") {
  const Scratch scratch;
  Hdf5Writer writer(scratch / "x.h5");
  writer.create_coordinate("step", ElementType::int64, 0, true);
  writer.create_dimension("class", 2);
  writer.create_variable("loss", ElementType::float64, {"step", "class"});
  writer.write("loss", 0, std::vector<double>{1, 2, 3, 4});
  writer.write("loss", 3, std::vector<double>{7, 8});
  writer.write("step", 0, std::vector<std::int64_t>{0, 1, 2, 3});
  writer.close();
  const Hdf5Reader reader(scratch / "x.h5");
  const std::vector<double> loss = reader.doubles("loss");
  CHECK(reader.info("loss").shape == std::vector<std::size_t>{4, 2});
  CHECK(reader.info("loss").dimensions == Names{"step", "class"});
  CHECK(std::vector<double>(loss.begin(), loss.begin() + 4) == std::vector<double>{1, 2, 3, 4});
  CHECK((std::isnan(loss[4]) && std::isnan(loss[5])));
  CHECK((loss[6] == 7 && loss[7] == 8));
}

TEST_CASE(
    "an axis without a label cannot be written, nor one labelled twice, in another group, or growing behind others") {
  const Scratch scratch;
  Hdf5Writer writer(scratch / "x.h5");
  writer.create_coordinate("step", ElementType::int64, 0, true);
  writer.create_dimension("class", 2);
  writer.create_group("initial");
  writer.create_variable("loss", ElementType::float64, {"step"});
  const auto refusal = [&](const std::string& name, const Names& dimensions) {
    return message_of<std::invalid_argument>([&] { writer.create_variable(name, ElementType::float64, dimensions); });
  };
  CHECK(has(refusal("a", {}), "no dimension"));
  CHECK(has(refusal("a", {""}), "axis"));
  CHECK(has(refusal("a", {"expert"}), "axis expert"));
  CHECK(has(refusal("a", {"loss"}), "axis loss"));   // a variable is no dimension
  CHECK(has(refusal("a", {"class", "class"}), "twice"));
  CHECK(has(refusal("a", {"class", "step"}), "growing"));
  CHECK(has(refusal("initial/a", {"class"}), "in its group"));
  CHECK(has(refusal("final/a", {"class"}), "no such group"));
  CHECK(has(refusal("loss", {"class"}), "new name"));
  CHECK(has(refusal("a b", {"class"}), "other characters"));
  CHECK(has(refusal("", {"class"}), "other characters"));
  CHECK(refusal("a", {"class"}) == "");
}

TEST_CASE("wrong sizes, types and positions of values are refused before anything is written") {
  const Scratch scratch;
  Hdf5Writer writer(scratch / "x.h5");
  writer.create_dimension("class", 2);
  writer.create_dimension("expert", 3);
  writer.create_variable("load", ElementType::float64, {"class", "expert"});
  CHECK_THROWS_AS(writer.write("load", 0, std::vector<double>(4)), std::invalid_argument);
  CHECK_THROWS_AS(writer.write("load", 1, std::vector<double>(6)), std::invalid_argument);
  CHECK_THROWS_AS(writer.write("load", 0, std::vector<std::int64_t>(6)), std::invalid_argument);
  CHECK_THROWS_AS(writer.write("class", 0, std::vector<double>(2)), std::invalid_argument);
  CHECK_THROWS_AS(writer.write("none", 0, std::vector<double>(2)), std::invalid_argument);
  CHECK_THROWS_AS(writer.create_dimension("empty", 0), std::invalid_argument);
  CHECK_NOTHROW(writer.write("load", 1, std::vector<double>(3)));
}

TEST_CASE("attributes come back, are replaced, and refuse what breaks other readers") {
  const Scratch scratch;
  const std::string long_text(200'000, 'x');   // beyond the 64 KiB of an object header
  Hdf5Writer writer(scratch / "x.h5");
  writer.set_attribute("", "text", std::string("first"));
  writer.set_attribute("", "text", std::string("größe 日本 \xF0\x9F\x98\x80"));
  writer.set_attribute("", "long", long_text);
  writer.set_attribute("", "number", 0.1);
  writer.set_attribute("", "whole", std::int64_t{-7});
  writer.set_attribute("", "empty", std::string());
  for (const std::string& bad : {std::string("\xFF"), std::string("a\0b", 3), std::string("\xC0\xAF"),
                                 std::string("\xED\xA0\x80"), std::string("\xE2\x82")})
    CHECK(has(message_of<std::invalid_argument>([&] { writer.set_attribute("", "bad", bad); }), "UTF-8"));
  for (const char* units : {"seconds", "days", "days since 2000-01-01"})
    CHECK(has(message_of<std::invalid_argument>([&] { writer.set_attribute("", "units", std::string(units)); }),
              "no time"));
  CHECK_THROWS_AS(writer.set_attribute("none", "a", 1.0), FileError);
  writer.close();
  const Attributes expected{{"text", "größe 日本 \xF0\x9F\x98\x80"},
                            {"long", long_text},
                            {"number", 0.1},
                            {"whole", std::int64_t{-7}},
                            {"empty", ""}};
  CHECK(Hdf5Reader(scratch / "x.h5").attributes() == expected);
  CHECK(Hdf5Reader(scratch / "x.h5", {.max_text = 100}).attributes().count("long") == 0);
}
