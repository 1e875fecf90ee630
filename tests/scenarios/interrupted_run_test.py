"""Runs that are interrupted or killed keep what they recorded.  interrupted_run_test.py PROGRAM; exit 0, 1 or 77 (no
h5py, xarray)."""
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import xarray
from program import FOLDER, PROGRAM, arrays, assert_same_bits, attributes, lemmata, overrides, run, run_checks

LOSS_ONLY = {"record.metrics": ["loss"], "data.heldout": 0}


def interrupted(out, wait_for, *options):
    """Starts 10^7 steps, sends SIGINT when `wait_for` shows that it trains; returns the result file."""
    endless = overrides({**LOSS_ONLY, "stages.0.steps": 10_000_000, "stages.0.stop.loss": 0})
    words = [PROGRAM, "run", "mot/three_stage", *endless, "--out", out, *options]
    process = subprocess.Popen(words, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not wait_for():
            assert time.monotonic() < deadline and process.poll() is None, "the run did not begin"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, f"exit {process.returncode} after SIGINT"
    assert not list(FOLDER.glob(out + "*part*")), "a part file is left"
    return FOLDER / out


def test_an_interrupted_run_keeps_what_it_recorded():
    def has_lines():
        return (FOLDER / "cut.jsonl").exists() and len((FOLDER / "cut.jsonl").read_text().splitlines()) > 60
    path = interrupted("cut.h5", has_lines)
    assert attributes(path)["stop_reason"] == "interrupted"
    reference = arrays(run("uncut.h5",
                           {**LOSS_ONLY, "model.experts": 24, "stages.0.steps": 10_000, "stages.1.steps": 0,
                            "stages.2.steps": 0}))
    with xarray.open_dataset(path) as result:
        n = min(result.sizes["step"], len(reference["step"]) - 1)
        assert n >= 60 and result.step.values[:n].tobytes() == reference["step"][:n].tobytes()
        assert result.loss.values[:n].tobytes() == reference["loss"][:n].tobytes()
    with xarray.open_dataset(path, group="final") as final:
        assert np.isfinite(final.ffn.values).all()
    lemmata("compare", path)


def test_interrupted_seeds_keep_what_they_recorded():
    begin = time.monotonic()
    path = interrupted("cut_seeds.h5", lambda: time.monotonic() > begin + 1.5, "--seeds", "0-1", "--threads", "2")
    assert attributes(path)["stop_reason"] == "interrupted"
    with xarray.open_dataset(path) as result:
        assert result.sizes["seed"] == 2 and result.sizes["step"] > 10 and (result.completed.values == 0).all()
    lemmata("compare", path)


def test_killed_seeds_leave_the_finished_ones_as_files_and_the_rows_of_those_under_way():
    settings = {**LOSS_ONLY, "stages.1.steps": 0, "stages.2.steps": 10_000_000, "stages.2.stop.loss": 10}
    words = [PROGRAM, "run", "mot/three_stage", *overrides({**settings, "stages.0.steps": 300, "record.every": 10}),
             "--out", "killed.h5", "--seeds", "0-200"]
    process = subprocess.Popen([*words, "--threads", "2", "--quiet"], cwd=FOLDER, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    parts, deadline = FOLDER / "killed.seeds", time.monotonic() + 60
    while len(list(parts.glob("seed_*.h5"))) < 3:
        assert time.monotonic() < deadline and process.poll() is None, "no three seeds ended in a minute"
        time.sleep(0.02)
    process.kill()
    process.communicate()
    finished = sorted(parts.glob("seed_*.h5"))
    assert 3 <= len(finished) < 201 and not (FOLDER / "killed.h5").exists()
    for path in finished:
        seed = int(path.stem.split("_")[1])
        alone = run("alone.h5", {**settings, "stages.0.steps": 300, "record.every": 10, "model.experts": 24},
                    "--seed", seed)
        assert_same_bits(arrays(path), arrays(alone), path.name)
        assert attributes(path)["scenario"] == attributes(alone)["scenario"], "a seed's file does not describe its run"
    # The same name again: what the killed run left is no obstacle, and nothing of it remains.
    lemmata(*["0-1" if word == "0-200" else word for word in words[1:]], "--quiet")
    assert [path.name for path in parts.glob("seed_[01].*")] == [], "files of the joined seeds remain"
    assert list(arrays(FOLDER / "killed.h5")["seed"]) == [0, 1]


def test_a_seed_under_way_reaches_the_disk_although_its_next_record_is_far_away():
    settings = {**LOSS_ONLY, "stages.0.steps": 10_000_000, "stages.0.stop.loss": 0, "record.every": 10_000_000}
    words = [PROGRAM, "run", "mot/three_stage", *overrides(settings), "--out", "far.h5", "--seeds", "0", "--quiet"]
    process = subprocess.Popen(words, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    part, deadline = FOLDER / "far.seeds" / "seed_0.h5.part", time.monotonic() + 60
    while not part.exists():
        assert time.monotonic() < deadline and process.poll() is None, "the run did not begin"
        time.sleep(0.02)
    time.sleep(3)   # flushed every second
    process.kill()
    process.communicate()
    with h5py.File(part, "r", locking=False) as file:
        assert list(file["step"]) == [0] and np.isfinite(file["loss"][0]), list(file["step"])


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
