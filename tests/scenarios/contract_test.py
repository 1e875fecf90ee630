"""scenarios/contract.md and the program say the same.  contract_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray).

Commands, options, setting keys, variables with their dimensions, root attributes and JSON keys: what the program has
stands in the document, and what the document lists of it the program has.
"""
import json
import pathlib
import re
import sys

import h5py
import xarray
from program import FOLDER, PROGRAM, attributes, lemmata, run, run_checks

DOCUMENT = (pathlib.Path(__file__).parents[2] / "scenarios" / "contract.md").read_text(encoding="utf-8")
NO_ATTRIBUTES = {"completed", "diverged", "interrupted", "mixed", "name", "description", "claim_group", "record"}


def section(title):
    """Text between the heading `## title` and the next of its level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S)
    assert found, f"contract.md has no section {title}"
    return found[1]


def quoted(text):
    """Every name in backquotes."""
    return {name for span in re.findall(r"`([^`\n]+)`", text) for name in re.findall(r"[A-Za-z_$][\w$]*", span)}


def paragraph(text, title):
    """A paragraph that begins with **title.**"""
    found = re.search(rf"^\*\*{re.escape(title)}\.\*\*(.*?)\n\n", text, re.M | re.S)
    assert found, f"contract.md has no paragraph {title}"
    return found[1]


def same(documented, real, what):
    assert real, f"{what}: the program has none, so nothing was compared"
    assert documented == real, f"{what}: only documented {documented - real}, not documented {real - documented}"


def keys_of(value):
    """Every key of a JSON value, however deep."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    return set(value).union(*map(keys_of, value.values())) if isinstance(value, dict) else set()


def synopses():
    """Command -> its usage in the Program section."""
    block = re.search(r"```\n(.*?)```", section("Program"), re.S)[1]
    usages = re.split(r"^lemmata ", block, flags=re.M)[1:]
    return {usage.split()[0]: usage for usage in usages if not usage.startswith("--")}


def commands():
    text = lemmata("--help")
    return set(re.findall(r"^  (\w+)  ", text[text.index("Commands:"):], re.M))


def test_every_command_is_documented_and_no_other():
    same(set(synopses()), commands(), "commands in the usage")
    same(set(re.findall(r"^\| `(\w+)` \|", section("Program"), re.M)), commands(), "commands in the table")


def test_every_option_is_documented_and_no_other():
    for command, usage in synopses().items():
        real = set(re.findall(r"^  --([\w-]+)", lemmata(command, "--help"), re.M)) - {"help"}
        same(set(re.findall(r"--([\w-]+)", usage)), real, f"options of {command}")


def test_out_is_short_o_wherever_it_is():
    having = {command for command in commands() if re.search(r"^  --out ", lemmata(command, "--help"), re.M)}
    assert {"run", "generate", "check", "map", "boundary", "report", "plot"} <= having, having
    for command in having:
        assert re.search(r"^  --out .*; short: -o", lemmata(command, "--help"), re.M), command
    lemmata("generate", "mot/three_stage", "-o", "short.h5")
    assert (FOLDER / "short.h5").exists()
    lemmata("fit", "short.h5", "-o", "x", expect=2)


def schema_keys(schema):
    """Every property name of a JSON Schema, however deep."""
    names = set()
    for key, value in schema.items() if isinstance(schema, dict) else ():
        names |= schema_keys(value) | (set(value) if key == "properties" else set())
        if key == "properties":
            names |= set().union(*map(schema_keys, value.values()))
    return names


def test_every_setting_is_documented():
    text = section("Settings")
    documented = quoted(text) | set(re.findall(r'"(\w+)":', text))
    missing = schema_keys(json.loads(lemmata("schema"))) - documented
    assert not missing, f"settings not documented: {missing}"
    example = json.loads(re.search(r"```json\n(.*?)```", text, re.S)[1])
    described = json.loads(lemmata("describe", "mot/three_stage", "--json", "-"))["settings"]
    for group in ("data", "model", "loss", "record", "schedule"):
        assert example[group] == described[group], f"the example's {group} is not that of mot/three_stage"


def documented_variables():
    """Name -> dimensions, from the table of the section Result file."""
    rows = re.findall(r"^\| (`[^|]+`) \| ([\w, ]+) \|", section("Result file"), re.M)
    return {name: tuple(dimensions.split(", ")) for names, dimensions in rows for name in re.findall(r"`(\w+)`", names)}


def written_files():
    """Runs that together write every variable: one expert per class, shared attention, trained output weights."""
    output = {"optimizer": "gd", "learning_rate": 0.01}
    trained = {"model.expert.neurons": 2, "stages.0.train.output": output}
    return [run("contract.h5"), run("shared.h5", {"model.kind": "shared_attention"}), run("output.h5", trained)]


def test_every_variable_is_documented_with_its_dimensions_and_no_other():
    documented, written = documented_variables(), set()
    for path in written_files():
        with xarray.open_dataset(path) as result:
            for name, values in result.data_vars.items():
                written.add(name)
                dimensions = tuple("expert" if axis == "shared" else axis for axis in values.dims)
                assert name in documented, f"{path.name}: {name} {values.dims} is not documented"
                assert documented[name] == dimensions, f"{name}: {dimensions}, documented {documented[name]}"
    same(set(documented), written, "variables")


def test_every_group_attribute_and_seed_variable_is_documented():
    text, path = section("Result file"), run("attributes.h5")
    several = run("several.h5", {}, "--seeds", "0-1")
    documented = quoted(paragraph(text, "Root attributes")) - NO_ATTRIBUTES
    same(documented, set(attributes(path)) - {"_NCProperties"}, "root attributes")
    with xarray.open_dataset(several) as joined:
        extra = set(joined.data_vars) - set(documented_variables())
        assert extra and extra <= quoted(paragraph(text, "Several seeds")), extra
    for name in (path, several):
        with h5py.File(name) as file:
            groups = {key: set(item) for key, item in file.items() if isinstance(item, h5py.Group)}
        missing = set(groups).union(*groups.values()) - quoted(text)
        assert groups and not missing, f"{name.name}: not documented: {missing}"


def test_the_keys_of_every_json_result_are_documented():
    path = run("keys.h5")
    watched = json.loads(lemmata("watch", path.with_suffix(".jsonl"), "--json", "-"))
    assert watched["runs"][0].pop("last")   # its keys are those of the lines
    found = {"JSON of `watch`": watched, "JSON of `fit`": json.loads(lemmata("fit", path, "--json", "-")),
             "JSON of `compare`": json.loads(lemmata("compare", path, "--json", "-"))}
    for title, value in found.items():
        missing = keys_of(value) - quoted(section(title)) - quoted(section("JSON of `fit`"))
        assert keys_of(value) and not missing, f"{title}: not documented {missing}"
    documented = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section("Evidence"), re.M)
    evidence = json.loads(lemmata("check", "M10", "--json", "-", "--quiet"))["claims"]
    absent, missing = quoted(" ".join(documented)) - keys_of(evidence), keys_of(evidence) - quoted(section("Evidence"))
    assert evidence and not absent and not missing, f"evidence: only documented {absent}, not documented {missing}"


def test_a_release_build_guards_its_stack_and_buffers():
    flags = re.search(r"^flags +(.*)$", lemmata("--version"), re.M)[1]
    if "-O3" in flags:
        program = pathlib.Path(PROGRAM).read_bytes()
        assert b"__stack_chk_fail" in program and b"__snprintf_chk" in program, flags


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
