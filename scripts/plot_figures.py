"""The figures of scripts/plot.py: FIGURES has a function of each kind, from result files and a Page to (figure, table).

A table is {column: numbers} of what is drawn. Figures have no title, labels with units, and the legend below the data.
ValueError: a file lacks what its figure needs. tests/scripts/plot_test.py compares the tables with the files.
"""
import math
import re
import textwrap

import lemmata
import matplotlib.pyplot as plt
import numpy as np
import xarray
from lemmata import (COLOURS, label_of, law_style, plain, plot_loss, refuse, runs, said_of, shown, steps_law_text,
                     style)

GOLDEN = (1 + 5**0.5) / 2
TOKEN_KINDS = ("class signal", "label signal", "distractor", "noise")
MOST_FILES, MOST_PANELS = 64, 8


class Page:
    """A figure of a given width [in]: panels of the golden ratio, below each other up to 5 in, and a legend below."""

    def __init__(self, width):
        self.width, self.wide = width, width >= 5

    def panels(self, count, ratio=GOLDEN):
        """(figure, list of axes), the panels high enough for the names on their axes."""
        columns = min(count, 3 if count in (3, 5, 6) else 2) if self.wide else 1
        return self.grid(math.ceil(count / columns), columns, count, max(self.width / columns / ratio, 1.8))

    def grid(self, rows, columns, count, height):
        """(figure, list of axes) of count panels in rows of a height [in]."""
        figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained",
                                    figsize=(self.width, rows * height))
        for spare in axes.flat[count:]:
            spare.remove()
        return figure, list(axes.flat[:count])

    def legend(self, figure, axes, handles=None):
        """One legend of all panels below them; each label once, wrapped to the width."""
        found = {text: line for axis in axes for line, text in zip(*axis.get_legend_handles_labels())}
        found = found if handles is None else {handle.get_label(): handle for handle in handles}
        found = dict(sorted(found.items(), key=lambda entry: entry[0].startswith("not drawn")))  # the curves first
        columns = 2 if self.wide and len(found) > 2 else 1
        letters = int((self.width / columns - 0.55) * 72 / 3.7)  # of 7 pt, behind a handle of .4 in
        wrapped = ["\n".join(textwrap.wrap(text, max(letters, 20))) for text in found]
        legend = figure.legend(list(found.values()), wrapped, loc="lower center", ncol=columns, frameon=False,
                               handlelength=2.6, borderpad=0, borderaxespad=0.3, labelspacing=0.25, columnspacing=1)
        height = legend.get_window_extent(figure.canvas.get_renderer()).height / figure.dpi + 0.06
        rest = figure.get_size_inches()[1]
        figure.set_size_inches(self.width, rest + height)
        figure.get_layout_engine().set(rect=(0, height / (rest + height), 1, rest / (rest + height)))


def settle(figure):
    """Lays the figure out for good, on a grid of 1e-4: the solver's last bits differ from run to run."""
    figure.canvas.draw()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position().bounds, 4))


def table_of(figure, x):
    """{x: union of all, gid of a line: its y or NaN}, of all lines that have a gid."""
    lines = [line for axis in figure.axes for line in axis.lines if line.get_gid()]
    union = np.unique(np.concatenate([np.asarray(line.get_xdata(), float) for line in lines]))
    table = {x: union}
    for line in lines:
        name, number = line.get_gid(), 2
        while name in table:
            name, number = f"{line.get_gid()}_{number}", number + 1
        table[name] = np.full(len(union), np.nan)
        table[name][np.searchsorted(union, np.asarray(line.get_xdata(), float))] = line.get_ydata()
    return table


def opened(files, names, why):
    """The files as one Dataset with `run`; every file has every name with some number in it, else ValueError."""
    ds = lemmata.open(files, names)
    for run in runs(ds):
        for name in names:
            if run[name].isnull().all():
                refuse(f"{run['file'].item()}: {name}", "no such variable, or nothing but NaN", f"a file with {why}")
    return ds


def first_of(files, names, why):
    """The first of the names that the first file has."""
    lemmata.open(files[0], [])  # says what is wrong with a file that is none
    held = lemmata.contents(files[0])[0]
    return next((name for name in names if name in held), None) \
        or refuse(f"{files[0]}: {names[0]}", "no such variable", f"a file with {why}")


def as_runs(run, curves, y, units="1"):
    """A Dataset whose runs are the curves {label: DataArray over step (and seed)} of one run, for plot_loss."""
    joined = xarray.concat([values.reset_coords(drop=True) for values in curves.values()], "run")
    extra = {"stage": run["stage"].reset_coords(drop=True)} if "stage" in run else {}
    ds = xarray.Dataset({y: joined.assign_attrs(units=units), **extra}).drop_vars("run", errors="ignore")
    stages = run.coords["stages"].item() if "stages" in run.coords else run.attrs.get("stages", "[]")
    return ds.assign_coords(run=list(curves), file=run["file"].item()).assign_attrs(stages=stages)


def over_experts(ds, name):
    """ds with the median of a variable over experts or layers, those without a value left out."""
    axes = [axis for axis in ds[name].dims if axis not in ("run", "seed", "step")]
    return ds.assign({name: ds[name].median(axes, keep_attrs=True) if axes else ds[name]})


def loss(files, page):
    name = first_of(files, ("prediction_loss", "loss"), "a loss over steps")
    ds = opened(files, [name], "a loss over steps")
    figure, (axes,) = page.panels(1)
    plot_loss(ds, name, lemmata.laws(ds, name), axes, legend=False)
    page.legend(figure, [axes])
    return figure, table_of(figure, "step")


def steps_to_eps(files, page):
    """T(eps) from the start at the levels 10^(-k/10); of several seeds the median and the 95 % of seeds as order
    statistics, where a seed that does not reach a level counts as later than all others."""
    ds = opened(files, ["prediction_loss"], "a prediction loss")
    steps = lemmata.steps_to_eps(ds, 10.0 ** (-np.arange(301) / 10))
    steps = steps if "seed" in steps.dims else steps.expand_dims("seed", 1)
    last = int(np.flatnonzero(steps.notnull().any(["run", "seed"]))[-1:].sum()) + 1
    inverse, most = 1 / steps["eps"].values, 1
    figure, (axes,) = page.panels(1)
    for place, run in enumerate(runs(ds)):
        times = steps.isel(run=place).transpose("seed", "eps").values
        if steps.sizes["seed"] > 1:  # a seed that the run does not have is not one that never gets there
            times = times[run["prediction_loss"].notnull().any("step").values]
        most, label, name = max(most, len(times)), shown(label_of(run)), plain(label_of(run))
        ranked = {end: np.quantile(np.where(np.isnan(times), np.inf, times), q, axis=0, method="inverted_cdf")
                  for end, q in (("", 0.5), ("_low", 0.025), ("_high", 0.975))}
        drawn = {end: np.where(np.isfinite(line) & (line > 0), line, np.nan)[:last] for end, line in ranked.items()}
        zeros, middle = int((ranked[""] == 0).sum()), ranked[""]
        said = label + (f" ({len(times)} seeds)" if len(times) > 1 else "")
        exact = steps.exact.isel(run=place) if "run" in steps.exact.dims else steps.exact
        said += "" if exact.all() else ", at recorded steps only"
        look = {**style(place), "marker": "osD^vP*X"[place % 8], "markersize": 2.5, "markevery": 5}
        axes.plot(inverse[:last], drawn[""], **look, label=said, gid=name)
        for end in ("_low", "_high") if len(times) > 1 else ():
            axes.plot(inverse[:last], drawn[end], color=style(place)["color"], linewidth=0.4, gid=name + end)
        if len(times) > 1:
            axes.fill_between(inverse[:last], drawn["_low"], drawn["_high"], color=style(place)["color"], alpha=0.2,
                              linewidth=0)
        if zeros:
            axes.plot([], [], " ", label=f"not drawn: {zeros} levels that {label} has from step 0 on")
        if np.isinf(middle).any():
            first, end = int(np.argmax(np.isinf(middle))), int(lemmata.curve(run)[0][-1])
            axes.plot(inverse[first], end, marker="osD^vP*X"[place % 8], markersize=5, color=style(place)["color"],
                      markerfacecolor="white", linestyle="", gid=f"{name}_not_reached",
                      label=f"{label}: eps <= {1 / inverse[first]:.2g} not reached in {end} updates")
        draw_steps_laws(axes, place, label, name, inverse[:last], lemmata.laws(run))
    if most > 1:
        axes.fill_between([], [], [], color="grey", alpha=0.3, linewidth=0, label="line: median, band: 95 % of seeds")
    axes.set(xscale="log", yscale="log", xlabel="1 / eps [1]", ylabel="T(eps) [updates]")
    page.legend(figure, [axes])
    return figure, table_of(figure, "one_over_eps")


def draw_steps_laws(axes, place, label, name, inverse, fits):
    """The law of T(eps) as `lemmata compare` says it over the levels it was fitted on; of several seeds one each."""
    laws = [fit["steps_law"] for fit in fits]
    kind, text = said_of([(law["law"], steps_law_text(law)) for law in laws])
    said = f"{kind}, {label}: {text}"
    for fit, law in zip(fits, laws):
        if law["law"] != "inconclusive":
            with np.errstate(divide="ignore", invalid="ignore"):
                above = 1 / inverse - law["floor"]
                steps = (law["a"] - law["b"] * np.log(above) if law["law"] == "log" else
                         law["a"] * above ** -law["p"] - law["offset"])
            inside = (steps > law["window"][0] * (1 - 1e-3)) & (steps < law["window"][1] * (1 + 1e-3))
            axes.plot(inverse, np.where(inside, steps, np.nan), **law_style(place), label=said, zorder=3,
                      gid=f"{name}_fit" + ("" if fit["seed"] is None else f"_{fit['seed']}"))
            said = None
    if said:
        axes.plot([], [], " ", label=said)


def routing(files, page):
    """The matrix (class, expert) of the last record, of the first seed, in a panel for each run."""
    if len(files) > MOST_PANELS:
        refuse("FILE", f"{len(files)} files", f"at most {MOST_PANELS}, a panel each")
    ds = opened(files, ["routing"], "the record group routing")
    figure, panels = page.panels(ds.sizes["run"], 2.2)
    count = max(int((run["routing"].notnull().any([a for a in run["routing"].dims if a != "expert"])).sum())
                for run in runs(ds))
    table = {"expert": np.arange(count)}
    for axes, run in zip(panels, runs(ds)):
        seed = run["routing"]
        if "seed" in seed.dims:
            seed = seed.isel(seed=int(np.argmax(seed.notnull().any(["step", "class", "expert"]).values)))
        matrix = seed.dropna("step", how="all").isel(step=-1).transpose("class", "expert")
        step, matrix = int(matrix["step"]), matrix.dropna("expert", how="all").dropna("class", how="all").values
        drawn = axes.pcolormesh(matrix, cmap="cividis", vmin=0, vmax=1, edgecolors="white", linewidth=0.2)
        axes.set(xlabel="expert", ylabel="class", yticks=np.arange(len(matrix)) + 0.5)
        axes.set_yticklabels(range(len(matrix)))
        every = max(1, math.ceil(matrix.shape[1] / 8))
        axes.set_xticks(np.arange(0, matrix.shape[1], every) + 0.5, np.arange(0, matrix.shape[1], every))
        said = f", seed {int(seed['seed'])}" if "seed" in run["routing"].dims else ""
        axes.set_title("\n".join(textwrap.wrap(f"{shown(label_of(run))}, step {step}{said}", 45)))
        for row, values in enumerate(matrix):
            table[f"{plain(label_of(run))}_class_{row}"] = np.pad(values, (0, count - len(values)),
                                                                 constant_values=np.nan)
    figure.colorbar(drawn, ax=panels, label="routing weight [1]", aspect=12)
    return figure, table


def by_panels(files, page, panels, why, scale="semilogx"):
    """One panel for each {variable: (name on its axis, short name)}, median over experts."""
    ds = opened(files, list(panels), why)
    figure, drawn = page.panels(len(panels))
    for axes, (name, (said, short)) in zip(drawn, panels.items()):
        plot_loss(over_experts(ds, name), name, axes=axes, scale=scale, legend=False, gid=short, name_of=said)
    if "expert" in ds.dims and ds.sizes["expert"] > 1:
        drawn[0].plot([], [], " ", label="median over experts")
    page.legend(figure, drawn)
    return figure, table_of(figure, "step")


def conflict(files, page):
    """The mean cosine of two class gradients: 1 = the classes agree, below 0 = they conflict."""
    lemmata.open(files, [])
    held = set.intersection(*(lemmata.contents(file)[0] for file in files))
    blocks = [b for b in ("ffn", "attention", "gate", "output") if f"conflict_{b}_mean_cosine" in held] or ["ffn"]
    panels = {f"conflict_{block}_mean_cosine": (f"mean cosine, {block}", block) for block in blocks}
    return by_panels(files, page, panels, "the record group conflict")


def curvature(files, page):
    panels = {"hessian_min": (r"$\lambda_{\min}$", "lambda_min"), "hessian_max": (r"$\lambda_{\max}$", "lambda_max"),
              "curvature_over_loss": (r"$\lambda_{\min}$ / loss", "lambda_over_loss")}
    return by_panels(files, page, panels, "the record group curvature", "loglog")


def attention(files, page):
    """By token kind, the mean over experts by load; of a reduced model by component, eight of them at most."""
    if len(files) > MOST_PANELS:
        refuse("FILE", f"{len(files)} files", f"at most {MOST_PANELS}, a panel each")
    name = first_of(files, ("attention_mass", "attention"), "the record group attention")
    ds = opened(files, [name], "the record group attention")
    weight = lemmata.open(files, ["load"])["load"] if "load" in lemmata.contents(files[0])[0] else None
    figure, panels = page.panels(ds.sizes["run"])
    for place, (axes, run) in enumerate(zip(panels, runs(ds))):
        mass, axis = run[name], "token_kind" if name == "attention_mass" else "component"
        if axis not in mass.dims:
            refuse(f"{run['file'].item()}: {name}", f"axes {mass.dims}", f"an axis {axis}")
        if "expert" in mass.dims:
            load = xarray.ones_like(mass) if weight is None else weight.isel(run=place).fillna(0)
            mass = mass.weighted(load).mean("expert")
        mass = mass.where(mass.notnull().any(axis))
        chosen = range(mass.sizes[axis])
        if axis == "component":  # spread over the attention at the end
            end = mass.median("seed").values if "seed" in mass.dims else mass.transpose("step", axis).values
            order = np.argsort(end[-1])
            chosen = order[np.unique(np.linspace(0, len(order) - 1, min(8, len(order))).round().astype(int))]
        curves = {TOKEN_KINDS[k] if axis == "token_kind" and k < 4 else f"{axis} {k}": mass.isel({axis: k})
                  for k in chosen}
        plot_loss(as_runs(run, curves, "attention"), "attention", axes=axes, scale="semilogx", legend=False,
                  gid=label_of(run) if len(panels) > 1 else "")
        if len(panels) > 1:  # how many seeds stands in the title, so that all panels share one legend
            seeds = {text[text.index(" ("):] for text in axes.get_legend_handles_labels()[1] if " seeds)" in text}
            for line in axes.lines:
                line.set_label(re.sub(r" \(\d+ seeds\)$", "", line.get_label()))
            axes.set_title("\n".join(textwrap.wrap(shown(label_of(run)) + "".join(seeds), 45)), pad=12)
    page.legend(figure, panels)
    return figure, table_of(figure, "step")


def entropy(files, page):
    """The entropy of attention: the median over experts, or one curve for each layer."""
    name = first_of(files, ("entropy", "attention_entropy"), "an entropy of attention")
    ds = opened(files, [name], "an entropy of attention")
    figure, (axes,) = page.panels(1)
    curves = {}
    if "layer" in ds[name].dims:
        if ds.sizes["run"] > 1:
            refuse("FILE", f"{len(files)} files", "one file of a model with layers")
        run = runs(ds)[0]
        curves = {f"{label_of(run)}, layer {k}": run[name].isel(layer=k) for k in range(ds.sizes["layer"])}
        ds = as_runs(run, curves, name, "nat")
    else:
        ds = over_experts(ds, name)
    plot_loss(ds, name, axes=axes, scale="semilogx", legend=False, name_of="entropy of attention")
    axes.plot([], [], " ", label="median over experts") if "expert" in ds.dims else None
    page.legend(figure, [axes])
    return figure, table_of(figure, "step")
