"""What `describe` says that a run needs, beside the most memory that the program took.
memory_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import json
import subprocess
import sys

from program import FOLDER, PROGRAM, lemmata, overrides, run_checks


# A process counts what its parent held when it was begun: the parent must be a small one.
SMALL_PARENT = """import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], {}, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(process, 0)
print(status, usage.ru_maxrss)"""


def peak(words):
    """Bytes."""
    options = ["--out", "x.h5", "--quiet", "--threads", "1", "--checkpoint-every", "0"]
    done = subprocess.run(["/usr/bin/python3", "-S", "-c", SMALL_PARENT, PROGRAM, "run", *words, *options], cwd=FOLDER,
                          capture_output=True, text=True)
    status, kib = map(int, done.stdout.split())
    assert status == 0, f"{words}: {done.stderr}"
    return 1024 * kib


def estimate(words):
    return json.loads(lemmata("describe", *words, "--json", "-"))["memory_bytes"]["total"]


def assert_growth(scenario, small, large):
    """From a small run to a large one of the same kind: what the libraries take for themselves falls out."""
    few, many = ([scenario, *overrides(settings)] for settings in (small, large))
    grown, expected = peak(many) - peak(few), estimate(many) - estimate(few)
    assert grown > 15e6, f"{scenario}: only {grown / 1e6:.3g} MB"
    assert 0.4 < grown / expected < 1.25, f"{scenario}: grown by {grown / 1e6:.3g} MB, said {expected / 1e6:.3g} MB"


SHORT = {"stages.0.steps": 2, "data.heldout": 0}
THREE = {**SHORT, "stages.1.steps": 1, "stages.2.steps": 1}


def test_data():
    small = {**THREE, "record.metrics": ["loss"]}
    assert_growth("mot/three_stage", small, {**small, "data.replicates": 600})


def test_curvature_of_a_wide_model():
    small = {**SHORT, "data.features": 150, "record.metrics": ["curvature"]}
    assert_growth("mot/single_transformer", {**small, "model.heads": 2}, {**small, "model.heads": 14})


def test_newton():
    newton = {"stages.1.train.attention.optimizer": "newton", "stages.1.train.attention.learning_rate": 0.1}
    small = {**THREE, **newton, "record.metrics": ["loss"], "model.experts": 3}
    assert_growth("mot/three_stage", {**small, "data.features": 16}, {**small, "data.features": 34})


def test_too_large_a_hessian_and_too_many_seeds_at_once_are_refused():
    wide = overrides({"data.features": 3000, "model.heads": 100})
    assert "of this machine" in lemmata("run", "mot/single_transformer", *wide, "--out", "y.h5", expect=2)
    kib = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    thousand = estimate(["mot/three_stage", *overrides({"data.heldout": 0, "data.replicates": 1000})])
    large = overrides({"data.heldout": 0, "data.replicates": int(1024 * kib / thousand / 3 * 1000)})
    assert 0.25 < estimate(["mot/three_stage", *large]) / (1024 * kib) < 0.4
    message = lemmata("run", "mot/three_stage", *large, "--seeds", "0-7", "--threads", "8", "--out", "y.h5", expect=2)
    assert "of this machine" in message and not list(FOLDER.glob("y*")), message


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
