"""scripts/plot_law_map.py: laws of regimes from runs, and every figure of a small map drawn without a cut."""
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import xarray

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts"))
import plot  # noqa: E402
import plot_figures  # noqa: E402
import plot_law_map  # noqa: E402
import plot_theory  # noqa: E402
from lemmata_program import forked  # noqa: E402

AXES = {
    "model": "mot single_h1",
    "loss": "squared",
    "noise": "none",
    "optimizer": "gd",
    "step_rule": "equal lambda_max own",
    "schedule": "frozen joint",
    "stop_reason": "completed diverged interrupted",
    "law_zero": "log power floor exact unclear",
    "law_floor": "log power floor exact unclear",
}


def write_map(path, runs):
    """runs: (model, pure, law, L*), all of gd at c/lambda_max."""
    step, count = np.array([0, 1, 10, 100]), len(runs)
    codes = {axis: np.zeros(count, np.int8) for axis in AXES}
    codes["model"] = np.array([run[0] for run in runs], np.int8)
    codes["step_rule"][:] = 1
    codes["law_zero"] = codes["law_floor"] = np.array([run[2] for run in runs], np.int8)
    data = {axis: ("run", code, {"flag_meanings": AXES[axis]}) for axis, code in codes.items()}
    data["pure"] = ("run", np.array([float(run[1]) for run in runs]))
    data["floor"] = ("run", np.array([run[3] for run in runs]))
    for gap in ("zero", "floor"):
        for name, value in (("rate", 0.5), ("exponent", 1.25), ("levels_off_at", 3e-2)):
            data[f"{name}_{gap}"] = ("run", np.full(count, value))
    curve = np.exp(-0.01 * step)[None].repeat(count, 0)
    for name in ("excess", "predicted_excess", "lambda_ratio", "lambda_over_loss", "prediction_loss"):
        data[name] = (("run", "step"), curve)
    xarray.Dataset(data, coords={"step": step}).to_netcdf(path, engine="h5netcdf")
    return path


@pytest.mark.parametrize("width", [3.25, 6.75])
def test_the_whole_map_fits_a_page_and_is_legible(tmp_path, monkeypatch, width):
    """8 models, 5 losses and 13 rows as of the shipped map: at most 9 in, letters of 4 pt, names not upon another."""
    monkeypatch.setitem(AXES, "model", "mot single_h1 single_h2 single_h8 two_head_relu shared_attention dense none")
    monkeypatch.setitem(AXES, "loss", "logistic exponential squared squared_hinge logistic_l2")
    monkeypatch.setitem(AXES, "optimizer", " ".join(f"gd_inverse_smoothness_{k}" for k in range(13)))
    path = write_map(tmp_path / "m.h5", [(k % 8, True, k % 5, 0.0) for k in range(40)])
    with xarray.open_dataset(path, engine="h5netcdf") as file:
        whole = file.load()
    whole["optimizer"][:], whole["loss"][:] = np.arange(40) % 13, np.arange(40) % 5
    whole.to_netcdf(tmp_path / "whole.h5", engine="h5netcdf")
    with plot_law_map.plt.rc_context(plot.PAPER):
        figure = plot_theory.law_map([str(tmp_path / "whole.h5")], plot_figures.Page(width))[0]
        plot_figures.settle(figure)
        texts = [text for axis in figure.axes for text in (*axis.texts, *axis.get_yticklabels()) if text.get_text()]
        boxes = [[text.get_window_extent() for text in axis.get_yticklabels()] for axis in figure.axes]
        sizes = [text.get_fontsize() for text in texts]
    plot_law_map.plt.close(figure)
    assert figure.get_size_inches()[0] == width and figure.get_size_inches()[1] <= 9
    assert len(texts) > 60 and min(sizes) >= 4, (len(texts), min(sizes))
    assert not any(above.overlaps(below) for names in boxes for above, below in zip(names, names[1:]))


@pytest.mark.parametrize(
    "runs,law",
    [
        ([(0, True, 0, 0.0)], ("log", 0.5)),
        ([(0, True, 4, 0.0), (0, True, 1, 0.0)], ("power", 1.25)),
        ([(0, True, 0, 0.0), (0, True, 2, 0.0)], ("mixed", None)),
        ([(0, False, 0, 0.0)], ("impure", None)),
        ([(0, True, 4, 0.0)], ("unclear", None)),
        ([(1, True, 0, 0.0)], ("not run", None)),
    ],
)
def test_law_of_a_regime(tmp_path, runs, law):
    law_map = plot_law_map.Map(write_map(tmp_path / "m.h5", runs))
    word, number = law_map.law("zero", law_map.runs(model="mot"))
    assert word == law[0] and (number == law[1] or law[1] is None and np.isnan(number))


def test_no_infimum_is_said(tmp_path):
    law_map = plot_law_map.Map(write_map(tmp_path / "m.h5", [(0, True, 4, np.nan)]))
    assert law_map.law("floor", law_map.runs(model="mot"))[0] == "no L*"
    assert law_map.law("zero", law_map.runs(model="mot"))[0] == "unclear"


def test_figures_fit_their_page(tmp_path):
    law_map = plot_law_map.Map(write_map(tmp_path / "m.h5", [(0, True, 0, 0.0), (1, True, 1, 0.0)]))
    for name, draw in plot_law_map.figures(law_map):
        figure = draw()
        figure.canvas.draw()
        width, height = figure.canvas.get_width_height()
        title = figure._suptitle.get_window_extent()
        boxes = [title, *(legend.get_window_extent() for legend in figure.legends)]
        for box in boxes:
            assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, name


def test_command_writes_figures_and_refuses_other_files(tmp_path):
    script = plot_law_map.__file__
    file = write_map(tmp_path / "m.h5", [(0, True, 0, 0.0)])
    done = subprocess.run(["/usr/bin/python3", script, file, "-o", tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 0 and (tmp_path / "out" / "laws_zero_none.svg").exists()
    xarray.Dataset({"x": ("run", [1.0])}).to_netcdf(tmp_path / "other.h5", engine="h5netcdf")
    for wrong in (tmp_path / "other.h5", tmp_path / "none.h5"):
        refused = forked(plot_law_map.main, wrong, "-o", tmp_path / "no")
        assert refused.returncode == 2 and "plot_law_map:" in refused.stderr and not (tmp_path / "no").exists()
