"""Several programs at once on the same files, odd paths, many results.  concurrent_test.py PROGRAM; exit 0, 1 or 77 (no
h5py, xarray)."""
import shutil
import signal
import subprocess
import sys
import time

import h5py
from program import FOLDER, PROGRAM, arrays, assert_same_bits, attributes, lemmata, overrides, run, run_checks

ENDLESS = overrides({"record.metrics": ["loss"], "data.heldout": 0, "stages.0.steps": 10_000_000})


def begun(out, *options):
    """A run without end, once it has written its first lines."""
    curve = (FOLDER / out).with_suffix(".jsonl")
    curve.unlink(missing_ok=True)  # of an earlier run
    process = subprocess.Popen([PROGRAM, "run", "mot/three_stage", *ENDLESS, "--out", str(out), "--quiet", *options],
                               cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (curve.exists() and len(curve.read_text().splitlines()) > 20):
        assert time.monotonic() < deadline and process.poll() is None, "the run did not begin"
        time.sleep(0.02)
    return process


def killed(process, sent=signal.SIGKILL):
    process.send_signal(sent)
    return process.wait(timeout=60)


def test_a_second_run_to_the_same_file_is_refused_with_the_first_ones_number_and_disturbs_nothing():
    for seeds in ((), ("--seeds", "0-1")):
        process = begun("a.h5")
        try:
            message = lemmata("run", "mot/three_stage", "--out", "a.h5", "--quiet", *seeds, expect=2)
            assert "a.lock" in message and f"process {process.pid} on" in message, message
        finally:
            code = killed(process, signal.SIGINT)
        assert code == 130 and attributes(FOLDER / "a.h5")["stop_reason"] == "interrupted"
        assert not (FOLDER / "a.lock").exists() and not (FOLDER / "a.seeds").exists()


def test_a_lock_that_a_killed_run_left_does_not_stand_in_the_way():
    killed(begun("b.h5"))
    assert (FOLDER / "b.lock").exists()
    run("b.h5")
    assert attributes(FOLDER / "b.h5")["stop_reason"] == "completed" and not (FOLDER / "b.lock").exists()


def test_a_second_check_or_map_to_the_same_place_is_refused():
    process = subprocess.Popen([PROGRAM, "check", "M1", "--out", "evidence"], cwd=FOLDER, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (FOLDER / "evidence" / "check.measured.jsonl").exists():
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        message = lemmata("check", "M3", "--out", "evidence", expect=2)
        assert f"process {process.pid} on" in message, message
    finally:
        killed(process)


def test_readers_see_the_old_result_until_the_new_one_is_whole_and_can_look_into_the_part():
    old = arrays(run("c.h5"))
    process = begun("c.h5")
    try:
        assert_same_bits(old, arrays(FOLDER / "c.h5"), "the old result")
        lemmata("compare", "c.h5")
        deadline, rows = time.monotonic() + 60, 0
        while rows < 20:
            assert time.monotonic() < deadline and process.poll() is None
            try:
                with h5py.File(FOLDER / "c.h5.part", "r", locking=False) as part:
                    rows = len(part["step"])
            except (OSError, KeyError, RuntimeError, ValueError):
                time.sleep(0.1)  # caught between two flushes
        message = lemmata("fit", "c.h5.part", expect=(0, 2))
        assert message
    finally:
        assert killed(process, signal.SIGINT) == 130, "a reader disturbed the run"
    assert len(arrays(FOLDER / "c.h5")["step"]) >= rows


def test_paths_with_blanks_and_letters_beyond_ascii():
    folder = FOLDER / "größe und Maß 数"
    folder.mkdir()
    path = run(folder / "lauf eins é.h5", {}, "--checkpoint-every", "0.01")
    lemmata("fit", path)
    lemmata("compare", path, path)
    lemmata("report", path, "-o", folder / "bericht ß.html")
    lemmata("export", path, "--csv", folder / "tabellen 数")
    lemmata("check", "J8", "--out", folder / "belege ö")
    lemmata("recheck", folder / "belege ö")
    assert sorted(entry.name for entry in folder.iterdir() if entry.is_file()) == [
        "bericht ß.html", "lauf eins é.h5", "lauf eins é.jsonl", "lauf eins é.metrics.json"]


def test_a_thousand_results_in_one_folder():
    folder = FOLDER / "many"
    folder.mkdir()
    one = run("one.h5", {"record.metrics": ["loss"], "record.every": 10})
    for i in range(1000):
        shutil.copy(one, folder / f"run_{i:04}.h5")
    soft_limit = ("bash", "-c", 'ulimit -n 256; exec "$@"', "bash")  # each is closed before the next is opened
    result = subprocess.run([*soft_limit, PROGRAM, "report", "many", "-o", "many.html"], cwd=FOLDER,
                            capture_output=True, text=True, timeout=600)
    assert result.returncode == 0 and "1000 runs" in result.stdout, f"{result.stdout} {result.stderr[-300:]}"
    assert "run_0999" in (FOLDER / "many.html").read_text()


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
