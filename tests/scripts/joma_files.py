"""Result files as `lemmata run` writes them, for the tests of scripts/plot_joma.py, and what of a figure they read."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import xarray

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "plot_joma.py"
sys.path.insert(0, str(SCRIPT.parent))
import plot_joma  # noqa: E402

STEPS = np.arange(0, 40)
MU = [0.5, 1.0, 2.0]
AXES = {"invariant_left": ("step", "token", "query"), "invariant_right": ("step", "token"),
        "v": ("step", "component", "node"), "attention": ("step", "component"), "log_gap": ("step", "component"),
        "stable_rank": ("step", "layer"), "attention_entropy": ("step", "layer"), "cooccurrence": ("step", "levels_up"),
        "latent_alignment": ("step", "level"), "standard_error": ("step", "levels_up"), "mu": ("component", "node")}


def write(path, system, model, variables, blocks=(), seeds=0, mu=None):
    """A file as `lemmata run` writes it; of several seeds, seed s has every variable times 1 + s/10."""
    def named(name, values):
        axes = AXES.get(name, ("step",))[: np.ndim(values)]
        if not seeds:
            return axes, values
        return ("seed", *axes), np.stack([np.asarray(values) * (1 + s / 10 * (name != "mu")) for s in range(seeds)])

    train = {name: {"learning_rate": rate, "optimizer": optimizer} for name, rate, optimizer in blocks}
    settings = {"name": "joma/x", "system": system, "model": model, "stages": [{"steps": 39, "train": train}]}
    data = {name: named(name, values) for name, values in variables.items()}
    xarray.Dataset(data, {"step": STEPS}, {"scenario": json.dumps(settings)}).to_netcdf(path, engine="h5netcdf")
    if mu is not None:
        xarray.Dataset({"mu": named("mu", mu)}).to_netcdf(path, mode="a", group="initial", engine="h5netcdf")
    return path


def curves(columns):
    return 0.1 + np.abs(np.sin(np.outer(STEPS + 1, np.arange(1, columns + 1)) / 20))


def layer(path, seeds=0, model=(), right=curves(3)):
    return write(path, "joma_layer", {"attention": "exp", **dict(model)},
                 {"invariant_left": curves(6).reshape(40, 3, 2), "invariant_right": right},
                 [("w", 0.05, "rk4"), ("z", 0.05, "rk4")], seeds)


def reduced(path, model, extra=(), blocks=(("v", 0.01, "gd"),), seeds=0):
    full = {"nodes": 1, "state": "v", "mu": MU, "scale": 1, "temperature": 1, "law": "relaxation", "normalisation": 1,
            "attention": "softmax", "invariant": 0, "v0": 0, "z0": 0, **model}
    mu = full["scale"] * np.array(full["mu"] if isinstance(full["mu"], list) else MU)
    shape = (40, len(mu)) if full["nodes"] == 1 else (40, len(mu), full["nodes"])
    if full["nodes"] > 1:
        mu = mu[:, None] * np.array([[0.6, 0.8, 0], [0, 1, 0], [0, 0.6, 0.8]])
    v = curves(np.prod(shape[1:])).reshape(shape)
    variables = {"entropy": curves(1)[:, 0], "v": v, "attention": curves(len(mu)), **dict(extra)}
    return write(path, "joma_reduced", full, variables, blocks, seeds, mu)


def stationary(path, model=(), seeds=0, optimizer="gradient_flow", rate=0.01):
    return reduced(path, {"law": "stationary", "attention": "exp", **dict(model)}, {},
                   (("v", 0.01, optimizer), ("z", rate, optimizer)), seeds)


def speed(path, model=(), seeds=0, optimizer="gradient_flow", gap=curves(3)):
    return reduced(path, {"state": "log_gap", "attention": "exp", "temperature": 2, **dict(model)}, {"log_gap": gap},
                   (("u", 0.1, optimizer),), seeds)


def tree(path, seeds=0, found=None, **model):
    model = {"depth": 3, "rho": 0.9, "root_probability": [0.3, 0.7], "zero_given_root": [0.2, 0.6], "asymmetry": 0,
             **model}
    found = curves(model["depth"]) if found is None else found
    variables = {"cooccurrence": found, "standard_error": found / 100, "samples": STEPS + 1}
    return write(path, "latent_tree", model, variables, seeds=seeds)


def transformer(path, seeds=0, feed_forward=True, alignment=False):
    variables = {"loss": curves(1)[:, 0], "stable_rank": curves(3), "attention_entropy": curves(3)}
    if alignment:
        variables["latent_alignment"] = curves(2)
    if not feed_forward:
        del variables["stable_rank"]
    return write(path, "transformer", {"feed_forward": feed_forward}, variables, [("all", 0.001, "adam")], seeds)


def ranked(path, seeds=0, **model):
    return reduced(path, {"nodes": 3, **model}, {"stable_rank": curves(1)[:, 0]}, seeds=seeds)


FILES = {"invariant": layer, "cooccurrence": tree, "stable_rank": ranked, "transformer": transformer,
         "blowup": lambda path, seeds=0: stationary(path, seeds=seeds),
         "speed": lambda path, seeds=0: speed(path, seeds=seeds),
         "entropy": lambda path, seeds=0: reduced(path, {}, seeds=seeds),
         "latent_alignment": lambda path, seeds=0: transformer(path, seeds, alignment=True)}


def draw(path):
    """The last figure that a file gives."""
    result = plot_joma.joma.Result(path)
    return plot_joma.DRAWN[result.kinds()[-1]]([result])


def title(figure):
    return figure._suptitle.get_text()


def texts(axis):
    return [text.get_text() for text in axis.get_legend().texts] if axis.get_legend() else []


def circles(axis):
    return [line for line in axis.lines if line.get_marker() == "o" and len(line.get_xdata())]


def greys(axis):
    """Heights of the grey lines right across, lowest first."""
    return sorted(line.get_ydata()[0] for line in axis.lines if line.get_color() == "grey")


def run(*arguments):
    """As the README calls it, by its first line."""
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True)


def fits(figure):
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    boxes = [figure._suptitle.get_window_extent()]
    for axis in figure.axes:
        assert axis.get_xlabel() and axis.get_ylabel() and axis.lines
        boxes += [text.get_window_extent() for text in (axis.xaxis.label, axis.yaxis.label, axis.title)]
    return all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
