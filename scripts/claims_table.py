#!/usr/bin/python3
"""README's table of claims: from stored evidence, in the order of the program's registry.

    claims_table.py EVIDENCE_DIR [--readme README.md] [--program build/lemmata]   writes the table into the README
    claims_table.py --check      [--readme README.md] [--program build/lemmata]   compares the table with the registry

EVIDENCE_DIR holds the DIR/ID--SETTING.json of `lemmata check --out DIR`; the registry is `lemmata list claims --json
-`. A setting without evidence gets a row `not run`; evidence of a setting that the registry does not have is named on
stderr and left out.
--check: exit 1, and a line for each difference, if claims, statements, settings or expected
verdicts differ, or if a quick setting was not run. Exit 2: something cannot be read, or holds something else; the
README is then left as it was.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- claims:begin -->", "<!-- claims:end -->"
HEADING = "| setting | verdict | expected | evidence | why |\n|---|---|---|---|---|"
LONGEST_REASON = 170     # characters; about two lines of the table as GitHub shows it


def registry(program):
    """[{"name": id, "description": statement, "source", "settings": [{"name", "expected", "cost"}]}] of the program."""
    done = subprocess.run([program, "list", "claims", "--json", "-"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["claims"]


def stored_evidence(folder):
    """(id, setting) -> evidence, of every .json in the folder."""
    found = {}
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        evidence = json.loads(path.read_text(encoding="utf-8"))
        for key in ("id", "setting", "verdict", "expected", "evidence_level", "reason", "negative_controls",
                    "positive_controls"):
            if key not in evidence:
                raise ValueError(f"{path}: no `{key}`; is it evidence?")
        found[evidence["id"], evidence["setting"]] = evidence
    if not found:
        raise ValueError(f"{folder}: no evidence in it")
    return found


def shortened(reason):
    """The reason in at most LONGEST_REASON characters: whole clauses, else whole words; "..." where something is left
    out."""
    if len(reason) <= LONGEST_REASON:
        return reason
    head = reason[:LONGEST_REASON]
    clause = head.rfind("; ")
    return head[:clause] + "; ..." if clause > 0 else head[:head.rfind(" ")] + " ..."


def escaped(text):
    """Text as Markdown shows it, in a table cell; `code` stays code."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*<~])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts).replace("|", r"\|").replace("\n", " ")


def title_line(claim):
    return f"**{claim['name']}.** {escaped(claim['description'])}"


def row(setting, evidence):
    """One line of the table; a verdict that is not the expected one is bold."""
    if evidence is None:
        return f"| {escaped(setting['name'])} | not run | {setting['expected']} | | a {setting['cost']} check |"
    verdict = evidence["verdict"] if evidence["verdict"] == setting["expected"] else f"**{evidence['verdict']}**"
    wrong = [f"VOID, a {sign} control came out {control['verdict']}: {control['what']}"
             for sign in ("negative", "positive") for control in evidence[f"{sign}_controls"]
             if (control["verdict"] == "supported") != (sign == "positive")]
    why = wrong[0] if wrong else shortened(evidence["reason"])
    return f"| {escaped(setting['name'])} | {verdict} | {setting['expected']} | {evidence['evidence_level']} | " \
        f"{escaped(why)} |"


def table(claims, evidence):
    """The text between the marks."""
    blocks = []
    for claim in claims:
        rows = [row(setting, evidence.get((claim["name"], setting["name"]))) for setting in claim["settings"]]
        blocks.append("\n".join([title_line(claim), "", HEADING, *rows]))
    return "\n\n".join(blocks)


def split_at_marks(readme):
    """(text up to and with the first mark, text between, the rest with the second mark)."""
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"{readme}: needs one {BEGIN} and after it one {END}")
    first, last = text.index(BEGIN) + len(BEGIN), text.index(END)
    return text[:first], text[first:last], text[last:]


def differences(claims, shown):
    """What the shown table has that the registry has not, and back; and quick settings that were not run."""
    wanted, found, problems = [], [], []
    for claim in claims:
        wanted += [(title_line(claim), escaped(s["name"]), s["expected"]) for s in claim["settings"]]
    cost = {(title_line(claim), escaped(s["name"])): s["cost"] for claim in claims for s in claim["settings"]}
    title = ""
    for line in shown.splitlines():
        if line.startswith("**"):
            title = line
        elif line.startswith("| ") and not line.startswith("| setting "):
            setting, verdict, expected = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:4]]
            found.append((title, setting, expected))
            if verdict == "not run" and cost.get((title, setting)) != "long":
                problems.append(f"not run, though not a long check: {title[:60]}: {setting}")
    problems += [f"the README lacks {t[:60]}: {s}, expected {e}" for t, s, e in wanted if (t, s, e) not in found]
    problems += [f"not in the registry: {t[:60]}: {s}, expected {e}" for t, s, e in found if (t, s, e) not in wanted]
    problems += [f"shown {found.count(one)} times: {one[0][:60]}: {one[1]}" for one in dict.fromkeys(found)
                 if found.count(one) > 1]
    return problems


def write(arguments, claims):
    before, _, after = split_at_marks(arguments.readme)
    evidence = stored_evidence(arguments.evidence)
    known = {(claim["name"], setting["name"]) for claim in claims for setting in claim["settings"]}
    for claim_id, setting in sorted(evidence.keys() - known):
        print(f"claims_table: left out, not in the registry: {claim_id} {setting}", file=sys.stderr)
    arguments.readme.write_text(f"{before}\n{table(claims, evidence)}\n{after}", encoding="utf-8")
    return 0


def check(arguments, claims):
    problems = differences(claims, split_at_marks(arguments.readme)[1])
    print("\n".join(problems)
          or f"{sum(len(claim['settings']) for claim in claims)} settings of {len(claims)} claims, as in the registry")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evidence", nargs="?", metavar="EVIDENCE_DIR")
    parser.add_argument("--readme", type=pathlib.Path, default=ROOT / "README.md")
    parser.add_argument("--program", default=ROOT / "build" / "lemmata")
    parser.add_argument("--check", action="store_true", help="compare with the registry instead of writing")
    arguments = parser.parse_args()
    if arguments.check == (arguments.evidence is not None):
        parser.error("either EVIDENCE_DIR or --check")
    try:
        claims = registry(arguments.program)
        if not claims:
            raise ValueError(f"{arguments.program}: no claims in its registry")
        return check(arguments, claims) if arguments.check else write(arguments, claims)
    except (OSError, ValueError, KeyError, TypeError, subprocess.CalledProcessError) as error:
        print(f"claims_table: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
