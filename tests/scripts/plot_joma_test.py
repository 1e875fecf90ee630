"""scripts/plot_joma.py: every kind of figure drawn inside its page, the drawn numbers against formulas worked out here
by quadrature and enumeration, titles by the settings, several seeds, and what is refused."""
import json

import matplotlib.colors
import numpy as np
import pytest
import xarray
from joma_files import (FILES, MU, STEPS, circles, curves, draw, fits, greys, layer, plot_joma, ranked, reduced, run,
                        speed, stationary, texts, title, transformer, tree, write)  # noqa: I001
from lemmata_program import forked


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plot_joma.plt.close("all")


@pytest.mark.parametrize("seeds", [0, 3])
@pytest.mark.parametrize("kind", list(plot_joma.DRAWN))
def test_figure_fits_its_page(tmp_path, kind, seeds):
    path = FILES[kind](tmp_path / "x.h5", seeds)
    assert plot_joma.joma.Result(path).kinds()[-1] == kind
    assert fits(draw(path))


def test_invariant_is_the_sum_over_queries(tmp_path):
    left, right = curves(6).reshape(40, 3, 2), curves(3)
    figure = draw(layer(tmp_path / "x.h5"))
    sides, between = figure.axes
    for line in sides.lines:
        if line.get_label().startswith("token"):
            token = int(line.get_label().split()[1])
            assert np.allclose(line.get_ydata(), left[:, token, 0] + left[:, token, 1], rtol=1e-14)
    assert "sum over 2 queries" in sides.get_ylabel()
    gap = [max(abs(left[t, l].sum() - right[t, l]) for l in range(3)) / left[t].sum(1).max() for t in STEPS]
    assert np.allclose(between.lines[0].get_ydata(), gap, rtol=1e-13)
    assert between.get_title() == "an identity of the flow"


def test_invariant_without_a_law_has_no_right_side(tmp_path):
    figure = draw(layer(tmp_path / "x.h5", right=np.full((40, 3), np.nan)))
    (axis,) = figure.axes
    assert "no right side" in title(figure) and "right side, from v" not in texts(axis)


@pytest.mark.parametrize("model", [{}, {"normalisation": 2}, {"temperature": 3}, {"scale": 0.5}, {"mu": [0.4, -3, 1]},
                                   {"normalisation": 0.5, "temperature": 2, "scale": -2}])
def test_erf_law_solves_its_equation(tmp_path, model):
    """Delta t = A int_0^v exp(-s^2/(2 T^2)) ds and t* = A int_0^inf .../max|Delta|, by the trapezoidal rule."""
    a, t = model.get("normalisation", 1), model.get("temperature", 1)
    delta = model.get("scale", 1) * np.array(model.get("mu", MU))
    s = np.linspace(0, 12 * t, 400001)
    weight = np.exp(-s**2 / (2 * t**2))
    area = a * np.concatenate([[0], np.cumsum((weight[1:] + weight[:-1]) / 2 * s[1])])
    figure = draw(stationary(tmp_path / "x.h5", model))
    axis = figure.axes[0]
    drawn = circles(axis)
    assert len(drawn) == len(delta) and texts(axis) == [f"{d:g}" for d in delta]
    for line, d in zip(drawn, delta):
        time, law = (np.asarray(values) for values in line.get_data())
        early = np.abs(d) * time < 0.99 * area[-1]
        assert early.sum() > 3
        assert np.allclose(law[early], np.sign(d) * np.interp(np.abs(d) * time[early], area, s), rtol=1e-6, atol=1e-9)
    (end,) = (line.get_xdata()[0] for line in axis.lines if line.get_color() == "grey")
    assert abs(end - area[-1] / max(abs(delta))) < 1e-9
    assert title(figure).endswith(f"v blows up at t* = {area[-1] / max(abs(delta)):.3f}")


@pytest.mark.parametrize("model, says", [
    ({"attention": "linear"}, "model.attention = linear"), ({"v0": 0.3}, "model.v0 = 0.3"), ({"scale": 0}, "Delta = 0"),
    ({"nodes": 3}, "model.nodes = 3"), ({"z0": -1}, "model.z0 = -1"),
    ({"attention": "linear", "v0": 1}, "model.v0 = 1")])
def test_blowup_without_erf_law_has_no_theory_line(tmp_path, model, says):
    figure = draw(stationary(tmp_path / "x.h5", model))
    (axis,) = figure.axes
    assert says in title(figure) and "no theory line" in title(figure) and "blows up" not in title(figure)
    assert len(axis.lines) == 3 and not circles(axis) and not greys(axis) and fits(figure)
    v = curves(9).reshape(40, 3, 3) if model.get("nodes") else curves(3)
    for component, line in enumerate(axis.lines):
        wanted = np.sqrt((v[:, component] ** 2).sum(axis=1)) if v.ndim == 3 else v[:, component]
        assert np.allclose(line.get_ydata(), wanted, rtol=1e-14) and np.allclose(line.get_xdata(), 0.01 * STEPS)


def test_many_components_are_told_apart(tmp_path):
    axis = draw(stationary(tmp_path / "x.h5", {"mu": list(np.linspace(-1, 1, 30))})).axes[0]
    lines = [line for line in axis.lines if line.get_marker() == "None" and line.get_color() != "grey"]
    assert len({(line.get_color(), str(line._unscaled_dash_pattern)) for line in lines}) == 30
    assert len(texts(axis)) == 15


def test_blowup_of_another_training_has_no_theory_line(tmp_path):
    assert "optimizer adam" in title(draw(stationary(tmp_path / "x.h5", optimizer="adam")))
    assert "different rates" in title(draw(stationary(tmp_path / "y.h5", rate=0.02)))


@pytest.mark.parametrize("model", [{}, {"scale": 0.5}, {"temperature": 5}, {"attention": "softmax"},
                                   {"mu": [2, -0.5, -1], "temperature": 3}, {"attention": "linear", "invariant": 0.7}])
def test_speed_limits(tmp_path, model):
    """The rate of ln(1/delta) is a(v), and v tends to mu."""
    mu = model.get("scale", 1) * np.array(model.get("mu", MU))
    t, c = model.get("temperature", 2), model.get("invariant")
    rates = np.sqrt(mu**2 + c) if c else np.exp(mu**2 / t)
    figure = draw(speed(tmp_path / "x.h5", model))
    (axis,) = figure.axes
    k = np.argmin(np.abs(mu))
    others = sorted(set(range(3)) - {k}, key=lambda j: -abs(mu[j]))
    assert np.allclose(greys(axis), sorted(rates[others] / rates[k]), rtol=1e-13)
    assert axis.get_ylabel().endswith(f"mu_k = {mu[k]:g}") and texts(axis) == [f"mu_j = {mu[j]:g}" for j in others]
    ratio = next(line for line in axis.lines if line.get_label() == f"mu_j = {mu[others[0]]:g}")
    assert np.allclose(ratio.get_ydata(), (curves(3)[:, others[0]] / curves(3)[:, k])[1:])
    assert np.allclose(ratio.get_xdata(), 0.1 * STEPS[1:])
    assert ("sqrt" if c else f"exp((mu_j^2 - mu_k^2)/{t})") in axis.get_title()
    assert title(figure).startswith("Theorem 4") == (model.get("attention", "exp") == "exp")


def test_speed_without_a_limit_has_no_theory_line(tmp_path):
    for path, says in ((speed(tmp_path / "x.h5", {"attention": "linear"}), "model.invariant = 0"),
                       (speed(tmp_path / "y.h5", optimizer="adam"), "optimizer adam")):
        figure = draw(path)
        assert not greys(figure.axes[0]) and says in title(figure) and "Theorem" not in title(figure)


@pytest.mark.parametrize("model, says", [
    ({"temperature": 3}, "dv/dt = (mu - v) o softmax(v^2/3)"), ({"attention": "exp"}, "dv/dt = (mu - v) o exp(v^2)"),
    ({"attention": "linear", "invariant": 2}, "dv/dt = (mu - v) o sqrt(v^2 + 2)"),
    ({"attention": "linear"}, "dv/dt = (mu - v) o sqrt(v^2)"),
    ({"law": "regression"}, "linear phi, squared loss, attention softmax(z)"),
    ({"law": "fixed_upstream", "attention": "exp", "normalisation": 2, "temperature": 4},
     "linear phi, g fixed per sample, attention exp(z/4)/2"),
    ({"nodes": 3, "temperature": 5}, "3 nodes, dv/dt = (mu - v) o softmax(sum_k v_k^2/5)"),
    ({"law": "stationary", "attention": "linear", "normalisation": 3}, "stationary g: dv/dt = Delta o z/3")])
def test_titles_say_law_attention_and_temperature(tmp_path, model, says):
    path = reduced(tmp_path / "x.h5", model, {"stable_rank": curves(1)[:, 0]})
    assert says in title(draw(path)).splitlines()[0]


def test_stable_rank_of_mu(tmp_path):
    """sum of the eigenvalues of mu^T mu over the largest, with scale; no line where v does not tend to mu."""
    mu = 0.5 * np.array(MU)[:, None] * np.array([[0.6, 0.8, 0], [0, 1, 0], [0, 0.6, 0.8]])
    eigenvalues = np.linalg.eigvalsh(mu.T @ mu)
    axis = draw(ranked(tmp_path / "x.h5", scale=0.5)).axes[0]
    assert np.allclose([line for line in axis.lines if line.get_label() == "of mu"][0].get_ydata(),
                       eigenvalues.sum() / eigenvalues.max())
    assert texts(draw(ranked(tmp_path / "y.h5", law="regression")).axes[0]) == ["of v"]


@pytest.mark.parametrize("depth", [1, 3, 4])
def test_cooccurrence_by_enumeration(tmp_path, depth):
    """Both leaves' joint law as a sum over the root's label and their ancestor, by transition matrices."""
    root, zero, rho = np.array([0.3, 0.7]), np.array([0.2, 0.6]), 0.8
    first, edge = np.stack([zero, 1 - zero], axis=1), np.array([[1 + rho, 1 - rho], [1 - rho, 1 + rho]]) / 2
    wanted = []
    for height in range(1, depth + 1):
        if height == depth:  # they part at the root
            down, ancestor = first @ np.linalg.matrix_power(edge, depth - 1), root
        else:
            down = np.linalg.matrix_power(edge, height)
            ancestor = root @ first @ np.linalg.matrix_power(edge, depth - height - 1)
        wanted.append((ancestor * down[:, 1] ** 2).sum() / (ancestor * down[:, 1]).sum())
    axis = draw(tree(tmp_path / "x.h5", depth=depth, rho=rho)).axes[0]
    assert np.allclose(axis.lines[0].get_ydata(), wanted, rtol=1e-13)
    literal = rho ** (depth - 1) * (root @ zero)  # rho_0 without 2P - 1
    both = rho ** (2 * (depth - 1)) * (root @ (2 * zero - 1) ** 2)
    assert abs(axis.lines[1].get_ydata()[-1] - (1 + both - 2 * literal) / (2 - 2 * literal)) < 1e-13


def bars(axis):
    (collection,) = axis.containers[0].lines[2]
    return np.array([segment[:, 1] for segment in collection.get_segments()])


def test_cooccurrence_bars_and_an_asymmetric_tree(tmp_path):
    axis = draw(tree(tmp_path / "x.h5")).axes[0]
    low, high = bars(axis).T
    assert np.allclose((high + low) / 2, curves(3)[-1]) and np.allclose(high - low, 8 * curves(3)[-1] / 100)
    assert "sampled, 4 standard errors" in texts(axis)
    figure = draw(tree(tmp_path / "s.h5", 3))
    assert np.allclose(bars(figure.axes[0]), np.outer(curves(3)[-1], [1, 1.2]))
    assert "median and range of 3 seeds" in texts(figure.axes[0])
    figure = draw(tree(tmp_path / "y.h5", asymmetry=0.1))
    assert "no theory line: model.asymmetry = 0.1" in title(figure) and len(texts(figure.axes[0])) == 1


@pytest.mark.parametrize("kind", sorted(set(plot_joma.DRAWN) - {"cooccurrence"}))
def test_several_seeds_are_a_median_and_a_band(tmp_path, kind):
    """Seed s of three has every number times 1 + s/10: line x 1.1, band x 1 to x 1.2; ratios are the same in all."""
    one, three = draw(FILES[kind](tmp_path / "x.h5")), draw(FILES[kind](tmp_path / "y.h5", 3))
    axis = three.axes[0]
    assert "line: median, band: all 3 seeds" in texts(axis)
    line, of_one = axis.lines[0], one.axes[0].lines[0]
    if kind == "blowup":
        line, of_one = ([a for a in f.axes[0].lines if a.get_label() == "2"][0] for f in (three, one))
    share = 0 if kind == "speed" else 0.1
    assert np.allclose(line.get_ydata(), of_one.get_ydata() * (1 + share))
    band = next(c for c in axis.collections if matplotlib.colors.same_color(c.get_facecolor()[0][:3], line.get_color()))
    inside = band.get_paths()[0].vertices
    for x, y in zip(of_one.get_xdata(), of_one.get_ydata()):
        at = inside[np.isclose(inside[:, 0], x), 1]
        assert np.isclose(at.min(), y) and np.isclose(at.max(), y * (1 + 2 * share))


def test_seeds_of_unequal_length(tmp_path):
    """A record that one seed does not have is NaN, and counts for nothing."""
    path = reduced(tmp_path / "x.h5", {}, seeds=3)
    with xarray.open_dataset(path, engine="h5netcdf") as file:
        data = file.load()
    data["entropy"][2, 20:] = np.nan
    data.to_netcdf(tmp_path / "y.h5", engine="h5netcdf")
    xarray.Dataset({"mu": (("seed", "component"), [MU] * 3)}).to_netcdf(tmp_path / "y.h5", mode="a", group="initial",
                                                                       engine="h5netcdf")
    drawn = draw(tmp_path / "y.h5").axes[0].lines[0].get_ydata()
    assert np.allclose(drawn[:19], 1.1 * curves(1)[1:20, 0]) and np.allclose(drawn[19:], 1.05 * curves(1)[20:, 0])


def test_transformer_without_feed_forward_has_no_stable_rank(tmp_path):
    assert [axis.get_ylabel() for axis in draw(transformer(tmp_path / "x.h5", feed_forward=False)).axes] == [
        "cross entropy [nat]", "entropy of attention [nat]"]
    assert draw(transformer(tmp_path / "y.h5")).axes[2].get_ylabel() == "stable rank"


def test_latent_alignment_beside_the_untrained_network(tmp_path):
    path = transformer(tmp_path / "x.h5", alignment=True)
    assert run(path, "-o", tmp_path / "f").stdout.split() == [str(tmp_path / "f" / f"{kind}.svg")
                                                            for kind in ("transformer", "latent_alignment")]
    lines = draw(path).axes[0].lines
    for level in range(2):
        trained, untrained = lines[2 * level: 2 * level + 2]
        assert np.allclose(trained.get_ydata(), curves(2)[1:, level]) and trained.get_linestyle() == "-"
        assert np.allclose(untrained.get_ydata(), curves(2)[0, level]) and untrained.get_linestyle() == "--"
        assert trained.get_color() == untrained.get_color() and "untrained" in untrained.get_label()


def test_several_softmax_files_are_one_figure_and_others_one_each(tmp_path):
    paths = [FILES["entropy"](tmp_path / "a.h5"), reduced(tmp_path / "b.h5", {"mu": [0.1, 0.2, 0.3]}),
             layer(tmp_path / "c.h5"), layer(tmp_path / "d.h5")]
    out = tmp_path / "figures"
    done = run(*paths, "-o", out)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["entropy.svg", "invariant_1.svg", "invariant_2.svg"]
    figure = plot_joma.draw_entropy([plot_joma.joma.Result(path) for path in paths[:2]])
    assert texts(figure.axes[0]) == ["mu 0.5 to 2", "mu 0.1 to 0.3"]
    paths = [reduced(tmp_path / f"{attention}.h5", {"attention": attention}) for attention in ("exp", "linear")]
    figure = plot_joma.draw_entropy([plot_joma.joma.Result(path) for path in paths])
    assert "exp(v^2)" in title(figure) and "sqrt(v^2)" in title(figure) and fits(figure)
    assert texts(figure.axes[0]) == ["attention exp", "attention linear"]
    figure = plot_joma.draw_entropy([plot_joma.joma.Result(path) for path in (paths[0], paths[0])])
    assert texts(figure.axes[0]) == ["exp.h5", "exp.h5"]


def refused(path, *says):
    done = forked(plot_joma.main, path, "-o", path.parent / "f")
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr and all(word in done.stderr for word in (str(path), *says)), done.stderr


def test_other_files_are_refused(tmp_path):
    loss = {"loss": curves(1)[:, 0]}
    refused(write(tmp_path / "m.h5", "mixture", {}, loss), "system", "found mixture", "joma_reduced")
    refused(write(tmp_path / "seeds.h5", "mixture", {}, loss, seeds=2), "found mixture")
    refused(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no HDF5")
    refused(tmp_path / "text.h5")
    refused(write(tmp_path / "v.h5", "transformer", {"feed_forward": True}, loss), "attention_entropy")
    refused(write(tmp_path / "k.h5", "joma_reduced", {"law": "stationary"}, {"v": curves(3)}, mu=MU), "model.attention")
    refused(speed(tmp_path / "c.h5", {"mu": [1.0]}, gap=curves(1)), "model.mu", "at least 2")
    refused(tree(tmp_path / "t.h5", found=np.full((40, 3), np.nan)), "cooccurrence", "found NaN")
    refused(speed(tmp_path / "g.h5", gap=np.zeros((40, 3))), "log_gap", "found 0")
    for name, scenario in (("bare", {}), ("idle", {"system": "transformer", "model": {}})):
        file = xarray.Dataset({"loss": ("step", [1.0])}, {"step": [0]}, {"scenario": json.dumps(scenario)})
        file.to_netcdf(tmp_path / f"{name}.h5", engine="h5netcdf")
        refused(tmp_path / f"{name}.h5", "found no step" if scenario else "found mixture")
