"""Where a run's numbers stop meaning something is said in the file, on stderr, by describe and report, with step and
cause; the same after --resume and for every seed.  numerical_notes_test.py PROGRAM; exit 0, 1 or 77."""
import json
import subprocess
import sys

from program import FOLDER, PROGRAM, SHORT, attributes, lemmata, overrides, run, run_checks

FAST = {"stages.0.train.ffn": {"optimizer": "gd", "learning_rate": 1e6}, "record.metrics": ["loss"]}
# The excess of its pure experts falls below every one that rounding leaves measurable.
LONG = {"stages.0.steps": 800, "stages.1.steps": 800, "stages.2.steps": 60_000, "model.experts": 12, "data.heldout": 0,
        "record.metrics": ["loss", "curvature"], "record.every": 200}


def notes_of(path):
    return json.loads(attributes(path)["numerical_notes"])


def said(*arguments):
    result = subprocess.run([PROGRAM, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    return [line for line in result.stderr.splitlines() if line.startswith("numerical note: ")]


def test_a_clean_run_has_an_empty_list_and_says_nothing():
    words = ["run", "mot/three_stage", *overrides({**SHORT, "record.metrics": ["loss"]}), "--out", "clean.h5"]
    assert said(*words) == [] and attributes(FOLDER / "clean.h5")["numerical_notes"] == "[]"
    assert json.loads((FOLDER / "clean.metrics.json").read_text())["numerical_notes"] == "[]"


def test_a_run_that_diverged_names_step_and_block():
    words = ["run", "mot/three_stage", *overrides({**SHORT, **FAST}), "--out", "diverged.h5"]
    lines, found, root = said(*words), notes_of(FOLDER / "diverged.h5"), attributes(FOLDER / "diverged.h5")
    assert root["stop_reason"] == "diverged"
    last = found[-1]
    assert "the run diverged" in last["cause"] and last["variable"] in ("ffn", "objective"), found
    assert last["step"] == root["last_finite_step"] + 1, (last, root["last_finite_step"])
    assert lines == [f"numerical note: step {one['step']}, {one['variable']}: {one['cause']}" for one in found]
    assert said(*words, "--quiet") == []
    told = json.loads(lemmata(*words, "--quiet", "--json", "-"))["runs"][0]["numerical_notes"]
    assert told == found


def test_describe_and_report_show_them():
    described = lemmata("describe", "diverged.h5")
    first = notes_of(FOLDER / "diverged.h5")[0]
    assert f"numerical note: step {first['step']}, {first['variable']}: {first['cause']}" in described
    assert json.loads(lemmata("describe", "diverged.h5", "--json", "-"))["numerical_notes"][0] == first
    lemmata("report", "clean.h5", "diverged.h5", "--out", "page.html")
    assert first["cause"] in (FOLDER / "page.html").read_text()


def test_a_file_whose_notes_are_no_list_is_refused():
    import h5py
    path = run("damaged.h5", {"record.metrics": ["loss"]})
    with h5py.File(path, "a") as file:
        file.attrs["numerical_notes"] = '[{"step": "one"}]'
    assert "numerical_notes" in lemmata("describe", path, expect=2)


def test_underflow_and_rounding_are_seen_where_they_begin_and_come_back_on_resume():
    words = ["run", "mot/three_stage", *overrides(LONG), "--quiet", "--out"]
    lemmata(*words, "whole.h5")
    found = notes_of(FOLDER / "whole.h5")
    assert any(one["variable"] == "expert_excess" for one in found), found
    code, stops, reached = 130, 0, 0
    while code == 130:
        limit = ["--max-time", "0.3"] if reached <= found[0]["step"] else []  # then it may run to its end
        code = subprocess.run([PROGRAM, *words, "stopped.h5", "--resume", "--checkpoint-every", "0.05", *limit],
                              cwd=FOLDER, capture_output=True, timeout=600).returncode
        stops += code == 130
        reached = attributes(FOLDER / "stopped.h5")["last_finite_step"]
    assert code == 0 and stops > 0, (code, stops)
    assert attributes(FOLDER / "stopped.h5")["resumed_from_step"] > found[0]["step"], "resumed before the first note"
    assert notes_of(FOLDER / "stopped.h5") == found


def test_every_seed_has_its_own():
    run("seeds.h5", FAST, "--seeds", "3,5")
    alone = [{**note, "seed": seed} for seed in (3, 5) for note in notes_of(run(f"one{seed}.h5", FAST, "--seed", seed))]
    assert notes_of(FOLDER / "seeds.h5") == alone and alone


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
