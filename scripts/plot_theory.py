"""Two more figures of scripts/plot.py, as scripts/plot_figures.py has them: the joint invariant, and a law map."""
import math

import h5netcdf
import lemmata
import numpy as np
from joma_result import median
from lemmata import COLOURS, draw_seeds, refuse
from matplotlib.patches import Patch
from plot_figures import opened, table_of
from plot_law_map import COLOURS as LAW_COLOURS
from plot_law_map import MEANING, Map, draw_cells, row_name, rows_of


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
    height = 0.15 * len(rows) + 0.3 + (0.8 if len(losses) % columns else 0.8 / lines)  # models stand below
    figure, panels = page.grid(lines, columns, len(losses), height)
    table = {name: [] for name in ("optimizer", "step_rule", "schedule", "loss", "model", "law", "number")}
    for place, (axes, loss) in enumerate(zip(panels, losses)):
        for row, model, law, number in draw_cells(axes, laws, "zero", noise, loss, rows, 4.5):
            for name, value in zip(table, (*row, loss, model, law.replace(" ", "_"), number)):
                table[name].append(value)
        if place % columns == 0:
            axes.set_yticks(np.arange(len(rows)) + 0.5, [row_name(row) for row in rows], fontsize=6)
        axes.tick_params(axis="x", labelsize=6)
        if place + columns < len(losses):  # models stand below the lowest panel of a column
            axes.set_xticks([])
    used = [law for law in MEANING if law.replace(" ", "_") in table["law"]]
    page.legend(figure, panels, [Patch(facecolor=LAW_COLOURS[law], edgecolor="#888888", label=MEANING[law])
                                 for law in used])
    return figure, table
