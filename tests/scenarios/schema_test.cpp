#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/key_path.h"
#include "scenarios/configuration/scenario.h"
#include "scenarios/configuration/settings_json.h"
#include "scenarios/configuration/validate.h"
#include "sim/attention/attention.h"
#include "sim/gate/gate.h"
#include "sim/loss/loss.h"
#include "sim/model/architecture.h"
#include "sim/optimizer/optimizer.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {
namespace {

Json resolved(const std::string& name) { return parse_json(load_scenario(name).settings_json, name); }

// Calls visit(path, schema) for every object and leaf; lists contribute their entry 0.
void for_each_key(const Json& schema, const std::string& path,
                  const std::function<void(const std::string&, const Json&)>& visit) {
  visit(path, schema);
  const std::string stem = path.empty() ? "" : path + ".";
  if (schema.contains("properties")) {
    for (const auto& [name, child] : schema["properties"].items()) for_each_key(child, stem + name, visit);
  } else if (schema.contains("items") && schema["items"].contains("properties")) {
    for_each_key(schema["items"], stem + "0", visit);
  }
}

std::string joined(const std::string& path, const std::string& child) {
  return path.empty() ? child : path + "." + child;
}

template <class Entries>
void check_names(const Json& names, const Entries& entries) {
  REQUIRE(names.size() == entries.size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i] == entries[i].name);
}

}  // namespace

TEST_CASE("an unknown key is refused by name in every object of the schema") {
  int objects = 0;
  for_each_key(complete_settings_schema("mixture"), "", [&](const std::string& path, const Json& schema) {
    if (!schema.contains("properties")) return;
    CAPTURE(path);
    ++objects;
    Json settings = resolved("mot/three_stage");
    Json* place = &settings;
    if (!path.empty()) {
      for (const std::string& part : key_path_parts(path))
        place = place->is_array() ? &(*place)[std::stoul(part)] : &(*place)[part];
    }
    (*place)["no_such_key"] = 1;
    Fault fault;
    // The other keys of an object that is created here may be missing; the unknown one is reported first all the same.
    REQUIRE(find_fault(settings_schema(), settings, "", fault));
    CHECK(fault.key == joined(path, "no_such_key"));
    CHECK(fault.found.find("unknown") != std::string::npos);
    CHECK(fault.allowed.find(schema["properties"].begin().key()) != std::string::npos);
    CHECK(fault_of([&] { set_value(settings, joined(path, "other_key"), 1, "--set"); }).key() ==
          joined(path, "other_key"));
  });
  CHECK(objects >=
        14);  // root, data, model, expert, gate, init, loss, a stage, train, its 4 blocks, stop, schedule, record
}

TEST_CASE("every leaf refuses a value of another type and names itself") {
  int leaves = 0;
  for_each_key(complete_settings_schema("mixture"), "", [&](const std::string& path, const Json& schema) {
    if (schema.contains("properties") || path.empty()) return;
    CAPTURE(path);
    ++leaves;
    Json settings = resolved("mot/three_stage");
    set_value(settings, path, Json::object(), "--set");
    Fault fault;
    REQUIRE(find_fault(complete_settings_schema("mixture"), settings, "", fault));
    CHECK(fault.key == path);
    CHECK(fault.found == "{}");
    CHECK(!fault.allowed.empty());
  });
  CHECK(leaves >= 55);
}

TEST_CASE("names that may be chosen are those of the registries") {
  const Json& properties = complete_settings_schema("mixture")["properties"];
  check_names(properties["loss"]["properties"]["kind"]["enum"], sim::losses());
  check_names(properties["model"]["properties"]["kind"]["enum"], sim::models());
  check_names(properties["model"]["properties"]["attention"]["enum"], sim::attentions());
  check_names(properties["model"]["properties"]["gate"]["properties"]["routing"]["enum"], sim::gates());
  const Json& block = properties["stages"]["items"]["properties"]["train"]["properties"]["gate"];
  check_names(block["properties"]["optimizer"]["enum"], sim::optimizers());
}

TEST_CASE("what is allowed is said in words") {
  const auto fault_with = [](const std::string& path, const Json& value) {
    Json settings = resolved("mot/three_stage");
    set_value(settings, path, value, "--set");
    Fault fault;
    REQUIRE(find_fault(complete_settings_schema("mixture"), settings, "", fault));
    return fault;
  };
  CHECK(fault_with("loss.kind", "hinge").allowed ==
        "logistic | exponential | squared | squared_hinge | double_softmax");
  CHECK(fault_with("model.gate.noise", 0).allowed == "a number > 0");
  CHECK(fault_with("data.classes", 2.5).allowed == "an integer >= 2");
  CHECK(fault_with("data.classes", 2.5).found == "2.5");
  CHECK(fault_with("data.label_cosine", 1).allowed == "a number > -1 and < 1");
  CHECK(fault_with("data.alpha", Json::array({1, 2, 3})).allowed == "a number, or [low, high], each a number");
  CHECK(fault_with("record.every", 0).allowed == "log, or an integer >= 1");
  CHECK(fault_with("record.metrics", Json::array({"loss", "loss"})).key == "record.metrics.1");
  CHECK(fault_with("record.metrics", Json::array({"los"})).key == "record.metrics.0");
  CHECK(fault_with("stages", Json::array()).allowed == "a list with at least one entry, each an object");
  CHECK(fault_with("stages.1", {{"name", "x"}, {"steps", 3}}).key == "stages.1.train");
  CHECK(fault_with("stages.0.steps", -1).found == "-1");
  CHECK(fault_with("stages.0.steps", 1e300).key == "stages.0.steps");
  CHECK(fault_with("stages.0.steps", 1e300).allowed == "an integer >= 0 and <= 9007199254740992");
  CHECK(fault_with("seed", -1).allowed == "an integer >= 0");
  CHECK(fault_with("seed", 0x1p63).allowed == "an integer >= 0 and <= 9223372036854775807");
  CHECK(fault_with("data", {{"noise_std", 1}, {"noise_norm", 1}}).allowed == "one of the two");
}

TEST_CASE("an integer may be written as 1e3, and the largest seed is read exactly") {
  Json settings = resolved("mot/three_stage");
  set_value(settings, "stages.2.steps", 1e3, "--set");
  set_value(settings, "seed", std::uint64_t{9223372036854775807U}, "--set");
  Fault fault;
  REQUIRE(!find_fault(complete_settings_schema("mixture"), settings, "", fault));
  CHECK(settings_from_json(settings).config.stages[2].steps == 1000);
  CHECK(settings_from_json(settings).config.seed == 9223372036854775807U);
}

TEST_CASE("keys that are absent have the defaults of sim's structs, which are those the schema states") {
  const Json least = {{"stages", Json::array({{{"name", "a"}, {"steps", 1}, {"train", Json::object()}}})}};
  const Settings settings = settings_from_json(least);
  CHECK(settings.config.data.beta.low == sim::DataConfig{}.beta.low);
  CHECK(settings.config.model.experts == sim::ModelConfig{}.experts);
  const Json written = json_from_settings(settings);
  int compared = 0;
  for_each_key(complete_settings_schema("mixture"), "", [&](const std::string& path, const Json& schema) {
    if (!schema.contains("default") || path.find("train") != std::string::npos) return;
    const Json* value = &written;
    for (const std::string& part : key_path_parts(path)) value = value->is_array() ? &(*value)[0] : &value->at(part);
    CAPTURE(path);
    CHECK(*value == schema["default"]);
    ++compared;
  });
  CHECK(compared >= 35);
}

}  // namespace lemmata::scenarios
