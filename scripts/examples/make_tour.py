#!/usr/bin/python3
"""Writes tour.ipynb beside this file: the cells below, run in a Jupyter kernel, with what they printed and drew.

    make_tour.py        needs python3-nbclient and python3-ipykernel from Debian, and a built program

tests/scripts/tour_test.py runs the cells of the notebook without a kernel and compares them with those here.
Exit 2: a package is missing or a cell failed.
"""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
CELLS = (
    ("markdown", """# A tour: the demo's figure in Python
A Mixture of Transformers against a single transformer, from the run to the figure, with
[`scripts/lemmata.py`](../lemmata.py). Run in this folder, with the program built (`README.md`, "Two commands")."""),
    ("code", """import subprocess, sys, tempfile
sys.path.insert(0, "..")
import lemmata
import matplotlib.pyplot as plt
import numpy as np

folder = tempfile.TemporaryDirectory()
files = [f"{folder.name}/{name}.h5" for name in ("mixture", "single")]
for scenario, file in zip(("mot/three_stage", "mot/single_transformer"), files):
    subprocess.run([lemmata.program(), "run", scenario, "--out", file, "--quiet"], check=True, capture_output=True)"""),
    ("markdown", "Both results in one Dataset, along `run`; what differs between their settings are coordinates."),
    ("code", """ds = lemmata.open(files)
print(dict(ds.sizes))
print({key: ds[key].values.tolist() for key in ("model.kind", "stages.0.steps", "model.init.ffn_std")})"""),
    ("markdown", "The laws of the last stage as `lemmata fit` finds them: the mixture's loss falls exponentially."),
    ("code", """fits = lemmata.laws(ds)
for fit in fits:
    rate = fit["rate"] and f"{fit['rate']:.6f} per step"
    print(fit["run"], fit["part"], fit["law"], rate, fit["window"])"""),
    ("markdown", "T(eps), the steps to a prediction loss of eps, exact at the levels that a file stores; `NaN` = no."),
    ("code", """levels = 10.0 ** -np.arange(1, 14)
steps = lemmata.steps_to_eps(ds, levels)
print(steps.sel(eps=[1e-1, 1e-3, 1e-6, 1e-12], method="nearest").to_pandas().to_string())"""),
    ("markdown", "The figure: stages begin at the grey lines, the fitted law is dotted over its window."),
    ("code", """figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5), dpi=70, layout="constrained")
lemmata.plot_loss(ds, fits=fits, axes=left)
for row, line in zip(steps, left.lines):
    right.loglog(1 / levels, row, color=line.get_color(), linestyle=line.get_linestyle(), marker="o",
                 label=row.run.item())
right.set(xlabel="1 / eps [1]", ylabel="T(eps) [updates]")
right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False)
plt.show()"""),
)


def main():
    try:
        import nbclient
        import nbformat
    except ImportError as error:
        print(f"make_tour: {error}; apt-get install python3-nbclient python3-ipykernel", file=sys.stderr)
        return 2
    # A kernel of the same Python, whatever python3 the PATH finds first.
    os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    cells = [make[kind](text, id=f"cell-{number}") for number, (kind, text) in enumerate(CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    try:
        nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60, record_timing=False,
                                resources={"metadata": {"path": str(HERE)}}).execute()
    except Exception as error:  # a cell's, with its traceback
        print(f"make_tour: {error}", file=sys.stderr)
        return 2
    nbformat.write(notebook, HERE / "tour.ipynb")
    print(HERE / "tour.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main())
