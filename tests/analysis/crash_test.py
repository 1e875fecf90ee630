"""Runs that are killed, that share a name, or that fill the disk: what was flushed is readable, and x.h5 is whole or
not there.

Usage: crash_test.py FILE_TOOL. Exit 77 = a module is missing.
"""
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
try:
    import h5netcdf  # noqa: F401
    import xarray
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

tool = sys.argv[1]


def killed_in_the_middle(folder, rounds):
    generator = random.Random(7)
    target, part = folder / "killed.h5", folder / "killed.h5.part"
    most = 0
    for _ in range(rounds):
        part.unlink(missing_ok=True)
        process = subprocess.Popen([tool, "endless", str(target)], stdout=subprocess.PIPE)
        process.stdout.readline()      # at least one row is flushed
        time.sleep(generator.uniform(0, 0.2))
        process.kill()
        rows = int((process.stdout.read().split() or [1])[-1])
        assert process.wait() == -signal.SIGKILL
        assert not target.exists(), "a killed run left a finished file"
        with xarray.open_dataset(part, engine="h5netcdf") as result:
            assert result.sizes["step"] >= rows, (result.sizes, rows)
            for row in (0, rows // 2, rows - 1):
                assert result.step.values[row] == 3 * row and result.routing.values[row, 2, 1] == 3 * row + 21
        assert len((folder / "killed.jsonl").read_text().splitlines()) >= rows
        most = max(most, rows)
    assert most > 10, most
    print(f"killed {rounds} times: every flushed row readable (up to {most})")


def old_result_stays(folder):
    target = folder / "again.h5"
    subprocess.run([tool, "result", str(target)], check=True)
    before = target.read_bytes()
    process = subprocess.Popen([tool, "endless", str(target)], stdout=subprocess.PIPE)
    process.stdout.readline()
    second = subprocess.run([tool, "result", str(target)], capture_output=True, text=True)
    assert second.returncode == 2 and "another process" in second.stderr, second.stderr
    process.kill()
    process.wait()
    assert target.read_bytes() == before, "an unfinished run changed the finished file"
    subprocess.run([tool, "result", str(target)], check=True)      # takes over what the killed run left
    assert not (folder / "again.h5.part").exists()


def full_disk(folder):
    """A limit on the file size stands for a full disk. Exit 2 and no finished file, whenever it strikes."""
    for command in ("result", "dataset"):
        for limit in (0, 100, 2_000, 5_000, 9_000, 11_000, 30_000, 100_000):
            target = folder / f"{command}{limit}.h5"

            def limited():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

            answer = subprocess.run([tool, command, str(target)], capture_output=True, text=True, preexec_fn=limited)
            assert answer.returncode == 2 or (answer.returncode == 0 and command == "dataset" and limit >= 30_000), \
                (command, limit, answer)
            assert target.exists() == (answer.returncode == 0)
            assert answer.returncode == 0 or "File too large" in answer.stderr, answer.stderr


with tempfile.TemporaryDirectory() as scratch:
    where = pathlib.Path(scratch)
    killed_in_the_middle(where, 20)
    old_result_stays(where)
    full_disk(where)
