"""`lemmata plot` and scripts/plot.py: every kind of figure, every format, tables against the files' own numbers, the
width in the SVG, and each error with nothing written."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import xarray

h5py = pytest.importorskip("h5py")
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import lemmata  # noqa: E402
from lemmata_program import forked, program  # noqa: E402
import matplotlib  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import plot  # noqa: E402
import plot_figures  # noqa: E402
import plot_theory  # noqa: E402
from plot_law_map_test import write_map  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    short = ["--set", "stages.0.steps=60", "--set", "stages.1.steps=60", "--set", "stages.2.steps=300"]
    jobs = {"a": ["mot/three_stage", *short], "b": ["mot/single_transformer", "--set", "stages.0.steps=300"],
            "s": ["mot/three_stage", *short, "--seeds", "0-2"], "layer": ["joma/exp_attention"],
            "reduced": ["joma/sparse_then_dense"], "long": ["mot/three_stage"]}
    for name, words in jobs.items():
        subprocess.run([program(), "run", *words, "--quiet", "--out", folder / f"{name}.h5"], check=True,
                       capture_output=True)
    write_map(folder / "map.h5", [(0, True, 0, 0.0), (1, True, 1, 0.0)])
    return {name: folder / f"{name}.h5" for name in (*jobs, "map")}


def run(*words, **options):
    return subprocess.run([program(), "plot", *map(str, words)], capture_output=True, text=True, **options)


def script(*words):
    """The script that `run` starts."""
    return forked(plot.main, *words)


def table(files, kind, folder):
    """The columns that `lemmata plot` writes as CSV."""
    done = script(*files, "--figure", kind, "-o", folder / "t.csv")
    assert done.returncode == 0 and not done.stderr, done.stderr
    names, *rows = [line.split(",") for line in (folder / "t.csv").read_text().splitlines()]
    assert all(re.fullmatch(r"\w+", name) for name in names) and len(set(names)) == len(names)
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def equal(column, values):
    return np.array_equal(np.array(column, float), np.asarray(values, float), equal_nan=True)


CASES = [("loss", "ab"), ("steps_to_eps", "ab"), ("routing", "ab"), ("conflict", "ab"), ("curvature", "ab"),
         ("attention", "ab"), ("entropy", "ab"), ("loss", "s"), ("steps_to_eps", "s"), ("routing", "s"),
         ("conflict", "s"), ("curvature", "s"), ("attention", "s"), ("entropy", "s"), ("invariant", ["layer"]),
         ("entropy", ["reduced"]), ("attention", ["reduced"]), ("loss", ["reduced"]), ("law_map", ["map"])]


@pytest.mark.parametrize("kind, names", CASES)
def test_every_kind_is_a_small_vector_file_of_the_width_asked_for(made, tmp_path, kind, names):
    files = [made[name] for name in names]
    done = script(*files, "--figure", kind, "--out", tmp_path / "x.svg", "--width", "8cm")
    assert done.returncode == 0 and not done.stderr, done.stderr
    text = (tmp_path / "x.svg").read_text()
    assert abs(float(re.search(r'<svg[^>]*? width="([\d.]+)pt"', text)[1]) - 8 / 2.54 * 72) < 1e-3
    assert 10_000 < len(text) < 400_000 and "<text" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]


@pytest.mark.parametrize("width", [3.25, 6.75])
@pytest.mark.parametrize("kind, names", [("loss", "ab"), ("steps_to_eps", "ab"), ("conflict", "a"), ("entropy", "ab")])
def test_names_of_axes_lie_within_the_figure_and_apart(made, kind, names, width):
    with matplotlib.rc_context(plot.PAPER):
        draw = getattr(plot_figures, kind, None) or getattr(plot_theory, kind)
        figure = draw([str(made[name]) for name in names], plot_figures.Page(width))[0]
        plot_figures.settle(figure)
        boxes = [label.get_window_extent() for axes in figure.axes for label in (axes.xaxis.label, axes.yaxis.label)
                 if label.get_text() and axes.get_visible()]
        boxes += [legend.get_window_extent() for legend in figure.legends]
    page = figure.bbox.padded(1)
    plt.close(figure)
    assert boxes and all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
                         for box in boxes)
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_formats(made, tmp_path):
    for ending, start in ((".pdf", b"%PDF"), (".png", b"\x89PNG"), (".svg", b"<?xml"), (".csv", b"step,mot_three_")):
        draw = run if ending == ".pdf" else script
        assert draw(made["a"], "--figure", "loss", "-o", tmp_path / f"x{ending}", "--width", "two").returncode == 0
        assert (tmp_path / f"x{ending}").read_bytes().startswith(start)
    for name in ("c.svg", "d.svg"):
        assert script(made["a"], "--figure", "curvature", "-o", tmp_path / name).returncode == 0
    assert (tmp_path / "c.svg").read_text() == (tmp_path / "d.svg").read_text(), "the same file again"
    fonts = (tmp_path / "x.pdf").read_bytes()
    assert b"/Type3" not in fonts and b"/Type 3" not in fonts and b"/CIDFontType2" in fonts
    assert (tmp_path / "x.csv").stat().st_mode & 0o777 == 0o666 & ~current_mask()


def current_mask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_numbers_of_curves_are_the_files(made, tmp_path):
    with h5py.File(made["a"]) as a, h5py.File(made["s"]) as s:
        step, loss = a["step"][()], a["prediction_loss"][()]
        found = table([made["a"]], "loss", tmp_path)
        assert equal(found["step"], step) and equal(found["mot_three_stage"], np.where(step > 0, loss, np.nan))
        assert "mot_three_stage_fit" in found or set(found) == {"step", "mot_three_stage"}
        found = table([made["s"]], "loss", tmp_path)
        for end, q in (("", 0.5), ("_low", 0.025), ("_high", 0.975)):
            drawn = np.array(found[f"mot_three_stage{end}"], float)[1:]
            assert np.allclose(drawn, np.quantile(s["prediction_loss"][()], q, axis=0)[1:], rtol=1e-13)
        found = table([made["a"]], "curvature", tmp_path)
        for name, column in (("hessian_min", "lambda_min"), ("hessian_max", "lambda_max"),
                             ("curvature_over_loss", "lambda_over_loss")):
            with np.errstate(all="ignore"):
                wanted = np.nanmedian(a[name][()], axis=1)
            drawn = np.array(found[f"mot_three_stage_{column}"], float)
            assert np.allclose(drawn[1:], wanted[1:], rtol=1e-14) and np.isnan(drawn[0])
        found = table([made["a"]], "entropy", tmp_path)
        assert equal(found["mot_three_stage"][1:], np.nanmedian(a["attention_entropy"][1:], axis=1))
        found = table([made["a"]], "conflict", tmp_path)
        assert set(found) == {"step"} | {f"mot_three_stage_{block}" for block in ("ffn", "attention", "gate")}
        values = a["conflict_gate_mean_cosine"][1:]
        assert np.allclose(np.array(found["mot_three_stage_gate"], float)[1:], np.nanmedian(values, 1), equal_nan=True)
        found = table([made["a"]], "attention", tmp_path)
        mass, load = np.nan_to_num(a["attention_mass"][()]), a["load"][()][:, :, None]
        wanted = (mass * load).sum(1) / load.sum(1)
        for k, name in enumerate(("class_signal", "label_signal", "distractor", "noise")):
            assert np.allclose(np.array(found[name], float)[1:], wanted[1:, k], rtol=1e-12)


def test_numbers_of_matrices_and_steps_are_the_files(made, tmp_path):
    with h5py.File(made["a"]) as a, h5py.File(made["layer"]) as layer, h5py.File(made["reduced"]) as reduced:
        found = table([made["a"], made["b"]], "routing", tmp_path)
        for k in range(3):
            assert equal(found[f"mot_three_stage_class_{k}"], a["routing"][-1, k])
            assert float(found[f"mot_single_transformer_class_{k}"][0]) == 1, "one head has every class"
            assert equal(found[f"mot_single_transformer_class_{k}"][1:], [np.nan] * 23)
        found = table([made["a"]], "steps_to_eps", tmp_path)
        steps, eps = a["steps_to_eps/from_start"][()], a["steps_to_eps/eps"][()]
        place = [int(np.argmin(np.abs(np.log(eps) + np.log(float(x))))) for x in found["one_over_eps"]]
        missing = a["steps_to_eps/from_start"].attrs["missing_value"]
        wanted = np.where((steps == missing) | (steps == 0), np.nan, steps)
        drawn = np.array(found["mot_three_stage"], float)
        assert np.isfinite(drawn).sum() > 20 and equal(drawn, wanted[place])
        end = [(k, float(y)) for k, y in zip(place, found["mot_three_stage_not_reached"]) if y != "nan"]
        assert end == [(int(np.argmax(steps == missing)), a["step"][-1])]
        found = table([made["layer"]], "invariant", tmp_path)
        left, right = layer["invariant_left"][()].sum(2), layer["invariant_right"][()]
        tokens = [int(name[5:]) for name in found if name.startswith("left_")]
        assert len(tokens) == 3 and np.argmax(left[-1]) in tokens and np.argmin(left[-1]) in tokens
        assert all(equal(found[f"left_{token}"], left[:, token]) for token in tokens)
        gap = np.abs(left - right).max(1)[1:] / np.abs(left).max(1)[1:]
        drawn = np.array(found["relative_gap"], float)[1:]
        assert np.allclose(drawn[gap > 0], gap[gap > 0], rtol=1e-12) and (np.isnan(drawn) == (gap == 0)).all()
        found = table([made["reduced"]], "entropy", tmp_path)
        assert equal(found["joma_sparse_then_dense"][1:], reduced["entropy"][1:])
        found = table([made["reduced"]], "attention", tmp_path)
        assert len(found) == 9 and all(equal(found[name][1:], reduced["attention"][1:, int(name.split("_")[1])])
                                       for name in found if name != "step")


def test_the_law_of_steps_is_that_of_compare_through_the_points(made, tmp_path):
    said = subprocess.run([program(), "compare", made["long"], "--json", "-"], capture_output=True, check=True)
    law, found = json.loads(said.stdout)["runs"][0]["steps_law"], table([made["long"]], "steps_to_eps", tmp_path)
    names = ("one_over_eps", "mot_three_stage_fit", "mot_three_stage")
    x, drawn, data = (np.array(found[name], float) for name in names)
    inside = np.isfinite(drawn)
    assert law["law"] == "log" and inside.sum() > 15
    assert np.allclose(drawn[inside], law["a"] + law["b"] * np.log(1 / (1 / x[inside] - law["floor"])), rtol=1e-12)
    assert np.abs(drawn - data)[inside].max() < 2, "an update or so from every level"
    assert abs(data[inside][0] - law["window"][0]) < 2 and abs(data[inside][-1] - law["window"][1]) < 2
    power = {"law": "power", "a": 2.0, "b": None, "p": 1.5, "offset": 3.0, "floor": 0.0, "interval": [1.4, 1.6],
             "window": [10, 1e5]}
    figure, axes = plt.subplots()
    eps = 10.0 ** -np.arange(0, 8)
    plot_figures.draw_steps_laws(axes, 0, "x", "x", 1 / eps, [{"steps_law": power, "seed": None}])
    wanted = 2 * eps ** -1.5 - 3
    wanted = np.where((wanted >= 10) & (wanted <= 1e5), wanted, np.nan)
    assert np.allclose(axes.lines[0].get_ydata(), wanted, rtol=1e-12, equal_nan=True)
    assert axes.lines[0].get_label() == "fit, x: power, T + 3 = 2 eps^-p, p = 1.5 [1.4, 1.6]"


def test_cells_of_a_law_map(made, tmp_path):
    found = table([made["map"]], "law_map", tmp_path)
    cells = {(rule, model): (law, number) for rule, model, law, number in
             zip(found["step_rule"], found["model"], found["law"], found["number"])}
    assert cells["lambda_max", "mot"] == ("log", "0.5") and cells["lambda_max", "single_h1"] == ("power", "1.25")


def test_a_curve_that_is_gone_on_a_log_axis_is_nan(tmp_path):
    xarray.Dataset({"prediction_loss": ("step", [1.0, 0.5, 0.0, 0.25])}, {"step": [0, 1, 2, 3]}).to_netcdf(
        tmp_path / "x.h5", engine="h5netcdf")
    found = table([tmp_path / "x.h5"], "loss", tmp_path)
    assert found == {"step": ["0.0", "1.0", "2.0", "3.0"], "x": ["nan", "0.5", "nan", "0.25"]}


def assert_refused(done, says, folder):
    assert done.returncode == 2 and says in done.stderr, (done.args, done.stderr)
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr and not list(folder.iterdir())


def test_what_is_refused_names_it_and_writes_nothing(made, tmp_path):
    (tmp_path / "broken.h5").write_text("no")
    folder, a = tmp_path / "out", made["a"]
    folder.mkdir()
    good, out = ("--figure", "loss"), folder / "x.svg"
    for words, says in (
            ((a, "--figure", "pie", "-o", out), "--figure: found 'pie', allowed: loss | steps_to_eps"),
            ((a, *good, "-o", folder / "x.jpg"), ".svg | .pdf | .png | .csv"),
            ((a, *good, "-o", folder / "no" / "x.svg"), "no"),
            ((a, *good, "-o", folder), "allowed: a name"),
            ((a, *good, "-o", "/proc/x.svg"), "/proc"),
            ((a, *good, "-o", out, "--width", "3 feet"), "--width: found '3 feet', allowed: 1.5in to 20in"),
            ((a, *good, "-o", out, "--width", "1in"), "--width"),
            ((a, *good, "-o", out, "--width", "nan"), "--width"),
            ((tmp_path / "none.h5", *good, "-o", out), "none.h5"),
            ((tmp_path / "broken.h5", *good, "-o", out), "broken.h5"),
            ((made["reduced"], "--figure", "routing", "-o", out), "reduced.h5: routing"),
            ((a, made["reduced"], "--figure", "curvature", "-o", out), "reduced.h5: hessian_min"),
            ((made["b"], "--figure", "invariant", "-o", out), "b.h5: invariant_left"),
            ((a, "--figure", "law_map", "-o", out), "a.h5"), ((made["map"], *good, "-o", out), "map.h5: run"),
            ((made["layer"], made["layer"], "--figure", "invariant", "-o", out), "found 2 files"),
            ((made["layer"], "--figure", "steps_to_eps", "-o", out), "layer.h5: prediction_loss")):
        assert_refused(script(*words), says, folder)
    for words, says in (
            ((a, "--figure", "pie", "-o", out), "--figure: found 'pie', allowed: loss | steps_to_eps"),
            ((a, *good), "--out: found nothing"), ((a, "-o", out), "--figure: found nothing"),
            ((*good, "-o", out), "FILE"), ((a, *good, "-o", out, "--dpi", "3"), "unknown option")):
        assert_refused(run(*words), says, folder)


def test_an_earlier_file_stays_on_an_error_and_an_input_is_not_overwritten(made, tmp_path):
    out = tmp_path / "x.svg"
    out.write_text("earlier")
    assert run(made["reduced"], "--figure", "routing", "-o", out).returncode == 2 and out.read_text() == "earlier"
    os.link(made["a"], tmp_path / "a.svg")
    done = run(tmp_path / "a.svg", "--figure", "loss", "-o", tmp_path / "a.svg")
    assert done.returncode == 2 and "to be read" in done.stderr and lemmata.open(tmp_path / "a.svg")


def test_without_python_or_its_packages_the_message_says_what_is_missing(made, tmp_path):
    words = (made["a"], "--figure", "loss", "-o", tmp_path / "x.svg")
    done = run(*words, env={"PATH": str(tmp_path)})
    assert done.returncode == 2 and "python3" in done.stderr and not (tmp_path / "x.svg").exists()
    fake = tmp_path / "matplotlib"
    fake.mkdir()
    (fake / "__init__.py").write_text("raise ImportError('none here', name='matplotlib')")
    done = subprocess.run(["/usr/bin/python3", SCRIPTS / "plot.py", *words], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(tmp_path), "LEMMATA": program()})
    assert done.returncode == 2 and "matplotlib" in done.stderr and "python3-matplotlib" in done.stderr


def test_an_installed_program_runs_its_own_script_with_the_words_as_they_are(tmp_path):
    (tmp_path / "bin").mkdir()
    scripts = tmp_path / "share" / "lemmata" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(program(), tmp_path / "bin" / "lemmata")
    (scripts / "plot.py").write_text("import os, sys\nprint(sys.argv[1:], os.environ['LEMMATA'])\nsys.exit(7)\n")
    words = ["a b.h5", "$(touch x);'\"", "--figure", "--out", "--out", "-o x", "--width", "*"]
    done = subprocess.run([tmp_path / "bin" / "lemmata", "plot", *words], capture_output=True, text=True,
                          env={key: value for key, value in os.environ.items() if key != "LEMMATA"})
    passed = ["--figure=--out", "--out=-o x", "--width=*", "--", "a b.h5", "$(touch x);'\""]
    assert done.returncode == 7 and done.stdout == f"{passed} {tmp_path / 'bin' / 'lemmata'}\n", done


@pytest.mark.parametrize("signal, code", [("SEGV", 2), ("INT", 130)])
def test_the_end_of_a_script_by_a_signal(tmp_path, signal, code):
    fake = tmp_path / "python3"
    fake.write_text(f"#!/bin/sh\nkill -{signal} $$\n")
    fake.chmod(0o755)
    done = run("a.h5", "--figure", "loss", "-o", tmp_path / "x.svg", env={"PATH": f"{tmp_path}:/bin"})
    assert done.returncode == code and ("signal 11" in done.stderr) == (code == 2), done


@pytest.mark.parametrize("text, width", [("3.25in", 3.25), ("8cm", 8 / 2.54), ("83mm", 83 / 25.4), ("two", 6.75),
                                         ("one", 3.25), ("240pt", 240 / 72.27)])
def test_lengths(text, width):
    assert abs(plot.inches(text) - width) < 1e-12
