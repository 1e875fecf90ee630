#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/configuration/settings.h"

// One type of field each: its JSON (null = the key is left out), its schema, how it is read. For settings_json.cpp.
namespace lemmata::scenarios {

inline Json written(double value) { return value; }
inline Json written(long value) { return value; }
inline Json written(std::uint64_t value) { return value; }
inline Json written(bool value) { return value; }
inline Json written(const std::string& value) { return value; }
inline Json written(const std::vector<std::string>& value) { return value; }
inline Json written(const std::vector<double>& value) { return value; }
inline Json written(const std::optional<double>& value) { return value ? Json(*value) : Json(); }
inline Json written(const std::filesystem::path& value) { return value.empty() ? Json() : Json(value.string()); }
inline Json written(const RecordEvery& value) { return value.steps == 0 ? Json("log") : Json(value.steps); }
inline Json written(const sim::Amplitude& value) {
  return value.is_fixed() ? Json(value.low) : Json::array({value.low, value.high});
}
inline Json written(const sim::ReducedMeans& value) {
  if (!value.mt19937) return value.values;
  return {{"mt19937", *value.mt19937}, {"low", value.low}, {"high", value.high}, {"count", value.count}};
}

inline Json schema_of(double) { return {{"type", "number"}}; }
inline Json schema_of(long) {
  return {{"type", "integer"}, {"maximum", 9007199254740992}};
}  // 2^53: exact as a double too
inline Json schema_of(std::uint64_t) {
  return {{"type", "integer"}, {"maximum", INT64_MAX}};
}  // result files hold it as int64
inline Json schema_of(bool) { return {{"type", "boolean"}}; }
inline Json schema_of(const std::string&) { return {{"type", "string"}}; }
inline Json schema_of(const std::vector<std::string>&) {
  return {{"type", "array"}, {"items", {{"type", "string"}}}, {"uniqueItems", true}};
}
inline Json schema_of(const std::vector<double>&) { return {{"type", "array"}, {"items", {{"type", "number"}}}}; }
inline Json schema_of(const std::optional<double>&) { return {{"type", "number"}}; }
inline Json schema_of(const std::filesystem::path&) { return {{"type", "string"}, {"minLength", 1}}; }
inline Json schema_of(const RecordEvery&) {
  const Json steps = {{"type", "integer"}, {"minimum", 1}, {"maximum", 9007199254740992}};
  return {{"anyOf", Json::array({{{"enum", Json::array({"log"})}}, steps})}};
}
inline Json schema_of(const sim::Amplitude&) {
  const Json number = {{"type", "number"}};
  return {{"anyOf", Json::array({number, {{"type", "array"}, {"items", number}, {"minItems", 2}, {"maxItems", 2}}})}};
}
inline Json schema_of(const sim::ReducedMeans&) {
  const Json number = {{"type", "number"}};
  const Json list = {{"type", "array"}, {"items", number}, {"minItems", 1}};
  const Json drawn = {{"type", "object"},
                      {"properties",
                       {{"mt19937", {{"type", "integer"}, {"minimum", 0}, {"maximum", UINT32_MAX}}},
                        {"low", number},
                        {"high", number},
                        {"count", {{"type", "integer"}, {"minimum", 1}, {"maximum", 1000000}}}}},
                      {"required", Json::array({"mt19937", "low", "high", "count"})},
                      {"additionalProperties", false}};
  return {{"anyOf", Json::array({list, drawn})}};
}

template <class Value>
void read(const Json& json, Value& value) {
  value = json.get<Value>();
}
inline void read(const Json& json, long& value) {  // 1e3 and 1000.0 are integers to JSON Schema
  value = json.is_number_float() ? static_cast<long>(json.get<double>()) : json.get<long>();
}
inline void read(const Json& json, std::uint64_t& value) {
  value = json.is_number_float() ? static_cast<std::uint64_t>(json.get<double>()) : json.get<std::uint64_t>();
}
inline void read(const Json& json, std::optional<double>& value) { value = json.get<double>(); }
inline void read(const Json& json, std::filesystem::path& value) { value = json.get<std::string>(); }
inline void read(const Json& json, RecordEvery& value) {
  value.steps = 0;
  if (json.is_number()) read(json, value.steps);
}
inline void read(const Json& json, sim::Amplitude& value) {
  value = json.is_array() ? sim::Amplitude{json[0], json[1]} : sim::Amplitude{json, json};
}

inline void read(const Json& json, sim::ReducedMeans& value) {
  value = {};
  if (json.is_array()) {
    value.values = json.get<std::vector<double>>();
    return;
  }
  long generator = 0;
  read(json["mt19937"], generator);
  value.mt19937 = static_cast<std::uint32_t>(generator);
  value.low = json["low"];
  value.high = json["high"];
  read(json["count"], value.count);
}

}  // namespace lemmata::scenarios
