#pragma once
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// A value that a schema does not allow.
struct Fault {
  std::string key;      ///< dotted path, list indices from 0
  std::string found;    ///< the value as written, or "nothing"
  std::string allowed;  ///< in words, from the schema
};

/// The first fault of a value against a JSON Schema, in the order of the document.
///
/// Knows the words that our schema uses: type, properties, required, additionalProperties (false), items, enum,
/// minimum, exclusiveMinimum, maximum, exclusiveMaximum, minItems, maxItems, uniqueItems, minLength, anyOf,
/// not-required, if-required and if-required-and-enum.
/// @return true and `fault` filled in if there is one.
/// Checked by: tests/scenarios/schema_test.cpp, against valijson.
bool find_fault(const Json& schema, const Json& value, const std::string& key, Fault& fault);

/// What a schema allows, in words: "a number > 0", "logistic | squared".
std::string allowed_by(const Json& schema);

}  // namespace lemmata::scenarios
