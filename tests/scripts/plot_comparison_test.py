"""The figure of two runs: what it reads off files, which laws it draws, what it refuses."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import xarray

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "plot_comparison.py"
sys.path.insert(0, str(SCRIPT.parent))
import plot_comparison  # noqa: E402
from lemmata_program import forked  # noqa: E402


@pytest.fixture
def files(tmp_path):
    """Loss 2^-step in two stages with zeros at the end, and a constant with a seed dimension."""
    step = np.arange(41, dtype=np.int64)
    stage = np.where(step < 10, 1, 2).astype(np.int8)
    loss = np.where(step < 38, 2.0 ** -step, 0.0)
    settings = {"name": "a", "stages": [{"name": "first"}, {"name": "second"}]}
    xarray.Dataset({"stage": ("step", stage), "prediction_loss": ("step", loss)}, {"step": step},
                   {"scenario": json.dumps(settings)}).to_netcdf(
        tmp_path / "a b.h5", engine="h5netcdf")
    xarray.Dataset({"stage": ("step", np.ones_like(stage)),
                    "prediction_loss": (("seed", "step"), np.array([[0.1], [0.3], [0.2]]) * np.ones(41))},
                   {"step": step, "seed": [0, 1, 2]}).to_netcdf(tmp_path / "b.h5", engine="h5netcdf")
    return tmp_path / "a b.h5", tmp_path / "b.h5"


def run(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)


def test_a_file_is_read_as_it_was_written(files):
    a, b = (plot_comparison.read_run(str(path)) for path in files)
    assert plot_comparison.stage_starts(a) == [("second", 10.0)] and plot_comparison.stage_starts(b) == []
    assert a["label"] == "a" and b["label"] == "b.h5 (median of 3 seeds)" and (b["loss"] == 0.2).all()
    # 2^-t <= 0.1 first at t = 4; counted from step 2 it is 2 steps; 10^-12 is below every positive loss.
    levels = {round(np.log10(p["eps"]), 2): p["steps"] for p in plot_comparison.steps_from_curve(a, 0)}
    assert levels[-1.0] == 4 and levels[-11.25] is None
    assert {round(np.log10(p["eps"]), 2): p["steps"] for p in plot_comparison.steps_from_curve(a, 2)}[-1.0] == 2


def test_a_fitted_law_lies_on_the_curve_it_was_fitted_to(files):
    a = plot_comparison.read_run(str(files[0]))
    step, loss, text = plot_comparison.law_curve({"law": "exponential", "rate": np.log(2), "interval": [0.6, 0.8],
                                                  "window": [12, 36]}, a)
    assert np.abs(loss * 2.0 ** step - 1).max() < 1e-12 and step.min() == 12 and "[0.6, 0.8] per step" in text
    # a power of the time since the second stage began
    a["loss"] = 3 / np.maximum(a["step"] - 10 + 2, 1) ** 1.5
    step, loss, _ = plot_comparison.law_curve({"law": "power", "exponent": 1.5, "offset": 2, "window": [12, 36]}, a)
    assert np.abs(loss * (step - 8) ** 1.5 / 3 - 1).max() < 1e-12
    assert plot_comparison.law_curve({"law": "inconclusive"}, a) is None


def test_a_fitted_law_of_T_lies_on_its_points_and_in_the_legend(files):
    points = [{"eps": 10.0 ** -k, "steps": 7 + 3 * k} for k in range(5)] + [{"eps": 1e-5, "steps": None}]
    log = {"law": "log", "a": 7.0, "b": 3 / np.log(10), "p": None, "offset": None, "interval": [1.2, 1.4]}
    inverse, steps, text = plot_comparison.steps_law_curve(log, points)
    assert np.abs(steps - (7 + 3 * np.log10(inverse))).max() < 1e-12 and np.isclose(inverse[-1], 1e4) \
        and "[1.2, 1.4]" in text
    power = {"law": "power", "a": 20.0, "b": None, "p": 1.0, "offset": 20.0, "interval": [0.9, 1.1]}
    inverse, steps, _ = plot_comparison.steps_law_curve(power, points)
    assert np.abs(steps - (20 * inverse - 20)).max() < 1e-9
    inverse, steps, text = plot_comparison.steps_law_curve({**log, "floor": 5e-4}, points)
    assert np.abs(steps - (7 - 3 * np.log10(1 / inverse - 5e-4))).max() < 1e-9 and np.isclose(inverse[-1], 1e3) \
        and "ln(1/(eps - 0.0005))" in text
    inverse, *_ = plot_comparison.steps_law_curve({**log, "window": [10, 16]}, points)
    assert np.isclose(inverse[0], 10) and np.isclose(inverse[-1], 1e3), "drawn where it was fitted"
    assert plot_comparison.steps_law_curve({"law": "inconclusive", "window": [None, None]}, points) is None
    runs = [dict(plot_comparison.read_run(str(path)), law=None, steps_to_eps=points, steps_to_eps_last_stage=points)
            for path in files]
    runs[0].update(steps_law={"law": "inconclusive"}, steps_law_last_stage=log)
    runs[1].update(steps_law=power, steps_law_last_stage=power)
    texts = plot_comparison.draw(runs).axes[1].get_legend_handles_labels()[1]
    assert "fit, a: inconclusive" in texts and any(t.startswith("fit, a, last stage:\nT = 7") for t in texts)
    assert sum("p = 1" in t for t in texts) == 1, "one stage has one law"


def test_figures_are_written_and_zeros_are_counted(files, tmp_path):
    out = tmp_path / "figure.svg", tmp_path / "figure.png"
    assert run(*files, "-o", out[0], "-o", out[1]).returncode == 0
    assert out[0].read_text().startswith("<?xml") and out[1].read_bytes().startswith(b"\x89PNG")
    runs = [dict(plot_comparison.read_run(str(path)), law=None) for path in files]
    texts = " ".join(text.get_text() for text in plot_comparison.draw(runs).texts)
    assert "a: recorded losses that are exactly 0 and left out: 3" in texts \
        and "read off the recorded steps only" in texts


def test_bad_input_exits_with_2_and_names_the_file(files, tmp_path):
    (tmp_path / "one.json").write_text('{"runs": []}')
    xarray.Dataset({"x": ("step", [1.0])}).to_netcdf(tmp_path / "other.h5", engine="h5netcdf")
    for arguments, named in (((files[0], tmp_path / "missing.h5"), "missing.h5"),
                             ((files[0], tmp_path / "one.json"), "one.json"),
                             ((files[0], tmp_path / "other.h5"), "other.h5: no variable"),
                             ((*files, "--comparison", tmp_path / "one.json"), "one.json")):
        done = forked(plot_comparison.main, *arguments, "-o", tmp_path / "x.svg")
        assert done.returncode == 2 and named in done.stderr and not (tmp_path / "x.svg").exists()


def test_levels_that_no_run_reached_do_not_stretch_the_axis(files):
    runs = [dict(plot_comparison.read_run(str(path)), law=None) for path in files]
    levels = [10.0 ** -k for k in range(31)]
    # one run down to 1e-4, the other to 1e-1, of levels to 1e-30
    for run_, reached in zip(runs, (5, 2)):
        run_["steps_to_eps"] = [{"eps": eps, "steps": k + 1 if k < reached else None} for k, eps in enumerate(levels)]
        run_["steps_to_eps_last_stage"] = []
    axes = plot_comparison.draw(runs).axes[1]
    ends = [line.get_xdata() for line in axes.lines if "not reached" in line.get_label()]
    assert np.allclose(ends, [[1e5, 1e5], [1e2, 1e5]], rtol=1e-12) and axes.get_xlim()[1] < 1e6
    assert "b.h5 (median of 3 seeds): eps <= 0.01 not reached in 40 steps" in axes.get_legend_handles_labels()[1]


def test_an_interval_too_narrow_to_print_is_given_about_its_value():
    assert plot_comparison.interval_text(0.7, 0.6, 0.8) == " [0.6, 0.8]"
    assert plot_comparison.interval_text(0.5, 0.5 - 2 ** -30, 0.5 + 2 ** -29) == " (-9.3e-10, +1.9e-09)"
