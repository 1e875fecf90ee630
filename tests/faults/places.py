"""Places that fail a run: a small disk, a file that may not grow, a folder that may not be written or goes away, and a
clock that jumps.  places.py PROGRAM JUMPING_CLOCK.so; exit 0, 1 or 77 (no h5py)."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from program import (FOLDER, PROGRAM, NotTried, arrays, assert_same_bits, attributes, overrides,  # noqa: E402
                     preloadable, run_checks)

CLOCK = preloadable(sys.argv[2])
STEPS = {"stages.0.steps": 300, "stages.1.steps": 300, "stages.2.steps": 400, "model.experts": 8, "data.heldout": 0,
         "record.every": 1}
WORDS = ["run", "mot/three_stage", *overrides(STEPS), "--out", "x.h5", "--quiet", "--checkpoint-every", "0.02"]
ENDLESS = ["run", "mot/three_stage", *overrides({**STEPS, "stages.0.steps": 10_000_000, "record.every": 1000}), "--out",
           "x.h5", "--quiet"]


def fresh(name="place"):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def run_in(folder, words, *before, **options):
    return subprocess.run([*before, PROGRAM, *words], cwd=folder, capture_output=True, text=True, timeout=300,
                          **options)


def whole():
    folder = fresh("whole")
    done = run_in(folder, WORDS)
    assert done.returncode == 0, done.stderr
    return arrays(folder / "x.h5")


def assert_refused_and_gone_on_with(folder, done, expected):
    assert done.returncode == 2 and done.stderr.startswith("lemmata: ") and expected in done.stderr, \
        f"exit {done.returncode}: {done.stderr}"
    assert not (folder / "x.h5").exists(), "a result was left"
    again = run_in(folder, [*WORDS, "--resume"])
    assert again.returncode == 0, again.stderr
    assert_same_bits(whole(), arrays(folder / "x.h5"), "gone on with")
    return attributes(folder / "x.h5")["resumed_from_step"]


def test_a_disk_that_fills_up():
    folder = fresh()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        raise NotTried("no file system may be mounted here; faults.py fills one call by call")
    try:
        done = run_in(folder, WORDS)
        subprocess.run(["mount", "-o", "remount,size=100m", str(folder)], check=True)
        assert assert_refused_and_gone_on_with(folder, done, "No space left") > 0
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_file_that_may_not_grow():
    folder = fresh()
    done = run_in(folder, WORDS, "bash", "-c", 'ulimit -f 400; exec "$@"', "bash")
    assert assert_refused_and_gone_on_with(folder, done, "File too large") > 0


def test_a_map_whose_kept_runs_may_not_grow_stops_at_once_and_goes_on_later():
    folder, plan = fresh(), pathlib.Path(FOLDER / "small.json")
    plan.write_text(json.dumps({
        "base": "mot/three_stage", "differences": {"data.heldout": 0}, "steps": 2000, "fraction": 1, "seeds": 1,
        "models": [{"name": name, "differences": {"model.kind": name}} for name in ("mot", "two_head_relu")],
        "losses": [{"name": name, "differences": {"loss.kind": name}} for name in ("squared", "logistic")],
        "noises": [{"name": "none", "differences": {}}], "optimizers": [{"name": "gd", "learning_rate": 0.02},
                                                                       {"name": "newton", "learning_rate": 0.3}]}))
    words = ["map", str(plan), "--out", "x.h5", "--quiet", "--threads", "1"]
    done = run_in(folder, words, "bash", "-c", 'ulimit -f 36; exec "$@"', "bash")
    kept = (folder / "x.cells.jsonl").read_text().splitlines(keepends=True)
    assert done.returncode == 2 and "x.cells.jsonl: found File too large" in done.stderr, done
    assert len(kept) > 1 and kept[-1].endswith('"}\n'), "a line that is cut short"
    again = run_in(folder, words)
    assert again.returncode == 0, again.stderr
    assert run_in(fresh("whole"), words).returncode == 0
    assert_same_bits(arrays(FOLDER / "whole" / "x.h5"), arrays(folder / "x.h5"), "a map")


def test_a_folder_that_may_not_be_written():
    folder = fresh()
    os.chmod(folder, 0o555)
    os.chmod(FOLDER, 0o755)
    as_nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    program = pathlib.Path(PROGRAM)
    if as_nobody and not all(parent.stat().st_mode & 0o001 for parent in program.parents):
        raise NotTried("others cannot reach the program")
    done = run_in(folder, WORDS, **as_nobody)
    assert done.returncode == 2 and "Permission denied" in done.stderr, f"exit {done.returncode}: {done.stderr}"
    assert not list(folder.iterdir())


def test_a_folder_that_goes_away():
    for options, sent in ((("--checkpoint-every", "0.05"), None), (("--checkpoint-every", "0"), signal.SIGINT)):
        folder = fresh()
        words = [word if word != "x.h5" else str(folder / "x.h5") for word in ENDLESS]
        process = subprocess.Popen([PROGRAM, *words, *options], cwd="/", stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not (folder / "x.jsonl").exists():
            assert time.monotonic() < deadline and process.poll() is None, "the run did not begin"
            time.sleep(0.02)
        shutil.rmtree(folder)
        if sent:
            time.sleep(0.2)
            process.send_signal(sent)
        message = process.communicate(timeout=60)[1]
        assert process.returncode == 2 and str(folder) in message, f"exit {process.returncode}: {message}"
        assert not folder.exists()


def test_a_clock_that_jumps():
    folder, environment = fresh(), {**os.environ, "LD_PRELOAD": CLOCK}
    begin = time.monotonic()
    done = run_in(folder, [*WORDS, "--max-time", "100"], env=environment)
    assert done.returncode == 0 and time.monotonic() - begin < 60, f"exit {done.returncode}: {done.stderr}"
    assert_same_bits(whole(), arrays(folder / "x.h5"), "under a clock that jumps")
    assert 0 <= attributes(folder / "x.h5")["wall_time_s"] < 60
    folder, begin = fresh(), time.monotonic()
    done = run_in(folder, [*ENDLESS, "--max-time", "0.5"], env=environment)
    assert done.returncode == 130 and 0.5 < time.monotonic() - begin < 30, f"exit {done.returncode}: {done.stderr}"


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
