"""scripts/examples/tour.ipynb: every code cell runs, and the notebook is the one that make_tour.py describes."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "examples"
sys.path[:0] = [str(EXAMPLES), str(EXAMPLES.parent)]
import lemmata  # noqa: E402
import make_tour  # noqa: E402

CELLS = json.loads((EXAMPLES / "tour.ipynb").read_text(encoding="utf-8"))["cells"]


def test_the_notebook_has_the_cells_of_its_script_and_their_outputs():
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in CELLS] == list(make_tour.CELLS)
    outputs = [output for cell in CELLS for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert all(output["output_type"] != "error" for output in outputs)
    assert (EXAMPLES / "tour.ipynb").stat().st_size < 200_000 and str(EXAMPLES) not in json.dumps(CELLS)


def test_every_code_cell_runs_in_order():
    try:
        lemmata.program()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    code = "\n".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code")
    code += "\nassert [line.get_gid() for line in left.lines][:2] == ['mot_three_stage', 'mot_single_transformer']" \
            "\nassert left.lines[0].get_linestyle() != left.lines[1].get_linestyle() and len(right.lines) == 2"
    done = subprocess.run([sys.executable, "-c", code], cwd=EXAMPLES, capture_output=True, text=True,
                          env={**os.environ, "MPLBACKEND": "Agg"})
    assert done.returncode == 0, done.stderr
    printed = "".join("".join(output["text"]) for cell in CELLS for output in cell.get("outputs", [])
                      if output.get("name") == "stdout")
    lines = done.stdout.splitlines()  # all but the rates' last digits are the same on every machine
    assert len(lines) == len(printed.splitlines()) > 5 and lines[0] == printed.splitlines()[0]
