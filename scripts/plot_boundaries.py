#!/usr/bin/python3
"""One figure per boundary: plot_boundaries.py x.h5... -o DIR [--outcome NAME] [--format svg]

Left: every run as a dot, row by row, and the contours P = .5, .9 with their 95 % bands; an arrow where a band leaves
the range. Right: P along the searched setting with its 95 % band, row by row. Along `model.experts` both show the
exact coverage probability and N ln(N/delta) too.

x.h5 is what `lemmata boundary` writes. Exit 2: the file cannot be read or holds something else.
"""
import argparse
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import xarray  # noqa: E402

# Okabe and Ito's colours, told apart by colour-blind readers; marks and line styles say it in grey too.
HELD, NOT_HELD = "#56B4E9", "#E69F00"
CONTOURS = ["#000000", "#D55E00", "#009E73"]
MARKS = ["o", "s", "^"]
ROWS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#999999"]
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (5, 5))]
SYMBOLS = {
    "data.beta": "beta",
    "data.gamma": "gamma",
    "data.classes": "N classes",
    "model.experts": "M experts",
    "data.label_cosine": "rho, cosine of any two label signals",
    "data.noise_norm": "norm of a noise token",
    "data.tokens": "tokens L (L - 3 of them noise)",
    "stages.0.train.ffn.learning_rate": "FFN rate",
    "stages.0.train.gate.learning_rate": "gate rate",
}
OUTCOMES = {
    "pure": "class-pure routing at T1",
    "specialised": "specialised experts at T1",
    "covered": "every class covered at initial values",
    "pure_end": "class-pure routing after stage II",
    "specialised_end": "specialised experts after stage II",
}


def words(variable):
    return variable.attrs["flag_meanings"].split()


class Boundary:
    """A boundary's file, seen for one outcome."""

    def __init__(self, path, outcome=None):
        with xarray.open_dataset(path, engine="h5netcdf") as file:
            self.data = file.load()
        about = self.data.attrs
        self.name, self.outcome = about["boundary"], outcome or about["searched_outcome"]
        self.place = words(self.data["outcome"]).index(self.outcome)
        self.log, self.range = about["search_scale"] == "log", (float(about["search_low"]), float(about["search_high"]))
        self.rows, self.probabilities = self.data["row"].values, self.data["probability"].values
        self.row_label = SYMBOLS.get(about["row_setting"], about["row_setting"])
        self.label = SYMBOLS.get(about["search_setting"], about["search_setting"])
        if int(about["search_relative"]):
            self.label += f" / {self.row_label}"

    def of(self, name):
        """(row, ...) of the outcome."""
        return self.data[name].values[:, self.place]

    def findings(self):
        names = words(self.data["finding"])
        return [[names[int(code)] for code in row] for row in self.of("finding")]


def contour_mark(axis, boundary, row, i, shift):
    """One contour of one row, or an arrow to where it is."""
    x, finding = row + shift, boundary.findings()[row][i]
    lower, upper = boundary.of("contour_lower")[row, i], boundary.of("contour_upper")[row, i]
    style = {"color": CONTOURS[i % 3], "zorder": 4}
    if finding == "found":
        value = boundary.of("contour")[row, i]
        axis.errorbar(x, value, yerr=[[value - lower], [upper - value]], fmt=MARKS[i % 3], capsize=4, ms=6, **style)
        return
    low, high = boundary.range
    if finding == "open" and (np.isfinite(lower) or np.isfinite(upper)):
        start, end = (lower, high) if np.isfinite(lower) else (upper, low)
        axis.annotate("", (x, end), (x, start), arrowprops={"arrowstyle": "->", "color": style["color"], "lw": 1.4})
        axis.plot(x, start, "_", ms=9, **style)
    text = {"above_range": "above", "below_range": "below", "open": "", "not_monotone": "not\nmonotone"}.get(
        finding, "other\nform"
    )
    axis.text(x, low if finding == "below_range" else high, text, ha="center", va="center", fontsize=7, **style)


def draw_map(axis, boundary):
    data, count = boundary.data, len(boundary.probabilities)
    held = data[boundary.outcome].values == 1
    row = data["run_row"].values.astype(int)
    # Beside one another in the order in which they ran, so that equal values do not hide one another.
    number = data["run_number"].values
    x = row - 0.38 + 0.5 * number / max(1, number.max())
    for chosen, mark, colour, name in ((held, "o", HELD, "holds"), (~held, "x", NOT_HELD, "does not hold")):
        axis.plot(x[chosen], data["value"].values[chosen], mark, ms=3, color=colour, label=f"a run in which it {name}")
    for i, probability in enumerate(boundary.probabilities):
        for place in range(len(boundary.rows)):
            contour_mark(axis, boundary, place, i, 0.2 + 0.14 * i)
        axis.plot([], [], MARKS[i % 3], color=CONTOURS[i % 3], label=f"P = {probability:g}, 95 % band (arrow: open)")
    if "sufficient_experts" in data:
        places = np.arange(len(boundary.rows))
        for i, probability in enumerate(boundary.probabilities):
            colour = CONTOURS[i % 3]
            axis.plot(
                places, data["sufficient_experts"].values[:, i], "-", lw=1.1, color=colour,
                label=f"N ln(N/delta), delta = {1 - probability:.2g}",
            )
            axis.plot(
                places, data["coverage_experts"].values[:, i], ":", lw=1.6, color=colour,
                label=f"exact coverage probability {probability:g}",
            )
    axis.set_xticks(range(len(boundary.rows)), [f"{value:g}" for value in boundary.rows])
    axis.set(xlabel=boundary.row_label, ylabel=boundary.label, xlim=(-0.6, len(boundary.rows) - 0.6 + 0.14 * count))
    if boundary.log:
        axis.set_yscale("log")
        plain_ticks(axis.yaxis, boundary.range)
        low, high = np.log(boundary.range)
        axis.set_ylim(np.exp(low - 0.06 * (high - low)), np.exp(high + 0.06 * (high - low)))
    else:
        low, high = boundary.range
        axis.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    axis.legend(fontsize=7, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=2)


def plain_ticks(axis, limits):
    """1, 2, 5, 10, ... written out."""
    ticks = [m * 10.0**k for k in range(-6, 7) for m in (1, 2, 5) if limits[0] <= m * 10.0**k <= limits[1]]
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_ticks([], minor=True)


def draw_responses(axis, boundary):
    data, point = boundary.data, boundary.data["point"].values
    for place, value in enumerate(boundary.rows):
        colour, line = ROWS[place % 8], LINES[place % 8]
        axis.plot(point, boundary.of("response")[place], color=colour, linestyle=line, label=f"{value:g}")
        axis.fill_between(
            point, boundary.of("response_lower")[place], boundary.of("response_upper")[place], color=colour, alpha=0.13,
            linewidth=0,
        )
        if "coverage_exact" in data:
            axis.plot(data["experts"].values, data["coverage_exact"].values[place], ".", ms=3, color=colour)
    for probability in boundary.probabilities:
        axis.axhline(probability, color="#999999", linewidth=0.7)
    if boundary.log:
        axis.set_xscale("log")
        plain_ticks(axis.xaxis, boundary.range)
    axis.set(xlabel=boundary.label, ylabel="P", ylim=(-0.03, 1.03), xlim=boundary.range)
    title = boundary.row_label + ("; dots: exact coverage" if "coverage_exact" in data else "")
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.14)}
    axis.legend(title=title, fontsize=7, title_fontsize=7, frameon=False, ncol=5, **below)


def draw(boundary):
    figure, axes = plt.subplots(1, 2, figsize=(11, 5.6), width_ratios=(1.15, 1))
    draw_map(axes[0], boundary)
    draw_responses(axes[1], boundary)
    runs = boundary.data.sizes["run"]
    figure.suptitle(f"{boundary.name}: {OUTCOMES.get(boundary.outcome, boundary.outcome)}; {runs} runs", fontsize=11)
    figure.tight_layout()
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="x.h5", nargs="+")
    parser.add_argument("-o", "--out", required=True, help="folder for the figures, created if need be")
    parser.add_argument("--outcome", choices=list(OUTCOMES), help="another outcome than the one searched for")
    parser.add_argument("--format", choices=("svg", "png"), default="svg")
    arguments = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "lemmata", "font.size": 9})
    try:
        boundaries = [Boundary(path, arguments.outcome) for path in arguments.files]
        os.makedirs(arguments.out, exist_ok=True)
        for boundary in boundaries:
            name = boundary.name.removesuffix(".json").replace("/", "_")
            if arguments.outcome:
                name += f"_{arguments.outcome}"
            figure, path = draw(boundary), os.path.join(arguments.out, f"{name}.{arguments.format}")
            figure.savefig(path, dpi=110, metadata={"Date": None} if arguments.format == "svg" else None)
            plt.close(figure)
            print(path)
    except (OSError, ValueError, KeyError) as error:
        print(f"plot_boundaries: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
