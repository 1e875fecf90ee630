#include "scenarios/configuration/json_text.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20;
constexpr int deepest_level = 64;

// The parser keeps the last of two equal keys; a typing error like that must not pass in silence. The character U+0000
// ends paths and messages early.
class Guard {
 public:
  explicit Guard(const std::string& source) : source_(source) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > deepest_level)
      throw InputError(source_, "", "lists and objects nested deeper than 64", "at most 64 levels");
    if (parsed.is_string() && parsed.get_ref<const std::string&>().find('\0') != std::string::npos)
      throw InputError(source_, "", shown(parsed), "texts without the character U+0000");
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      throw InputError(source_, parsed.get<std::string>(), "the same key twice in one object", "every key once");
    }
    return true;
  }

 private:
  const std::string& source_;
  std::vector<std::set<std::string>> keys_;
};

Json parse(const std::string& text, const std::string& source) {
  Guard guard(source);
  return Json::parse(
      text, [&guard](int depth, Json::parse_event_t event, Json& parsed) { return guard(depth, event, parsed); });
}

// "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without its bracketed number.
std::string message_of(const Json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

}  // namespace

Json parse_json(const std::string& text, const std::string& source) {
  try {
    return parse(text, source);
  } catch (const Json::exception& error) {
    throw InputError(source, "", "no JSON (" + message_of(error) + ")", "one JSON value");
  }
}

Json read_json_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    throw InputError(file.string(), "", "no such file", "an existing JSON file");
  if (!std::filesystem::is_regular_file(file, error))
    throw InputError(file.string(), "", "no regular file", "a JSON file");
  std::ifstream stream(file, std::ios::binary);
  std::string text(largest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad())
    throw InputError(file.string(), "", "a file that cannot be read", "a readable JSON file");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > largest_file)
    throw InputError(file.string(), "", "more than 1 MiB", "a JSON file of at most 1 MiB");
  return parse_json(text, file.string());
}

Json value_of_text(const std::string& text, const std::string& source) {
  try {
    return parse(text, source);
  } catch (const Json::parse_error&) {
    const Json value = text;
    try {
      (void)value.dump();
    } catch (const Json::exception&) {
      throw InputError(source, "", "text that is not UTF-8", "UTF-8");
    }
    return value;
  } catch (const Json::exception& error) {  // a JSON number beyond the range of a double
    throw InputError(source, "", message_of(error), "finite numbers");
  }
}

std::string shown(const Json& value) {
  constexpr std::size_t longest = 100;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a UTF-8 character
  return text.substr(0, end) + "...";
}

}  // namespace lemmata::scenarios
