#include "scenarios/map/plan.h"
#include "scenarios/boundary/boundary_run.h"
#include "scenarios/map/stored_run.h"
#include "scenarios/study/resumed_lines.h"
#include "tests/fuzz/target.h"

namespace {

using namespace lemmata;

void read_plan(const std::filesystem::path& file, bool is_map) {
  if (!is_map) {
    const scenarios::BoundaryPlan plan = scenarios::load_boundary(file);
    const double value = scenarios::value_at(plan.search, 0.5);
    scenarios::place_of(plan.search, value);
    scenarios::point_scenario(plan, plan.rows.values.size() - 1, value);
    return;
  }
  const scenarios::LawMapPlan plan = scenarios::load_map(file);
  const std::vector<scenarios::MapCell> cells = scenarios::cells_of(plan);
  if (!cells.empty()) scenarios::regime_of(plan, cells.back());
}

// The file as it is, and what its lines would say if each had its digest.
void read_lines(const std::filesystem::path& file, std::string_view text, bool is_map) {
  fuzz::takes([&] { scenarios::resumed_lines(file, "{}", is_map ? "map" : "boundary"); });
  fuzz::first_line(text);
  std::string sealed = "{}\n";
  std::vector<std::string> kept;
  while (!text.empty()) {
    const std::string line(fuzz::first_line(text));
    if (line.size() > 1 && line.ends_with('}')) {
      kept.push_back(line);
      sealed += scenarios::sealed_line(line) + "\n";
    }
    fuzz::takes([&] {
      if (is_map)
        static_cast<void>(scenarios::line_of(scenarios::run_of_line(line, "line")));
      else
        static_cast<void>(scenarios::line_of(scenarios::boundary_run_of_line(line, "line")));
    });
  }
  fuzz::takes([&] {
    if (scenarios::resumed_lines(fuzz::file_of("sealed.jsonl", sealed), "{}", "map") != kept)
      fuzz::finding("lines that are not what was sealed");
  });
}

// A larger plan only takes longer: every regime is looked at.
bool is_small(std::string_view text) {
  std::size_t names = 0;
  for (std::size_t at = text.find("name"); at != std::string_view::npos; at = text.find("name", at + 1)) ++names;
  return names <= 16;
}

}  // namespace

// A first line of two words, "map" or "boundary" and "plan" or "lines", then the plan of such a study, or what it has
// written so far (`lemmata map`, `lemmata boundary`).
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const std::string_view kind = fuzz::first_line(text);
  const bool is_map = kind.starts_with("map"), is_plan = kind.ends_with("plan");
  const std::filesystem::path file = fuzz::file_of(is_plan ? "plan.json" : "study.jsonl", text);
  if (is_plan && !is_small(text)) return 0;
  if (is_plan)
    fuzz::takes([&] { read_plan(file, is_map); });
  else
    read_lines(file, text, is_map);
  return 0;
}
