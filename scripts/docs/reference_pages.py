"""Pages made from what the program says of itself: commands, settings, and what can be chosen by name; and the API."""
import html
import json
import re
import subprocess
import textwrap

from claim_pages import table, text, write_page
from docstring_filter import escaped

PILLARS = {"sim": "simulates", "theory": "predicts", "analysis": "measures", "scenarios": "where the three meet"}


def said(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def command_page(program):
    """`lemmata COMMAND --help` of every command."""
    overview = said(program, "--help")
    names = re.findall(r"^  (\w+)  ", overview, re.M)
    if not names:
        raise ValueError(f"{program} --help names no command")
    parts = [f"<pre>{html.escape(overview)}</pre>"]
    for name in names:
        parts.append(f'<h2 id="{name}">lemmata {name}</h2>\n<pre>{html.escape(said(program, name, "--help"))}</pre>')
    return "\n".join(parts)


def allowed(field):
    """What a leaf of the schema may be."""
    if "enum" in field:
        return " | ".join(f"<code>{html.escape(str(value))}</code>" for value in field["enum"])
    words = [str(field.get("type", " or ".join(allowed(one) for one in field.get("anyOf", []))))]
    limits = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
    words += [f"{sign} {field[key]:g}" for key, sign in limits if key in field and abs(field[key]) < 2**53]
    return html.escape(" ".join(words))


def leaves(schema, path=""):
    """(path, field) of every setting of one system, in its order."""
    for name, field in schema.get("properties", {}).items():
        inner = field.get("items", field) if field.get("type") == "array" else field
        if isinstance(inner, dict) and inner.get("properties"):
            yield from leaves(inner, f"{path}{name}." + ("N." if inner is not field else ""))
        else:
            yield path + name, field


def systems(schema):
    """The schema of every system: the last `else` is the first system's."""
    found = []
    while schema:
        if "properties" in schema:
            found.append(schema)
        if "then" in schema:
            found += systems(schema["then"])
        schema = schema.get("else")
    return found


def settings_page(program):
    """Every key of a scenario file, by system."""
    parts = ["<p>The keys of a scenario file, as <code>--set PATH=VALUE</code> and a claim's <code>differences</code> "
             "name them; N counts the stages from 0. <code>lemmata schema</code> prints the JSON Schema that this page "
             "is made from, with which an editor completes and checks such files.</p>"]
    for schema in reversed(systems(json.loads(said(program, "schema")))):
        system = schema["properties"].get("system", {}).get("default")
        rows = [[f"<code>{html.escape(path)}</code>", text(field.get("description", "")), allowed(field),
                 f"<code>{html.escape(json.dumps(field['default']))}</code>" if "default" in field else ""]
                for path, field in leaves(schema)]
        title = f"System <code>{system}</code>" if system else "A file that extends a scenario"
        parts += [f"<h2>{title}</h2>", table(["key", "what it is", "allowed", "default"], rows)]
    return "\n".join(parts)


def names_page(program):
    """What can be chosen by name."""
    parts = ['<p>What <code>lemmata list</code> prints; of claims there are <a href="claims.html">pages</a>.</p>']
    for kind, rows in json.loads(said(program, "list", "--json", "-")).items():
        if kind != "claims":
            parts += [f"<h2>{kind}</h2>", table(["name", "what it is", "source"],
                                               [[f"<code>{html.escape(row['name'])}</code>", text(row["description"]),
                                                 text(row["source"])] for row in rows])]
    return "\n".join(parts)


def first_sentence(header):
    """Of the first comment of a header."""
    first = re.search(r"^///? ?(.+(?:\n//[/ ] ?\S.*)*)", header.read_text(encoding="utf-8"), re.M)
    words = " ".join(re.sub(r"\n///? ?", " ", first[1]).split()) if first else ""
    sentence = re.match(r".*?\.(?= |$)", words)
    return textwrap.shorten(sentence[0] if sentence else words, 200, placeholder=" ...")


def api_page(root):
    """The headers by pillar, each with its first sentence; Markdown, for Doxygen knows what page a header has."""
    parts = ["# API {#api}",
             "Made from the docstrings. Functions are on the page of their header, in the source's own order."]
    for pillar, what in PILLARS.items():
        parts += [f"\n## {pillar}: {what}", "| header | what it is |", "|---|---|"]
        for header in sorted((root / pillar).rglob("*.h")):
            path = header.relative_to(root)
            parts.append(f'| \\ref {path} "{path}" | {escaped(first_sentence(header))} |')
    return "\n".join(parts) + "\n"


def write(program, root, pages):
    write_page(pages, "commands", "Commands", command_page(program))
    write_page(pages, "settings", "Settings", settings_page(program))
    write_page(pages, "names", "What can be chosen by name", names_page(program))
    (pages / "api").with_suffix(".md").write_text(api_page(root), encoding="utf-8")
