"""What a run must not go on from: damaged and foreign checkpoints and records are refused, and nothing is changed by
the attempt.  resume_refusal_test.py PROGRAM; exit 0, 1 or 77 (no h5py, xarray)."""
import json
import shutil
import sys

import h5py
import numpy as np
from program import FOLDER, arrays, assert_same_bits, attributes, lemmata, overrides, run_checks
from resume_test import RUNS, begun, interrupted_text, words


def content(pattern):
    return {path.name: path.read_bytes() for path in FOLDER.glob(pattern) if path.is_file()}


def refused(*arguments):
    """Of x.h5 with --resume: returns the message."""
    before = content("x.*")
    message = lemmata(*(arguments or words("text", "x.h5", "--resume")), expect=2)
    assert before == content("x.*"), f"a refusal changed {[n for n, b in content('x.*').items() if before.get(n) != b]}"
    return message


def test_a_damaged_checkpoint_or_journal_is_refused_and_nothing_is_changed():
    interrupted_text()
    for ending, damage in ((".checkpoint", lambda data: data[:len(data) // 2]), (".checkpoint", lambda data: b""),
                           (".journal", lambda data: data[:100]), (".journal", lambda data: b""),
                           (".journal", lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:])):
        path = (FOLDER / "x.h5").with_suffix(ending)
        whole = path.read_bytes()
        path.write_bytes(damage(whole))
        assert path.name in refused()
        path.write_bytes(whole)
    (FOLDER / "x.journal").rename(FOLDER / "elsewhere")
    assert "x.journal" in refused()
    (FOLDER / "elsewhere").rename(FOLDER / "x.journal")
    (FOLDER / "x.checkpoint.part").write_bytes(b"\x89HDF")  # the process was killed as it wrote the next one
    lemmata(*words("text", "x.h5", "--resume", "--quiet"))
    assert not list(FOLDER.glob("x.*.part"))
    lemmata(*words("text", "whole.h5", "--quiet"))
    assert_same_bits(arrays(FOLDER / "whole.h5"), arrays(FOLDER / "x.h5"), "x.h5")
    (FOLDER / "x.checkpoint").write_bytes((FOLDER / "x.h5").read_bytes()[:3000])  # stands in no fresh run's way
    assert "x.checkpoint" in refused()
    lemmata(*words("text", "x.h5", "--quiet"))
    assert not (FOLDER / "x.checkpoint").exists()


def flip(file, name):
    """The lowest bit of the last number of an array."""
    values = np.atleast_1d(file[name][()])
    values.reshape(-1).view(np.uint64)[-1] ^= np.uint64(1)
    file[name][...] = values.reshape(file[name].shape)


def test_one_flipped_bit_in_any_array_and_any_changed_place_is_refused():
    interrupted_text()
    whole = (FOLDER / "x.checkpoint").read_bytes()

    def changed(change, name):
        with h5py.File(FOLDER / "x.checkpoint", "r+") as file:
            change(file)
        message = refused()
        assert "x.checkpoint" in message, f"{name}: {message}"
        (FOLDER / "x.checkpoint").write_bytes(whole)

    names = [name for name, values in arrays(FOLDER / "x.checkpoint").items() if values.dtype.itemsize == 8]
    assert len(names) >= 20 and any(name.startswith("parameters_") for name in names), names
    for name in names:
        changed(lambda file, name=name: flip(file, name), name)
    for name, value in attributes(FOLDER / "x.checkpoint").items():
        changed(lambda file, name=name: file.attrs.pop(name), name)
        if not isinstance(value, str):
            changed(lambda file, name=name, value=value: file.attrs.modify(name, np.int64(value) - 1), name)
        else:
            changed(lambda file, name=name: file.attrs.modify(name, "something else"), name)
    changed(lambda file: file.pop("parameters_query"), "parameters_query")
    changed(lambda file: file.create_dataset("more", data=[1.0]), "more")


def test_the_journal_of_another_run_is_refused():
    interrupted_text()
    scenario, settings = RUNS["text"]
    longer = overrides({**settings, "seed": 9, "stages.0.steps": 10 ** 6})
    lemmata("run", scenario, *longer, "--out", "y.h5", "--max-time", "2",
            "--checkpoint-every", "0.02", expect=130)
    records = attributes(FOLDER / "x.checkpoint")["records"], attributes(FOLDER / "y.checkpoint")["records"]
    assert records[1] > records[0] > 1, f"the other one must have as many records: {records}"
    shutil.copy(FOLDER / "y.journal", FOLDER / "x.journal")
    assert "another run" in refused()


def test_what_resume_anyway_cannot_go_on_from_is_refused_too():
    interrupted_text()
    scenario, settings = RUNS["text"]
    wider = overrides({**settings, "model.dimension": 17})
    message = refused("run", scenario, *wider, "--out", "x.h5", "--resume-anyway")
    assert "x.checkpoint" in message and "shape" in message, message
    other = overrides({**settings, "record.every": 8})
    message = refused("run", scenario, *other, "--out", "x.h5", "--resume-anyway")
    assert "x.checkpoint: record: found " in message, message


def test_a_run_that_was_begun_anew_over_a_finished_one_is_not_finished():
    lemmata(*words("text", "g.h5", "--quiet"))
    curve = (FOLDER / "g.jsonl").read_bytes()
    (FOLDER / "g.jsonl").write_bytes(curve[:curve.index(b"\n") + 1])
    (FOLDER / "g.h5.part").write_bytes((FOLDER / "g.h5").read_bytes()[:4000])
    assert "nothing to do" not in lemmata(*words("text", "g.h5", "--resume", "--quiet"))
    assert (FOLDER / "g.jsonl").read_bytes() == curve and not (FOLDER / "g.h5.part").exists()


def interrupted_seeds(out, seeds):
    for limit in ("0.3", "0.1", "0.03"):  # a shorter one where the machine is faster
        if begun("mixture", out, "--seeds", seeds, "--max-time", limit, "--checkpoint-every", "0.02") == 130:
            return
        (FOLDER / out).unlink()
    raise AssertionError("it was never interrupted")


def test_fewer_seeds_are_refused_and_more_are_not():
    interrupted_seeds("m.h5", "0-2")
    before = content("m*") | content("m.seeds/*")
    message = lemmata(*words("mixture", "m.h5", "--seeds", "0-1", "--resume"), expect=2)
    assert "m.seeds/seed_2" in message and "not asked for" in message, message
    assert before == content("m*") | content("m.seeds/*")
    lemmata(*words("mixture", "m.h5", "--seeds", "0-3", "--resume", "--threads", "2", "--quiet"))
    assert not (FOLDER / "m.seeds").exists()
    assert list(arrays(FOLDER / "m.h5")["seed"]) == [0, 1, 2, 3]


def test_afresh_with_fewer_seeds_leaves_nothing_of_the_others():
    interrupted_seeds("n.h5", "0-2")
    for name in ("seed_1.checkpoint.part", "seed_07.h5", "mine"):
        (FOLDER / "n.seeds" / name).write_text("")
    afresh = words("mixture", "n.h5", "--seeds", "0", "--quiet")
    assert begun("mixture", "n.h5", "--seeds", "0", "--max-time", "0.02", "--checkpoint-every", "0.01") in (0, 130)
    assert not list((FOLDER / "n.seeds").glob("seed_[12].*")), "of seeds that are not asked for"
    for name in ("seed_07.h5", "mine"):  # no names of the program
        (FOLDER / "n.seeds" / name).unlink()
    lemmata(*afresh, "--resume")
    assert not (FOLDER / "n.seeds").exists()
    assert "nothing to do" in lemmata(*words("mixture", "n.h5", "--seeds", "0", "--resume"))


def test_a_broken_result_of_one_seed_is_named_before_anything_is_written():
    interrupted_seeds("b.h5", "0-1")
    broken = FOLDER / "b.seeds/seed_0.h5"
    broken.write_bytes(b"")
    before = content("b*")
    message = lemmata(*words("mixture", "b.h5", "--seeds", "0-1", "--resume"), expect=2)
    assert "b.seeds/seed_0.h5" in message and "trained anew" in message, message
    assert before == content("b*")
    broken.unlink()
    lemmata(*words("mixture", "b.h5", "--seeds", "0-1", "--resume", "--threads", "2", "--quiet"))
    assert attributes(FOLDER / "b.h5")["stop_reason"] == "completed"


def test_every_seed_is_looked_at_before_one_goes_on():
    for limit in ("1", "0.3", "0.1", "0.03"):  # a shorter one where the machine is faster
        begun("mixture", "e.h5", "--seeds", "0-1", "--threads", "2", "--max-time", limit, "--checkpoint-every", "0.02")
        if (FOLDER / "e.seeds/seed_1.checkpoint").exists():
            break
        (FOLDER / "e.h5").unlink()
    checkpoint, journal = (FOLDER / f"e.seeds/seed_1.{ending}" for ending in ("checkpoint", "journal"))
    whole, rows = checkpoint.read_bytes(), journal.read_bytes()
    resume = words("mixture", "e.h5", "--seeds", "0-1", "--resume")

    def refused_by(name):
        before = content("e*") | content("e.seeds/*")
        assert name in lemmata(*resume, expect=2)
        assert before == content("e*") | content("e.seeds/*")

    with h5py.File(checkpoint, "r+") as file:
        flip(file, "parameters_ffn")
    refused_by("e.seeds/seed_1.checkpoint: sha256")
    checkpoint.write_bytes(whole)
    journal.write_bytes(rows[:60] + bytes([rows[60] ^ 1]) + rows[61:])
    refused_by("e.seeds/seed_1.journal")
    journal.write_bytes(rows)
    lemmata(*resume, "--quiet")
    assert attributes(FOLDER / "e.h5")["stop_reason"] == "completed"


def test_seeds_of_another_shape_are_refused_and_nothing_is_changed():
    interrupted_seeds("h.h5", "0-1")
    before = content("h*") | content("h.seeds/*")
    assert before["h.jsonl"]
    message = lemmata(*words("mixture", "h.h5", "--seeds", "0-1", "--resume-anyway", "--set", "model.experts=13"),
                      expect=2)
    assert ".checkpoint: parameters_" in message and "another shape" in message and message.count("found") == 1, message
    assert before == content("h*") | content("h.seeds/*")


def test_without_checkpoints_an_old_one_is_still_gone_on_from_and_the_message_says_so():
    interrupted_text()
    message = lemmata(*words("text", "x.h5", "--resume", "--checkpoint-every", "0", "--max-time", "0.01"), expect=130)
    assert "--resume goes on from the last checkpoint" in message, message
    message = lemmata(*words("text", "w.h5", "--checkpoint-every", "0", "--max-time", "0.01"), expect=130)
    assert "starts afresh" in message, message


def test_a_finished_run_drops_records_that_could_not_be_removed():
    lemmata(*words("text", "r.h5", "--quiet"))
    interrupted_text()
    shutil.copy(FOLDER / "x.journal", FOLDER / "r.journal")
    assert "nothing to do" in lemmata(*words("text", "r.h5", "--resume"))
    assert not (FOLDER / "r.journal").exists()
    (FOLDER / "r.journal").write_text("of something else")
    assert "nothing to do" in lemmata(*words("text", "r.h5", "--resume"))
    assert (FOLDER / "r.journal").exists()


def test_a_finished_result_of_another_build_says_so():
    lemmata(*words("text", "f.h5", "--quiet"))
    assert "another build" not in lemmata(*words("text", "f.h5", "--resume"))
    with h5py.File(FOLDER / "f.h5", "r+") as file:
        file.attrs.modify("git_commit", "0123456\n7")
    assert "another build made it: git_commit 0123456 7\n" in lemmata(*words("text", "f.h5", "--resume"))
    found = json.loads(lemmata(*words("text", "f.h5", "--resume", "--json", "-")))
    assert found["other_build"] == "git_commit 0123456\n7", found
    with h5py.File(FOLDER / "f.h5", "r+") as file:
        file.attrs.modify("scenario", "[1]")
    assert "f.h5: scenario: found [1]" in lemmata(*words("text", "f.h5", "--resume"), expect=2)


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
