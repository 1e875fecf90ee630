#include "scenarios/map/plan.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/configuration/validate.h"
#include "scenarios/system/system.h"
#include "sim/model/architecture.h"
#include "sim/optimizer/optimizer.h"

namespace lemmata::scenarios {
namespace {

constexpr long most_cells = 100'000;

Json variants_schema() {
  const Json variant = {
      {"type", "object"},
      {"required", {"name", "differences"}},
      {"additionalProperties", false},
      {"properties", {{"name", {{"type", "string"}, {"minLength", 1}}}, {"differences", {{"type", "object"}}}}}};
  return {{"type", "array"}, {"minItems", 1}, {"items", variant}};
}

Json optimizer_names() {
  Json names = Json::array();
  for (const sim::OptimizerEntry& entry : sim::optimizers()) names.push_back(entry.name);
  return names;
}

const Json& map_schema() {
  static const Json positive = {{"type", "number"}, {"exclusiveMinimum", 0}};
  static const Json rate = {
      {"anyOf", {positive, {{"type", "object"}}}}};  // an object: one rate per loss, checked when read
  static const Json optimizer = {{"type", "object"},
                                 {"required", {"name", "learning_rate"}},
                                 {"additionalProperties", false},
                                 {"properties",
                                  {{"name", {{"enum", optimizer_names()}}},
                                   {"learning_rate", rate},
                                   {"steps", {{"type", "integer"}, {"minimum", 1}}}}}};
  static const Json rates = {{"type", "object"},
                             {"required", {"ffn", "attention", "gate"}},
                             {"additionalProperties", false},
                             {"properties", {{"ffn", positive}, {"attention", positive}, {"gate", positive}}}};
  static const Json joint = {
      {"type", "object"},
      {"required", {"optimizers", "learning_rate"}},
      {"additionalProperties", false},
      {"properties",
       {{"optimizers", {{"type", "array"}, {"items", {{"enum", optimizer_names()}}}}}, {"learning_rate", rates}}}};
  static const Json schema = {{"type", "object"},
                              {"required", {"base", "steps", "models", "losses", "noises", "optimizers"}},
                              {"additionalProperties", false},
                              {"properties",
                               {{"description", {{"type", "string"}}},
                                {"base", {{"type", "string"}}},
                                {"differences", {{"type", "object"}}},
                                {"steps", {{"type", "integer"}, {"minimum", 1}, {"maximum", 1'000'000'000}}},
                                {"fraction", {{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 2}}},
                                {"seeds", {{"type", "integer"}, {"minimum", 1}, {"maximum", 1000}}},
                                {"models", variants_schema()},
                                {"losses", variants_schema()},
                                {"noises", variants_schema()},
                                {"optimizers", {{"type", "array"}, {"minItems", 1}, {"items", optimizer}}},
                                {"joint", joint}}}};
  return schema;
}

// Names go into files as words of one attribute and into labels of figures.
void require_name(const std::string& name, std::set<std::string>& seen, const std::string& key,
                  const std::string& source) {
  const bool plain =
      std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (!plain || !seen.insert(name).second)
    throw InputError(source, key, name, "letters, digits and _, no other entry's name");
}

std::vector<Variant> variants_of(const Json& json, const std::string& key, const std::string& source) {
  std::vector<Variant> list;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < json.size(); ++i) {
    list.push_back({json[i]["name"], overrides_of(json[i]["differences"])});
    require_name(list.back().name, seen, key + "." + std::to_string(i) + ".name", source);
  }
  return list;
}

std::map<std::string, double> rates_of(const Json& json, const std::vector<Variant>& losses, const std::string& key,
                                       const std::string& source) {
  std::map<std::string, double> rates;
  for (const Variant& loss : losses) {
    if (json.is_number()) {
      rates[loss.name] = json;
      continue;
    }
    if (!json.contains(loss.name) || !json[loss.name].is_number() || !(json[loss.name].get<double>() > 0)) {
      throw InputError(source, key + "." + loss.name, json.contains(loss.name) ? shown(json[loss.name]) : "nothing",
                       "a number > 0");
    }
    rates[loss.name] = json[loss.name];
  }
  return rates;
}

std::vector<MapOptimizer> optimizers_of(const Json& json, const std::vector<Variant>& losses, long most_steps,
                                        const std::string& source) {
  std::vector<MapOptimizer> list;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string key = "optimizers." + std::to_string(i), name = json[i]["name"];
    require_name(name, seen, key + ".name", source);
    const double steps = json[i].value("steps", static_cast<double>(most_steps));
    if (!(steps <= static_cast<double>(most_steps)))
      throw InputError(source, key + ".steps", shown(json[i]["steps"]),
                       "at most the map's own " + std::to_string(most_steps));
    list.push_back({name, rates_of(json[i]["learning_rate"], losses, key + ".learning_rate", source),
                    sim::optimizer_named(name, key).uses_hessian, static_cast<long>(steps)});
  }
  return list;
}

// Every regime is a valid scenario; if not, the map's file stands in front of what is wrong.
void require_regimes(const LawMapPlan& plan, const std::string& source) {
  try {
    for (const MapCell& cell : cells_of(plan)) regime_of(plan, cell);
  } catch (const InputError& error) {
    throw within_plan(source, error);
  }
}

LawMapPlan plan_of(const Json& json, const std::string& name, const std::string& source) {
  Fault fault;
  if (find_fault(map_schema(), json, "", fault)) throw InputError(source, fault.key, fault.found, fault.allowed);
  LawMapPlan plan;
  static_cast<Study&>(plan) = study_of(json, name);
  plan.steps = static_cast<long>(json["steps"].get<double>());
  plan.fraction = json.value("fraction", 1.0);
  plan.seeds = json.value("seeds", 1L);
  plan.models = variants_of(json["models"], "models", source);
  plan.losses = variants_of(json["losses"], "losses", source);
  plan.noises = variants_of(json["noises"], "noises", source);
  plan.optimizers = optimizers_of(json["optimizers"], plan.losses, plan.steps, source);
  if (json.contains("joint")) {
    plan.joint_optimizers = json["joint"]["optimizers"];
    plan.joint_rate = json["joint"]["learning_rate"];
  }
  const double cells = 2.0 * static_cast<double>(plan.models.size() * plan.losses.size()) *
                       static_cast<double>(plan.noises.size() * plan.optimizers.size());
  if (!(cells <= most_cells))
    throw InputError(source, "models", std::to_string(cells) + " cells", "a map of at most 100000 cells");
  require_regimes(plan, source);
  return plan;
}

bool has_block(const sim::ModelEntry& model, const std::string& block) {
  if (block == "gate") return model.gated;
  return block != "attention" || model.trains_attention;
}

// Less the blocks that the model does not have, and less the stages that would train the gate alone.
std::vector<sim::StageConfig> fitting(std::vector<sim::StageConfig> stages, const sim::ModelEntry& model) {
  for (sim::StageConfig& stage : stages)
    std::erase_if(stage.train, [&](const auto& entry) { return !has_block(model, entry.first); });
  std::erase_if(stages, [](const sim::StageConfig& stage) {
    return !stage.train.contains("ffn") && !stage.train.contains("attention");
  });
  return stages;
}

}  // namespace

LawMapPlan load_map(const std::string& name_or_file) {
  const PlanText text = plan_text(name_or_file, "map", shipped_maps());
  return plan_of(text.json, name_or_file, text.source);
}

std::vector<MapCell> cells_of(const LawMapPlan& plan) {
  std::vector<MapCell> cells;
  const auto add_frozen = [&](MapCell cell) {
    for (cell.optimizer = 0; cell.optimizer < plan.optimizers.size(); ++cell.optimizer) {
      const bool own = plan.optimizers[cell.optimizer].sets_own_step;
      for (const StepRule rule :
           own ? std::vector{StepRule::own} : std::vector{StepRule::equal, StepRule::lambda_max}) {
        cell.rule = rule;
        cells.push_back(cell);
      }
    }
  };
  const auto add_joint = [&](MapCell cell) {
    cell.schedule = MapSchedule::joint;
    for (cell.optimizer = 0; cell.optimizer < plan.optimizers.size(); ++cell.optimizer) {
      const auto& wanted = plan.joint_optimizers;
      if (std::find(wanted.begin(), wanted.end(), plan.optimizers[cell.optimizer].name) != wanted.end())
        cells.push_back(cell);
    }
  };
  for (std::size_t model = 0; model < plan.models.size(); ++model) {
    for (std::size_t loss = 0; loss < plan.losses.size(); ++loss) {
      for (std::size_t noise = 0; noise < plan.noises.size(); ++noise) {
        add_frozen({model, loss, noise});
        add_joint({model, loss, noise});
      }
    }
  }
  return cells;
}

std::string cell_name(const LawMapPlan& plan, const MapCell& cell) {
  return plan.models[cell.model].name + ", " + plan.losses[cell.loss].name + ", noise " + plan.noises[cell.noise].name +
         ", " + plan.optimizers[cell.optimizer].name + ", " + step_rule_names[static_cast<std::size_t>(cell.rule)] +
         ", " + schedule_names[static_cast<std::size_t>(cell.schedule)];
}

Scenario regime_of(const LawMapPlan& plan, const MapCell& cell) {
  std::vector<Override> differences = plan.differences;
  for (const Variant* variant : {&plan.models[cell.model], &plan.losses[cell.loss], &plan.noises[cell.noise]}) {
    differences.insert(differences.end(), variant->differences.begin(), variant->differences.end());
  }
  Scenario scenario = load_scenario(plan.base, differences);
  require_mixture(scenario);
  std::vector<sim::StageConfig>& stages = scenario.config.stages;
  stages.pop_back();
  if (cell.schedule == MapSchedule::joint) stages.clear();
  stages = fitting(stages, sim::model_named(scenario.config.model.kind));
  return scenario;
}

}  // namespace lemmata::scenarios
