#include "scenarios/configuration/settings_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/field_types.h"
#include "scenarios/configuration/settings_fields.h"

namespace lemmata::scenarios {
namespace {

// ---- The three visitors ----

// 2, not 2.0, in messages and for editors.
Json limit(double value) { return value == std::trunc(value) ? Json(static_cast<long>(value)) : Json(value); }

void add_limits(const Allowed& allowed, Json& schema) {
  Json& names_go_to = schema.contains("items") ? schema["items"] : schema;
  if (!allowed.names.empty()) names_go_to["enum"] = allowed.names;
  if (allowed.minimum) schema["minimum"] = limit(*allowed.minimum);
  if (allowed.exclusive_minimum) schema["exclusiveMinimum"] = limit(*allowed.exclusive_minimum);
  if (allowed.exclusive_maximum) schema["exclusiveMaximum"] = limit(*allowed.exclusive_maximum);
}

class SchemaVisitor {
 public:
  template <class Value>
  void operator()(const char* key, const Value& value, const Allowed& allowed, const char* description) {
    Json& schema = add(key, schema_of(value), description);
    add_limits(allowed, schema);
    if (allowed.required) {
      required_.push_back(key);
    } else if (const Json standard = written(value); !standard.is_null() && standard != "") {
      schema["default"] = standard;
    }
  }
  template <class Visit>
  void group(const char* key, const char* description, Visit visit) {
    SchemaVisitor inside;
    visit(inside);
    add(key, inside.object(), description);
  }
  template <class Visit>
  void blocks(const char* key, const std::map<std::string, sim::BlockTraining>&, const std::vector<std::string>& names,
              const char* description, Visit visit) {
    SchemaVisitor inside;
    for (const std::string& block : names) {
      inside.group(block.c_str(), "how this block is trained", [&](SchemaVisitor& v) {
        sim::BlockTraining standard;
        visit(v, standard);
      });
    }
    add(key, inside.object(), description);
    required_.push_back(key);
  }
  template <class Visit>
  void stages(const char* key, const std::vector<sim::StageConfig>&, const char* description, Visit visit) {
    SchemaVisitor inside;
    sim::StageConfig standard;
    visit(inside, standard);
    add(key, {{"type", "array"}, {"minItems", 1}, {"items", inside.object()}}, description);
    required_.push_back(key);
  }
  Json object() const {
    Json schema = {{"type", "object"}, {"properties", properties_}, {"additionalProperties", false}};
    if (!required_.empty()) schema["required"] = required_;
    return schema;
  }

 private:
  Json& add(const char* key, const Json& schema, const char* description) {
    Json& added = properties_[key] = {{"description", description}};
    added.update(schema);
    return added;
  }
  Json properties_ = Json::object(), required_ = Json::array();
};

class ReadingVisitor {
 public:
  explicit ReadingVisitor(const Json& object) : object_(object) {}
  template <class Value>
  void operator()(const char* key, Value& value, const Allowed&, const char*) {
    if (object_.contains(key)) read(object_.at(key), value);
  }
  template <class Visit>
  void group(const char* key, const char*, Visit visit) {
    if (!object_.contains(key)) return;
    ReadingVisitor inside(object_.at(key));
    visit(inside);
  }
  template <class Visit>
  void blocks(const char* key, std::map<std::string, sim::BlockTraining>& train, const std::vector<std::string>&,
              const char*, Visit visit) {
    for (const auto& [name, settings] : object_.at(key).items()) {
      ReadingVisitor inside(settings);
      visit(inside, train[name]);
    }
  }
  template <class Visit>
  void stages(const char* key, std::vector<sim::StageConfig>& stages, const char*, Visit visit) {
    for (const Json& stage : object_.at(key)) {
      ReadingVisitor inside(stage);
      visit(inside, stages.emplace_back());
    }
  }

 private:
  const Json& object_;
};

class WritingVisitor {
 public:
  template <class Value>
  void operator()(const char* key, const Value& value, const Allowed&, const char*) {
    if (const Json json = written(value); !json.is_null()) object_[key] = json;
  }
  template <class Visit>
  void group(const char* key, const char*, Visit visit) {
    WritingVisitor inside;
    visit(inside);
    object_[key] = inside.object_;
  }
  template <class Visit>
  void blocks(const char* key, std::map<std::string, sim::BlockTraining>& train, const std::vector<std::string>&,
              const char*, Visit visit) {
    for (auto& [name, settings] : train) {
      WritingVisitor inside;
      visit(inside, settings);
      object_[key][name] = inside.object_;
    }
    if (train.empty()) object_[key] = Json::object();
  }
  template <class Visit>
  void stages(const char* key, std::vector<sim::StageConfig>& stages, const char*, Visit visit) {
    object_[key] = Json::array();
    for (sim::StageConfig& stage : stages) {
      WritingVisitor inside;
      visit(inside, stage);
      object_[key].push_back(inside.object_);
    }
  }
  Json& object() { return object_; }

 private:
  Json object_ = Json::object();
};

Json complete_schema(const std::string& system) {
  Settings standard;
  standard.system = system;
  SchemaVisitor visitor;
  visit_settings(visitor, standard);
  Json schema = visitor.object();
  if (system == "mixture") {
    schema["properties"]["data"]["not"] = {{"required", Json::array({"noise_std", "noise_norm"})}};
  } else {
    schema["required"].push_back("system");
  }
  return schema;
}

// Settings that name a `base` are a short written difference from it.
Json difference_schema() {
  const Json& complete = complete_settings_schema("mixture")["properties"];
  Json properties = {
      {"name", complete["name"]}, {"description", complete["description"]}, {"claim_group", complete["claim_group"]}};
  properties["base"] = {
      {"description", "name of a shipped scenario, or a .json file"}, {"type", "string"}, {"minLength", 1}};
  properties["differences"] = {{"description", "key paths as of --set and their values, applied in order"},
                               {"type", "object"}};
  return {{"type", "object"},
          {"properties", properties},
          {"additionalProperties", false},
          {"required", Json::array({"base"})}};
}

Json for_editors() { return {{"description", "for editors; not used"}, {"type", "string"}}; }

// if system is the last of the list: its schema, else ... the first, which is also what no name stands for.
Json schema_by_system() {
  Json schema;
  for (const SystemEntry& entry : systems()) {
    Json own = complete_settings_schema(entry.name);
    own["properties"]["$schema"] = for_editors();
    if (schema.is_null()) {
      schema = own;
    } else {
      const Json otherwise = schema;
      schema = {{"type", "object"}};
      schema["if"] = {{"required", Json::array({"system"})},
                      {"properties", {{"system", {{"enum", Json::array({entry.name})}}}}}};
      schema["then"] = own;
      schema["else"] = otherwise;
    }
  }
  return schema;
}

}  // namespace

const Json& complete_settings_schema(const std::string& system) {
  static const std::map<std::string, Json> schemas = [] {
    std::map<std::string, Json> list;
    for (const SystemEntry& entry : systems()) list[entry.name] = complete_schema(entry.name);
    return list;
  }();
  return schemas.at(system);
}

std::string system_of(const Json& settings, const std::string& source) {
  const std::string standard = "mixture";
  if (!settings.is_object() || !settings.contains("system")) return standard;
  const Json& named = settings["system"];
  std::string allowed;
  for (const SystemEntry& entry : systems()) {
    if (named == entry.name) return entry.name;
    allowed += (allowed.empty() ? "" : " | ") + entry.name;
  }
  throw InputError(source, "system", shown(named), allowed);
}

const Json& settings_schema() {
  static const Json schema = [] {
    Json whole = {
        {"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Lemmata scenario"}, {"type", "object"}};
    whole["if"] = {{"required", Json::array({"base"})}};
    whole["then"] = difference_schema();
    whole["else"] = schema_by_system();
    whole["then"]["properties"]["$schema"] = for_editors();
    return whole;
  }();
  return schema;
}

Settings settings_from_json(const Json& valid) {
  Settings settings;
  ReadingVisitor visitor(valid);
  visit_settings(visitor, settings);
  if (!settings.noise_norm && !settings.noise_std) settings.noise_std = 0;
  return settings;
}

Json json_from_settings(const Settings& settings) {
  Settings copy = settings;  // the table is written once, for reading too, so it asks for fields it may change
  WritingVisitor visitor;
  visit_settings(visitor, copy);
  Json json = visitor.object();
  if (!settings.data_file.empty()) {
    Json data = {{"file", json["data"]["file"]}};
    if (!settings.heldout_file.empty()) data["heldout_file"] = json["data"]["heldout_file"];
    json["data"] = data;
  }
  return json;
}

}  // namespace lemmata::scenarios
