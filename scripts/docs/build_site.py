#!/usr/bin/python3
"""Builds the documentation site: what scripts/docs.sh runs once the program is there.

    build_site.py OUT --program build/lemmata [--evidence DIR] [--without-gallery]

Pages come from scripts/docs/pages, from the program (claims, commands, settings), from the headers' docstrings and,
with --evidence, from what `lemmata check --all --out DIR` stored. OUT is made anew; it appears whole or not at all.
Exit 2: something is missing, or Doxygen warns (a @param of no parameter, a link to nothing); one line says what.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import claim_pages
import gallery
import reference_pages

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MATHJAX = pathlib.Path("/usr/share/javascript/mathjax")
# What a page with formulas loads: TeX in, SVG out.
MATHJAX_PARTS = ("MathJax.js", "extensions/tex2jax.js", "extensions/AssistiveMML.js", "extensions/toMathML.js",
                 "extensions/MathEvents.js", "extensions/TeX/AMSmath.js", "extensions/TeX/AMSsymbols.js",
                 "jax/input/TeX", "jax/element/mml", "jax/output/SVG/jax.js", "jax/output/SVG/config.js",
                 "jax/output/SVG/autoload", "jax/output/SVG/fonts/TeX")
DOCUMENTS = {"theory/mot.md": "theory_mot", "theory/joma.md": "theory_joma", "scenarios/contract.md": "contract"}


def section(document, title):
    """The text under a `## title`, down to the next. ValueError if there is none."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", document, re.M | re.S)
    if not found:
        raise ValueError(f"README.md has no section {title!r}")
    return found[1].strip()


def relinked(markdown):
    """Links to documents that are pages of the site lead there; other files of the repository are named, not linked."""
    def link(match):
        target = match[2].split("#")[0].removeprefix("../")
        names = {path.rsplit("/", 1)[1]: label for path, label in DOCUMENTS.items()}
        if match[2].startswith(("http:", "https:", "#")) or target.endswith(".html"):
            return match[0]
        if target.rsplit("/", 1)[-1] in names:
            return f"[{match[1]}]({names[target.rsplit('/', 1)[-1]]}.html)"
        return f"`{match[1].strip('`')}`"
    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", link, markdown)


def with_anchors(markdown, label):
    """Headings with the anchors that GitHub gives them, behind the page's label, and links within the page to those."""
    seen = []

    def heading(match):
        slug = re.sub(r"[^\w -]", "", match[2].lower()).replace(" ", "-")
        seen.append(slug)
        slug += f"-{seen.count(slug) - 1}" if seen.count(slug) > 1 else ""
        title = match[2].replace("`", "")   # in a heading Doxygen shows the tags of code
        return f"{match[1]} {title} {{#{label}_{slug}}}"
    return re.sub(r"\]\(#([\w-]+)\)", rf"]({label}.html#{label}_\1)",
                  re.sub(r"^(##+) (.+)$", heading, markdown, flags=re.M))


def escaped(markdown):
    """Markdown for Doxygen: what it would take for its own commands, tags and entities, outside of code, as text."""
    out, fenced = [], False
    for line in markdown.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith(("<!--", "#")):
            parts = line.split("`")
            parts[::2] = [re.sub(r"(?<!\\)(?:[<&@]|(?<!html)#)(?!#|\w+;| )|\\(?=\w)", lambda m: "\\" + m[0], part)
                          for part in parts[::2]]
            line = "`".join(parts)
        out.append(line)
    return "\n".join(out)


def write_documents(pages):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for source in sorted((HERE / "pages").glob("*.md")):
        markdown = re.sub(r"^\{README: (.+)\}$", lambda m: relinked(section(readme, m[1])),
                          source.read_text(encoding="utf-8"), flags=re.M)
        (pages / source.name).write_text(markdown, encoding="utf-8")
    for path, label in DOCUMENTS.items():
        markdown = relinked((ROOT / path).read_text(encoding="utf-8"))
        head, rest = markdown.split("\n", 1)
        markdown = f"{head} {{#{label}}}\n{escaped(with_anchors(rest, label))}"
        (pages / f"{label}.md").write_text(markdown, encoding="utf-8")


def copy_mathjax(out):
    for part in MATHJAX_PARTS:
        source, target = MATHJAX / part, out / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if not source.exists():
            raise FileNotFoundError(f"{source}: scripts/setup.sh docs installs libjs-mathjax")
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def run_doxygen(pages, headers, out):
    """RuntimeError with its warnings, if it has any."""
    inputs = " ".join(f'"{path}"' for path in [*sorted(pages.glob("*.md")), *headers])
    settings = (HERE / "Doxyfile").read_text(encoding="utf-8") + "\n".join([
        "", f"INPUT = {inputs}", f'OUTPUT_DIRECTORY = "{out}"', f'STRIP_FROM_PATH = "{ROOT}" "{pages}"',
        f'USE_MDFILE_AS_MAINPAGE = "{pages / "index.md"}"', f'FILTER_PATTERNS = "*.h=/usr/bin/python3 '
        f'{(HERE / "docstring_filter.py").relative_to(ROOT)}"', f'HTML_HEADER = "{HERE / "header.html"}"',
        f'HTML_FOOTER = "{HERE / "footer.html"}"', f'HTML_STYLESHEET = "{HERE / "site.css"}"', ""])
    done = subprocess.run(["doxygen", "-"], input=settings, capture_output=True, text=True, cwd=ROOT)
    warnings = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode or warnings:
        raise RuntimeError("doxygen: " + "\n".join(warnings[:40] or [f"exit {done.returncode}"]))


def tidy(out):
    """Takes out what Doxygen adds for headers and menus of its own, and links to sections that it has left out."""
    for pattern in ("jquery.js", "dynsections.js", "doxygen.*", "tabs.css", "*.png"):
        for made in out.glob(pattern):
            made.unlink()
    for path in out.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for part in (r'<div class="summary">.*?</div>', r'<img src="closed.png"[^>]*>&#160;',
                     r""" onclick="javascript:toggleInherit\('[^']*'\)\""""):
            text = re.sub(part, "", text, flags=re.S)
        path.write_text(text, encoding="utf-8")


def build(arguments, out, scratch):
    pages = scratch / "pages"
    pages.mkdir()
    claims = json.loads(reference_pages.said(arguments.program, "list", "claims", "--json", "-"))["claims"]
    evidence = claim_pages.read_evidence(arguments.evidence) if arguments.evidence else {}
    write_documents(pages)
    claim_pages.write(claims, evidence, pages, out)
    reference_pages.write(arguments.program, ROOT, pages)
    if arguments.without_gallery:
        claim_pages.write_page(pages, "gallery", "Gallery", "<p>left out of this site</p>")
    else:
        gallery.write(arguments.program, ROOT, pages, out, scratch)
    copy_mathjax(out)
    headers = [path for pillar in reference_pages.PILLARS for path in sorted((ROOT / pillar).rglob("*.h"))]
    run_doxygen(pages, headers, out)
    tidy(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "lemmata")
    parser.add_argument("--evidence", type=pathlib.Path)
    parser.add_argument("--without-gallery", action="store_true", help="no runs and figures of the gallery")
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    try:
        if arguments.out.exists() and not (arguments.out / "claims.html").exists() and any(arguments.out.iterdir()):
            raise ValueError(f"{arguments.out}: holds something else than a site; it is left as it is")
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".docs-", dir=arguments.out.parent.resolve()) as name:
            scratch = pathlib.Path(name)
            (scratch / "site").mkdir()
            build(arguments, scratch / "site", scratch)
            if arguments.out.exists():
                shutil.rmtree(arguments.out)
            (scratch / "site").rename(arguments.out)
    except (OSError, ValueError, KeyError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"docs: {error}", file=sys.stderr)
        return 2
    print(arguments.out.resolve() / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
