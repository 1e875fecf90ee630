#pragma once
#include <stdexcept>
#include <string>

namespace lemmata::scenarios {

/// Settings or arguments that are not allowed. The program prints the message and exits with 2; nothing is
/// half-written.
class InputError : public std::runtime_error {
 public:
  /// @param source   where the value was written: a file, "scenario NAME", "--set PATH=VALUE", or "" for the command
  /// line.
  /// @param key      dotted path of the value, such as "stages.0.train.ffn.learning_rate"; empty for the whole.
  /// @param found    the value found, as written.
  /// @param allowed  what is allowed, as words.
  InputError(std::string source, std::string key, std::string found, std::string allowed)
      : std::runtime_error((source.empty() ? "" : source + ": ") + (key.empty() ? "" : key + ": ") + "found " + found +
                           ", allowed: " + allowed),
        source_(std::move(source)), key_(std::move(key)), found_(std::move(found)), allowed_(std::move(allowed)) {}

  const std::string& source() const { return source_; }
  const std::string& key() const { return key_; }
  const std::string& found() const { return found_; }
  const std::string& allowed() const { return allowed_; }

 private:
  std::string source_, key_, found_, allowed_;
};

}  // namespace lemmata::scenarios
