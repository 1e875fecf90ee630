"""`recheck` by contract: stored verdicts re-derive without training, and tampering is found and named, also where the
checksums are forged with it.  recheck_test.py PROGRAM; exit 0, 1 or 77 (no h5py)."""
import functools
import hashlib
import json
import shutil
import subprocess
import sys

import h5py
from program import FOLDER, lemmata, run_checks

NAME = "M12--against_one_stage"
OTHER = "M9--monte_carlo,_s_>_0"


@functools.cache
def evidence():
    lemmata("check", "M12", "M9", "--out", "evidence", "--quiet")
    return FOLDER / "evidence"


def rechecked(folder, expect):
    lemmata("recheck", folder.name, "--json", "recheck.json", expect=expect)
    return json.loads((FOLDER / "recheck.json").read_text())["rechecked"]


def copy_of(name):
    folder = FOLDER / name
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(evidence(), folder)
    return folder


def sums(folder):
    return dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines())


def forge_sums(folder):
    """The list as it would be for the files as they are now."""
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in sorted(sums(folder))
        if (folder / name).exists()
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


def change_json(path, value, name=NAME):
    """Sets the value at a path such as quantities.0.measured; None deletes it."""

    def change(folder):
        file = folder / f"{name}.json"
        whole = json.loads(file.read_text())
        *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        owner = functools.reduce(lambda part, key: part[key], way, whole)
        if value is None:
            del owner[last]
        else:
            assert last not in owner if isinstance(owner, dict) and last == "more" else owner[last] != value
            owner[last] = value
        file.write_text(json.dumps(whole, indent=2) + "\n")

    return change


def change_array(variable, change_values, name=NAME):
    def change(folder):
        with h5py.File(folder / f"{name}.h5", "r+") as file:
            values = file[variable][...]
            change_values(values)
            file[variable][...] = values

    return change


def rename_array(folder):
    with h5py.File(folder / f"{NAME}.h5", "r+") as file:
        file.move("other_loss", "lost")


def add_array(folder):
    with h5py.File(folder / f"{NAME}.h5", "r+") as file:
        file["invented"] = file["other_loss"][...]
        file["invented"].dims[0].attach_scale(file["other_seed"])


def scale(values):
    values *= 10


def another_entry(values):
    values.flat[0] += 0.5


def another_seed(values):
    values[0] += 1000


TAMPERED = {  # what is done, and what a finding must name; the checksums are forged to fit
    "a measured number": (change_json("quantities.0.measured", 9.5), "quantities.0.measured"),
    "a predicted number": (change_json("quantities.1.predicted", -3.0), "quantities.1.predicted"),
    "a tolerance widened": (change_json("quantities.0.tolerance", 5.0), "quantities.0.tolerance"),
    "a reason reworded": (change_json("reason", "it is obvious"), "reason"),
    "the verdict": (change_json("verdict", "refuted"), "verdict"),
    "the expected verdict": (change_json("expected", "refuted"), "expected"),
    "a judged number made a report": (change_json("quantities.1.judged", False), "quantities.1.judged"),
    "a control's verdict": (change_json("negative_controls.0.verdict", "inconclusive"), "negative_controls.0.verdict"),
    "a negative control left out": (change_json("negative_controls.0", None), "negative_controls"),
    "a seed left out": (change_json("seeds.0", None), "seeds"),
    "the interval": (change_json("interval.0", 0.0), "interval.0"),
    "the evidence level": (change_json("evidence_level", "proven"), "evidence_level"),
    "the settings' hash": (change_json("settings_hash", "0" * 64), "settings_hash"),
    "a key added": (change_json("more", 1), "more"),
    "a number in the arrays": (change_array("other_loss", scale), "quantities.1.measured"),
    "an entry of a matrix": (change_array("measured_mean", another_entry, OTHER), "quantities.0.measured"),
    "a seed in the arrays": (change_array("other_seed", another_seed), "other_seed"),
    "an array renamed": (rename_array, "other_loss"),
    "an array added": (add_array, "invented"),
    "the list of files": (change_json("files", ["other.h5"]), "files"),
    "the arrays of another setting": (
        lambda folder: shutil.copy(folder / "M12--against_I+II_merged.h5", folder / f"{NAME}.h5"),
        "measured",
    ),
    "text that is no JSON": (lambda folder: (folder / f"{NAME}.json").write_text("{"), "line 1"),
}


def test_every_verdict_re_derives_and_sha256sum_agrees():
    found = rechecked(evidence(), 0)
    assert len(found) == 9 and not any(one["findings"] for one in found), found
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=evidence(), check=True)
    assert len(sums(evidence())) == 18
    text = lemmata("recheck", f"evidence/{NAME}.json")
    assert "1 of 1 verdicts re-derive" in text


def test_every_kind_of_tampering_is_found_and_named_even_with_forged_checksums():
    for what, (change, named) in TAMPERED.items():
        folder = copy_of("tampered")
        change(folder)
        forge_sums(folder)
        findings = [finding for one in rechecked(folder, (0, 1)) for finding in one["findings"]]
        assert any(named in finding for finding in findings), f"{what}: {named} is not in {findings}"


def test_the_checksums_find_what_changes_no_number():
    folder = copy_of("tampered")
    with open(folder / f"{NAME}.json", "a") as file:
        file.write(" ")
    assert any("SHA256SUMS" in finding for one in rechecked(folder, 1) for finding in one["findings"])


def test_missing_files_are_named():
    for missing in (f"{NAME}.h5", f"{NAME}.json", "SHA256SUMS"):
        folder = copy_of("missing")
        (folder / missing).unlink()
        findings = [finding for one in rechecked(folder, 1) for finding in one["findings"]]
        assert any(missing in finding for finding in findings), (missing, findings)


def test_a_damaged_file_of_arrays_is_a_finding_and_no_crash():
    for size in (0, 100, 4000):
        folder = copy_of("damaged")
        file = folder / f"{NAME}.h5"
        file.write_bytes(file.read_bytes()[:size])
        forge_sums(folder)
        assert [one for one in rechecked(folder, 1) if one["findings"] and one["file"].endswith(f"{NAME}.json")]


def test_nothing_to_look_at_is_2():
    (FOLDER / "empty").mkdir()
    assert "empty" in lemmata("recheck", "empty", expect=2)
    assert "no_such" in lemmata("recheck", "no_such", expect=2)


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
