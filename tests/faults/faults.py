"""Every call of a short run that touches a file fails, is short, is followed by a full disk or by kill -9, one at a
time; then the run is gone on with and must end with the bits of one that nothing happened to.

    faults.py PROGRAM FAULT_TOOL [EVERY]

visits every EVERY-th call (1: all) of a run, a run of two seeds and a check, prints a table and exits 0, 1 or 77 (no
h5py, or processes cannot be traced here)."""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from program import FOLDER, PROGRAM, arrays, assert_same_bits, attributes, overrides  # noqa: E402

TOOL, EVERY = os.path.abspath(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
MODES = ("error", "full", "short", "kill")
SHORT = {"stages.0.steps": 3, "stages.1.steps": 2, "stages.2.steps": 3, "model.experts": 4, "data.heldout": 0,
         "record.every": 2}
RUN = ["run", "mot/three_stage", *overrides(SHORT), "--out", "x.h5", "--quiet", "--threads", "1", "--checkpoint-every",
       "1e-9"]
COMMANDS = {"run": RUN, "seeds": [*RUN, "--seeds", "0-1"],
            "check": ["check", "M3", "--seeds", "3", "--out", "x", "--quiet", "--threads", "1"]}
LEAST_CALLS = {"run": 400, "seeds": 1000, "check": 150}  # that a run makes: fewer, and the tool did not see them
RESULTS_OF_CHECK = (0, 1, 77)  # so few seeds may leave it undecided


def run_in(folder, words, tool=()):
    """Exit code, standard error and what the tool saw: calls, and the one it hit."""
    shutil.rmtree(folder / "seen", ignore_errors=True)
    with open(folder / "calls", "w+") as calls:
        os.dup2(calls.fileno(), 9)
        done = subprocess.run([*tool, PROGRAM, *words], cwd=folder, capture_output=True, text=True, pass_fds=(9,),
                              timeout=120)
        os.close(9)
        calls.seek(0)
        seen = calls.read()
    (folder / "calls").unlink()
    return done.returncode, done.stderr, seen


def results(folder):
    """The arrays of every finished result, by name."""
    return {str(path.relative_to(folder)): arrays(path) for path in sorted(folder.rglob("*.h5"))
            if "x.seeds" not in str(path)}


def assert_same_results(folder, whole, partly):
    found = results(folder)
    assert partly or set(found) == set(whole), f"results {set(found) ^ set(whole)}"
    for name, content in found.items():
        assert_same_bits(whole[name], content, name)


def checkpoint_step(folder):
    return attributes(folder / "x.checkpoint")["steps"] if (folder / "x.checkpoint").exists() else -1


def fresh(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def visited(kind, mode, number, whole, code_of_whole, last_step):
    """One fault, then the run gone on with. Returns what became of the program and how far its checkpoint was."""
    words, folder = COMMANDS[kind], fresh("fault")
    code, message, seen = run_in(folder, words, (TOOL, mode, str(number)))
    if mode == "kill":
        assert code == 128 + signal.SIGKILL, f"exit {code}"
    else:
        assert code in (2, code_of_whole), f"exit {code}: {message}"
        assert code != 2 or message.startswith("lemmata: "), f"no message: {message!r}"
    try:
        assert_same_results(folder, whole, partly=code != code_of_whole)
    except AssertionError as failure:
        raise AssertionError(f"exit {code}, {seen.strip()}: {failure}") from failure
    step = checkpoint_step(folder)
    assert mode != "kill" or step >= last_step or step == -1, f"checkpoint of step {step} after one of {last_step}"
    again, message, _ = run_in(folder, [*words, "--resume"])
    assert again == code_of_whole, f"resumed: exit {again}: {message}"
    assert_same_results(folder, whole, partly=False)
    if kind == "run" and step > 0:
        assert attributes(folder / "x.h5")["resumed_from_step"] == step, "it did not go on from the checkpoint"
    left = [str(path.relative_to(folder)) for path in folder.rglob("*")
            if path.suffix in (".part", ".lock", ".checkpoint", ".journal") or path.name.endswith(".measured.jsonl")]
    assert not left, f"left: {left}"
    return ("killed" if mode == "kill" else "refused" if code == 2 else "unharmed"), step, seen


def visit_all(kind):
    folder = fresh("whole")
    code_of_whole, message, seen = run_in(folder, COMMANDS[kind], (TOOL, "count", "0"))
    if code_of_whole == 77 and not seen:
        print("skipped: processes cannot be traced here")
        sys.exit(77)
    assert code_of_whole == 0 or (kind == "check" and code_of_whole in RESULTS_OF_CHECK), (code_of_whole, message)
    calls, whole = int(seen.split()[1].rstrip(",")), results(folder)
    assert calls > LEAST_CALLS[kind] and whole, seen
    problems = 0
    for mode in MODES:
        counts, last_step = {}, -1
        for number in range(1, calls + 1, EVERY):
            try:
                outcome, last_step, seen = visited(kind, mode, number, whole, code_of_whole, last_step)
                counts[outcome] = counts.get(outcome, 0) + 1
            except AssertionError as failure:
                problems += 1
                print(f"{kind}, {mode} at call {number} of {calls}: {failure}")
        print(f"{kind:5}  {mode:5}  {sum(counts.values()):4} of {calls} calls  "
              + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())), flush=True)
    return problems


if __name__ == "__main__":
    FAILED = sum(visit_all(kind) for kind in COMMANDS)
    print(f"{FAILED} problems")
    sys.exit(1 if FAILED else 0)
