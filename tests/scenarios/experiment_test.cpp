#include "scenarios/experiment/experiment.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "scenarios/experiment/data_file.h"
#include "scenarios/experiment/memory_estimate.h"
#include "scenarios/experiment/parameter_file.h"
#include "sim/random.h"
#include "tests/analysis/scratch.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {
namespace {

namespace fs = std::filesystem;

// Two samples of three tokens in two features; token l of sample k has features 100 k + 10 l + (0, 1).
analysis::Dataset small_file() {
  analysis::Dataset file;
  file.dimensions = {{"sample", 2}, {"token", 3}, {"feature", 2}};
  file.variables.push_back({"X",
                            {"sample", "token", "feature"},
                            std::vector<std::int64_t>{0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121},
                            "",
                            "",
                            {}});
  file.variables.push_back({"y", {"sample"}, std::vector<double>{1, -1}, "", "", {}});
  file.variables.push_back({"class", {"sample"}, std::vector<double>{1, 0}, "", "", {}});
  file.variables.push_back({"not_ours", {"token"}, std::vector<double>{1, 2, 3}, "", "", {}});
  return file;
}

sim::Dataset written_and_read(const Scratch& folder, const analysis::Dataset& content) {
  analysis::write_dataset(folder / "data.h5", content);
  return read_data_file(folder / "data.h5");
}

bool same(const Matrix& a, const Matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && (a.array() == b.array()).all();
}

// Parameters with every number different, so that a transposition shows.
sim::Parameters distinct_parameters(const sim::Architecture& architecture, Index features) {
  sim::Parameters parameters = sim::zero_parameters(architecture, features);
  sim::Philox random(1, sim::Purpose::test);
  for (const char* block : sim::block_names) {
    for (double& value : parameters.block(block).reshaped()) value = random.normal();
  }
  return parameters;
}

}  // namespace

TEST_CASE("X is read in C order: token l of sample k is column 3 k + l, whatever the number types") {
  const Scratch folder;
  const sim::Dataset data = written_and_read(folder, small_file());
  CHECK(data.samples() == 2);
  CHECK(data.tokens_per_sample == 3);
  CHECK(data.classes == 2);
  for (Index k = 0; k < 2; ++k) {
    for (Index l = 0; l < 3; ++l) {
      CHECK(data.tokens(0, 3 * k + l) == static_cast<double>(100 * k + 10 * l));
      CHECK(data.tokens(1, 3 * k + l) == static_cast<double>(100 * k + 10 * l + 1));
    }
  }
  CHECK(data.label(1) == -1);
  CHECK(data.class_index[0] == 1);
  CHECK(data.weight(0) == 0.5);
  CHECK(data.class_signal.size() == 0);
  CHECK(data.token_kind.empty());
}

TEST_CASE("each fault of a data file is refused by the name of its dataset") {
  const Scratch folder;
  const auto fault = [&](const char* name, const analysis::Array& values) {
    analysis::Dataset content = small_file();
    for (analysis::Variable& variable : content.variables) {
      if (variable.name == name) variable.values = values;
    }
    return fault_of([&] { written_and_read(folder, content); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK(fault("X", std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, nan, 9, 10, 11}).found().find("sample 1") !=
        std::string::npos);
  CHECK(fault("X", std::vector<double>{0, 1, 2, infinity, 4, 5, 6, 7, 8, 9, 10, 11}).key() == "X");
  CHECK(fault("y", std::vector<double>{1, 0}).allowed() == "-1 or +1");
  CHECK(fault("y", std::vector<double>{nan, 1}).key() == "y");
  CHECK(fault("y", std::vector<std::int64_t>{1, 2}).key() == "y");
  CHECK(fault("class", std::vector<std::int64_t>{0, -1}).key() == "class");
  CHECK(fault("class", std::vector<std::int64_t>{0, 4000000000}).key() == "class");
  analysis::Dataset flat = small_file();
  flat.dimensions["other"] = 4;
  flat.variables[1] = {"y", {"other"}, std::vector<double>{1, 1, 1, 1}, "", "", {}};
  CHECK(fault_of([&] { written_and_read(folder, flat); }).allowed() == "shape (sample) = (2)");
  flat.variables[0] = {"X", {"sample", "feature"}, std::vector<double>{1, 2, 3, 4}, "", "", {}};
  CHECK(fault_of([&] { written_and_read(folder, flat); }).found() == "shape (2, 2)");
}

TEST_CASE("a generated data set comes back from its file unchanged") {
  const Scratch folder;
  const auto experiment =
      prepare_experiment(load_scenario("mot/noise_floor", {{"data.zipf", "1"}, {"data.basis", "random"}}));
  const sim::Dataset back = written_and_read(folder, data_variables(*experiment.data));
  CHECK(same(back.tokens, experiment.data->tokens));
  CHECK(same(back.label, experiment.data->label));
  CHECK(same(back.weight, experiment.data->weight));
  CHECK(back.weight(0) != back.weight(back.samples() - 1));   // Zipf: the weights are not all equal
  CHECK(same(back.class_signal, experiment.data->class_signal));
  CHECK(same(back.label_signal, experiment.data->label_signal));
  CHECK(back.class_index == experiment.data->class_index);
  CHECK(back.token_kind == experiment.data->token_kind);
}

TEST_CASE("parameters come back from their file unchanged, for every kind of model, one neuron and four") {
  const Scratch folder;
  const fs::path file = folder / "init.h5";
  for (const char* kind : {"mot", "single", "two_head_relu", "attention_free", "shared_attention", "dense"}) {
    for (const char* neurons : {"1", "4"}) {
      CAPTURE(kind);
      CAPTURE(neurons);
      const Scenario scenario =
          load_scenario("mot/three_stage", {{"model.kind", kind},
                                            {"model.heads", "3"},
                                            {"model.expert.neurons", neurons},
                                            {"stages.1.train", R"({"ffn": {"optimizer": "gd", "learning_rate": 1}})"}});
      const sim::Architecture architecture = sim::build_architecture(scenario.config.model);
      const sim::Parameters parameters = distinct_parameters(architecture, 10);
      analysis::write_dataset(file, parameter_variables(architecture, parameters));
      sim::Parameters back = sim::zero_parameters(architecture, 10);
      read_parameters(file, architecture, back);
      for (const char* block : sim::block_names) CHECK(same(back.block(block), parameters.block(block)));
    }
  }
}

TEST_CASE("attention in a file is (expert, key_feature, query_feature): Q_1(key 0, query 1) is number 5 of eight") {
  const Scratch folder;
  const fs::path file = folder / "init.h5";
  analysis::Dataset content;
  content.dimensions = {{"expert", 2}, {"key_feature", 2}, {"query_feature", 2}};
  content.variables.push_back({"attention",
                               {"expert", "key_feature", "query_feature"},
                               std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7},
                               "",
                               "",
                               {}});
  analysis::write_dataset(file, content);
  sim::ModelConfig model;
  model.experts = 2;
  const sim::Architecture architecture = sim::build_architecture(model);
  sim::Parameters parameters = sim::zero_parameters(architecture, 2);
  read_parameters(file, architecture, parameters);
  CHECK(parameters.attention(0, 2 + 1) == 5);
  CHECK(parameters.attention(1, 2 + 0) == 6);
  CHECK(parameters.attention(0, 1) == 1);
}

TEST_CASE("an init file with the wrong shape, a NaN, nothing of ours, or too few draws is refused") {
  const Scratch folder;
  const fs::path file = folder / "init.h5";
  sim::ModelConfig model;
  model.experts = 2;
  model.gate.routing = "sampled";
  const sim::Architecture architecture = sim::build_architecture(model);
  sim::Parameters parameters = sim::zero_parameters(architecture, 3);
  const auto write = [&](const char* name, std::vector<std::string> axes, std::map<std::string, std::size_t> sizes,
                         std::vector<double> values) {
    analysis::Dataset content;
    content.dimensions = std::move(sizes);
    content.variables.push_back({name, std::move(axes), std::move(values), "", "", {}});
    analysis::write_dataset(file, content);
  };
  const auto fault = [&] { return fault_of([&] { read_parameters(file, architecture, parameters); }); };
  write("ffn", {"expert", "feature"}, {{"expert", 3}, {"feature", 2}}, {1, 2, 3, 4, 5, 6});
  CHECK(fault().found() == "shape (3, 2)");
  CHECK(fault().allowed() == "shape (expert, neuron, feature) = (2, 1, 3) or (expert, feature) = (2, 3)");
  write("gate", {"expert", "feature"}, {{"expert", 2}, {"feature", 3}}, {1, 2, 3, 4, std::nan(""), 6});
  CHECK(fault().found() == "nan at position 4");
  write("other", {"expert"}, {{"expert", 2}}, {1, 2});
  CHECK(fault().found() == "none of ffn, attention, gate");
  write("routing_noise", {"step", "sample", "expert"}, {{"step", 2}, {"sample", 1}, {"expert", 2}}, {0, 0.25, 0.5, 1});
  const std::vector<Matrix> noise = read_routing_noise(file, architecture, 1, 1, 2);
  REQUIRE(noise.size() == 2);
  CHECK(noise[0](1, 0) == 0.25);
  CHECK(noise[1](0, 0) == 0.5);
  CHECK(fault_of([&] { read_routing_noise(file, architecture, 1, 1, 3); }).found() == "2 steps");
  CHECK(fault_of([&] { read_routing_noise(file, architecture, 1, 0.75, 2); }).key() == "routing_noise");
}

TEST_CASE("a scenario with files takes sizes from the data, says which keys it does not use, and hashes contents") {
  const Scratch folder;
  const Scenario plain = load_scenario("mot/three_stage");
  const sim::Experiment generated = prepare_experiment(plain);
  analysis::Dataset content = data_variables(*generated.data);
  analysis::Dataset initial = parameter_variables(sim::build_architecture(plain.config.model), generated.initial);
  content.dimensions.merge(initial.dimensions);
  for (analysis::Variable& variable : initial.variables) content.variables.push_back(variable);
  for (const char* name : {"a.h5", "b.h5"}) analysis::write_dataset(folder / name, content);
  const auto load = [&](const std::string& name) {
    const std::string file = (folder / name).string();
    return load_scenario("mot/three_stage",
                         {{"data.file", file}, {"model.init.file", file}, {"data.classes", "7"}, {"seed", "5"}});
  };
  const Scenario scenario = load("a.h5");
  REQUIRE(scenario.notices.size() == 1);
  CHECK(scenario.notices[0].find("data.classes") != std::string::npos);
  const sim::Experiment experiment = prepare_experiment(scenario);
  CHECK(experiment.config.data.classes == 3);
  CHECK(!experiment.heldout);
  CHECK(same(experiment.data->tokens, generated.data->tokens));
  CHECK(same(experiment.initial.ffn, generated.initial.ffn));   // not those of seed 5
  CHECK(scenario.config_hash == load("b.h5").config_hash);      // same bytes, another name
  CHECK(scenario.config_hash != plain.config_hash);
}

TEST_CASE("the memory estimate counts the numbers that the real objects hold") {
  const Scenario scenario = load_scenario("mot/noise_floor", {{"stages.0.train.ffn.optimizer", "adam"}});
  const sim::Experiment experiment = prepare_experiment(scenario);
  const MemoryEstimate estimate = memory_estimate(scenario.config, {});
  CHECK(estimate.samples == static_cast<double>(experiment.data->samples()));
  CHECK(estimate.heldout == static_cast<double>(experiment.heldout->samples()));
  double numbers = 0;
  for (const char* block : sim::block_names) numbers += static_cast<double>(experiment.initial.block(block).size());
  CHECK(estimate.parameter_bytes == 8 * numbers);
  CHECK(estimate.training_bytes == 8 * (2 * numbers + 2 * static_cast<double>(experiment.initial.ffn.size())));
  const double tokens = static_cast<double>(experiment.data->tokens.size() + experiment.heldout->tokens.size());
  CHECK(estimate.data_bytes > 8 * tokens);
  CHECK(estimate.data_bytes < 9 * tokens);
  CHECK(bytes_in_words(1536) == "1.5 KiB");
}

TEST_CASE("sizes beyond the machine's memory are refused before anything is allocated") {
  const Scenario scenario =
      load_scenario("mot/three_stage", {{"data.sampling", "random"}, {"data.samples", "1000000000000000"}});
  CHECK(fault_of([&] { prepare_experiment(scenario); }).key() == "data");
}

}  // namespace lemmata::scenarios
