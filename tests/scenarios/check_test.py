"""`check` by contract: exit codes, evidence, JUnit, bad usage.  check_test.py PROGRAM; exit 0, 1 or 77 (no h5py,
xarray)."""
import functools
import json
import pathlib
import sys
import xml.etree.ElementTree

from program import FOLDER, lemmata, run_checks

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "scenarios" / "examples"
KEYS = {"id", "setting", "statement", "source", "settings_hash", "seeds", "quantities", "interval", "evidence_level",
        "verdict", "expected", "negative_controls", "positive_controls", "files", "cost"}
VERDICTS = {"supported", "refuted", "inconclusive"}


@functools.cache
def checked(out, exit_code, *arguments):
    """The claims of a check as --json has them, compared with those of --out; one run for all tests that ask for it."""
    lemmata("check", *arguments, "--out", out, "--junit", f"{out}.xml", "--json", f"{out}_all.json", "--quiet",
            expect=exit_code)
    claims = json.loads((FOLDER / f"{out}_all.json").read_text())["claims"]
    for claim in claims:
        stem = f"{claim['id']}--{claim['setting']}".replace(" ", "_").replace("/", "_")
        assert json.loads((FOLDER / out / f"{stem}.json").read_text()) == claim
        assert claim["files"] == [f"{stem}.h5"] and (FOLDER / out / f"{stem}.h5").is_file(), stem
    return claims


@functools.cache
def proves():
    """Whether the program was built with ball arithmetic; it says one or the other."""
    line = next(line for line in lemmata("--version").splitlines() if line.startswith("proofs "))
    assert ("Arb (FLINT" in line) != ("none: built without Arb" in line), line
    return "none" not in line


def as_expected_run():
    """Every quick check as a user runs it: all verdicts as expected, every control as it must be, or the exit code is
    not 0. What cannot be proven for want of Arb is left out here, and looked at in a test of its own."""
    claims = checked("expected", 0 if proves() else 77, "--all")
    return [claim for claim in claims if proves() or "libflint-arb-dev" not in claim["reason"]]


def few_seeds_run():
    return checked("few", 77, "M1", "M2", "--seeds", "3")


def unexpected_run():
    """The worked example, which is supported, with another expectation."""
    claim = json.loads((EXAMPLES / "final_loss.json").read_text())
    (FOLDER / "unexpected.json").write_text(json.dumps({**claim, "expected": "refuted"}))
    return checked("unexpected", 1, "unexpected.json")


def as_expected(claim):
    """The expected verdict, and the judge says otherwise where otherwise is true: a refuted claim has a case that it
    supports."""
    needed = {"supported": claim["negative_controls"], "refuted": claim["positive_controls"], "inconclusive": True}
    return claim["verdict"] == claim["expected"] and bool(needed[claim["verdict"]]) and all(
        (control["verdict"] == "supported") == (sign == "positive")
        for sign in ("negative", "positive") for control in claim[f"{sign}_controls"])


def shaped(claim):
    assert KEYS <= set(claim), KEYS - set(claim)
    assert claim["verdict"] in VERDICTS and claim["expected"] in VERDICTS \
        and claim["evidence_level"] in {"proven", "numerical", "statistical"}
    assert claim["cost"] in {"quick", "long"} and len(claim["settings_hash"]) == 64 and claim["negative_controls"] \
        and claim["quantities"]
    assert claim["seeds"] or claim["evidence_level"] != "statistical"
    controls = claim["negative_controls"] + claim["positive_controls"]
    for quantities in [claim["quantities"], *(control["quantities"] for control in controls)]:
        for quantity in quantities:
            assert {"what", "predicted", "measured", "tolerance", "reason", "criterion", "judged"} <= set(quantity), \
                quantity


def holds(quantity):
    """The criterion that a quantity states, on the numbers as they are stored."""
    predicted, measured, tolerance = (float(quantity[key]) for key in ("predicted", "measured", "tolerance"))
    return {"equal": abs(measured - predicted) <= tolerance, "at_least": measured - tolerance >= predicted,
            "at_most": measured + tolerance <= predicted}[quantity["criterion"]]


def junit(name):
    """(tests, failures, skipped) as the suite says, checked against its cases."""
    suite = xml.etree.ElementTree.parse(FOLDER / name).getroot()
    cases = suite.findall("testcase")
    counts = tuple(int(suite.get(key)) for key in ("tests", "failures", "skipped"))
    assert counts == (len(cases), sum(c.find("failure") is not None for c in cases),
                      sum(c.find("skipped") is not None for c in cases))
    return counts


def test_all_as_expected_is_0_and_every_evidence_has_the_keys_of_the_contract():
    claims = as_expected_run()
    for claim in claims:
        shaped(claim)
        assert as_expected(claim), claim["reason"]
    listed = json.loads(lemmata("list", "claims", "--json", "-"))
    quick = sum(setting["cost"] == "quick" for claim in listed["claims"] for setting in claim["settings"])
    left_out = quick - len(claims)
    assert junit("expected.xml") == (quick, 0, left_out) and quick > 40 and left_out == (0 if proves() else 2)


def test_a_proof_is_called_one_and_without_arb_it_is_inconclusive_and_says_why():
    as_expected_run()
    claims = [claim for claim in json.loads((FOLDER / "expected_all.json").read_text())["claims"]
              if claim["setting"].endswith(", proven")]
    assert len(claims) == 2
    for claim in claims:
        shaped(claim)
        assert (claim["verdict"], claim["evidence_level"]) == (("supported", "proven") if proves()
                                                               else ("inconclusive", "numerical"))
        assert proves() or "libflint-arb-dev" in claim["reason"], claim["reason"]


def test_too_few_seeds_are_inconclusive_which_is_77_and_skipped():
    claims = few_seeds_run()
    assert all(claim["seeds"] == [0, 1, 2] and claim["verdict"] == "inconclusive" for claim in claims)
    tests, failures, skipped = junit("few.xml")
    assert tests == len(claims) and failures == 0 and skipped == sum(not as_expected(claim) for claim in claims) > 0


def test_a_verdict_that_is_not_the_expected_one_is_1_and_a_failure():
    assert [(claim["expected"], claim["verdict"]) for claim in unexpected_run()] == [("refuted", "supported")]
    assert junit("unexpected.xml") == (1, 1, 0)


def test_supported_is_that_every_judged_quantity_holds_in_every_claim_and_control():
    verdicts = set()
    for claim in [*as_expected_run(), *few_seeds_run(), *unexpected_run()]:
        shaped(claim)
        for part in [claim, *claim["negative_controls"], *claim["positive_controls"]]:
            judged = [quantity for quantity in part["quantities"] if quantity["judged"]]
            failing = [quantity["what"] for quantity in judged if not holds(quantity)]
            name = f"{claim['id']} {claim['setting']}, {part.get('what', 'itself')}"
            assert judged, f"{name}: nothing is judged"
            assert (part["verdict"] == "supported") == (not failing), \
                f"{name}: {part['verdict']}, though these do not hold: {failing}"
            verdicts.add(part["verdict"])
    assert verdicts == VERDICTS


def test_every_verdict_re_derives_from_its_stored_evidence():
    for run, out in ((as_expected_run, "expected"), (few_seeds_run, "few"), (unexpected_run, "unexpected")):
        claims = run()
        assert f"{len(claims)} of {len(claims)} verdicts re-derive" in lemmata("recheck", out)


def test_json_to_standard_output_is_all_there_is():
    result = json.loads(lemmata("check", "M9", "--json", "-", "--quiet"))
    assert [{**claim, "files": []} for claim in as_expected_run() if claim["id"] == "M9"] == result["claims"], \
        "the same, but without --out nothing is stored"


def test_a_claim_checked_alone_says_what_it_says_after_another_whose_runs_it_shares():
    lemmata("check", "M2", "--seeds", "3", "--json", "alone.json", "--quiet", expect=77)
    result = json.loads((FOLDER / "alone.json").read_text())
    assert [{**claim, "files": []} for claim in few_seeds_run() if claim["id"] == "M2"] == result["claims"] != []
    both = json.loads(lemmata("check", "M12", "M14", "--seeds", "2", "--json", "-", "--quiet", expect=(0, 1, 77)))
    alone = json.loads(lemmata("check", "M14", "--seeds", "2", "--json", "-", "--quiet", expect=(0, 1, 77)))
    assert [claim for claim in both["claims"] if claim["id"] == "M14"] == alone["claims"] != []


def test_bad_usage_is_2_and_says_what_is_allowed():
    for arguments, named in ((("no_such_claim",), "no_such_claim"), (("--all", "M1"), "--all"), ((), "M1"),
                             (("M1", "--seeds", "0"), "--seeds"),
                             (("M9", "--out", "no/such/folder"), "no/such/folder"),
                             (("M9", "--junit", "no/such/file.xml"), "no/such"),
                             (("M9", "--json", "no/such/file.json"), "no/such")):
        message = lemmata("check", *arguments, expect=2)
        assert named in message, (arguments, message)
    (FOLDER / "file").write_text("")
    assert "file" in lemmata("check", "M9", "--out", "file", expect=2)
    assert (FOLDER / "file").read_text() == "" and not (FOLDER / "no").exists()


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
