"""Curves of results on true log axes, for scripts/lemmata.py and scripts/plot.py: what a log axis has no place for is
left out and counted, seeds are a median with a named band, fitted laws lie over the window they were fitted on.
tests/scripts/lemmata_py_test.py compares the drawn numbers with the file's."""
import json
import re

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke
from lemmata import curve, refuse, runs

SCALES = ("loglog", "semilogy", "semilogx", "linear")
BANDS = {"95 % of seeds": (0.025, 0.975), "all seeds": (0, 1)}  # quantiles over seeds
# Okabe and Ito's colours, told apart by colour-blind readers; line styles and markers say it in grey too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#999999"]
LINES = ["-", (0, (5, 2)), "-.", (0, (1, 1))]


def law_curve(fit, step):
    """(y, text) of an entry of `lemmata.laws` at the given steps, NaN outside the window it was fitted on; None where
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


def steps_law_text(law):
    """The law of T(eps) for a legend, with the interval of b or p; None: inconclusive."""
    eps = f"(eps - {law['floor']:.2g})" if law["floor"] else "eps"
    if law["law"] == "log":
        return f"log, T = {law['a']:.4g} + b ln(1/{eps}), b = {law['b']:.4g}{interval_text(law)}"
    if law["law"] == "power":
        left = f"T {'-' if law['offset'] < 0 else '+'} {abs(law['offset']):.4g}"
        return f"power, {left} = {law['a']:.4g} {eps}^-p, p = {law['p']:.4g}{interval_text(law)}"


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

    fits   entries of `lemmata.laws`, dotted over the window they were fitted on.
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
    axes = axes if axes is not None else plt.subplots(layout="constrained")[1]
    log_x, log_y = scale in ("loglog", "semilogx"), scale in ("loglog", "semilogy")
    starts, fitted, notes, most, at_zero = {}, [], [], 1, False
    for place, run in enumerate(runs(ds)):
        step, values, stage, seeds = curve(run, y)
        label, most = label_of(run), max(most, len(seeds))
        said = shown(label) + (f" ({len(seeds)} seeds)" if len(seeds) > 1 else "")
        zeros, broken = int((values <= 0).sum()) * log_y, int((~np.isfinite(values) & ~np.isnan(stage)).sum())
        counts = ", ".join([f"{zeros} values <= 0"] * bool(zeros) + [f"{broken} not finite"] * bool(broken))
        notes += [f"{counts} of {shown(label)}"] * bool(counts)
        at_zero = at_zero or (log_x and bool((step <= 0).any()))

        def keep(line, step=step):
            return np.where(np.isfinite(line) & ((step > 0) | (not log_x)) & ((line > 0) | (not log_y)), line, np.nan)

        name = plain(f"{label} {gid}")
        draw_seeds(axes, step, values, keep, place, said, name, band)
        starts.update({at: text for at, text in stage_starts(run, step, stage).items() if at not in starts})
        fitted += [(fit, place, step, keep, name) for fit in fits if fit["run"] == label and fit["y"] == y]
    if most > 1:
        axes.fill_between([], [], [], color="grey", alpha=0.3, linewidth=0, label=f"line: median, band: {band}")
    said = name_of or y.replace("_", " ")
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
    return {"color": "black", "linestyle": [(0, (1, 1.5)), (0, (4, 1.5, 1, 1.5))][place % 2], "linewidth": 0.9,
            "path_effects": [withStroke(linewidth=2.4, foreground="white")]}
