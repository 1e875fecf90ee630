#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/evidence/recheck.h"

namespace lemmata::scenarios {
namespace {

constexpr double rounding = 1e-6, of_text = 1e-3;  // another processor may round sums, and so fits, differently
constexpr double of_tolerance = 1e-4;              // of it, whatever it is about
constexpr double nothing = 1e-12;                  // a deviation that is rounding itself

bool close(double found, double derived, double share, double absolute) {
  return found == derived ||
         std::abs(found - derived) <= share * std::max(std::abs(found), std::abs(derived)) + absolute;
}

// The number that a text starts with, and its length; 0 if there is none.
std::size_t leading_number(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && std::isfinite(value) ? static_cast<std::size_t>(end - text.data()) : 0;
}

// Sentences are equal if they differ in the digits of numbers only, by no more than rounding.
bool same_text(std::string_view found, std::string_view derived) {
  while (!found.empty() && !derived.empty()) {
    double one = 0, other = 0;
    const std::size_t length = leading_number(found, one), other_length = leading_number(derived, other);
    if (length > 0 && other_length > 0) {
      if (!close(one, other, of_text, nothing)) return false;
      found.remove_prefix(length);
      derived.remove_prefix(other_length);
      continue;
    }
    if (found[0] != derived[0]) return false;
    found.remove_prefix(1);
    derived.remove_prefix(1);
  }
  return found.empty() && derived.empty();
}

std::string at(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

void differ(const std::string& path, const std::string& found, const std::string& derived,
            std::vector<std::string>& findings) {
  findings.push_back(path + ": found " + found + ", derived " + derived);
}

// A quantity's `measured` may itself be rounding, of the order its tolerance is made for; and a tolerance that is the
// half-width of a fit's interval, far narrower than what it is about, is the difference of numbers of that size.
double slack(const std::string& key, const Json& owner) {
  const auto number = [&](const char* name) {
    return owner.contains(name) && owner[name].is_number() ? std::abs(owner[name].get<double>()) : 0;
  };
  if (key == "measured") return std::min(nothing, 0.1 * number("tolerance"));
  if (key == "tolerance") return std::min(rounding * number("measured"), of_tolerance * number("tolerance"));
  return 0;
}

void compare_objects(const Json& found, const Json& derived, const std::string& path,
                     std::vector<std::string>& findings) {
  for (const auto& [key, value] : derived.items()) {
    const std::string where = at(path, key);
    if (!found.contains(key)) {
      differ(where, "nothing", shown(value), findings);
    } else if (value.is_number() && found[key].is_number()) {
      if (!close(found[key].get<double>(), value.get<double>(), rounding, slack(key, derived)))
        differ(where, shown(found[key]), shown(value), findings);
    } else {
      compare_json(found[key], value, where, findings);
    }
  }
  for (const auto& [key, value] : found.items()) {
    if (!derived.contains(key)) differ(at(path, key), shown(value), "no such key", findings);
  }
}

}  // namespace

void compare_json(const Json& found, const Json& derived, const std::string& path, std::vector<std::string>& findings) {
  if (found.is_object() && derived.is_object()) return compare_objects(found, derived, path, findings);
  if (found.is_array() && derived.is_array()) {
    if (found.size() != derived.size())
      return differ(path, std::to_string(found.size()) + " entries", std::to_string(derived.size()), findings);
    for (std::size_t i = 0; i < found.size(); ++i)
      compare_json(found[i], derived[i], at(path, std::to_string(i)), findings);
    return;
  }
  const bool same = found.is_number() && derived.is_number()
                        ? close(found.get<double>(), derived.get<double>(), rounding, 0)
                    : found.is_string() && derived.is_string()
                        ? same_text(found.get_ref<const std::string&>(), derived.get_ref<const std::string&>())
                        : found == derived;
  if (!same) differ(path, shown(found), shown(derived), findings);
}

}  // namespace lemmata::scenarios
