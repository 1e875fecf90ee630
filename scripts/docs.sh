#!/usr/bin/env bash
# Builds the documentation site and prints the path of its first page: scripts/docs.sh [OUT] [--evidence DIR]
# OUT is build/docs by default. DIR holds what `lemmata check --all --out DIR` wrote; without it the pages of claims
# show what is expected, and how to get the verdicts. Exit 2: set-up, build or site fails.
set -euo pipefail
called_from=$PWD
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

out=$PWD/build/docs
words=()
while (( $# )); do
  case "$1" in
    --evidence) [[ $# -ge 2 ]] || { echo "docs: --evidence needs a folder" >&2; exit 2; }
                words+=(--evidence "$(cd "$called_from" && realpath -- "$2")"); shift 2 ;;
    -*) echo "usage: scripts/docs.sh [OUT] [--evidence DIR]" >&2; exit 2 ;;
    *) out=$(cd "$called_from" && realpath -m -- "$1"); shift ;;
  esac
done

scripts/setup.sh docs
tests=OFF
if grep -qs '^LEMMATA_BUILD_TESTS:BOOL=ON$' build/CMakeCache.txt; then tests=ON; fi
if ! { cmake --preset release -DLEMMATA_BUILD_TESTS="$tests" &&
       cmake --build --preset release --parallel 2 --target lemmata; } >&2; then
  echo "docs: the build failed" >&2
  exit 2
fi
exec /usr/bin/python3 scripts/docs/build_site.py "$out" "${words[@]}"
