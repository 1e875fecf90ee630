"""Allocations that fail, one at a time and all from one on, and address spaces that are too small: the program says so
and goes, what it was writing does not look finished, and it can be gone on with.

    memory.py PROGRAM FAIL_MALLOC.so EVERY [FORKS]

visits every allocation before the run creates its first file, each in a fork of the program (unless FORKS is 0), and
then every EVERY-th (1: all) in a run of its own that is gone on with; prints a table and exits 0, 1 or 77 (no h5py)."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from program import FOLDER, PROGRAM, arrays, assert_same_bits, overrides, preloadable, state_of  # noqa: E402

SHIM, EVERY = preloadable(sys.argv[2]), int(sys.argv[3])
FORKS = sys.argv[4:] != ["0"]
SHORT = {"stages.0.steps": 1, "stages.1.steps": 0, "stages.2.steps": 1, "model.experts": 3, "data.heldout": 0,
         "record.metrics": ["loss"]}
WORDS = ["run", "mot/three_stage", *overrides(SHORT), "--out", "x.h5", "--quiet", "--threads", "1",
         "--checkpoint-every", "1e-9"]
MESSAGES = ("not enough memory", "Cannot allocate memory", "cannot allocate", "found ")


def run_in(folder, words, environment=None, limit=None):
    """Exit code, standard error and the number of allocations."""
    shell = ("bash", "-c", f'ulimit -v {limit}; exec "$@"', "bash") if limit else ()
    with open(FOLDER / "count", "w+") as count:
        os.dup2(count.fileno(), 9)
        done = subprocess.run([*shell, PROGRAM, *words], cwd=folder, capture_output=True, text=True, pass_fds=(9,),
                              timeout=3600, env={**os.environ, **(environment or {})})
        os.close(9)
        count.seek(0)
        return done.returncode, done.stderr, count.read().strip()


def fresh():
    folder = FOLDER / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def visited(whole, gone_on_from, **fault):
    """What became of the program. Of states that are alike the first is gone on from."""
    folder = fresh()
    code, message, _ = run_in(folder, WORDS, **fault)
    if code == 127 and "error while loading shared libraries" in message:
        return "not begun"
    assert code in (0, 2), f"exit {code}: {message[-300:]}"
    if code == 2:
        assert message.startswith("lemmata: ") and any(text in message for text in MESSAGES), f"message: {message!r}"
    if code == 0 or (folder / "x.h5").exists():
        assert_same_bits(whole, arrays(folder / "x.h5"), "the result")
    state = state_of(folder)
    if state in gone_on_from:
        return "unharmed" if code == 0 else "refused"
    again, message, _ = run_in(folder, [*WORDS, "--resume"])
    assert again == 0, f"resumed: exit {again}: {message}"
    assert_same_bits(whole, arrays(folder / "x.h5"), "the result that was gone on with")
    gone_on_from.add(state)
    return "unharmed" if code == 0 else "refused"


def table_line(name, faults, whole):
    counts, problems, gone_on_from = {}, 0, set()
    for label, fault in faults:
        try:
            outcome = visited(whole, gone_on_from, **fault)
            counts[outcome] = counts.get(outcome, 0) + 1
        except (AssertionError, subprocess.TimeoutExpired) as failure:
            problems += 1
            print(f"{name} {label}: {failure}")
    print(f"{name}: {sum(counts.values())} of {len(faults)} as they should, "
          + ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
          + f"; {len(gone_on_from)} different states gone on from", flush=True)
    return problems


def visited_in_forks(on):
    """Problems among the allocations before the first file."""
    code, message, said = run_in(fresh(), WORDS, {"LD_PRELOAD": SHIM, "FAIL_FORK": "1", "FAIL_ON": on})
    assert code == 0, f"the program that was forked from: exit {code}: {message}"
    refused, unharmed, wrong = (int(said.split(f" {what}")[0].split()[-1]) for what in ("refused", "unharmed", "wrong"))
    print(f"{'all from one on fail' if on == '1' else 'one allocation fails'}, before the first file: "
          f"{refused} refused, {unharmed} unharmed, {wrong} wrong{said[said.index(', first'):] if wrong else ''}",
          flush=True)
    assert refused > 1000, said
    return wrong


def main():
    code, message, said = run_in(fresh(), WORDS, {"LD_PRELOAD": SHIM})
    allocations, before = int(said.split()[0]), int(said.split()[2])
    assert code == 0 and before > 1000 and allocations > before + 1000, (code, message, said)
    whole, problems = arrays(FOLDER / "run" / "x.h5"), 0
    for name, on in (("one allocation fails", "0"), ("all from one on fail", "1")):
        problems += visited_in_forks(on) if FORKS else 0
        faults = [(f"at {at} of {allocations}",
                   {"environment": {"LD_PRELOAD": SHIM, "FAIL_AT": str(at), "FAIL_ON": on}})
                  for at in range(before + 1, allocations + 1, EVERY)]
        problems += table_line(name, faults, whole)
    # Below 12 MB the constructors of the libraries, which run before main, do not live.
    step = 100 if EVERY == 1 else 2_000
    limits = [(f"of {kib} KiB", {"limit": kib}) for kib in range(12_000, 128_000, step)]
    problems += table_line("an address space", limits, whole)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
