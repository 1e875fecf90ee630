#include "scenarios/run/checkpoint.h"

#include <fcntl.h>

#include <bit>

#include "analysis/hdf5_reader.h"
#include "analysis/part_file.h"
#include "analysis/result_writer.h"
#include "scenarios/build.h"
#include "scenarios/configuration/sha256.h"
#include "scenarios/evidence/measurements.h"

namespace lemmata::scenarios {

analysis::Attributes identity_of(const Scenario& scenario) {
  const RecordSettings& plan = scenario.settings.record;
  std::string record =
      plan.every.steps == 0 ? "log " + std::to_string(plan.per_decade) : std::to_string(plan.every.steps);
  for (const std::string& metric : plan.metrics) record += " " + metric;
  analysis::Attributes identity = {{"config_hash", scenario.config_hash},
                                   {"seed", static_cast<std::int64_t>(scenario.config.seed)},
                                   {"record", record}};
  for (const auto& [name, value] : build_identity()) identity[name] = value;
  return identity;
}

std::string in_words(const analysis::Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return "nothing";
  if (const auto* text = std::get_if<std::string>(&found->second)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&found->second)) return std::to_string(*number);
  return "a number that is not whole";
}

namespace {

constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();

// Another program's file of that name is not written over. It may be damaged, and still be ours.
void require_checkpoint(const std::filesystem::path& file) {
  analysis::require_own(file, analysis::is_hdf5, O_RDONLY);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored) || std::filesystem::file_size(file, ignored) == 0) return;
  analysis::Attributes found;
  try {
    found = analysis::Hdf5Reader(file).attributes();
  } catch (const analysis::FileError&) {
    return;  // damaged: one that goes on from it will say so
  }
  if (!found.contains("config_hash") || !found.contains("stage_step"))
    throw analysis::FileError(file, "", "an HDF5 file of something else", "a checkpoint, or none yet");
}

}  // namespace

// Its identity is no part: it is compared with what it must be.
std::string digest_of(const analysis::Dataset& checkpoint) {
  Sha256 hash;
  const auto add = [&hash](const auto& array) {
    hash.add(std::to_string(array.size()) + ":");
    hash.add({reinterpret_cast<const char*>(array.data()), array.size() * sizeof array[0]});
  };
  for (const char* name : {"stage", "stage_step", "steps", "records", "records_checksum"})
    add(in_words(checkpoint.attributes, name));
  for (const auto& [name, size] : checkpoint.dimensions) {
    add(name);
    add(std::to_string(size));
  }
  std::map<std::string, const analysis::Variable*> ordered;
  for (const analysis::Variable& variable : checkpoint.variables) ordered[variable.name] = &variable;
  for (const auto& [name, variable] : ordered) {
    add(name);
    for (const std::string& dimension : variable->dimensions) add(dimension);
    add(std::to_string(variable->values.index()));  // its type
    std::visit(add, variable->values);
  }
  return hash.digest();
}

void require_run_files(const std::filesystem::path& result) {
  analysis::require_writable_target(result, analysis::is_hdf5);
  analysis::require_writable_target(analysis::beside(result, ".metrics.json"), analysis::is_json);
  analysis::require_writable_target(analysis::beside(result, ".checkpoint"), analysis::is_hdf5);
  require_checkpoint(analysis::beside(result, ".checkpoint"));
  analysis::require_own(analysis::beside(result, ".journal"), analysis::is_journal, O_RDWR);
  analysis::require_own(analysis::beside(result, ".jsonl"), analysis::is_live_curve, O_RDWR);
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
  require_run_files(result);
  if (plan.resume) stored_ = stored_checkpoint(scenario, result, plan.anyway);
}

std::optional<StoredCheckpoint> stored_checkpoint(const Scenario& scenario, const std::filesystem::path& result,
                                                  bool anyway) {
  const std::filesystem::path file = analysis::beside(result, ".checkpoint");
  if (!std::filesystem::exists(file)) return std::nullopt;
  StoredCheckpoint stored;
  stored.state = read_arrays(file);
  const analysis::Attributes& found = stored.state.attributes;
  for (const auto& [name, value] : identity_of(scenario)) {
    const auto there = found.find(name);
    if (there != found.end() && there->second == value) continue;
    const std::string was = in_words(found, name), is = in_words({{name, value}}, name);
    if (name == "record") throw analysis::FileError(file, name, was, is + ", the records that its journal has");
    if (!anyway)
      throw analysis::FileError(file, name, was,
                                is + ", with which alone it goes on to the same bits (--resume-anyway goes on and says "
                                     "so in the result)");
    stored.differences +=
        (stored.differences.empty() ? "" : "; ") + name + ": " + was + " until then, " + is + " from there on";
  }
  const auto number = [&](const std::string& name, std::int64_t most, std::int64_t least = 0) {
    const auto there = found.find(name);
    const auto* value = there == found.end() ? nullptr : std::get_if<std::int64_t>(&there->second);
    if (value == nullptr || *value < least || *value > most)
      throw analysis::FileError(file, name, in_words(found, name),
                                "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return *value;
  };
  const std::vector<sim::StageConfig>& stages = scenario.config.stages;
  SchedulePlace& place = stored.place;
  place.stage = number("stage", std::ssize(stages) - 1);
  place.stage_step = number("stage_step", stages[static_cast<std::size_t>(place.stage)].steps);
  long most = place.stage_step;  // a stage may have ended early
  for (long before = 0; before < place.stage; ++before) most += stages[static_cast<std::size_t>(before)].steps;
  place.steps = number("steps", most);
  stored.kept.records = static_cast<std::uint64_t>(number("records", place.steps + 1));
  stored.kept.checksum = std::bit_cast<std::uint64_t>(number("records_checksum", any_number, -any_number - 1));
  const std::string digest = digest_of(stored.state);
  if (in_words(found, "sha256") != digest)
    throw analysis::FileError(file, "sha256", in_words(found, "sha256"), digest + ", which its content has");
  return stored;
}

void Checkpoint::restore(const StateVisit& state) const {
  try {
    restore_state(stored_->state, state);
  } catch (const StateFault& fault) {
    throw analysis::FileError(file_, fault.object, fault.found, fault.allowed);
  }
}

void Checkpoint::replay(const std::function<void(long step, const Row& row)>& use) {
  if (!journal_ || stored_->kept.records == 0) return;
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

void Checkpoint::open_journal() {
  const analysis::JournalMark kept = stored_ ? stored_->kept : analysis::JournalMark();
  if (every_seconds_ > 0 || kept.records > 0)
    journal_ = std::make_unique<analysis::RecordJournal>(journal_file_, numbers_, kept);
}

// In this order: an old checkpoint that comes back after a crash must not find another run's journal.
void Checkpoint::begin() {
  analysis::remove_durably(file_);
  open_journal();
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
  const analysis::JournalMark mark = journal_->sync();  // first: the records it counts are there
  stored.attributes["records"] = static_cast<std::int64_t>(mark.records);
  stored.attributes["records_checksum"] = std::bit_cast<std::int64_t>(mark.checksum);
  stored.attributes["sha256"] = digest_of(stored);
  analysis::write_dataset(file_, stored);
  written_ = std::chrono::steady_clock::now();
}

// Nothing is lost where something cannot be removed.
void Checkpoint::remove() {
  journal_.reset();
  std::error_code ignored;
  std::filesystem::path part = file_;
  std::filesystem::remove(part += ".part",
                          ignored);  // of one that was being written when an earlier process was killed
  try {
    analysis::remove_durably(file_);
  } catch (const analysis::FileError&) {
    if (std::filesystem::exists(file_, ignored)) return;  // with its records
  }
  std::filesystem::remove(journal_file_, ignored);
}

void remove_records(const std::filesystem::path& result) {
  const std::filesystem::path journal = analysis::beside(result, ".journal");
  try {
    analysis::require_own(journal, analysis::is_journal, O_RDONLY);
  } catch (const analysis::FileError&) {
    return;
  }
  std::error_code ignored;
  std::filesystem::remove(journal, ignored);
}

}  // namespace lemmata::scenarios
