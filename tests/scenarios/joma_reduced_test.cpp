// The system joma_reduced and the cheapest of its claims.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/stable_rank.h"
#include "scenarios/claims/claim.h"
#include "scenarios/configuration/settings_json.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/system/system.h"
#include "tests/close.h"
#include "tests/scenarios/input_fault.h"

namespace lemmata::scenarios {
namespace {

struct Records {
  std::vector<long> steps;
  std::map<std::string, std::vector<std::vector<double>>> values;
};

Records recorded(const Scenario& scenario) {
  const auto simulation = make_simulation(scenario);
  std::set<std::string> names = {"stage"};
  for (const auto& variable : simulation->variables()) names.insert(variable.name);
  Records records;
  const sim::TrainingResult result = simulate(*simulation, scenario, {[&](long step, const Row& row) {
    records.steps.push_back(step);
    std::set<std::string> found;
    for (const auto& [name, values] : row) {
      found.insert(name);
      records.values[name].push_back(values);
    }
    CHECK(found == names);
  }});
  CHECK(result.stop_reason == "completed");
  return records;
}

Evidence checked(const std::string& id, const std::string& setting_name, long seeds = 0) {
  sim::ThreadTeam team(2);
  CheckContext context{team, seeds};
  for (const ClaimEntry& claim : claims()) {
    for (const ClaimSetting& setting : claim.settings) {
      if (claim.id == id && setting.name == setting_name) return check(claim, setting, context);
    }
  }
  FAIL("no such claim: ", id, " ", setting_name);
  return {};
}

}  // namespace

TEST_CASE(
    "joma/sparse_then_dense: 5001 records of entropy and v (component), 2.3026 at 0, .9416 at 669, 1.5493 at 4999") {
  const Records records = recorded(load_scenario("joma/sparse_then_dense"));
  REQUIRE(records.steps.size() == 5001);
  const auto& entropy = records.values.at("entropy");
  CHECK(close(entropy[0][0], 2.3026, 5e-5, 0));  // the digits that are stated
  CHECK(close(entropy[669][0], 0.9416, 5e-5, 0));
  CHECK(close(entropy[4999][0], 1.5493, 5e-5, 0));
  CHECK(records.values.at("v")[0] == std::vector<double>(10, 0.05));
  double sum = 0;
  for (const double share : records.values.at("attention")[700]) sum += share;
  CHECK(close(sum, 1, 0, 1e-15));
  CHECK(!records.values.contains("z"));
  CHECK(!records.values.contains("stable_rank"));
}

TEST_CASE("joma/linear_activation_blowup: erf(v/sqrt2)/Delta is the same for all, sqrt(2/pi) t, and z = v^2/2") {
  const Records records = recorded(load_scenario("joma/linear_activation_blowup"));
  const std::vector<double> delta = {2, -1.7, 1.5, 1, -0.8, 0.5, 0.25, -0.1};
  for (const std::size_t step : {100, 600, 620}) {
    const auto& v = records.values.at("v")[step];
    for (std::size_t l = 0; l < delta.size(); ++l) {  // solver at 1e-12, 620 times
      CHECK(close(std::erf(v[l] / std::sqrt(2.0)) / delta[l],
                  std::sqrt(2 / std::acos(-1.0)) * static_cast<double>(step) * 0.001, 1e-10, 0));
      CHECK(close(records.values.at("z")[step][l], v[l] * v[l] / 2, 1e-9, 0));
    }
  }
}

TEST_CASE(
    "joma/convergence_speed: ln(1/delta) over t tends to exp(mu^2/2), several nodes record rows and a stable rank") {
  const Records records = recorded(load_scenario("joma/convergence_speed"));
  const auto& gap = records.values.at("log_gap");
  CHECK(close((gap[500][3] - gap[400][3]) / 10, std::exp(2.0), 1e-9, 0));  // delta is e^-290 by then
  CHECK(!records.values.contains("z"));
  const Records rows =
      recorded(load_scenario("joma/sparse_then_dense", {{"model.nodes", "3"}, {"stages.0.steps", "2"}}));
  CHECK(rows.values.at("v")[0].size() == 30);
  CHECK(rows.values.at("stable_rank")[2][0] >= 1);
}

TEST_CASE(
    "joma_reduced: the stable rank is that of v: 1 while its entries are equal, whatever mu is, then of the record") {
  const Records rows =
      recorded(load_scenario("joma/sparse_then_dense", {{"model.nodes", "3"}, {"stages.0.steps", "200"}}));
  const auto& ranks = rows.values.at("stable_rank");
  CHECK(close(ranks[0][0], 1, 1e-14, 0));  // its accuracy
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Matrix v = Eigen::Map<const RowMajor>(rows.values.at("v").back().data(), 10, 3);
  CHECK(ranks.back()[0] == analysis::stable_rank(v));
  CHECK(ranks.back()[0] > 1.1);
}

TEST_CASE("joma_reduced: mu is a list or a draw, as it was written, and everything else is refused by its key") {
  const Scenario list = load_scenario("joma/sparse_then_dense", {{"model.mu", "[1, 2.5]"}});
  CHECK(list.settings.joma_reduced.mu.values == std::vector<double>{1, 2.5});
  CHECK(!list.settings.joma_reduced.mu.mt19937);
  CHECK(json_from_settings(list.settings)["model"]["mu"] == Json::parse("[1, 2.5]"));
  const Scenario drawn = load_scenario("joma/sparse_then_dense");
  CHECK(json_from_settings(drawn.settings)["model"]["mu"] ==
        Json::parse(R"({"mt19937": 0, "low": 1.0, "high": 4.0, "count": 10})"));
  CHECK(list.config_hash != drawn.config_hash);
  const auto refused = [](const std::string& key, const std::string& value) {
    try {
      load_scenario("joma/sparse_then_dense", {{key, value}});
    } catch (const InputError& error) {
      return error.key();
    }
    return std::string();
  };
  CHECK(refused("model.mu", "[]") == "model.mu");
  CHECK(refused("model.mu", "3") == "model.mu");
  CHECK(refused("model.mu", R"({"mt19937": 4294967296, "low": 1, "high": 4, "count": 10})") == "model.mu.mt19937");
  CHECK(refused("model.mu", R"({"mt19937": 1, "low": 1, "high": 4})") == "model.mu.count");
  CHECK(refused("model.law", "other") == "model.law");
  CHECK(refused("model.law", "stationary") == "model.attention");
  CHECK(refused("model.temperature", "0") == "model.temperature");
  CHECK(refused("model.state", "log_gap") == "stages.0.train");
}

TEST_CASE("J12, J14, J15 and J18 are as expected, all of their controls too") {
  for (const auto& [id, setting] :
       std::vector<std::pair<std::string, std::string>>{{"J12", "the curve of Fig. 4"},
                                                        {"J14", "with Lambda"},
                                                        {"J14", "leading factor alone, t = 1"},
                                                        {"J14", "leading factor is asymptotic"},
                                                        {"J15", "speed gap"}}) {
    CAPTURE(id);
    CAPTURE(setting);
    const Evidence evidence = checked(id, setting);
    CHECK(evidence.is_as_expected());
    CHECK(!evidence.negative_controls.empty());
  }
  CHECK(checked("J18", "V shape", 1).is_as_expected());
}

TEST_CASE("J8, J9, J10: three seeds, and the largest of a list with a NaN is NaN") {
  CHECK(checked("J9", "row law", 3).is_as_expected());
  CHECK(checked("J9", "sum of exponentials", 3).is_as_expected());
  CHECK(checked("J10", "sinh and cosh", 3).is_as_expected());
  CHECK(checked("J8", "erf(v/2)", 3).is_as_expected());
  CHECK(std::isnan(largest_of({1, std::nan(""), 3})));
  CHECK(std::isnan(smallest_of({std::nan(""), 1})));
  CHECK(largest_of({1, 3, 2}) == 3);
  CHECK(smallest_of({2, 1, 3}) == 1);
}

TEST_CASE("reduced run: relative gap 1/4 by hand, NaN where something is infinite, times in equal ratios and steps") {
  Matrix law(1, 2), found(1, 2);
  law << 4, -2;
  found << 3.5, -1;
  CHECK(relative_gap(found, law) == 0.25);
  found(0, 1) = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(relative_gap(found, law)));
  const std::vector<double> ratios = log_times(1, 4, 3), steps = even_times(1, 3);
  CHECK(ratios[0] == 0);
  CHECK(close(ratios[2], 2, 0, 1e-15));
  CHECK(steps == std::vector<double>{0, 0.5, 1});
}

}  // namespace lemmata::scenarios
