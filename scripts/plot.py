#!/usr/bin/python3
"""A figure for a paper from result files, or its numbers: what `lemmata plot` runs.

    plot.py FILE... --figure KIND -o FILE.(svg|pdf|png|csv) [--width 3.25in]

loss          loss over steps with stages and the fitted laws      routing   class x expert, of the last record
steps_to_eps  T(eps) over 1/eps                                    conflict  mean cosine of class gradients
curvature     lambda_min, lambda_max, lambda_min/loss of experts   attention its mass by token kind or component
entropy       entropy of attention                                 invariant Theorem 1 of JoMA, both sides
law_map       the law of T(eps) by regime, of `lemmata map`

Panels have the golden ratio and the legend stands below them; letters of an SVG are paths, those of a PDF embedded Type
42 fonts. Colours are told apart by colour-blind readers, line styles and markers in grey. A .csv holds the numbers
drawn, for pgfplots (col sep=comma): a column per curve, NaN as nan. The file appears whole or not at all.
Exit 2: bad usage, a package or a variable is missing, or the file cannot be written; one line says which.
"""
import argparse
import os
import re
import sys
import tempfile

KINDS = ("loss", "steps_to_eps", "routing", "conflict", "curvature", "attention", "law_map", "entropy", "invariant")
ENDINGS = (".svg", ".pdf", ".png", ".csv")
INCHES = {"in": 1, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72.27}  # pt as TeX has them
DEBIAN = "/usr/bin/python3"
COLUMNS = {"one": 3.25, "two": 6.75}
PAPER = {"font.size": 8, "axes.labelsize": 8, "axes.titlesize": 7, "xtick.labelsize": 7, "ytick.labelsize": 7,
         "legend.fontsize": 7, "axes.linewidth": 0.6, "lines.linewidth": 1.2, "xtick.major.width": 0.6,
         "ytick.major.width": 0.6, "xtick.minor.width": 0.4, "ytick.minor.width": 0.4, "svg.fonttype": "path",
         "pdf.fonttype": 42, "svg.hashsalt": "lemmata", "savefig.dpi": 300}


def fail(message):
    print("plot: " + " ".join(str(message).split()), file=sys.stderr)
    sys.exit(2)


def inches(text):
    """3.25in, 8.3cm, 83mm or 235pt in inches; `one` and `two` columns. ValueError: no length from 1.5 to 20 in."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{0,6})?)(in|cm|mm|pt)", text)
    width = COLUMNS.get(text) or (float(found[1]) * INCHES[found[2]] if found else 0)
    if not 1.5 <= width <= 20:
        raise ValueError(f"--width: found {text!r}, allowed: 1.5in to 20in as NUMBER(in|cm|mm|pt), or one | two")
    return width


def csv_text(table):
    """Lines of a table; numbers as Python writes them, which reads them back to the same bits."""
    columns = [[value if isinstance(value, str) else repr(value) for value in
                (column if isinstance(column, list) else column.tolist())] for column in table.values()]
    return "\n".join([",".join(table), *(",".join(row) for row in zip(*columns))]) + "\n"


def write(path, save):
    """Writes by save(temporary path) and renames, so that `path` is whole or untouched."""
    folder, ending = os.path.dirname(os.path.abspath(path)), os.path.splitext(path)[1]
    handle, temporary = tempfile.mkstemp(ending, ".plot-", folder)
    os.close(handle)
    try:
        save(temporary)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = fail
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--figure", required=True)
    parser.add_argument("-o", "--out", required=True)
    parser.add_argument("--width", default="one")
    found = parser.parse_args()
    ending = os.path.splitext(found.out)[1]
    if found.figure not in KINDS:
        fail(f"--figure: found {found.figure!r}, allowed: {' | '.join(KINDS)}")
    if ending not in ENDINGS:
        fail(f"--out: found {found.out!r}, allowed: a name that ends in {' | '.join(ENDINGS)}")
    if os.path.isdir(found.out):
        fail(f"--out: found the folder {found.out!r}, allowed: a file")
    if any(os.path.exists(found.out) and os.path.exists(f) and os.path.samefile(found.out, f) for f in found.files):
        fail(f"--out: found {found.out!r}, a file to be read, allowed: another one")
    return found, ending


def main():
    found, ending = arguments()
    try:
        import matplotlib
        matplotlib.use("Agg")
        import lemmata  # noqa: F401  (xarray and h5netcdf)
    except ImportError as error:
        # Debian's packages are seen by its own Python alone; another may stand first on PATH.
        if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN) and os.access(DEBIAN, os.X_OK):
            os.execv(DEBIAN, [DEBIAN, *sys.argv])
        fail(f"{sys.executable} has no {error.name}; install python3-matplotlib, python3-xarray and python3-h5netcdf")
    import plot_figures
    import plot_theory

    matplotlib.rcParams.update(PAPER)
    try:
        page = plot_figures.Page(inches(found.width))
        if len(found.files) > plot_figures.MOST_FILES:
            fail(f"FILE: found {len(found.files)} files, allowed: at most {plot_figures.MOST_FILES}")
        draw = getattr(plot_figures, found.figure, None) or getattr(plot_theory, found.figure)
        figure, table = draw(found.files, page)
        plot_figures.settle(figure)

        def save(path):
            if ending == ".csv":
                with open(path, "w", encoding="utf-8") as file:
                    file.write(csv_text(table))
            else:
                dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": None}[ending]
                figure.savefig(path, metadata=dated)
        write(found.out, save)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror}" if error.strerror else error)
    except ValueError as error:
        fail(error)
    except Exception as error:  # whatever a file holds is a line, not a traceback
        fail(f"{found.files[0]}: {type(error).__name__}: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
