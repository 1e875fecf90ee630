#include "scenarios/measure/loss_law.h"

#include <doctest/doctest.h>

#include "scenarios/measure/quantities.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

SeedLaw seed_with(analysis::Law law, analysis::Interval interval = {0.95, 1.05}) {
  SeedLaw seed;
  seed.law.law = law;
  seed.law.interval = interval;
  return seed;
}

const SeedLaw power = seed_with(analysis::Law::power), exponential = seed_with(analysis::Law::exponential),
              undecided = seed_with(analysis::Law::inconclusive);
const LawClaim power_claim{analysis::Law::power, "single"}, log_claim{analysis::Law::exponential, "mot"};

std::vector<SeedLaw> seeds_of(long following, long others, const SeedLaw& follower = power) {
  std::vector<SeedLaw> seeds(static_cast<std::size_t>(following), follower);
  seeds.insert(seeds.end(), static_cast<std::size_t>(others), undecided);
  return seeds;
}

Verdict verdict(const std::vector<SeedLaw>& seeds, const LawClaim& claim = power_claim) {
  const Verdict found = verdict_of(seeds, claim);
  CHECK((found == Verdict::supported) == (verdict_within(judged_seeds(seeds, claim, "")) == Verdict::supported));
  return found;
}

}  // namespace

TEST_CASE("the claimed law in half of the scored seeds, and in two: supported, in fewer: inconclusive") {
  CHECK(verdict(seeds_of(5, 5)) == Verdict::supported);
  CHECK(verdict(seeds_of(4, 6)) == Verdict::inconclusive);
  CHECK(verdict(seeds_of(5, 6)) == Verdict::inconclusive);
  CHECK(verdict(seeds_of(2, 1)) == Verdict::supported);
  CHECK(verdict(seeds_of(2, 2)) == Verdict::supported);
  CHECK(verdict(seeds_of(1, 0)) == Verdict::inconclusive);
  CHECK(verdict({}) == Verdict::inconclusive);
  CHECK(verdict(seeds_of(3, 2, exponential), log_claim) == Verdict::supported);
}

TEST_CASE("a run that diverged is not scored, whatever the law of what it left") {
  const Scenario scenario =
      load_scenario("mot/three_stage", {{"stages.0.train.ffn", R"({"optimizer": "gd", "learning_rate": 1e6})"}});
  CHECK_FALSE(loss_law(scenario, 0).class_pure);
  CHECK_FALSE(
      loss_law(load_scenario("mot/single_transformer", {{"stages.0.train.ffn.learning_rate", "1e6"}}), 0).class_pure);
}

TEST_CASE("another law, or an exponent outside [0.9, 1.1], in one scored seed: refuted, an impure seed is not scored") {
  for (const SeedLaw& other :
       {exponential, seed_with(analysis::Law::constant), seed_with(analysis::Law::power, {0.7, 0.89}),
        seed_with(analysis::Law::power, {1.11, 1.2})}) {
    std::vector<SeedLaw> seeds = seeds_of(9, 0);
    seeds.push_back(other);
    CHECK(verdict(seeds) == Verdict::refuted);
    seeds.back().class_pure = false;
    CHECK(verdict(seeds) == Verdict::supported);
  }
  CHECK(verdict(seeds_of(5, 5), log_claim) == Verdict::refuted);
}

TEST_CASE("an exponent whose interval crosses 0.9 or 1.1, and a rate whose interval reaches 0, are no evidence") {
  CHECK(verdict(seeds_of(4, 0, seed_with(analysis::Law::power, {0.89, 1}))) == Verdict::inconclusive);
  CHECK(verdict(seeds_of(4, 0, seed_with(analysis::Law::power, {1, 1.11}))) == Verdict::inconclusive);
  CHECK(verdict(seeds_of(4, 0, seed_with(analysis::Law::power, {0.9, 1.1}))) == Verdict::supported);
  CHECK(verdict(seeds_of(4, 0, seed_with(analysis::Law::exponential, {0, 1})), log_claim) == Verdict::inconclusive);
}

TEST_CASE("T(eps) is judged by the same rule: log as exponential, p as the exponent, fewer than 3 decades as nothing") {
  SeedLaw seed = power;
  seed.steps_law.kind = analysis::StepsLaw::Kind::log;
  seed.steps_law.interval = {10, 11};
  seed.steps_law.decades = 3;
  CHECK(by_steps({seed})[0].law.law == analysis::Law::exponential);
  CHECK(verdict(by_steps({seed, seed}), log_claim) == Verdict::supported);
  CHECK(verdict(by_steps({seed, seed})) == Verdict::refuted);
  seed.steps_law.decades = 2.99;
  CHECK(by_steps({seed})[0].law.law == analysis::Law::inconclusive);
  seed.steps_law.decades = 3;
  seed.steps_law.floor = 1e-9;
  CHECK(by_steps({seed})[0].law.law == analysis::Law::inconclusive);
  seed.steps_law.floor = 0;
  seed.steps_law.kind = analysis::StepsLaw::Kind::power;
  seed.steps_law.interval = {0.92, 1.08};
  seed.steps_law.decades = 3.5;
  CHECK(verdict(by_steps({seed, seed})) == Verdict::supported);
  seed.steps_law.interval = {1.2, 1.3};
  CHECK(verdict(by_steps({seed, seed})) == Verdict::refuted);
  seed.steps_law.kind = analysis::StepsLaw::Kind::inconclusive;
  CHECK(verdict(by_steps({seed, seed})) == Verdict::inconclusive);
}

TEST_CASE("where curve and T(eps) disagree there is no verdict") {
  for (const Verdict one : {Verdict::supported, Verdict::refuted, Verdict::inconclusive}) {
    for (const Verdict other : {Verdict::supported, Verdict::refuted, Verdict::inconclusive}) {
      CHECK(agreed(one, other) == (one == other ? one : Verdict::inconclusive));
    }
  }
}

TEST_CASE("planted curves follow the claimed law in curve and T(eps), and refute the other claim") {
  for (const auto& [own, other] : {std::pair{power_claim, log_claim}, {log_claim, power_claim}}) {
    const std::vector<SeedLaw> planted = planted_laws(own);
    CHECK(verdict(planted, own) == Verdict::supported);
    CHECK(verdict(by_steps(planted), own) == Verdict::supported);
    CHECK(verdict(planted, other) == Verdict::refuted);
    CHECK(verdict(by_steps(planted), other) == Verdict::refuted);
  }
}
