#include "scenarios/experiment/memory_estimate.h"

#include <cmath>

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "scenarios/metrics/metric.h"
#include "scenarios/system/system.h"
#include "sim/model/architecture.h"

namespace lemmata::scenarios {
namespace {

// Of a sample and an expert: logit, probability, weight, output and gate signal, with the intermediate results of a
// step and of its record; and of a sample alone. Counted in the running program.
constexpr double numbers_per_routed = 14, numbers_per_sample = 20;

// Copies of a block that its optimiser keeps between steps.
int copies_kept(const std::string& optimizer) {
  if (optimizer == "adam") return 2;
  return optimizer == "momentum" ? 1 : 0;
}

}  // namespace

double sample_count(const sim::DataConfig& data) {
  const auto classes = static_cast<double>(data.classes);
  return data.sampling == "enumerated" ? 4 * classes * (classes - 1) * static_cast<double>(data.replicates)
                                       : static_cast<double>(data.samples);
}

MemoryEstimate memory_estimate(const sim::Config& config, std::span<const std::string> recorded) {
  const auto real = [](auto n) { return static_cast<double>(n); };
  const sim::DataConfig& data = config.data;
  const sim::Architecture architecture = sim::build_architecture(config.model);
  const double d = real(data.features), units = real(architecture.units()), experts = real(architecture.experts);
  MemoryEstimate estimate;
  estimate.samples = sample_count(data);
  estimate.heldout = real(data.heldout);
  const double sample_bytes =
      8 * d * real(data.tokens) + real(data.tokens) + 8 + 8 + 4;  // tokens, kinds, label, weight, class
  estimate.data_bytes = (estimate.samples + estimate.heldout) * sample_bytes;
  const double ffn = 8 * d * units * real(architecture.neurons), output = 8 * real(architecture.neurons) * units;
  const double attention = 8 * d * d * real(architecture.attentions()), gate = architecture.gated ? 8 * d * experts : 0;
  estimate.parameter_bytes = ffn + attention + gate + output;
  double kept = 0;
  for (const sim::StageConfig& stage : config.stages) {
    double bytes = 0;
    for (const auto& [block, training] : stage.train) {
      bytes += copies_kept(training.optimizer) * (block == "ffn"         ? ffn
                                                  : block == "attention" ? attention
                                                  : block == "gate"      ? gate
                                                                         : output);
      const double slice = block == "ffn" ? d * real(architecture.neurons) : block == "attention" ? d * d : d;
      if (training.optimizer == "newton")
        estimate.hessian_bytes = std::max(estimate.hessian_bytes, 8 * 3 * slice * slice);
    }
    kept = std::max(kept, bytes);
  }
  estimate.training_bytes = 2 * estimate.parameter_bytes + kept;
  estimate.routing_bytes = 8 * (numbers_per_routed * experts + numbers_per_sample) * estimate.samples;
  for (const std::string& name : recorded) {
    const auto bytes = metric_named(name).bytes;
    if (bytes) estimate.record_bytes = std::max(estimate.record_bytes, bytes(config));
  }
  return estimate;
}

std::string bytes_in_words(double bytes) {
  const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
  char text[64];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  return text;
}

double machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page > 0 ? static_cast<double>(pages) * static_cast<double>(page) : 0;
}

double memory_bytes(const Scenario& scenario, const sim::Config& config) {
  return is_mixture(scenario) ? memory_estimate(config, scenario.settings.record.metrics).total_bytes()
                              : system_named(scenario.settings.system).bytes(scenario.settings);
}

void require_memory(const Scenario& scenario, double bytes) {
  if (fits_in_memory(bytes)) return;
  const bool is_of_data = is_mixture(scenario);
  throw InputError(scenario.origins.source_of(is_of_data ? "data" : "model"), is_of_data ? "data" : "model and data",
                   "sizes that need " + bytes_in_words(bytes),
                   "at most the " + bytes_in_words(machine_memory()) + " of this machine");
}

bool fits_in_memory(double bytes) {
  const double machine = machine_memory();
  return machine > 0 ? bytes <= machine : !std::isnan(bytes);
}

}  // namespace lemmata::scenarios
