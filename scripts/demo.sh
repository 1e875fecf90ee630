#!/usr/bin/env bash
# The main job: a Mixture of Transformers against a single transformer, from nothing to verdicts, a figure and a report
# page in results/.
# Exit: that of `lemmata check` (0 = every verdict as expected), or 2 when set-up, build or input fails.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

scripts/setup.sh demo
# Tests are left out of a fresh build; a folder already configured with them stays so.
tests=OFF
if grep -qs '^LEMMATA_BUILD_TESTS:BOOL=ON$' build/CMakeCache.txt; then tests=ON; fi
if ! { cmake --preset release -DLEMMATA_BUILD_TESTS="$tests" &&
       cmake --build --preset release --parallel 2 --target lemmata; }; then
  echo "demo: the build failed" >&2
  exit 2
fi

mkdir -p results
mixture=results/mot_three_stage_s0.h5
single=results/mot_single_transformer_s0.h5
build/lemmata run mot/three_stage --out "$mixture"
build/lemmata run mot/single_transformer --out "$single"

echo
build/lemmata compare "$mixture" "$single" --json results/comparison.json
echo
verdicts=0
mkdir -p results/evidence
build/lemmata check mot --out results/evidence || verdicts=$?
/usr/bin/python3 scripts/plot_comparison.py "$mixture" "$single" --comparison results/comparison.json \
  --label "Mixture of Transformers" --label "single transformer" -o results/comparison.svg -o results/comparison.png
build/lemmata report "$mixture" "$single" results/evidence --out results/report.html

echo
echo "result  $PWD/$mixture"
echo "result  $PWD/$single"
echo "verdicts  $PWD/results/evidence"
echo "figure  $PWD/results/comparison.svg (and .png)"
echo "report  $PWD/results/report.html"
exit "$verdicts"
