#pragma once
#include <vector>

#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// The parts of a dotted key path; list indices from 0: "stages.0.steps" -> stages, 0, steps.
std::vector<std::string> key_path_parts(const std::string& path);

/// Whether `path` is `prefix` or lies inside it.
bool lies_in(const std::string& path, const std::string& prefix);

/// Puts a value at a key path of complete settings, in place of what was there. The path is valid if the schema allows
/// it, set or not; an index past the end of a list is not. Objects on the way that are not there yet are created;
/// setting one of two keys that exclude one another removes the other. The value itself is not checked.
/// @param source  named in errors.
/// @throws InputError: the part of the path that does not exist, and what may stand there.
void set_value(Json& settings, const std::string& path, const Json& value, const std::string& source);

}  // namespace lemmata::scenarios
