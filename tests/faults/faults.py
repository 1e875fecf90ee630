"""Every call of a short run that touches a file fails, is short, is followed by a full disk or by kill -9, one at a
time; then the run is gone on with and must end with the bits of one that nothing happened to.

    faults.py PROGRAM FAULT_TOOL [EVERY [KIND]...]

visits every EVERY-th call (1: all) of each KIND of command below (default: all of them), prints a table and exits 0, 1
or 77 (no h5py, or processes cannot be traced here). What was kept before a fault - checkpoints, measurements, runs of a
map - must be there after it, or the result."""
import json
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from program import FOLDER, PROGRAM, arrays, assert_same_bits, attributes, overrides, state_of  # noqa: E402

TOOL, EVERY = os.path.abspath(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
MODES = ("error", "full", "short", "kill")
SHORT = {"stages.0.steps": 3, "stages.1.steps": 2, "stages.2.steps": 3, "model.experts": 4, "data.heldout": 0,
         "record.every": 2}
RUN = ["run", "mot/three_stage", *overrides(SHORT), "--out", "x.h5", "--quiet", "--threads", "1", "--checkpoint-every",
       "1e-9"]
SEEDS = [*RUN, "--seeds", "0-1"]
(FOLDER / "plan.json").write_text(json.dumps({
    "base": "mot/three_stage", "differences": {"data.heldout": 0}, "steps": 20, "fraction": 1, "seeds": 1,
    "models": [{"name": "mot", "differences": {}}], "losses": [{"name": "squared", "differences": {}}],
    "noises": [{"name": "none", "differences": {}}],
    "optimizers": [{"name": "gd", "learning_rate": 0.02}, {"name": "newton", "learning_rate": 0.3}]}))
MAP = ["map", str(FOLDER / "plan.json"), "--out", "x.h5", "--quiet", "--threads", "1"]
# The command; the one that was killed half-way and left its files before (None: an empty folder); the least calls that
# it makes: fewer, and the tool did not see them.
KINDS = {"run": (RUN, None, 400), "seeds": (SEEDS, None, 1000),
         "check": (["check", "M3", "--seeds", "3", "--out", "x", "--quiet", "--threads", "1"], None, 150),
         "map": (MAP, None, 20), "resumed run": ([*RUN, "--resume"], RUN, 150), "run afresh": (RUN, RUN, 400),
         "seeds afresh": (SEEDS, SEEDS, 1000)}
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


def kept(folder):
    """How far everything is that can be gone on from, by name: steps of checkpoints, whole lines."""
    found = {str(path.relative_to(folder)): int(attributes(path)["steps"]) for path in folder.rglob("*.checkpoint")}
    for path in [*folder.rglob("*.measured.jsonl"), *folder.rglob("*.cells.jsonl")]:
        found[str(path.relative_to(folder))] = path.read_text().count("\n")
    return found


def assert_nothing_lost(folder, least):
    """Of what was kept when an earlier call failed."""
    now = kept(folder)
    for name, number in least.items():
        path = folder / name
        is_done = path.with_suffix(".h5").exists() or (folder / "x.h5").exists() or list(folder.rglob("*--*.json"))
        assert is_done or now.get(name, -1) >= number, f"{name}: {number} were kept, now {now.get(name)}"
    return now


def fresh(name, before=None):
    """A folder, empty or with what the command `before` left in it when it was killed half-way."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if before is None:
        return folder
    left = FOLDER / ("left by " + " ".join(before[-2:]).replace("/", "_"))
    if not left.exists():
        left.mkdir()
        calls = int(run_in(left, before, (TOOL, "count", "0"))[2].split()[1].rstrip(","))
        shutil.rmtree(left)
        left.mkdir()
        assert run_in(left, before, (TOOL, "kill", str(6 * calls // 10)))[0] == 128 + signal.SIGKILL
        assert kept(left), "nothing is left to go on from"
    return shutil.copytree(left, folder, dirs_exist_ok=True)


def visited(kind, mode, number, whole, code_of_whole, least, gone_on_from):
    """One fault, then the run gone on with, of states that are alike from the first. Returns what became of the program
    and what was kept then."""
    words, before, _ = KINDS[kind]
    folder = fresh("fault", before)
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
    now = assert_nothing_lost(folder, {} if kind.endswith("afresh") else least)
    outcome, state = "killed" if mode == "kill" else "refused" if code == 2 else "unharmed", state_of(folder)
    if state in gone_on_from:
        return outcome, now
    again, message, _ = run_in(folder, [*words, "--resume"] if "--resume" not in words else words)
    assert again == code_of_whole, f"resumed: exit {again}: {message}"
    assert_same_results(folder, whole, partly=False)
    step = now.get("x.checkpoint", 0)
    if kind != "seeds" and step > 0 and not kind.endswith("afresh"):
        assert attributes(folder / "x.h5")["resumed_from_step"] == step, "it did not go on from the checkpoint"
    left = [str(path.relative_to(folder)) for path in folder.rglob("*")
            if path.suffix in (".part", ".lock", ".checkpoint", ".journal", ".seeds")
            or path.name.endswith((".measured.jsonl", ".cells.jsonl"))]
    assert not left, f"left: {left}"
    gone_on_from.add(state)
    return outcome, now


def visit_all(kind):
    words, before, least_calls = KINDS[kind]
    folder = fresh("whole", before)
    code_of_whole, message, seen = run_in(folder, words, (TOOL, "count", "0"))
    if code_of_whole == 77 and not seen:
        print("skipped: processes cannot be traced here")
        sys.exit(77)
    assert code_of_whole == 0 or (kind == "check" and code_of_whole in RESULTS_OF_CHECK), (code_of_whole, message)
    calls, whole = int(seen.split()[1].rstrip(",")), results(folder)
    assert calls > least_calls and whole, seen
    problems, gone_on_from = 0, set()
    for mode in MODES if not kind.endswith("afresh") else ("kill",):
        counts, least = {}, kept(fresh("fault", before))
        for number in range(1, calls + 1, EVERY):
            try:
                outcome, now = visited(kind, mode, number, whole, code_of_whole, least, gone_on_from)
                least = {name: max(now.get(name, -1), least.get(name, -1)) for name in {*now, *least}}
                counts[outcome] = counts.get(outcome, 0) + 1
            except AssertionError as failure:
                problems += 1
                print(f"{kind}, {mode} at call {number} of {calls}: {failure}")
        print(f"{kind:12}  {mode:5}  {sum(counts.values()):4} of {calls} calls  "
              + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())), flush=True)
    print(f"{kind:12}  gone on from {len(gone_on_from)} different states")
    return problems


if __name__ == "__main__":
    FAILED = sum(visit_all(kind) for kind in sys.argv[4:] or KINDS)
    print(f"{FAILED} problems")
    sys.exit(1 if FAILED else 0)
