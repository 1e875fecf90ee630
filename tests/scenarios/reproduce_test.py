"""What `describe --reproduce` prints makes the file again, bit by bit.  reproduce_test.py PROGRAM; exit 0, 1 or 77 (no
h5py, xarray)."""
import json
import os
import pathlib
import subprocess
import sys

import h5py
from program import FOLDER, PROGRAM, SHORT, arrays, assert_same_bits, attributes, lemmata, overrides, run, run_checks

STAGES = [{"name": "it's one", "steps": 20, "train": {"ffn": {"optimizer": "adam", "learning_rate": 0.01}}}]
OWN = {"name": "my/own", "base": "mot/three_stage", "differences": {"data.heldout": 0, "stages": STAGES, "seed": 4}}


def remade(path):
    """Runs what --reproduce prints in a folder of its own; returns the file that comes of it."""
    folder = FOLDER / f"again_{path.stem}"
    folder.mkdir()
    (folder / "bin").mkdir()
    (folder / "bin" / "lemmata").symlink_to(PROGRAM)
    lines = lemmata("describe", path, "--reproduce")
    assert "the same bits" in lines and "this very program" in lines, lines
    done = subprocess.run(["bash", "-e", "-c", lines], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"})
    assert done.returncode == 0, f"{lines}\n{done.stderr}"
    return folder / path.name


def assert_remade(path):
    again = remade(path)
    assert_same_bits(arrays(path), arrays(again), str(path))
    for name in ("config_hash", "scenario", "seed"):
        assert attributes(path)[name] == attributes(again)[name], name


def test_shipped_scenarios_with_changes_seeds_and_threads():
    assert_remade(run("plain.h5", {}, "--seed", "3", "--threads", "2"))
    assert_remade(run("some seeds.h5", {"loss.kind": "logistic"}, "--seeds", "0-3,7,9-10"))
    assert_remade(run("stages.h5", {"stages": STAGES, "data.noise_std": 1e-3 / 3}))
    lemmata("run", "joma/sparse_then_dense", "--set", "stages.0.steps=50", "--out", "joma.h5", "--quiet")
    assert_remade(FOLDER / "joma.h5")


def test_a_scenario_of_ones_own_is_printed_in_full():
    (FOLDER / "own.json").write_text(json.dumps(OWN))
    lemmata("run", "own.json", *overrides({"model.experts": 5}), "--out", "own.h5", "--quiet")
    text = lemmata("describe", "own.h5", "--reproduce")
    assert "END OF SETTINGS" in text and "it's one" in text
    assert_remade(FOLDER / "own.h5")


def test_what_is_not_of_this_build_or_cannot_come_out_the_same_says_so():
    path = run("other.h5", SHORT)
    for name, value, expected in (("git_commit", "0123abc", "git checkout 0123abc"), ("git_dirty", 1, "in no commit"),
                                  ("simd", "v9", "-DLEMMATA_SIMD=v9"), ("stop_reason", "interrupted", "interrupted"),
                                  ("resumed_anyway", "seed: 1 until then", "seed: 1 until then")):
        changed = pathlib.Path(FOLDER / "changed.h5")
        changed.write_bytes(path.read_bytes())
        with h5py.File(changed, "r+") as file:
            file.attrs.modify("git_dirty", 0)  # this test may be run from a tree with changes
            if name in file.attrs:
                del file.attrs[name]
            file.attrs[name] = value
        text = lemmata("describe", changed, "--reproduce")
        assert expected in text, text
        is_other_build = name in ("git_commit", "simd")
        assert ("not the same bits" in text) != is_other_build and ("this very program" in text) != is_other_build


def test_a_file_puts_no_command_of_its_own_among_the_printed_ones():
    path = run("hostile.h5", SHORT)
    for name, value, expect in (("seed", "$(touch pwned)", 2), ("git_commit", "--orphan x", 2),
                                ("compiler", "GNU\ntouch pwned #", 0), ("flags", "-O3\r\ntouch pwned", 0),
                                ("simd", "v3;touch pwned\ntouch pwned", 0), ("resumed_anyway", "a\ntouch pwned", 0)):
        changed = FOLDER / "changed.h5"
        changed.write_bytes(path.read_bytes())
        with h5py.File(changed, "r+") as file:
            if name in file.attrs:
                del file.attrs[name]
            file.attrs[name] = value
        said = lemmata("describe", changed, "--reproduce", expect=expect)
        assert "touch" not in (line.split()[0] for line in said.splitlines()) and "\r" not in said, said
        if expect == 2:
            assert name in said, said
            continue
        # All of it as one shell, with nothing but `touch` to be found.
        (FOLDER / "bin").mkdir(exist_ok=True)
        (FOLDER / "bin" / "touch").unlink(missing_ok=True)
        (FOLDER / "bin" / "touch").symlink_to("/usr/bin/touch")
        subprocess.run(["/bin/bash", "-c", said], cwd=FOLDER, capture_output=True, env={"PATH": str(FOLDER / "bin")})
        assert not (FOLDER / "pwned").exists(), said


def test_what_says_nothing_of_its_making_is_refused():
    with h5py.File(FOLDER / "bare.h5", "w") as file:
        file["loss"] = [1.0, 2.0]
    assert "scenario" in lemmata("describe", "bare.h5", "--reproduce", expect=2)
    assert "--reproduce" in lemmata("describe", "mot/three_stage", "--reproduce", expect=2)
    said = json.loads(lemmata("describe", run("json.h5"), "--reproduce", "--json", "-"))
    assert said["command"].startswith("lemmata run ")


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
