"""The documentation site, built as scripts/docs.sh builds it: a page for every claim, links, what is loaded, what the
pages of claims show of evidence, and that a docstring's mistake ends the build."""
import html
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "docs"))
import build_site  # noqa: E402
import claim_figures  # noqa: E402
import docstring_filter  # noqa: E402

PROGRAM = os.environ["LEMMATA"]


def said(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    said("check", "J14", "J12", "--out", str(folder), "--quiet")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory, evidence):
    """Where $DOCS_SITE says, for the browser's test; else a folder of its own."""
    out = pathlib.Path(os.environ.get("DOCS_SITE") or tmp_path_factory.mktemp("docs") / "site")
    done = subprocess.run([sys.executable, str(ROOT / "scripts/docs/build_site.py"), str(out), "--program", PROGRAM,
                           "--evidence", str(evidence)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out.resolve() / "index.html")
    return out


def text_of(page):
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))).split())


def test_every_claim_has_a_page_with_statement_formula_assumptions_and_settings(site):
    claims = json.loads(said("list", "claims", "--json", "-"))["claims"]
    index = (site / "claims.html").read_text(encoding="utf-8")
    assert len(claims) > 30
    for claim in claims:
        words = text_of(site / f"claim_{claim['name']}.html")
        assert claim["formula"].count("{") == claim["formula"].count("}") and "\\" in claim["formula"]
        wanted = [claim["description"], claim["source"], *claim["assumptions"], *(s["name"] for s in claim["settings"])]
        for piece in [*wanted, claim["formula"]]:
            assert " ".join(piece.replace("`", " ").split()).replace(" ", "") in words.replace(" ", ""), piece
        assert f'href="claim_{claim["name"]}.html"' in index


def test_a_claim_with_evidence_shows_it_and_one_without_says_so(site, evidence):
    words = text_of(site / "claim_J14.html")
    stored = [json.loads(path.read_text()) for path in evidence.glob("J14*.json")]
    assert len(stored) == 3
    for one in stored:
        assert one["reason"] in words and one["evidence_level"] in words
        for quantity in one["quantities"]:
            assert quantity["what"] in words and f"{quantity['measured']:.6g}" in words
        for control in one["negative_controls"]:
            assert control["what"] in words
    page = (site / "claim_J14.html").read_text(encoding="utf-8")
    for place in range(3):   # the name of a setting leads to what was measured of it
        assert re.search(rf'<td role="cell" data-head="setting"><a href="#setting-{place}">([^<]+)</a>', page)
        assert f'<h3 id="setting-{place}">' in page
    assert 'data-head="why"' in page
    assert "1 refuted" in text_of(site / "claims.html")
    assert "from the registry alone" in text_of(site / "claim_M1.html")
    assert (site / "claim_J14.svg").stat().st_size > 5000
    assert (site / "claim_J12_curves.svg").stat().st_size > 5000     # its evidence holds curves
    assert not (site / "claim_J14_curves.svg").exists()


def test_every_command_setting_and_header_is_there(site):
    commands = text_of(site / "commands.html")
    for name in re.findall(r"^  (\w+)  ", said("--help"), re.M):
        assert f"Usage: lemmata {name}" in commands
    settings = text_of(site / "settings.html")
    assert all(key in settings for key in ("data.label_cosine", "stages.N.train.ffn.optimizer", "model.depth"))
    api = text_of(site / "api.html")
    assert all(str(path.relative_to(ROOT)) in api for path in (ROOT / "theory").glob("*.h"))


def test_equations_of_docstrings_are_code_blocks(site):
    page = (site / "coverage_8h.html").read_text(encoding="utf-8")
    assert re.search(r'<pre class="fragment">[^<]*p_\{m\+1\}\(k\) = p_m\(k\) k/N', page)
    assert "<dt>Source</dt>" in page and "<dt>Checked by</dt>" in page


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    pages = {path.name: path.read_text(encoding="utf-8") for path in site.glob("*.html")}
    names = {name: set(re.findall(r'\b(?:id|name)="([^"]+)"', text)) for name, text in pages.items()}
    broken, links = [], 0
    for name, text in pages.items():
        loaded = re.findall(r'<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)="([^"]*)"', text)
        assert not [one for one in loaded if re.match(r"(https?:)?//", one)], name
        for link in re.findall(r'\b(?:href|src)="([^"]*)"', text):
            target, _, anchor = urllib.parse.unquote(html.unescape(link)).partition("#")
            if re.match(r"https?:|data:", link):
                continue
            links += 1
            if (target and not (site / target).exists()) or (
                    anchor and (target or name) in names and anchor not in names[target or name]):
                broken.append(f"{name}: {link}")
    assert links > 2000 and not broken, broken[:20]
    assert "url(" not in (site / "site.css").read_text() and "@import" not in (site / "site.css").read_text()


def doxygen_of(tmp_path, header):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.md").write_text("# A {#mainpage}\ntext\n")
    (tmp_path / "one.h").write_text(header)
    build_site.run_doxygen(pages, [tmp_path / "one.h"], tmp_path / "out")


def test_a_parameter_that_does_not_exist_ends_the_build(tmp_path):
    (tmp_path / "right").mkdir()
    doxygen_of(tmp_path / "right", "#pragma once\n/// Twice x.\n/// @param x  what.\ndouble twice(double x);\n")
    with pytest.raises(RuntimeError, match="'y' of command @param is not found"):
        doxygen_of(tmp_path, "#pragma once\n/// Twice x.\n/// @param y  what.\ndouble twice(double x);\n")


def test_bad_input_leaves_what_is_there(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    (tmp_path / "none").mkdir()
    call = [sys.executable, str(ROOT / "scripts/docs/build_site.py"), str(tmp_path / "mine"), "--program", PROGRAM]
    done = subprocess.run([*call[:2], str(tmp_path / "new"), *call[3:], "--evidence", str(tmp_path / "none")],
                          capture_output=True, text=True)
    assert done.returncode == 2 and "no evidence in it" in done.stderr
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 2 and "holds something else" in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "none", "thesis.tex"]
    done = subprocess.run([ROOT / "scripts" / "docs.sh", "--evidnce", "x"], capture_output=True, text=True)
    assert done.returncode == 2 and "usage: scripts/docs.sh" in done.stderr


def test_the_filter_changes_comments_only():
    source = ("#pragma once\n// What this header is for.\n\nnamespace a {\n/// L(t) <= max|x| * y,\n///\n"
              "///   L(t) = <w, x>\n/// with x. Source: a paper. Checked by: a test.\nint f(int x);  ///< not #1\n}\n")
    made = docstring_filter.filtered(source).split("\n")
    code = ["#pragma once", "namespace a {", "}"]
    assert [line for line in made if line in code] == code
    text = "\n".join(made)
    assert text.startswith("/**\n@file\n What this header is for.\n*/")
    assert " @verbatim\n   L(t) = <w, x>\n @endverbatim\n with x.\n\n @par Source\n a paper.\n\n @par Checked" in text
    assert r"L(t) \<= max\|x\| * y:" in text and r"int f(int x);  ///< not \#1" in text


def quantity(criterion, measured, predicted, tolerance, what="seed 0: a number"):
    return {"what": what, "criterion": criterion, "measured": measured, "predicted": predicted, "tolerance": tolerance,
            "judged": True}


def test_the_curves_of_a_claim_say_what_they_are_over():
    values = [[1.0, 0.5, 2.0]]
    for name, times, wanted in (("entropy", [[0, 1, 2]], "step [updates]"), ("loss", [[0, 4, 9]], "step of the last"),
                                ("entropy", [[0, 0.25, 1]], "time t of the gradient flow [1]")):
        figure, axis = claim_figures.plt.subplots()
        claim_figures.draw_curves(axis, "group", name, (*map(claim_figures.np.array, (times, values)), None))
        assert axis.get_xlabel().startswith(wanted)
        claim_figures.plt.close(figure)


def test_a_figure_has_each_quantity_on_the_side_where_it_holds():
    for criterion, measured, wanted in (("equal", 1.05, True), ("equal", 1.15, False), ("at_least", 1.2, True),
                                        ("at_least", 1.05, False), ("at_most", 0.8, True), ("at_most", 0.95, False)):
        one = quantity(criterion, measured, 1, 0.1)
        assert claim_figures.holds(one) == wanted == (claim_figures.slack(one) >= 0)
    assert claim_figures.slack(quantity("at_most", "nan", 1, 0)) == -math.inf
    assert claim_figures.position(quantity("equal", 1, 0, 0)) == claim_figures.FARTHEST
    rows = claim_figures.rows_of({"quantities": [quantity("equal", m, 1, 0.1, f"seed {m}: a number") for m in
                                                 (1.01, 1.3, 0.99)] + [quantity("equal", 1, 1, 0.1, "another")]})
    assert [(row["measured"], count) for row, count in rows] == [(1.3, 3), (1, 1)]
