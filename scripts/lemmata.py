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
import re
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
    step = data["step"].values.astype(float) if name is None else np.empty(0)
    for at in np.flatnonzero(~(np.diff(step) > 0)) + 1:
        refuse(f"{path}: step[{at}]", f"{step[at]:.12g} after {step[at - 1]:.12g}", "steps that increase")
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


# Curves on true log axes: what a log axis has no place for is left out and counted, seeds are a median with a named
# band, fitted laws lie over the window they were fitted on.

SCALES = ("loglog", "semilogy", "semilogx", "linear")
BANDS = {"95 % of seeds": (0.025, 0.975), "all seeds": (0, 1)}  # quantiles over seeds
# Okabe and Ito's colours, told apart by colour-blind readers; line styles and markers say it in grey too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#999999"]
LINES = ["-", (0, (5, 2)), "-.", (0, (1, 1))]


def law_curve(fit, step):
    """(y, text) of an entry of `laws` at the given steps, NaN outside the window it was fitted on; None where
    no law was found. exponential: floor + scale exp(-rate t); power: floor + scale (t + offset)^-exponent."""
    kind, floor, key = fit["law"], fit["floor"], {"exponential": "rate", "power": "exponent"}.get(fit["law"])
    time = np.where((step >= fit["window"][0]) & (step <= fit["window"][1]), step - fit["origin"], np.nan)
    if kind == "constant":
        return floor + 0 * time, f"constant {floor:.4g}"
    if key is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = np.exp(-fit["rate"] * time) if key == "rate" else (time + fit["offset"]) ** -fit["exponent"]
    text = f"{kind}, {key} {fit[key]:.4g}" + (" per step" if key == "rate" else "") + interval_text(fit)
    return floor + fit["scale"] * shape, text + (f", slowest of {fit['terms']}" if fit["terms"] > 1 else "")


def interval_text(law):
    """" [lower, upper]", nothing where they are the same as printed."""
    ends = [f"{end:.4g}" for end in law["interval"] if end is not None]
    return f" [{', '.join(ends)}]" if len(set(ends)) == 2 else ""


def shown(text):
    """Text of a file as a legend may show it: printable, without mathematics, at most 80 characters."""
    return "".join(c if c.isprintable() else "?" for c in str(text))[:80].replace("$", r"\$")


def plain(text):
    """Text as the name of a column: letters, digits and _."""
    return re.sub(r"[^A-Za-z0-9]+", "_", str(text)).strip("_") or "x"


def style(place):
    """Colour and line style of the run at a place, from the fifth on with a marker."""
    look = {"color": COLOURS[place % 8], "linestyle": LINES[(place + place // 8) % 4]}
    return look | ({"marker": "osD^"[place % 4], "markersize": 3, "markevery": 0.12} if place % 8 >= 4 else {})


def label_of(run):
    return str(run["run"].item())


def quantile(values, q):
    """Over seeds, the first axis, by linear interpolation; NaN is a record that a seed does not have, inf stays."""
    values = np.sort(np.where(np.isnan(values), np.inf, values), 0)
    count = np.isfinite(values).sum(0)
    place = q * np.maximum(count - 1, 0)
    low = np.floor(place).astype(int)
    high, at = np.ceil(place).astype(int), np.arange(values.shape[1])
    with np.errstate(invalid="ignore"):
        found = values[low, at] + (place - low) * (values[high, at] - values[low, at])
    return np.where(count > 0, found, np.nan)


def draw_seeds(axes, x, values, keep, place, label, gid, band="95 % of seeds"):
    """A line of values (seed, x), NaN where keep(line) is not; several seeds: their median, and the band with thin
    edges. Lines have the gids `gid`, `gid`_low and `gid`_high."""
    line = keep(quantile(values, 0.5))
    look = style(place) | ({} if np.isfinite(line).any() else {"markevery": 1})  # matplotlib's way needs a point
    axes.plot(x, line, **look, linewidth=1.3, label=label, gid=gid)
    if len(values) > 1:
        low, high = (keep(quantile(values, q)) for q in BANDS[band])
        axes.fill_between(x, low, high, color=style(place)["color"], alpha=0.2, linewidth=0)
        for line, end in ((low, "low"), (high, "high")):
            axes.plot(x, line, color=style(place)["color"], linewidth=0.4, gid=f"{gid}_{end}")


def stage_starts(run, step, stage):
    """{first recorded step: name} of every stage after the first, of the seed that got furthest."""
    number = np.nanmax(stage, 0).astype(int)
    try:
        names = json.loads(run.coords["stages"].item() if "stages" in run.coords else run.attrs["stages"])
    except (KeyError, ValueError, RecursionError):
        names = []
    return {step[i]: shown(names[number[i] - 1]) if isinstance(names, list) and 0 < number[i] <= len(names)
            else str(number[i]) for i in np.flatnonzero(np.diff(number) > 0) + 1}


def plot_loss(ds, y="prediction_loss", fits=(), axes=None, scale="loglog", band="95 % of seeds", legend=True, gid="",
              name_of=None):
    """Draws y over steps, one line per run, and returns the matplotlib axes.

    fits   entries of `laws`, dotted over the window they were fitted on.
    scale  loglog | semilogy | semilogx | linear. What has no place on a log axis is left out, never clipped, and
           counted in the legend: step 0, values <= 0 (they do count in a median over seeds), what is not finite.
    band   of several seeds the line is the median at each step, the band its named quantiles: a key of BANDS.
    legend below the data, or none.      name_of  what y is called on its axis, for `prediction loss`.
    Stages begin at the grey lines. Every line has a `gid`, the name of its column where the figure becomes a table: the
    run's, with `gid` behind it.
    """
    for name, value, allowed in (("scale", scale, SCALES), ("band", band, BANDS)):
        if value not in allowed:
            refuse(name, repr(value), " | ".join(allowed))
    if axes is None:
        from matplotlib.pyplot import subplots  # here, so that reading needs no matplotlib
        axes = subplots(layout="constrained")[1]
    log_x, log_y = scale in ("loglog", "semilogx"), scale in ("loglog", "semilogy")
    starts, fitted, notes, most, at_zero, total = {}, [], [], 1, False, 0
    for place, run in enumerate(runs(ds)):
        step, values, stage, seeds = curve(run, y)
        label, most, total = label_of(run), max(most, len(seeds)), total + values.size
        said = shown(label) + (f" ({len(seeds)} seeds)" if len(seeds) > 1 else "")
        zeros, broken = int((values <= 0).sum()) * log_y, int((~np.isfinite(values) & ~np.isnan(stage)).sum())
        counts = ", ".join([f"{zeros} values <= 0"] * bool(zeros) + [f"{broken} not finite"] * bool(broken))
        notes += [f"{counts} of {shown(label)}"] * bool(counts)
        at_zero = at_zero or (log_x and bool((step <= 0).any()))

        def keep(line, step=step):
            return np.where(np.isfinite(line) & ((step > 0) | (not log_x)) & ((line > 0) | (not log_y)), line, np.nan)

        name = plain(f"{label} {gid}")
        axes.update_datalim([(at, 1) for at in step[(step > 0) | (not log_x)]], updatey=False)  # all panels alike
        draw_seeds(axes, step, values, keep, place, said, name, band)
        starts.update({at: text for at, text in stage_starts(run, step, stage).items() if at not in starts})
        fitted += [(fit, place, step, keep, name) for fit in fits if fit["run"] == label and fit["y"] == y]
    if most > 1:
        axes.fill_between([], [], [], color="grey", alpha=0.3, linewidth=0, label=f"line: median, band: {band}")
    said = name_of or y.replace("_", " ")
    say_if_empty(axes, f"none of {total} values is " + ("above 0 and finite" if log_y else "finite"))
    axes.set(xscale="log" if log_x else "linear", yscale="log" if log_y else "linear", xlabel="step [updates]",
             ylabel=f"{said} [{shown(ds[y].attrs.get('units', '1'))}]")
    limits = axes.get_xlim(), axes.get_ylim()  # of the measured curves: neither a law nor a stage stretches them
    draw_fits(axes, fitted)
    for at, text in starts.items():
        if limits[0][0] < at < limits[0][1]:
            axes.axvline(at, color="0.6", linewidth=0.6, zorder=0)
            axes.annotate(text, (at, 1), xycoords=("data", "axes fraction"), xytext=(0, 2), color="0.35",
                          textcoords="offset points", ha="center", fontsize="small")
    axes.set(xlim=limits[0], ylim=limits[1])
    for note in [f"not drawn, {said}: {'; '.join(notes)}"] * bool(notes) + ["not drawn: step 0"] * at_zero:
        axes.plot([], [], " ", label=note)
    if legend:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False, fontsize="small", handlelength=3)
    return axes


def say_if_empty(axes, said):
    """Where no line has a point: words in the middle, and limits that log axes can have."""
    if not any(np.isfinite(line.get_ydata()).any() for line in axes.lines):
        axes.set(xlim=(1, 100), ylim=(0.01, 1))
        axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center", va="center", color="0.35")


def draw_fits(axes, fitted):
    """Fitted laws as thin black lines, one look per run; in the legend one law in words, of several seeds how many."""
    by_run = {}
    for entry in fitted:
        by_run.setdefault(entry[4], []).append(entry)
    for name, entries in by_run.items():
        found = [(fit, law_curve(fit, step)) for fit, _, step, *_ in entries]
        said = said_of([(fit["law"], law and law[1]) for fit, law in found])
        said = f"{said[0]}, {shown(found[0][0]['run'])}, {found[0][0]['part']}: {said[1]}"
        for (fit, law), (_, place, step, keep, _) in zip(found, entries):
            if law:
                axes.plot(step, keep(law[0]), **law_style(place), label=said,
                          gid=f"{name}_fit" + ("" if fit["seed"] is None else f"_{fit['seed']}"))
                said = None
        if said:
            axes.plot([], [], " ", label=said)


def said_of(laws):
    """("fit", its text), or of several seeds ("fits", how many of each law), of (law, text or None)."""
    names = [law for law, _ in laws]
    if len(laws) == 1:
        return "fit", laws[0][1] or names[0]
    return "fits", ", ".join(f"{names.count(law)} {law}" for law in dict.fromkeys(names))


def law_style(place):
    """Thin and black with a white rim, so that it is seen upon its curve, in grey too."""
    from matplotlib.patheffects import withStroke
    return {"color": "black", "linestyle": [(0, (1, 1.5)), (0, (4, 1.5, 1, 1.5))][place % 2], "linewidth": 0.9,
            "path_effects": [withStroke(linewidth=2.4, foreground="white")]}
