#include <cmath>

#include "scenarios/claims/claim.h"
#include "scenarios/measure/quantities.h"
#include "scenarios/measure/reduced_run.h"
#include "scenarios/measure/seeds.h"
#include "theory/node_growth.h"

namespace lemmata::scenarios {
namespace {

struct Speed {
  double fast = 0, slow = 0;  // ln(1/delta) of mu = 2 and of mu = 1
  double fast_plain = 0;      // 1 - v/2 with v itself as the state
  double ratio() const { return fast / slow; }
};
void fields_of(Speed& speed, Fields& fields) {
  fields.number("fast", speed.fast, "ln(1/delta) of mu = 2, ln(delta) integrated");
  fields.number("slow", speed.slow, "ln(1/delta) of mu = 1");
  fields.number("fast_plain", speed.fast_plain, "1 - v/mu of mu = 2 at the same time, v integrated");
}

sim::ReducedConfig config_of(const std::string& state, const std::string& attention, double v0, double invariant) {
  sim::ReducedConfig config;
  config.state = state;
  config.attention = attention;
  config.mu = {{1, 2}};
  config.v0 = v0;
  config.invariant = invariant;
  return config;
}

Speed speed_of(CheckContext& context, const std::string& name, const std::string& attention, double v0, double time,
               double invariant = 0) {
  return measured_once(context, name, [&] {
    ReducedRun plain(config_of("v", attention, v0, invariant), 0);
    plain.advance(time, 1e-12);
    ReducedRun run(config_of("log_gap", attention, v0, invariant), 0);
    run.advance(time, 1e-12);
    return Speed{-run.at().at("u")(1), -run.at().at("u")(0), 1 - plain.v()(1) / 2};
  });
}

Quantity gap_quantity(const Speed& speed, const std::string& attention, double predicted) {
  return {"ln(1/delta) of mu = 2 over that of mu = 1, " + attention, predicted, speed.ratio(), 0.02,
          "the check's; the correction falls as 1/t"};
}

void check_gap(CheckContext& context, Evidence& evidence) {
  evidence.evidence_level = EvidenceLevel::numerical;
  evidence.seeds = {0};
  evidence.settings_hash = settings_hash(config_of("log_gap", "exp", 0, 0));
  const Speed exponential = speed_of(context, "exp", "exp", 0, 200),
              linear = speed_of(context, "linear", "linear", 0.01, 400),
              offset = speed_of(context, "offset", "linear", 0, 400, 3);
  const double by_exp = theory::growth_ratio(2, 1), by_linear = theory::linear_growth_ratio(2, 1, 0);
  evidence.quantities = {
      gap_quantity(exponential, "exponential attention at t = 200", by_exp),
      gap_quantity(linear, "linear attention, c = 0, at t = 400", by_linear),
      gap_quantity(offset, "linear attention, c = 3, at t = 400", theory::linear_growth_ratio(2, 1, 3)),
      reported({"1 - v/mu of mu = 2 with v itself as the state, exponential attention at t = 200",
                std::exp(-exponential.fast), exponential.fast_plain, 0,
                "reported: the subtraction ends at rounding, ln(delta) goes on"})};
  evidence.verdict = verdict_within(evidence.quantities);
  evidence.reason = "mu = 2 against 1: " + in_words(exponential.ratio()) + " under exponential, " +
                    in_words(linear.ratio()) + " under linear attention";
  evidence.negative_controls = {
      control_of("linear attention judged by the exponential gap", {gap_quantity(linear, "linear attention", by_exp)}),
      control_of("exponential attention judged by the polynomial gap", {gap_quantity(exponential, "exp", by_linear)}),
      control_of("exponential attention at t = 2, before the asymptote",
                 {gap_quantity(speed_of(context, "early", "exp", 0, 2), "exponential attention at t = 2", by_exp)})};
}

}  // namespace

ClaimEntry J15_claim() {
  return {
      "J15",
      "joma",
      "Exponential attention makes salient components exponentially faster, exp((mu_j^2 - mu_k^2)/2); linear attention "
      "only by sqrt(mu_j^2 + c)/sqrt(mu_k^2 + c)",
      R"(\text{exp:}\quad \frac{\ln(1/\delta_j)}{\ln(1/\delta_k)} &\to e^{(\mu_j^2 - \mu_k^2)/2}, \qquad
\text{linear:}\quad \frac{\ln(1/\delta_j)}{\ln(1/\delta_k)} \to \frac{\sqrt{\mu_j^2 + c}}{\sqrt{\mu_k^2 + c}})",
      "arXiv 2310.00535, Theorem 4; joma.md, Theorems 3 and 4",
      {"mu = 2 and 1, dv/dt = (mu - v) a(v), a = exp(v^2/2) from v(0) = 0, or sqrt(v^2 + c): c = 0 from v(0) = .01 (0 "
       "is "
       "an equilibrium), c = 3 from 0",
       "ln(delta) is the state: at t = 200 the gap of mu = 2 is e^-1471"},
      {{"speed gap", Verdict::supported, "quick", check_gap}}};
}

}  // namespace lemmata::scenarios
