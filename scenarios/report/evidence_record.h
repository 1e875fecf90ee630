#pragma once
#include <filesystem>

#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// The evidence objects of a folder that `check --out` wrote (ID--SETTING.json), in the order of their names, numbers
/// in them by value: J2 before J10.
/// @throws InputError for a file of such a name that is not evidence: no id, setting or verdict.
/// Checked by: tests/scenarios/report_test.py.
Json evidence_records(const std::filesystem::path& folder);

}  // namespace lemmata::scenarios
