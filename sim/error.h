#pragma once
#include <sstream>
#include <stdexcept>
#include <string>

namespace lemmata::sim {

/// A configuration value that is not allowed. `scenarios` puts the file and the JSON path in front of `field`.
class ConfigError : public std::invalid_argument {
 public:
  /// @param field    dotted path inside the settings, such as "data.noise_std".
  /// @param found    the value found.
  /// @param allowed  what is allowed, as words: "a number >= 0".
  template <class Value>
  ConfigError(std::string field, const Value& found, std::string allowed)
      : ConfigError(std::move(field), text(found), std::move(allowed), 0) {}

  const std::string& field() const { return field_; }
  const std::string& found() const { return found_; }
  const std::string& allowed() const { return allowed_; }

 private:
  ConfigError(std::string field, std::string found, std::string allowed, int)
      : std::invalid_argument(field + ": found " + found + ", allowed: " + allowed),
        field_(std::move(field)), found_(std::move(found)), allowed_(std::move(allowed)) {}

  template <class Value>
  static std::string text(const Value& value) {
    std::ostringstream stream;
    stream.precision(17);
    stream << value;
    return stream.str();
  }

  std::string field_, found_, allowed_;
};

}  // namespace lemmata::sim
