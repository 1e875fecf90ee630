"""README's table of claims: what it shows of the evidence, and every way in which it can differ from the registry."""
import copy
import json
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "claims_table.py"
sys.path.insert(0, str(SCRIPT.parent))
import claims_table  # noqa: E402

CLAIMS = [{"name": "A1", "description": "L* < 1 in `a_b*c` steps", "source": "", "settings": [
              {"name": "eta = 2, |z|", "expected": "supported", "cost": "quick"},
              {"name": "eta = 1", "expected": "refuted", "cost": "quick"}]},
          {"name": "A2", "description": "second", "source": "", "settings": [
              {"name": "eta = 1", "expected": "supported", "cost": "quick"},
              {"name": "many", "expected": "supported", "cost": "long"}]}]


class Project:
    """A README, a program that lists the claims, and evidence of every quick setting."""

    def __init__(self, folder):
        self.program, self.registry = folder / "program", folder / "claims.json"
        self.readme, self.evidence = folder / "README.md", folder / "evidence"
        self.evidence.mkdir()
        self.program.write_text(f"#!/bin/sh\n[ \"$*\" = 'list claims --json -' ] && cat '{self.registry}'\n")
        self.program.chmod(0o755)
        self.set_registry(CLAIMS)
        self.readme.write_text(f"before\n{claims_table.BEGIN}\nold\n{claims_table.END}\nafter\n")
        for claim, setting in (("A1", "eta = 2, |z|"), ("A1", "eta = 1"), ("A2", "eta = 1")):
            self.store(claim, setting)

    def set_registry(self, claims):
        self.registry.write_text(json.dumps({"claims": claims}))

    def store(self, claim, setting, **changes):
        evidence = {"id": claim, "setting": setting, "verdict": "supported", "expected": "supported",
                    "evidence_level": "numerical", "reason": "because",
                    "negative_controls": [{"what": "broken", "verdict": "refuted"}],
                    "positive_controls": [{"what": "planted", "verdict": "supported"}], **changes}
        (self.evidence / f"{claim}--{setting}.json".replace(" ", "_")).write_text(json.dumps(evidence))

    def run(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *arguments, "--readme", self.readme, "--program", self.program],
                              capture_output=True, text=True)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_the_table_follows_the_registry_and_says_what_is_not_as_expected(project):
    project.store("A2", "eta = 1", negative_controls=[{"what": "no signal", "verdict": "supported"}])
    project.store("A1", "eta = 1", positive_controls=[{"what": "planted", "verdict": "inconclusive"}])
    project.store("A2", "renamed since")
    done = project.run(project.evidence)
    assert done.returncode == 0 and "A2 renamed since" in done.stderr
    assert project.readme.read_text() == f"""before
{claims_table.BEGIN}
**A1.** L\\* \\< 1 in `a_b*c` steps

{claims_table.HEADING}
| eta = 2, \\|z\\| | supported | supported | numerical | because |
| eta = 1 | **supported** | refuted | numerical | VOID, a positive control came out inconclusive: planted |

**A2.** second

{claims_table.HEADING}
| eta = 1 | supported | supported | numerical | VOID, a negative control came out supported: no signal |
| many | not run | supported | | a long check |
{claims_table.END}
after
"""
    assert project.run("--check").returncode == 0


def test_check_names_every_kind_of_difference(project):
    assert project.run("--check").returncode == 1                               # nothing filled in yet
    assert project.run(project.evidence).returncode == 0 and project.run("--check").returncode == 0

    def changed(change):
        claims = copy.deepcopy(CLAIMS)
        change(claims)
        project.set_registry(claims)
        done = project.run("--check")
        return done.returncode, done.stdout

    for change, said in ((lambda c: c[0]["settings"].pop(), "not in the registry: **A1.**"),
                         (lambda c: c[0]["settings"].append({"name": "new", "expected": "refuted", "cost": "long"}),
                          "lacks **A1.**"),
                         (lambda c: c.pop(), "not in the registry: **A2.**"),
                         (lambda c: c[0].update(description="other"), "lacks **A1.** other"),
                         (lambda c: c[1]["settings"][0].update(expected="refuted"), "eta = 1, expected refuted"),
                         (lambda c: c[1]["settings"][1].update(cost="quick"), "not run, though not a long check")):
        code, out = changed(change)
        assert code == 1 and said in out, out
    project.set_registry(CLAIMS)
    row = "| many | not run | supported | | a long check |\n"
    project.readme.write_text(project.readme.read_text().replace(row, row + row))
    assert "shown 2 times" in project.run("--check").stdout


def test_reasons_are_cut_at_a_clause_and_say_so():
    assert claims_table.shortened("short; and whole") == "short; and whole"
    assert claims_table.shortened("first clause; " + "x" * 200) == "first clause; ..."
    assert claims_table.shortened("word " * 60) == "word " * 33 + "word ..."    # 34 words are 169 characters


def test_what_cannot_be_read_exits_with_2_and_leaves_the_readme(project, tmp_path):
    before = project.readme.read_text()
    (tmp_path / "empty").mkdir()
    assert project.run(tmp_path / "empty").returncode == 2 and project.run().returncode == 2
    (project.evidence / "other.json").write_text('{"id": "A1"}')
    done = project.run(project.evidence)
    assert done.returncode == 2 and "other.json" in done.stderr
    project.set_registry([])
    assert project.run("--check").returncode == 2
    project.program.write_text("#!/bin/sh\nexit 2\n")
    assert project.run("--check").returncode == 2 and project.readme.read_text() == before
    project.readme.write_text("no marks")
    project.set_registry(CLAIMS)
    assert project.run(project.evidence).returncode == 2 and project.readme.read_text() == "no marks"
