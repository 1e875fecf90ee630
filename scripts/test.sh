#!/usr/bin/env bash
# Sets up, builds and runs every test; ends in ctest's summary and exits with its code. Arguments go to ctest:
# scripts/test.sh -R theory
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

scripts/setup.sh test
# Said out loud: scripts/demo.sh may have left it off in the same folder.
cmake --preset release -DLEMMATA_BUILD_TESTS=ON
cmake --build --preset release --parallel 2
exec ctest --preset release --parallel 2 --no-tests=error "$@"
