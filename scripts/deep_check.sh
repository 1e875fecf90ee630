#!/usr/bin/env bash
# What takes too long for CI: scripts/deep_check.sh [STAGE]...
#   tidy       clang-tidy over every source, without a finding
#   cppcheck   the same
#   coverage   unit tests under address and undefined-behaviour sanitizers; at least 90 % of the lines of sim, theory
#              and analysis run
#   threads    what has threads under the thread sanitizer: team, seeds side by side, progress, watch; and the first
#              seconds of every scenario, with a look for invalid floating-point operations at each step
#   valgrind   a short run, its report and a fit under memcheck
#   faults     every system call and allocation of a short run fails in turn, 500 kills; by the build in build/
#   fuzz       scripts/fuzz.sh, FUZZ_MINUTES (10) for each target
# Without STAGE all of them. Prints a line for each; exit 1 if one failed. Needs clang-16, clang-tidy, cppcheck,
# valgrind and gcovr (Debian packages).
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

all=(tidy cppcheck coverage threads valgrind faults fuzz)
stages=("$@")
(( ${#stages[@]} )) || stages=("${all[@]}")
jobs=$(nproc)
logs=build-deep
mkdir -p "$logs"
sources() { git ls-files 'sim/*.cpp' 'theory/*.cpp' 'analysis/*.cpp' 'scenarios/*.cpp'; }

check_tidy() {
  cmake --preset fuzz && cmake --build --preset fuzz --target build_information   # its flags are clang's
  sources | grep -vE '_absent\.cpp|watch_server\.cpp' |
    xargs -P "$jobs" -n 4 clang-tidy -p build-fuzz --quiet --warnings-as-errors='*'
}

check_cppcheck() {
  cppcheck --project=build/compile_commands.json -i tests -i build --enable=warning,performance,portability \
    --inline-suppr --suppress=passedByValue --suppress='*:/usr/*' \
    --suppress='*:build/*' --error-exitcode=1 --quiet -j "$jobs"
}

check_coverage() {
  cmake --preset coverage && cmake --build --preset coverage --parallel "$jobs" --target test_sim test_theory \
    test_analysis test_without_arb
  find build-coverage -name '*.gcda' -delete
  local test
  # Fits of hundreds of curves take a hundred times as long here; their code is that of the other tests.
  for test in sim theory analysis without_arb; do
    "build-coverage/tests/test_$test" --duration=true --test-suite-exclude='hundreds of draws'
  done
  gcovr --root . --object-directory build-coverage --filter 'sim/' --filter 'theory/' --filter 'analysis/' \
    --exclude 'tests/' --sort-percentage --fail-under-line 90 build-coverage
}

check_threads() {
  cmake --preset threads && cmake --build --preset threads --parallel "$jobs" --target lemmata test_sim
  local program=$PWD/build-threads/lemmata folder
  export TSAN_OPTIONS='halt_on_error=1 exitcode=66 die_after_fork=0'
  build-threads/tests/test_sim -tc='*thread*,*team*'
  folder=$(mktemp -d)
  "$program" run mot/three_stage --seeds 0-3 --threads 4 --set stages.0.steps=30 --set stages.1.steps=30 \
    --set stages.2.steps=30 --out "$folder/seeds.h5"
  "$program" run joma/exp_attention --threads 4 --out "$folder/layer.h5"
  "$program" check M3 --threads 4 --out "$folder/evidence"
  script -qec "'$program' run mot/three_stage --threads 2 --out '$folder/progress.h5'" /dev/null   # its own thread
  /usr/bin/python3 tests/scenarios/watch_test.py "$program"
  local scenario code
  for scenario in $("$program" list scenarios --json - | grep -oE '"name": "[^"]+' | cut -d '"' -f 4); do
    code=0
    "$program" run "$scenario" --threads 2 --max-time 4 --quiet --out "$folder/first_seconds.h5" || code=$?
    [[ $code == 0 || $code == 130 ]] || { echo "$scenario: exit $code"; return 1; }
  done
  rm -r "$folder"
}

check_valgrind() {
  cmake --preset valgrind && cmake --build --preset valgrind --parallel "$jobs" --target lemmata
  local folder check=(valgrind --quiet --error-exitcode=9 --trace-children=no build-valgrind/lemmata)
  folder=$(mktemp -d)
  "${check[@]}" run mot/three_stage --set stages.0.steps=3 --set stages.1.steps=3 --set stages.2.steps=3 \
    --threads 1 --out "$folder/run.h5"
  "${check[@]}" describe "$folder/run.h5" >/dev/null
  "${check[@]}" report "$folder/run.h5" --out "$folder/report.html"
  rm -r "$folder"
}

check_faults() {
  local program=build/lemmata failed=0
  /usr/bin/python3 tests/faults/memory.py "$program" build/tests/libfail_malloc.so 1 &   # half of the work
  /usr/bin/python3 tests/faults/kills.py "$program" 500 || failed=1
  /usr/bin/python3 tests/faults/faults.py "$program" build/tests/fault_tool 1 || failed=1
  /usr/bin/python3 tests/faults/places.py "$program" build/tests/libjumping_clock.so || failed=1
  wait $! || failed=1
  return "$failed"
}

check_fuzz() { scripts/fuzz.sh "${FUZZ_MINUTES:-10}"; }

failed=0
for stage in "${stages[@]}"; do
  declare -F "check_$stage" >/dev/null || { echo "deep_check: no stage $stage; allowed: ${all[*]}" >&2; exit 2; }
done
for stage in "${stages[@]}"; do
  # A shell of its own: in a condition -e would be off within the function.
  result=0
  bash -c "$(declare -f sources "check_$stage"); jobs=$jobs; set -euo pipefail; check_$stage" \
    >"$logs/$stage.log" 2>&1 || result=$?
  if (( result )); then
    echo "$stage: FAILED, see $logs/$stage.log"
    tail -n 15 "$logs/$stage.log"
    failed=1
  else
    echo "$stage: $(grep -E '^TOTAL|fuzz|no finding|kills gone on with' "$logs/$stage.log" | tail -n 1 || true) clean"
  fi
done
exit "$failed"
