#!/usr/bin/python3
"""Figures of a law map, one per slice: plot_law_map.py law_map.h5 -o DIR [--format svg]

    laws_GAP_NOISE     the law of T(eps) of every regime: loss x optimiser and step rule x model
    excess_LOSS        excess over L* against steps, gd at c/lambda_max,
                       with the exact spectral prediction where there is one
    curvature_LOSS     lambda_min/lambda_max and lambda_min/loss along the way, the same runs

law_map.h5 is what `lemmata map` writes. Only runs with class-pure routing count;
a regime whose runs disagree is `mixed`.
Exit 2: the file cannot be read or holds something else.
"""
import argparse
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import xarray  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

# Okabe and Ito's colours, told apart by colour-blind readers; the words in the cells say it in grey too.
COLOURS = {
    "log": "#56B4E9",
    "power": "#E69F00",
    "floor": "#BBBBBB",
    "exact": "#009E73",
    "unclear": "#FFFFFF",
    "mixed": "#F0E442",
    "impure": "#F3D9E5",
    "diverged": "#333333",
    "no L*": "#FFFFFF",
    "not run": "#FFFFFF",
}
MEANING = {
    "log": "log: T = a + b ln(1/eps)",
    "power": "power: T ~ eps^(-1/p), p in the cell",
    "floor": "levels off above 0, where is in the cell",
    "exact": "0 after finitely many steps",
    "unclear": "? neither is shown, or fewer than 3 decades",
    "mixed": "seeds disagree",
    "impure": "no seed with class-pure routing",
    "diverged": "diverged",
    "no L*": "– no L*: f is not linear in the FFN",
}
GAPS = {"zero": "prediction loss (gap to 0)", "floor": "excess over the regime's own L* (FFN alone trained)"}
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (5, 5))]
PALETTE = ["#0072B2", "#D55E00", "#E69F00", "#CC79A7", "#000000", "#009E73", "#56B4E9", "#999999"]


def style(place, name):
    return {"color": PALETTE[place % 8], "linestyle": LINES[place % 8], "label": name.replace("_", " ")}


def words(variable):
    return variable.attrs["flag_meanings"].split()


class Map:
    """The runs of a law map with codes turned into names."""

    def __init__(self, path):
        with xarray.open_dataset(path, engine="h5netcdf") as file:
            self.data = file.load()
        self.names = {
            axis: words(self.data[axis]) for axis in ("model", "loss", "noise", "optimizer", "step_rule", "schedule")
        }
        self.run = {axis: self.data[axis].values.astype(int) for axis in self.names}
        self.pure = self.data["pure"].values == 1

    def runs(self, **wanted):
        chosen = np.ones(len(self.pure), bool)
        for axis, name in wanted.items():
            chosen &= self.run[axis] == self.names[axis].index(name)
        return np.flatnonzero(chosen)

    def law(self, gap, runs):
        """(word, number) of one regime: the law on which its decided, pure runs agree."""
        if not len(runs):
            return "not run", np.nan
        if gap == "floor" and np.isnan(self.data["floor"].values[runs]).all():
            return "no L*", np.nan
        counted = runs[self.pure[runs]]
        if not len(counted):
            return "impure", np.nan
        laws = [words(self.data[f"law_{gap}"])[int(self.data[f"law_{gap}"].values[i])] for i in counted]
        decided = [(law, i) for law, i in zip(laws, counted) if law != "unclear"]
        if not decided:
            reasons = words(self.data["stop_reason"])
            return (
                "diverged" if reasons[int(self.data["stop_reason"].values[counted[0]])] == "diverged" else "unclear"
            ), np.nan
        if len({law for law, _ in decided}) > 1:
            return "mixed", np.nan
        law, i = decided[0]
        number = {"log": "rate", "power": "exponent", "floor": "levels_off_at"}.get(law)
        return law, np.nan if number is None else float(self.data[f"{number}_{gap}"].values[i])


def cell_text(law, number):
    if law == "power":
        return f"{number:.2f}"
    if law == "floor":
        return f"{number:.0e}".replace("e-0", "e-").replace("e+00", "")
    return {
        "log": "log",
        "exact": "0",
        "unclear": "?",
        "mixed": "mix",
        "impure": "imp",
        "diverged": "div",
        "no L*": "–",
        "not run": "",
    }[law]


def rows_of(law_map):
    """(optimizer, step rule, schedule) of every row that some run has."""
    seen = {
        tuple(law_map.run[axis][i] for axis in ("schedule", "optimizer", "step_rule")) for i in range(len(law_map.pure))
    }
    return [
        (law_map.names["optimizer"][o], law_map.names["step_rule"][r], law_map.names["schedule"][s])
        for s, o, r in sorted(seen)
    ]


def row_name(row):
    optimizer, step_rule, schedule = row
    rule = {"equal": "equal step", "lambda_max": "c/λmax", "own": "own step"}[step_rule]
    return f"{optimizer.replace('_', ' ')}, {rule}" + (", joint" if schedule == "joint" else "")


def draw_cells(axis, law_map, gap, noise, loss, rows, fontsize=6):
    """One panel, rows x models, of a loss; returns [(row, model, law, number)] as drawn."""
    cells, models = [], law_map.names["model"]
    for y, row in enumerate(rows):
        for x, model in enumerate(models):
            regime = dict(zip(("optimizer", "step_rule", "schedule"), row), model=model, loss=loss, noise=noise)
            law, number = law_map.law(gap, law_map.runs(**regime))
            cells.append((row, model, law, number))
            edge = "white" if law != "unclear" else "#DDDDDD"
            axis.add_patch(plt.Rectangle((x, y), 1, 1, facecolor=COLOURS[law], edgecolor=edge, linewidth=0.8))
            colour, said = "white" if law == "diverged" else "black", cell_text(law, number)
            axis.text(x + 0.5, y + 0.5, said, ha="center", va="center", fontsize=fontsize, color=colour)
    axis.set(xlim=(0, len(models)), ylim=(len(rows), 0), title=loss.replace("_", " "))
    axis.set_xticks(np.arange(len(models)) + 0.5, [m.replace("_", " ") for m in models], rotation=90, fontsize=7)
    axis.set_yticks([])
    axis.tick_params(length=0)
    return cells


def draw_laws(law_map, gap, noise):
    rows, models, losses = rows_of(law_map), law_map.names["model"], law_map.names["loss"]
    if gap == "floor":
        rows = [row for row in rows if row[2] == "frozen"]
    figure, axes = plt.subplots(
        1,
        len(losses),
        figsize=(max(9.5, 2.2 + 0.42 * len(models) * len(losses)), 2.6 + 0.34 * len(rows)),
        squeeze=False,
    )
    used = set()
    for axis, loss in zip(axes[0], losses):
        used |= {law for _, _, law, _ in draw_cells(axis, law_map, gap, noise, loss, rows)}
    axes[0][0].set_yticks(np.arange(len(rows)) + 0.5, [row_name(row) for row in rows], fontsize=7)
    handles = [Patch(facecolor=COLOURS[law], edgecolor="#888888", label=MEANING[law]) for law in MEANING if law in used]
    figure.legend(
        handles=handles,
        loc="lower center",
        ncol=min(4, len(handles)) if len(losses) > 3 else 2,
        fontsize=8,
        frameon=False,
    )
    figure.suptitle(f"Which law T(eps) follows in the last stage: {GAPS[gap]}; noise {noise}", fontsize=11)
    figure.tight_layout(rect=(0, 0.09, 1, 0.98))
    return figure


def curves(law_map, loss, noise):
    """One pure run per model: gd at c/lambda_max, frozen."""
    found = {}
    for model in law_map.names["model"]:
        runs = law_map.runs(
            model=model, loss=loss, noise=noise, optimizer="gd", step_rule="lambda_max", schedule="frozen"
        )
        runs = runs[law_map.pure[runs]]
        if len(runs):
            found[model] = runs[0]
    return found


def label_axes(axis, ylabel, title):
    axis.set(xscale="log", xlabel="step of the last stage", ylabel=ylabel, title=title)
    if axis.lines:  # a logarithmic axis without a value is a warning
        axis.set_yscale("log")
    axis.grid(True, which="major", color="#DDDDDD", linewidth=0.5)


def draw_excess(law_map, loss):
    noises = law_map.names["noise"]
    figure, axes = plt.subplots(1, len(noises), figsize=(4.6 * len(noises), 4.4), squeeze=False, sharey=True)
    step = law_map.data["step"].values
    predicted_any = False
    lines = {}
    for axis, noise in zip(axes[0], noises):
        at_zero = []
        for model, i in curves(law_map, loss, noise).items():
            place = law_map.names["model"].index(model)
            measured, predicted = law_map.data["excess"].values[i], law_map.data["predicted_excess"].values[i]
            if not (measured[step >= 1] > 0).any():  # step 0 is not on the axis
                if np.isfinite(law_map.data["floor"].values[i]):
                    at_zero.append(model.replace("_", " "))
                continue
            (lines[place],) = axis.plot(step, measured, **style(place, model))
            shown = np.isfinite(measured) & np.isfinite(predicted)
            if shown.any():
                predicted_any = True
                axis.plot(step[shown][::6], predicted[shown][::6], ".", color=PALETTE[place % 8], markersize=4)
        label_axes(axis, "objective − L*" if noise == noises[0] else "", f"noise {noise}")
        axis.set_xlim(1, max(10, step.max()))
        if at_zero:
            said = "\n".join(["0 or below rounding from step 1 on:", *at_zero])
            axis.text(0.97, 0.97, said, transform=axis.transAxes, ha="right", va="top", fontsize=7)
    if lines:
        handles = [lines[place] for place in sorted(lines)]
        axes[0][-1].legend(handles=handles, fontsize=7, frameon=False, loc="lower left")
    figure.suptitle(
        f"{loss.replace('_', ' ')} loss, gd at c/λmax, attention and gate frozen"
        + ("\ndots: exact spectral prediction" if predicted_any else ""),
        fontsize=10,
    )
    figure.tight_layout()
    return figure


def draw_curvature(law_map, loss):
    noise = law_map.names["noise"][0]
    figure, axes = plt.subplots(1, 2, figsize=(9.2, 4.2))
    step = law_map.data["step"].values
    for axis, name, ylabel in zip(
        axes, ("lambda_ratio", "lambda_over_loss"), ("λmin / λmax per unit load", "λmin / loss")
    ):
        for model, i in curves(law_map, loss, noise).items():
            place, value = law_map.names["model"].index(model), law_map.data[name].values[i]
            shown = np.isfinite(value) & (value > 0)
            if shown.any():
                axis.plot(step[shown], value[shown], marker=".", **style(place, model))
        label_axes(axis, ylabel, "")
        axis.set_xlim(left=1)
    if axes[0].lines:
        axes[0].legend(fontsize=7, frameon=False)
    figure.suptitle(
        f"Curvature of the experts' subtasks along the last stage: {loss.replace('_', ' ')} loss, gd at c/λmax, "
        f"noise {noise}",
        fontsize=10,
    )
    figure.tight_layout()
    return figure


def figures(law_map):
    for gap in GAPS:
        for noise in law_map.names["noise"]:
            yield f"laws_{gap}_{noise}", lambda gap=gap, noise=noise: draw_laws(law_map, gap, noise)
    if "gd" not in law_map.names["optimizer"]:
        return
    for loss in law_map.names["loss"]:
        yield f"excess_{loss}", lambda loss=loss: draw_excess(law_map, loss)
        yield f"curvature_{loss}", lambda loss=loss: draw_curvature(law_map, loss)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="law_map.h5")
    parser.add_argument("-o", "--out", required=True, help="folder for the figures, created if need be")
    parser.add_argument("--format", choices=("svg", "png"), default="svg")
    arguments = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "lemmata", "font.size": 9})
    try:
        law_map = Map(arguments.file)
        os.makedirs(arguments.out, exist_ok=True)
        for name, draw in figures(law_map):
            figure, path = draw(), os.path.join(arguments.out, f"{name}.{arguments.format}")
            figure.savefig(path, dpi=150, metadata={"Date": None} if arguments.format == "svg" else None)
            plt.close(figure)
            print(path)
    except (OSError, ValueError, KeyError) as error:
        print(f"plot_law_map: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
