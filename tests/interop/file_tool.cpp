// What the Python tests of tests/analysis need of our file layer, as a program:
//   file_tool result FILE.h5         a finished result file with known numbers (see below)
//   file_tool dataset FILE.h5        a whole-array file with a seed dimension and missing values
//   file_tool endless FILE.h5        records until killed, flushing at every record; prints the number of flushed rows
//   file_tool read FILE DATASET      shape, then values, or the error (exit 2);   integers FILE DATASET: as whole
//   numbers file_tool everything FILE        reads all datasets and their attributes file_tool csv FILE.h5 DIRECTORY
//   export
// Recorded numbers: loss = 1/(step+1), NaN at step 4; routing[class, expert] = step + 10 class + expert; step = 3 row.
#include <cmath>
#include <iostream>
#include <optional>
#include <sstream>

#include "analysis/result_reader.h"
#include "analysis/result_writer.h"

using namespace lemmata::analysis;

namespace {

ResultLayout layout() {
  ResultLayout layout;
  layout.dimensions = {{"class", 3}, {"expert", 2}, {"token_kind", 4}};
  layout.coordinates["token_kind"] = std::vector<std::int64_t>{0, 1, 2, 3};
  layout.recorded = {{"stage", {"step"}, ElementType::int8, "", "stage whose update follows"},
                     {"loss", {"step"}, ElementType::float64, "nat", "mean training loss"},
                     {"routing", {"step", "class", "expert"}, ElementType::float64, "1", "mean routing weight"},
                     {"winner", {"step", "class"}, ElementType::int64, "", "first expert"}};
  return layout;
}

void record(ResultWriter& writer, long row) {
  const long step = 3 * row;
  std::vector<double> routing;
  for (int n = 0; n < 3; ++n)
    for (int i = 0; i < 2; ++i) routing.push_back(static_cast<double>(step + 10 * n + i));
  writer.append(step, {{"stage", {row < 3 ? 1.0 : 2.0}},
                       {"loss", {row == 4 ? std::nan("") : 1.0 / static_cast<double>(step + 1)}},
                       {"routing", routing},
                       {"winner", {0, 1, static_cast<double>(row)}}});
}

Dataset initial() {
  Dataset group;
  group.dimensions = {{"expert", 2}, {"feature", 3}, {"key_feature", 2}, {"query_feature", 2}};
  group.variables = {
      {"ffn", {"expert", "feature"}, std::vector<double>{0, 1, 2, 3, 4, 5}, "1", "weights", {}},
      {"attention", {"expert", "key_feature", "query_feature"}, std::vector<double>(8, 0.5), "", "", {}}};
  return group;
}

void result(const char* path) {
  ResultWriter writer(
      path, layout(),
      {{"scenario", std::string("{\"name\": \"größe\"}")}, {"seed", std::int64_t{7}}, {"empty", std::string()}}, {});
  writer.write_group("initial", initial());
  for (long row = 0; row < 10; ++row) record(writer, row);
  writer.write_group("final", initial());
  writer.set_attribute("wall_time_s", 0.25);
  writer.set_attribute("stop_reason", std::string("steps"));
  for (int i = 0; i < 12; ++i) writer.set_attribute("extra_" + std::to_string(i), std::int64_t{i});
  writer.finish();
}

void dataset(const char* path) {
  Dataset root;
  root.dimensions = {{"seed", 2}, {"step", 3}};
  root.variables = {
      {"seed", {"seed"}, std::vector<std::int64_t>{5, 6}, "", "", {}},
      {"step", {"step"}, std::vector<std::int64_t>{0, 10, 20}, "", "", {}},
      {"loss", {"seed", "step"}, std::vector<double>{1, 2, 3, 4, 5, std::nan("")}, "nat", "", {}},
      {"stage", {"seed", "step"}, std::vector<std::int8_t>{1, 1, 2, 1, 1, missing_int8}, "", "", missing_int8},
      {"winner", {"seed", "step"}, std::vector<std::int64_t>{0, 1, 2, 3, 4, missing_int64}, "", "", missing_int64}};
  root.attributes = {{"seed_count", std::int64_t{2}}};
  write_dataset(path, root);
}

void endless(const char* path) {
  ResultWriter writer(path, layout(), {{"seed", std::int64_t{0}}}, {.flush_seconds = 0});
  writer.write_group("initial", initial());
  for (long row = 0;; ++row) {
    record(writer, row);
    std::cout << row + 1 << std::endl;
  }
}

void read(const char* path, const char* name, bool as_integers) {
  const Hdf5Reader reader(path);
  std::ostringstream text;   // printed only if all could be read
  text.precision(17);
  for (const std::size_t length : reader.info(name).shape) text << length << ' ';
  text << '\n';
  if (as_integers)
    for (const std::int64_t value : reader.integers(name)) text << value << ' ';
  else
    for (const double value : reader.doubles(name)) text << value << ' ';
  std::cout << text.str() << '\n';
}

/// Goes on after a refusal, as a program does that reads several files or tries several datasets; ends with the first
/// refusal.
void everything(const char* path) {
  const Hdf5Reader reader(path);
  std::optional<FileError> first;
  const auto attempt = [&](const auto& call) {
    try {
      call();
    } catch (const FileError& error) {
      if (!first) first = error;
    }
  };
  for (const std::string group : {"", "initial/", "final/"}) {
    std::vector<std::string> names;
    attempt([&] { names = reader.dataset_names(group.substr(0, group.find('/'))); });
    for (const std::string& name : names) {
      attempt([&] { reader.attributes(group + name); });
      attempt([&] { if (!reader.info(group + name).dimension_without_values) reader.doubles(group + name); });
    }
  }
  if (first) throw *first;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string command = count > 2 ? arguments[1] : "";
  try {
    if (command == "result") result(arguments[2]);
    else if (command == "dataset") dataset(arguments[2]);
    else if (command == "endless") endless(arguments[2]);
    else if ((command == "read" || command == "integers") && count > 3)
      read(arguments[2], arguments[3], command == "integers");
    else if (command == "everything") everything(arguments[2]);
    else if (command == "csv" && count > 3) export_csv(ResultReader(arguments[2]), arguments[3]);
    else return 64;
  } catch (const FileError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
