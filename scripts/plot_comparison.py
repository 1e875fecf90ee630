#!/usr/bin/python3
"""Two runs side by side: prediction loss over steps with the fitted laws, and T(eps), the steps to reach a loss of eps.

    plot_comparison.py A.h5 B.h5 [--comparison compare.json] [--fit a.json --fit b.json] -o figure.svg [-o figure.png]

--comparison is what `lemmata compare --json` writes: {"runs": [{"file", "label", "steps_to_eps": [{"eps", "steps" or
null}], "steps_to_eps_last_stage": [...], "law": {as of `lemmata fit --json`}, "steps_law": {"law": "log"|"power", "a",
"b"|"p", "offset", "floor", "window": T of its ends}, "steps_law_last_stage"}]}, one entry per file in order; steps null
= not reached. --fit gives the loss's law from `lemmata fit --json` instead. Without T(eps) in a JSON it is read off the
recorded curve, which sees only recorded steps, and the figure says so. Exit 2: a file cannot be read or holds something
else.
"""
import argparse
import json
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import xarray  # noqa: E402
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator  # noqa: E402

# Okabe and Ito's colours: told apart by colour-blind readers; in grey the line styles and markers differ.
STYLES = ({"color": "#0072B2", "linestyle": "-", "marker": "o", "censored": "^"},
          {"color": "#D55E00", "linestyle": (0, (5, 2)), "marker": "s", "censored": "D"})
LAW_STYLES = ((0, (1, 1)), (0, (3, 1, 1, 1)))


def read_run(path):
    """step, stage, prediction_loss (median over a seed dimension), stage names and a default label of a result file."""
    with xarray.open_dataset(path, engine="h5netcdf") as file:
        for name in ("step", "stage", "prediction_loss"):
            if name not in file.variables:
                raise ValueError(f"{path}: no variable {name}; is it a result file?")
        loss, stage, settings = file["prediction_loss"], file["stage"], json.loads(file.attrs.get("scenario", "{}"))
        label = settings.get("name", os.path.basename(path))
        if "seed" in loss.dims:
            label += f" (median of {loss.sizes['seed']} seeds)"
            loss = loss.median("seed")
        if "seed" in stage.dims:
            stage = stage.isel(seed=0)
        names = json.loads(file.attrs["stages"]) if "stages" in file.attrs \
            else [entry["name"] for entry in settings.get("stages", [])]
        return {"step": file["step"].values.astype(float), "stage": stage.values.astype(int),
                "loss": loss.values.astype(float),
                "stage_names": names, "label": label, "file": path}


def stage_starts(run):
    """(name, first recorded step) of every stage after the first."""
    changes = np.flatnonzero(np.diff(run["stage"])) + 1
    names = run["stage_names"]
    return [(names[run["stage"][i] - 1] if run["stage"][i] <= len(names) else str(run["stage"][i]), run["step"][i])
            for i in changes]


def steps_from_curve(run, first_step):
    """T(eps) from the recorded curve, on quarter decades: first recorded step, from first_step on, with loss <= eps;
    None = not reached."""
    chosen = (run["step"] >= first_step) & (run["loss"] > 0)
    step, loss = run["step"][chosen] - first_step, run["loss"][chosen]
    if not len(loss):
        return []
    top, bottom = np.log10(loss.max()), np.log10(loss.min())
    levels = 10.0 ** (np.arange(np.floor(4 * top), np.floor(4 * bottom) - 3, -1) / 4)
    reached = [np.flatnonzero(loss <= eps) for eps in levels]
    return [{"eps": eps, "steps": step[index[0]] if len(index) else None} for eps, index in zip(levels, reached)]


def interval_text(value, low, high):
    """" [low, high]"; " (-a, +b)" about the value where both ends print as the same number."""
    ends = f"{low:.4g}", f"{high:.4g}"
    return f" [{ends[0]}, {ends[1]}]" if ends[0] != ends[1] else f" ({low - value:+.1e}, {high - value:+.1e})"


def law_curve(law, run):
    """(steps, fitted loss, legend text) on the law's window, or None where no law was found. A missing amplitude is the
    median of loss / shape on the window; time counts from the start of the stage the window lies in."""
    kind = (law or {}).get("law")
    if kind not in ("exponential", "power", "constant"):
        return None
    first, last = law["window"]
    inside = (run["step"] >= first) & (run["step"] <= last) & (run["loss"] > 0)
    if not inside.any():
        return None
    origin = max([step for _, step in stage_starts(run) if step <= first], default=0.0)
    step = np.geomspace(max(first, 1), max(last, 2), 200)
    floor = law.get("floor") or 0.0

    def shape(at):
        if kind == "exponential":
            return np.exp(-law["rate"] * (at - max(first, origin)))
        if kind == "power":
            return np.maximum(at - origin + (law.get("offset") or 0.0), 1e-300) ** -law["exponent"]
        return np.zeros_like(at)
    if kind == "constant":
        return step, np.full_like(step, floor), f"constant {floor:.3g}"
    amplitude = np.median((run["loss"][inside] - floor) / shape(run["step"][inside]))
    name, value = ("rate", law["rate"]) if kind == "exponential" else ("exponent", law["exponent"])
    interval = law.get("interval")
    text = f"{kind}, {name} {value:.4g}" + (interval_text(value, *interval) if interval else "")
    return step, floor + amplitude * shape(step), text + (" per step" if kind == "exponential" else "")


def draw_losses(axes, runs):
    """Panel 1. Returns notes on what a log axis cannot show."""
    notes, laws = [], []
    for run, style, dash in zip(runs, STYLES, LAW_STYLES):
        shown = (run["step"] > 0) & (run["loss"] > 0) & np.isfinite(run["loss"])
        zeros, broken = int((run["loss"] == 0).sum()), int((~np.isfinite(run["loss"])).sum())
        notes += [f"{run['label']}: recorded losses that are exactly 0 and left out: {zeros}"] if zeros else []
        notes += [f"{run['label']}: recorded losses that are not finite and left out: {broken}"] if broken else []
        axes.plot(run["step"][shown], run["loss"][shown], color=style["color"], linestyle=style["linestyle"],
                  linewidth=1.6, label=run["label"])
        laws.append((law_curve(run["law"], run), run, dash))
        for name, step in stage_starts(run):
            axes.axvline(step, color=style["color"], linewidth=0.8, alpha=0.5)
            axes.annotate(name, (step, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                          textcoords="offset points",
                          ha="center", va="bottom", fontsize=8, color=style["color"])
    axes.set(xscale="log", yscale="log", xlabel="step [updates]", ylabel="prediction loss [1]")
    limits = axes.get_ylim()                                # of the measured curves: a fitted law must not stretch them
    for law, run, dash in laws:
        if law:
            axes.plot(law[0], law[1], color="black", linestyle=dash, linewidth=1.3, label=f"fit: {law[2]}")
        elif run["law"]:
            axes.plot([], [], " ", label=f"fit, {run['label']}: {run['law'].get('law', 'none')}")
    axes.set_ylim(limits)
    return notes + ["step 0 has no place on a log axis"]


def draw_steps(axes, runs):
    """Panel 2. Returns notes: approximate curves, levels that hold from the start."""
    notes, runs_and_points = [], []
    for run, style in zip(runs, STYLES):
        series = [("steps_to_eps", "", 1.6, style["color"])]
        if run["stage"].max() > run["stage"].min():
            series.append(("steps_to_eps_last_stage", ", from the last stage's start", 0.9, "white"))
        for key, suffix, width, fill in series:
            points = run.get(key)
            last = run["step"][-1] - (stage_starts(run)[-1][1] if "last" in key else 0)
            if points is None:
                points = steps_from_curve(run, run["step"][-1] - last)
                notes.append(f"{run['label']}: T(eps) read off the recorded steps only") if not suffix else None
            reached = [(1 / p["eps"], p["steps"]) for p in points if p["steps"]]
            at_once = sum(p["steps"] == 0 for p in points)
            if at_once:
                notes.append(f"{run['label']}{suffix}: levels of eps already reached at step 0 and left out: {at_once}")
            axes.plot(*(zip(*reached) if reached else ((), ())), color=style["color"], linestyle=style["linestyle"],
                      linewidth=width,
                      marker=style["marker"], markersize=3.5, markerfacecolor=fill, label=run["label"] + suffix)
            if not suffix:
                runs_and_points.append((run, style, points))
    _draw_censored(axes, runs_and_points)
    axes.set(xscale="log", yscale="log", xlabel="1 / eps [1]", ylabel="T(eps) [updates]")
    limits = axes.get_ylim()
    for run, dash in zip(runs, LAW_STYLES):
        _draw_steps_laws(axes, run, dash)
    axes.set_ylim(limits)
    return notes


def _draw_censored(axes, runs_and_points):
    """Where each run ends without reaching eps: a hollow marker at the first such level, and a faint line up to a
    decade past the smallest eps that any run reached. Beyond that there is nothing to compare, and the levels would
    only stretch the axis."""
    reached = [1 / p["eps"] for _, _, points in runs_and_points for p in points if p["steps"] is not None]
    limit = 10 * max(reached, default=0)
    for run, style, points in runs_and_points:
        censored = [p["eps"] for p in points if p["steps"] is None]
        if not censored:
            continue
        first, last = 1 / max(censored), run["step"][-1]
        axes.plot([first, max(first, limit)], [last, last], color=style["color"], linestyle=style["linestyle"],
                  linewidth=0.8, alpha=0.45,
                  marker=style["censored"], markersize=6, markevery=[0], markerfacecolor="white",
                  label=f"{run['label']}: eps <= {max(censored):.2g} not reached in {last:.0f} steps")


def steps_law_curve(law, points):
    """(1/eps, T, legend text) of T = a + b ln(1/eps) or T + t0 = a eps^-p over the levels in its window, or None where
    no law was found. Where the loss levels off it is a law of eps - floor."""
    if (law or {}).get("law") not in ("log", "power"):
        return None
    floor, (first, last) = law.get("floor") or 0.0, law.get("window") or (0, np.inf)
    reached = [p["eps"] for p in points or [] if p["steps"] and first <= p["steps"] <= last and p["eps"] > floor]
    if not reached:
        return None
    inverse = np.geomspace(1 / max(reached), 1 / min(reached), 200)
    interval = interval_text(law["b"] if law["law"] == "log" else law["p"],
                             *law["interval"]) if law.get("interval") else ""
    above, eps = 1 / (1 / inverse - floor), f"(eps - {floor:.2g})" if floor else "eps"
    if law["law"] == "log":
        return inverse, law["a"] + law["b"] * np.log(above), \
            f"T = {law['a']:.4g} + b ln(1/{eps}), b = {law['b']:.4g}{interval}"
    offset = law.get("offset") or 0.0
    return inverse, law["a"] * above ** law["p"] - offset, \
        f"T + {offset:.3g} = {law['a']:.3g} {eps}^-p, p = {law['p']:.4g}{interval}"


def _draw_steps_laws(axes, run, dash):
    """The fitted laws of T(eps) from the start and from the start of the last stage; in words where a whole run has
    none."""
    for key, points in (("steps_law", "steps_to_eps"), ("steps_law_last_stage", "steps_to_eps_last_stage")):
        drawn = steps_law_curve(run.get(key), run.get(points))
        if key.endswith("last_stage") and run["stage"].max() == run["stage"].min():
            continue                                        # one stage: the same law twice
        where = f"{run['label']}{', last stage' if key.endswith('last_stage') else ''}"
        if drawn:
            inverse, steps, text = drawn
            axes.plot(inverse[steps > 0], steps[steps > 0], color="black", linestyle=dash, linewidth=1.2,
                      label=f"fit, {where}:\n{text}")
        elif run.get(key):
            axes.plot([], [], " ", label=f"fit, {where}: {run[key].get('law', 'none')}")


def draw(runs):
    """The figure, from runs with `law`, `steps_to_eps`, ... filled in where known."""
    figure, panels = plt.subplots(1, 2, figsize=(11, 6.2))
    notes = draw_losses(panels[0], runs) + draw_steps(panels[1], runs)
    for axes, title in zip(panels, ("Prediction loss", "Steps to reach a loss of eps")):
        axes.set_title(title, pad=18)
        axes.grid(True, which="major", color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
        for axis in (axes.xaxis, axes.yaxis):
            low, high = axis.get_view_interval()
            if high < 100 * low:
                continue                                    # too short for decades: matplotlib labels the minor ticks
            axis.set_major_locator(LogLocator(numticks=9))
            axis.set_minor_locator(NullLocator())
            axis.set_minor_formatter(NullFormatter())
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), fontsize=8, frameon=False, ncol=1,
                    handlelength=3.5)
    lines, entries = list(dict.fromkeys(notes)), max(sum(1 + text.count("\n")
                                                         for text in axes.get_legend_handles_labels()[1])
                                                         for axes in panels)
    figure.subplots_adjust(left=0.08, right=0.98, top=0.9, bottom=0.13 + 0.026 * entries + 0.018 * len(lines),
                           wspace=0.22)
    figure.text(0.01, 0.012, "Not shown or approximate: " + ";\n".join(lines) + ".", fontsize=7, color="0.35",
                va="bottom")
    return figure


def gather(arguments):
    """Runs of the two files with what the JSON files add. Raises OSError or ValueError with the file's name."""
    runs = []
    for path in arguments.files:
        try:
            runs.append(read_run(path))
        except OSError as error:
            raise OSError(f"{path}: {error}") from error
    if arguments.comparison:
        with open(arguments.comparison, encoding="utf-8") as file:
            known = json.load(file).get("runs", [])
        if len(known) != len(runs):
            raise ValueError(f"{arguments.comparison}: {len(known)} runs, not {len(runs)}")
        for run, entry in zip(runs, known):
            run.update({key: entry[key]
                        for key in ("steps_to_eps", "steps_to_eps_last_stage", "law", "steps_law",
                                    "steps_law_last_stage") if key in entry})
            run["label"] = entry.get("label", run["label"])
    for run, path in zip(runs, arguments.fit or []):
        with open(path, encoding="utf-8") as file:
            run["law"] = json.load(file)
    for run, label in zip(runs, arguments.label or []):
        run["label"] = label
    for run in runs:
        run.setdefault("law", None)
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs=2, metavar="FILE.h5")
    parser.add_argument("--comparison", help="JSON of `lemmata compare --json`")
    parser.add_argument("--fit", action="append", help="JSON of `lemmata fit --json`, once per file")
    parser.add_argument("--label", action="append", help="name in the legend, once per file")
    parser.add_argument("-o", "--out", action="append", required=True,
                        help="figure to write, .svg or .png (may be repeated)")
    arguments = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "lemmata", "font.size": 9})
    try:
        figure = draw(gather(arguments))
        for path in arguments.out:
            figure.savefig(path, dpi=150, metadata={"Date": None} if path.endswith(".svg") else None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"plot_comparison: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
