"""The page of each claim and their index, from the program's registry and, if there is a folder of it, stored evidence.

Bodies are HTML inside Doxygen's \\htmlonly, so that statements are shown as they are written and not as Markdown.
"""
import html
import json
import math
import pathlib

import claim_figures

HOW = ("No verdicts here: this site was made from the registry alone. <code>lemmata check {id} --out evidence</code> "
       "gives them, and <code>scripts/docs.sh --evidence evidence</code> makes the site with them.")
GROUPS = {"mot": "Mixture of Transformers, arXiv 2510.27004", "joma": "JoMA, arXiv 2310.00535"}
SIGN = {"equal": "=", "at_least": "≥", "at_most": "≤"}


def write_page(pages, label, title, body):
    """Writes the source of one page of HTML for Doxygen."""
    body = body.replace("*/", "*&#47;").replace("/*", "/&#42;")   # it looks for comments even there
    (pages / f"{label}.md").write_text(f"# {title} {{#{label}}}\n\\htmlonly[block]\n{body}\n\\endhtmlonly\n",
                                       encoding="utf-8")


def text(value):
    """Prose as HTML; `code` becomes code."""
    parts = html.escape(value, quote=False).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def number(value):
    """A number of the evidence in at most 6 digits; NaN and infinity are stored as text."""
    value = float(value)
    return f"{value:.6g}" if math.isfinite(value) else {"nan": "not a number", "inf": "∞", "-inf": "−∞"}[str(value)]


def table(head, rows):
    """Rows of HTML cells. On a narrow screen they stand below each other, each with the head of its column; what that
    does to the table's meaning is undone by the roles."""
    cells = "".join(f'<th scope="col" role="columnheader">{cell}</th>' for cell in head)
    lines = "".join('<tr role="row">' + "".join(f'<td role="cell" data-head="{html.escape(name)}">{cell}</td>'
                                                for name, cell in zip(head, row)) + "</tr>\n" for row in rows)
    return (f'<div class="scroll"><table class="plain" role="table"><thead role="rowgroup"><tr role="row">{cells}</tr>'
            f'</thead><tbody role="rowgroup">\n{lines}</tbody></table></div>')


def verdict(word):
    return f'<span class="verdict {word}">{word}</span>'


def read_evidence(folder):
    """(id, setting) -> (evidence, path of its arrays or None). ValueError: no evidence in the folder."""
    found = {}
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        evidence = json.loads(path.read_text(encoding="utf-8"))
        missing = [key for key in ("id", "setting", "verdict", "expected", "quantities") if key not in evidence]
        if missing:
            raise ValueError(f"{path}: no `{missing[0]}`; is it evidence?")
        arrays = path.with_suffix(".h5")
        found[evidence["id"], evidence["setting"]] = evidence, arrays if arrays.exists() else None
    if not found:
        raise ValueError(f"{folder}: no evidence in it; lemmata check --all --out {folder} writes it")
    return found


def formula(claim):
    """The formula, typeset where a browser runs scripts and as LaTeX source below."""
    rows = html.escape(claim["formula"], quote=False)
    return (f'<div class="formula scroll">\\[\\begin{{aligned}}{rows}\\end{{aligned}}\\]</div>\n'
            f"<details><summary>LaTeX source</summary><pre>{rows}</pre></details>")


def verdict_rows(claim, evidence):
    rows = []
    for place, setting in enumerate(claim["settings"]):
        found = evidence.get((claim["name"], setting["name"]), (None, None))[0]
        name = f'<a href="#setting-{place}">{text(setting["name"])}</a>' if found else text(setting["name"])
        row = [name, verdict(setting["expected"]), setting["cost"]]
        if evidence:
            row[1:1] = [verdict(found["verdict"]) if found else "not run"]
            row += [found["evidence_level"], text(found["reason"]), interval(found)] if found else ["", "", ""]
        rows.append(row)
    return rows


def interval(evidence):
    if not evidence.get("interval"):
        return ""
    low, high = evidence["interval"]
    return f"[{number(low)}, {number(high)}]<br><small>{text(evidence['interval_of'])}</small>"


def quantity_table(quantities):
    return table(["quantity", "measured", "criterion", "predicted", "tolerance", "why this tolerance", "holds"],
                 [[text(q["what"]), number(q["measured"]), SIGN[q["criterion"]], number(q["predicted"]),
                   number(q["tolerance"]), text(q["reason"]),
                   ("yes" if claim_figures.holds(q) else "no") if q["judged"] else "not judged"] for q in quantities])


def control_list(evidence):
    items = [f"<li>{sign} control, {text(control['what'])}: {verdict(control['verdict'])}</li>"
             for sign in ("negative", "positive") for control in evidence[f"{sign}_controls"]]
    return f"<ul>{''.join(items)}</ul>" if items else "<p>none</p>"


def setting_section(place, evidence):
    judged = [q for q in evidence["quantities"] if q["judged"]]
    other = [q for q in evidence["quantities"] if not q["judged"]]
    parts = [f"<h3 id=\"setting-{place}\">{text(evidence['setting'])}</h3>",
             f"<p>{verdict(evidence['verdict'])} (expected {evidence['expected']}), {evidence['evidence_level']}, "
             f"{len(evidence['seeds'])} seeds: {text(evidence['reason'])}</p>",
             f"<details><summary>quantities judged: {len(judged)}</summary>{quantity_table(judged)}</details>"]
    if other:
        parts.append(f"<details><summary>beside them, not judged: {len(other)}</summary>"
                     f"{quantity_table(other)}</details>")
    return "\n".join([*parts, "<h4>Controls</h4>", control_list(evidence)])


def figure(name, alt, caption):
    return (f'<figure><div class="scroll"><img src="{name}" alt="{html.escape(alt)}"></div>'
            f"<figcaption>{caption}</figcaption></figure>")


def claim_page(claim, evidence, out):
    """Body of one claim's page; its figures go to `out`."""
    found = {place: evidence[claim["name"], s["name"]] for place, s in enumerate(claim["settings"])
             if (claim["name"], s["name"]) in evidence}
    own = list(found.values())
    head = ["setting", "verdict", "expected", "cost", "evidence", "why", "interval"] if evidence else \
        ["setting", "expected verdict", "cost"]
    parts = [f'<p class="statement">{text(claim["description"])}.</p>',
             f"<p>Source: {text(claim['source'])}</p>", "<h2>What is checked</h2>", formula(claim),
             "<h2>Assumptions of the translation</h2>",
             "<ul>" + "".join(f"<li>{text(line)}</li>" for line in claim.get("assumptions", [])) + "</ul>",
             "<h2>Verdicts</h2>", table(head, verdict_rows(claim, evidence))]
    if not own:
        return "\n".join([*parts, f"<p>{HOW.format(id=claim['name'])}</p>"])
    drawn = claim_figures.margins([found for found, _ in own], out / f"claim_{claim['name']}.svg")
    parts.append(figure(drawn.name, f"Measured against predicted for the settings of {claim['name']}",
                        "Judged quantities: the distance of measured and predicted in tolerances (where there is none, "
                        "relative to the prediction). The claim holds in the shaded range; of quantities of one kind "
                        "the one nearest to failing is drawn, with its number."))
    curves = claim_figures.curves(own, out / f"claim_{claim['name']}_curves.svg")
    if curves:
        parts.append(figure(curves.name, f"Curves stored with the evidence of {claim['name']}",
                            "Curves stored with the evidence, up to 10 seeds; dashed: predicted."))
    sections = [setting_section(place, one) for place, (one, _) in found.items()]
    return "\n".join([*parts, "<h2>What was measured</h2>", *sections])


def index_page(claims, evidence):
    parts = ["<p>Each statement of a paper is a claim, checked in several settings with one verdict each: "
             f"{verdict('supported')}, {verdict('refuted')} or {verdict('inconclusive')}. A refuted claim says where "
             "it stops holding; that is a result, and <em>expected</em> is what a change of the program must not "
             "change.</p>"]
    if not evidence:
        parts.append(f"<p>{HOW.format(id='--all')}</p>")
    for group, title in GROUPS.items():
        rows = []
        for claim in (c for c in claims if c["group"] == group):
            words = [evidence[claim["name"], s["name"]][0]["verdict"] if (claim["name"], s["name"]) in evidence
                     else s["expected"] if not evidence else "not run" for s in claim["settings"]]
            counts = ", ".join(f"{words.count(w)} {verdict(w) if w != 'not run' else w}" for w in dict.fromkeys(words))
            link = f'<a href="claim_{claim["name"]}.html">{claim["name"]}</a>'
            rows.append([link, text(claim["description"]), counts])
        parts += [f"<h2>{title}</h2>", table(["claim", "statement", "verdicts" if evidence else "expected"], rows)]
    return "\n".join(parts)


def write(claims, evidence, pages, out):
    """Sources into `pages`, figures into `out`."""
    write_page(pages, "claims", "Claims", index_page(claims, evidence))
    for claim in claims:
        write_page(pages, f"claim_{claim['name']}", f"Claim {claim['name']}", claim_page(claim, evidence, out))
