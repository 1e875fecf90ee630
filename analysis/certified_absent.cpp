#include <stdexcept>

#include "analysis/certified.h"
#include "analysis/convexity_proof.h"

// In place of the sources that need Arb, in a build without it (cmake/arb.cmake): nothing is proven.
namespace lemmata::analysis {

std::string ball_arithmetic() { return ""; }

bool proven_positive_definite(const MatrixEnclosure&, double, Index) { return false; }

ConvexityProof prove_strong_convexity(const ExactSubtask&, const std::optional<WeightBox>&, double, Index) {
  return {.missing = "this build has no ball arithmetic (Arb, Debian's libflint-arb-dev)"};
}

MatrixEnclosure least_hessian(const ExactSubtask&, const std::optional<WeightBox>&, Index) {
  throw std::runtime_error("least_hessian: this build has no ball arithmetic (Arb, Debian's libflint-arb-dev)");
}

}  // namespace lemmata::analysis
