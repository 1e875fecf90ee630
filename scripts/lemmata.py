"""Result files of Lemmata in Python: a Dataset of one run or of many, laws, T(eps) and curves on true log axes.

    import sys; sys.path.insert(0, "scripts")
    import lemmata
    ds = lemmata.open(["a.h5", "b.h5"])              # xarray.Dataset with a dimension `run`
    lemmata.steps_to_eps(ds, [1e-3, 1e-6])           # T(eps), NaN = not reached
    lemmata.plot_loss(ds, fits=lemmata.laws(ds))     # matplotlib axes

A file is data from others: it is read through h5netcdf alone, never more of it than `LIMIT` bytes, and nothing in it is
run. What is wrong is a FileNotFoundError, or a ValueError that names file, place, what was found and what is allowed.
tests/scripts/lemmata_py_test.py compares every value with h5py and with the program. What files hold:
scenarios/contract.md, "Result file".
"""
import json
import os
import pathlib
import shutil
import subprocess

import h5netcdf
import numpy as np
import xarray

LIMIT = 2**31  # bytes of the variables of one file, and of all files joined


def refuse(where, found, allowed):
    raise ValueError(f"{where}: found {found}, allowed: {allowed}")


def open(paths, variables=None):
    """One result as an xarray.Dataset, or many joined along `run`.

    paths      one path: a Dataset with the scalar coordinates `run` (its label) and `file`; a list: one with `run` in
               front of everything. Labels are the scenarios' names, or the files' names where those are not unique.
    variables  names to read; None: all numeric ones. `stage` is always read.
    Joining: steps, seeds and other coordinates on their union; axes without coordinate (experts of models of different
    size) to the longest; what a run does not have is NaN. If some file has several seeds, all have a dimension `seed`.
    Attributes on which all runs agree stay in `attrs`; those that differ, and every setting that differs under its key
    path ("model.kind"), are coordinates over `run` (text where they are not all numbers, "" or NaN where absent), and
    attrs["differs"] lists them. A name that is taken is put behind "run.".
    ValueError: no result file, a variable that is in none of them, axes of one name that do not fit, more than LIMIT.
    """
    return _open(paths, variables, None)


def group(ds, name):
    """`initial`, `final` or `steps_to_eps` of the files of ds, joined as `open` does. ValueError: not in the file."""
    return _open(ds["file"].values.tolist(), None, name).assign_coords(run=ds["run"].values)


def _open(paths, variables, name):
    one = isinstance(paths, (str, os.PathLike))
    files = [os.path.abspath(path) for path in ([paths] if one else paths)]
    if not files:
        refuse("paths", "none", "at least one result file")
    results = [_read(path, variables, name) for path in files]
    for wanted in variables or ():
        if not any(wanted in result for result in results):
            held = sorted(contents(files[0])[0])
            refuse(f"{files[0]}: {wanted}", "no numeric variable of this name", ", ".join(held))
    stems = [pathlib.Path(file).stem for file in files]
    labels = [str(_settings(result).get("name", stem)) for result, stem in zip(results, stems)]
    for other in (stems, files, [f"{file} #{i}" for i, file in enumerate(files, 1)]):
        labels = labels if len(set(labels)) == len(labels) else other
    return results[0].assign_coords(run=labels[0], file=files[0]) if one else _join(results, labels, files)


def contents(path):
    """Names in a file: (variables, axes, groups), each a set."""
    with h5netcdf.File(path, "r") as file:
        return set(file.variables), set(file.dimensions), set(file.groups)


def require_room(path, variables):
    """ValueError if the h5netcdf variables take more than LIMIT bytes in memory."""
    size = sum(8 * float(np.prod(variable.shape, dtype=float)) for variable in variables)
    if size > LIMIT:
        refuse(path, f"{size:.3g} bytes of variables", f"at most {LIMIT}; choose some by `variables`")


def _plain(attributes):
    """Attributes that are one number or text; others no reader of a result needs."""
    return {key: value.item() if isinstance(value, np.generic) else value for key, value in attributes.items()
            if isinstance(value, (str, int, float, np.number))}


def _read(path, variables, name):
    """The numeric variables of a file or of one of its groups, in memory, with the attributes of the file."""
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: found no such file, allowed: a result file")
    try:
        with h5netcdf.File(path, "r") as file:
            if name is not None and name not in file.groups:
                refuse(f"{path}: {name}", "no such group", ", ".join(file.groups) or "none, the file has no groups")
            held = (file if name is None else file.groups[name]).variables
            wanted = set(held) if variables is None else set(held) & {*variables, "stage"}
            wanted |= {axis for key in wanted for axis in held[key].dimensions if axis in held} | {"step"} & set(held)
            chosen = {key: held[key] for key in held if key in wanted and held[key].dtype.kind in "biuf"}
            require_room(path, chosen.values())
            arrays = {key: (v.dimensions, v[...], _plain(v.attrs)) for key, v in chosen.items()}
            attributes = _plain(file.attrs)
        # Times stay numbers: a unit is never read as a calendar.
        data = xarray.decode_cf(xarray.Dataset(arrays, attrs=attributes), decode_times=False).load()
    except Exception as error:  # h5py and h5netcdf say "not ours" in many types
        if isinstance(error, ValueError) and str(error).startswith(path):
            raise
        said = " ".join(str(error).split())[:200]
        refuse(path, f"{type(error).__name__}: {said}", "a result file (HDF5 with labelled axes)")
    if "run" in data.dims:
        refuse(f"{path}: run", "a file of many runs, as of `lemmata map`", "the result of one")
    if name is None and "step" not in data.coords:
        refuse(f"{path}: step", "no such coordinate", "a result file, whose records lie along `step`")
    _settings(data, path)
    return data


def _settings(data, path=""):
    """The settings of a result as a dict; empty where the file has none."""
    try:
        settings = json.loads(data.attrs.get("scenario", "{}"))
    except (ValueError, TypeError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        refuse(f"{path}: attribute scenario", repr(data.attrs["scenario"])[:80], "a JSON object")
    return settings


def _leaves(value, path=""):
    """{"model.kind": "mot", "stages.0.steps": 400, ...}"""
    if not isinstance(value, (dict, list)):
        return {path: value}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return {k: v for key, inner in items for k, v in _leaves(inner, f"{path}.{key}" if path else str(key)).items()}


def _join(results, labels, files):
    if any("seed" in r.dims for r in results):
        results = [r if "seed" in r.dims else r.expand_dims(seed=[int(r.attrs.get("seed", 0))]) for r in results]
    # The attention that all experts share has an axis of its own name; beside others it is that of one expert.
    results = [r.rename_dims(shared="expert") if "shared" in r.dims and "expert" not in r.dims else r for r in results]
    places = [{a: r[a].values if a in r.coords else np.arange(r.sizes[a]) for a in r.dims} for r in results]
    union = {a: np.unique(np.concatenate([p[a] for p in places if a in p])) for r in results for a in r.dims}
    joined, left = {}, LIMIT
    for name in dict.fromkeys(str(key) for r in results for key in r.data_vars):
        owners = [i for i, r in enumerate(results) if name in r]
        first = results[owners[0]][name]
        shape = (len(results), *(len(union[a]) for a in first.dims))
        if (left := left - 8 * np.prod(shape, dtype=float)) < 0:
            refuse(files[0], "more than fits once the runs are joined", f"{LIMIT} bytes; choose some by `variables`")
        values = np.full(shape, np.nan)
        for i in owners:
            if results[i][name].dims != first.dims:
                refuse(f"{files[i]}: {name}", f"axes {results[i][name].dims}", f"{first.dims} of {files[owners[0]]}")
            values[i][np.ix_(*(np.searchsorted(union[a], places[i][a]) for a in first.dims))] = results[i][name].values
        joined[name] = (("run", *first.dims), values, first.attrs)
    axes = {a: (a, union[a], r[a].attrs) for r in results for a in r.dims if a in r.coords}
    ds = xarray.Dataset(joined, {**axes, "run": labels, "file": ("run", files)}, {"differs": []})
    known = [{**_leaves(_settings(r)), **r.attrs} for r in results]
    for key in dict.fromkeys(key for k in known for key in k):
        values = [k.get(key) for k in known]
        if all(value == values[0] for value in values):
            ds.attrs.update({key: values[0]} if key in results[0].attrs else {})
            continue
        name = f"run.{key}" if key in ds.variables or key in ds.dims else key
        if all(value is None or type(value) in (int, float) for value in values):
            column = np.array(values, None if {type(value) for value in values} == {int} else float)
        else:
            column = ["" if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]
        ds = ds.assign_coords({name: ("run", column)})
        ds.attrs["differs"] = ds.attrs["differs"] + [name]
    return ds


def runs(ds):
    """The runs of ds one by one, each a Dataset without `run` as a dimension."""
    return [ds.isel(run=i) for i in range(ds.sizes["run"])] if "run" in ds.dims else [ds]


def curve(run, y="prediction_loss"):
    """(step, values (seed, step), stage (seed, step) from 1, seeds) of one run, without steps and seeds it does not
    have; NaN: not recorded or not a number. A run without seeds has one, None or that of its coordinate."""
    if y not in run or not {"step"} <= set(run[y].dims) <= {"seed", "step"}:
        found = f"axes {run[y].dims}" if y in run else "no such variable"
        refuse(f"{run['file'].item()}: {y}", found, "a variable that is one number per step (and seed)")
    values = run[y].transpose(..., "step").values.astype(float)
    staged = "stage" in run and bool(run["stage"].notnull().any())  # else one stage, wherever there is a value
    stage = (run["stage"] if staged else run[y].notnull().where(run[y].notnull())).transpose(..., "step")
    values, stage = np.atleast_2d(values), np.atleast_2d(stage.values.astype(float))
    stage = np.broadcast_to(stage, values.shape)
    steps, held = (~np.isnan(stage)).any(0), (~np.isnan(stage)).any(1)
    seeds = np.atleast_1d(run["seed"].values)[held].tolist() if "seed" in run.coords else [None]
    return run["step"].values[steps], values[held][:, steps], stage[held][:, steps], seeds


def program():
    """The path of the program: $LEMMATA, else build/lemmata of this repository, else `lemmata` on PATH."""
    given, built = os.environ.get("LEMMATA"), pathlib.Path(__file__).resolve().parents[1] / "build" / "lemmata"
    for path in (given,) if given else (str(built), shutil.which("lemmata")):
        if path and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"lemmata: found no program as $LEMMATA ({given or 'not set'}), as {built} or on PATH, "
                            "allowed: one of the three")


def laws(ds, y="prediction_loss"):
    """The laws of every run and seed, by `lemmata compare`: a list of dicts with `run`, `file`, `seed` (None: the file
    has no seeds), `y`, `part` ("stage III": the last stage), the law of y in that part, every key of the JSON of fit
    (`law`, `rate` per step, `exponent`, `interval` (95 %), `window` in steps, `origin`, ...), and `steps_law`, that of
    T(eps) from the start. FileNotFoundError: no program. ValueError: what the program says of a file.
    """
    table, call = [], program()
    for run in runs(ds):
        words = [call, "compare", str(run["file"].item()), "--metric", y, "--json", "-"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise ValueError(done.stderr.strip())
        for one in json.loads(done.stdout)["runs"]:
            kept = {key: one[key] for key in ("file", "seed", "part", "steps_law")}
            table.append({"run": str(run["run"].item()), "y": y, **kept, **one["law"]})
    return table


def steps_to_eps(ds, eps, start="first"):
    """T(eps) [updates]: the first step with prediction_loss <= eps, over (run, seed, eps) as far as ds has them;
    NaN = not reached.

    start  "first": counted from step 0; "last_stage": from the start of the last stage.
    Exact for the levels that the file stores, eps = 10^(-k/10), k = 0..300, because the program follows them at every
    step. Others are the first RECORDED step, an upper bound; the coordinate `exact` (over eps, and run) says which.
    A file without the group `steps_to_eps` has no exact level.
    """
    if start not in ("first", "last_stage"):
        refuse("start", repr(start), "first | last_stage")
    levels = np.atleast_1d(np.asarray(eps, float))
    found = [_steps_of(run, levels, start) for run in runs(ds)]
    result = xarray.concat(found, "run").assign_coords(run=ds["run"].values) if "run" in ds.dims else found[0]
    result.attrs = {"long_name": "T(eps)", "units": "updates"}
    return result if np.ndim(eps) else result.isel(eps=0)


def _steps_of(run, levels, start):
    step, loss, stage, seeds = curve(run)
    table = group(run, "steps_to_eps") if "steps_to_eps" in contents(run["file"].item())[2] else None
    steps, exact = np.full((len(seeds), len(levels)), np.nan), np.zeros(len(levels), bool)
    for i, seed in enumerate(seeds):
        first = 0 if start == "first" else int(np.argmax(stage[i] == np.nanmax(stage[i])))
        stored = table if table is None or "seed" not in table.dims else table.sel(seed=seed)
        for k, level in enumerate(levels):
            same = [] if table is None else np.flatnonzero(np.isclose(table["eps"], level, rtol=1e-12, atol=0))
            exact[k] = len(same) > 0
            if exact[k]:
                steps[i, k] = stored["from_start" if start == "first" else "from_last_stage"].values[same[0]]
            elif (reached := np.flatnonzero(loss[i, first:] <= level)).size:
                steps[i, k] = step[first + reached[0]] - (step[first] if first else 0)
    axes = {"seed": [0 if seed is None else seed for seed in seeds], "eps": levels}
    steps = xarray.DataArray(steps, axes, ("seed", "eps")).assign_coords(exact=("eps", exact))
    if "seed" not in run.dims:
        return steps.isel(seed=0, drop=True)
    return steps.reindex(seed=run["seed"].values)


def plot_loss(ds, y="prediction_loss", fits=(), axes=None, **options):
    """Draws y over steps, one line per run, on true log axes, and returns the matplotlib axes; see
    lemmata_axes.plot_loss, beside this file, for `scale`, `band` and `legend`."""
    from lemmata_axes import plot_loss as draw  # here, so that reading needs no matplotlib
    return draw(ds, y, fits, axes, **options)
