#include "scenarios/evidence/measurement_journal.h"

#include <fcntl.h>

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "analysis/own_file.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/evidence/json_fields.h"
#include "scenarios/study/resumed_lines.h"

namespace lemmata::scenarios {
namespace {

using Key = std::tuple<std::string, std::string, long>;  // check, name, seed

std::string header() { return lines_header({{"measurements_of", "lemmata check"}}); }

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
  analysis::require_own(file_, begins_as(header()), O_RDONLY);
  if (!resume) analysis::remove_durably(file_);
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
  fields_of_json(found->second.record, found->second.source, move);
  return true;
}

void MeasurementJournal::append(const std::string& check, const std::string& name, long seed, const Move& move) {
  const Json record = {{"check", check}, {"name", name}, {"seed", seed}, {"fields", json_of_fields(move)}};
  lines_->append(sealed_line(record.dump()));
}

void MeasurementJournal::remove() {
  lines_.reset();
  std::error_code ignored;  // nothing is lost where it cannot be removed
  std::filesystem::remove(file_, ignored);
}

}  // namespace lemmata::scenarios
