#include "scenarios/metrics/metric.h"
#include "sim/registry.h"

namespace lemmata::scenarios {

#define METRIC(name) MetricEntry name##_metric();
#include "scenarios/metrics/list.def"
#undef METRIC

std::span<const MetricEntry> metrics() {
#define METRIC(name) name##_metric(),
  static const MetricEntry entries[] = {
#include "scenarios/metrics/list.def"
  };
#undef METRIC
  return entries;
}

const MetricEntry& metric_named(const std::string& name) { return sim::find_entry(metrics(), name, "record.metrics"); }

}  // namespace lemmata::scenarios
