"""What the tests of the program share: running it, short scenarios, reading result files, collecting failures."""
import atexit
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
    import xarray  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())


def memory_disk():
    """A disk in memory where there is one with room, unless TMPDIR says otherwise: waiting for a real one to have
    written is most of the time of a test that interrupts a program, and shows nothing that a killed process would."""
    place = pathlib.Path("/dev/shm")
    roomy = place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free > 2e9
    return place if roomy and "TMPDIR" not in os.environ else None


FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="lemmata_test_", dir=memory_disk()))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
SHORT = {"stages.0.steps": 30, "stages.1.steps": 30, "stages.2.steps": 40, "model.experts": 5, "data.heldout": 50}
CHANGES_FROM_RUN_TO_RUN = {"started", "wall_time_s", "threads"}


def preloadable(library):
    """The library under a name that LD_PRELOAD takes, which ends names at blanks and colons."""
    copy = shutil.copy(library, FOLDER)
    assert not set(str(copy)) & set(" :"), f"{copy}: set TMPDIR to a folder without blanks and colons"
    return str(copy)


def lemmata(*arguments, expect=0):
    """Runs the program in FOLDER; AssertionError unless it exits with `expect`, one code or a tuple of them. Returns
    standard output where 0 is expected, standard error elsewhere."""
    allowed = expect if isinstance(expect, tuple) else (expect,)
    result = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=FOLDER, timeout=900)
    assert result.returncode in allowed, \
        f"lemmata {' '.join(map(str, arguments))}: exit {result.returncode}, not {expect}: {result.stderr}"
    return result.stdout if 0 in allowed else result.stderr


def overrides(settings):
    return [word for path, value in settings.items() for word in ("--set", f"{path}={json.dumps(value)}")]


def stopped_twice(command, lines, first, second):
    """Runs a study, COMMAND cut.json --out cut.h5, until its file of kept lines in FOLDER has more than `first` lines,
    kills it, and interrupts the one that goes on when there are more than `second`. Returns how many are kept then."""
    path = FOLDER / lines
    for most, sent in ((first, signal.SIGKILL), (second, signal.SIGINT)):
        process = subprocess.Popen([PROGRAM, command, "cut.json", "--out", "cut.h5", "--quiet"], cwd=FOLDER,
                                   stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (path.exists() and len(path.read_text().splitlines()) > most) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(sent)
        assert process.wait(timeout=60) == (130 if sent == signal.SIGINT else -sent)
        assert not (FOLDER / "cut.h5").exists()
        kept = len(path.read_text().splitlines())
        assert kept > most
    return kept


def run(out, settings=None, *options, scenario="mot/three_stage", expect=0):
    """Trains a short scenario into FOLDER/out; returns the path."""
    lemmata("run", scenario, *overrides({**SHORT, **(settings or {})}), "--out", out, "--quiet", *options,
            expect=expect)
    return FOLDER / out


def arrays(path):
    """Every dataset of a file by its path, dimensions without values left out."""
    found = {}
    with h5py.File(path, "r") as file:
        def visit(name, item):
            if isinstance(item, h5py.Dataset) and not item.attrs.get("NAME",
                                                                     b"").startswith(b"This is a netCDF dimension but "
                                                                                     b"not"):
                found[name] = item[()]
        file.visititems(visit)
    return found


def attributes(path):
    with h5py.File(path, "r") as file:
        return {name: value.decode() if isinstance(value, bytes) else value for name, value in file.attrs.items()}


def assert_same_bits(first, second, what):
    """Same names, shapes, types and bits (NaN included) in two results of `arrays`."""
    assert set(first) == set(second), f"{what}: {set(first) ^ set(second)}"
    for name in first:
        a, b = np.asarray(first[name]), np.asarray(second[name])
        assert a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes(), f"{what}: {name} differs"


def state_of(folder):
    """What going on with a folder could depend on: names, contents, and the arrays of results; of what is only written
    over, the beginning."""
    found = set()
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        if path.suffix in (".part", ".lock"):
            content = content[:8]
        elif path.suffix == ".h5":
            content = b"".join(name.encode() + np.asarray(values).tobytes()
                               for name, values in sorted(arrays(path).items()))
        elif path.name.endswith(".metrics.json"):
            content = b""  # never read; it has the time that the run took
        found.add((str(path.relative_to(folder)), hashlib.sha256(content).digest()))
    return frozenset(found)


class NotTried(Exception):
    """A check that this machine does not allow: the test is then reported as skipped unless another one failed."""


def run_checks(checks):
    """Runs every function of `checks`; prints the failures and what was not tried; exit code 0, 1 or 77."""
    problems, left_out = [], []
    for check in checks:
        try:
            check()
        except AssertionError as failure:
            problems.append(f"{check.__name__}: {failure or 'assertion failed'}")
        except NotTried as why:
            left_out.append(f"{check.__name__} was not tried: {why}")
    passed = f"{len(checks) - len(left_out)} checks passed"
    print("\n".join(problems + left_out + ([] if problems else [passed])))
    return 1 if problems else 77 if left_out else 0
