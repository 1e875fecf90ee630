"""scripts/plot_joma.py: every kind of figure drawn inside its page from a file of its kind, and other files refused."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import xarray

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "plot_joma.py"
sys.path.insert(0, str(SCRIPT.parent))
import plot_joma  # noqa: E402

STEPS = np.arange(0, 40)
MU = [0.5, 1.0, 2.0]


def write(path, system, model, variables, block="v"):
    settings = {"name": "joma/x", "system": system, "model": model,
                "stages": [{"train": {block: {"learning_rate": 0.01}}}]}
    axes = {1: ("step",), 2: ("step", "component"), 3: ("step", "token", "query")}
    data = {name: (axes[np.ndim(values)], values) for name, values in variables.items()}
    xarray.Dataset(data, {"step": STEPS}, {"scenario": json.dumps(settings)}).to_netcdf(path, engine="h5netcdf")
    initial = xarray.Dataset({"mu": (("component", "node"), np.diag([2.0, 1.0, 1.0]))})
    initial.to_netcdf(path, mode="a", group="initial", engine="h5netcdf")
    return path


def curves(columns):
    return 0.1 + np.abs(np.sin(np.outer(STEPS + 1, np.arange(1, columns + 1)) / 20))


def layer(path):
    return write(path, "joma_layer", {"attention": "exp"},
                 {"invariant_left": curves(6).reshape(40, 3, 2), "invariant_right": curves(3)})


def reduced(path, model, extra=(), block="v"):
    full = {"nodes": 1, "state": "v", "mu": MU, "temperature": 1, "law": "relaxation", "attention": "softmax", **model}
    variables = {"entropy": curves(1)[:, 0], "v": curves(3), "attention": curves(3), **dict(extra)}
    return write(path, "joma_reduced", full, variables, block)


def tree(path):
    model = {"depth": 3, "rho": 0.9, "root_probability": [0.5, 0.5], "zero_given_root": [0.2, 0.5]}
    return write(path, "latent_tree", model,
                 {"cooccurrence": curves(3), "standard_error": curves(3) / 100, "samples": STEPS + 1})


FILES = {"invariant": layer, "cooccurrence": tree,
         "entropy": lambda path: reduced(path, {}),
         "blowup": lambda path: reduced(path, {"law": "stationary", "attention": "exp"}),
         "speed": lambda path: reduced(path, {"state": "log_gap"}, {"log_gap": curves(3)}, "u"),
         "stable_rank": lambda path: reduced(path, {"nodes": 3}, {"stable_rank": curves(1)[:, 0]}),
         "transformer": lambda path: write(path, "transformer", {}, {"loss": curves(1)[:, 0], "stable_rank": curves(3),
                                                                     "attention_entropy": curves(3)})}


@pytest.mark.parametrize("kind", list(plot_joma.DRAWN))
def test_figure_fits_its_page(tmp_path, kind):
    result = plot_joma.Result(FILES[kind](tmp_path / "x.h5"))
    assert result.kind() == kind
    figure = plot_joma.DRAWN[kind]([result])
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    boxes = [figure._suptitle.get_window_extent()]
    for axis in figure.axes:
        assert axis.get_xlabel() and axis.get_ylabel() and axis.lines
        boxes += [axis.xaxis.label.get_window_extent(), axis.yaxis.label.get_window_extent()]
    for box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


def test_the_closed_forms_are_those_of_the_theorems(tmp_path):
    """Delta = 2, small t: sqrt2 erfinv(sqrt(2/pi) s) = s (1 + s^2/6 + ...), s = Delta t. Theorem 5 at H = 1 by hand."""
    figure = plot_joma.draw_blowup([plot_joma.Result(FILES["blowup"](tmp_path / "x.h5"))])
    circles = [line for line in figure.axes[0].lines if line.get_marker() == "o"][2]
    time, law = (np.asarray(values) for values in circles.get_data())
    early = time < 0.2
    assert early.any()
    assert np.abs(law - 2 * time * (1 + (2 * time) ** 2 / 6))[early].max() < 2e-3
    figure = plot_joma.draw_cooccurrence([plot_joma.Result(tree(tmp_path / "t.h5"))])
    rho_0 = 0.5 * (2 * 0.2 - 1)  # the second label gives 0 and 1 alike
    below = 0.5 * (1 + 0.81 - 2 * 0.81 * rho_0) / (1 - 0.81 * rho_0)
    assert abs(figure.axes[0].lines[0].get_ydata()[0] - below) < 1e-12


def test_several_softmax_files_are_one_figure_and_others_one_each(tmp_path):
    paths = [FILES["entropy"](tmp_path / "a.h5"), reduced(tmp_path / "b.h5", {"mu": [0.1, 0.2, 0.3]}),
             layer(tmp_path / "c.h5"), layer(tmp_path / "d.h5")]
    out = tmp_path / "figures"
    done = subprocess.run([sys.executable, SCRIPT, *paths, "-o", out], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["entropy.svg", "invariant_1.svg", "invariant_2.svg"]
    figure = plot_joma.draw_entropy([plot_joma.Result(path) for path in paths[:2]])
    assert [text.get_text() for text in figure.axes[0].get_legend().texts] == ["mu 0.5 to 2", "mu 0.1 to 0.3"]


def test_other_files_are_refused(tmp_path):
    mixture = write(tmp_path / "m.h5", "mixture", {}, {"loss": curves(1)[:, 0]})
    for path in (mixture, tmp_path / "none.h5"):
        done = subprocess.run([sys.executable, SCRIPT, path, "-o", tmp_path / "f"], capture_output=True, text=True)
        assert done.returncode == 2 and str(path) in done.stderr and "Traceback" not in done.stderr
