#include "scenarios/boundary/boundary_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/routing.h"
#include "scenarios/evidence/json_fields.h"
#include "scenarios/experiment/experiment.h"
#include "scenarios/measure/seeds.h"
#include "scenarios/metrics/metric.h"

namespace lemmata::scenarios {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double specialised_ratio = 2;  // claim M1

// Looks when the second stage begins, which is T1, and at the end; a schedule of one stage has T1 there.
class StageEnds final : public sim::Observer {
 public:
  StageEnds(BoundaryRun& run, const std::function<bool()>& proceed) : run_(run), proceed_(proceed) {}

  bool observe(const sim::Snapshot& snapshot) override {
    const bool second_begins = snapshot.state.stage == 1 && !seen_;
    if (second_begins || snapshot.closing) {
      const Specialisation found = specialisation(snapshot.problem, snapshot.state.parameters, snapshot.routing);
      if (!seen_) run_.at_t1 = found;
      if (snapshot.closing) run_.at_end = found;
      seen_ = true;
    }
    return proceed_();
  }

 private:
  BoundaryRun& run_;
  const std::function<bool()>& proceed_;
  bool seen_ = false;
};

bool is_covered(const sim::Experiment& experiment) {
  const Matrix table = specialization_table(sim::build_architecture(experiment.config.model), experiment.initial,
                                            experiment.data->label_signal);
  const auto winners = analysis::winner_sets(table);
  return std::none_of(winners.begin(), winners.end(), [](const std::vector<Index>& set) { return set.empty(); });
}

void specialisation_fields(Specialisation& found, Fields& fields, const std::string& when,
                           const std::string& in_words) {
  fields.number(
      "least_ratio_" + when, found.least_ratio,
      "least over classes of the best <w_i, v_n> / max_k |<w_i, v_k>| among experts that hold load, " + in_words);
  fields.number("least_purity_" + when, found.least_purity, "least purity over classes, noise-free, " + in_words);
  fields.number("least_purity_noisy_" + when, found.least_purity_noisy,
                "least purity over classes, q-mass, " + in_words);
}

}  // namespace

bool BoundaryRun::held(std::size_t outcome) const {
  switch (outcome) {
    case 0:
      return is_class_pure(at_t1);
    case 1:
      return at_t1.least_ratio >= specialised_ratio;
    case 2:
      return covered;
    case 3:
      return is_class_pure(at_end);
    default:
      return at_end.least_ratio >= specialised_ratio;
  }
}

void fields_of(BoundaryRun& run, Fields& fields) {
  fields.number("run_row", run.row, "row of the run");
  fields.number("run_number", run.number, "which run of its row");
  fields.number("seed", run.seed, "seed of the run");
  fields.number("value", run.value, "value of the searched setting");
  fields.flag("completed", run.completed, "0 = the run diverged");
  fields.flag("covered", run.covered, "1 = every class is won by some expert at the initial values");
  specialisation_fields(run.at_t1, fields, "t1", "at T1, the end of stage I");
  specialisation_fields(run.at_end, fields, "end", "at the end of stage II");
}

long seed_of(const BoundaryPlan& plan, std::size_t row, long number) {
  return static_cast<long>(row) * plan.rule.most_trials + number;
}

BoundaryRun boundary_run(const BoundaryPlan& plan, std::size_t row, long number, double value,
                         const std::function<bool()>& proceed) {
  BoundaryRun run;
  run.row = static_cast<long>(row);
  run.number = number;
  run.seed = seed_of(plan, row, number);
  run.value = value;
  run.at_t1 = run.at_end = {nan, nan, nan};
  const Scenario scenario = with_seed(point_scenario(plan, row, value), static_cast<std::uint64_t>(run.seed));
  const sim::Experiment experiment = prepare_experiment(scenario);
  run.covered = is_covered(experiment);
  sim::TrainingState state = sim::initial_state(experiment);
  StageEnds observer(run, proceed);
  run.completed = sim::train(experiment, state, observer).stop_reason == "completed";
  return run;
}

std::string line_of(BoundaryRun run) {
  return json_of_fields([&](Fields& fields) { fields_of(run, fields); }).dump();
}

BoundaryRun boundary_run_of_line(const std::string& line, const std::string& source) {
  BoundaryRun run;
  fields_of_json(parse_json(line, source), source, [&](Fields& fields) { fields_of(run, fields); });
  return run;
}

}  // namespace lemmata::scenarios
