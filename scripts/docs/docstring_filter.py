#!/usr/bin/python3
"""A header as Doxygen should read it: Doxygen's INPUT_FILTER.   docstring_filter.py FILE.h

Docstrings are written for a reader of the source: equations stand indented, `Source:` and `Checked by:` begin a
sentence, the header's own comment is a plain //. Here they become @verbatim, @par and @file, and what Doxygen would
take for a command or a tag (`<w, v>`, `\\`, `#`) is escaped. No line of code is changed.
"""
import re
import sys

HEADINGS = ("Source", "Checked by", "Derivation")
TAG = re.compile(r"@(param|return|throws|pre|post)\b")


def escaped(text):
    """Text that Doxygen shows as it stands; `code` stays code and @param a tag."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts = [text]
    parts[::2] = [re.sub(r"\*(?=\S)|(?<=\S)\*", "&lowast;", re.sub(r"([\\<>#&$%|])", r"\\\1", part))
                  for part in parts[::2]]
    return "`".join(parts)


def split_headings(line):
    """The text of one docstring line, cut where a heading or a tag stands in it."""
    return re.split(rf"(?<=[.;)]) (?=(?:{'|'.join(HEADINGS)}):|@(?:param|return|throws|pre)\b)", line)


def docstring(lines):
    """The lines of one /// block, without their marks, as Doxygen's."""
    out, verbatim, in_tag = [], False, False
    for line in lines:
        indent, text = len(line) - len(line.lstrip()), line.strip()
        if verbatim and (not text or indent >= 3):
            out.append(line)
            continue
        if verbatim:
            out.append(" @endverbatim")
            verbatim = False
        if text and indent >= 3 and not in_tag:
            out = [part for part in out if part] if len(out) < 3 else out
            if out and out[-1].endswith(","):   # Doxygen ends a brief description with a full stop
                out[-1] = out[-1][:-1] + ":"
            out += ["", " @verbatim", line]
            verbatim = True
            continue
        if not text:
            in_tag = False
            out.append("")
            continue
        if indent <= 1:
            in_tag = bool(TAG.match(text)) or text.startswith("- ")
        for piece in split_headings(text):
            heading = re.match(rf"({'|'.join(HEADINGS)}): *(.*)", piece)
            if heading:
                out += ["", f" @par {heading[1]}", " " + escaped(heading[2])]
                in_tag = False
            else:
                in_tag = in_tag or bool(TAG.match(piece))
                thrown = re.match(r"(@throws [\w:]*\w)(.*)", piece)  # a name that Doxygen takes as it stands
                out.append(f" {thrown[1]} {escaped(thrown[2].lstrip(','))}".removesuffix(" .") if thrown else
                           " " + escaped(piece))
    return out + [" @endverbatim"] if verbatim else out


def comment(lines):
    """A block comment; what would end it early is parted."""
    return ["/**", *(line.replace("*/", "* /") for line in lines), "*/"]


def own_comment(lines):
    """(first, last + 1) of the // block that describes the header: at column 0, followed by a blank line or a
    namespace, before any docstring; (0, 0) if there is none."""
    for first, line in enumerate(lines):
        if re.match(r"//(?!/)", line):
            last = first
            while last < len(lines) and re.match(r"//(?!/)", lines[last]):
                last += 1
            after = lines[last] if last < len(lines) else ""
            return (first, last) if not after.strip() or after.startswith("namespace") else (0, 0)
        if line.startswith("///") or re.match(r"(struct|class|enum)\b", line):
            break
    return 0, 0


def filtered(text):
    lines = text.split("\n")
    first, last = own_comment(lines)
    out = comment(["@file", *docstring([line[2:] for line in lines[first:last]])])
    lines = lines[:first] + lines[last:]
    at = 0
    while at < len(lines):
        block = at
        while block < len(lines) and re.match(r"\s*///(?![/<])", lines[block]):
            block += 1
        if block > at:
            out += comment(docstring([re.sub(r"^\s*///", "", line) for line in lines[at:block]]))
            at = block
            continue
        trailing = re.match(r"(.*?///<)(.*)", lines[at])
        out.append(trailing[1] + escaped(trailing[2]) if trailing else lines[at])
        at += 1
    return "\n".join(out)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        sys.stdout.write(filtered(source.read()))
