"""kill -9 at random moments of a short run, which is gone on with each time and must end with the bits of a whole one.

    kills.py PROGRAM COUNT

prints how the kills fell and exits 0, 1 or 77 (no h5py)."""
import collections
import os
import random
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from program import FOLDER, PROGRAM, arrays, assert_same_bits, attributes, overrides  # noqa: E402

COUNT = int(sys.argv[2])
STEPS = {"stages.0.steps": 60, "stages.1.steps": 60, "stages.2.steps": 80, "model.experts": 6, "data.heldout": 0,
         "record.every": 3}
MIXTURE = ["run", "mot/three_stage", *overrides(STEPS)]
LAYER = ["run", "joma/exp_attention", *overrides({"stages.0.steps": 4000, "record.every": 7, "data.batch": 3})]
RUNS = {"a mixture": MIXTURE, "two seeds": [*MIXTURE, "--seeds", "0-1"], "a JoMA layer": LAYER}
OPTIONS = ["--out", "x.h5", "--quiet", "--checkpoint-every"]


def begun(folder, words, every):
    return subprocess.Popen([PROGRAM, *words, *OPTIONS, every], cwd=folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def fresh():
    folder = FOLDER / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def killed_once(words, every, moment, whole):
    """Returns where the kill fell."""
    folder = fresh()
    process = begun(folder, words, every)
    time.sleep(moment)
    process.kill()
    where = "after the end" if process.wait() == 0 else "before the first checkpoint"
    parts = list(folder.rglob("*.checkpoint.part"))
    if list(folder.rglob("*.checkpoint")) and where != "after the end":
        where = "while a checkpoint was written" if parts else "between two checkpoints"
    if (folder / "x.h5").exists():
        assert_same_bits(whole, arrays(folder / "x.h5"), "a result that is there after a kill")
        where = "after the end" if where == "after the end" else "after the rename"
    done = subprocess.run([PROGRAM, *words, *OPTIONS, every, "--resume"], cwd=folder, capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, f"resumed: exit {done.returncode}: {done.stderr}"
    assert_same_bits(whole, arrays(folder / "x.h5"), "the result that was gone on with")
    assert attributes(folder / "x.h5")["stop_reason"] == "completed"
    left = [path.name for path in folder.iterdir() if path.name not in ("x.h5", "x.jsonl", "x.metrics.json")]
    assert not left, f"left: {left}"
    return where


def main():
    draw, problems = random.Random(6), 0
    for name, words in RUNS.items():
        fell, share = collections.Counter(), COUNT // len(RUNS) + (name == "a mixture") * (COUNT % len(RUNS))
        folder, start = fresh(), time.monotonic()
        assert begun(folder, words, "0.002").wait() == 0
        length, whole = time.monotonic() - start, arrays(folder / "x.h5")
        for number in range(share):
            every, moment = draw.choice(["1e-9", "0.002", "0.02"]), draw.uniform(0, 1.2 * length)
            try:
                fell[killed_once(words, every, moment, whole)] += 1
            except AssertionError as failure:
                problems += 1
                print(f"{name}, kill {number} after {moment:.4f} s, checkpoints every {every} s: {failure}")
        print(f"{name}: {sum(fell.values())} of {share} kills gone on with to the same bits; they fell "
              + ", ".join(f"{where} {count}" for where, count in sorted(fell.items())), flush=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
