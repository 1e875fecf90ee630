"""The include rule and the component lists, enforced.

1. sim, theory and analysis never include one another nor scenarios; theory and sim include no JSON and no HDF5.
2. Only analysis/hdf5_library.h includes hdf5.h, and only hdf5_file.cpp and hdf5_file_write.cpp include that, and the
   edits of valid files that a fuzz target reads.
   Only analysis/arb_library.h includes the headers of FLINT and Arb, and only sources that cmake/arb.cmake leaves out
   of a build without them include that.
3. Wherever a folder has a list.def, every component file in it (a .cpp without a header of its own, other than the
   registry
   and code shared by components) stands in the list exactly once, and back.
4. No source, header, script or style sheet is longer than 300 lines (scripts/lemmata.py, which people copy as one file:
   450) or has a line of more than 120 characters.
5. No name of a test case has a semicolon: CMake's discovery cuts it in two there, and neither half names a case.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
pillars = ("sim", "theory", "analysis")
problems = []
arb_sources = re.search(r"set\(arb_sources (.*?)\)\n", (root / "cmake" / "arb.cmake").read_text(encoding="utf-8"))[1]

for path in sorted(root.glob("*/**/*")):
    relative = path.relative_to(root)
    top = relative.parts[0]
    if path.suffix not in (".cpp", ".h") or top not in (*pillars, "scenarios", "tests"):
        continue
    text = path.read_text(encoding="utf-8")
    includes = re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M)
    for include in includes:
        target = include.split("/")[0]
        if top in pillars and target in (*pillars, "scenarios", "tests") and target != top:
            problems.append(f"{relative}: {top} must not include {include}")
        if top in ("sim", "theory") and (include.startswith(("nlohmann", "boost/program_options"))
                                         or "hdf5" in include):
            problems.append(f"{relative}: {top} knows no files and no JSON, but includes {include}")
        if re.fullmatch(r"hdf5(_hl)?\.h|H5\w*\.h", include) and str(relative) != "analysis/hdf5_library.h":
            problems.append(f"{relative}: only analysis/hdf5_library.h includes {include}")
        if re.fullmatch(r"(flint/)?(flint|arb|arf|acb|mag|fmpz|fmpq)(_\w+)?\.h", include) \
                and str(relative) != "analysis/arb_library.h":
            problems.append(f"{relative}: only analysis/arb_library.h includes {include}")
        if include == "analysis/arb_library.h" and str(relative) not in re.findall(r"PROJECT_SOURCE_DIR}/(\S+\.cpp)",
                                                                                   arb_sources):
            problems.append(f"{relative}: includes {include}, but cmake/arb.cmake builds it without Arb too")
        if include == "analysis/hdf5_library.h" and not re.fullmatch(
                r"analysis/hdf5_file(_write)?\.cpp|tests/fuzz/hdf5_edits\.cpp", str(relative)):
            problems.append(f"{relative}: only the two .cpp of analysis/hdf5_file.h include {include}")

for path in sorted((root / "tests").rglob("*.cpp")):
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r'TEST_CASE\w*\(\s*(?:\w+,\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)', text):
        if ";" in name:
            problems.append(f"{path.relative_to(root)}: a semicolon in the name of a case, {name}")

measured = [path for folder in (*pillars, "scenarios", "tests", "scripts")
            for path in sorted((root / folder).rglob("*"))
            if path.suffix in (".cpp", ".h", ".def", ".py", ".sh", ".js", ".mjs", ".css")]
for path in measured:
    lines, relative = path.read_text(encoding="utf-8").splitlines(), str(path.relative_to(root))
    most = 450 if relative == "scripts/lemmata.py" else 300
    if len(lines) > most:
        problems.append(f"{relative}: {len(lines)} lines, at most {most}")
    problems += [f"{relative}:{number}: {len(line)} characters, at most 120" for number, line in enumerate(lines, 1)
                 if len(line) > 120]
if missing := {".cpp", ".h", ".def", ".py", ".sh", ".js", ".mjs", ".css"} - {path.suffix for path in measured}:
    problems.append(f"no file measured that ends in {missing}")
if len(measured) < 200:
    problems.append(f"only {len(measured)} files measured")

lists = sorted(root.glob("*/**/list.def"))
lists = [p for p in lists if p.relative_to(root).parts[0] in (*pillars, "scenarios")]
for list_file in lists:
    folder = list_file.parent.relative_to(root)
    named = re.findall(r"^\s*[A-Z_]+\((\w+)\)", list_file.read_text(encoding="utf-8"), re.M)
    present = [p.stem for p in list_file.parent.glob("*.cpp")
               if p.stem not in ("registry", "shared") and not p.with_suffix(".h").exists()]
    for name in present:
        if named.count(name) != 1:
            problems.append(f"{folder}/{name}.cpp stands {named.count(name)} times in {folder}/list.def, not once")
    for name in named:
        if name not in present:
            problems.append(f"{folder}/list.def names {name}, but there is no {folder}/{name}.cpp")
if not lists:
    problems.append("no list.def found: this test looked at nothing")

print("\n".join(problems) or f"include rule and {len(lists)} component lists hold")
sys.exit(bool(problems))
