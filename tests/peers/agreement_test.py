"""`lemmata run` against the PyTorch peer (scripts/peers), fed the same data file and the same initial values, over 100
steps in three stages.

    agreement_test.py PROGRAM [CASE...]        CASE: numbers of single cases; exit 0 agrees, 1 does not, 77 no PyTorch
        or h5py

Bars: `loss`, `objective` and `prediction_loss` of each of the 101 records to 1e-9 relative; the entries of every final
block to 1e-9 of the block's largest. The peer shares no line with the program: autograd against hand-written gradients,
monomials against Gauss-Legendre nodes.

The cases, and what is left out with each reason, are in agreement_design.py; every shipped scenario is a case too.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "peers"))
import mot_torch  # noqa: E402
from agreement_design import (FACTORS, GATELESS, LEFT_OUT, LISTED, OWN_CASE, contradiction,  # noqa: E402
                              covering_cases, own_case, pairs_of, wanted_pairs)

BAR = 1e-9
STEPS = (40, 30, 30)
MOST_SAMPLES = 600
RATES = {"gd": 0.05, "normalized_gd": 0.02, "momentum": 0.01, "adam": 0.005, "gd_over_loss": 0.02,
         "gd_inverse_smoothness": 0.5}
# The slope of double_softmax at 0 is 1/4 of that of the squared loss: rules that see it take longer steps.
SLOPE_RULES, FLAT_LOSS = ("gd", "momentum", "gd_over_loss"), {"double_softmax": 4.0}


def check_design(program, cases):
    """The design holds what it promises. Raises AssertionError."""
    covered = set().union(*(pairs_of(case) for case in cases))
    missing = wanted_pairs() - covered
    assert not missing, f"pairs without a case: {sorted(missing, key=str)[:5]}"
    assert not [case for case in cases if any(contradiction(dict(pair)) for pair in pairs_of(case))], \
        "a case with a contradiction"
    for factor, values in FACTORS.items():
        assert {case[factor] for case in cases} == set(values), f"not every value of {factor}"
    listed = json.loads(lemmata(program, "list", "--json", "-"))
    names = {kind: {row["name"] for row in rows} for kind, rows in listed.items()}
    for factor, kind in LISTED.items():
        assert names[kind] == set(FACTORS[factor]) - {None}, f"lemmata list {kind} and the factor {factor} differ"
    assert names["optimizers"] == set(FACTORS["optimizer"]) | LEFT_OUT | OWN_CASE, \
        "an optimiser without a case and without a reason"


def initial_stds(case):
    """Of ffn and attention. Cubes of outputs weighted by S/L, and squares, are below 1e-3 at the usual ones, and so are
    steps."""
    small = (case["attention"] == "linear" and case["activation"] == "cubic") or case["activation"] == "square"
    return {"ffn_std": 0.5 if small else 0.3, "attention_std": 0.3 if small else 0.1}


def block_training(optimizer, block, scale=1.0):
    training = {"optimizer": optimizer, "learning_rate": scale * RATES[optimizer]}
    return {**training, "beta": 0.8} if optimizer == "momentum" and block == "ffn" else training


def scenario_of(case):
    """Settings: stage I trains the FFN, II the attention, III both; the gate learns throughout."""
    has_gate, optimizer = case["kind"] not in GATELESS, case["optimizer"]
    gate_optimizer = "gd" if optimizer in OWN_CASE else optimizer
    longer = FLAT_LOSS.get(case["loss"], 1.0) if optimizer in SLOPE_RULES else 1.0
    ffn, attention = block_training(optimizer, "ffn", longer), block_training(optimizer, "attention", 0.5 * longer)
    gate = {"gate": block_training(gate_optimizer, "gate", 2.0 * longer)} if has_gate else {}
    output = {"output": block_training(gate_optimizer, "output", 0.5 * longer)} if case["output"] == "trained" else {}
    second = {"ffn": ffn} if case["kind"] in ("attention_free", "dense") else {"attention": attention}
    stages = [{"ffn": ffn, **gate}, {**second, **gate}, {"ffn": ffn, **second, **gate, **output}]
    data = {"classes": 3, "features": 8, "tokens": 4, "alpha": 1, "beta": [1, 2], "gamma": 0.5, "noise_std": 0.3,
            "heldout": 0}
    data |= {"sampling": "random",
             "samples": 40} if case["data"] == "random" else {"sampling": "enumerated", "replicates": 2, "zipf": 1}
    model = {"kind": case["kind"], "experts": 4, "heads": 3, "attention": case["attention"],
             "init": initial_stds(case),
             "expert": {key: case[key] for key in ("form", "activation", "neurons")}}
    if has_gate:
        model["gate"] = {"noise": 0.7, **{key: case[key] for key in ("routing", "combine", "input")}}
    return {"name": "agreement", "data": data, "model": model, "loss": {"kind": case["loss"], "l2": case["l2"]},
            "record": {"every": 1, "metrics": ["loss"]},
            "stages": [{"name": str(i), "steps": steps, "train": train, "normalise_by_load": case["normalise_by_load"]}
                       for i, (steps, train) in enumerate(zip(STEPS, stages), start=1)]}


def lemmata(program, *arguments):
    """Standard output of the program; AssertionError unless it exits with 0."""
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, f"lemmata {' '.join(map(str, arguments))}: exit {result.returncode}: {result.stderr}"
    return result.stdout


def shipped_scenarios(program):
    """(name, settings) of every mixture that the program ships, cut to 100 steps and to MOST_SAMPLES drawn samples."""
    shipped = []
    for row in json.loads(lemmata(program, "list", "scenarios", "--json", "-"))["scenarios"]:
        scenario = json.loads(lemmata(program, "describe", row["name"], "--json", "-"))["settings"]
        if scenario.get("system", "mixture") != "mixture":
            continue                                                           # other systems have peers of their own
        stages = scenario["stages"]
        for i, stage in enumerate(stages):
            stage["steps"] = sum(STEPS) * (i + 1) // len(stages) - sum(STEPS) * i // len(stages)
        scenario["data"]["samples"] = min(scenario["data"]["samples"], MOST_SAMPLES)
        scenario["record"], scenario["data"]["heldout"] = {"every": 1, "metrics": ["loss"]}, 0
        shipped.append((row["name"], scenario))
    return shipped


def write_files(program, folder, number, scenario):
    """Data and initial values by `lemmata generate`, with a gate away from 0 and drawn routing noise added; the
    scenario that reads them."""
    settings, files = folder / f"{number}.json", folder / f"{number}.files.h5"
    settings.write_text(json.dumps({**scenario, "seed": number}))
    lemmata(program, "generate", settings, "--out", files)
    generator = np.random.default_rng(number)
    with h5py.File(files, "r+") as file:
        if "gate" in file:
            file["gate"][...] = 0.1 * generator.normal(size=file["gate"].shape)
            noise = scenario["model"]["gate"]["noise"]
            file["routing_noise"] = generator.uniform(0, noise,
                                                      size=(sum(STEPS) + 1, len(file["y"]), len(file["gate"])))
    model = {**scenario["model"], "init": {"file": files.name}}
    settings.write_text(json.dumps({**scenario, "data": {"file": files.name}, "model": model}))
    return settings, files


def peer_record(settings, files):
    content = mot_torch.read_datasets(files)
    if "attention" in content and content["attention"].ndim == 2:              # one attention for all experts
        content["attention"] = content["attention"][None]
    if "output" in content and content["output"].ndim == 1:
        content["output"] = content["output"][:, None]
    return mot_torch.Trainer(settings, content, content).train()


def same_shape(peer, values):
    peer = np.asarray(peer)
    assert peer.size == values.size, f"shapes {peer.shape} and {values.shape}"
    return peer.reshape(values.shape)


def largest_difference(record, result):
    """(difference relative to its bar's scale, where): of every recorded number and every final block; NaN counts as
    infinite."""
    found = []
    with h5py.File(result, "r") as file:
        for key in ("step", "stage"):
            if not np.array_equal(record[key], file[key][()]):
                return np.inf, key
        for key in ("loss", "objective", "prediction_loss"):
            mine = file[key][()]
            found.append((np.max(np.abs(np.asarray(record[key]) - mine) / np.abs(mine)), key))
        blocks = {name: values[()] for name, values in file["final"].items()
                  if values.attrs.get("CLASS") != b"DIMENSION_SCALE"}
        for name, values in blocks.items():
            if name not in record["final"]:
                return np.inf, f"final {name}: the peer has none"
            difference, scale = np.abs(same_shape(record["final"][name], values) - values).max(), np.abs(values).max()
            found.append((difference / scale if difference > 0 else 0.0, f"final {name}"))
    return max((np.inf if np.isnan(difference) else difference, where) for difference, where in found)


def unmoved_blocks(scenario, result):
    """Trained blocks that stayed where they began, which would make their comparison empty."""
    trained = {block for stage in scenario["stages"] for block in stage["train"]}
    if scenario["model"]["attention"] == "uniform" and scenario["loss"]["l2"] == 0:
        trained -= {"attention"}                                               # its gradient is 0
    with h5py.File(result, "r") as file:
        return [block for block in trained
                if not np.abs(file["final"][block][()]
                              - file["initial"][block][()]).max() > 1e-3 * np.abs(file["initial"][block][()]).max()]


def compare(program, folder, number, scenario):
    """(largest difference, where) of one scenario; AssertionError if the comparison is empty."""
    settings, files = write_files(program, folder, number, scenario)
    result = folder / f"{number}.h5"
    lemmata(program, "run", settings, "--out", result, "--quiet")
    unmoved = unmoved_blocks(scenario, result)
    assert not unmoved, f"trained, but did not move: {unmoved}"
    return largest_difference(peer_record(json.loads(settings.read_text()), files), result)


def undetected_changes(folder, number):
    """Control: with any one learning rate 0.1 % off in the peer, in any stage, or any final block missing, the
    comparison must fail. What it does not notice."""
    settings, result = json.loads((folder / f"{number}.json").read_text()), folder / f"{number}.h5"
    record, undetected = peer_record(settings, folder / f"{number}.files.h5"), []
    for block in ("ffn", "attention", "gate", "output"):
        without = {**record, "final": {name: value for name, value in record["final"].items() if name != block}}
        if not largest_difference(without, result)[0] > BAR:
            undetected.append(f"no final {block}")
    for i, stage in enumerate(settings["stages"]):
        for block in stage["train"]:
            changed = json.loads(json.dumps(settings))
            changed["stages"][i]["train"][block]["learning_rate"] *= 1.001
            difference, _ = largest_difference(peer_record(changed, folder / f"{number}.files.h5"), result)
            if not difference > BAR:
                undetected.append(f"stage {i + 1}, {block}: {difference:.1e}")
    return undetected


def main():
    program, chosen = str(pathlib.Path(sys.argv[1]).resolve()), [int(word) for word in sys.argv[2:]]
    # products of 40 x 8: more threads only wait
    torch.set_num_threads(1)
    design = covering_cases()
    check_design(program, design)
    design += [own_case(optimizer) for optimizer in sorted(OWN_CASE)]
    cases = [(str(case), scenario_of(case)) for case in design] + shipped_scenarios(program)
    problems, worst = [], 0.0
    with tempfile.TemporaryDirectory(prefix="lemmata_agreement_") as name:
        folder = pathlib.Path(name)
        for number in chosen or range(len(cases)):
            label, scenario = cases[number]
            try:
                difference, where = compare(program, folder, number, scenario)
            except (AssertionError, ValueError) as error:
                difference, where = np.inf, str(error)
            worst = max(worst, difference)
            if not difference <= BAR:
                problems.append(f"case {number}, {label}: {where}, {difference:.2e}")
            if chosen:
                print(number, label, where, f"{difference:.2e}")
        control = next(number for number in chosen or range(len(cases)) if cases[number][1]["model"]["kind"] == "mot")
        problems += [f"control of case {control}: not noticed: {change}"
                     for change in undetected_changes(folder, control)]
    print("\n".join(problems)
          or f"{len(cases)} cases cover {len(wanted_pairs())} pairs of settings; largest difference {worst:.1e}, bar "
             f"{BAR:.0e}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
