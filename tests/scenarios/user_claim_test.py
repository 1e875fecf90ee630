"""Claims of one's own by contract: examples, verdicts either way, controls, faults with their position, recheck.
user_claim_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import copy
import json
import os
import pathlib
import subprocess
import sys

from program import FOLDER, PROGRAM, lemmata, run_checks

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "scenarios" / "examples"
CLAIM = {
    "id": "own",
    "statement": "The prediction loss falls",
    "scenario": "mot/three_stage",
    "differences": {
        "model.experts": 6,
        "stages.0.steps": 60,
        "stages.1.steps": 20,
        "stages.2.steps": 20,
        "data.heldout": 0,
        "record.metrics": ["loss", "routing"],
    },
    "seeds": "0-3",
    "quantities": [
        {
            "what": "prediction loss at the end",
            "measured": "last(prediction_loss)",
            "criterion": "at_most",
            "predicted": "first(prediction_loss) / 2",
            "tolerance": 0,
            "reason": "half of where it began",
        }
    ],
    "expected": "supported",
    "controls": [
        {
            "what": "no steps at all",
            "kind": "negative",
            "differences": {"stages.0.steps": 0, "stages.1.steps": 0, "stages.2.steps": 0},
        }
    ],
}


def changed(**values):
    claim = copy.deepcopy(CLAIM)
    for path, value in values.items():
        *way, last = [int(key) if key.isdigit() else key for key in path.split("__")]
        owner = claim
        for key in way:
            owner = owner[key]
        if value is None:
            del owner[last]
        else:
            owner[last] = value
    return claim


def write(claim, name="own.json"):
    (FOLDER / name).write_text(claim if isinstance(claim, str) else json.dumps(claim))
    return name


def checked(claim, expect, *options):
    lemmata("check", write(claim), "--json", "own_result.json", "--quiet", *options, expect=expect)
    return json.loads((FOLDER / "own_result.json").read_text())["claims"][0]


def test_both_worked_examples_come_out_as_they_say_and_re_derive():
    for example in sorted(EXAMPLES.glob("*.json")):
        (FOLDER / example.name).write_text(example.read_text())
        out = f"{example.stem}_evidence"
        lemmata("check", example.name, "--out", out, "--quiet")
        assert "1 of 1 verdicts re-derive" in lemmata("recheck", out)
        evidence = json.loads(next((FOLDER / out).glob("*.json")).read_text())
        assert evidence["definition"] == json.loads(example.read_text()) and evidence["verdict"] == "supported"
    assert len(list(EXAMPLES.glob("*.json"))) == 2


def test_verdicts_either_way():
    evidence = checked(CLAIM, 0)
    assert (
        evidence["verdict"] == "supported"
        and evidence["evidence_level"] == "numerical"
        and evidence["quantities"][0]["measured"] == 4
        and len(evidence["quantities"]) == 5
        and evidence["negative_controls"][0]["verdict"] == "refuted"
    )
    too_low = changed(quantities__0__predicted=1e-12)
    assert checked(too_low, 1)["verdict"] == "refuted"
    refuted = changed(quantities__0__predicted=1e-12, expected="refuted")
    checked(refuted, 1)  # a refutation needs a positive control
    refuted["seeds"] = "0"
    refuted["controls"] = [
        {
            "what": "so many steps that the bound is met",
            "kind": "positive",
            "differences": {"model.experts": 24, "stages.0.steps": 400, "stages.1.steps": 400, "stages.2.steps": 3000},
        }
    ]
    assert checked(refuted, 0)["positive_controls"][0]["verdict"] == "supported"
    assert checked(changed(quantities__0__measured="rate(prediction_loss)"), 77)["verdict"] == "inconclusive"
    assert checked(CLAIM, 0, "--seeds", "2")["seeds"] == [0, 1]


def test_what_holds_by_rounding_alone_is_undecided_and_re_derives():
    bound = {"what": "curvature", "measured": "last(least(hessian_min))", "criterion": "at_most", "predicted": 0,
             "tolerance": 0, "reason": "none"}
    curved = changed(
        scenario="mot/single_transformer", seeds="0", quantities=[bound],
        differences={"stages.0.steps": 40, "data.heldout": 0, "record.metrics": ["loss", "curvature"]},
        controls__0__differences={"stages.0.steps": 0})
    found = checked(curved, 1)
    value = found["quantities"][1]["measured"]
    assert found["verdict"] == "refuted" and value > 1e-6, found
    for step, verdict in ((-1e-9, "refuted"), (-2e-17, "inconclusive"), (0, "inconclusive"), (1e-9, "supported")):
        bound["predicted"] = value + step
        found = checked(curved, (0, 1, 77), "--out", "rounding")
        assert found["verdict"] == verdict, (step, found["verdict"])
        assert ("rounding decides" in found["quantities"][1]["reason"]) == (verdict == "inconclusive"), found
        assert "1 of 1 verdicts re-derive" in lemmata("recheck", "rounding")


def test_a_control_that_cannot_fail_voids_the_claim():
    evidence = checked(changed(controls__0__differences={"data.heldout": 10}), 1)
    assert evidence["verdict"] == evidence["negative_controls"][0]["verdict"] == "supported"


def test_a_share_of_seeds_is_judged_by_its_exact_interval():
    half = {
        "what": "purity",
        "measured": "last(least(purity))",
        "criterion": "at_least",
        "predicted": 0.99,
        "tolerance": 0,
        "reason": "class-pure",
    }
    claim = changed(quantities__0=half, seeds="0-39", share=0.5)
    claim["differences"]["stages.0.steps"] = 200
    evidence = checked(claim, (0, 1, 77))
    passed = sum(q["measured"] >= 0.99 for q in evidence["quantities"][1:])
    assert evidence["quantities"][0]["measured"] == passed / 40 and evidence["evidence_level"] == "statistical"
    low, high = evidence["interval"]
    assert evidence["verdict"] == ("supported" if low > 0.5 else "refuted" if high < 0.5 else "inconclusive")


def test_faults_name_file_key_value_and_position():
    for claim, parts in (
        (
            changed(quantities__0__measured="last(predction_loss)"),
            ("quantities.0.measured", "predction_loss at character 6", "prediction_loss"),
        ),
        (changed(quantities__0__predicted="1 +"), ("quantities.0.predicted", "character 4")),
        (changed(quantities__0__measured="last(purity)"), ("purity",)),
        (changed(quantities__0__criterion="below"), ("quantities.0.criterion", "below", "at_most")),
        (changed(quantities__0__reason=None), ("quantities.0", "reason")),
        (changed(scenario="no/such"), ("no/such",)),
        (changed(scenario="no_such.json"), ("no_such.json",)),
        (changed(differences={"model.expert": 3}), ("differences", "model.expert")),
        (changed(controls=[]), ("controls",)),
        (changed(controls__0__kind="neutral"), ("controls.0.kind", "neutral")),
        (changed(controls__0__differences={"x": 1}), ("controls.0.differences", "x")),
        (changed(seeds="0-"), ("0-",)),
        (changed(share=1.5), ("share", "1.5")),
        (changed(id="M1"), ("id", "M1")),
        (changed(id="../up"), ("id", "../up")),
        (changed(colour="red"), ("colour",)),
        ("{", ("own.json", "line 1")),
    ):
        message = lemmata("check", write(claim), "--quiet", expect=2)
        assert "own.json" in message and all(part in message for part in parts), (message, parts)


def steps_of_workflow():
    """The shell blocks of the example workflow, by the name of their step."""
    lines = (EXAMPLES / "ci.yml").read_text().splitlines()
    blocks, name = {}, ""
    for line in lines:
        if line.startswith("      - "):
            name = line.partition("name: ")[2]
        elif line.startswith("          ") and name:
            blocks[name] = blocks.get(name, "") + line[10:] + "\n"
    return blocks


def test_the_example_workflow_checks_and_rechecks_bounds_and_fails_where_one_breaks():
    blocks = steps_of_workflow()
    folder = FOLDER / "repository"
    (folder / "bounds").mkdir(parents=True)
    (folder / "bounds" / "own.json").write_text(json.dumps(CLAIM))
    (folder / "lemmata").symlink_to(PROGRAM)
    (folder / "step_summary").write_text("")
    environment = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(folder / "step_summary"),
    }

    def step(name):
        return subprocess.run(
            ["bash", "-e", "-c", blocks[name]], cwd=folder, env=environment, capture_output=True, text=True
        )

    assert step("check").returncode == 0 and step("recheck").returncode == 0
    assert "own" in (folder / "step_summary").read_text() and (folder / "bounds.xml").is_file()
    (folder / "bounds" / "own.json").write_text(json.dumps(changed(quantities__0__predicted=1e-12)))
    broken = step("check")
    assert broken.returncode == 1 and "::error" in broken.stderr


def test_a_tampered_claim_of_ones_own_is_found():
    lemmata("check", write(CLAIM), "--out", "own_evidence", "--quiet")
    file = next((FOLDER / "own_evidence").glob("*.json"))
    evidence = json.loads(file.read_text())
    evidence["definition"]["quantities"][0]["predicted"] = "first(prediction_loss) / 3"
    file.write_text(json.dumps(evidence, indent=2))
    lemmata("recheck", "own_evidence", "--json", "own_recheck.json", expect=1)
    assert "quantities.1.predicted" in (FOLDER / "own_recheck.json").read_text()


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
