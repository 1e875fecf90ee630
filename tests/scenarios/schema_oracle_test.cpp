#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "scenarios/configuration/scenario.h"
#include "scenarios/configuration/scenario_library.h"
#include "scenarios/configuration/settings_json.h"
#include "scenarios/configuration/validate.h"

// The schema is a JSON Schema in earnest: another implementation of the standard comes to the same verdicts with it.
namespace lemmata::scenarios {
namespace {

// Whether both accept, or both refuse; `accepted` is what ours says.
bool agree(const valijson::Schema& schema, const nlohmann::json& settings, bool& accepted, std::string& fault_text) {
  Fault fault;
  accepted = !find_fault(settings_schema(), Json::parse(settings.dump()), "", fault);
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  const bool theirs = validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(settings), &results);
  fault_text = "ours: " + (accepted ? "accepted" : fault.key + " " + fault.found) +
               ", valijson: " + (theirs ? "accepted" : "refused");
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& part : error.context) fault_text += " " + part;
    fault_text += ": " + error.description + ";";
  }
  return theirs == accepted;
}

// Every leaf and branch in turn replaced by each of several values. None is a float without a fraction: valijson
// takes 2.0 for no integer, against draft 6 and later.
void visit_changes(nlohmann::json& whole, nlohmann::json& part, const auto& visit) {
  const nlohmann::json before = part;
  for (const char* value : {"null", "true", "-1", "0", "0.5", "2", "\"x\"", "\"\"", "\"gd\"", "\"log\"", "[]", "[1,2]",
                            "[2,2,2]", "[\"loss\"]", "[\"loss\",\"loss\"]", "{}", "{\"no_such_key\":1}"}) {
    part = nlohmann::json::parse(value);
    visit(whole);
  }
  part = before;
  for (nlohmann::json& child : part) {
    if (part.is_structured()) visit_changes(whole, child, visit);
  }
}

}  // namespace

TEST_CASE("valijson comes to the same verdict on every shipped scenario and on thousands of changed ones") {
  const nlohmann::json document = nlohmann::json::parse(settings_schema().dump());
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::NlohmannJsonAdapter(document), schema);
  int accepted_ones = 0, refused_ones = 0;
  const auto check = [&](const nlohmann::json& settings) {
    bool accepted = false;
    std::string fault_text;
    const bool same = agree(schema, settings, accepted, fault_text);
    CHECK_MESSAGE(same, fault_text);
    ++(accepted ? accepted_ones : refused_ones);
  };
  for (const ShippedScenario& scenario : shipped_scenarios()) {
    nlohmann::json settings = nlohmann::json::parse(scenario.json);
    check(settings);
    visit_changes(settings, settings, check);
  }
  nlohmann::json whole = nlohmann::json::parse(load_scenario("mot/three_stage").settings_json);
  visit_changes(whole, whole, check);
  CHECK(accepted_ones > 300);
  CHECK(refused_ones > 1000);
}

}  // namespace lemmata::scenarios
