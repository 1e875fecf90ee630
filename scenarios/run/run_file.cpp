#include "scenarios/run/run_file.h"

#include <nlohmann/json.hpp>

#include "analysis/result_writer.h"

namespace lemmata::scenarios {

RunFile::RunFile(const Scenario& scenario, const std::filesystem::path& target, const analysis::ResultLayout& layout,
                 const RunTeam& team, const StepTick& tick, const CheckpointPlan& plan)
    : files_(team.files),
      tick_(tick),
      plan_(plan),
      checkpoint_(scenario, target, layout, plan),
      target_(target),
      layout_(layout) {}

void RunFile::begin(const analysis::Attributes& attributes, const analysis::Dataset& initial, const StateVisit& state) {
  if (place()) {
    checkpoint_.restore(state);
    checkpoint_.open_journal();
  }
  writer_.emplace(target_, layout_, attributes);
  writer_->write_group("initial", initial);
  if (place())
    go_on();
  else
    checkpoint_.begin();
}

void RunFile::go_on() {
  here_ = *place();
  checkpoint_.replay([&](long step, const Row& row) {
    writer_->append(step, row);
    look_at(step, row);
  });
  outcome_.resumed_from = here_.steps;
  writer_->set_attribute("resumed_from_step", std::int64_t{here_.steps});
  if (!checkpoint_.differences().empty()) writer_->set_attribute("resumed_anyway", checkpoint_.differences());
  if (plan_.on_resume) plan_.on_resume(here_.steps);
}

void RunFile::between(const SchedulePlace& place, const StateVisit& state) {
  here_ = place;
  if (!checkpoint_.is_due()) return;
  const std::lock_guard lock(files_);
  checkpoint_.write(place, state);
}

bool RunFile::tick() {
  if (writer_->is_flush_due()) {  // records may lie far apart
    const std::lock_guard lock(files_);
    writer_->flush_if_due();
  }
  return !tick_ || tick_();
}

void RunFile::record(long step, const Row& row) {
  const std::lock_guard lock(files_);
  writer_->append(step, row);
  checkpoint_.record(step, row);
  look_at(step, row);
}

void RunFile::look_at(long step, const Row& row) {
  notes_.observe(step, row);
  for (const auto& [name, number] : {std::pair("loss", &outcome_.loss), {"prediction_loss", &outcome_.prediction_loss}})
    if (const auto found = row.find(name); found != row.end()) *number = found->second.at(0);
}

RunOutcome RunFile::finish(const sim::TrainingResult& training, const std::map<std::string, analysis::Dataset>& groups,
                           const StateVisit& state) {
  const std::lock_guard lock(files_);
  outcome_.training = training;
  if (training.stop_reason == "diverged") notes_.diverged(training.steps, groups.at("final"));
  outcome_.notes = notes_.list();
  outcome_.wall_time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const bool is_interrupted = training.stop_reason == "interrupted";
  if (is_interrupted) checkpoint_.write(here_, state);
  for (const auto& [name, content] : groups) writer_->write_group(name, content);
  writer_->set_attribute("wall_time_s", outcome_.wall_time);
  writer_->set_attribute("stop_reason", training.stop_reason);
  writer_->set_attribute("numerical_notes", json_from_notes(outcome_.notes).dump());
  writer_->set_attribute("last_finite_step", std::int64_t{training.last_finite_step});
  writer_->finish();
  if (!is_interrupted) checkpoint_.remove();
  return outcome_;
}

}  // namespace lemmata::scenarios
