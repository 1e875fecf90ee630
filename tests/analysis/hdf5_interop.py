"""Files written by us, opened by the tools people use: xarray with each engine, h5py, pandas-free CSV.

Usage: hdf5_interop.py FILE_TOOL. The numbers written are in tests/interop/file_tool.cpp. Exit 77 = a module is missing.
"""
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5netcdf  # noqa: F401  (engines of xarray, checked to be there)
    import h5py
    import netCDF4  # noqa: F401
    import numpy
    import xarray
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

tool = sys.argv[1]


def run(*arguments):
    subprocess.run([tool, *map(str, arguments)], check=True)


def check_result(path, engine):
    with xarray.open_dataset(path, engine=engine) as result:
        assert dict(result.sizes) == {"step": 10, "class": 3, "expert": 2, "token_kind": 4}, result.sizes
        assert set(result.coords) == {"step", "token_kind"}, result.coords
        assert set(result.data_vars) == {"stage", "loss", "routing", "winner"}, result.data_vars
        step = numpy.arange(10) * 3
        assert result.step.dtype == numpy.int64 and (result.step.values == step).all()
        assert result.stage.dtype == numpy.int8 and result.stage.dims == ("step",)
        assert (result.stage.values == numpy.where(step < 9, 1, 2)).all()
        expected = 1 / (step + 1)
        assert result.loss.dtype == numpy.float64 and math.isnan(result.loss.values[4])
        # equal bits: == and not nearly
        assert (numpy.delete(result.loss.values, 4) == numpy.delete(expected, 4)).all()
        assert result.routing.dims == ("step", "class", "expert")
        expected = step[:, None, None] + 10 * numpy.arange(3)[None, :, None] + numpy.arange(2)[None, None, :]
        assert (result.routing.values == expected).all()
        assert result.winner.dtype == numpy.int64 and (result.winner.values[:, 2] == numpy.arange(10)).all()
        assert result.loss.attrs["units"] == "nat" and result.loss.attrs["long_name"] == "mean training loss"
        assert result.sel(step=9).loss.item() == 0.1
        assert json.loads(result.attrs["scenario"]) == {"name": "größe"}
        assert result.attrs["seed"] == 7 and result.attrs["wall_time_s"] == 0.25 \
            and result.attrs["stop_reason"] == "steps"
        assert result.attrs["empty"] in ("", b"") and result.attrs["extra_11"] == 11
        result.load().to_dataframe()
    for group in ("initial", "final"):
        with xarray.open_dataset(path, group=group, engine=engine) as values:
            assert values.ffn.dims == ("expert", "feature") and (values.ffn.values == [[0, 1, 2], [3, 4, 5]]).all()
            assert values.attention.dims == ("expert", "key_feature", "query_feature") \
                and (values.attention.values == 0.5).all()


def check_dataset(path, engine):
    with xarray.open_dataset(path, engine=engine) as result:
        assert (result.seed.values == [5, 6]).all() and (result.step.values == [0, 10, 20]).all()
        assert set(result.coords) == {"seed", "step"}
        assert result.loss.dims == ("seed", "step") and numpy.isnan(result.loss.values[1, 2])
        for name, present in (("stage", [[1, 1, 2], [1, 1, 0]]), ("winner", [[0, 1, 2], [3, 4, 0]])):
            values = result[name].values
            assert numpy.isnan(values[1, 2]), f"{engine}: {name} is {values[1, 2]} where it is missing"
            values[1, 2] = 0
            assert (values == present).all()


def check_recipe(path):
    """Every axis labelled, creation order tracked, attributes variable-length UTF-8 scalars: the recipe itself."""
    with h5py.File(path, "r") as file:
        labelled = 0

        def visit(name, dataset):
            nonlocal labelled
            order = dataset.id.get_create_plist() if isinstance(dataset, h5py.Dataset) else None
            if order is None:
                return
            assert order.get_attr_creation_order() == 3, name
            if dataset.attrs.get("CLASS") != b"DIMENSION_SCALE":
                for axis, dimension in enumerate(dataset.dims):
                    assert len(dimension) == 1, f"{name} axis {axis} has {len(dimension)} scales"
                    labelled += 1
            for key in dataset.attrs:
                kind = dataset.attrs.get_id(key).get_type()
                if key not in ("CLASS", "NAME", "DIMENSION_LIST",
                               "REFERENCE_LIST") and isinstance(kind, h5py.h5t.TypeStringID):
                    assert kind.is_variable_str() and kind.get_cset() == h5py.h5t.CSET_UTF8, (name, key)

        file.visititems(visit)
        assert labelled == 1 + 1 + 3 + 2 + 2 * (2 + 3), labelled
        for group in ("/", "initial", "final"):
            assert file[group].id.get_create_plist().get_link_creation_order() == 3, group
        assert file["step"].maxshape == (None,) and file["step"].chunks and file["loss"].maxshape == (None,)


def check_csv(path, folder):
    run("csv", path, folder)
    assert sorted(p.name for p in folder.iterdir()) == ["loss.csv", "routing.csv", "stage.csv", "winner.csv"]
    rows = list(csv.reader((folder / "routing.csv").open()))
    assert rows[0] == ["step", "class", "expert", "routing"] and len(rows) == 61
    assert rows[1 + 6 * 2 + 2 * 1 + 1] == ["6", "1", "1", "17"], rows[16]      # row 2, class 1, expert 1: 6 + 10 + 1
    rows = list(csv.reader((folder / "loss.csv").open()))
    assert rows[5] == ["12", "nan"] and rows[4] == ["9", "0.10000000000000001"], rows


with tempfile.TemporaryDirectory() as scratch:
    for name in ("plain", "with space", "größe-日本"):
        folder = pathlib.Path(scratch) / name
        folder.mkdir()
        result, seeds = folder / f"{name}.h5", folder / "seeds.h5"
        run("result", result)
        run("dataset", seeds)
        assert not list(folder.glob("*.part")), "a .part is left after a finished run"
        for engine in ("h5netcdf", "netcdf4", None):
            check_result(result, engine)
            check_dataset(seeds, engine)
        check_recipe(result)
        check_csv(result, folder / "csv")
        lines = [json.loads(line) for line in result.with_suffix(".jsonl").read_text().splitlines()]
        assert [line["step"] for line in lines] == list(range(0, 30, 3)) and lines[3]["loss"] == 0.1 \
            and lines[4]["loss"] is None
        metrics = json.loads((folder / f"{name}.metrics.json").read_text())
        assert metrics["step"] == 27 and metrics["loss"] == 1 / 28 and metrics["stage"] == 2 and metrics["seed"] == 7
        assert "scenario" not in metrics and all(not isinstance(value, (dict, list)) for value in metrics.values())

print("xarray (h5netcdf, netcdf4, default), h5py and CSV agree with what was written")
