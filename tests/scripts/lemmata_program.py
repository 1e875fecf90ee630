"""The program that tests of the scripts run."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import lemmata  # noqa: E402


def program():
    """Path of the program. Where $LEMMATA names one it must be there; without it a test is skipped if none is found."""
    try:
        return lemmata.program()
    except FileNotFoundError as error:
        if "LEMMATA" in os.environ:
            raise
        pytest.skip(str(error))
