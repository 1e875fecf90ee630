#pragma once
#include <functional>
#include <string>

#include "scenarios/configuration/json_text.h"
#include "scenarios/evidence/measurements.h"

// A record as a JSON object, for the lines of a journal: every field by its name, numbers exact.
// Checked by: tests/scenarios/measurement_journal_test.cpp.
namespace lemmata::scenarios {

/// Names the fields of a record: calls fields_of.
using MoveFields = std::function<void(Fields& fields)>;

/// What JSON has no number for is the 16 hexadecimal digits of its bits.
Json json_of_fields(const MoveFields& move);

/// Sets the fields from such an object.
/// @param source  names it in errors.
/// @throws InputError  a field is not there, is no number, or does not fit.
void fields_of_json(const Json& record, const std::string& source, const MoveFields& move);

}  // namespace lemmata::scenarios
