#pragma once
#include <map>
#include <string>
#include <vector>

#include "scenarios/study/plan_text.h"

// A law map: which law T(eps) follows in every regime of a product of choices. Maps are data, scenarios/maps/*.json.
namespace lemmata::scenarios {

/// One choice on an axis: a name, and how its scenario differs from the base.
struct Variant {
  std::string name;
  std::vector<Override> differences;
};

/// An optimiser of the last stage and its rate at equal step sizes, by loss.
struct MapOptimizer {
  std::string name;
  std::map<std::string, double> learning_rate;  ///< by the loss variant's name
  bool sets_own_step = false;                   ///< the step follows the Hessian: no step rule to choose
  long steps = 0;                               ///< its budget of the last stage: the map's, or less
};

/// How long the first step of the last stage is. `equal`: the same learning rate for every model. `lambda_max`: the
/// length of the step that gradient descent takes at fraction / lambda_max. `own`: the optimiser divides by the Hessian
/// itself.
enum class StepRule { equal, lambda_max, own };
/// `frozen`: the base's stages but the last, then the FFN alone. `joint`: one stage, every block of the model.
enum class MapSchedule { frozen, joint };

inline const std::vector<std::string> step_rule_names = {"equal", "lambda_max", "own"};
inline const std::vector<std::string> schedule_names = {"frozen", "joint"};

struct LawMapPlan : Study {
  long steps = 0;       ///< largest budget of the last stage
  double fraction = 1;  ///< c of c / lambda_max
  long seeds = 1;       ///< at most so many per cell: the second only where the first is unclear
  std::vector<Variant> models, losses, noises;
  std::vector<MapOptimizer> optimizers;
  std::vector<std::string> joint_optimizers;  ///< those that also train all blocks in one stage
  std::map<std::string, double> joint_rate;   ///< learning rate of each block there, by gd
};

/// One regime, by places in the plan's lists.
struct MapCell {
  std::size_t model = 0, loss = 0, noise = 0, optimizer = 0;
  StepRule rule = StepRule::equal;
  MapSchedule schedule = MapSchedule::frozen;
};

/// Reads a shipped map ("mot/law_map") or a .json file. @throws InputError naming file, key, value and what is allowed.
/// Checked by: tests/scenarios/law_map_test.cpp.
LawMapPlan load_map(const std::string& name_or_file);

/// Every regime of the map; those that share model, loss, noise and schedule (and so the stages before the last)
/// adjacent.
std::vector<MapCell> cells_of(const LawMapPlan& plan);

/// "mot, squared, noise none, gd, lambda_max, frozen".
std::string cell_name(const LawMapPlan& plan, const MapCell& cell);

/// The scenario of a regime up to the last stage: for `frozen` the base's stages but the last, less the blocks that the
/// model does not have (and less a stage that has no other block than the gate left); for `joint` no stage at all.
/// The last stage is that of the caller, `last_stage` in scenarios/map/cell.h.
Scenario regime_of(const LawMapPlan& plan, const MapCell& cell);

}  // namespace lemmata::scenarios
