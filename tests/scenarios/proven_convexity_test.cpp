#include "scenarios/measure/proven_convexity.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "scenarios/claims/claim.h"
#include "tests/close.h"

using namespace lemmata;
using namespace lemmata::scenarios;

namespace {

StageProofs experts(std::initializer_list<bool> proven) {
  StageProofs list;
  for (const bool one : proven) list.push_back({0.1, {one, "", 0, 0}});
  return list;
}

/// Whether floating point agrees with the enclosure of the least Hessian to 1e-12 of its largest entry.
bool agrees(const Matrix& floating, const analysis::MatrixEnclosure& exact) {
  const Matrix middle = (exact.lower + exact.upper) / 2;
  return (floating - middle).cwiseAbs().maxCoeff() <= 1e-12 * middle.cwiseAbs().maxCoeff();
}

}  // namespace

TEST_CASE("what is not proven is inconclusive, never refuted, every expert of every seed must be") {
  CHECK(proven_verdict({experts({true, true, true}), experts({true})}) == Verdict::supported);
  CHECK(proven_verdict({experts({true, true, true}), experts({false})}) == Verdict::inconclusive);
  CHECK(proven_verdict({experts({true, false, true})}) == Verdict::inconclusive);
  CHECK(proven_verdict({experts({false})}) == Verdict::inconclusive);
  CHECK(proven_verdict({}) == Verdict::inconclusive);
  CHECK(proven_verdict({experts({true}), {}}) == Verdict::inconclusive);  // a seed without an expert that holds load
}

TEST_CASE("the enclosed Hessian is the one that is measured in floating point, attention trained or not") {
  if (analysis::ball_arithmetic().empty()) return;
  for (const char* name : {"mot/three_stage", "mot/shared_attention", "mot/logistic_gd"}) {
    CAPTURE(name);
    const FrozenStage stage = frozen_stage(load_scenario(name), 0);
    const StagePaths paths = stage_paths(load_scenario(name, {{"stages.2.steps", "1"}}), 0, true);
    REQUIRE(stage.experts.size() == paths.experts.size());
    for (std::size_t i = 0; i < paths.experts.size(); ++i) {
      const FrozenExpert& frozen = stage.experts[i];
      const analysis::ExactSubtask& subtask = paths.experts[i].subtask;
      CHECK(subtask.expert == frozen.expert);
      const std::optional<analysis::WeightBox> start = analysis::WeightBox{frozen.start, frozen.start};
      const analysis::MatrixEnclosure exact = analysis::least_hessian(subtask, start);
      CHECK(agrees(analysis::frozen_hessian(frozen.problem, frozen.start), exact));
      analysis::ExactSubtask other = subtask;
      other.attention.array() += 1e-9;
      CHECK_FALSE(agrees(analysis::least_hessian(other, start).lower, exact));  // the comparison can fail
    }
  }
}

TEST_CASE("the box holds every step: both ends, and lambda_min on it is at most that of either") {
  const StagePaths paths = stage_paths(load_scenario("mot/logistic_gd", {{"stages.2.steps", "50"}}), 0, true);
  REQUIRE(paths.exactly_pure);
  const FrozenStage stage = frozen_stage(load_scenario("mot/logistic_gd"), 0);
  for (std::size_t i = 0; i < paths.experts.size(); ++i) {
    const ExpertPath& path = paths.experts[i];
    const Vector& start = stage.experts[i].start;
    CHECK((path.box.lower.array() <= start.array()).all());
    CHECK((path.box.upper.array() >= start.array()).all());
    CHECK((path.box.upper - path.box.lower).norm() > 0.1);  // it moved
    CHECK(path.curvature_min > 0);
    CHECK(path.curvature_min <= path.curvature_start);
    CHECK(path.curvature_min <= path.curvature_end);
    CHECK(path.curvature_end < path.curvature_start);  // margins grow
  }
}

TEST_CASE("a constant 1 % below lambda_min is proven, a millionth above it not, nor on every w at logistic loss") {
  if (analysis::ball_arithmetic().empty()) return;
  const StagePaths paths = stage_paths(load_scenario("mot/logistic_gd", {{"stages.2.steps", "50"}}), 0, true);
  CHECK(proven_verdict({stage_proofs(paths, {.on_box = true})}) == Verdict::supported);
  CHECK(proven_verdict({stage_proofs(paths, {.factor = 1 + 1e-6, .on_box = true})}) == Verdict::inconclusive);
  CHECK(proven_verdict({stage_proofs(paths, {})}) == Verdict::inconclusive);
  for (const ExpertProof& one : stage_proofs(paths, {.on_box = true})) {
    CHECK(one.proof.dimension == 4);  // c_n and the three v
    CHECK(one.proof.samples == 8);    // of one class
  }
}

TEST_CASE("squared loss: the Hessian is the same at both ends, and a gate that never learned is not proven") {
  const StagePaths paths = stage_paths(load_scenario("mot/three_stage", {{"stages.2.steps", "10"}}), 0, false);
  for (const ExpertPath& path : paths.experts) CHECK(close(path.curvature_start, path.curvature_end, 0, 1e-13));
  const StagePaths blind = stage_paths(load_scenario("mot/three_stage", stages_without_gate()), 0, false);
  const StageProofs proofs = stage_proofs(blind, {});
  REQUIRE(proofs.size() == 24);
  for (const ExpertProof& one : proofs) CHECK_FALSE(one.proof.proven);
  if (analysis::ball_arithmetic().empty()) return;
  CHECK(proofs[0].proof.missing.find("not proven to be 0 or 1") != std::string::npos);
}

TEST_CASE("models that the proof does not describe are refused") {
  for (const std::vector<Override>& changes : {std::vector<Override>{{"model.gate.combine", "probability"}},
                                               {{"model.gate.input", "class_span"}},
                                               {{"model.gate.routing", "sampled"}},
                                               {{"model.expert.neurons", "2"}},
                                               {{"model.kind", "attention_free"}}}) {
    std::vector<Override> all = changes;
    for (const char* path : {"stages.0.steps", "stages.1.steps", "stages.2.steps"}) all.push_back({path, "1"});
    CHECK_THROWS_AS(stage_paths(load_scenario("mot/three_stage", all), 0, false), std::invalid_argument);
  }
}
