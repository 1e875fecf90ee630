"""Figures of a claim's page, from its evidence: how far what was measured lies from what was predicted, and curves."""
import math
import re
import textwrap

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

COLOURS = {"supported": "#0072b2", "refuted": "#d55e00", "inconclusive": "#7a7a7a"}
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
FARTHEST = 1e6      # tolerances; beyond it a dot stands at the edge
# (variable, what it is over, label, log axes) of the curves that claims store
CURVES = (("entropy", "times", "entropy of attention [nat]", (False, False)),
          ("rank", "times", "stable rank", (True, False)),
          ("measured", "time", "excess L − L*", (False, True)), ("loss", "time", "prediction loss", (True, True)))
plt.rcParams.update({"font.size": 8, "svg.fonttype": "path", "svg.hashsalt": "lemmata", "axes.spines.top": False,
                     "axes.spines.right": False, "path.simplify": True, "path.simplify_threshold": 1})


def holds(quantity):
    """The rule of Quantity::holds in scenarios/claims/claim.h."""
    measured, predicted, tolerance = (float(quantity[key]) for key in ("measured", "predicted", "tolerance"))
    if quantity["criterion"] == "at_least":
        return measured - tolerance >= predicted
    if quantity["criterion"] == "at_most":
        return measured + tolerance <= predicted
    return abs(measured - predicted) <= tolerance


def position(quantity):
    """(measured - predicted) in tolerances, or relative to the prediction where there is no tolerance."""
    measured, predicted, tolerance = (float(quantity[key]) for key in ("measured", "predicted", "tolerance"))
    if measured == predicted:
        return 0.0
    if math.isnan(measured) or math.isnan(predicted):
        return math.nan
    unit = abs(tolerance) or abs(predicted)
    return float(np.clip((measured - predicted) / unit if unit else math.copysign(math.inf, measured - predicted),
                         -FARTHEST, FARTHEST))


def allowed(quantity):
    """(low, high) of the positions at which it holds."""
    limit = math.copysign(1, float(quantity["tolerance"])) if float(quantity["tolerance"]) else 0
    return {"equal": (-limit, limit), "at_least": (limit, 2 * FARTHEST), "at_most": (-2 * FARTHEST, -limit)}[
        quantity["criterion"]]


def slack(quantity):
    """How far inside what is allowed; negative: it fails."""
    low, high = allowed(quantity)
    at = position(quantity)
    return -math.inf if math.isnan(at) else min(at - low, high - at)


def kind(quantity):
    """What a quantity is of, whatever seed, case or number it is for."""
    return re.sub(r"[-+]?\d[\d.,]*(e[-+]?\d+)?", "0", quantity["what"].split(": ", 1)[-1]), quantity["criterion"]


def rows_of(evidence):
    """Of every kind of judged quantity the one nearest to failing, and how many there are."""
    groups = {}
    for quantity in evidence["quantities"]:
        if quantity["judged"]:
            groups.setdefault(kind(quantity), []).append(quantity)
    return [(min(group, key=slack), len(group)) for group in groups.values()]


def short(value):
    return f"{float(value):.4g}"


def row_text(quantity, count):
    what = quantity["what"] + (f" (1 of {count})" if count > 1 else "")
    return "\n".join(textwrap.wrap(textwrap.shorten(what, 130, placeholder=" …"), 58))


def numbers_text(quantity):
    sign = {"equal": "=", "at_least": "≥", "at_most": "≤"}[quantity["criterion"]]
    tolerance = f" ± {short(quantity['tolerance'])}" if float(quantity["tolerance"]) else ""
    return f"{short(quantity['measured'])} {sign} {short(quantity['predicted'])}{tolerance}"


def save(figure, path):
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path


def margins(settings, path):
    """One row for every kind of judged quantity of each setting. @return path."""
    entries = []
    for evidence in settings:
        entries.append((evidence, None, 0))
        entries += [(evidence, *row) for row in rows_of(evidence)]
    heights = [0.3 if quantity is None else 0.17 + 0.13 * (1 + row_text(quantity, count).count("\n"))
               for _, quantity, count in entries]
    total = sum(heights)
    figure, axis = plt.subplots(figsize=(8.6, total + 0.65))
    figure.subplots_adjust(left=0.43, right=0.78, top=1 - 0.05 / (total + 0.65), bottom=0.55 / (total + 0.65))
    axis.set_xscale("symlog", linthresh=1, linscale=1)
    axis.set(xlim=(-FARTHEST * 2, FARTHEST * 2), ylim=(total, 0), yticks=[])
    axis.set_xticks([-1e6, -1e3, -1, 0, 1, 1e3, 1e6], ["≤ −10⁶", "−10³", "−1", "0", "1", "10³", "≥ 10⁶"])
    axis.minorticks_off()
    axis.axvline(0, color="0.6", lw=0.6, zorder=0)
    axis.set_xlabel("(measured − predicted) / tolerance;  open: / |predicted|, where the tolerance is 0")
    axis.spines["left"].set_visible(False)
    edge = dict(transform=axis.get_yaxis_transform(), va="center", clip_on=False)
    top = 0.0
    for (evidence, quantity, count), height in zip(entries, heights):
        middle, colour = top + height / 2, COLOURS[evidence["verdict"]]
        if quantity is None:
            axis.text(-1.06, middle + 0.05, f"{evidence['setting']}: {evidence['verdict']}", color=colour,
                      weight="bold", ha="left", **edge)
        else:
            draw_row(axis, quantity, count, (top, middle, top + height), colour, edge)
        top += height
    return save(figure, path)


def draw_row(axis, quantity, count, where, colour, edge):
    low, high = allowed(quantity)
    top, middle, bottom = where
    axis.fill_betweenx([top + 0.04, bottom - 0.04], low, high, color="#009e73", alpha=0.22, lw=0)
    if low == high:
        axis.plot([low, low], [top + 0.04, bottom - 0.04], color="#009e73", alpha=0.5, lw=3)
    at = position(quantity)
    if not math.isnan(at):
        filled = colour if float(quantity["tolerance"]) else "white"
        axis.plot(at, middle, "o", ms=5, mfc=filled, mec=colour, mew=1.3, clip_on=False)
    axis.text(-0.02, middle, row_text(quantity, count), ha="right", fontsize=7.5, linespacing=1, **edge)
    axis.text(1.02, middle, numbers_text(quantity), ha="left", fontsize=7.5, **edge)


def stored_curves(arrays):
    """[(group, name, times, values, predicted or None)] of one file; arrays are (seed, record)."""
    import h5py
    found = []
    with h5py.File(arrays) as file:
        for name, over, *_ in CURVES:
            for variable in sorted(key for key in file if key.endswith("_" + name)):
                group = variable[:-len(name) - 1]
                if f"{group}_{over}" in file and file[variable].ndim == 2 and file[variable].shape[1] > 9:
                    predicted = file.get(f"{group}_predicted")
                    found.append((group, name, file[f"{group}_{over}"][:10], file[variable][:10],
                                  None if predicted is None or name != "measured" else predicted[:10]))
    return found


def draw_curves(axis, group, name, found):
    label, (log_x, log_y) = next((label, logs) for variable, _, label, logs in CURVES if variable == name)
    times, values, predicted = found
    for seed in range(len(values)):
        colour, width = LINES[seed % len(LINES)], 0.9
        good = np.isfinite(values[seed]) & np.isfinite(times[seed]) & ((values[seed] > 0) | (not log_y))
        axis.plot(times[seed][good], values[seed][good], color=colour, lw=width)
        if predicted is not None:
            axis.plot(times[seed][good], predicted[seed][good], "--", color="black", lw=0.6)
    counted = np.array_equal(times[0], np.arange(len(times[0])))  # of gd; else the flow's own time
    axis.set(xlabel="step of the last stage [updates]" if name in ("measured", "loss") else
             "step [updates]" if counted else "time t of the gradient flow [1]", ylabel=label)
    axis.set_title(group.replace("_", " "), fontsize=8, loc="left")
    if log_x:
        axis.set_xscale("log")
    if log_y:
        axis.set_yscale("log")


def curves(settings, path):
    """The curves that evidence holds, at most six panels. @return path, or None if there are none."""
    panels = []
    for evidence, arrays in settings:
        for group, name, *found in stored_curves(arrays) if arrays else []:
            panels.append((f"{evidence['setting']}: {group}", name, found))
    panels.sort(key=lambda panel: "control" in panel[0])
    panels = panels[:6]
    if not panels:
        return None
    columns = min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained", figsize=(3 * columns, 2.2 * rows))
    for spare in axes.flat[len(panels):]:
        spare.remove()
    for axis, (group, name, found) in zip(axes.flat, panels):
        draw_curves(axis, textwrap.shorten(group, 44, placeholder="…"), name, found)
    return save(figure, path)
