#include "scenarios/evidence/measurement_journal.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "scenarios/build.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/evidence/measurements.h"
#include "scenarios/study/resumed_lines.h"

namespace lemmata::scenarios {
namespace {

using Key = std::tuple<std::string, std::string, long>;  // check, name, seed

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
    if (!record_.contains(name)) throw InputError(source_, name, "nothing", "a field of this record");
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

std::string header() {
  const Build now = build();
  return Json{{"measurements_of", now.version},
              {"git_commit", now.git_commit},
              {"compiler", now.compiler},
              {"flags", now.flags},
              {"simd", now.simd}}
      .dump();
}

}  // namespace

struct MeasurementJournal::Lines {
  struct Found {
    Json record;
    std::string source;  // file and line
  };
  std::map<Key, Found> records;

  void add(const std::string& line, const std::string& source) {
    const Json read = parse_json(line, source);
    const auto is = [&](const char* name, Json::value_t type) {
      return read.is_object() && read.contains(name) && read[name].type() == type;
    };
    const bool seeded = is("seed", Json::value_t::number_unsigned) || is("seed", Json::value_t::number_integer);
    if (!seeded || !is("check", Json::value_t::string) || !is("name", Json::value_t::string) ||
        !is("fields", Json::value_t::object))
      throw InputError(source, "", shown(read), "a record: check, name, seed, fields");
    records[{read["check"], read["name"], read["seed"].get<long>()}] = {read["fields"], source};
  }
};

MeasurementJournal::MeasurementJournal(std::filesystem::path file, bool resume)
    : file_(std::move(file)), found_(std::make_unique<Lines>()) {
  std::error_code ignored;
  if (!resume) std::filesystem::remove(file_, ignored);
  std::size_t number = 0;
  for (const std::string& line : resumed_lines(file_, header(), "check"))
    found_->add(line, line_source(file_, number++));
  lines_ = std::make_unique<analysis::LineFile>(file_, analysis::LineFile::Mode::append);
}

MeasurementJournal::~MeasurementJournal() = default;

std::size_t MeasurementJournal::size() const { return found_->records.size(); }

bool MeasurementJournal::read(const std::string& check, const std::string& name, long seed, const Move& move) const {
  const auto found = found_->records.find({check, name, seed});
  if (found == found_->records.end()) return false;
  Reader reader(found->second.record, found->second.source);
  try {
    move(reader);
  } catch (const StoredFault& fault) {
    throw InputError(found->second.source, "", fault.what(), "a record of this check");
  }
  return true;
}

void MeasurementJournal::append(const std::string& check, const std::string& name, long seed, const Move& move) {
  Writer writer;
  move(writer);
  lines_->append(Json{{"check", check}, {"name", name}, {"seed", seed}, {"fields", std::move(writer.record)}}.dump());
}

void MeasurementJournal::remove() {
  lines_.reset();
  std::error_code ignored;  // nothing is lost where it cannot be removed
  std::filesystem::remove(file_, ignored);
}

}  // namespace lemmata::scenarios
