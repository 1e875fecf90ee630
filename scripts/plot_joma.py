#!/usr/bin/python3
"""Figures of JoMA: plot_joma.py RESULT.h5... -o DIR [--format svg|png]

Each RESULT.h5 is what `lemmata run joma/...` writes; what it holds decides the figure:
  joma_layer                    invariant.svg        the two sides of Theorem 1, and what lies between them
  joma_reduced, stationary      blowup.svg           the erf law and its blow-up (Theorem 2)
  joma_reduced, softmax         entropy.svg          attention first sparse, then dense; several files side by side
  joma_reduced, ln(1/delta)     speed.svg            speed ratios against exp((mu_j^2 - mu_k^2)/2) (Theorem 4)
  joma_reduced, several nodes   stable_rank.svg      stable rank of v and entropy
  latent_tree                   cooccurrence.svg     co-occurrence against H (Theorem 5)
  transformer                   transformer.svg      loss, entropy of attention and stable rank of every layer
Several files of one kind are one figure each, numbered, but for `entropy`. Closed forms are worked out here again, not
read from the file. Exit 2: a file cannot be read or holds something else.
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
from scipy.special import erfinv  # noqa: E402

# Okabe and Ito's colours, told apart by colour-blind readers; line styles say it in grey too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#999999"]
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (5, 5))]


class Result:
    """A result file and its settings."""

    def __init__(self, path):
        self.path = path
        with xarray.open_dataset(path, engine="h5netcdf") as file:
            self.data = file.load()
        self.settings = json.loads(self.data.attrs["scenario"])
        self.system, self.model = self.settings.get("system", "mixture"), self.settings["model"]
        self.step = self.data["step"].values

    def values(self, name):
        return self.data[name].values

    def rate(self, block):
        """Learning rate of a block in the first stage: time = learning rate x step."""
        return self.settings["stages"][0]["train"][block]["learning_rate"]

    def kind(self):
        if self.system != "joma_reduced":
            return {"joma_layer": "invariant", "latent_tree": "cooccurrence",
                    "transformer": "transformer"}.get(self.system)
        if self.model["law"] == "stationary":
            return "blowup"
        if self.model["nodes"] > 1:
            return "stable_rank"
        return "speed" if self.model.get("state") == "log_gap" else "entropy"


def page(columns, title):
    figure, axes = plt.subplots(1, columns, figsize=(4.6 * columns, 3.8), layout="constrained", squeeze=False)
    figure.suptitle(title)
    return figure, axes[0]


def labelled(axis, x, y, title):
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.set_title(title, fontsize="medium")


def draw_invariant(results):
    (result,) = results
    data, kind = result.data, result.model["attention"]
    left = data["invariant_left"].sum("query").values
    right = data["invariant_right"].values
    figure, (sides, between) = page(2, f"Theorem 1, {kind} attention: {result.settings['name']}")
    tokens = np.argsort(left[-1])[[0, left.shape[1] // 2, -1]]
    for place, token in enumerate(tokens):
        every = max(1, len(result.step) // 15)
        sides.plot(result.step, left[:, token], LINES[place], color=COLOURS[place], label=f"token {token}")
        sides.plot(result.step[::every], right[::every, token], "o", color=COLOURS[place], markersize=4, mfc="none")
    sides.plot([], [], "o", color="grey", mfc="none", label="right side, from v")
    name = "z^2 - z(0)^2" if kind == "linear" else "z - z(0)"
    labelled(sides, "step", name, "lines: left side, circles: right side")
    sides.legend(frameon=False)
    gap = np.abs(left - right).max(axis=1) / np.maximum(np.abs(left).max(axis=1), np.finfo(float).tiny)
    shown = gap > 0
    between.semilogy(result.step[shown], gap[shown], color=COLOURS[0])
    labelled(between, "step", "largest |left - right| / largest |left|",
             "an identity" if kind != "softmax" else "an approximation: bbar is not constant")
    return figure


def draw_blowup(results):
    (result,) = results
    model, mu = result.model, np.ravel(result.model["mu"])
    temperature, normaliser = model.get("temperature", 1), model.get("normaliser", 1)
    time, v = result.rate("v") * result.step, result.values("v").reshape(len(result.step), -1)
    ends = normaliser * temperature * np.sqrt(np.pi / 2) / np.abs(mu).max()
    figure, (paths, error) = page(2, f"Theorem 2, stationary g, exp attention: v blows up at t* = {ends:.3f}")
    for place, delta in enumerate(mu):
        law = np.sqrt(2) * temperature * erfinv(np.clip(np.sqrt(2 / np.pi) * delta * time
                                                        / (normaliser * temperature), -1, 1))
        paths.plot(time, v[:, place], color=COLOURS[place % 8], label=f"{delta:g}")
        every = slice(place * 5, None, max(1, len(time) // 12))
        paths.plot(time[every], law[every], "o", color=COLOURS[place % 8], markersize=4, mfc="none")
        apart = np.abs(v[:, place] - law) / np.maximum(np.abs(law), np.finfo(float).tiny)
        seen = (apart > 0) & (time > 0)
        error.semilogy(time[seen], apart[seen], color=COLOURS[place % 8], linewidth=0.8)
    paths.axvline(ends, color="grey", linestyle=":")
    paths.legend(title="Delta", frameon=False, fontsize="small", ncol=2, loc="upper left")
    labelled(paths, "time", "v", "lines: simulated; circles: sqrt2 T erfinv(sqrt(2/pi) Delta t/(A T))")
    labelled(error, "time", "|simulated / law - 1|", "relative error")
    return figure


def differences(results):
    """What differs between the settings of the models, in words; of one file its temperature."""
    keys = [key for key in results[0].model if any(r.model.get(key) != results[0].model.get(key) for r in results)]

    def word(key, value):
        if isinstance(value, list):
            return f"{key} {min(value):.2g} to {max(value):.2g}"
        if isinstance(value, dict):
            return f"{key} {value.get('low', 0):.2g} to {value.get('high', 1):.2g}"
        return f"{key} {value}"

    return [", ".join(word(key, r.model.get(key)) for key in keys or ["temperature"]) for r in results]


def draw_entropy(results):
    figure, (entropy, attention) = page(2, "Attention first sparse, then dense: dv/dt = (mu - v) o softmax(v^2/T)")
    for place, (result, label) in enumerate(zip(results, differences(results))):
        shown = result.step > 0
        entropy.semilogx(result.step[shown], result.values("entropy")[shown], LINES[place % 8],
                         color=COLOURS[place % 8], label=label)
    entropy.legend(frameon=False, fontsize="small")
    labelled(entropy, "step", "entropy of attention [nat]", "entropy falls, then rises")
    first = results[0]
    weights, shown = first.values("attention"), first.step > 0
    for component in range(weights.shape[1]):
        attention.semilogx(first.step[shown], weights[shown, component], color=plt.cm.viridis(
            component / max(1, weights.shape[1] - 1)))
    labelled(attention, "step", "attention", "by component of mu: dark small, light large")
    return figure


def draw_speed(results):
    (result,) = results
    mu, time = np.ravel(result.model["mu"]), result.rate("u") * result.step
    gap = result.values("log_gap").reshape(len(result.step), -1)
    figure, (axis,) = page(1, "Theorem 4: salient components converge faster")
    lowest, shown = 0, time > 0
    for place, j in enumerate(range(len(mu) - 1, lowest, -1)):
        ratio = gap[shown, j] / gap[shown, lowest]
        axis.loglog(time[shown], ratio, LINES[place % 8], color=COLOURS[place % 8], label=f"mu_j = {mu[j]:g}")
        axis.axhline(np.exp((mu[j] ** 2 - mu[lowest] ** 2) / 2), color="grey", linewidth=0.7, zorder=0)
    axis.set_ylim(top=3 * np.exp((mu[-1] ** 2 - mu[lowest] ** 2) / 2))
    axis.legend(frameon=False, fontsize="small", loc="upper left", ncol=2)
    labelled(axis, "time", f"ln(1/delta_j) / ln(1/delta_k), mu_k = {mu[lowest]:g}",
             "grey: exp((mu_j^2 - mu_k^2)/2), reached slowly")
    return figure


def draw_stable_rank(results):
    (result,) = results
    figure, (rank, entropy) = page(2, "K nodes, dv_k/dt = (mu_k - v_k) o softmax(sum_k v_k^2/2)")
    shown = result.step > 0
    rank.semilogx(result.step[shown], result.values("stable_rank")[shown], color=COLOURS[0], label="of v")
    mu = xarray.open_dataset(result.path, engine="h5netcdf", group="initial")["mu"].values
    norms = np.linalg.norm(mu) ** 2 / np.linalg.norm(mu, 2) ** 2
    rank.axhline(norms, color="grey", linestyle=":", label="of mu")
    rank.legend(frameon=False)
    labelled(rank, "step", "stable rank", "falls, then returns to that of mu")
    entropy.semilogx(result.step[shown], result.values("entropy")[shown], color=COLOURS[1])
    labelled(entropy, "step", "entropy of attention [nat]", "entropy of attention")
    return figure


def draw_cooccurrence(results):
    (result,) = results
    model, depth = result.model, result.model["depth"]
    probability, zero = np.array(model["root_probability"]), np.array(model["zero_given_root"])
    rho = model["rho"]
    rho_0, literal = probability @ (2 * zero - 1), probability @ zero
    q_2 = probability @ (2 * zero - 1) ** 2
    figure, (axis,) = page(1, f"Theorem 5: co-occurrence of tokens, L = {depth}, rho = {rho:g}")

    def law(of, height):
        top = rho ** (2 * height) if height < depth else rho ** (2 * (depth - 1)) * q_2
        path = rho ** (depth - 1) * of
        return 0.5 * (1 + top - 2 * path) / (1 - path)

    heights = np.arange(1, depth + 1)
    axis.plot(heights, [law(rho_0, h) for h in heights], "-", color=COLOURS[0], label="Theorem 5, root as H = L")
    axis.plot(heights, [law(literal, h) for h in heights], "--", color=COLOURS[1], label="rho_0 without 2P - 1")
    axis.errorbar(heights, result.values("cooccurrence")[-1], 4 * result.values("standard_error")[-1], fmt="o",
                  color="black", mfc="none", capsize=3, label="sampled, 4 standard errors")
    axis.set_xticks(heights)
    axis.legend(frameon=False)
    labelled(axis, "H, levels up to the common ancestor", "P(leaf is 1 | other leaf is 1)",
             f"{int(result.values('samples')[-1]):,} trees")
    return figure


def draw_transformer(results):
    (result,) = results
    figure, (loss, entropy, rank) = page(3, f"Transformer: {result.settings['name']}")
    shown = result.step > 0
    loss.semilogx(result.step[shown], result.values("loss")[shown], color=COLOURS[0])
    labelled(loss, "step", "cross entropy [nat]", "training loss")
    for axis, name in ((entropy, "attention_entropy"), (rank, "stable_rank")):
        values = result.values(name).reshape(len(result.step), -1)
        for layer in range(values.shape[1]):
            axis.semilogx(result.step[shown], values[shown, layer], LINES[layer % 8], color=COLOURS[layer % 8],
                          label=f"layer {layer}")
        axis.legend(frameon=False)
    labelled(entropy, "step", "entropy of attention [nat]", "mean over queries")
    labelled(rank, "step", "stable rank", "of the FFN's input weights")
    return figure


DRAWN = {"invariant": draw_invariant, "blowup": draw_blowup, "entropy": draw_entropy, "speed": draw_speed,
         "stable_rank": draw_stable_rank, "cooccurrence": draw_cooccurrence, "transformer": draw_transformer}


def figures_of(results):
    """[(name, results)], one per figure."""
    by_kind = {}
    for result in results:
        if result.kind() is None:
            raise ValueError(f"{result.path}: system {result.system}, allowed: a JoMA system")
        by_kind.setdefault(result.kind(), []).append(result)
    figures = []
    for kind, group in by_kind.items():
        parts = [group] if kind == "entropy" else [[one] for one in group]
        figures += [(kind + (f"_{i}" if len(parts) > 1 else ""), part) for i, part in enumerate(parts, 1)]
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="RESULT.h5", nargs="+")
    parser.add_argument("-o", "--out", required=True, help="folder for the figures, created if need be")
    parser.add_argument("--format", choices=("svg", "png"), default="svg")
    arguments = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "lemmata", "font.size": 9})
    try:
        results = [Result(path) for path in arguments.files]
        os.makedirs(arguments.out, exist_ok=True)
        for name, group in figures_of(results):
            path = os.path.join(arguments.out, f"{name}.{arguments.format}")
            figure = DRAWN[name.rstrip("_0123456789")](group)
            figure.savefig(path, dpi=110, metadata={"Date": None} if arguments.format == "svg" else None)
            plt.close(figure)
            print(path)
    except (OSError, ValueError, KeyError) as error:
        print(f"plot_joma: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
