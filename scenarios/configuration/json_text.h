#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace lemmata::scenarios {

/// JSON with its keys in the order in which they were written.
using Json = nlohmann::ordered_json;

/// The value that a JSON text denotes. Refused: a key given twice in one object, more than 64 levels, and (by the
/// grammar) NaN, infinities and numbers beyond the range of a double.
/// @param source  named in errors.
/// @throws InputError with line and column of the fault.
Json parse_json(const std::string& text, const std::string& source);

/// The content of a JSON file of at most 1 MiB. @throws InputError.
Json read_json_file(const std::filesystem::path& file);

/// The VALUE of `--set PATH=VALUE`: one JSON value if the text is one, else the text itself as a string.
/// @throws InputError on JSON with a key given twice, and on text that is not UTF-8.
Json value_of_text(const std::string& text, const std::string& source);

/// A value as it is shown in a message: on one line, cut after 100 characters.
std::string shown(const Json& value);

}  // namespace lemmata::scenarios
