#pragma once
#include "scenarios/configuration/json_text.h"
#include "scenarios/watch/watched_folder.h"

namespace lemmata::scenarios {

/// The snapshot by contract.md, "JSON of `watch`"; what is not known is null.
/// Checked by: tests/scenarios/contract_test.py, tests/scenarios/watch_test.py.
Json json_from_watch(const WatchSnapshot& snapshot);

}  // namespace lemmata::scenarios
