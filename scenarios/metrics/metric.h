#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/result_writer.h"
#include "scenarios/system/state_fields.h"
#include "sim/train/trainer.h"

namespace lemmata::scenarios {

/// One recorded step: variable name -> values, row-major in the order of the variable's dimensions (without step).
using Row = std::map<std::string, std::vector<double>>;

/// Dimensions of a run: class, expert, feature, token_kind, ... -> size.
using Dimensions = std::map<std::string, std::size_t>;

/// One group of recorded quantities. An instance belongs to one run and may remember its last record.
class Metric {
 public:
  virtual ~Metric() = default;
  /// What it records; may depend on the experiment (no held-out set, no label signals, no gate).
  virtual std::vector<analysis::VariableSpec> variables() const = 0;
  /// Adds the values of every variable to `row`.
  virtual void measure(const sim::Snapshot& snapshot, Row& row) = 0;
  /// Names what it remembers from record to record, for checkpoints; nothing by default.
  /// Checked by: tests/scenarios/mixture_resume_test.cpp, for every metric.
  virtual void state(StateFields&) {}
};

/// Variables that need signals or token kinds are left out when the data does not have them.
struct MetricEntry {
  std::string name, description, source;
  std::unique_ptr<Metric> (*make)(const sim::Experiment& experiment);
  /// What one record holds at most at once, where that may be more than the run itself does; sizes as in
  /// memory_estimate.
  double (*bytes)(const sim::Config& config) = nullptr;
};

std::span<const MetricEntry> metrics();

/// @throws sim::ConfigError("record.metrics", ...) on an unknown name.
const MetricEntry& metric_named(const std::string& name);

/// Sizes of the dimensions that variables of this experiment use. `expert` counts experts of a gated model, heads of a
/// single one; `shared` (size 1) is the axis of the one attention that all experts share.
Dimensions dimensions_of(const sim::Experiment& experiment);

/// Routing table (class, expert) from weights q (expert, sample): mean over the class's samples, by their weights. For
/// a model without a gate every sample goes to all heads, an equal share each, so that rows sum to 1. NaN for a class
/// without samples.
Matrix class_routing(const sim::Dataset& data, const Matrix& weight, Index units);

/// Share of every class, (class), summing to 1.
Vector class_share(const sim::Dataset& data);

/// <w_i, v_n> (unit, class), w_i the output-weighted sum of the unit's neurons (for one neuron w itself).
Matrix specialization_table(const sim::Architecture& architecture, const sim::Parameters& parameters,
                            const Matrix& label_signal);

/// Values of a matrix in row-major order, as files want them.
std::vector<double> row_major(const Matrix& matrix);

}  // namespace lemmata::scenarios
