#include "scenarios/configuration/key_path.h"

#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/settings_json.h"

namespace lemmata::scenarios {
namespace {

// One step down: the place in the document and the schema that rules it.
struct Place {
  Json* value;
  const Json* schema;
  std::string path;  ///< so far
};

bool is_index(const std::string& part) {
  return !part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string::npos;
}

// Of several alternatives, the one with parts: only lists have parts among ours.
const Json& alternative_with_parts(const Json& schema) {
  if (!schema.contains("anyOf")) return schema;
  for (const Json& choice : schema["anyOf"]) {
    if (choice.contains("items")) return choice;
  }
  return schema;
}

std::string keys_in(const Json& schema, const std::string& path) {
  if (schema.contains("items")) return "an index into the list " + path;
  if (!schema.contains("properties")) return "nothing: " + path + " is a single value";
  std::string text = path.empty() ? "one of" : "in " + path + " one of";
  const char* separator = " ";
  for (const auto& [name, unused] : schema["properties"].items()) {
    text += separator + name;
    separator = ", ";
  }
  return text;
}

Place child_of(const Place& place, const std::string& part, const std::string& source) {
  const Json& schema = alternative_with_parts(*place.schema);
  const std::string path = place.path.empty() ? part : place.path + "." + part;
  if (schema.contains("items") && is_index(part)) {
    const std::size_t size = place.value->is_array() ? place.value->size() : 0;
    if (std::stoul(part) >= size) {
      const std::string none = place.path + (place.value->is_array() ? " has no entries" : " is no list");
      throw InputError(source, path, "index " + part,
                       size == 0 ? "none: " + none : "an index from 0 to " + std::to_string(size - 1));
    }
    return {&(*place.value)[std::stoul(part)], &schema["items"], path};
  }
  if (!schema.contains("properties") || !schema["properties"].contains(part)) {
    throw InputError(source, path, "a key that does not exist", keys_in(schema, place.path));
  }
  if (!place.value->is_object()) *place.value = Json::object();
  if (schema.contains("not")) {
    const Json& together = schema["not"]["required"];
    for (const std::size_t i : {0U, 1U}) {
      if (together[i] == part) place.value->erase(together[1 - i].get<std::string>());
    }
  }
  return {&(*place.value)[part], &schema["properties"][part], path};
}

}  // namespace

std::vector<std::string> key_path_parts(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = path.find('.', begin);
    parts.push_back(path.substr(begin, end - begin));
    if (end == std::string::npos) return parts;
    begin = end + 1;
  }
}

bool lies_in(const std::string& path, const std::string& prefix) {
  return prefix.empty() || path == prefix || (path.starts_with(prefix) && path[prefix.size()] == '.');
}

void set_value(Json& settings, const std::string& path, const Json& value, const std::string& source) {
  Json changed = settings;  // a path that fails half-way leaves nothing behind
  Place place{&changed, &complete_settings_schema(system_of(settings, source)), ""};
  for (const std::string& part : key_path_parts(path)) place = child_of(place, part, source);
  *place.value = value;
  settings = std::move(changed);
}

}  // namespace lemmata::scenarios
