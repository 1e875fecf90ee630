#include "scenarios/evidence/json_fields.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

// A number exactly: what JSON has no word for as the hexadecimal digits of its bits.
Json exact(double value) {
  if (std::isfinite(value)) return value;
  char text[17] = {};
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value)));
  return text;
}

double number_of(const Json& value, const std::string& source, const std::string& name) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    std::uint64_t bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
    if (text.size() == 16 && error == std::errc() && end == text.data() + 16) return std::bit_cast<double>(bits);
  }
  throw InputError(source, name, shown(value), "a number, or the 16 hexadecimal digits of its bits");
}

class Writer final : public Fields {
 public:
  Json record = Json::object();

 private:
  void scalar(const std::string& name, double& value, const std::string&) override { record[name] = exact(value); }
  void row(const std::string& name, const std::string&, std::vector<double>& values, const std::string&) override {
    Json& list = record[name] = Json::array();
    for (const double value : values) list.push_back(exact(value));
  }
};

class Reader final : public Fields {
 public:
  Reader(const Json& record, const std::string& source) : record_(record), source_(source) {}

 private:
  const Json& at(const std::string& name) const {
    if (!record_.is_object() || !record_.contains(name))
      throw InputError(source_, name, shown(record_), "a record with this field");
    return record_[name];
  }
  void scalar(const std::string& name, double& value, const std::string&) override {
    value = number_of(at(name), source_, name);
  }
  void row(const std::string& name, const std::string&, std::vector<double>& values, const std::string&) override {
    const Json& list = at(name);
    if (!list.is_array()) throw InputError(source_, name, shown(list), "a list of numbers");
    values.clear();
    for (const Json& value : list) values.push_back(number_of(value, source_, name));
  }
  const Json& record_;
  const std::string& source_;
};

}  // namespace

Json json_of_fields(const MoveFields& move) {
  Writer writer;
  move(writer);
  return std::move(writer.record);
}

void fields_of_json(const Json& record, const std::string& source, const MoveFields& move) {
  Reader reader(record, source);
  try {
    move(reader);
  } catch (const StoredFault& fault) {
    throw InputError(source, "", fault.what(), "a record of this kind");
  }
}

}  // namespace lemmata::scenarios
