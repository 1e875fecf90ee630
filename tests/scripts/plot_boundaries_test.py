"""scripts/plot_boundaries.py: every kind of finding drawn inside its page, and other files refused."""
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import xarray

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts"))
import plot_boundaries  # noqa: E402
from lemmata_program import forked  # noqa: E402

FINDINGS = ["found", "above_range", "below_range", "open", "not_monotone", "other_form"]
OUTCOMES = ["pure", "specialised", "covered", "pure_end", "specialised_end"]


def write_boundary(path, experts=True, log=True):
    """Six rows, one per finding; two runs each."""
    rows, nan = len(FINDINGS), np.nan
    axes = ("row", "outcome", "probability")

    def per_row(values):
        return np.repeat(np.repeat(np.array(values, float)[:, None, None], 5, 1), 2, 2)

    data = {
        "finding": (axes, per_row(range(rows)).astype(np.int8), {"flag_meanings": " ".join(FINDINGS)}),
        "contour": (axes, per_row([8, nan, nan, nan, nan, nan])),
        "contour_lower": (axes, per_row([6, nan, nan, 12, nan, nan])),
        "contour_upper": (axes, per_row([11, nan, nan, nan, nan, nan])),
        "run_row": ("run", np.repeat(np.arange(rows), 2)),
        "run_number": ("run", np.tile([0, 1], rows)),
        "value": ("run", np.tile([3.0, 30.0], rows)),
    }
    point = np.geomspace(2, 64, 41)
    for name, shift in (("response", 0), ("response_lower", -0.1), ("response_upper", 0.1)):
        data[name] = (("row", "outcome", "point"), np.broadcast_to(np.clip(point / 64 + shift, 0, 1), (rows, 5, 41)))
    for place, name in enumerate(OUTCOMES):
        data[name] = ("run", np.tile([float(place == 2), 1.0], rows))
    if experts:
        data["experts"] = ("experts", np.arange(2, 65))
        data["coverage_exact"] = (("row", "experts"), np.full((rows, 63), 0.5))
        data["sufficient_experts"] = data["coverage_experts"] = (("row", "probability"), np.full((rows, 2), 9.0))
    about = {"boundary": "mot/x", "row_setting": "data.classes", "search_setting": "model.experts",
             "search_relative": 0, "search_scale": "log" if log else "linear", "search_low": 2.0, "search_high": 64.0,
             "search_direction": "rising", "searched_outcome": "pure"}
    coordinates = {"row": np.arange(2.0, 8.0), "probability": [0.5, 0.9], "point": point,
                   "outcome": ("outcome", np.arange(5, dtype=np.int8), {"flag_meanings": " ".join(OUTCOMES)})}
    xarray.Dataset(data, coordinates, about).to_netcdf(path, engine="h5netcdf")
    return path


@pytest.mark.parametrize("experts,log", [(True, True), (False, False)])
def test_figure_fits_its_page(tmp_path, experts, log):
    figure = plot_boundaries.draw(plot_boundaries.Boundary(write_boundary(tmp_path / "b.h5", experts, log)))
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    boxes = [figure._suptitle.get_window_extent()]
    for axis in figure.axes:
        boxes += [axis.get_legend().get_window_extent(), axis.xaxis.label.get_window_extent()]
    for box in boxes:
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, box
    said = [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    assert said == 2 * ["above", "below", "not\nmonotone", "other\nform"]
    assert len(figure.axes[1].lines) == 6 * (2 if experts else 1) + 2


def test_an_outcome_is_chosen(tmp_path):
    file = write_boundary(tmp_path / "b.h5")
    assert plot_boundaries.Boundary(file).outcome == "pure"
    assert plot_boundaries.Boundary(file, "covered").place == 2


def test_command_writes_figures_and_refuses_other_files(tmp_path):
    script, file = plot_boundaries.__file__, write_boundary(tmp_path / "b.h5")
    done = subprocess.run(["/usr/bin/python3", script, file, "-o", tmp_path / "out", "--outcome", "covered"],
                          capture_output=True, text=True)
    assert done.returncode == 0 and (tmp_path / "out" / "mot_x_covered.svg").exists(), done.stderr
    xarray.Dataset({"x": ("run", [1.0])}).to_netcdf(tmp_path / "other.h5", engine="h5netcdf")
    for wrong in (tmp_path / "other.h5", tmp_path / "none.h5"):
        refused = forked(plot_boundaries.main, wrong, "-o", tmp_path / "no")
        assert refused.returncode == 2 and "plot_boundaries:" in refused.stderr and not (tmp_path / "no").exists()
