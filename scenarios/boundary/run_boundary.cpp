#include "scenarios/boundary/run_boundary.h"

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/line_file.h"
#include "scenarios/study/resumed_lines.h"

namespace lemmata::scenarios {
namespace {

using Key = std::pair<long, long>;  // row and number of a run

std::string header(const BoundaryPlan& plan) {
  return lines_header({{"boundary", plan.name}, {"boundary_hash", plan.hash}});
}

struct EarlierRun {
  BoundaryRun run;
  std::string source;
};

std::map<Key, EarlierRun> earlier_runs(const BoundaryPlan& plan, const std::filesystem::path& lines) {
  std::map<Key, EarlierRun> runs;
  std::size_t i = 0;
  for (const std::string& line : resumed_lines(lines, header(plan), "boundary")) {
    const std::string source = line_source(lines, i++);
    const BoundaryRun run = boundary_run_of_line(line, source);
    runs.insert_or_assign({run.row, run.number}, EarlierRun{run, source});
  }
  return runs;
}

struct RowSearch {
  analysis::ResponseCurve curve;
  std::vector<BoundaryRun> runs;
  std::size_t ended = 0;  // runs of batches before
  bool open = true;
  bool left_over = false;  // whether the runs that it will not need are counted
};

// What the next batch of a row still needs; the runs of the whole batch are put in their places before they are done.
void begin_batch(const BoundaryPlan& plan, std::size_t row, RowSearch& search) {
  const auto before = static_cast<long>(search.runs.size());
  const std::vector<double> places = analysis::next_batch(search.curve, before, plan.rule);
  search.open = !places.empty();
  for (std::size_t i = 0; i < places.size(); ++i) {
    BoundaryRun run;
    run.row = static_cast<long>(row);
    run.number = before + static_cast<long>(i);
    run.value = value_at(plan.search, places[i]);
    search.runs.push_back(run);
  }
}

void end_batch(const BoundaryPlan& plan, RowSearch& search) {
  for (std::size_t i = search.ended; i < search.runs.size(); ++i) {
    const BoundaryRun& run = search.runs[i];
    search.curve.add({place_of(plan.search, run.value), run.held(plan.outcome)});
  }
}

// The run that was found for this one, if it is the same.
bool restore(BoundaryRun& run, const std::map<Key, EarlierRun>& earlier) {
  const auto found = earlier.find({run.row, run.number});
  if (found == earlier.end()) return false;
  if (found->second.run.value != run.value)
    throw InputError(found->second.source, "value", shown(found->second.run.value),
                     shown(run.value) + ", the value of this run by the runs before it; remove the file to start anew");
  run = found->second.run;
  return true;
}

// Begins the next batch of every open row. The runs that are not there yet, and whether any row is open.
std::vector<BoundaryRun*> begin_batches(const BoundaryPlan& plan, std::vector<RowSearch>& rows, sim::ThreadTeam& team,
                                        const std::map<Key, EarlierRun>& earlier, const BoundaryWatch& watch,
                                        bool& open) {
  team.run(static_cast<long>(rows.size()), [&](long row, int) {
    RowSearch& search = rows[static_cast<std::size_t>(row)];
    search.ended = search.runs.size();
    if (search.open) begin_batch(plan, static_cast<std::size_t>(row), search);
  });
  std::vector<BoundaryRun*> work;
  open = false;
  for (RowSearch& search : rows) {
    open = open || search.open;
    for (std::size_t i = search.ended; i < search.runs.size(); ++i) {
      if (restore(search.runs[i], earlier))
        watch.done(1);
      else
        work.push_back(&search.runs[i]);
    }
    if (search.open || search.left_over) continue;
    search.left_over = true;
    watch.done(plan.rule.most_trials - static_cast<long>(search.runs.size()));
  }
  return work;
}

}  // namespace

std::vector<BoundaryRun> run_boundary(const BoundaryPlan& plan, const std::filesystem::path& lines,
                                      sim::ThreadTeam& team, const BoundaryWatch& watch) {
  const std::map<Key, EarlierRun> earlier = earlier_runs(plan, lines);
  analysis::LineFile file(lines, analysis::LineFile::Mode::append);
  std::vector<RowSearch> rows(plan.rows.values.size());
  for (bool open = true; open && watch.proceed();) {
    const std::vector<BoundaryRun*> work = begin_batches(plan, rows, team, earlier, watch, open);
    team.run(static_cast<long>(work.size()), [&](long number, int) {
      BoundaryRun& run = *work[static_cast<std::size_t>(number)];
      if (!watch.proceed()) return;
      run = boundary_run(plan, static_cast<std::size_t>(run.row), run.number, run.value, watch.proceed);
      if (!watch.proceed()) return;  // interrupted within the run: not kept
      file.append(sealed_line(line_of(run)));
      watch.done(1);
    });
    if (!watch.proceed()) break;
    team.run(static_cast<long>(rows.size()),
             [&](long row, int) { end_batch(plan, rows[static_cast<std::size_t>(row)]); });
  }
  std::vector<BoundaryRun> runs;
  for (const RowSearch& row : rows) runs.insert(runs.end(), row.runs.begin(), row.runs.end());
  return runs;
}

}  // namespace lemmata::scenarios
