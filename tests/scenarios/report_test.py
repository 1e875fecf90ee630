"""`lemmata report`: what stands in the page's data, files of other tools, what is refused.  The page in a browser:
tests/browser/report_test.mjs.  report_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import base64
import json
import re
import sys

import h5py
import numpy as np
import xarray
from program import FOLDER, arrays, lemmata, run, run_checks

LOSS_ONLY = {"record.metrics": ["loss"], "data.heldout": 0}


def page_of(*words, out="page.html"):
    lemmata("report", *words, "-o", out)
    return (FOLDER / out).read_text()


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))


def unpack(packed):
    return np.frombuffer(base64.b64decode(packed["f32"]), "<f4")


def other_tool(path, **changes):
    """A file that follows the contract and is not ours: step, loss, nothing else."""
    content = {"step": np.arange(0, 50, 5), "loss": np.exp(-np.arange(10.0)), **changes}
    with h5py.File(path, "w") as file:
        for name, values in content.items():
            if values is None:
                continue
            file[name] = values
            if name == "step":
                file[name].make_scale("step")
            else:
                file[name].dims[0].attach_scale(file["step"])
    return path


def test_curves_are_the_files_to_float32():
    path = run("one.h5", {"record.every": 10})
    record, found = data_of(page_of("one.h5"))["runs"][0], arrays(path)
    assert list(unpack(record["step"])) == list(found["step"])
    for name in ("loss", "prediction_loss", "load_variation", "error"):
        assert np.array_equal(unpack(record["curves"][name]["median"]), found[name].astype("f4")), name
    spread = record["curves"]["hessian_min"]
    with np.errstate(all="ignore"):
        assert np.array_equal(unpack(spread["lower"]), np.nanmin(found["hessian_min"], 1).astype("f4"), equal_nan=True)
    assert spread["band"] == "3 to 5 of 5 by expert that have a value, line: their median"
    assert {int(count) for count in np.isfinite(found["hessian_min"]).sum(1)} == {3, 5}
    assert "lambda_max in w of the expert's q-weighted loss" in record["curves"]["hessian_max"]["description"]
    matrix = record["matrices"]["routing"]
    assert matrix["shape"] == list(found["routing"].shape[1:]) and matrix["rows"] == "class"
    assert np.array_equal(unpack(matrix["values"]), found["routing"].astype("f4").ravel())
    assert [stage["first"] for stage in record["stages"]] == [0, 30, 60]
    reached, stored = unpack(record["steps_to_eps"]["median"]), found["steps_to_eps/from_start"]
    assert np.array_equal(np.isinf(reached), stored < 0) and (reached[stored >= 0] == stored[stored >= 0]).all()
    assert (stored >= 0).any()
    assert record["settings"]["model"]["experts"] == 5 and record["provenance"]["stop_reason"] == "completed"


def test_seeds_are_median_and_band_of_all():
    path = run("seeds.h5", LOSS_ONLY, "--seeds", "0-2")
    with h5py.File(path, "r+") as file:  # as if two seeds had stopped short of a level, one of them earlier still
        never = file["steps_to_eps/from_start"].attrs["missing_value"]
        file["steps_to_eps/from_start"][0, 5:] = file["steps_to_eps/from_start"][2, 7:] = never
    stored = arrays(path)
    found, record = stored["loss"], data_of(page_of("seeds.h5"))["runs"][0]
    curve = record["curves"]["loss"]
    for key, reduce in (("lower", np.min), ("median", np.median), ("upper", np.max)):
        assert np.allclose(unpack(curve[key]), reduce(found, 0), rtol=1e-6), key
    assert curve["band"] == "all of 3 seeds, line: their median"
    steps = np.sort(np.where(stored["steps_to_eps/from_start"] < 0, np.inf, stored["steps_to_eps/from_start"]), 0)
    assert np.isfinite(steps[:, 4]).all() and np.isinf(steps[:, 7]).tolist() == [False, True, True]
    for key, row in (("lower", 0), ("median", 1), ("upper", 2)):
        assert np.array_equal(unpack(record["steps_to_eps"][key]), steps[row]), key
    assert record["steps_to_eps"]["band"].startswith("all of 3 seeds, open above where one never reaches eps; line: ")


def test_attention_mass_is_by_load_and_of_all_seeds():
    path = run("mass.h5", {"data.heldout": 0, "record.metrics": ["loss", "attention", "routing"]}, "--seeds", "0-2")
    with h5py.File(path, "r+") as file:  # as if the experts, and the seeds, had learnt to look at different tokens
        file["attention_mass"][...] *= np.random.default_rng(0).random(file["attention_mass"].shape)
    found = arrays(path)
    mass, load = np.nan_to_num(found["attention_mass"]), found["load"][..., None]
    by_load, alike = (mass * load).sum(2) / load.sum(2), np.nanmean(found["attention_mass"], axis=2)
    assert np.abs(by_load - alike).max() > 1e-3 and np.abs(by_load[0] - np.median(by_load, 0)).max() > 1e-3
    curves = data_of(page_of("mass.h5"))["runs"][0]["curves"]
    for kind, name in enumerate(("class signal", "label signal", "distractor", "noise")):
        curve = curves[f"attention_mass: {name}"]
        for key, reduce in (("lower", np.min), ("median", np.median), ("upper", np.max)):
            assert np.allclose(unpack(curve[key]), reduce(by_load[..., kind], axis=0), rtol=1e-6), (name, key)
        assert curve["band"] == "all of 3 seeds, line: their median"
        assert curve["description"] == "mean over experts, weighted by load"
    run("no_load.h5", {"data.heldout": 0, "record.metrics": ["loss", "attention"]})
    curve = data_of(page_of("no_load.h5"))["runs"][0]["curves"]["attention_mass: label signal"]
    alike = np.nanmean(arrays(FOLDER / "no_load.h5")["attention_mass"][..., 1], axis=1)
    assert np.allclose(unpack(curve["median"]), alike, rtol=1e-6) and "that have a value" in curve["description"]


def test_a_band_says_of_how_many_it_is():
    def band(values):
        axes = ["seed", "step", "expert"][-values.ndim:]
        curves = {"loss": (axes[:-1], np.ones(values.shape[:-1])), "few": (axes, values)}
        xarray.Dataset(curves, {axis: np.arange(size) for axis, size in zip(axes, values.shape)}).to_netcdf(
            FOLDER / "few.h5", engine="h5netcdf")
        return data_of(page_of("few.h5"))["runs"][0]["curves"]["few"]["band"]
    values = np.ones((10, 5))
    assert band(values) == "all of 5 by expert, line: their median"
    values[0] = np.nan   # nothing is drawn of this record
    values[3, 1] = values[7, :3] = np.nan
    assert band(values) == "2 to 5 of 5 by expert that have a value, line: their median"
    values[1:, :3], values[1:, 3:] = np.nan, 1
    assert band(values) == "2 of 5 by expert that have a value, line: their median"
    values = np.ones((3, 10, 5))
    values[1, 4:] = values[:2, 8:] = np.nan
    assert band(values) == "all of 5 by expert, and 1 to 3 of 3 seeds that have a value, line: their median"


def test_the_law_is_that_of_fit_and_is_drawn_over_its_window():
    run("law.h5", {**LOSS_ONLY, "stages.2.steps": 3000, "model.experts": 24, "stages.0.steps": 400,
                   "stages.1.steps": 400})
    record = data_of(page_of("law.h5"))["runs"][0]
    fit = json.loads(lemmata("fit", "law.h5", "--y", "prediction_loss", "--stage", "III", "--json", "-"))
    assert fit["law"] == "exponential" and record["law"] == fit
    compared = json.loads(lemmata("compare", "law.h5", "--json", "-"))["runs"][0]
    assert compared["law"] == fit and compared["steps_law"] == record["steps_law"]
    assert f"law: {record['steps_law_text']}\n" in lemmata("compare", "law.h5")
    found, stored = arrays(FOLDER / "law.h5"), fit["scale"] * np.exp(-fit["rate"] * (np.arange(3001)))
    inside = (found["step"] >= fit["window"][0]) & (found["step"] <= fit["window"][1])
    at = (found["step"][inside] - fit["origin"]).astype(int)
    assert np.allclose(fit["floor"] + stored[at], found["prediction_loss"][inside], rtol=0.02), "scale and origin"
    step, value = unpack(record["law_curve"]["step"]), unpack(record["law_curve"]["value"])
    assert np.allclose([step[0], step[-1]], fit["window"], rtol=1e-5)
    assert np.allclose(np.log((value[0] - fit["floor"]) / (value[-1] - fit["floor"])) / (step[-1] - step[0]),
                       fit["rate"], rtol=1e-2)


def test_the_band_of_a_law_turns_about_the_middle_of_its_window():
    time, random = np.unique(np.round(10 ** np.linspace(0, 4, 400))), np.random.default_rng(3)
    noise = np.exp(0.02 * random.standard_normal(len(time)))
    for name, key, loss in (("exponential", "rate", np.exp(-1e-3 * time)), ("power", "exponent", (time + 5) ** -1.5)):
        other_tool(FOLDER / f"{name}.h5", step=time, loss=loss * noise)
        record = data_of(page_of(f"{name}.h5"))["runs"][0]
        law, drawn = record["law"], record["law_curve"]
        assert law["law"] == name and law["origin"] == 0 and law["floor"] == 0
        at = np.log(unpack(drawn["step"]) + law["offset"]) if name == "power" else unpack(drawn["step"]).astype(float)
        ends = [np.log(end + law["offset"]) if name == "power" else end for end in law["window"]]
        turned = [law["scale"] * np.exp(-law[key] * sum(ends) / 2 - slope * (at - sum(ends) / 2))
                  for slope in (law[key], *law["interval"])]
        for edge, reduce in (("value", lambda lines: lines[0]), ("lower", np.min), ("upper", np.max)):
            wanted = reduce(turned) if edge == "value" else reduce(turned, axis=0)
            assert np.allclose(unpack(drawn[edge]), wanted, rtol=1e-5), (name, edge)
        width = unpack(drawn["upper"]) / unpack(drawn["lower"])
        assert width[0] > 1.003 < width[-1] and width.min() < 1.0003, (name, width[[0, -1]], width.min())


def test_a_file_of_another_tool_and_one_of_joma_are_reported():
    other_tool(FOLDER / "other.h5")
    lemmata("run", "joma/sparse_then_dense", "--out", "joma.h5", "--quiet")
    runs = data_of(page_of("other.h5", "joma.h5"))["runs"]
    assert len(unpack(runs[0]["curves"]["loss"]["median"])) == 10 and "settings" not in runs[0]
    assert "entropy" in runs[1]["curves"]


def test_what_is_infinite_is_drawn_as_such_and_is_no_fault():
    other_tool(FOLDER / "diverged.h5", loss=np.array([1, 2, np.inf, -np.inf, np.nan, 3, 4, 5, 6, 7]))
    drawn = unpack(data_of(page_of("diverged.h5"))["runs"][0]["curves"]["loss"]["median"])
    assert np.array_equal(drawn, np.array([1, 2, np.inf, -np.inf, np.nan, 3, 4, 5, 6, 7], "f4"), equal_nan=True)
    run("diverged_seeds.h5", LOSS_ONLY, "--seeds", "0-3")
    with h5py.File(FOLDER / "diverged_seeds.h5", "r+") as file:
        file["loss"][:3, -1] = np.inf
    curve = data_of(page_of("diverged_seeds.h5"))["runs"][0]["curves"]["loss"]
    ends = {key: unpack(curve[key])[-1] for key in ("lower", "median", "upper")}
    assert np.isfinite(ends["lower"]) and ends["median"] == ends["upper"] == np.inf


def test_a_folder_is_its_results_and_evidence():
    folder = FOLDER / "folder"
    folder.mkdir()
    lemmata("check", "J12", "--out", "folder")
    other_tool(folder / "b.h5")
    other_tool(folder / "a.h5")
    data = data_of(page_of("folder"))
    assert [one["label"] for one in data["runs"]] == ["a", "b"] and [c["id"] for c in data["claims"]] == ["J12"]
    evidence = json.loads(next(folder.glob("J12--*.json")).read_text())
    assert data["claims"][0] == evidence


def test_claims_stand_in_the_order_of_their_numbers():
    folder, order = FOLDER / "many_claims", ["J1", "J2", "J2b", "J10", "J10b", "J21", "J100", "M1", "M2"]
    folder.mkdir()
    for name in order:
        for setting in ("8", "10"):
            evidence = {"id": name, "setting": setting, "verdict": "supported"}
            (folder / f"{name}--{setting}.json").write_text(json.dumps(evidence))
    claims = data_of(page_of("many_claims"))["claims"]
    assert [(one["id"], one["setting"]) for one in claims] == [(name, s) for name in order for s in ("8", "10")]


def test_the_page_is_one_file_that_asks_for_nothing():
    other_tool(FOLDER / "other.h5")
    page = page_of("other.h5")
    assert "default-src 'none'" in page and not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    folder = FOLDER / "hostile"
    folder.mkdir()
    text = "</script><script>alert(1)</script>"
    (folder / "X--y.json").write_text(json.dumps({"id": "X", "setting": text, "verdict": "supported", "seeds": [text]}))
    page = page_of("hostile")
    assert text not in page and data_of(page)["claims"][0]["setting"] == text


def test_version_says_whether_the_plots_are_interactive():
    other_tool(FOLDER / "other.h5")
    said = json.loads(lemmata("report", "other.h5", "-o", "x.html", "--json", "-"))
    line = next(line for line in lemmata("--version").splitlines() if line.startswith("report "))
    assert ("interactive" in line) == said["interactive"] != ("still pictures" in line), line
    assert said["interactive"] == ("var uPlot" in (FOLDER / "x.html").read_text())


def test_any_number_of_threads_writes_the_same_page_and_tells_the_same_fault():
    run("threads.h5", {"record.every": 10})
    for name in "abcdef":
        (FOLDER / f"{name}.h5").write_bytes((FOLDER / "threads.h5").read_bytes())
    files = [f"{name}.h5" for name in "abcdef"]
    pages = [re.sub(r'"written":"[^"]*"', "", page_of(*files, "--threads", threads)) for threads in "136"]
    assert pages[0] == pages[1] == pages[2]
    for name in ("d", "b"):
        whole = (FOLDER / f"{name}.h5").read_bytes()
        (FOLDER / f"{name}.h5").write_bytes(whole[:len(whole) // 2])
    said = {lemmata("report", *files, "-o", "refused.html", "--threads", threads, expect=2) for threads in "136"}
    assert len(said) == 1 and "b.h5" in said.pop()


def test_what_is_no_result_is_refused_and_no_page_is_written():
    (FOLDER / "text.h5").write_text("no HDF5")
    other_tool(FOLDER / "no_step.h5", step=np.arange(10), loss=None)
    other_tool(FOLDER / "empty.h5", step=np.arange(0), loss=np.zeros(0))
    other_tool(FOLDER / "reversed.h5", step=np.arange(10)[::-1])
    other_tool(FOLDER / "repeated.h5", step=np.array([0, 1, 2, 3, 3, 4, 5, 6, 7, 8]))
    other_tool(FOLDER / "nan.h5", step=np.array([0, 1, np.nan, 3, 3, 4, 5, 6, 7, 8]))
    other_tool(FOLDER / "other.h5")
    folder = FOLDER / "broken"
    folder.mkdir()
    (folder / "X--y.json").write_text("[1, 2]")
    (FOLDER / "nothing").mkdir()
    for words, says in ((["text.h5"], "text.h5"), (["no_step.h5"], "loss"), (["empty.h5"], "step"),
                        (["none.h5"], "none.h5"), (["broken"], "X--y.json"), (["nothing"], "no result"),
                        (["other.h5", "text.h5"], "text.h5"),
                        (["reversed.h5"], "reversed.h5: step[1]: found 8 after 9, allowed: steps that increase"),
                        (["repeated.h5"], "repeated.h5: step[4]: found 3 after 3"), (["nan.h5"], "nan.h5: step[2]")):
        assert says in lemmata("report", *words, "-o", "refused.html", expect=2), words
    assert "-o" in lemmata("report", "other.h5", expect=2)
    assert "other.h5" in lemmata("report", "other.h5", "-o", "other.h5", expect=2)
    assert "no_folder" in lemmata("report", "other.h5", "-o", "no_folder/x.html", expect=2)
    assert not list(FOLDER.glob("refused*")), "a page was written"


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
