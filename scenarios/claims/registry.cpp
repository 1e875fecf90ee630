#include "scenarios/claims/claim.h"

namespace lemmata::scenarios {

#define CLAIM(name) ClaimEntry name##_claim();
#include "scenarios/claims/list.def"
#undef CLAIM

std::span<const ClaimEntry> claims() {
#define CLAIM(name) name##_claim(),
  static const std::vector<ClaimEntry> entries = {
#include "scenarios/claims/list.def"
  };
#undef CLAIM
  return entries;
}

}  // namespace lemmata::scenarios
