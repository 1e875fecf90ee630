#include "scenarios/configuration/validate.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace lemmata::scenarios {
namespace {

bool is_integer(const Json& value) {
  return value.is_number_integer() ||
         (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return is_integer(value);
  return type == "number" && value.is_number();
}

std::string joined(const std::string& key, const std::string& child) { return key.empty() ? child : key + "." + child; }

std::string list_of_names(const Json& names) {
  std::string text;
  for (const Json& name : names) text += (text.empty() ? "" : " | ") + name.get<std::string>();
  return text;
}

std::string keys_of(const Json& schema) {
  std::string text = "the keys ";
  for (const auto& [name, unused] : schema.at("properties").items()) text += (text.back() == ' ' ? "" : ", ") + name;
  return text;
}

std::string limits_of(const Json& schema) {
  std::string text;
  const auto add = [&](const char* word, const char* sign) {
    if (!schema.contains(word)) return;
    text += text.empty() ? " " : " and ";
    text += sign + schema[word].dump();
  };
  add("minimum", ">= ");
  add("exclusiveMinimum", "> ");
  if (schema.value("type", "") != "integer")
    add("maximum", "<= ");  // of integers it is 2^53 or 2^63: said where it is met
  add("exclusiveMaximum", "< ");
  return text;
}

// Exact for every number that JSON here can hold, unsigned 64-bit ones included.
long double exact(const Json& number) {
  if (number.is_number_unsigned()) return static_cast<long double>(number.get<std::uint64_t>());
  return number.is_number_integer() ? static_cast<long double>(number.get<std::int64_t>())
                                    : static_cast<long double>(number.get<double>());
}

bool in_range(const Json& schema, const Json& value) {
  const long double x = exact(value);
  return (!schema.contains("minimum") || x >= exact(schema["minimum"])) &&
         (!schema.contains("maximum") || x <= exact(schema["maximum"])) &&
         (!schema.contains("exclusiveMinimum") || x > exact(schema["exclusiveMinimum"])) &&
         (!schema.contains("exclusiveMaximum") || x < exact(schema["exclusiveMaximum"]));
}

bool find_key_fault(const Json& schema, const Json& value, const std::string& key, Fault& fault) {
  const Json none = Json::object();
  const Json& properties = schema.contains("properties") ? schema["properties"] : none;
  for (const auto& [name, child] : value.items()) {
    if (properties.contains(name)) {
      if (find_fault(properties[name], child, joined(key, name), fault)) return true;
    } else if (schema.contains("additionalProperties")) {
      fault = {joined(key, name), "an unknown key with value " + shown(child), keys_of(schema)};
      return true;
    }
  }
  for (const Json& name : schema.value("required", Json::array())) {
    if (value.contains(name)) continue;
    const std::string missing = name.get<std::string>();
    fault = {joined(key, missing), "nothing", allowed_by(properties.value(missing, none))};
    return true;
  }
  if (!schema.contains("not")) return false;
  const Json& together = schema["not"]["required"];  // two keys that exclude one another
  if (!value.contains(together[0]) || !value.contains(together[1])) return false;
  const std::string second = together[1].get<std::string>();
  fault = {joined(key, second), shown(value[second]) + " beside " + together[0].get<std::string>(), "one of the two"};
  return true;
}

bool find_list_fault(const Json& schema, const Json& value, const std::string& key, Fault& fault) {
  if (value.size() < schema.value("minItems", std::size_t{0}) ||
      value.size() > schema.value("maxItems", value.size())) {
    fault = {key, shown(value), allowed_by(schema)};
    return true;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (schema.contains("items") && find_fault(schema["items"], value[i], joined(key, std::to_string(i)), fault))
      return true;
    for (std::size_t j = 0; schema.value("uniqueItems", false) && j < i; ++j) {
      if (value[i] != value[j]) continue;
      fault = {joined(key, std::to_string(i)), shown(value[i]) + " a second time", "every entry once"};
      return true;
    }
  }
  return false;
}

// Of "if": a key is there, and where the condition says so, it is one of the names.
bool condition_holds(const Json& condition, const Json& value) {
  const std::string key = condition["required"][0];
  if (!value.contains(key)) return false;
  if (!condition.contains("properties")) return true;
  const Json& names = condition["properties"][key]["enum"];
  return std::find(names.begin(), names.end(), value[key]) != names.end();
}

}  // namespace

std::string allowed_by(const Json& schema) {
  if (schema.contains("anyOf")) {
    std::string text;
    for (const Json& choice : schema["anyOf"]) text += (text.empty() ? "" : ", or ") + allowed_by(choice);
    return text;
  }
  if (schema.contains("enum")) return list_of_names(schema["enum"]);
  const std::string type = schema.value("type", "");
  if (type == "number") return "a number" + limits_of(schema);
  if (type == "integer") return "an integer" + limits_of(schema);
  if (type == "boolean") return "true or false";
  if (type == "string") return schema.contains("minLength") ? "a text that is not empty" : "a text";
  if (type != "array") return type == "object" ? "an object" : "any value";
  const std::string items = schema.contains("items") ? allowed_by(schema["items"]) : "any value";
  if (schema.contains("maxItems")) return "[low, high], each " + items;
  return std::string("a list ") + (schema.contains("minItems") ? "with at least one entry, each " : "of ") + items;
}

bool find_fault(const Json& schema, const Json& value, const std::string& key, Fault& fault) {
  if (schema.contains("if")) {
    const bool holds = value.is_object() && condition_holds(schema["if"], value);
    return find_fault(value.is_object() ? schema[holds ? "then" : "else"] : Json{{"type", "object"}}, value, key,
                      fault);
  }
  if (schema.contains("anyOf")) {
    const Json& choices = schema["anyOf"];
    for (const Json& choice : choices) {
      if (!find_fault(choice, value, key, fault)) return false;
    }
    for (const Json& choice : choices) {  // what is wrong inside it, where only one kind of value is an object
      if (value.is_object() && choice.value("type", "") == "object") return find_fault(choice, value, key, fault);
    }
    fault = {key, shown(value), allowed_by(schema)};
    return true;
  }
  const bool fits =
      (!schema.contains("type") || has_type(value, schema["type"])) &&
      (!value.is_number() || in_range(schema, value)) &&
      (!value.is_string() || value.get_ref<const std::string&>().size() >= schema.value("minLength", std::size_t{0}));
  const Json names = schema.value("enum", Json::array());
  if (!fits || (!names.empty() && std::find(names.begin(), names.end(), value) == names.end())) {
    const bool too_large = has_type(value, "integer") && schema.value("type", "") == "integer" &&
                           schema.contains("maximum") && exact(value) > exact(schema["maximum"]);
    fault = {key, shown(value), allowed_by(schema) + (too_large ? " and <= " + schema["maximum"].dump() : "")};
    return true;
  }
  if (value.is_object()) return find_key_fault(schema, value, key, fault);
  return value.is_array() && find_list_fault(schema, value, key, fault);
}

}  // namespace lemmata::scenarios
