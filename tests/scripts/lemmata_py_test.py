"""scripts/lemmata.py: values against h5py and against the program's own JSON, seeds, runs of unequal length, files that
merely follow the contract, and what is refused."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import xarray

h5py = pytest.importorskip("h5py")
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import matplotlib  # noqa: E402

matplotlib.use("Agg")
import lemmata  # noqa: E402
from lemmata_program import program  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run, a shorter one of another model, and three seeds of one."""
    folder = tmp_path_factory.mktemp("made")
    jobs = {"a": ["mot/three_stage"], "b": ["mot/single_transformer", "--set", "stages.0.steps=700", "--seed", "4"],
            "s": ["mot/three_stage", "--seeds", "1,3,5", "--set", "stages.2.steps=50"]}
    for name, words in jobs.items():
        subprocess.run([program(), "run", *words, "--set", 'record.metrics=["loss","curvature"]', "--quiet", "--out",
                        folder / f"{name}.h5"], check=True, capture_output=True)
    return {name: folder / f"{name}.h5" for name in jobs}


def by_hand(path, steps=(0, 1, 2, 3), loss=(1, 0.1, 0, 0.01), extra=None, attributes=None):
    """A file by h5py alone, with the axis labels of the contract."""
    with h5py.File(path, "w") as file:
        file["step"] = np.array(steps, np.int64)
        file["step"].make_scale("step")
        for name, values in {"prediction_loss": np.array(loss, float), **(extra or {})}.items():
            file[name] = values
            file[name].dims[0].attach_scale(file["step"])
        file.attrs.update(attributes or {})
    return path


def test_one_result_is_the_file(made):
    ds = lemmata.open(made["a"])
    with h5py.File(made["a"]) as file:
        stored = {name for name, item in file.items() if isinstance(item, h5py.Dataset)}
        assert set(ds.data_vars) == stored - set(ds.dims)
        for name in ds.data_vars:
            assert np.array_equal(ds[name].values, file[name][()], equal_nan=True), name
        assert ds.attrs["config_hash"] == file.attrs["config_hash"] and ds.run.item() == "mot/three_stage"
        for part in ("initial", "final"):
            for name, values in lemmata.group(ds, part).data_vars.items():
                assert np.array_equal(values, file[part][name][()]), name


def test_runs_of_unequal_length_are_joined_on_the_union_of_their_steps(made):
    ds = lemmata.open([made["a"], str(made["b"])])
    a, b = (xarray.open_dataset(made[name]) for name in "ab")
    assert ds.run.values.tolist() == ["mot/three_stage", "mot/single_transformer"] and "seed" not in ds.dims
    assert ds.step.values.tolist() == sorted({*a.step.values.tolist(), *b.step.values.tolist()})
    assert ds.sizes["expert"] == 24 and a.sizes["expert"] == 24 and b.sizes["expert"] == 1
    for name, file, experts in (("mot/three_stage", a, 24), ("mot/single_transformer", b, 1)):
        one = ds.sel(run=name)
        assert np.array_equal(one.loss.sel(step=file.step), file.loss)
        assert one.loss.notnull().sum() == file.sizes["step"], "elsewhere NaN"
        assert np.array_equal(one.hessian_max.sel(step=file.step).values[:, :experts], file.hessian_max.values,
                              equal_nan=True) and one.hessian_max[:, experts:].isnull().all()
    assert ds["seed"].values.tolist() == [0, 4] and ds["model.kind"].values.tolist() == ["mot", "single"]
    assert ds["stages.0.steps"].values.tolist() == [400, 700] and "model.kind" in ds.attrs["differs"]
    assert "loss.kind" not in ds.coords and ds.attrs["compiler"] == a.attrs["compiler"]
    assert lemmata.group(ds, "initial").ffn.sel(run="mot/single_transformer").notnull().sum() == 10


def test_the_attention_that_all_share_is_that_of_one_expert_beside_others(tmp_path):
    for name, axis, size in (("one", "expert", 2), ("all", "shared", 1)):
        data = xarray.Dataset({"c": (("step", axis), np.full((3, size), size))}, {"step": [0, 1, 2]})
        data.to_netcdf(tmp_path / f"{name}.h5", engine="h5netcdf")
    ds = lemmata.open([tmp_path / "one.h5", tmp_path / "all.h5"])
    assert ds.c.dims == ("run", "step", "expert") and np.array_equal(ds.c[1, 0], [1, np.nan], equal_nan=True)
    xarray.Dataset({"c": (("step", "layer"), np.ones((3, 2)))}, {"step": [0, 1, 2]}).to_netcdf(tmp_path / "l.h5",
                                                                                            engine="h5netcdf")
    with pytest.raises(ValueError, match="l.h5: c: found axes .*layer.*allowed: .*expert"):
        lemmata.open([tmp_path / "one.h5", tmp_path / "l.h5"])


def test_seeds_stay_a_dimension_and_a_single_run_joins_them_as_one(made):
    ds = lemmata.open([made["s"], made["a"]], variables=["prediction_loss"])
    assert set(ds.data_vars) == {"prediction_loss", "stage"} and ds.seed.values.tolist() == [0, 1, 3, 5]
    assert ds.run.values.tolist() == ["s", "a"], "names that are not unique give way to those of the files"
    with h5py.File(made["s"]) as file:
        step, loss = file["step"][()], file["prediction_loss"][()]
    assert np.array_equal(ds.prediction_loss.sel(run="s", seed=[1, 3, 5], step=step), loss, equal_nan=True)
    assert ds.prediction_loss.sel(run="s", seed=0).isnull().all()
    assert lemmata.curve(ds.sel(run="a"))[3] == [0] and lemmata.curve(lemmata.open(made["a"]))[3] == [None]


def test_laws_are_those_of_fit_and_compare(made):
    table = lemmata.laws(lemmata.open([made["a"], made["b"], made["s"]], ["prediction_loss"]))
    assert [(row["run"], row["seed"], row["part"]) for row in table] == [
        ("a", None, "stage III"), ("b", None, "stage joint"), *(("s", seed, "stage III") for seed in (1, 3, 5))]
    for row, words in ((table[0], ["--stage", "III"]), (table[1], []), (table[3], ["--stage", "III", "--seed", "3"])):
        said = subprocess.run([program(), "fit", row["file"], "--y", "prediction_loss", *words, "--json", "-"],
                              capture_output=True, text=True, check=True).stdout
        assert {key: row[key] for key in json.loads(said)} == json.loads(said)
    said = subprocess.run([program(), "compare", made["a"], made["b"], made["s"], "--json", "-"], capture_output=True)
    assert [row["steps_law"] for row in table] == [run["steps_law"] for run in json.loads(said.stdout)["runs"]]
    assert table[0]["law"] == "exponential" and table[0]["origin"] == 800 and table[0]["steps_law"]["law"] == "log"
    with pytest.raises(ValueError, match="nothing"):
        lemmata.laws(lemmata.open(made["a"]), y="nothing")


def test_steps_to_eps_are_those_of_compare(made):
    files = [made["a"], made["b"], made["s"]]
    ds = lemmata.open(files, ["prediction_loss"])
    said = json.loads(subprocess.run([program(), "compare", *files, "--json", "-"], capture_output=True, text=True,
                                     check=True).stdout)["runs"]
    places = [{"run": "a", "seed": 0}, {"run": "b", "seed": 4}] + [{"run": "s", "seed": seed} for seed in (1, 3, 5)]
    for start, key in (("first", "steps_to_eps"), ("last_stage", "steps_to_eps_last_stage")):
        for place, run in zip(places, said):
            levels = [point["eps"] for point in run[key]]
            wanted = [np.nan if point["steps"] is None else point["steps"] for point in run[key]]
            found = lemmata.steps_to_eps(ds, levels, start).sel(place)
            assert len(levels) > 20 and np.array_equal(found, wanted, equal_nan=True) and found.exact.all()
    one = lemmata.steps_to_eps(lemmata.open(made["a"]), 2e-4)
    loss = lemmata.open(made["a"]).prediction_loss
    assert one.item() == loss.step[(loss <= 2e-4).values][0] and not one.exact and one.attrs["units"] == "updates"


def test_a_file_that_follows_the_contract_by_hand(tmp_path):
    path = by_hand(tmp_path / "hand.h5", extra={"stage": np.array([1, 1, 2, 2], np.int8)})
    ds = lemmata.open(path)
    assert ds.run.item() == "hand" and lemmata.steps_to_eps(ds, [0.5, 0.05, 0.0, -1]).values[:3].tolist() == [1, 2, 2]
    assert np.isnan(lemmata.steps_to_eps(ds, -1)) and not lemmata.steps_to_eps(ds, 1e-1).exact
    assert lemmata.steps_to_eps(ds, 0.5, "last_stage").item() == 0, "counted from step 2, where stage 2 begins"
    with pytest.raises(ValueError, match="hand.h5: initial: found no such group"):
        lemmata.group(ds, "initial")
    program()
    assert lemmata.laws(ds)[0]["part"] == "stage 2"
    both = lemmata.open([path, by_hand(tmp_path / "bare.h5", range(3), [4, 2, 1])])
    assert lemmata.steps_to_eps(both, [2, 0.1]).values.tolist()[0] == [0, 1], "one file without stages beside one with"
    assert [row["part"] for row in lemmata.laws(both)] == ["stage 2", "whole curve"]
    assert len(lemmata.plot_loss(both).texts) == 1
    step, values, stage, seeds = lemmata.curve(both.sel(run="bare"))
    assert (step == [0, 1, 2]).all() and (values == [[4, 2, 1]]).all() and (stage == 1).all() and seeds == [None]


def test_drawn_numbers_are_the_files_and_what_is_left_out_is_counted(tmp_path):
    path = by_hand(tmp_path / "x.h5", range(6), [1, 0.1, 0, -1, np.inf, 0.01],
                   {"stage": np.array([1, 1, 2, 2, 2, 2], np.int8)}, {"stages": '["warm $up$", "II"]'})
    axes = lemmata.plot_loss(lemmata.open(path))
    (line,) = [line for line in axes.lines if line.get_gid() == "x"]
    assert np.array_equal(line.get_ydata(), [np.nan, 0.1, np.nan, np.nan, np.nan, 0.01], equal_nan=True)
    assert [text.get_text() for text in axes.get_legend().texts] == [
        "x", "not drawn, prediction loss: 2 values <= 0, 1 not finite of x", "not drawn: step 0"]
    assert [text.get_text() for text in axes.texts] == ["II"] and axes.get_ylabel() == "prediction loss [1]"
    assert axes.get_xscale() == axes.get_yscale() == "log"
    axes = lemmata.plot_loss(lemmata.open(path), scale="linear")
    assert np.array_equal(axes.lines[0].get_ydata(), [1, 0.1, 0, -1, np.nan, 0.01], equal_nan=True)
    for wrong in ({"scale": "log"}, {"band": "some"}):
        with pytest.raises(ValueError, match="allowed"):
            lemmata.plot_loss(lemmata.open(path), **wrong)


def test_seeds_are_a_median_and_a_named_band(made):
    ds = lemmata.open(made["s"])
    loss = ds.prediction_loss.values
    for band, low, high in (("95 % of seeds", 0.025, 0.975), ("all seeds", 0, 1)):
        axes = lemmata.plot_loss(ds, band=band, scale="semilogy")
        drawn = {line.get_gid(): line.get_ydata() for line in axes.lines}
        for end, q in (("", 0.5), ("_low", low), ("_high", high)):
            assert np.allclose(drawn[f"mot_three_stage{end}"], np.quantile(loss, q, axis=0), rtol=1e-13)
        assert f"line: median, band: {band}" in [text.get_text() for text in axes.get_legend().texts]
    holes = np.array([[1, np.nan], [3, 5.0], [2, np.nan]])
    assert lemmata.quantile(holes, 0.5).tolist() == [2, 5]


def test_a_fitted_law_lies_on_its_curve_over_its_window(made):
    ds = lemmata.open(made["a"])
    fits = lemmata.laws(ds)
    axes = lemmata.plot_loss(ds, fits=fits)
    (line,) = [line for line in axes.lines if line.get_gid() == "mot_three_stage_fit"]
    inside = np.isfinite(line.get_ydata())
    step = ds.step.values
    assert inside.tolist() == ((step >= fits[0]["window"][0]) & (step <= fits[0]["window"][1])).tolist()
    assert np.abs(line.get_ydata() / ds.prediction_loss.values - 1)[inside].max() < 1e-6
    assert any("exponential, rate 0.004161 per step" in text.get_text() for text in axes.get_legend().texts)
    step = np.arange(50)
    power = {"law": "power", "exponent": 1.5, "offset": 2, "window": [12, 40], "origin": 10, "interval": [1.4, 1.6],
             "scale": 3, "floor": 0, "terms": 0}
    found, text = lemmata.law_curve(power, step)
    assert np.allclose(found[12:41], 3 * (step[12:41] - 8.0) ** -1.5, rtol=1e-12) and text.endswith("[1.4, 1.6]")
    assert np.isnan(found[:12]).all() and lemmata.law_curve({**power, "law": "inconclusive"}, step) is None


def test_what_is_refused(tmp_path, monkeypatch):
    (tmp_path / "text.h5").write_text("no HDF5")
    whole = by_hand(tmp_path / "whole.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    by_hand(tmp_path / "settings.h5", attributes={"scenario": "[" * 100000})
    with h5py.File(tmp_path / "axes.h5", "w") as file:
        file["prediction_loss"] = np.ones(3)
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        file.create_dataset("step", (2**40,), "i8", chunks=(1024,)).make_scale("step")
        file.create_dataset("prediction_loss", (2**40,), "f8", chunks=(1024,)).dims[0].attach_scale(file["step"])
    with pytest.raises(FileNotFoundError, match="missing.h5"):
        lemmata.open(tmp_path / "missing.h5")
    for name in ("text.h5", "cut.h5", "settings.h5", "axes.h5", "huge.h5"):
        for paths in (tmp_path / name, [tmp_path / "whole.h5", tmp_path / name]):
            with pytest.raises(ValueError, match=rf"{name}.*found.*allowed"):
                lemmata.open(paths)
    for paths, variables, says in (([], None, "paths"), (tmp_path / "whole.h5", ["nope"], "whole.h5: nope")):
        with pytest.raises(ValueError, match=says):
            lemmata.open(paths, variables)
    monkeypatch.setenv("LEMMATA", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match=r"\$LEMMATA \(.*none\), as .*build/lemmata or on PATH"):
        lemmata.program()
    monkeypatch.delenv("LEMMATA")
    monkeypatch.setenv("PATH", str(tmp_path))
    tool = tmp_path / "lemmata"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    assert lemmata.program() in (str(tool), str(ROOT / "build" / "lemmata"))
