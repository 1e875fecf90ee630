#include <doctest/doctest.h>

#include <stdexcept>

#include "analysis/certified.h"
#include "analysis/convexity_proof.h"

using namespace lemmata::analysis;

// Linked with analysis/certified_absent.cpp in every build, whether Arb is there or not.
TEST_CASE("a build without Arb proves nothing, not even of the identity, and says why") {
  CHECK(ball_arithmetic().empty());
  CHECK_FALSE(proven_positive_definite(Matrix(Matrix::Identity(2, 2)), 0));
  const Matrix one = Matrix::Ones(1, 1);
  const ExactSubtask task{MarginLoss::squared, one, 1, Vector::Ones(1), Vector::Ones(1), 0 * one, 0 * one, 1, 0};
  const ConvexityProof proof = prove_strong_convexity(task, std::nullopt, 0.5);
  CHECK_FALSE(proof.proven);
  CHECK(proof.missing.find("libflint-arb-dev") != std::string::npos);
  CHECK_THROWS_AS(least_hessian(task, std::nullopt), std::runtime_error);
}
