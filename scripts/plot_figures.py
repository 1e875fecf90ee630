"""The figures of scripts/plot.py: FIGURES has a function of each kind, from result files and a Page to (figure, table).

A table is {column: numbers} of what is drawn. Figures have no title, labels with units, and the legend below the data.
ValueError: a file lacks what its figure needs. tests/scripts/plot_test.py compares the tables with the files.
"""
import math
import textwrap

import lemmata
import matplotlib.pyplot as plt
import numpy as np
from lemmata import (interval_text, label_of, law_style, plain, plot_loss, refuse, runs, said_of, say_if_empty, shown,
                     style)

GOLDEN = (1 + 5**0.5) / 2
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


def over_experts(ds, name):
    """ds with the median of a variable over experts or layers, those without a value left out."""
    axes = [axis for axis in ds[name].dims if axis not in ("run", "seed", "step")]
    return ds.assign({name: ds[name].median(axes, keep_attrs=True) if axes else ds[name]})


def say_experts(axes, ds, names):
    """Says in the legend over how many experts the median is: those that have a value, from record to record."""
    names = [name for name in names if "expert" in ds[name].dims]
    if not names or ds.sizes["expert"] < 2:
        return
    counts = {}
    for run in runs(ds):
        here = np.concatenate([run[name].notnull().sum("expert").values.ravel() for name in names])
        ends = [str(count) for count in (here[here > 0].min(), here.max())]
        counts[shown(label_of(run))] = " to ".join(dict.fromkeys(ends))
    said = [count if len(set(counts.values())) == 1 else f"{count} of {label}" for label, count in counts.items()]
    axes.plot([], [], " ", label="median over the experts that have a value: " + ", ".join(dict.fromkeys(said)))


def loss(files, page):
    name = first_of(files, ("prediction_loss", "loss"), "a loss over steps")
    ds = opened(files, [name], "a loss over steps")
    figure, (axes,) = page.panels(1)
    plot_loss(ds, name, lemmata.laws(ds, name), axes, legend=False)
    page.legend(figure, [axes])
    return figure, table_of(figure, "step")


def steps_to_eps(files, page):
    """T(eps) from the start at the levels 10^(-k/10); of several seeds the median and the 95 % of seeds as order
    statistics, where a seed that does not reach a level counts as later than all others: infinite, so that the band is
    open above where it reaches that far."""
    ds = opened(files, ["prediction_loss"], "a prediction loss")
    steps = lemmata.steps_to_eps(ds, 10.0 ** (-np.arange(301) / 10))
    steps = steps if "seed" in steps.dims else steps.expand_dims("seed", 1)
    last = int(np.flatnonzero(steps.notnull().any(["run", "seed"]))[-1:].sum()) + 1
    inverse, bands = 1 / steps["eps"].values, {}
    figure, (axes,) = page.panels(1)
    for place, run in enumerate(runs(ds)):
        times = steps.isel(run=place).transpose("seed", "eps").values
        if steps.sizes["seed"] > 1:  # a seed that the run does not have is not one that never gets there
            times = times[run["prediction_loss"].notnull().any("step").values]
        exact = steps.exact.isel(run=place) if "run" in steps.exact.dims else steps.exact
        ranked = draw_steps(axes, place, run, times, bool(exact.all()), inverse, last)
        bands |= {place: ranked} if len(times) > 1 else {}
        draw_steps_laws(axes, place, shown(label_of(run)), plain(label_of(run)), inverse[:last], lemmata.laws(run))
    say_if_empty(axes, "no level of eps is reached after step 0")
    axes.set(xscale="log", yscale="log", xlabel="1 / eps [1]", ylabel="T(eps) [updates]")
    top = axes.get_ylim()[1]
    for place, (low, high) in bands.items():
        axes.fill_between(inverse[:last], np.where(low > 0, low, np.nan), np.where(np.isinf(high), top, high),
                          where=np.isfinite(low), color=style(place)["color"], alpha=0.2, linewidth=0)
    if bands:
        is_open = any(np.isinf(high[np.isfinite(low)]).any() for low, high in bands.values())
        axes.fill_between([], [], [], color="grey", alpha=0.3, linewidth=0, label="line: median, band: 95 % of seeds" +
                          (", open above where a seed never gets there" if is_open else ""))
        axes.set_ylim(top=top)
    page.legend(figure, [axes])
    return figure, table_of(figure, "one_over_eps")


def draw_steps(axes, place, run, times, exact, inverse, last):
    """Draws T(eps) of one run, (seed, eps), up to the last level; (low, high) of its seeds, infinite: not reached."""
    label, name = shown(label_of(run)), plain(label_of(run))
    ranked = {end: np.quantile(np.where(np.isnan(times), np.inf, times), q, axis=0, method="inverted_cdf")
              for end, q in (("", 0.5), ("_low", 0.025), ("_high", 0.975))}
    drawn = {end: np.where(np.isfinite(line) & (line > 0), line, np.nan)[:last] for end, line in ranked.items()}
    said = label + (f" ({len(times)} seeds)" if len(times) > 1 else "") + ("" if exact else ", at recorded steps only")
    marker = "osD^vP*X"[place % 8]
    axes.plot(inverse[:last], drawn[""], **{**style(place), "marker": marker, "markersize": 2.5, "markevery": 5},
              label=said, gid=name)
    for end in ("_low", "_high") if len(times) > 1 else ():
        axes.plot(inverse[:last], drawn[end], color=style(place)["color"], linewidth=0.4, gid=name + end)
    zeros, never = int((ranked[""] == 0).sum()), np.isinf(ranked[""])
    if zeros:
        axes.plot([], [], " ", label=f"not drawn: {zeros} levels that {label} has from step 0 on")
    if never.any():
        first, end = int(np.argmax(never)), int(lemmata.curve(run)[0][-1])
        half = " by half of the seeds" if len(times) > 1 else ""
        axes.plot(inverse[first], end, marker=marker, markersize=5, color=style(place)["color"],
                  markerfacecolor="white", linestyle="", gid=f"{name}_not_reached",
                  label=f"{label}: eps <= {1 / inverse[first]:.2g} not reached{half} in {end} updates")
    return ranked["_low"][:last], ranked["_high"][:last]


def steps_law_text(law):
    """The law of T(eps) for a legend, with the interval of b or p; None: inconclusive."""
    eps = f"(eps - {law['floor']:.2g})" if law["floor"] else "eps"
    if law["law"] == "log":
        return f"log, T = {law['a']:.4g} + b ln(1/{eps}), b = {law['b']:.4g}{interval_text(law)}"
    if law["law"] == "power":
        left = f"T {'-' if law['offset'] < 0 else '+'} {abs(law['offset']):.4g}"
        return f"power, {left} = {law['a']:.4g} {eps}^-p, p = {law['p']:.4g}{interval_text(law)}"


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
    say_experts(drawn[0], ds, panels)
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
