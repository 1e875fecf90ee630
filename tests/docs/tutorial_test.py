"""Every command of the tutorials, run in order: the ```sh blocks of scripts/docs/pages, in a folder that looks as their
text says. Files that a tutorial shows (`<!-- file: NAME -->` before the block) are written first.

Where a tutorial builds the program again, a `cmake` that stands in front of the real one compiles the two files that
have changed, with the commands of this build, and links them before the library: what a build would do, in seconds.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "scripts" / "docs" / "pages"
PROGRAM = pathlib.Path(os.environ["LEMMATA"]).resolve()


def blocks(name):
    """[(kind or file name, text)] of a page, in order."""
    found = re.findall(r"^(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)^```$", (PAGES / name).read_text(encoding="utf-8"),
                       re.M | re.S)
    return [(file or kind, text) for file, kind, text in found]


def run(name, folder, path):
    """Runs a tutorial. @return what its commands printed."""
    script = ["set -euo pipefail"]
    for kind, text in blocks(name):
        if kind == "sh":
            script.append(text)
        elif kind not in ("json", "cpp"):
            target = folder / kind
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    assert len(script) > 3, "the page has hardly any command"
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def ninja_commands():
    """The command lines that make the program, by what they make."""
    said = subprocess.run(["ninja", "-C", str(PROGRAM.parent), "-t", "commands", "lemmata"], capture_output=True,
                          text=True, check=True).stdout.splitlines()
    source = "scenarios/claims/registry.cpp"
    compile_words = next(words for words in map(shlex.split, said) if words[-1].endswith(source))
    return compile_words, said[-1]


def write_cmake(path, folder):
    """The stand-in: `cmake --preset` does nothing, `cmake --build` makes build/lemmata of the tutorial's folder."""
    compile_words, link_line = ninja_commands()
    flags = [word for word, before in zip(compile_words, [""] + compile_words)
             if word not in ("-MD", "-MT", "-MF", "-o", "-c") and before not in ("-MT", "-MF", "-o", "-c")]
    first = next(at for at, word in enumerate(flags) if word.startswith("-I"))
    flags.insert(first, f"-I{folder}")
    objects = [f"{folder}/{source}.o" for source in ("registry", "T1")]
    lines = ["#!/bin/bash", "set -e", '[[ $1 == --build ]] || exit 0', f"cd {shlex.quote(str(PROGRAM.parent))}"]
    for target in objects:
        source = f"{folder}/scenarios/claims/{pathlib.Path(target).stem}.cpp"
        lines.append(shlex.join([*flags, "-o", target, "-c", source]))
    program = f"{folder}/build/lemmata"
    lines.append(shlex.join(["rm", program]))   # a link to the program of this build
    lines.append(link_line.replace("-o lemmata", shlex.join([*objects, "-o", program])))
    (path / "cmake").write_text("\n".join(lines) + "\n")
    (path / "cmake").chmod(0o755)


@pytest.fixture
def path(tmp_path):
    """A folder in front of $PATH, with `lemmata` in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "lemmata").symlink_to(PROGRAM)
    return folder


def test_a_bound_in_ci(tmp_path, path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "lemmata").symlink_to(ROOT)
    said = run("bound_in_ci.md", folder, path)
    assert "supported" in said and "final_loss" in said
    assert (folder / ".github/workflows/bounds.yml").read_text() == (ROOT / "scenarios/examples/ci.yml").read_text()
    assert "final_loss" in (folder / "bounds.xml").read_text()


def test_your_first_claim(tmp_path, path):
    folder = tmp_path / "repository"
    (folder / "build").mkdir(parents=True)
    (folder / "build" / "lemmata").symlink_to(PROGRAM)
    shutil.copytree(ROOT / "scenarios" / "claims", folder / "scenarios" / "claims")
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    write_cmake(path, folder)
    said = run("first_claim.md", folder, path)
    assert re.search(r"T1\s+11 experts cover 3 classes", said)
    assert not (folder / "build" / "lemmata").is_symlink()
    assert (folder / "stage_one.svg").exists() and (folder / "report.html").exists()
