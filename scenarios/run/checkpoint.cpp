#include "scenarios/run/checkpoint.h"

#include "analysis/hdf5_reader.h"
#include "analysis/result_writer.h"
#include "scenarios/build.h"
#include "scenarios/evidence/measurements.h"

namespace lemmata::scenarios {

analysis::Attributes identity_of(const Scenario& scenario) {
  const Build now = build();
  const RecordSettings& plan = scenario.settings.record;
  std::string record =
      plan.every.steps == 0 ? "log " + std::to_string(plan.per_decade) : std::to_string(plan.every.steps);
  for (const std::string& metric : plan.metrics) record += " " + metric;
  return {{"config_hash", scenario.config_hash},
          {"seed", static_cast<std::int64_t>(scenario.config.seed)},
          {"record", record},
          {"lemmata_version", now.version},
          {"git_commit", now.git_commit},
          {"compiler", now.compiler},
          {"flags", now.flags},
          {"simd", now.simd}};
}

std::string in_words(const analysis::Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return "nothing";
  if (const auto* text = std::get_if<std::string>(&found->second)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&found->second)) return std::to_string(*number);
  return "a number that is not whole";
}

Checkpoint::Checkpoint(const Scenario& scenario, const std::filesystem::path& result,
                       const analysis::ResultLayout& layout, const CheckpointPlan& plan)
    : scenario_(scenario),
      file_(analysis::beside(result, ".checkpoint")),
      journal_file_(analysis::beside(result, ".journal")),
      every_seconds_(plan.every_seconds),
      written_(std::chrono::steady_clock::now()) {
  for (const analysis::VariableSpec& variable : layout.recorded) {
    std::size_t size = 1;
    for (const std::string& name : variable.dimensions) size *= name == "step" ? 1 : layout.dimensions.at(name);
    variables_.emplace_back(variable.name, size);
    numbers_ += size;
  }
  if (plan.resume && std::filesystem::exists(file_)) read(plan.anyway);
}

void Checkpoint::read(bool anyway) {
  const analysis::Hdf5Reader reader(file_);
  const analysis::Attributes found = reader.attributes();
  for (const auto& [name, value] : identity_of(scenario_)) {
    const auto there = found.find(name);
    if (there != found.end() && there->second == value) continue;
    const std::string was = in_words(found, name), is = in_words({{name, value}}, name);
    if (!anyway)
      throw analysis::FileError(file_, name, was,
                                is + ", with which alone it goes on to the same bits (--resume-anyway goes on and says "
                                     "so in the result)");
    differences_ += (differences_.empty() ? "" : "; ") + name + ": " + was + " until then, " + is + " from there on";
  }
  const auto number = [&](const std::string& name, std::int64_t most) {
    const auto there = found.find(name);
    const auto* value = there == found.end() ? nullptr : std::get_if<std::int64_t>(&there->second);
    if (value == nullptr || *value < 0 || *value > most)
      throw analysis::FileError(file_, name, in_words(found, name), "a whole number from 0 to " + std::to_string(most));
    return static_cast<long>(*value);
  };
  const std::vector<sim::StageConfig>& stages = scenario_.config.stages;
  SchedulePlace place;
  place.stage = number("stage", std::ssize(stages) - 1);
  place.stage_step = number("stage_step", stages[static_cast<std::size_t>(place.stage)].steps);
  long most = place.stage_step;  // a stage may have ended early
  for (long before = 0; before < place.stage; ++before) most += stages[static_cast<std::size_t>(before)].steps;
  place.steps = number("steps", most);
  kept_ = static_cast<std::uint64_t>(number("records", place.steps + 1));
  state_ = read_arrays(file_);
  place_ = place;
}

void Checkpoint::restore(const StateVisit& state) const {
  try {
    restore_state(state_, state);
  } catch (const StateFault& fault) {
    throw analysis::FileError(file_, "", fault.what(), "the state of this scenario");
  }
}

void Checkpoint::replay(const std::function<void(long step, const Row& row)>& use) {
  if (!journal_ || kept_ == 0) return;
  journal_->replay([&](std::int64_t step, std::span<const double> numbers) {
    Row row;
    std::size_t at = 0;
    for (const auto& [name, size] : variables_) {
      row[name].assign(numbers.begin() + static_cast<long>(at), numbers.begin() + static_cast<long>(at + size));
      at += size;
    }
    use(static_cast<long>(step), row);
  });
}

void Checkpoint::begin() {
  if (!place_) {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  if (every_seconds_ > 0 || kept_ > 0)
    journal_ = std::make_unique<analysis::RecordJournal>(journal_file_, numbers_, kept_);
}

void Checkpoint::record(long step, const Row& row) {
  if (!journal_) return;
  row_.clear();
  for (const auto& [name, size] : variables_) {
    const std::vector<double>& values = row.at(name);
    row_.insert(row_.end(), values.begin(), values.end());
  }
  journal_->append(step, row_);
}

bool Checkpoint::is_due() const {
  return every_seconds_ > 0 &&
         std::chrono::steady_clock::now() - written_ >= std::chrono::duration<double>(every_seconds_);
}

void Checkpoint::write(const SchedulePlace& place, const StateVisit& state) {
  if (!(every_seconds_ > 0)) return;
  analysis::Dataset stored = stored_state(state);
  stored.attributes = identity_of(scenario_);
  stored.attributes["stage"] = std::int64_t{place.stage};
  stored.attributes["stage_step"] = std::int64_t{place.stage_step};
  stored.attributes["steps"] = std::int64_t{place.steps};
  stored.attributes["records"] = static_cast<std::int64_t>(journal_->sync());  // first: the records it counts are there
  analysis::write_dataset(file_, stored);
  written_ = std::chrono::steady_clock::now();
}

void Checkpoint::remove() {
  journal_.reset();
  std::error_code ignored;  // nothing is lost where they cannot be removed
  std::filesystem::remove(file_, ignored);
  std::filesystem::remove(journal_file_, ignored);
}

}  // namespace lemmata::scenarios
