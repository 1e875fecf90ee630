"""`lemmata run` by contract: records, bits, seeds, result files, exit codes; interrupted ones:
interrupted_run_test.py.  run_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import json
import subprocess
import sys

import h5py
import numpy as np
import xarray
from program import (CHANGES_FROM_RUN_TO_RUN, FOLDER, PROGRAM, arrays, assert_same_bits, attributes, lemmata, overrides,
                     run, run_checks)

ROOT_ATTRIBUTES = {"scenario", "config_hash", "seed", "lemmata_version", "git_commit", "git_dirty", "compiler", "flags",
                   "simd", "threads", "host",
                   "started", "wall_time_s", "stop_reason", "resumed_from_step"}
LOSS_ONLY = {"record.metrics": ["loss"], "data.heldout": 0}


def steps_and_stages(path):
    found = arrays(path)
    return list(found["step"]), list(found["stage"])


def stages_of(steps, lengths):
    """Stage, from 1, whose update follows each step; the closing record keeps the last stage."""
    ends = np.cumsum(lengths)
    return [int(np.searchsorted(ends, step, side="right")) + 1 if step < ends[-1] else len(lengths) for step in steps]


def log_steps(lengths, per_decade):
    """round(10^(k/per_decade)) steps since each stage began, its first, and the closing one."""
    wanted, start = set(), 0
    for length in lengths:
        since = {0} | {int(np.floor(10 ** (k / per_decade) + 0.5)) for k in range(8 * per_decade)}
        wanted |= {start + s for s in since if s < length}
        start += length
    return sorted(wanted | {start})


def test_every_step_is_recorded_once_by_every_1_also_around_an_empty_stage():
    lengths = [12, 0, 9]
    steps, stages = steps_and_stages(run("every.h5",
                                         {**LOSS_ONLY, "record.every": 1,
                                          **{f"stages.{i}.steps": n for i, n in enumerate(lengths)}}))
    assert steps == list(range(22)), steps
    assert stages == [1] * 12 + [3] * 10, stages


def test_every_n_keeps_multiples_of_n_each_stages_first_and_the_closing_step():
    lengths = [12, 10, 9]
    steps, stages = steps_and_stages(run("n.h5",
                                         {**LOSS_ONLY, "record.every": 7,
                                          **{f"stages.{i}.steps": n for i, n in enumerate(lengths)}}))
    assert steps == [0, 7, 12, 14, 21, 22, 28, 31], steps
    assert stages == [1, 1, 2, 2, 2, 3, 3, 3], stages


def test_log_records_follow_the_formula_in_every_stage():
    lengths = [150, 1, 1300]
    for per_decade in (1, 7, 50):
        settings = {**LOSS_ONLY, "record.per_decade": per_decade,
                    **{f"stages.{i}.steps": n for i, n in enumerate(lengths)}}
        steps, stages = steps_and_stages(run("log.h5", settings))
        assert steps == log_steps(lengths, per_decade), \
            f"per_decade {per_decade}: {sorted(set(steps) ^ set(log_steps(lengths, per_decade)))}"
        assert stages == stages_of(steps, lengths), per_decade


def test_a_stop_rule_ends_its_stage_at_the_first_step_that_meets_it():
    found = arrays(run("stop.h5", {**LOSS_ONLY, "record.every": 1, "stages.0.stop.loss": 0.4}))
    first = int(np.argmax(found["loss"] <= 0.4))
    assert 0 < first < 30 and list(found["stage"][[first - 1, first]]) == [1, 2], (first, found["stage"])
    assert list(found["step"]) == list(range(first + 71))


def test_same_bits_for_one_and_two_threads_and_again():
    large = {"data.sampling": "random", "data.samples": 600, "data.features": 16, "data.tokens": 5,
             "data.noise_std": 0.2, "model.experts": 3}
    for name, settings in (("small", {}), ("large", large), ("drawn", {**large, "model.gate.routing": "sampled"}),
                           ("fresh", {**large, "data.sampling": "fresh"})):
        runs = [run(f"{name}{i}.h5", settings, "--threads", threads) for i, threads in enumerate((1, 2, 2))]
        for other in runs[1:]:
            assert_same_bits(arrays(runs[0]), arrays(other), name)
            a, b = attributes(runs[0]), attributes(other)
            assert {key: a[key] for key in a
                    if key not in CHANGES_FROM_RUN_TO_RUN} == {key: b[key] for key in b
                                                               if key not in CHANGES_FROM_RUN_TO_RUN}, name
        assert [int(attributes(path)["threads"]) for path in runs] == [1, 2, 2]
        assert arrays(run("other.h5", settings, "--seed", 1))["loss"].tobytes() != arrays(runs[0])["loss"].tobytes(), \
            f"{name}: the seed changes nothing"


def assert_seed_is_its_single_run(several, single, place, seed):
    """Rows of one seed on the union of steps: the single run's bits where it recorded, missing elsewhere."""
    where = np.searchsorted(several["step"], single["step"])
    assert np.array_equal(several["step"][where], single["step"]), f"seed {seed}: steps"
    absent = np.setdiff1d(np.arange(len(several["step"])), where)
    for name, values in single.items():
        if name in ("step", "steps_to_eps/eps"):
            continue
        mine = several[name][place]
        if "/" not in name:
            rest, mine = mine[absent], mine[where]
            assert np.isnan(rest).all() if mine.dtype.kind == "f" else (rest == np.iinfo(mine.dtype).min).all(), \
                f"seed {seed}: {name} is not missing"
        assert mine.shape == values.shape and mine.dtype == values.dtype and mine.tobytes() == values.tobytes(), \
            f"seed {seed}: {name} differs"


def test_seeds_give_one_file_whose_every_seed_is_its_single_run():
    settings = {"data.sampling": "random", "data.samples": 50, "data.noise_std": 0.1, "stages.0.stop.loss": 0.42}
    path, seeds = run("seeds.h5", settings, "--seeds", "0-2,7"), [0, 1, 2, 7]
    several, lengths = arrays(path), set()
    assert list(several["seed"]) == seeds
    for place, seed in enumerate(seeds):
        single = arrays(run(f"seed{seed}.h5", settings, "--seed", seed))
        lengths.add(len(single["step"]))
        assert_seed_is_its_single_run(several, single, place, seed)
    assert len(lengths) > 1, "every seed stopped at the same step: the union of steps is not tested"
    assert_same_bits(several, arrays(run("seeds_again.h5", settings, "--seeds", "0-2,7", "--threads", 1)), "threads")
    with xarray.open_dataset(path) as result:
        assert result.loss.dims == ("seed", "step") and result.routing.dims == ("seed", "step", "class", "expert"), \
            result.routing.dims
    with xarray.open_dataset(path, group="final") as final:
        assert final.ffn.dims == ("seed", "expert", "feature")


def test_xarray_opens_the_file_in_every_engine_with_named_axes():
    path = run("axes.h5")
    sizes = {"step": len(arrays(path)["step"]), "class": 3, "expert": 5, "token_kind": 4}
    wanted = {"stage": ("step",), "loss": ("step",), "objective": ("step",), "prediction_loss": ("step",),
              "error": ("step",), "heldout_error": ("step",),
              "heldout_loss": ("step",), "class_loss": ("step", "class"), "routing": ("step", "class", "expert"),
              "purity": ("step", "class"),
              "routing_argmax": ("step", "class", "expert"), "purity_noisy": ("step", "class"),
              "specialization": ("step", "expert", "class"),
              "winner_set": ("step", "class", "expert"), "attention_mass": ("step", "expert", "token_kind")}
    for name in ("conflict_ffn_cancellation conflict_ffn_min_cosine conflict_ffn_negative_share gradient_norm_ffn "
                 "hessian_min hessian_max "
                 "hessian_min_full hessian_condition pl_ratio specialization_margin classes_per_expert").split():
        wanted[name] = ("step", "expert")
    for engine in ("h5netcdf", "netcdf4", None):
        with xarray.open_dataset(path, engine=engine) as result:
            assert result.step.dtype == np.int64 and "step" in result.coords, engine
            for name, dims in wanted.items():
                assert result[name].dims == dims and result[name].shape == tuple(sizes[d] for d in dims), \
                    f"{engine}: {name} {result[name].dims}"
                result[name].load()
            whole = {"stage", "winner_set"}
            assert all(result[name].dtype == (np.int8 if name in whole else np.float64) for name in wanted), engine
        for group in ("initial", "final"):
            with xarray.open_dataset(path, engine=engine, group=group) as block:
                shapes = {name: block[name].shape for name in ("ffn", "attention", "gate")}
                assert shapes == {"ffn": (5, 10), "attention": (5, 10, 10), "gate": (5, 10)}, shapes


def test_final_values_of_one_run_are_initial_values_of_the_next():
    whole = arrays(run("whole.h5", {**LOSS_ONLY, "record.every": 1}))
    first = arrays(run("first.h5", {**LOSS_ONLY, "stages.2.steps": 0}))
    with h5py.File(FOLDER / "start.h5", "w") as file:
        for block in ("ffn", "attention", "gate", "output"):
            file[block] = first[f"final/{block}"]
    second = arrays(run("second.h5",
                        {**LOSS_ONLY, "record.every": 1, "model.init.file": "start.h5", "stages.0.steps": 0,
                         "stages.1.steps": 0}))
    assert second["loss"].tobytes() == whole["loss"][60:].tobytes(), "training in two runs is not training in one"
    assert second["initial/ffn"].tobytes() == first["final/ffn"].tobytes() \
        and second["final/ffn"].tobytes() == whole["final/ffn"].tobytes()


def test_the_files_beside_a_result_say_what_it_says():
    path = run("beside.h5", {}, "--seed", 3)
    found, root = arrays(path), attributes(path)
    assert ROOT_ATTRIBUTES <= set(root), ROOT_ATTRIBUTES - set(root)
    described = json.loads(lemmata("describe", "mot/three_stage", *overrides({**json.loads(root["scenario"])}),
                                   "--json", "-"))
    assert described["settings"] == json.loads(root["scenario"]) and described["config_hash"] == root["config_hash"]
    assert (root["seed"], root["stop_reason"], root["resumed_from_step"]) == (3, "completed", 0) \
        and root["wall_time_s"] > 0
    lines = [json.loads(line) for line in (FOLDER / "beside.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(found["step"])
    for name in ("loss", "objective", "prediction_loss", "error", "heldout_loss", "stage"):
        assert [line[name] for line in lines] == list(found[name]), name
    metrics = json.loads((FOLDER / "beside.metrics.json").read_text())
    assert not [key for key, value in metrics.items() if isinstance(value, (dict, list))], "metrics.json is not flat"
    assert metrics["loss"] == found["loss"][-1] and metrics["stop_reason"] == "completed" and metrics["step"] == 100


def test_the_outcome_as_json_and_the_default_name():
    outcome = json.loads(lemmata("run", "mot/three_stage", *overrides({**LOSS_ONLY, "stages.2.steps": 5}), "--seed", 4,
                                 "--quiet", "--json", "-"))
    assert outcome["file"] == "mot_three_stage_s4.h5" and (FOLDER / outcome["file"]).exists(), outcome
    assert outcome["runs"][0]["seed"] == 4 and outcome["runs"][0]["steps"] == 805 \
        and outcome["runs"][0]["stop_reason"] == "completed"
    assert outcome["runs"][0]["loss"] == arrays(FOLDER / outcome["file"])["loss"][-1]


def test_a_diverging_run_is_done_and_says_where_it_ended():
    path = run("diverged.h5", {"record.every": 1, "stages.0.train.ffn": {"optimizer": "gd", "learning_rate": 1e6}})
    root, found = attributes(path), arrays(path)
    assert root["stop_reason"] == "diverged" and root["last_finite_step"] == found["step"][-1] < 100, \
        root["stop_reason"]
    assert np.isfinite(found["loss"]).all() and np.isfinite(found["prediction_loss"]).all()
    lemmata("compare", path, "diverged.h5")
    lemmata("fit", path)


def test_paths_may_hold_spaces_and_letters_beyond_ascii():
    folder = FOLDER / "größe 1"
    folder.mkdir()
    lemmata("generate", "mot/three_stage", "--out", "größe 1/dä ta.h5")
    steps = {f"stages.{i}.steps": 2 for i in range(3)}
    differences = {**LOSS_ONLY, **steps, "data": {"file": "dä ta.h5"}, "model.init.file": "dä ta.h5"}
    (folder / "mein größter Lauf.json").write_text(json.dumps({"base": "mot/three_stage", "differences": differences}),
                                                   encoding="utf-8")
    outcome = json.loads(lemmata("run", "größe 1/mein größter Lauf.json", "--quiet", "--json", "-"))
    assert outcome["file"] == "mein_gr__ter_Lauf_s0.h5" \
        and attributes(FOLDER / outcome["file"])["stop_reason"] == "completed", outcome["file"]
    lemmata("run", "größe 1/mein größter Lauf.json", "--quiet", "--seeds", "0,1", "--out", "größe 1/ä.h5")
    lemmata("export", "größe 1/ä.h5", "--csv", "größe 1/c s v")
    assert (folder / "c s v" / "loss.csv").exists() and not (folder / "ä.seeds").exists()
    assert json.loads(lemmata("compare", "größe 1/ä.h5", "--json", "-"))["runs"][1]["label"] == "ä seed 1"


def test_a_standard_output_that_takes_nothing_is_an_error_and_the_result_is_kept():
    for words in (["--version"], ["--help"], ["list", "--help"], ["schema"], ["list"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            assert subprocess.run([PROGRAM, *words], stdout=full, stderr=subprocess.DEVNULL,
                                  cwd=FOLDER).returncode == 2, words


def test_nothing_is_written_where_the_folder_is_missing():
    before = sorted(FOLDER.rglob("*"))
    assert "no_folder" in lemmata("run", "mot/three_stage", "--out", "no_folder/x.h5", expect=2)
    assert sorted(FOLDER.rglob("*")) == before


def test_seeds_whose_input_is_wrong_leave_nothing():
    before = sorted(FOLDER.rglob("*"))
    for fault in ("model.init.file=none.h5", "data.file=none.h5"):
        lemmata("run", "mot/three_stage", "--set", fault, "--seeds", "0-1", "--out", "fault.h5", expect=2)
    assert sorted(FOLDER.rglob("*")) == before


def test_seeds_on_data_from_a_file_side_by_side():
    lemmata("generate", "mot/three_stage", "--out", "side_data.h5")
    settings = {"data.file": "side_data.h5", "stages.0.steps": 2, "stages.1.steps": 0, "stages.2.steps": 0,
                "record.metrics": ["loss"], "data.heldout": 0}
    several = arrays(run("side.h5", settings, "--seeds", "0-19", "--threads", "4"))
    assert several["loss"].shape == (20, 3) and np.isfinite(several["loss"]).all()


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
