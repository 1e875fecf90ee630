"""Files of fixed names that the program writes beside a result: what another program has left under such a name is
neither written over, nor followed where it is a link, nor waited for where it is a pipe; the command exits with 2 and
changes nothing.  foreign_files_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import os
import re
import shutil
import subprocess
import sys

import h5py
from program import FOLDER, PROGRAM, lemmata, run_checks

KINDS = ("foreign", "link", "pipe", "folder")
RUN = ["run", "mot/three_stage", "--quiet", "--out", "q.h5"]


def listing():
    return sorted((str(path), 0 if path.is_dir() else path.lstat().st_mtime_ns) for path in FOLDER.rglob("*"))


def refused(words, name):
    """The program must not take name for its own."""
    before = listing()
    try:
        result = subprocess.run([PROGRAM, *words], capture_output=True, text=True, cwd=FOLDER, timeout=60)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{words} waits for {name}") from None
    said = f"{words}, {name}: exit {result.returncode}, {result.stderr}"
    assert result.returncode == 2 and not result.stdout, said
    assert re.search(re.escape(name) + "( line 1)?: found ", result.stderr) and "allowed: " in result.stderr, said
    assert listing() == before, f"{said}: something was written or removed"


def put(kind, path):
    victim = FOLDER / "victim"  # which the program would take, were it no link
    victim.write_text("")
    {"foreign": lambda: path.write_text("Made by another program\n"), "link": lambda: path.symlink_to(victim),
     "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()


def each_refused(words, names, kinds=KINDS):
    for name in names:
        for kind in kinds:
            path = FOLDER / name
            put(kind, path)
            refused(words, name)
            assert (FOLDER / "victim").read_text() == ""
            path.rmdir() if kind == "folder" else path.unlink()


def test_beside_a_run():
    for more in ([], ["--resume"], ["--seeds", "0-1"]):
        each_refused(RUN + more, ["q.lock", "q.jsonl", "q.h5.part", "q.metrics.json.part"])
    for more in ([], ["--resume"]):
        each_refused(RUN + more, ["q.journal", "q.checkpoint", "q.checkpoint.part"])
        each_refused(RUN + more, ["q.metrics.json"], ["pipe", "folder"])


def test_an_hdf5_file_that_is_no_checkpoint():
    with h5py.File(FOLDER / "q.checkpoint", "w") as file:
        file["weights"] = [1.0, 2.0]
    refused(RUN, "q.checkpoint")
    (FOLDER / "q.checkpoint").unlink()


def test_beside_the_runs_of_several_seeds():
    each_refused(RUN + ["--seeds", "0-1"], ["q.seeds"], ["foreign", "pipe"])
    (FOLDER / "q.seeds").mkdir()
    each_refused(RUN + ["--seeds", "0-1"], ["q.seeds/seed_1.journal", "q.seeds/seed_1.jsonl"])
    (FOLDER / "q.seeds").rmdir()


def test_a_curve_of_something_else():
    (FOLDER / "q.jsonl").write_text('{"text": "a set of data"}\n')
    refused(RUN, "q.jsonl")
    (FOLDER / "q.jsonl").unlink()


def test_beside_a_check_a_map_and_json():
    (FOLDER / "evidence").mkdir()
    for more in ([], ["--resume"]):
        each_refused(["check", "M3", "--out", "evidence", *more], ["evidence/check.lock",
                                                                   "evidence/check.measured.jsonl"])
    shutil.rmtree(FOLDER / "evidence")
    each_refused(["map", "mot/law_map", "--out", "q.h5"], ["q.lock", "q.cells.jsonl"], ["foreign", "pipe", "folder"])
    each_refused(["map", "mot/law_map", "--out", "q.h5"], ["q.lock"], ["link"])
    each_refused(["describe", "mot/three_stage", "--json", "q.json"], ["q.json.part"])


def test_what_the_program_left_itself_is_taken_over():
    short = [word for stage in range(3) for word in ("--set", f"stages.{stage}.steps=3")]
    lemmata(*RUN, *short)
    (FOLDER / "q.h5.part").write_bytes((FOLDER / "q.h5").read_bytes()[:5000])
    (FOLDER / "q.metrics.json.part").write_text('{\n  "loss"')
    (FOLDER / "q.lock").write_text("4194304 of_another_machine\n")
    for name in ("q.checkpoint", "q.journal"):
        (FOLDER / name).touch()
    lemmata(*RUN, *short)
    assert not list(FOLDER.glob("*.part")) and not (FOLDER / "q.lock").exists()


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
