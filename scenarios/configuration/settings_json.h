#pragma once
#include <string>

#include "scenarios/configuration/json_text.h"
#include "scenarios/configuration/settings.h"

namespace lemmata::scenarios {

/// The JSON Schema (draft 7) of a scenario: a complete one, or one that names a `base` and the `differences` from it.
/// Names that may be chosen are those of sim's registries, defaults those of its structs.
/// Checked by: tests/scenarios/schema_test.cpp.
const Json& settings_schema();

/// The part of the schema that describes complete settings of a system; key paths are looked up in it.
const Json& complete_settings_schema(const std::string& system);

/// The system that settings name, `mixture` where they name none. @throws InputError if there is none of this name.
std::string system_of(const Json& settings, const std::string& source);

/// @param valid  complete settings that the schema accepts (validate.h); keys that are absent keep their defaults.
Settings settings_from_json(const Json& valid);

/// Every key with its value, in the order of the table; keys without a value (files, noise_norm) only where they are
/// set. With data.file the other keys of `data` are not used and not shown. Reading the result back gives the same
/// settings.
Json json_from_settings(const Settings& settings);

}  // namespace lemmata::scenarios
