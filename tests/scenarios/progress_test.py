"""Progress on a terminal and elsewhere, and Ctrl-C there, by contract.md, "Program".  progress_test.py PROGRAM; exit 0,
1 or 77.

The terminal is a pseudo-terminal, the program's controlling one, so that Ctrl-C reaches it as it would reach it by
hand.
"""
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time

from program import FOLDER, PROGRAM, attributes, overrides, run_checks

ONE_STAGE = {"record.metrics": ["loss"], "data.heldout": 0, "stages.1.steps": 0, "stages.2.steps": 0}
ENDLESS = overrides({**ONE_STAGE, "stages.0.steps": 100_000_000})
BAR = re.compile(rb"\r\x1b\[K(\S+) \[(#*)(\.*)\] +(\d+) %  (\S+) (\w+)/s  ([^\r\n\x1b]*)")
REMAINING = re.compile(rb"(\d+ s|\d+ min \d\d s|\d+ h \d\d min) left")
CLEARED = b"\r\x1b[K"
SAID = re.compile(rb"(numerical note|lemmata): [^\n]*\n")  # lines of their own, below the bar


class Terminal:
    """The program with standard error on a terminal of its own; standard output there too, or in a pipe."""

    def __init__(self, *words, both=False):
        self.ours, theirs = pty.openpty()
        self.before, self.seen = termios.tcgetattr(theirs), b""
        self.process = subprocess.Popen(
            [PROGRAM, *map(str, words)], stdin=theirs, stdout=theirs if both else subprocess.PIPE,
            stderr=theirs, cwd=FOLDER,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.theirs = theirs   # kept open: what was written can be read after the program's end

    def read(self, seconds):
        """Reads for at most so long, less if nothing comes and the program has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.ours], [], [], 0.05)[0]:
                self.seen += os.read(self.ours, 65536)
            elif self.process.poll() is not None:
                return

    def wait_for(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline and self.process.poll() is None, \
                f"ended or nothing came: {self.seen[-300:]}"
            self.read(0.05)

    def finish(self):
        """-> (exit code, what stood on the terminal, what was in the pipe); the terminal is as it was before."""
        self.read(60)
        try:
            out = self.process.communicate(timeout=60)[0]
            assert termios.tcgetattr(self.theirs) == self.before, "the terminal's settings changed"
        finally:
            self.process.kill()
            os.close(self.ours)
            os.close(self.theirs)
        return self.process.returncode, self.seen, out


def assert_clean(seen):
    """The last line is ended, and of control sequences there was only `back to the start, clear the line`."""
    assert seen.endswith(b"\n"), f"the last line is not ended: {seen[-100:]}"
    rest = seen.replace(CLEARED, b"").replace(b"\r\n", b"\n")
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", rest), f"other control characters: {rest[-300:]}"


def test_a_terminal_shows_a_bar_with_rate_and_remaining_time_redrawn_in_place():
    steps = overrides({**ONE_STAGE, "stages.0.steps": 100_000})
    code, seen, out = Terminal("run", "mot/three_stage", *steps, "--out", "bar.h5").finish()
    bars = BAR.findall(seen)
    assert code == 0 and len(bars) >= 3, (code, seen)
    assert_clean(seen)
    assert SAID.sub(b"", seen).count(b"\n") == 1, f"the bar is not redrawn in place: {seen}"
    percents = [int(percent) for _, _, _, percent, _, _, _ in bars]
    assert percents == sorted(percents) and percents[0] < percents[1] and percents[-1] == 100, percents
    for title, done, left, percent, rate, unit, rest in bars:
        assert (title, unit, len(done + left)) == (b"mot/three_stage", b"steps", 30), title
        assert abs(len(done) - 0.3 * int(percent)) <= 1.2, (done, percent)
        assert float(rate) > 0, rate
    assert all(REMAINING.fullmatch(bar[6].strip()) for bar in bars[1:-1]), bars
    assert b"left" not in bars[-1][6], "no time is left at the end"
    assert b"%" not in out and b"\x1b" not in out and b"bar.h5 written" in out, out


def test_rate_and_remaining_time_agree_with_the_steps_that_are_left():
    terminal = Terminal("run", "mot/three_stage", *ENDLESS, "--out", "rate.h5")
    terminal.read(2.5)
    os.write(terminal.ours, b"\x03")
    bars = BAR.findall(terminal.finish()[1])[3:-1]
    assert len(bars) >= 3, bars
    for _, _, _, percent, rate, _, rest in bars:
        said = re.match(rb"(\d+) h (\d\d) min left|(\d+) min \d\d s left", rest.strip())  # then perhaps ^C
        assert said, rest
        hours, minutes = (int(part or 0) for part in (said[1], said[2] or said[3]))
        wanted = 1e8 / float(rate) / 60
        assert int(percent) <= 1 and abs(60 * hours + minutes - wanted) < 0.02 * wanted + 1, (rate, rest, wanted)


def test_no_stream_that_is_no_terminal_gets_a_bar():
    steps = overrides({**ONE_STAGE, "stages.0.steps": 40_000})
    for name, streams in (("error", {"stderr": subprocess.PIPE}),
                          ("both", {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE})):
        ours, theirs = pty.openpty()
        process = subprocess.run([PROGRAM, "run", "mot/three_stage", *steps, "--out", f"{name}.h5"], cwd=FOLDER,
                                 check=False,
                                 **{"stdout": theirs, "stderr": theirs, **streams})
        assert process.returncode == 0
        os.write(theirs, b"end")
        shown = os.read(ours, 65536)
        for file in (ours, theirs):
            os.close(file)
        for stream in (process.stderr, process.stdout or b"", shown):
            assert b"\x1b" not in stream and b"[#" not in stream and b"/s " not in stream, stream
        assert b"\r" not in process.stderr and b"written" in (shown if name == "error" else process.stdout), \
            (shown, process)


def test_elsewhere_a_plain_line_every_ten_seconds():
    words = [PROGRAM, "run", "mot/three_stage", *ENDLESS, "--out", "plain.h5"]
    process = subprocess.Popen(words, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        begin = time.monotonic()
        assert select.select([process.stderr], [], [], 60)[0], "no line in a minute"
        waited, line = time.monotonic() - begin, os.read(process.stderr.fileno(), 65536)
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert waited > 9, f"the first line after {waited} s"
    assert re.fullmatch(rb"mot/three_stage +\d+ %  \S+ steps/s  \d+ (min|h) \d\d (s|min) left\n", line), line
    assert b"--resume goes on" in rest and SAID.sub(b"", rest) == b"", rest


def test_quiet_says_nothing_on_a_terminal():
    steps = overrides({**ONE_STAGE, "stages.0.steps": 20_000})
    for words in (["run", "mot/three_stage", *steps, "--out", "quiet.h5"], ["check", "M10"]):
        code, seen, out = Terminal(*words, "--quiet").finish()
        assert code == 0 and seen == b"" and out, (words, seen)


def test_lines_of_check_stand_above_its_bar():
    code, seen, _ = Terminal("check", "M10").finish()
    assert code == 0 and CLEARED + b"M10 trained: supported\r\n" in seen and BAR.findall(seen)[-1][5] == b"checks", seen
    assert_clean(seen)


def test_ctrl_c_ends_the_line_keeps_what_was_recorded_and_says_so():
    terminal = Terminal("run", "mot/three_stage", *ENDLESS, "--out", "cut.h5", both=True)
    terminal.wait_for(lambda: len(BAR.findall(terminal.seen)) >= 3)
    os.write(terminal.ours, b"\x03")
    code, seen, _ = terminal.finish()
    assert code == 130, code
    assert_clean(seen.replace(b"^C", b""))   # the terminal's own echo
    last_bar = seen.rindex(CLEARED)
    assert re.match(rb"[^\n]*\r\nseed +steps", SAID.sub(b"", seen[last_bar + len(CLEARED):])), \
        f"the result stands in the bar's line: {seen[last_bar:]}"
    assert b"interrupted" in seen[last_bar:] and b"left" not in seen[last_bar:]
    assert attributes(FOLDER / "cut.h5")["stop_reason"] == "interrupted"
    assert sorted(path.name for path in FOLDER.glob("cut*")) == [
        "cut.checkpoint", "cut.h5", "cut.journal", "cut.jsonl", "cut.metrics.json"]


def test_ctrl_c_twice_ends_the_program_at_once_and_leaves_the_part_file():
    slow = overrides({"data.features": 800, "record.metrics": ["curvature"], "data.heldout": 0})   # seconds a record
    terminal = Terminal("run", "mot/three_stage", *slow, "--out", "twice.h5")
    curve = FOLDER / "twice.jsonl"
    terminal.wait_for(lambda: curve.exists() and curve.stat().st_size > 0)  # the second record is under way
    for _ in range(2):
        os.write(terminal.ours, b"\x03")
        time.sleep(0.05)   # two signals in one moment would be one
    code = terminal.finish()[0]
    assert code == -signal.SIGINT, f"exit {code}, not killed by the signal"
    assert (FOLDER / "twice.h5.part").exists() and not (FOLDER / "twice.h5").exists()


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
