"""A check that is killed or interrupted goes on from what it has measured to the evidence of one that was not.
check_resume_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import json
import signal
import subprocess
import sys
import time

from program import FOLDER, PROGRAM, arrays, assert_same_bits, lemmata, run_checks

OWN_RUNS, SHARED_RUNS = ["J3", "M3", "--seeds", "16"], ["M1", "M2", "--seeds", "3"]
CHANGES = {"files"}
JOURNAL = "check.measured.jsonl"


def check(out, *options, claims=None, stop_after=None, sent=signal.SIGKILL):
    """Checks the claims into FOLDER/out with few seeds; `stop_after` seconds after it has measured something it is sent
    a signal. Returns exit code and standard error."""
    before = lines(out)
    process = subprocess.Popen([PROGRAM, "check", *(claims or OWN_RUNS), "--out", out, *options], cwd=FOLDER,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while stop_after is not None and process.poll() is None and lines(out) <= before:
        time.sleep(0.01)
    try:
        return process.wait(timeout=stop_after), process.communicate()[1]
    except subprocess.TimeoutExpired:
        process.send_signal(sent)
        return process.wait(timeout=60), process.communicate()[1]


def evidence(out):
    return {path.name: json.loads(path.read_text()) for path in (FOLDER / out).glob("*--*.json")}


def assert_same_evidence(first, second):
    left, right = evidence(first), evidence(second)
    assert left and set(left) == set(right), set(left) ^ set(right)
    for name, one in left.items():
        assert {k: v for k, v in one.items() if k not in CHANGES} == {k: v for k, v in right[name].items()
                                                                      if k not in CHANGES}, name
    for path in (FOLDER / first).glob("*.h5"):
        assert_same_bits(arrays(path), arrays(FOLDER / second / path.name), path.name)


def lines(out):
    path = FOLDER / out / JOURNAL
    return len(path.read_text().splitlines()) - 1 if path.exists() else 0


def test_a_check_killed_again_and_again_ends_with_the_evidence_of_a_whole_one():
    whole = check("whole")
    assert whole[0] in (0, 1, 77), whole  # so few seeds may be undecided
    assert not (FOLDER / "whole" / JOURNAL).exists()
    code, seen, stop_after, sent = None, [], 0.1, signal.SIGKILL
    while code not in (0, 1, 77):
        code, message = check("cut", "--resume", stop_after=stop_after, sent=sent)
        seen.append((code, lines("cut")))
        assert code in (whole[0], -signal.SIGKILL, 130), (code, message)
        stop_after, sent = 1.3 * stop_after, signal.SIGTERM if sent == signal.SIGKILL else signal.SIGKILL
    assert len(seen) > 2 and seen[1][1] > seen[0][1] > 0, seen
    assert_same_evidence("whole", "cut")
    assert not (FOLDER / "cut" / JOURNAL).exists() and not (FOLDER / "cut" / "check.lock").exists()
    lemmata("recheck", "cut")


def test_a_check_whose_runs_another_shares_goes_on_to_the_same_evidence():
    whole = check("shared_whole", claims=SHARED_RUNS)
    codes, stop_after = [], 0.4
    while not codes or codes[-1] not in (0, 1, 77):
        codes.append(check("shared_cut", "--resume", claims=SHARED_RUNS, stop_after=stop_after, sent=signal.SIGTERM)[0])
        assert codes[-1] in (whole[0], 130), codes
        stop_after *= 1.3
    assert len(codes) > 2, codes
    assert_same_evidence("shared_whole", "shared_cut")


def test_max_time_says_how_to_go_on_and_without_resume_it_begins_anew():
    code, message = check("limited", "--max-time", "1.5")
    assert code == 130 and "--max-time" in message and "--resume" in message, (code, message)
    first = (FOLDER / "limited" / JOURNAL).read_text()
    assert len(first.splitlines()) > 2
    check("limited", "--max-time", "0.1")
    second = (FOLDER / "limited" / JOURNAL).read_text()
    assert len(second) < len(first), "what an earlier check measured was kept without --resume"


def test_what_another_build_or_a_damaged_journal_measured_is_refused():
    check("other", "--max-time", "0.5")
    journal = FOLDER / "other" / JOURNAL
    header, rest = journal.read_text().split("\n", 1)
    for text in (header.replace('"git_commit":"', '"git_commit":"0') + "\n" + rest,
                 header + "\n" + '{"check": 1}\n' + rest):
        journal.write_text(text)
        message = lemmata("check", *OWN_RUNS, "--out", "other", "--resume", expect=2)
        assert JOURNAL in message and journal.read_text() == text, message


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
