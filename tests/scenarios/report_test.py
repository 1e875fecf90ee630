"""`lemmata report`: what stands in the page's data, files of other tools, what is refused.  The page in a browser:
tests/browser/report_test.mjs.  report_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import base64
import json
import re
import sys

import h5py
import numpy as np
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
    assert spread["band"] == "all of 5 by expert, line: their median"
    matrix = record["matrices"]["routing"]
    assert matrix["shape"] == list(found["routing"].shape[1:]) and matrix["rows"] == "class"
    assert np.array_equal(unpack(matrix["values"]), found["routing"].astype("f4").ravel())
    assert [stage["first"] for stage in record["stages"]] == [0, 30, 60]
    reached, stored = unpack(record["steps_to_eps"]["median"]), found["steps_to_eps/from_start"]
    assert np.array_equal(np.isnan(reached), stored < 0) and (reached[stored >= 0] == stored[stored >= 0]).all()
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
        assert np.array_equal(np.nan_to_num(unpack(record["steps_to_eps"][key]), nan=np.inf), steps[row]), key
    assert record["steps_to_eps"]["band"].startswith("all of 3 seeds, line: their median")


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
    other_tool(FOLDER / "other.h5")
    folder = FOLDER / "broken"
    folder.mkdir()
    (folder / "X--y.json").write_text("[1, 2]")
    (FOLDER / "nothing").mkdir()
    for words, says in ((["text.h5"], "text.h5"), (["no_step.h5"], "loss"), (["empty.h5"], "step"),
                        (["none.h5"], "none.h5"), (["broken"], "X--y.json"), (["nothing"], "no result"),
                        (["other.h5", "text.h5"], "text.h5")):
        assert says in lemmata("report", *words, "-o", "refused.html", expect=2), words
    assert "-o" in lemmata("report", "other.h5", expect=2)
    assert "other.h5" in lemmata("report", "other.h5", "-o", "other.h5", expect=2)
    assert "no_folder" in lemmata("report", "other.h5", "-o", "no_folder/x.html", expect=2)
    assert not list(FOLDER.glob("refused*")), "a page was written"


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
