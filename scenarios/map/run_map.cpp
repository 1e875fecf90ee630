#include "scenarios/map/run_map.h"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "analysis/line_file.h"
#include "scenarios/study/resumed_lines.h"

namespace lemmata::scenarios {
namespace {

std::string header(const LawMapPlan& plan) { return lines_header({{"map", plan.name}, {"map_hash", plan.hash}}); }

void require_cell(const std::vector<MapCell>& cells, const StoredRun& run, const std::string& source) {
  const std::size_t place = run.code("cell");
  if (place >= cells.size())
    throw InputError(source, "cell", std::to_string(place), "less than " + std::to_string(cells.size()));
  const StoredRun expected = stored_run(cells[place], place, CellRun());
  for (const char* name : {"model", "loss", "noise", "optimizer", "step_rule", "schedule"}) {
    if (run.number(name) != expected.number(name))
      throw InputError(source, name, shown(run.number(name)), shown(expected.number(name)) + ", as the cell has it");
  }
}

std::vector<StoredRun> earlier_runs(const LawMapPlan& plan, const std::filesystem::path& lines) {
  std::vector<StoredRun> runs;
  for (const std::string& line : resumed_lines(lines, header(plan), "map"))
    runs.push_back(run_of_line(line, line_source(lines, runs.size())));
  const std::vector<MapCell> cells = cells_of(plan);
  for (std::size_t i = 0; i < runs.size(); ++i) require_cell(cells, runs[i], line_source(lines, i));
  return runs;
}

bool by_cell_and_seed(const StoredRun& a, const StoredRun& b) {
  return std::pair(a.number("cell"), a.number("seed")) < std::pair(b.number("cell"), b.number("seed"));
}

struct Work {
  std::size_t first = 0;            // place of its first cell
  std::vector<std::size_t> places;  // cells with the same stages before the last one
};

bool share_prefix(const MapCell& a, const MapCell& b) {
  return a.schedule == MapSchedule::frozen && b.schedule == MapSchedule::frozen && a.model == b.model &&
         a.loss == b.loss && a.noise == b.noise;
}

// Cells without a run of this seed that need one, those with one prefix together.
std::vector<Work> pending(const std::vector<MapCell>& cells, const std::vector<StoredRun>& runs, long seed) {
  std::vector<std::vector<const StoredRun*>> found(cells.size());
  for (const StoredRun& run : runs) found.at(run.code("cell")).push_back(&run);
  std::vector<Work> work;
  for (std::size_t place = 0; place < cells.size(); ++place) {
    const bool has = std::any_of(found[place].begin(), found[place].end(), [&](const StoredRun* run) {
      return run->number("seed") == static_cast<double>(seed);
    });
    if (has || !is_open(found[place])) continue;
    if (work.empty() || !share_prefix(cells[work.back().first], cells[place])) work.push_back({place, {}});
    work.back().places.push_back(place);
  }
  return work;
}

}  // namespace

bool is_open(std::span<const StoredRun* const> runs) {
  return std::none_of(runs.begin(), runs.end(), [](const StoredRun* run) {
    const bool has_floor = std::isfinite(run->number("floor"));
    return run->number("pure") == 1 && run->law("zero") != GapLaw::unclear &&
           (!has_floor || run->law("floor") != GapLaw::unclear);
  });
}

std::vector<StoredRun> run_map(const LawMapPlan& plan, const std::filesystem::path& lines, sim::ThreadTeam& team,
                               const MapWatch& watch) {
  const std::vector<MapCell> cells = cells_of(plan);
  std::vector<StoredRun> runs = earlier_runs(plan, lines);
  analysis::LineFile file(lines, analysis::LineFile::Mode::append);
  std::mutex mutex;
  for (long seed = 0; seed < plan.seeds; ++seed) {
    const std::vector<Work> work = pending(cells, runs, seed);
    long total = 0;
    for (const Work& one : work) total += static_cast<long>(one.places.size());
    watch.round(total);
    team.run(static_cast<long>(work.size()), [&](long number, int) {
      const Work& one = work[static_cast<std::size_t>(number)];
      if (!watch.proceed()) return;
      const bool frozen = cells[one.first].schedule == MapSchedule::frozen;
      const std::optional<MapPrefix> prefix =
          frozen ? std::optional(map_prefix(plan, cells[one.first], seed)) : std::nullopt;
      for (const std::size_t place : one.places) {
        const CellRun run = run_cell(plan, cells[place], seed, prefix ? &*prefix : nullptr, watch.proceed);
        if (!watch.proceed()) return;  // interrupted within the run: not kept
        const StoredRun stored = stored_run(cells[place], place, run);
        file.append(sealed_line(line_of(stored)));
        const std::lock_guard lock(mutex);
        runs.push_back(stored);
        watch.done();
      }
    });
    if (!watch.proceed()) break;
  }
  std::sort(runs.begin(), runs.end(), by_cell_and_seed);
  return runs;
}

}  // namespace lemmata::scenarios
