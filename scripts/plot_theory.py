"""More figures of scripts/plot.py, as scripts/plot_figures.py has them: of attention, of Theorem 1, and a law map."""
import math
import re
import textwrap

import h5netcdf
import lemmata
import numpy as np
import xarray
from joma_result import median
from lemmata import COLOURS, draw_seeds, label_of, plot_loss, refuse, runs, shown
from matplotlib.patches import Patch
from plot_figures import MOST_PANELS, first_of, opened, over_experts, say_experts, table_of
from plot_law_map import COLOURS as LAW_COLOURS
from plot_law_map import MEANING, Map, draw_cells, row_name, rows_of

TOKEN_KINDS = ("class signal", "label signal", "distractor", "noise")
MOST_HEIGHT = 9  # in; of a page


def as_runs(run, curves, y, units="1"):
    """A Dataset whose runs are the curves {label: DataArray over step (and seed)} of one run, for plot_loss."""
    joined = xarray.concat([values.reset_coords(drop=True) for values in curves.values()], "run")
    extra = {"stage": run["stage"].reset_coords(drop=True)} if "stage" in run else {}
    ds = xarray.Dataset({y: joined.assign_attrs(units=units), **extra}).drop_vars("run", errors="ignore")
    stages = run.coords["stages"].item() if "stages" in run.coords else run.attrs.get("stages", "[]")
    return ds.assign_coords(run=list(curves), file=run["file"].item()).assign_attrs(stages=stages)


def attention(files, page):
    """By token kind, the mean over experts, weighted by load, or over those that have a value where a file has no load;
    of a reduced model by component, eight of them at most."""
    if len(files) > MOST_PANELS:
        refuse("FILE", f"{len(files)} files", f"at most {MOST_PANELS}, a panel each")
    name = first_of(files, ("attention_mass", "attention"), "the record group attention")
    ds = opened(files, [name], "the record group attention")
    weight = lemmata.open(files, ["load"]) if any("load" in lemmata.contents(file)[0] for file in files) else {}
    figure, panels = page.panels(ds.sizes["run"])
    for place, (axes, run) in enumerate(zip(panels, runs(ds))):
        mass, axis = run[name], "token_kind" if name == "attention_mass" else "component"
        if axis not in mass.dims:
            refuse(f"{run['file'].item()}: {name}", f"axes {mass.dims}", f"an axis {axis}")
        if "expert" in mass.dims:
            load = weight["load"].isel(run=place) if weight else mass.where(False)
            by_load = bool(load.notnull().any())
            mass = mass.weighted(load.fillna(0) if by_load else xarray.ones_like(mass)).mean("expert")
            how = "weighted by load" if by_load else "of those that have a value"
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
        if "expert" in run[name].dims:
            axes.plot([], [], " ", label=f"mean over experts, {how}")
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
    plot_loss(over_experts(ds, name), name, axes=axes, scale="semilogx", legend=False, name_of="entropy of attention")
    say_experts(axes, ds, [name])
    page.legend(figure, [axes])
    return figure, table_of(figure, "step")


def invariant(files, page):
    """Theorem 1 of JoMA: z - z(0) of three tokens (least, middle and largest at the end), summed over queries, what the
    theorem makes of v, and max|left - right| / max|left| over tokens, as in scripts/plot_joma.py."""
    if len(files) > 1:
        refuse("FILE", f"{len(files)} files", "one file of system joma_layer")
    run = opened(files, ["invariant_left", "invariant_right"], "both sides of Theorem 1 (joma_layer)").isel(run=0)
    shape = (-1, run.sizes["step"], run.sizes["token"])
    left = run["invariant_left"].sum("query", skipna=False).transpose(..., "step", "token").values.reshape(shape)
    right = run["invariant_right"].transpose(..., "step", "token").values.reshape(shape)
    step, most = run["step"].values, len(left)
    figure, (sides, apart) = page.panels(2)
    tokens = np.argsort(median(left)[-1])[[0, left.shape[2] // 2, -1]]
    for place, token in enumerate(dict.fromkeys(tokens.tolist())):
        draw_seeds(sides, step, left[:, :, token], np.asarray, place, f"token {token}, left side", f"left_{token}")
        every = max(1, len(step) // 12)
        sides.plot(step[::every], median(right)[::every, token], "osD"[place], color=COLOURS[place], markersize=3,
                   markerfacecolor="none", label=f"token {token}, right side, from v", gid=f"right_{token}")
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.abs(left - right).max(2) / np.abs(left).max(2)
    # 0/0 at the start: NaN
    draw_seeds(apart, step, gap, lambda line: np.where(line > 0, line, np.nan), 3, None, "relative_gap")
    zeros = int((gap == 0).sum() + np.isnan(gap).sum())
    if zeros:
        apart.plot([], [], " ", label=f"not drawn: {zeros} relative gaps that are 0 or 0/0")
    if most > 1:
        sides.fill_between([], [], [], color="grey", alpha=0.3, linewidth=0, label="line: median, band: 95 % of seeds")
    power = "^2" if '"attention":"linear"' in str(run.attrs.get("scenario", "")).replace(" ", "") else ""
    sides.set(xlabel="step [updates]", ylabel=f"sum of $z{power} - z(0){power}$ [1]")
    apart.set(xlabel="step [updates]", ylabel="relative gap [1]", yscale="log")
    page.legend(figure, [sides, apart])
    return figure, table_of(figure, "step")


def law_map(files, page):
    """The law of T(eps) of the prediction loss in every regime without noise (the map's first noise), a panel for each
    loss; by scripts/plot_law_map.py, which has the other slices. Its table has a line for each cell."""
    if len(files) > 1:
        refuse("FILE", f"{len(files)} files", "one file of `lemmata map`")
    try:
        with h5netcdf.File(files[0], "r") as file:
            lemmata.require_room(files[0], file.variables.values())
        laws = Map(files[0])
    except (KeyError, OSError) as error:
        refuse(files[0], f"{type(error).__name__}: {error}", "a file of `lemmata map`")
    rows, models, losses, noise = rows_of(laws), laws.names["model"], laws.names["loss"], laws.names["noise"][0]
    columns = max(1, min(len(losses), int((page.width - 1.4) / (0.2 * len(models) + 0.1))))
    lines = math.ceil(len(losses) / columns)
    names = 0.8 * (lines if len(losses) % columns else 1)  # of the models, below
    cell = min(0.15, (MOST_HEIGHT - 1 - names - 0.3 * lines) / (lines * len(rows)))  # in; 1 in for the legend
    figure, panels = page.grid(lines, columns, len(losses), cell * len(rows) + 0.3 + names / lines)
    table = {name: [] for name in ("optimizer", "step_rule", "schedule", "loss", "model", "law", "number")}
    for place, (axes, loss) in enumerate(zip(panels, losses)):
        for row, model, law, number in draw_cells(axes, laws, "zero", noise, loss, rows, min(4.5, 60 * cell)):
            for name, value in zip(table, (*row, loss, model, law.replace(" ", "_"), number)):
                table[name].append(value)
        if place % columns == 0:
            axes.set_yticks(np.arange(len(rows)) + 0.5, [row_name(row) for row in rows], fontsize=min(6, 68 * cell))
        axes.tick_params(axis="x", labelsize=6)
        if place + columns < len(losses):  # models stand below the lowest panel of a column
            axes.set_xticks([])
    used = [law for law in MEANING if law.replace(" ", "_") in table["law"]]
    page.legend(figure, panels, [Patch(facecolor=LAW_COLOURS[law], edgecolor="#888888", label=MEANING[law])
                                 for law in used])
    return figure, table
