#include "analysis/hdf5_reader.h"

#include <doctest/doctest.h>

#include <functional>

#include "analysis/dataset.h"
#include "analysis/hdf5_trial.h"
#include "tests/analysis/scratch.h"

// What other tools write, and what only they can write wrongly (links, filters, types), is in hdf5_refusals.py.
using namespace lemmata::analysis;

namespace {

std::filesystem::path example(const Scratch& scratch) {
  Dataset root;
  root.dimensions = {{"sample", 3}, {"feature", 2}};
  root.variables = {{"X", {"sample", "feature"}, std::vector<double>{1, 2, 3, 4, 5, 6.5}, "", "", {}},
                    {"y", {"sample"}, std::vector<std::int8_t>{-1, 1, 1}, "", "", {}}};
  write_dataset(scratch / "data.h5", root, {{"initial", root}});
  return scratch / "data.h5";
}

std::string refusal(const std::function<void()>& call) { return message_of<FileError>(call); }

}  // namespace

TEST_CASE("values, shapes and names of groups are read back, row-major, also inside a group") {
  const Scratch scratch;
  const Hdf5Reader reader(example(scratch));
  CHECK(reader.info("X").shape == std::vector<std::size_t>{3, 2});
  CHECK(reader.doubles("X") == std::vector<double>{1, 2, 3, 4, 5, 6.5});
  CHECK(reader.doubles("initial/X") == reader.doubles("X"));
  CHECK(reader.integers("y") == std::vector<std::int64_t>{-1, 1, 1});
  CHECK(reader.doubles("y") == std::vector<double>{-1, 1, 1});
  CHECK(reader.group_names() == std::vector<std::string>{"initial"});
  CHECK((reader.contains("initial/y") && !reader.contains("z") && !reader.contains("final/y")));
}

TEST_CASE("a refusal carries the file, the dataset, what was found and what is allowed") {
  const Scratch scratch;
  const Hdf5Reader reader(example(scratch));
  try {
    reader.integers("X");
    FAIL("6.5 was taken for a whole number");
  } catch (const FileError& error) {
    CHECK(error.file() == scratch / "data.h5");
    CHECK(error.object() == "X");
    CHECK(error.found() == "6.5 at element 5");
    CHECK(error.allowed() == "whole numbers of 64 bits");
  }
  CHECK(has(refusal([&] { reader.doubles("z"); }), "data.h5: z: found nothing of this name"));
  CHECK(has(refusal([&] { reader.doubles("sample"); }), "dimension without values"));
  CHECK(has(refusal([&] { reader.doubles("initial"); }), "a group"));
  CHECK(has(refusal([&] { reader.doubles(""); }), "a group"));
  CHECK(has(refusal([&] { reader.dataset_names("X"); }), "a dataset"));
  CHECK(has(refusal([&] { reader.attributes("z"); }), "nothing of this name"));
}

TEST_CASE("the limit on elements is the declared shape's: at it accepted, one above refused") {
  const Scratch scratch;
  const std::filesystem::path file = example(scratch);
  CHECK(Hdf5Reader(file, {.max_elements = 6}).doubles("X").size() == 6);
  CHECK(has(refusal([&] { Hdf5Reader(file, {.max_elements = 5}).doubles("X"); }),
            "shape 3 x 2, allowed: at most 5 elements"));
  CHECK(has(refusal([&] { Hdf5Reader(file, {.max_objects = 4}).dataset_names(); }), "at most 4"));
  CHECK(Hdf5Reader(file, {.max_objects = 5}).dataset_names().size() == 4);
}

TEST_CASE("the limit on attributes, and the depth of two that a child process has read, are kept") {
  const Scratch scratch;
  const std::filesystem::path file = example(scratch);
  const std::size_t count = Hdf5File::open_to_read(file).attribute_names("sample", 1'000).size();
  CHECK(count > 1);
  CHECK_NOTHROW(Hdf5Reader(file, {.max_attributes = count}).attributes("sample"));
  CHECK(
      has(refusal([&] { Hdf5Reader(file, {.max_attributes = count - 1, .child_first = false}).attributes("sample"); }),
          "too many attributes, allowed: at most"));
  CHECK(has(refusal([&] { Hdf5Reader(file).doubles("initial/X/more"); }), "allowed: at most GROUP/NAME"));
}

TEST_CASE("skimming reads all of a dataset, piece by piece, with the refusals of reading it") {
  const Scratch scratch;
  Dataset root;
  root.dimensions = {{"row", 300'001}, {"column", 3}};
  root.variables = {{"long", {"row", "column"}, std::vector<double>(900'003, 1.5), "", "", {}}};
  write_dataset(scratch / "long.h5", root);
  const Hdf5Reader reader(scratch / "long.h5");
  CHECK_NOTHROW(reader.skim("long"));
  CHECK(has(refusal([&] { reader.skim("row"); }), "dimension without values"));
  CHECK(has(refusal([&] { Hdf5Reader(scratch / "long.h5", {.max_elements = 900'002}).skim("long"); }), "at most"));
}

TEST_CASE("what is no HDF5 file is refused with and without the child process") {
  const Scratch scratch;
  const std::filesystem::path text = scratch.write("text.h5", "step,loss\n");
  for (const bool child : {true, false}) {
    const ReadOptions options{.child_first = child};
    CHECK(has(refusal([&] { Hdf5Reader reader(text, options); }), "no HDF5 file"));
    CHECK(has(refusal([&] { Hdf5Reader reader(scratch / "none.h5", options); }), "no such file"));
    CHECK(has(refusal([&] { Hdf5Reader reader(scratch.path(), options); }), "no regular file"));
  }
}

TEST_CASE("the trial alone passes a good file and refuses what is none") {
  const Scratch scratch;
  const std::filesystem::path file = example(scratch);
  require_readable(file);
  CHECK(has(refusal([&] { require_readable(scratch / "none.h5"); }), "no such file"));
  CHECK(has(refusal([&] { require_readable(scratch.path()); }), "no regular file"));
}

TEST_CASE("axes have the names of their own file's scales, of two alike but for the names, read by turns") {
  const Scratch scratch;
  const std::vector<std::vector<std::string>> names = {{"row", "one"}, {"xyz", "abc"}};
  for (std::size_t i = 0; i < 2; ++i) {
    Dataset root;
    root.dimensions = {{names[i][0], 3}, {names[i][1], 3}};
    root.variables = {{"X", names[i], std::vector<double>(9, 1), "", "", {}}};
    write_dataset(scratch / ("names" + std::to_string(i)), root, {});
  }
  const Hdf5Reader first(scratch / "names0"), second(scratch / "names1");
  for (int turn = 0; turn < 2; ++turn) {
    CHECK(first.info("X").dimensions == names[0]);
    CHECK(second.info("X").dimensions == names[1]);
  }
  for (const std::size_t i : {0, 1, 0})
    CHECK(Hdf5Reader(scratch / ("names" + std::to_string(i))).info("X").dimensions == names[i]);
}
