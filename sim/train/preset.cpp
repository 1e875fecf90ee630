#include "sim/train/preset.h"

#include <algorithm>
#include <span>
#include <string>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

constexpr long most_stages = 127;  // results store the stage as one signed byte

void check_three_stages(const std::vector<StageConfig>& stages) {
  if (stages.size() != 3)
    throw ConfigError("stages", std::to_string(stages.size()) + " stages", "3 stages, for a preset to rewrite");
  const char* const required[] = {"ffn", "attention", "ffn"};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string field = "stages." + std::to_string(i);
    if (!(stages[i].steps >= 0)) throw ConfigError(field + ".steps", stages[i].steps, "an integer >= 0");
    if (!stages[i].train.contains(required[i])) {
      throw ConfigError(field + ".train", "no block " + std::string(required[i]),
                        "a stage that trains " + std::string(required[i]));
    }
  }
}

StageConfig merged(std::span<const StageConfig> stages) {
  StageConfig result = stages.back();  // its stop rules and normalise_by_load
  result.name.clear();
  result.steps = 0;
  for (const StageConfig& stage : stages) {
    result.name += (result.name.empty() ? "" : "+") + stage.name;
    result.steps += stage.steps;
    for (const auto& [block, training] : stage.train) result.train[block] = training;
  }
  return result;
}

std::vector<StageConfig> alternating(const std::vector<StageConfig>& stages, long period) {
  const long total = stages[1].steps + stages[2].steps;
  const long turns = most_stages - 1;  // besides stage I
  const long shortest = std::max(1L, total / turns + (total % turns != 0));
  if (!(period >= shortest)) {
    std::string allowed = "an integer >= ";
    allowed.append(std::to_string(shortest))
        .append(" (at most ")
        .append(std::to_string(most_stages))
        .append(" stages)");
    throw ConfigError("schedule.period", period, allowed);
  }
  std::vector<StageConfig> result{stages[0]};
  for (long done = 0, turn = 0; done < total; ++turn) {
    StageConfig stage = stages[turn % 2 == 0 ? 1 : 2];
    stage.name.append(".").append(std::to_string(turn / 2 + 1));
    stage.steps = std::min(period, total - done);
    done += stage.steps;
    result.push_back(stage);
  }
  return result;
}

}  // namespace

std::vector<StageConfig> apply_preset(const std::string& preset, const std::vector<StageConfig>& stages, long period) {
  if (preset == "three_stage") return stages;
  if (preset != "two_stage" && preset != "two_stage_late" && preset != "joint" && preset != "alternating") {
    throw ConfigError("schedule.preset", preset, "three_stage | two_stage | two_stage_late | joint | alternating");
  }
  check_three_stages(stages);
  const std::span<const StageConfig> all(stages);
  if (preset == "two_stage") return {merged(all.first(2)), stages[2]};
  if (preset == "two_stage_late") return {stages[0], merged(all.last(2))};
  if (preset == "joint") return {merged(all)};
  return alternating(stages, period);
}

}  // namespace lemmata::sim
