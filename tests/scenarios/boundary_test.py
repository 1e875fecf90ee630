"""`lemmata boundary` as a user runs it.  boundary_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import copy
import json
import sys

import numpy as np
import xarray
from program import FOLDER, PROGRAM, lemmata, run_checks, stopped_twice

# T1 after 150 steps: pure above a beta between 1 and 3; the second row's gate does not learn, so nothing is ever pure.
PLAN = {"description": "small", "base": "mot/three_stage",
        "differences": {"data.heldout": 0, "model.experts": 24, "stages.0.steps": 150, "stages.1.steps": 5,
                        "stages.0.train.ffn.learning_rate": 0.05},
        "rows": {"path": "stages.0.train.gate.learning_rate", "values": [1, 1e-6]},
        "search": {"path": "data.beta", "low": 0.5, "high": 8, "scale": "log", "direction": "rising"},
        "outcome": "pure", "probabilities": [0.5], "runs": 64, "stop_width": 0.1}


def write(name, changes=()):
    """A plan that differs at some paths, {"search.low": 1}."""
    plan = copy.deepcopy(PLAN)
    for path, value in dict(changes).items():
        *parents, last = path.split(".")
        place = plan
        for part in parents:
            place = place[part]
        place[last] = value
    (FOLDER / name).write_text(json.dumps(plan))
    return name


def words(variable):
    return variable.attrs["flag_meanings"].split()


def test_a_boundary_is_found_and_a_row_without_one_gets_no_number():
    printed = json.loads(lemmata("boundary", write("small.json"), "--out", "small.h5", "--quiet", "--json", "-"))
    assert not (FOLDER / "small.runs.jsonl").exists() and not list(FOLDER.glob("small*.part"))
    found, none = printed["contours"]
    assert found["finding"] == "found" and 1 < found["lower"] < found["value"] < found["upper"] < 3, found
    assert none["finding"] == "above_range" and none["value"] is None and none["upper"] is None, none
    page = (FOLDER / "small.h5").with_suffix(".md").read_text()
    assert "above range (P < 0.5 from 0.5 to 8)" in page and "## `covered`" in page
    for engine in ("h5netcdf", "netcdf4"):
        with xarray.open_dataset(FOLDER / "small.h5", engine=engine) as data:
            assert data.sizes["run"] == printed["runs"] and list(data.row.values) == [1, 1e-6]
            pure = words(data.outcome).index("pure")
            assert data.contour.values[0, pure, 0] == found["value"] and np.isnan(data.contour.values[1, pure, 0])
            assert words(data.finding)[int(data.finding.values[1, pure, 0])] == "above_range"
    with xarray.open_dataset(FOLDER / "small.h5", engine="h5netcdf") as data:
        first = data.run_row.values == 0
        value, held = data.value.values, data.pure.values
        assert held[first & (value > found["upper"])].mean() > 0.5 > held[first & (value < found["lower"])].mean()
        assert not held[~first].any() and len(set(data.seed.values)) == data.sizes["run"]
        again = np.minimum(data.least_purity_t1.values, data.least_purity_noisy_t1.values) >= 0.99
        assert np.array_equal(again, held == 1)
        assert {"boundary", "boundary_hash", "git_commit", "searched_outcome"} <= set(data.attrs)


def test_one_run_of_a_boundary_is_that_of_lemmata_run():
    lemmata("boundary", write("one.json"), "--out", "one.h5", "--quiet")
    with xarray.open_dataset(FOLDER / "one.h5") as data:
        for i in np.flatnonzero(data.run_row.values == 0)[:3]:
            changes = {**PLAN["differences"], PLAN["rows"]["path"]: 1, "data.beta": float(data.value.values[i]),
                       "stages.1.steps": 0, "stages.2.steps": 0, "record.metrics": ["routing"]}
            lemmata("run", PLAN["base"], "--seed", int(data.seed.values[i]), "--out", "run.h5", "--quiet",
                    *[word for path, value in changes.items() for word in ("--set", f"{path}={json.dumps(value)}")])
            with xarray.open_dataset(FOLDER / "run.h5") as run:
                assert run.purity_noisy.values[-1].min() == data.least_purity_noisy_t1.values[i]
                assert run.purity.values[-1].min() == data.least_purity_t1.values[i]


def test_an_interrupted_search_goes_on_to_the_same_file():
    write("cut.json", {"stop_width": 0.01})
    lines = FOLDER / "cut.runs.jsonl"
    before = stopped_twice("boundary", lines.name, 6, 12)
    assert before < 100
    with open(lines, "a") as file:
        file.write('{"run_row": 0, "run_nu')   # killed while it wrote
    assert "other.json" in lemmata("boundary", write("other.json", {"runs": 40}), "--out", "cut.h5", expect=2)
    assert len(lines.read_text().splitlines()) == before + 1 and not list(FOLDER.glob("*lock*"))
    lemmata("boundary", "cut.json", "--out", "cut.h5", "--threads", "1", "--quiet", "--resume")
    lemmata("boundary", "cut.json", "--out", "whole.h5", "--threads", "2", "--quiet")
    with xarray.open_dataset(FOLDER / "cut.h5") as cut, xarray.open_dataset(FOLDER / "whole.h5") as whole:
        assert set(cut.variables) == set(whole.variables)
        for name in whole.variables:
            assert cut[name].values.tobytes() == whole[name].values.tobytes(), name
    pages = [(FOLDER / name).with_suffix(".md").read_text() for name in ("cut.h5", "whole.h5")]
    assert pages[0] == pages[1]


def test_max_time_stops_a_search():
    message = lemmata("boundary", write("timed.json", {"stop_width": 0.01}), "--out", "timed.h5", "--max-time", "0.1",
                      expect=130)
    assert "0.1 s of --max-time" in message and "timed.runs.jsonl" in message, message
    assert not (FOLDER / "timed.h5").exists()


def test_bad_input_is_refused_by_name_and_writes_nothing():
    for changes, key, value in [({"outcome": "clean"}, "outcome", "clean"), ({"runs": 0}, "runs", "0"),
                                ({"colour": 1}, "colour", "key"), ({"search.low": -1}, "search.low", "-1"),
                                ({"search.high": 0.1}, "search.high", "0.1"),
                                ({"base": "mot/none"}, "scenario", "mot/none"),
                                ({"search.path": "data.bta"}, "data.bta", "exist"),
                                ({"rows.values": [1, "two"]}, "rows.values.1", "two"),
                                ({"probabilities": [1.5]}, "probabilities.0", "1.5")]:
        message = lemmata("boundary", write("bad.json", changes), "--out", "bad.h5", expect=2)
        assert key in message and value in message and "bad.json" in message, (changes, message)
    assert "mot/beta_gamma" in lemmata("boundary", "mot/none", "--out", "bad.h5", expect=2)
    assert "nowhere" in lemmata("boundary", write("good.json"), "--out", "nowhere/x.h5", expect=2)
    assert not list(FOLDER.glob("bad*.h5")) and not list(FOLDER.glob("bad*.jsonl"))


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
