"""scripts/plot_figures.py and plot_theory.py on files made by hand: what figures say of how many seeds and experts they
are, where bands are open, the range of panels, and curves without a place on a log axis."""
import base64
import json
import pathlib
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
import xarray

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import lemmata  # noqa: E402
from lemmata_program import program  # noqa: E402
import matplotlib  # noqa: E402
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import plot_figures  # noqa: E402
import plot_theory  # noqa: E402

STEP = np.array([0, 1, 2, 4, 8, 16, 32, 64])


@pytest.fixture(autouse=True)
def program_for_laws(monkeypatch):
    monkeypatch.setenv("LEMMATA", program())
    yield
    plt.close("all")


def write(path, step=STEP, **variables):
    """{name: (axes, values)} over step and others; every other axis has its numbers as a coordinate."""
    sizes = {axis: size for axes, values in variables.values() for axis, size in zip(axes, np.shape(values))}
    coordinates = {axis: np.arange(size) for axis, size in sizes.items()} | {"step": step}
    variables.setdefault("prediction_loss", (("step",), 1 / (1 + STEP)))
    variables.setdefault("loss", variables["prediction_loss"])
    xarray.Dataset(variables, coordinates).to_netcdf(path, engine="h5netcdf")
    return str(path)


def draw(module, kind, *files):
    """(figure, table), drawn for good; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, table = getattr(module, kind)(list(files), plot_figures.Page(3.25))
        plot_figures.settle(figure)
    return figure, table


def words(figure):
    return " ".join(text.get_text() for text in figure.legends[0].get_texts()).replace("\n", " ")


def unpack(packed):
    return np.frombuffer(base64.b64decode(packed["f32"]), "<f4")


def reported(file, folder):
    """The curves of the report of one file."""
    subprocess.run([program(), "report", file, "-o", folder / "r.html"], check=True, capture_output=True)
    data = re.search(r'type="application/json" id="data">(.*?)</script>', (folder / "r.html").read_text(), re.S)[1]
    return json.loads(data)["runs"][0]["curves"]


@pytest.mark.parametrize("has_load", [True, False])
def test_attention_is_that_of_the_report_the_median_over_seeds_of_the_mean_by_load(tmp_path, has_load):
    random = np.random.default_rng(1)
    mass, load = random.random((4, 8, 3, 4)), random.random((4, 8, 3))
    load[:, 5:, 2], mass[:, 5:, 2] = 0, np.nan
    loss = 1 / (1 + STEP) + 0.01 * np.arange(4)[:, None]
    loads = {"load": (("seed", "step", "expert"), load)} if has_load else {}
    file = write(tmp_path / "a.h5", prediction_loss=(("seed", "step"), loss),
                 attention_mass=(("seed", "step", "expert", "token_kind"), mass), **loads)
    weight = np.where(np.isnan(mass), 0, load[..., None] if has_load else 1)
    wanted = np.median((np.nan_to_num(mass) * weight).sum(2) / weight.sum(2), axis=0)
    figure, table = draw(plot_theory, "attention", file)
    curves = reported(file, tmp_path)
    said = "mean over experts, " + ("weighted by load" if has_load else "of those that have a value")
    assert said in words(figure) and "(4 seeds)" in words(figure)
    for kind, name in enumerate(plot_theory.TOKEN_KINDS):
        curve = curves[f"attention_mass: {name}"]
        assert np.allclose(table[name.replace(" ", "_")][1:], wanted[1:, kind], rtol=1e-12)
        assert np.allclose(unpack(curve["median"]), wanted[:, kind], rtol=1e-6) and curve["description"] == said


def test_a_median_over_experts_says_of_how_many(tmp_path):
    values = np.ones((8, 5))
    few = values.copy()
    few[4:, :3] = few[0] = np.nan
    a = write(tmp_path / "a.h5", attention_entropy=(("step", "expert"), few))
    b = write(tmp_path / "b.h5", attention_entropy=(("step", "expert"), values[:, :1]))
    said = "median over the experts that have a value: "
    assert said + "2 to 5 " in words(draw(plot_theory, "entropy", a)[0]) + " "
    assert said + "2 to 5 of a, 1 of b" in words(draw(plot_theory, "entropy", a, b)[0])
    assert "median over the experts" not in words(draw(plot_theory, "entropy", b)[0])


def test_panels_over_one_axis_have_one_range_and_all_stages(tmp_path):
    late = np.where(STEP >= 16, -0.5, np.nan)
    file = write(tmp_path / "a.h5", conflict_ffn_mean_cosine=(("step",), 0.1 * STEP),
                 conflict_gate_mean_cosine=(("step",), late), stage=(("step",), 1 + (STEP > 2)))
    panels = draw(plot_figures, "conflict", file)[0].axes
    assert len(panels) == 2 and panels[0].get_xlim() == panels[1].get_xlim()
    assert panels[0].get_xlim()[0] <= 1 and panels[0].get_xlim()[1] >= 64
    assert all(any(line.get_xdata()[0] == 4 for line in axes.lines) for axes in panels)


def test_a_seed_that_never_arrives_leaves_the_band_open(tmp_path):
    ends = np.array([3, 6, 9, 12, 15])  # updates until each of five seeds stays where it is
    step = np.arange(20)
    loss = 10.0 ** (-0.3 * np.minimum(step, ends[:, None]))
    file = write(tmp_path / "a.h5", step, prediction_loss=(("seed", "step"), loss))
    figure, table = draw(plot_figures, "steps_to_eps", file)
    eps, (axes,) = 1 / table["one_over_eps"], figure.axes
    times = np.array([[next((t for t in step if line[t] <= e), np.inf) for e in eps] for line in loss])
    for place, column in enumerate(("a_low", None, "a", None, "a_high")):
        wanted = np.sort(times, axis=0)[place]
        if column:
            assert np.array_equal(table[column], np.where((wanted > 0) & np.isfinite(wanted), wanted, np.nan), True)
    few = np.isfinite(times).sum(0)
    assert set(few) == {1, 2, 3, 4, 5} and np.isfinite(table["a_low"]).sum() > np.isfinite(table["a"]).sum()
    (band,) = (path for piece in axes.collections for path in piece.get_paths() if len(path.vertices) > 8)
    top = {round(x, 6) for x, y in band.vertices if np.isclose(y, axes.get_ylim()[1])}
    assert top == {round(x, 6) for x in 1 / eps[few < 5]}, "open exactly where one does not arrive"
    assert "open above where a seed never gets there" in words(figure)
    assert "not reached by half of the seeds in 19 updates" in words(figure)


@pytest.mark.parametrize("kind, said", [("loss", "none of 8 values is above 0 and finite"),
                                        ("steps_to_eps", "no level of eps is reached after step 0")])
def test_a_loss_without_a_place_on_the_axis_is_said_in_our_words(tmp_path, kind, said):
    for value in (0.0, -1.0):
        file = write(tmp_path / "z.h5", prediction_loss=(("step",), np.full(8, value)))
        (axes,) = draw(plot_figures, kind, file)[0].axes
        assert [text.get_text() for text in axes.texts] == [said]
    plt.close("all")


def test_steps_that_do_not_increase_are_refused(tmp_path):
    for step, says in (([3, 2, 1], "step[1]: found 2 after 3"), ([0, np.nan, 1], "step[1]: found nan after 0"),
                       ([0, 1, 1], "step[2]: found 1 after 1")):
        file = write(tmp_path / "x.h5", np.array(step), prediction_loss=(("step",), [3.0, 2.0, 1.0]))
        with pytest.raises(ValueError, match=re.escape(f"x.h5: {says}, allowed: steps that increase")):
            lemmata.open(file)
    done = subprocess.run([program(), "plot", file, "--figure", "loss", "-o", tmp_path / "x.svg"], capture_output=True,
                          text=True)
    assert done.returncode == 2 and says in done.stderr and not (tmp_path / "x.svg").exists()
