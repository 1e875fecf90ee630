"""The include rule and the component lists, enforced.

1. sim, theory and analysis never include one another nor scenarios; theory and sim include no JSON and no HDF5.
2. Only analysis/hdf5_file.cpp includes hdf5.h.
3. Wherever a folder has a list.def, every component file in it (a .cpp without a header of its own, other than the registry
   and code shared by components) stands in the list exactly once, and back.
4. No source or header is longer than 300 lines.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
pillars = ("sim", "theory", "analysis")
problems = []

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
        if top in ("sim", "theory") and (include.startswith(("nlohmann", "boost/program_options")) or "hdf5" in include):
            problems.append(f"{relative}: {top} knows no files and no JSON, but includes {include}")
        if re.fullmatch(r"hdf5(_hl)?\.h|H5\w*\.h", include) and str(relative) != "analysis/hdf5_file.cpp":
            problems.append(f"{relative}: only analysis/hdf5_file.cpp includes {include}")
    if len(text.splitlines()) > 300:
        problems.append(f"{relative}: {len(text.splitlines())} lines, at most 300")

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
