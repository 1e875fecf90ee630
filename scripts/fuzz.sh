#!/usr/bin/env bash
# Fuzzes what the program reads, with libFuzzer under address and undefined-behaviour sanitizers:
# scripts/fuzz.sh [MINUTES [TARGET]...]
# Each target of tests/fuzz for so many minutes (default 10), its corpus first, as many at once as there are cores. New
# inputs stay in build-fuzz/corpus, findings in build-fuzz/findings. Exit 1: a finding; 2: no build.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

minutes=${1:-10}
[[ $minutes =~ ^[0-9]+$ && $minutes -gt 0 ]] || { echo "usage: scripts/fuzz.sh [MINUTES [TARGET]...]" >&2; exit 2; }
targets=("${@:2}")
(( ${#targets[@]} )) || targets=(scenario user_claim curve watch plan hdf5)

cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}" fuzz_planted || exit 2
mkdir -p build-fuzz/findings

# Runs one target; prints its line of the table.
fuzz_one() {
  local target=$1 seconds=$2 log=build-fuzz/$1.log result=none
  mkdir -p "build-fuzz/corpus/$target"
  ASAN_OPTIONS=allocator_may_return_null=1 LSAN_OPTIONS=suppressions=tests/fuzz/leaks.txt:print_suppressions=0 \
    "build-fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" \
    -timeout=20 -rss_limit_mb=4096 -malloc_limit_mb=3000 -max_len=65536 -print_final_stats=1 -close_fd_mask=1 \
    -artifact_prefix="build-fuzz/findings/$target-" \
    "build-fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1 || result=$(found_in "$log")
  printf '%-12s %12s  %s\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$result"
  [[ $result == none ]]
}

found_in() {
  grep -m 1 -oE 'finding: .*|runtime error: .*|ERROR: [A-Za-z]*Sanitizer: .*|libFuzzer: .*|what\(\): .*' "$1" ||
    echo "see $1"
}

printf '%-12s %12s  %s\n' target executions finding
if fuzz_one planted 60 >/dev/null; then
  echo "fuzz: the planted defect was not found in a minute: what follows would say nothing" >&2
  exit 1
fi
export -f fuzz_one found_in
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I '{}' bash -c "fuzz_one {} $((60 * minutes))" || exit 1
