"""The program that tests of the scripts run."""
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

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


def forked(main, *words):
    """What a script's `main` does with these words, in a fork that has its imports already: starting Python anew for
    every refusal takes most of the tests' time. Returns what subprocess.run would."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(error.fileno(), 2)
                sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
                sys.argv = [main.__module__, *map(str, words)]
                try:
                    code = main() or 0
                except SystemExit as end:
                    code = end.code or 0
                except BaseException:
                    traceback.print_exc()
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code if isinstance(code, int) else 1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        error.seek(0)
        return subprocess.CompletedProcess(words, code, out.read(), error.read())
