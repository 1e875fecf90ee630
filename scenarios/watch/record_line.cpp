#include "scenarios/watch/record_line.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace lemmata::scenarios {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// Event by event: a tree of a long line of someone else's would cost more than what is taken from it.
class NumberReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return take(nothing); }
  bool boolean(bool) override { return pass(); }
  bool number_integer(number_integer_t value) override { return take(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return take(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return take(value); }
  bool string(string_t&) override { return pass(); }
  bool binary(binary_t&) override { return pass(); }
  bool start_object(std::size_t) override { return ++depth_ > 0; }
  bool key(string_t& name) override {
    if (depth_ == 1) key_ = name;
    return true;
  }
  bool end_object() override { return --depth_ >= 0; }
  bool start_array(std::size_t) override { return pass() && ++depth_ > 0; }
  bool end_array() override { return --depth_ >= 0; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  RecordNumbers numbers;

 private:
  bool pass() const { return depth_ > 0; }  // outside of every object: the line is none
  bool take(double value) {
    if (depth_ == 1) numbers.emplace_back(key_, value);
    return pass();
  }
  int depth_ = 0;
  std::string key_;
};

}  // namespace

std::optional<RecordNumbers> numbers_of_line(std::string_view line) {
  NumberReader reader;
  if (!nlohmann::json::sax_parse(line, &reader)) return std::nullopt;
  return std::move(reader.numbers);
}

double number_of(const RecordNumbers& record, std::string_view key) {
  for (const auto& [name, value] : record) {
    if (name == key) return value;
  }
  return nothing;
}

}  // namespace lemmata::scenarios
