"""`lemmata watch` against living and dying writers, on a pseudo-terminal and in folders.  watch_test.py PROGRAM; exit
0, 1 or 77. The page is in watch_page_test.py.

The writers are processes of their own that append as a run does: one line, one flush.
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from program import FOLDER, PROGRAM, lemmata, run, run_checks

WRITER = """
import json, sys, time
count, per_second = int(sys.argv[2]), float(sys.argv[3])
begin = time.monotonic()
with open(sys.argv[1], "w") as file:
    for step in range(count):
        record = {"step": step, "stage": 1, "loss": 0.99 ** step, "prediction_loss": 1 / (step + 1)}
        file.write(json.dumps(record) + "\\n")
        file.flush()
        time.sleep(max(0, begin + (step + 1) / per_second - time.monotonic()))
"""


def writer(name, count, per_second):
    return subprocess.Popen([sys.executable, "-c", WRITER, str(FOLDER / name), str(count), str(per_second)])


def snapshot(*words):
    return json.loads(lemmata("watch", *words, "--json", "-"))


def record(step, **numbers):
    return json.dumps({"step": step, **numbers}) + "\n"


def wait_for(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


class View:
    """watch on a terminal of its own, of so many columns and rows."""

    def __init__(self, *words, columns=80, rows=24):
        self.ours, theirs = pty.openpty()
        self.resize(columns, rows)
        self.seen = b""
        self.process = subprocess.Popen([PROGRAM, "watch", *map(str, words)], stdin=theirs, stdout=theirs,
                                        stderr=theirs, cwd=FOLDER, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.theirs = theirs

    def resize(self, columns, rows):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.ours], [], [], 0.05)[0]:
                self.seen += os.read(self.ours, 65536)

    def frames(self):
        """Every picture that was whole, as text without control sequences."""
        parts = self.seen.split(b"\x1b[J")[:-1]
        return [re.sub(rb"\x1b\[\d*[AKJH]|\r", b"", part).decode() for part in parts]

    def shows(self, text, seconds=20):
        def is_shown():
            self.read(0.1)
            return bool(self.frames()) and text in self.frames()[-1]
        wait_for(is_shown, f"{text!r} in {self.frames()[-1:]}", seconds)

    def interrupt(self):
        """Ctrl-C; -> exit code."""
        os.write(self.ours, b"\x03")
        try:
            return self.process.wait(timeout=10)
        finally:
            self.process.kill()
            os.close(self.ours)
            os.close(self.theirs)


def test_one_look_at_a_run_that_ended_says_what_its_files_say():
    path = run("ended.h5")
    text = lemmata("watch", path.with_suffix(".jsonl"))
    assert "ended.jsonl  finished: completed  stage 3 (III)  step 100" in text, text
    assert "\x1b" not in text and "loss, log axis" in text and max(map(len, text.splitlines())) <= 80, text
    shown = snapshot(path.with_suffix(".jsonl"))["runs"][0]
    lines = [json.loads(line) for line in path.with_suffix(".jsonl").read_text().splitlines()]
    metrics = json.loads(path.with_suffix(".metrics.json").read_text())
    assert shown["records"] == len(lines) and shown["wall_time_s"] == metrics["wall_time_s"], shown
    for curve in shown["curves"]:
        assert curve["x"] == [line["step"] for line in lines], curve
        assert curve["y"] == [line[curve["metric"]] for line in lines], curve
    assert all(shown["last"][name] == metrics[name] for name in shown["last"]), shown["last"]
    chosen = snapshot(path.with_suffix(".jsonl"), "--metric", "error,loss", "--metric", "none")["runs"][0]["curves"]
    assert [curve["metric"] for curve in chosen] == ["error", "loss", "none"] and chosen[2]["count"] == 0, chosen


def test_the_ends_of_several_seeds_are_points_over_the_seed():
    path = run("several.h5", {"record.metrics": ["loss"]}, "--seeds", "3-5")
    shown = snapshot(path.with_suffix(".jsonl"))["runs"][0]
    lines = [json.loads(line) for line in path.with_suffix(".jsonl").read_text().splitlines()]
    assert shown["axis"] == "seed" and shown["records"] == 3, shown
    assert shown["curves"][0]["x"] == [line["seed"] for line in lines]
    text = lemmata("watch", path.with_suffix(".jsonl"))
    assert "3 seeds" in text and "loss at the end, by seed, log axis" in text, text


def test_a_living_run_is_watched_and_not_disturbed():
    view = View("living.jsonl")
    view.shows("waiting for this file")
    first, second = run("living.h5"), run("alone.h5")
    view.shows("finished: completed")
    assert view.interrupt() == 0
    assert first.with_suffix(".jsonl").read_bytes() == second.with_suffix(".jsonl").read_bytes()
    assert sorted(path.name for path in FOLDER.glob("living*")) == ["living.h5", "living.jsonl", "living.metrics.json"]


def test_a_writer_that_is_killed_within_a_line_and_a_new_one():
    process = writer("killed.jsonl", 100_000, 200)
    view = View("killed.jsonl", "--steps", 1_000_000)
    view.shows("growing")
    view.shows(" left")
    process.kill()
    process.wait()
    file = FOLDER / "killed.jsonl"
    with open(file, "a", encoding="utf-8") as torn:
        torn.write('{"step":')
    view.shows("last line not ended")
    last = json.loads(file.read_text().splitlines()[-2])["step"]
    view.shows(f"step {last} ")
    os.utime(file, (time.time() - 100, time.time() - 100))
    view.shows("silent for 1 min 4")
    file.write_text(record(0, loss=1))   # the run is begun again
    view.shows("began anew: 1 times")
    assert "last line not ended" not in view.frames()[-1] and view.process.poll() is None
    file.unlink()
    view.shows("gone")
    (FOLDER / "other").write_text(record(5, loss=1) + record(7, loss=0.5))
    (FOLDER / "other").rename(file)
    view.shows("step 7")
    assert view.interrupt() == 0


def cpu_seconds(process):
    """Of a process that runs; finer than its ticks, where the kernel keeps that."""
    try:
        with open(f"/proc/{process}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9
    except OSError:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_thousand_records_a_second_for_three_seconds():
    view, process = View("fast.jsonl"), writer("fast.jsonl", 3000, 1000)
    assert process.wait(timeout=60) == 0
    view.shows("step 2999")
    cpu, seconds = cpu_seconds(view.process.pid), 3.0
    rate = re.findall(r"([\d.e+]+) steps/s", "\n".join(view.frames()))
    assert view.interrupt() == 0
    shown = snapshot("fast.jsonl")["runs"][0]
    assert shown["records"] == 3000 and not shown["passed_over"]["no_json"] and not shown["torn"], shown
    for curve in shown["curves"]:
        assert curve["count"] == 3000 and len(curve["x"]) <= 1026, curve["count"]
        assert curve["x"][0] == 0 and curve["x"][-1] == 2999, curve["x"]
    print(f"watch of 1,000 records a second: {cpu:.2f} s of CPU in {seconds:.0f} s, {100 * cpu / seconds:.1f} %; "
          f"{len(view.frames())} frames; last rates {rate[-3:]} steps/s")
    assert cpu < 0.3 * seconds, cpu
    assert rate and 700 < float(rate[-1]) < 1300, rate


def test_a_truncated_file_garbage_and_huge_lines():
    file = FOLDER / "cut.jsonl"
    file.write_text("".join(record(step, loss=1 / (step + 1)) for step in range(500)))
    view = View("cut.jsonl")
    view.shows("step 499")
    os.truncate(file, 0)
    view.shows("no record yet")
    with open(file, "ab") as more:
        more.write(record(3, loss=0, prediction_loss=None).encode() + b"\xff\xfe not JSON\n\n[]\n" + b"x" * 3_000_000
                   + b"\n" + b'{"loss": 1}\n' + record(4, loss=-1, prediction_loss=2).encode())
    view.shows("step 4")
    view.shows("lines passed over: 2 no JSON object, 1 too long, 1 without step")
    view.shows("loss: 2 zero or negative not drawn")
    assert view.interrupt() == 0
    shown = snapshot("cut.jsonl")["runs"][0]
    assert shown["passed_over"] == {"no_json": 2, "too_long": 1, "without_step": 1}, shown
    assert shown["curves"][1]["dropped"] == {"not_positive": 0, "not_finite": 1}, shown
    assert shown["last"] == {"loss": -1, "prediction_loss": 2} and shown["records"] == 2, shown


def test_a_folder_shows_the_newest_first_and_counts_the_rest():
    folder = FOLDER / "many"
    folder.mkdir()
    for i in range(12):
        (folder / f"r{i}.jsonl").write_text(record(1, loss=1) + record(2, loss=0.1))
        os.utime(folder / f"r{i}.jsonl", (1000 + i, 1000 + i))
    shown = snapshot(folder)
    assert [os.path.basename(r["file"]) for r in shown["runs"]] == [f"r{i}.jsonl" for i in range(11, 3, -1)], shown
    assert shown["not_shown"] == 4 and all(r["state"] == "silent" for r in shown["runs"]), shown
    view = View(folder)
    view.shows("of 12 runs, the newest")
    (folder / "new.jsonl").write_text(record(1, loss=1))
    view.shows("of 13 runs, the newest")
    view.shows("new.jsonl  growing")
    assert view.interrupt() == 0
    empty = FOLDER / "empty"
    empty.mkdir()
    assert "no .jsonl file yet" in lemmata("watch", empty)


def test_on_80_columns_no_line_is_longer_and_the_picture_is_redrawn_in_place():
    name = "a_name_of_a_run_that_is_far_longer_than_a_terminal_is_wide_" + 60 * "x" + ".jsonl"
    many = {f"number_{i}": i / 7 for i in range(40)}
    (FOLDER / name).write_text("".join(record(step, loss=0.9 ** step, prediction_loss=1, **many) for step in range(99)))
    for columns, rows in ((80, 24), (40, 10), (200, 50), (12, 5)):
        view = View(name, columns=columns, rows=rows)
        begin = time.monotonic()
        wait_for(lambda: view.read(0.3) or len(view.frames()) >= 3, "three pictures")
        frames, seconds = view.frames(), time.monotonic() - begin
        assert len(frames) <= 2 * seconds + 2, f"{len(frames)} pictures in {seconds} s"
        for frame in frames:
            lines = frame.splitlines()
            assert max(map(len, lines)) < columns and len(lines) < rows, (columns, rows, frame)
        up = re.findall(rb"\x1b\[(\d+)A", view.seen)
        assert [int(n) for n in up] == [len(frame.splitlines()) for frame in frames[:len(up)]], (up, frames)
        if columns == 80:
            view.resize(60, 20)
            wait_for(lambda: view.read(0.3) or b"\x1b[2J" in view.seen, "the screen cleared after a change of its size")
            assert max(map(len, view.frames()[-1].splitlines())) < 60, view.frames()[-1]
        assert view.interrupt() == 0
    wide = subprocess.run([PROGRAM, "watch", name], cwd=FOLDER, env={**os.environ, "COLUMNS": "50"},
                          capture_output=True, text=True, check=True).stdout
    assert max(map(len, wide.splitlines())) <= 50, wide


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
