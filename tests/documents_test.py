"""Documents that sources refer to exist.  documents_test.py ROOT

1. Every NAME.md that a source names is a file of the repository; x.md stands for one beside a result file x.h5.
2. Every `NAME.md section 3`, `sections 1-4`, `sections 1 and 2` is a heading `## 3. ...` of that file.
3. Every `NAME.md, "Title"` is a heading of it.
4. Every link of a document leads to a file.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
folders = ("sim", "theory", "analysis", "scenarios", "tests", "scripts", "cmake")
endings = {".cpp", ".h", ".def", ".py", ".sh", ".cmake", ".txt", ".json", ".md"}
files = [root / "README.md", root / "CMakeLists.txt"]
files += [path for folder in folders for path in sorted((root / folder).rglob("*")) if path.suffix in endings]
documents = {path.name: path.read_text(encoding="utf-8") for path in files if path.suffix == ".md"}
problems, references = [], 0


def prose(text):
    """The text with line breaks, the comment marks after them, and C++'s joints of strings taken out."""
    return re.sub(r'"\s*\n\s*"', "", re.sub(r"(?<=[^\n\"])\n\s*(?://[/<]*|#|\*)?\s*", " ", text))


def numbers(span):
    """Section numbers of "6", "1-4", "1 and 2"."""
    found = [int(number) for number in re.findall(r"\d+", span)]
    return range(found[0], found[-1] + 1)


for path in files:
    if path == pathlib.Path(__file__).resolve():
        continue
    text = prose(path.read_text(encoding="utf-8"))
    where = path.relative_to(root)
    for name, sections, \
        title in re.findall(r'([\w-]+\.md)\b(?: sections? (\d+(?:(?:-| and )\d+)?)|, "([^"]+)")?', text):
        if name == "x.md":
            continue
        references += 1
        if name not in documents:
            problems.append(f"{where}: names {name}, which is not in the repository")
            continue
        for number in numbers(sections) if sections else ():
            if not re.search(rf"^## {number}\. ", documents[name], re.M):
                problems.append(f"{where}: {name} has no section {number}")
        if title and not re.search(rf"^## {re.escape(title)}$", documents[name], re.M):
            problems.append(f"{where}: {name} has no section called {title}")
    for link in re.findall(r"\]\((?!https?:)([^)#\s]+)\)", text) if path.suffix == ".md" else ():
        if not (path.parent / link).exists():
            problems.append(f"{where}: links to {link}, which does not exist")

if references < 50:
    problems.append(f"only {references} references found: this test looked at nothing")
print("\n".join(problems) or f"{references} references to {len(documents)} documents hold")
sys.exit(bool(problems))
