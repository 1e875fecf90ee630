#include "analysis/result_reader.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/dataset.h"
#include "tests/analysis/scratch.h"

using namespace lemmata::analysis;

namespace {

std::filesystem::path example(const Scratch& scratch) {
  Dataset root;
  root.dimensions = {{"seed", 2}, {"step", 3}, {"class", 2}};
  root.variables = {{"step", {"step"}, std::vector<std::int64_t>{0, 10, 20}, "", "", {}},
                    {"seed", {"seed"}, std::vector<std::int64_t>{7, 8}, "", "", {}},
                    {"loss", {"step"}, std::vector<double>{1, 0.1, std::nan("")}, "nat", "", {}},
                    {"seed_loss", {"seed", "step"}, std::vector<double>{1, 2, 3, 4, 5, 6}, "", "", {}},
                    {"class_loss", {"step", "class"}, std::vector<double>{1, 2, 3, 4, -1.0 / 0.0, 6e-300}, "", "", {}},
                    {"signal", {"class"}, std::vector<double>{1, 2}, "", "", {}}};
  root.attributes = {{"seeds", std::int64_t{2}}};
  write_dataset(scratch / "x.h5", root);
  return scratch / "x.h5";
}

}  // namespace

TEST_CASE("variables are listed with their dimension names and shapes, without bare dimensions") {
  const Scratch scratch;
  const ResultReader reader(example(scratch));
  std::string listed;
  for (const VariableInfo& variable : reader.variables()) listed += variable.name + " ";
  CHECK(listed == "class_loss loss seed seed_loss signal step ");
  CHECK(reader.variable("class_loss").dimensions == std::vector<std::string>{"step", "class"});
  CHECK(reader.variable("class_loss").shape == std::vector<std::size_t>{3, 2});
  CHECK(reader.variable("step").kind == StoredKind::integer);
  CHECK(has(message_of<FileError>([&] { reader.variable("class"); }), "dimension without values"));
  CHECK(has(message_of<FileError>([&] { reader.text("seeds"); }), "attribute seeds: found a number"));
  CHECK(has(message_of<FileError>([&] { reader.text("scenario"); }), "attribute scenario: found none"));
}

TEST_CASE("a curve is one row over its coordinate, of several seeds the chosen one") {
  const Scratch scratch;
  const ResultReader reader(example(scratch));
  CHECK(reader.curve("step", "loss").first == std::vector<double>{0, 10, 20});
  CHECK(reader.curve("step", "loss").second[1] == 0.1);
  CHECK(reader.curve("step", "seed_loss", 1).second == std::vector<double>{4, 5, 6});
  const auto refusal = [&](const std::string& y, std::optional<std::size_t> seed) {
    return message_of<FileError>([&] { reader.curve("step", y, seed); });
  };
  CHECK(has(refusal("class_loss", {}), "dimensions (step, class)"));
  CHECK(has(refusal("seed_loss", {}), "one chosen seed"));
  CHECK(has(refusal("seed_loss", 2), "seed index 2, allowed: less than 2"));
  CHECK(has(refusal("loss", 0), "no dimension seed"));
  CHECK(has(refusal("none", {}), "nothing of this name"));
}

TEST_CASE("CSV is long form: dimension names, then the value with 17 digits, only what has the dimension step") {
  const Scratch scratch;
  const ResultReader reader(example(scratch));
  const auto files = export_csv(reader, scratch / "csv");
  CHECK(files == std::vector<std::filesystem::path>{scratch / "csv" / "class_loss.csv", scratch / "csv" / "loss.csv",
                                                    scratch / "csv" / "seed_loss.csv"});
  CHECK(content_of(files[1]) == "step,loss\n0,1\n10,0.10000000000000001\n20,nan\n");
  CHECK(content_of(files[0]) ==
        "step,class,class_loss\n0,0,1\n0,1,2\n10,0,3\n10,1,4\n20,0,-inf\n20,1,6.0000000000000005e-300\n");
  CHECK(content_of(files[2]) == "seed,step,seed_loss\n7,0,1\n7,10,2\n7,20,3\n8,0,4\n8,10,5\n8,20,6\n");
  CHECK(std::distance(std::filesystem::directory_iterator(scratch / "csv"), {}) == 3);
  CHECK(has(message_of<FileError>([&] { export_csv(reader, scratch / "no" / "csv"); }), "csv"));
  CHECK(has(message_of<FileError>([&] { export_csv(reader, scratch / "x.h5"); }), "a new one in an existing one"));
}
