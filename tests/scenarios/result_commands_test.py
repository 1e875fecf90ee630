"""`fit`, `compare`, `export`, `list` by contract.  result_commands_test.py PROGRAM; exit 0, 1 or 77 (no h5py,
xarray)."""
import csv
import json
import shutil
import sys

import h5py
import numpy as np
import xarray
from program import FOLDER, arrays, attributes, lemmata, overrides, run, run_checks

LAW_KEYS = {"law", "floor", "rate", "exponent", "interval", "window", "points", "alternatives"}
LAWS = {"exponential", "power", "constant", "inconclusive"}
LOSS_ONLY = {"record.metrics": ["loss"], "data.heldout": 0}


def write_curve(name, step, loss):
    """One curve as NAME.csv and NAME.jsonl, the columns not called step and loss."""
    with open(FOLDER / f"{name}.csv", "w", encoding="utf-8") as file:
        file.write("time,value\n" + "".join(f"{int(x)},{float(y)!r}\n" for x, y in zip(step, loss)))
    with open(FOLDER / f"{name}.jsonl", "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"time": int(x), "value": float(y)}) + "\n" for x, y in zip(step, loss))


def fit(name, *options):
    """The fit of a written curve: CSV and JSON lines give the same; by contract.md, "JSON of `fit`"."""
    fits = [json.loads(lemmata("fit", f"{name}.{ending}", "--x", "time", "--y", "value", *options, "--json", "-"))
            for ending in ("csv", "jsonl")]
    assert fits[0] == fits[1], f"{name}: CSV and JSON lines differ"
    return shaped(fits[0])


def shaped(law):
    assert LAW_KEYS <= set(law) and law["law"] in LAWS, set(law)
    assert len(law["interval"]) == len(law["window"]) == 2 and isinstance(law["points"], int) \
        and isinstance(law["alternatives"], list)
    return law


def test_fit_names_an_exponential_and_a_power_and_a_constant():
    step = np.arange(0, 1500, 3)
    write_curve("exponential", step, 2 * np.exp(-0.02 * step))
    law = fit("exponential")
    assert law["law"] == "exponential" and abs(law["rate"] - 0.02) < 1e-6 \
        and law["interval"][0] <= 0.02 <= law["interval"][1], law
    step = np.unique(np.round(10 ** np.linspace(0, 6, 400)))
    write_curve("power", step, 3 * (step + 5) ** -1.5)
    law = fit("power")
    assert law["law"] == "power" and abs(law["exponent"] - 1.5) < 1e-3 \
        and law["interval"][0] <= 1.5 <= law["interval"][1], law
    write_curve("constant", step, np.full(len(step), 0.25))
    assert fit("constant")["law"] == "constant"


def test_fit_counts_time_from_the_start_of_its_range_and_shows_the_window_in_steps():
    step = np.arange(0, 4000, 5)
    write_curve("late", step, np.where(step < 1000, 1.0, (np.maximum(step - 1000, 0) + 1.0) ** -1.0))
    law = fit("late", "--from", "1000")
    assert law["law"] == "power" and abs(law["exponent"] - 1) < 1e-3 and law["window"][0] >= 1000 \
        and law["window"][1] <= 4000, law


def test_a_curve_without_a_law_is_inconclusive_and_no_failure():
    step = np.arange(1, 3000, 5)
    write_curve("stretched", step, np.exp(-0.3 * step ** 0.5))
    write_curve("logarithmic", step, 1 / np.log(step + 2))
    write_curve("short", step[:4], np.exp(-0.01 * step[:4]))
    for name in ("stretched", "logarithmic", "short"):
        law = fit(name)
        assert law["law"] == "inconclusive", name
        assert law["rate"] is None and law["exponent"] is None and law["interval"] == [None, None], \
            "an undecided law has no numbers"
    law = fit("short", "--from", "1e9")
    assert law["law"] == "inconclusive" and law["points"] == 0, law


def test_fit_drops_and_counts_what_is_no_loss():
    step = np.arange(0, 1500, 3)
    loss = 2 * np.exp(-0.02 * step)
    loss[[10, 20]] = 0
    write_curve("zeros", step, loss)
    law = fit("zeros")
    assert law["law"] == "exponential" and law["dropped"]["zero"] == 2, law["dropped"]


def test_fit_refuses_what_is_not_there():
    write_curve("there", [0, 1], [1, 0.5])
    for options in (("--y", "loss"), ("--x", "time", "--y", "value", "--stage", "I"),
                    ("--x", "time", "--y", "value", "--from", "nan")):
        lemmata("fit", "there.csv", *options, expect=2)
    lemmata("fit", "none.csv", expect=2)
    lemmata("fit", run("stages.h5", LOSS_ONLY), "--stage", "IV", expect=2)


def test_fit_of_a_stage_is_the_fit_of_its_steps():
    path = run("parts.h5", LOSS_ONLY)
    by_name, by_number, by_steps = (json.loads(lemmata("fit", path, *options, "--json", "-"))
                                    for options in (("--stage", "II"), ("--stage", "2"),
                                                    ("--from", "30", "--to", "60")))
    assert shaped(by_name) == by_number == by_steps


def test_stages_are_those_of_the_schedule_that_ran():
    for preset, last in (("joint", "I+II+III"), ("two_stage_late", "II+III"), ("alternating", "III.2")):
        path = run("preset.h5", {**LOSS_ONLY, "schedule.preset": preset, "schedule.period": 20})
        names = json.loads(attributes(path)["stages"])
        assert names[-1] == last and len(names) == arrays(path)["stage"].max(), (preset, names)
        assert "ended before" not in lemmata("compare", path), preset
        lemmata("fit", path, "--stage", last)
        lemmata("fit", path, "--stage", "III", expect=2)


def first_steps(path, eps, start=0):
    """First recorded step, from `start` on and counted from there, with prediction_loss <= eps; None if there is
    none."""
    found = arrays(path)
    reached = found["step"][(found["prediction_loss"] <= eps) & (found["step"] >= start)]
    return int(reached[0]) - start if len(reached) else None


def test_compare_gives_the_steps_to_eps_and_a_law_for_every_run_and_seed():
    every, sparse = run("every.h5",
                        {**LOSS_ONLY, "record.every": 1}), run("sparse.h5", {**LOSS_ONLY, "record.every": 50})
    seeds = run("seeds.h5", LOSS_ONLY, "--seeds", "0,1")
    result = json.loads(lemmata("compare", every, sparse, seeds, "--json", "-"))
    assert result["metric"] == "prediction_loss" \
        and [entry["label"] for entry in result["runs"]] == ["every", "sparse", "seeds seed 0", "seeds seed 1"]
    for entry in result["runs"]:
        shaped(entry["law"])
    first = result["runs"][0]
    for key, start in (("steps_to_eps", 0), ("steps_to_eps_last_stage", 60)):
        wanted = [(level["eps"], first_steps(every, level["eps"], start)) for level in first[key]]
        assert wanted == [(level["eps"], level["steps"]) for level in first[key]], key
        assert {step is None for _, step in wanted} == {True, False}, "all levels reached, or none"
        assert first[key] == result["runs"][1][key] == result["runs"][2][key], f"{key} depends on what is recorded"
        law = first[{"steps_to_eps": "steps_law", "steps_to_eps_last_stage": "steps_law_last_stage"}[key]]
        assert law["law"] in {"log", "power", "inconclusive"} \
            and law["left_out"]["not_reached"] == sum(step is None for _, step in wanted)
        assert law["smallest_eps"] == min(eps for eps, step in wanted if step is not None) \
            and (law["a"] is None) == (law["law"] == "inconclusive")
    text = lemmata("compare", every, seeds)
    assert "not reached" in text and text.count("law of T(eps) from the start") == 2
    assert json.loads(lemmata("compare", every, "--metric", "objective", "--json",
                              "-"))["runs"][0]["steps_law"]["law"] == "inconclusive"
    assert json.loads(lemmata("compare", every, "--metric", "objective", "--json", "-"))["metric"] == "objective"
    lemmata("compare", every, "--metric", "no_such", expect=2)
    lemmata("compare", "none.h5", expect=2)


def test_compare_fits_the_law_of_the_steps_to_eps():
    """Logistic loss: T is linear in ln(1/eps) by normalised gd, and a power of 1/eps by plain gd."""
    for name, seed, law, letter, key in (("logistic_normalized_gd", 0, "log", "b", "steps_law_last_stage"),
                                         ("single_logistic_gd", 2, "power", "p", "steps_law")):
        lemmata("run", f"mot/{name}", *overrides(LOSS_ONLY), "--seed", seed, "--out", f"{name}.h5", "--quiet")
        entry = json.loads(lemmata("compare", f"{name}.h5", "--json", "-"))["runs"][0]
        found = entry[key]
        assert found["law"] == law and found["interval"][0] <= found[letter] <= found["interval"][1] \
            and found["decades"] > 3, found
        reached = [level for level in entry[key.replace("steps_law", "steps_to_eps")] if level["steps"]]
        # a and t0, too: within 5 % over the last decade, where the law has set in
        for level in reached[-10:]:
            fitted = found["a"] - found["b"] * np.log(level["eps"]) if law == "log" \
                else found["a"] * level["eps"] ** -found["p"] - found["offset"]
            assert abs(fitted / level["steps"] - 1) < 0.05, (level, fitted)
        text = lemmata("compare", f"{name}.h5")
        assert f"{name}: {law}, T" in text and f"over {found['window_decades']:.2g} decades" in text, text
        # the law is said of these steps, and holds there
        first, last = found["window"]
        assert f"seen from T = {first:.4g} to {last:.4g}" in text, (first, last, text)
        for level in (level for level in reached if first <= level["steps"] <= last):
            fitted = found["a"] - found["b"] * np.log(level["eps"]) if law == "log" \
                else found["a"] * level["eps"] ** -found["p"] - found["offset"]
            assert abs(fitted / level["steps"] - 1) < 0.2, (level, fitted)


def test_the_offset_of_a_power_is_written_under_the_name_that_the_figure_reads():
    time = np.unique(np.round(10 ** np.linspace(0, 5, 300)))
    write_curve("offset", time, 3 * (time + 50) ** -1.5)
    found = fit("offset")
    assert found["law"] == "power" and abs(found["offset"] - 50) < 1 and abs(found["exponent"] - 1.5) < 0.01, found


def test_a_run_that_ended_before_its_last_stage_can_be_compared():
    path = run("early.h5", {**LOSS_ONLY, "stages.0.train.ffn": {"optimizer": "gd", "learning_rate": 1e6}})
    assert attributes(path)["stop_reason"] == "diverged"
    entry = json.loads(lemmata("compare", path, "--json", "-"))["runs"][0]
    assert entry["law"]["law"] == "inconclusive" and "ended before stage III" in entry["law"]["reason"]
    assert {level["steps"] for level in entry["steps_to_eps_last_stage"]} == {None}


def without(path, name, *gone):
    """A copy of a result file that lacks an attribute or variable, as another tool might write it."""
    shutil.copy(path, FOLDER / name)
    with h5py.File(FOLDER / name, "r+") as file:
        for key in gone:
            del (file.attrs if key in file.attrs else file)[key]
    return name


def test_files_that_do_not_name_their_stages_are_fitted_by_the_variable_stage_or_else_whole():
    path = run("named.h5", LOSS_ONLY)
    unnamed, bare = without(path, "unnamed.h5", "stages"), without(path, "bare.h5", "stages", "stage")
    named, numbered, whole = json.loads(lemmata("compare", path, unnamed, bare, "--json", "-"))["runs"]
    assert (named["part"], numbered["part"], whole["part"]) == ("stage III", "stage 3", "whole curve")
    assert named["law"] == numbered["law"] != whole["law"]
    assert "bare, whole curve: " in lemmata("compare", bare)
    assert json.loads(lemmata("fit", unnamed, "--stage", "3", "--json",
                              "-")) == json.loads(lemmata("fit", path, "--stage", "III", "--json", "-"))
    assert "1 | 2 | 3" in lemmata("fit", unnamed, "--stage", "4", expect=2)
    assert "stages apart" in lemmata("fit", bare, "--stage", "III", expect=2)
    lemmata("fit", bare)


def test_export_writes_every_recorded_variable_to_the_last_bit():
    path = run("export.h5")
    lemmata("export", path, "--csv", "table")
    with xarray.open_dataset(path) as result:
        assert {file.stem for file in (FOLDER / "table").iterdir()} == set(result.data_vars)
        for name, variable in result.data_vars.items():
            with open(FOLDER / "table" / f"{name}.csv", encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            assert header == [*variable.dims, name] and len(rows) == variable.size, name
            values = np.array([float(row[-1]) if row[-1] else np.nan for row in rows])
            assert np.array_equal(values, variable.values.ravel().astype(float), equal_nan=True), name
            assert [int(row[0]) for row in rows] == list(np.repeat(result.step.values,
                                                                   variable.size // len(result.step))), name


def test_the_program_lists_what_the_schema_allows():
    listed = {kind: [row["name"] for row in rows] for kind, rows in json.loads(lemmata("list", "--json", "-")).items()}
    assert {"scenarios", "claims", "gates", "losses", "optimizers", "metrics", "data", "models"} <= set(listed), \
        set(listed)
    schema = json.loads(lemmata("schema"))
    while "else" in schema:  # by base, then by system; the mixtures come last
        schema = schema["else"]
    record = schema["properties"]["record"]["properties"]
    assert record["metrics"]["items"]["enum"] == listed["metrics"] and "loss" in listed["metrics"]
    assert "mot/three_stage" in listed["scenarios"] and "M1" in listed["claims"]
    for rows in json.loads(lemmata("list", "--json", "-")).values():
        for row in rows:
            assert row["description"] and "\n" not in row["description"], row["name"]
    for kind, names in listed.items():
        text = lemmata("list", kind)
        assert all(f"  {name}" in text for name in names), kind


def test_describe_says_how_large_what_cannot_be_made_is():
    for scenario, override in (("joma/synthetic_corpus", "model.dimension=90000000"),
                               ("mot/three_stage", "data.features=2000000")):
        described = json.loads(lemmata("describe", scenario, "--set", override, "--json", "-"))
        assert described["memory_bytes"]["total"] > 2**50, described["memory_bytes"]
        assert "PiB" in lemmata("describe", scenario, "--set", override)


def test_a_file_cannot_end_or_steer_a_message():
    (FOLDER / "deep.jsonl").write_text('{"loss": 1, "step": ' + 300_000 * "[" + 300_000 * "]" + "}\n")
    (FOLDER / "steer.json").write_text('{"base": "mot/\\u001b[2J"}')
    (FOLDER / "cut.json").write_text('{"base": "mot/\\u0000"}')
    for command, name, word in (("fit", "deep.jsonl", "an array"), ("run", "steer.json", "?[2J"),
                                ("run", "cut.json", "U+0000")):
        message = lemmata(command, name, expect=2)
        assert "allowed: " in message and word in message and "\x1b" not in message, message


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
