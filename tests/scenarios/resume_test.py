"""A run that is killed or interrupted goes on from its checkpoint to the bits of one that was not; what a checkpoint is
not of is refused.  resume_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import random
import re
import signal
import subprocess
import sys
import time

import h5py
from program import FOLDER, PROGRAM, arrays, assert_same_bits, attributes, lemmata, overrides, run_checks

TEXT = " ".join(f"w{i * i * 7 % 211}" for i in range(4000))
(FOLDER / "text").write_text(TEXT)
TRAIN = {"optimizer": "adam", "learning_rate": 0.01}
TWO_STAGES = [{"name": "a", "steps": 40_000, "train": {"w": TRAIN, "z": {"optimizer": "gd", "learning_rate": 0.01}}},
              {"name": "b", "steps": 30_000, "train": {"w": TRAIN, "z": TRAIN}}]
# A scenario of every system, with what makes it long enough to be killed a few times.
RUNS = {
    "text": ("joma/corpus", {"data.file": str(FOLDER / "text"), "data.vocabulary": 60, "model.dimension": 16,
                             "stages.0.steps": 5000, "record.every": 7}),
    "minibatches": ("joma/exp_attention", {"data.batch": 3, "stages": TWO_STAGES, "record.every": "log"}),
    "softmax": ("joma/softmax_attention", {"stages": TWO_STAGES, "record.every": 400}),
    "reduced": ("joma/sparse_then_dense", {"stages.0.steps": 600_000, "record.every": 900}),
    "mixture": ("mot/three_stage", {"stages.0.steps": 600, "stages.1.steps": 600, "stages.2.steps": 1800,
                                    "model.experts": 12, "record.every": 11}),
    "single": ("mot/single_transformer", {"stages.0.steps": 40_000, "record.every": 100}),
    "tree": ("joma/hblt", {"stages.0.steps": 60_000, "model.batch": 30, "record.every": 1000}),
}
SIDE_FILES = (".checkpoint", ".journal")


def words(name, out, *options):
    scenario, settings = RUNS[name]
    return ["run", scenario, *overrides(settings), "--out", out, *options]


def begun(name, out, *options, delay=None, sent=signal.SIGKILL):
    """Runs it; `delay` seconds after it has written a checkpoint it is sent a signal. Returns its exit code (minus a
    signal's number)."""
    process = subprocess.Popen([PROGRAM, *words(name, out, *options)], cwd=FOLDER, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    checkpoint = (FOLDER / out).with_suffix(".checkpoint")
    before, deadline = written(checkpoint), time.monotonic() + 120
    while delay is not None and process.poll() is None and written(checkpoint) in (before, None):
        assert time.monotonic() < deadline, "no checkpoint in two minutes"
        time.sleep(0.005)
    if delay is not None:
        time.sleep(delay)
        process.send_signal(sent)
    return process.wait(timeout=300)


def written(path):
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def left(out):
    return [ending for ending in SIDE_FILES if (FOLDER / out).with_suffix(ending).exists()]


def check_resumed(name, sent):
    draw, out = random.Random(name + str(sent)), f"{name}_{sent}.h5"
    lemmata(*words(name, "whole.h5", "--quiet"))
    stops, code, resumed = 0, None, []
    while code != 0:
        delay = draw.uniform(0, 0.15) if stops < 4 else None  # after some stops it may run to its end
        code = begun(name, out, "--resume", "--checkpoint-every", "0.02", delay=delay, sent=sent)
        assert code in (0, -signal.SIGKILL, 130), f"exit {code}"
        stops += code != 0
        if (FOLDER / out).exists():
            resumed.append(attributes(FOLDER / out)["resumed_from_step"])
            assert attributes(FOLDER / out)["stop_reason"] == ("completed" if code == 0 else "interrupted")
    assert stops > 0 and resumed[-1] > 0, f"{name} was never stopped, or never resumed: {stops}, {resumed}"
    assert_same_bits(arrays(FOLDER / "whole.h5"), arrays(FOLDER / out), out)
    notes = [attributes(FOLDER / file)["numerical_notes"] for file in ("whole.h5", out)]
    assert notes[0] == notes[1], notes
    for ending in (".jsonl",):
        assert (FOLDER / "whole.h5").with_suffix(ending).read_text() == (FOLDER / out).with_suffix(ending).read_text()
    assert not left(out) and not left("whole.h5") and not list(FOLDER.glob("*.part"))


def test_killed_again_and_again_every_system_ends_with_the_bits_of_a_whole_run():
    for name in RUNS:
        check_resumed(name, signal.SIGKILL)


def test_interrupted_again_and_again_too():
    for name in ("text", "mixture"):
        check_resumed(name, signal.SIGTERM)


def ended(stop_after, sent):
    """Goes on with the seeds of `mixture` in seeds.h5, and sends a signal after so many seconds; returns the exit
    code."""
    options = ("--resume", "--checkpoint-every", "0.02", "--threads", "2")
    process = subprocess.Popen([PROGRAM, *words("mixture", "seeds.h5", "--seeds", "0-5", *options)], cwd=FOLDER,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(timeout=stop_after)
    except subprocess.TimeoutExpired:
        process.send_signal(sent)
        return process.wait(timeout=60)


def test_seeds_that_were_killed_and_interrupted_go_on_each_from_where_it_was():
    begin = time.monotonic()
    lemmata(*words("mixture", "whole_seeds.h5", "--seeds", "0-5", "--quiet", "--threads", "2"))
    length = time.monotonic() - begin
    for share in (0.4, 0.2, 0.1):  # a shorter one where the machine has become faster meanwhile
        assert ended(share * length, signal.SIGKILL) == -signal.SIGKILL
        if ended(share * length, signal.SIGHUP) == 130:
            break
        (FOLDER / "seeds.h5").unlink()
    assert attributes(FOLDER / "seeds.h5")["stop_reason"] in ("interrupted", "mixed")
    assert (FOLDER / "seeds.seeds").is_dir()
    assert ended(None, None) == 0
    assert attributes(FOLDER / "seeds.h5")["resumed_from_step"] > 0
    assert_same_bits(arrays(FOLDER / "whole_seeds.h5"), arrays(FOLDER / "seeds.h5"), "seeds")
    assert not (FOLDER / "seeds.seeds").exists() and not list(FOLDER.glob("seeds*.lock"))
    written_before = written(FOLDER / "seeds.h5")
    assert "nothing to do" in lemmata(*words("mixture", "seeds.h5", "--seeds", "0-5", "--resume"))
    assert written(FOLDER / "seeds.h5") == written_before
    assert "seed" in lemmata(*words("mixture", "seeds.h5", "--seeds", "0-4", "--resume"), expect=2)


def interrupted_after(seconds, name, out, *options):
    process = subprocess.Popen([PROGRAM, *words(name, out, *options)], cwd=FOLDER, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=60)


def interrupted_text():
    assert begun("text", "x.h5", "--checkpoint-every", "0.02", delay=0.1, sent=signal.SIGINT) == 130
    assert left("x.h5") == list(SIDE_FILES)


def test_an_interrupted_run_keeps_its_checkpoint_and_one_without_checkpoints_nothing():
    interrupted_text()
    long = ("--set", "stages.0.steps=1000000", "--checkpoint-every", "0")
    assert interrupted_after(0.5, "text", "no.h5", *long) == 130 and left("no.h5") == []


def test_a_second_signal_ends_at_once_and_the_last_checkpoint_stays_usable():
    lemmata(*words("text", "whole.h5", "--quiet"))
    process = subprocess.Popen([PROGRAM, *words("text", "two.h5", "--checkpoint-every", "0.02")], cwd=FOLDER,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (FOLDER / "two.checkpoint").exists() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    for sent in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):  # both come before the next step
        process.send_signal(sent)
    assert process.wait(timeout=60) in (-signal.SIGINT, -signal.SIGTERM)
    assert not (FOLDER / "two.h5").exists() and left("two.h5") == list(SIDE_FILES)
    lemmata(*words("text", "two.h5", "--resume", "--quiet"))
    assert attributes(FOLDER / "two.h5")["resumed_from_step"] > 0
    assert_same_bits(arrays(FOLDER / "whole.h5"), arrays(FOLDER / "two.h5"), "two.h5")


def test_what_the_checkpoint_is_not_of_is_refused_and_stays():
    interrupted_text()
    before = {path: path.read_bytes() for path in FOLDER.glob("x.*")}
    scenario, settings = RUNS["text"]
    for change, expected in (({"model.dimension": 17}, "config_hash"), ({"seed": 5}, "seed"),
                             ({"record.every": 8}, "record"), ({"stages.0.steps": 1600}, "config_hash")):
        message = lemmata("run", scenario, *overrides({**settings, **change}), "--out", "x.h5", "--resume", expect=2)
        assert "x.checkpoint" in message and re.search(rf"\b{expected}\b", message), message
    assert before == {path: path.read_bytes() for path in FOLDER.glob("x.*")}, "a refusal changed a file"


def test_without_a_checkpoint_resume_starts_afresh_and_without_resume_an_old_one_is_dropped():
    interrupted_text()
    lemmata(*words("text", "x.h5", "--quiet"))
    assert attributes(FOLDER / "x.h5")["resumed_from_step"] == 0 and left("x.h5") == []
    before = {path: path.read_bytes() for path in FOLDER.glob("x.*")}
    assert "nothing to do" in lemmata(*words("text", "x.h5", "--quiet", "--resume"))
    scenario, settings = RUNS["text"]
    for change, expected in (({"model.dimension": 17}, "config_hash"), ({"seed": 5}, "seed"),
                             ({"record.every": 1}, "record")):
        message = lemmata("run", scenario, *overrides({**settings, **change}), "--out", "x.h5", "--resume", expect=2)
        assert "x.h5" in message and expected in message, message
    assert before == {path: path.read_bytes() for path in FOLDER.glob("x.*")}, "a finished result changed"
    (FOLDER / "x.h5").unlink()
    lemmata(*words("text", "x.h5", "--quiet", "--resume"))
    assert attributes(FOLDER / "x.h5")["resumed_from_step"] == 0


def test_max_time_stops_as_an_interruption_does_and_says_so():
    message = lemmata(*words("text", "t.h5", "--max-time", "0.3", "--checkpoint-every", "0.1"), expect=130)
    assert "0.3 s of --max-time" in message and "--resume" in message, message
    assert attributes(FOLDER / "t.h5")["stop_reason"] == "interrupted" and left("t.h5") == list(SIDE_FILES)
    lemmata(*words("text", "t.h5", "--resume", "--max-time", "300", "--quiet"))
    lemmata(*words("text", "whole.h5", "--quiet"))
    assert_same_bits(arrays(FOLDER / "whole.h5"), arrays(FOLDER / "t.h5"), "t.h5")
    for wrong in ("0", "-1", "nan", "soon"):
        assert "--max-time" in lemmata(*words("text", "t.h5", "--max-time", wrong), expect=2)


def test_resume_anyway_goes_on_from_another_build_or_other_settings_and_says_so():
    lemmata(*words("text", "whole.h5", "--quiet"))
    interrupted_text()
    with h5py.File(FOLDER / "x.checkpoint", "r+") as file:
        file.attrs.modify("git_commit", "0123456")
    assert "--resume-anyway" in lemmata(*words("text", "x.h5", "--resume"), expect=2)
    lemmata(*words("text", "x.h5", "--resume-anyway", "--quiet"))
    assert "git_commit: 0123456 until then" in attributes(FOLDER / "x.h5")["resumed_anyway"]
    assert_same_bits(arrays(FOLDER / "whole.h5"), arrays(FOLDER / "x.h5"), "x.h5")
    interrupted_text()
    scenario, settings = RUNS["text"]
    longer = overrides({**settings, "stages.0.steps": 5600})
    lemmata("run", scenario, *longer, "--out", "x.h5", "--resume-anyway", "--quiet")
    found = attributes(FOLDER / "x.h5")
    assert "config_hash" in found["resumed_anyway"] and found["last_finite_step"] == 5600, found
    assert "resumed_anyway" not in attributes(FOLDER / "whole.h5")


def test_what_cannot_resume_says_so():
    assert "--out" in lemmata("check", "M3", "--resume", expect=2)
    assert "--checkpoint-every" in lemmata(*words("text", "s.h5", "--checkpoint-every", "-1"), expect=2)
    assert not list(FOLDER.glob("s.*"))


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
