"""`lemmata map` as a user runs it.  map_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import json
import sys

import numpy as np
import xarray
from program import FOLDER, PROGRAM, lemmata, run_checks, stopped_twice

MAP = {"base": "mot/three_stage", "differences": {"data.heldout": 0}, "steps": 6000, "fraction": 1, "seeds": 2,
       "models": [{"name": "mot", "differences": {}},
                  {"name": "single_h1", "differences": {"model.kind": "single"}},
                  {"name": "relu", "differences": {"model.kind": "two_head_relu"}}],
       "losses": [{"name": "logistic", "differences": {"loss.kind": "logistic"}},
                  {"name": "squared", "differences": {}}],
       "noises": [{"name": "none", "differences": {}}],
       "optimizers": [{"name": "gd", "learning_rate": {"logistic": 3, "squared": 0.02}},
                      {"name": "newton", "learning_rate": 0.3}]}
REGIMES = 3 * 2 * 3


def write(name, **changes):
    (FOLDER / name).write_text(json.dumps({**MAP, **changes}))
    return name


def words(variable):
    return variable.attrs["flag_meanings"].split()


def named(data, **wanted):
    """Places of the runs with these names."""
    chosen = np.ones(data.sizes["run"], bool)
    for axis, name in wanted.items():
        chosen &= data[axis].values == words(data[axis]).index(name)
    return np.flatnonzero(chosen)


def test_a_map_opens_in_xarray_and_says_what_is_known():
    printed = json.loads(lemmata("map", write("small.json"), "--out", "small.h5", "--quiet", "--json", "-"))
    assert printed["regimes"] == REGIMES and printed["runs"] >= REGIMES
    assert not (FOLDER / "small.cells.jsonl").exists() and not list(FOLDER.glob("small*.part"))
    assert "mot" in (FOLDER / "small.h5").with_suffix(".md").read_text()
    for engine in ("h5netcdf", "netcdf4"):
        with xarray.open_dataset(FOLDER / "small.h5", engine=engine) as data:
            assert data.sizes["run"] == printed["runs"]
            assert words(data.law_zero) == ["log", "power", "floor", "exact", "unclear"]
    with xarray.open_dataset(FOLDER / "small.h5", engine="h5netcdf") as data:
        # The squared loss of MoT is a sum of exponentials, and the spectrum gives it point by point.
        for i in named(data, model="mot", loss="squared", optimizer="gd", step_rule="lambda_max"):
            if data.pure.values[i] != 1:
                continue
            assert words(data.law_floor)[int(data.law_floor.values[i])] == "log"
            measured, predicted = data.excess.values[i], data.predicted_excess.values[i]
            seen = np.isfinite(measured)
            assert seen.sum() > 100 and np.all(np.abs(measured[seen] / predicted[seen] - 1) < 1e-6)
        # One head with attention frozen cannot go below L* = .03; Newton on the logistic loss is exponential.
        i = named(data, model="single_h1", loss="squared", optimizer="gd", step_rule="lambda_max")[0]
        assert words(data.law_zero)[int(data.law_zero.values[i])] == "floor"
        assert abs(data.levels_off_at_zero.values[i] - data.floor.values[i]) < 0.1 * data.floor.values[i]
        i = named(data, model="single_h1", loss="logistic", optimizer="newton")[0]
        assert words(data.law_zero)[int(data.law_zero.values[i])] == "log"
        # Every value stands at its own step: none after the end of its run, whatever the step at which that ended.
        seen = np.isfinite(data.prediction_loss.values)
        assert np.all(np.where(seen, data.step.values, -1).max(axis=1) <= data.steps.values)
        assert (data.steps.values < MAP["steps"]).any(), "no run ended early, so nothing was tested"
        # T(eps) is the first step at or below eps: later for smaller eps.
        steps = data.steps_to_eps_zero.values
        assert np.all(np.diff(steps, axis=1)[np.isfinite(np.diff(steps, axis=1))] >= 0) and np.isfinite(steps).any()
        assert np.isnan(data.floor.values[named(data, model="relu")]).all()


def test_an_interrupted_map_goes_on_to_the_same_file():
    write("cut.json")
    lines = FOLDER / "cut.cells.jsonl"
    assert stopped_twice("map", lines.name, 3, 6) < REGIMES + 1
    whole = lines.read_text()
    lines.write_text(whole.replace('"cell":1.0', '"cell":2.0', 1))
    assert "cut.cells.jsonl line " in lemmata("map", "cut.json", "--out", "cut.h5", expect=2)
    lines.write_text(whole)
    with open(lines, "a") as file:
        file.write('{"numbers": {"cell"')   # killed while it wrote
    assert "other.json" in lemmata("map", write("other.json", steps=50), "--out", "cut.h5", expect=2)
    assert not list(FOLDER.glob("*lock*"))
    lemmata("map", "cut.json", "--out", "cut.h5", "--threads", "1", "--quiet", "--resume")
    lemmata("map", "cut.json", "--out", "whole.h5", "--threads", "2", "--quiet")
    with xarray.open_dataset(FOLDER / "cut.h5") as cut, xarray.open_dataset(FOLDER / "whole.h5") as whole:
        assert set(cut.variables) == set(whole.variables)
        for name in whole.variables:
            assert cut[name].values.tobytes() == whole[name].values.tobytes(), name


def test_max_time_stops_a_map():
    message = lemmata("map", write("timed.json", steps=200_000), "--out", "timed.h5", "--max-time", "0.2", expect=130)
    assert "0.2 s of --max-time" in message and "timed.cells.jsonl" in message, message
    assert not (FOLDER / "timed.h5").exists()


def test_bad_input_is_refused_by_name_and_writes_nothing():
    for changes, said in [({"models": []}, "models"), ({"steps": 0}, "steps"),
                          ({"optimizers": [{"name": "sgd", "learning_rate": 1}]}, "optimizers.0.name"),
                          ({"colour": 1}, "colour"), ({"base": "mot/none"}, "mot/none")]:
        message = lemmata("map", write("bad.json", **changes), "--out", "bad.h5", expect=2)
        assert said in message and "bad.json" in message, message
    assert "mot/law_map" in lemmata("map", "mot/none", "--out", "bad.h5", expect=2)
    assert "nowhere" in lemmata("map", "small.json", "--out", "nowhere/x.h5", expect=2)
    assert not list(FOLDER.glob("bad*.h5")) and not list(FOLDER.glob("bad*.jsonl"))


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
