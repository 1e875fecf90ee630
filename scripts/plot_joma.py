#!/usr/bin/python3
"""Figures of JoMA: plot_joma.py RESULT.h5... -o DIR [--format svg|png]

Each RESULT.h5 is what `lemmata run joma/...` writes; what it holds decides the figure:
  joma_layer                    invariant.svg         the two sides of Theorem 1, and what lies between them
  joma_reduced, stationary      blowup.svg            v of a stationary g; the erf law and its blow-up (Theorem 2)
  joma_reduced, other laws      entropy.svg           entropy and attention; several files side by side
  joma_reduced, ln(1/delta)     speed.svg             speed ratios and their limit a(mu_j)/a(mu_k) (Theorem 4)
  joma_reduced, several nodes   stable_rank.svg       stable rank of v and entropy
  latent_tree                   cooccurrence.svg      co-occurrence against H (Theorem 5)
  transformer                   transformer.svg       loss, entropy of attention and, with an FFN, stable rank by layer
  transformer, with classes     latent_alignment.svg  latent alignment beside that of the untrained network
Several files of one kind are one figure each, numbered, but for `entropy`. Closed forms are worked out here again, not
read from the file; where the settings have none, the title says why there is no theory line. Of several seeds: the
median, and a band from the least to the largest. Exit 2: a file cannot be read or holds something else.
"""
import argparse
import os
import sys

import joma_result as joma
import numpy as np
from joma_axes import COLOURS, LINES, TINY, curve, labelled, legend, page, plt


def draw_invariant(results):
    """The figure of z - z(0) of three tokens, summed over queries, what Theorem 1 makes of v, and the gap."""
    (result,) = results
    kind, step, queries = result.setting("attention"), result.step, result.data.sizes["query"]
    left, right = result.values("invariant_left").sum(axis=3), result.values("invariant_right")
    law = bool(np.isfinite(right).any())
    says = f"Theorem 1, {kind} attention: {result.settings['name']}"
    figure, (sides, *between) = page(1 + law, says if law else says + "\nno right side: a stage trains z without w")
    tokens = np.argsort(joma.median(left)[-1])[[0, left.shape[2] // 2, -1]]
    every = max(1, len(step) // 15)
    for place, token in enumerate(tokens):
        curve(sides, step, left[:, :, token], place, label=f"token {token}")
        circles = {"color": COLOURS[place], "markersize": 4, "mfc": "none"}
        sides.plot(step[::every], joma.median(right)[::every, token], "o", **circles)
    if law:
        sides.plot([], [], "o", color="grey", mfc="none", label="right side, from v")
    name = "z^2 - z(0)^2" if kind == "linear" else "z - z(0)"
    name += f", sum over {queries} queries" if queries > 1 else ""
    labelled(sides, "step", name, "lines: left side" + (", circles: right side" if law else ""))
    legend(sides, result.seeds)
    others = ", ".join(sorted(set(result.optimizers()) - {"gradient_flow", "rk4"}))
    says = "an identity of the flow" + (f", not of {others}" if others else "")
    if kind == "softmax":
        says = "an approximation: bbar is not constant"
    for axis in between:
        gap = np.abs(left - right).max(axis=2) / np.maximum(np.abs(left).max(axis=2), TINY)
        curve(axis, step, np.where(gap > 0, gap, np.nan), 0)
        axis.set_yscale("log")
        legend(axis, result.seeds)
        labelled(axis, "step", "largest |left - right| / largest |left|", says)
    return figure


def draw_blowup(results):
    """The figure of v (several nodes: |v_l|) and, where it holds, of sqrt2 T erfinv(sqrt(2/pi) Delta t/(A T))."""
    (result,) = results
    mu, time, v, why = result.mu(), result.time("v"), result.values("v"), joma.no_erf_law(result)
    name = "v"
    if v.ndim == 4:
        v, name = np.linalg.norm(v, axis=3), "|v_l|, length over nodes"
    if why:
        figure, (paths,) = page(1, f"Linear phi, {joma.equation(result)}\nno theory line: {', '.join(why)}")
        labelled(paths, "time", name, "simulated")
    else:
        ends = joma.blow_up_time(result)
        figure, (paths, error) = page(2, f"Theorem 2, {joma.equation(result)}: v blows up at t* = {ends:.3f}")
        labelled(paths, "time", name, "lines: simulated; circles: sqrt2 T erfinv(sqrt(2/pi) Delta t/(A T))")
        labelled(error, "time", "|simulated / law - 1|", "relative error")
        error.set_yscale("log")
        paths.axvline(ends, color="grey", linestyle=":")
    for place, delta in enumerate(mu):
        label = f"{delta:.4g}" if place % -(-len(mu) // 16) == 0 else None  # at most 16 of them
        curve(paths, time, v[:, :, place], place, label=label, **({} if why else {"linestyle": LINES[place // 8 % 8]}))
        if why:
            continue
        law, stride = joma.erf_law(result, delta, time), max(1, len(time) // 12)
        every = slice(5 * place % stride, None, stride)
        paths.plot(time[every], law[every], "o", color=COLOURS[place % 8], markersize=4, mfc="none")
        with np.errstate(invalid="ignore"):
            apart = np.abs(v[:, :, place] - law) / np.maximum(np.abs(law), TINY)
        curve(error, time, np.where((apart > 0) & (time > 0), apart, np.nan), place, linestyle="-", linewidth=0.8)
    legend(paths, result.seeds, title="Delta" if name == "v" else "|mu_l|", fontsize="small", ncol=2)
    return figure


def draw_entropy(results):
    """The figure of every file's entropy of attention, and of the first one's attention by component."""
    equations = sorted({joma.equation(result) for result in results})
    figure, (entropy, attention) = page(2, "Reduced model: " + "\nand ".join(equations))
    labels = joma.differences(results) if len(results) > 1 else [None]
    for place, (result, label) in enumerate(zip(results, labels)):
        shown = result.step > 0
        curve(entropy, result.step[shown], result.values("entropy")[:, shown], place, label=label)
    entropy.set_xscale("log")
    legend(entropy, max(result.seeds for result in results), fontsize="small")
    labelled(entropy, "step", "entropy of attention [nat]", "entropy of the attention")
    first = results[0]
    weights, shown = joma.median(first.values("attention")), first.step > 0
    order = np.argsort(np.argsort(np.abs(first.mu()), kind="stable"), kind="stable")
    for component, place in enumerate(order):
        attention.semilogx(first.step[shown], weights[shown, component],
                           color=plt.cm.viridis(place / max(1, len(order) - 1)))
    labelled(attention, "step", "attention" + (", median over seeds" if first.seeds > 1 else ""),
             "by component: dark small |mu|, light large" + (f"\n{labels[0]}" if len(results) > 1 else ""))
    return figure


def draw_speed(results):
    """The figure of ln(1/delta_j) / ln(1/delta_k), k the component of least |mu|, and the limits a(mu_j)/a(mu_k)."""
    (result,) = results
    mu, time, gap = result.mu(), result.time("u"), result.values("log_gap")
    order, shown, why = np.argsort(np.abs(mu), kind="stable"), time > 0, joma.no_speed_limit(result)
    lowest, others = order[0], order[:0:-1]
    if not len(others):
        raise ValueError(f"{result.path}: model.mu: found 1 component, allowed: at least 2 for speed ratios")
    if not (gap[:, shown, lowest] > 0).any():
        raise ValueError(f"{result.path}: log_gap of component {lowest}: found 0 throughout, allowed: one that moves")
    theorem = "Theorem 4, " if result.setting("attention") == "exp" and not why else ""
    figure, (axis,) = page(1, theorem + joma.equation(result) + "".join(f"\nno theory line: {w}" for w in why))
    limits = [joma.speed_limit(result, mu[j], mu[lowest]) for j in others]
    for place, (j, limit) in enumerate(zip(others, limits)):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = gap[:, shown, j] / gap[:, shown, lowest]
        label = f"mu_j = {mu[j]:.4g}" if place % -(-len(others) // 16) == 0 else None  # at most 16 of them
        curve(axis, time[shown], np.where(ratio > 0, ratio, np.nan), place, label=label)
        if not why:
            axis.axhline(limit, color="grey", linewidth=0.7, zorder=0)
    axis.set(xscale="log", yscale="log")
    if not why:
        axis.set_ylim(top=3 * max(limits))
    legend(axis, result.seeds, fontsize="small", loc="upper left", ncol=2)
    limit = f"exp({joma.over('(mu_j^2 - mu_k^2)', result.setting('temperature'))})"
    if result.setting("attention") == "linear":
        limit = "sqrt((mu_j^2 + c)/(mu_k^2 + c))"
    labelled(axis, "time", f"ln(1/delta_j) / ln(1/delta_k), mu_k = {mu[lowest]:.4g}",
             "simulated" if why else f"grey: {limit}, reached slowly")
    return figure


def draw_stable_rank(results):
    """The figure of |v|_F^2 / |v|_2^2, beside that of mu where v tends to it, and of the entropy of attention."""
    (result,) = results
    figure, (rank, entropy) = page(2, f"{result.setting('nodes')} nodes, {joma.equation(result)}")
    shown = result.step > 0
    curve(rank, result.step[shown], result.values("stable_rank")[:, shown], 0, label="of v")
    if result.setting("law") == "relaxation":  # elsewhere v does not tend to mu
        norms = np.array([joma.stable_rank(mu) for mu in result.values("mu", "initial")])
        curve(rank, result.step[shown], np.repeat(norms[:, None], shown.sum(), 1), 7, linestyle=":", label="of mu")
    labelled(rank, "step", "stable rank", "|v|_F^2 / |v|_2^2")
    curve(entropy, result.step[shown], result.values("entropy")[:, shown], 1, linestyle="-")
    labelled(entropy, "step", "entropy of attention [nat]", "entropy of the attention")
    for axis in (rank, entropy):
        axis.set_xscale("log")
        legend(axis, result.seeds)
    return figure


def draw_cooccurrence(results):
    """The figure of the sampled P(leaf is 1 | other leaf is 1) by H, and of Theorem 5 for symmetric edges."""
    (result,) = results
    heights = np.arange(1, result.setting("depth") + 1)
    title = f"tokens, L = {len(heights)}, rho = {result.setting('rho'):g}"
    if result.setting("asymmetry") == 0:
        figure, (axis,) = page(1, f"Theorem 5: co-occurrence of {title}")
        axis.plot(heights, joma.cooccurrence(result), "-", color=COLOURS[0], label="Theorem 5, root as H = L")
        axis.plot(heights, joma.cooccurrence(result, True), "--", color=COLOURS[1], label="rho_0 without 2P - 1")
    else:
        why = f"model.asymmetry = {result.setting('asymmetry'):g}"
        figure, (axis,) = page(1, f"Co-occurrence of {title}\nno theory line: {why}")
    sampled = result.values("cooccurrence")[:, -1]
    if not np.isfinite(sampled).any():
        raise ValueError(f"{result.path}: cooccurrence: found NaN, allowed: a tree with leaves that are 1")
    if result.seeds > 1:
        middle = joma.median(sampled)
        error, says = [middle - sampled.min(0), sampled.max(0) - middle], f"median and range of {len(sampled)} seeds"
    else:
        middle, error, says = sampled[0], 4 * result.values("standard_error")[0, -1], "sampled, 4 standard errors"
    axis.errorbar(heights, middle, error, fmt="o", color="black", mfc="none", capsize=3, label=says)
    axis.set_xticks(heights)
    legend(axis)
    labelled(axis, "H, levels up to the common ancestor", "P(leaf is 1 | other leaf is 1)",
             f"{int(result.values('samples')[0, -1]):,} trees" + (" per seed" if result.seeds > 1 else ""))
    return figure


def draw_transformer(results):
    """The figure of the loss, of the entropy of attention and, with an FFN, of the stable rank by layer."""
    (result,) = results
    panels = [("attention_entropy", "entropy of attention [nat]", "mean over queries")]
    if result.setting("feed_forward"):
        panels.append(("stable_rank", "stable rank", "of the FFN's input weights"))
    figure, (loss, *axes) = page(1 + len(panels), f"Transformer: {result.settings['name']}")
    shown = result.step > 0
    curve(loss, result.step[shown], result.values("loss")[:, shown], 0)
    labelled(loss, "step", "cross entropy [nat]", "training loss")
    for axis, (name, unit, title) in zip(axes, panels):
        values = result.values(name)
        for layer in range(values.shape[2]):
            curve(axis, result.step[shown], values[:, shown, layer], layer, label=f"layer {layer}")
        labelled(axis, "step", unit, title)
    for axis in (loss, *axes):
        axis.set_xscale("log")
        legend(axis, result.seeds)
    return figure


def draw_latent_alignment(results):
    """The figure of the alignment of both levels over steps, and of step 0, the untrained network's, dashed."""
    (result,) = results
    values, shown = result.values("latent_alignment"), result.step > 0
    figure, (axis,) = page(1, f"Latent alignment: {result.settings['name']}")
    for level in range(values.shape[2]):
        curve(axis, result.step[shown], values[:, shown, level], level, linestyle="-", label=f"level {level}, trained")
        axis.axhline(joma.median(values)[result.step == 0, level].item(), color=COLOURS[level], linestyle="--",
                     label=f"level {level}, untrained (step 0)")
    axis.set_xscale("log")
    legend(axis, result.seeds, fontsize="small")
    labelled(axis, "step", "mean of the best |correlation|", "latents of a level and the hidden units of that layer")
    return figure


DRAWN = {"invariant": draw_invariant, "blowup": draw_blowup, "entropy": draw_entropy, "speed": draw_speed,
         "stable_rank": draw_stable_rank, "cooccurrence": draw_cooccurrence, "transformer": draw_transformer,
         "latent_alignment": draw_latent_alignment}


def figures_of(results):
    """[(kind, name, results)], one per figure."""
    by_kind, figures = {}, []
    for result in results:
        for kind in result.kinds():
            by_kind.setdefault(kind, []).append(result)
    for kind, group in by_kind.items():
        parts = [group] if kind == "entropy" else [[one] for one in group]
        figures += [(kind, kind + (f"_{i}" if len(parts) > 1 else ""), part) for i, part in enumerate(parts, 1)]
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="RESULT.h5", nargs="+")
    parser.add_argument("-o", "--out", required=True, help="folder for the figures, created if need be")
    parser.add_argument("--format", choices=("svg", "png"), default="svg")
    arguments = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "lemmata", "font.size": 9})
    at = arguments.out  # what an error is about, where it does not say so itself
    try:
        results = [joma.Result(at := path) for path in arguments.files]
        at = arguments.out
        os.makedirs(at, exist_ok=True)
        for kind, name, group in figures_of(results):
            at = group[0].path
            path = os.path.join(arguments.out, f"{name}.{arguments.format}")
            figure = DRAWN[kind](group)
            figure.savefig(path, dpi=110, metadata={"Date": None} if arguments.format == "svg" else None)
            plt.close(figure)
            print(path)
    except Exception as error:  # whatever a file holds is a line, not a traceback
        said = " ".join(str(error).split())
        names_it = any(path in said for path in (at, *arguments.files))
        print("plot_joma: " + (said if names_it else f"{at}: {type(error).__name__}: {said}"), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
