#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "analysis/steps_to_eps.h"
#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {

/// What is recorded and when.
struct RecordPlan {
  long every = 0;  ///< steps; 0 = log-spaced
  long per_decade = 50;
  std::vector<std::string> metrics;  ///< names of metric groups; `loss` is always among them
};

/// Recorded rows in memory, with the layout that a file needs.
struct Trajectory {
  std::vector<analysis::VariableSpec> variables;
  Dimensions dimensions;
  std::vector<long> steps;
  std::vector<Row> rows;

  /// A scalar variable over the recorded steps. @throws std::out_of_range if it was not recorded.
  std::vector<double> curve(const std::string& name) const;
  /// One component of a variable over the recorded steps.
  std::vector<double> curve(const std::string& name, std::size_t component) const;
  std::vector<double> times() const;  ///< steps as numbers
};

/// Observer that measures what the plan says and follows T(eps) of the prediction loss at every step.
class Recorder final : public sim::Observer {
 public:
  /// Called with every recorded row; return false to interrupt the run. May be empty.
  using Sink = std::function<bool(long step, const Row& row)>;
  /// Called at every step, before anything of it is noted (progress bars, checkpoints); return false to interrupt. May
  /// be empty.
  using Tick = std::function<bool(const sim::Snapshot&)>;

  Recorder(const sim::Experiment& experiment, const RecordPlan& plan, Sink sink, Tick tick = {});

  bool observe(const sim::Snapshot& snapshot) override;
  /// Names all that it remembers, for checkpoints. Checked by: tests/scenarios/mixture_resume_test.cpp.
  void state(StateFields& fields);

  std::vector<analysis::VariableSpec> variables() const;
  const analysis::StepsToEps& from_start() const { return from_start_; }
  /// Counted from the first step of the last stage.
  const analysis::StepsToEps& from_last_stage() const { return from_last_stage_; }

 private:
  RecordPlan plan_;
  std::vector<std::unique_ptr<Metric>> metrics_;
  Sink sink_;
  Tick tick_;
  int last_stage_;
  long last_recorded_ = -1, last_stage_start_ = -1;
  analysis::StepsToEps from_start_, from_last_stage_;
};

/// Trains and keeps every row in memory.
struct RunResult {
  Trajectory trajectory;
  sim::TrainingState final;
  sim::TrainingResult training;
  analysis::StepsToEps from_start, from_last_stage;
};
RunResult run_in_memory(const sim::Experiment& experiment, const RecordPlan& plan, sim::ThreadTeam* team = nullptr,
                        Recorder::Tick tick = {});

}  // namespace lemmata::scenarios
