"""Bad input, one by one: exit 2, one message on stderr that names the place, what was found and what is allowed,
nothing on stdout, nothing written. Usage: bad_input_test.py PROGRAM [COMMAND ...]; each scenario fault is tried with
every COMMAND (default describe, generate and run), so that a command that is added is held to the same."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy

program = sys.argv[1]
commands = sys.argv[2:] or ["describe", "generate", "run"]
folder = pathlib.Path(tempfile.mkdtemp(prefix="lemmata_bad_input_"))
problems, cases = [], 0


def run(arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, cwd=folder, timeout=120)


def listing():
    return sorted((str(p), p.stat().st_mtime_ns) for p in folder.rglob("*"))


def expect(arguments, *words):
    """The program refuses `arguments`, and its one message holds every word."""
    global cases
    cases += 1
    before = listing()
    result = run(arguments)
    shown = f"lemmata {' '.join(map(str, arguments))}\n    exit {result.returncode}: {result.stderr.strip()}"
    if result.returncode != 2:
        problems.append(f"exit {result.returncode}, not 2: {shown}")
    lines = [line for line in result.stderr.splitlines() if not line.startswith("notice: ")]
    if len(lines) != 1 or not lines[0].startswith("lemmata: "):
        problems.append(f"not one message: {shown}")
    if result.stdout:
        problems.append(f"something on stdout: {shown}")
    for word in ("found ", "allowed: ", *words):
        if word not in result.stderr:
            problems.append(f"the message lacks {word!r}: {shown}")
    if listing() != before:
        problems.append(f"something was written: {shown}")


def expect_scenario(scenario, *words, options=()):
    for command in commands:
        out = ["--out", "out.h5"] if command in ("generate", "run") else []
        expect([command, scenario, *options, *out], *words)


def expect_set(override, *words):
    expect_scenario("mot/three_stage", *words, options=["--set", override])


def file(name, text):
    (folder / name).write_text(text)
    return name


def good_data():
    numbers = numpy.random.default_rng(0)
    return {"X": numbers.normal(size=(4, 3, 5)), "y": numpy.array([1.0, -1, 1, -1]), "class": numpy.array([0, 1, 0, 1])}


def data_file(name, **changes):
    with h5py.File(folder / name, "w") as h5:
        for key, value in {**good_data(), **changes}.items():
            if value is not None:
                h5[key] = value
    return name


def expect_data(name, *words, **changes):
    data_file(name, **changes)
    expect_set(f"data.file={name}", name, *words)


# The command line itself.
expect([], "lemmata --help")
expect(["no_such_command"], "no_such_command", "describe")
expect(["describe"], "SCENARIO")
expect(["describe", "mot/three_stage", "--no-such-option"], "--no-such-option", "--set")
expect(["describe", "mot/three_stage", "--se", "1"], "--se")
expect(["describe", "mot/three_stage", "extra"], "extra")
expect(["describe", "mot/three_stage", "--set", "seed"], "--set", "seed", "PATH=VALUE")
expect(["describe", "mot/three_stage", "--seed", "-1"], "--seed")
expect(["describe", "mot/three_stage", "--seed", "1.5"], "--seed", "1.5")
expect(["describe", "mot/three_stage", "--seed", "99999999999999999999"], "seed")
expect(["list", "no_such_kind"], "no_such_kind", "gates")
# files hold int64
expect(["describe", "mot/three_stage", "--seed", "9223372036854775808"], "seed", "9223372036854775807")
expect(["--version", "more"], "more")
expect(["--help", "run"], "run")
expect(["generate", "mot/three_stage"], "--out")
expect(["export", "none.h5", "--csv", "d"], "none.h5")

# Scenario files.
expect_scenario("mot/no_such", "mot/no_such", "mot/three_stage")
expect_scenario("none.json", "none.json", "no such file")
expect_scenario(file("broken.json", '{"name": "x",\n "data": }'), "broken.json", "line 2")
expect_scenario(file("empty.json", ""), "empty.json")
expect_scenario(file("list.json", "[]"), "list.json", "[]", "an object")
expect_scenario(file("twice.json", '{"base": "mot/three_stage", "base": "mot/three_stage"}'), "twice.json",
                "base", "twice")
expect_scenario(file("nan.json", '{"base": "mot/three_stage", "differences": {"loss.l2": NaN}}'), "nan.json")
expect_scenario(file("huge.json", '{"base": "mot/three_stage", "differences": {"loss.l2": 1e999}}'), "huge.json")
expect_scenario(file("key.json", '{"base": "mot/three_stage", "diferences": {}}'), "key.json", "diferences",
                "differences")
expect_scenario(file("circle.json", '{"base": "circle.json"}'), "circle.json", "base")
expect_scenario(file("stage.json", '{"stages": [{"name": "a", "steps": 1, "train": {"ffn": {"optimizer": "gd"}}}]}'),
                "stage.json", "stages.0.train.ffn.learning_rate", "nothing", "a number > 0")
expect_scenario(file("typed.json", '{"base": "mot/three_stage", "differences": {"data.classes": "3"}}'), "typed.json",
                "data.classes", '"3"', "an integer >= 2")

# --set.
expect_set("data.clases=4", "data.clases", "classes")
expect_set("stages.3.steps=1", "stages.3", "0 to 2")
expect_set("stages.0.train.fnn.learning_rate=1", "stages.0.train.fnn", "ffn")
expect_set("data.classes=6", "data.features", "10", "12")          # 2 N > d
expect_set("data.features=5", "data.features", "5", "6")
expect_set("data.classes=many", "data.classes", '"many"', "an integer >= 2")
expect_set("data.noise_std=NaN", "data.noise_std", "NaN", "a number >= 0")
expect_set("data.noise_std=-1", "data.noise_std", "-1")
expect_set("data.alpha=[2,1]", "data.alpha")
expect_set("data.tokens=2", "data.tokens", "2", "3")
expect_set("data.label_cosine=-0.6", "data.label_cosine", "-0.6")
expect_set("model.kind=transformer", "model.kind", "transformer", "mot | single")
expect_set("model.gate.noise=0", "model.gate.noise", "0", "> 0")
expect_set("model.expert.activation=relu", "model.expert.activation", "relu", "identity")
expect_set("loss.kind=hinge", "loss.kind", "hinge", "squared_hinge")
expect_set("stages.0.train.ffn.optimizer=sgd", "stages.0.train.ffn.optimizer", "sgd", "adam")
expect_set("stages.0.train.gate.optimizer=newton", "stages.0.train.gate.optimizer", "newton")
expect_set("stages.0.train={}", "stages.0.train")
expect_set("stages.1.name=I", "stages.1.name", "I")
expect_set("stages=[]", "stages", "[]")
expect_set("record.metrics=[\"los\"]", "record.metrics.0", "los", "loss | routing")
expect_set("record.every=0", "record.every", "0", "log")
expect_set("schedule.preset=joynt", "schedule.preset", "joynt", "joint")
expect_set("data.heldout_file=none.h5", "data.heldout_file", "data.file")

# Data files, one fault each; the file without a fault is accepted.
data_file("good.h5")
result = run(["describe", "mot/three_stage", "--set", "data.file=good.h5"])
if result.returncode != 0 or "notice: data.file" not in result.stderr:
    problems.append(f"a good data file was not accepted with a notice: exit {result.returncode}: {result.stderr}")
for dtype in ("i1", "<i8", ">i4", "u2", "f4", ">f8"):
    data_file("typed.h5", X=numpy.ones((4, 3, 5), dtype), **{"class": good_data()["class"].astype(dtype)})
    result = run(["describe", "mot/three_stage", "--set", "data.file=typed.h5"])
    if result.returncode != 0:
        problems.append(f"a data file of type {dtype} was refused: {result.stderr}")
X = good_data()["X"]
broken = X.copy()
broken[2, 1, 0] = numpy.nan
infinite = X.copy()
infinite[3, 0, 4] = numpy.inf
expect_set("data.file=none.h5", "none.h5")
expect_set("data.file=" + file("text.h5", "no HDF5"), "text.h5")
expect_data("no_x.h5", "X", X=None)
expect_data("no_y.h5", "y", y=None)
expect_data("no_class.h5", "class", **{"class": None})
expect_data("nan.h5", "X", "sample 2", X=broken)
expect_data("infinite.h5", "X", "sample 3", X=infinite)
expect_data("flat.h5", "X", "(4, 15)", X=X.reshape(4, 15))
expect_data("short_y.h5", "y", "(3)", "(4)", y=numpy.ones(3))
expect_data("zero_y.h5", "y", "0", "-1 or +1", y=numpy.array([1, 0, 1, -1]))
expect_data("two_y.h5", "y", "2", "-1 or +1", y=numpy.array([1, 2, 1, -1]))
expect_data("nan_y.h5", "y", "nan", "-1 or +1", y=numpy.array([1, numpy.nan, 1, -1]))
expect_data("negative_class.h5", "class", "-1", **{"class": numpy.array([0, -1, 0, 1])})
expect_data("half_class.h5", "class", **{"class": numpy.array([0, 0.5, 0, 1])})
expect_data("text_x.h5", "X", X=numpy.array([b"a", b"b"]))
expect_data("kinds.h5", "token_kind", "4", token_kind=numpy.full((4, 3), 4))
expect_data("signal.h5", "class_signal", "(2, 4)", class_signal=numpy.ones((2, 4)))
expect_data("weights.h5", "weight", weight=numpy.ones(4))
expect_data("no_samples.h5", "X", X=numpy.ones((0, 3, 5)), y=numpy.ones(0), **{"class": numpy.ones(0)})
expect_set("data={\"file\": \"good.h5\", \"heldout_file\": \"none.h5\"}", "none.h5")
data_file("heldout.h5", X=X[:, :2])
expect_set("data={\"file\": \"good.h5\", \"heldout_file\": \"heldout.h5\"}", "heldout.h5", "X")
data_file("strange.h5", **{"class": numpy.array([0, 1, 2, 3])})
expect_set("data={\"file\": \"good.h5\", \"heldout_file\": \"strange.h5\"}", "strange.h5", "class")
for command in commands:
    out = ["--out", "out.h5"] if command in ("generate", "run") else []
    expect([command, "mot/three_stage", "--set", "data.file=good.h5", "--set", "model.gate.input=class_span", *out],
           "model.gate.input", "class_span", "class_signal")

# Initial values.
expect_set("model.init.file=none.h5", "none.h5")
with h5py.File(folder / "ffn.h5", "w") as h5:
    h5["ffn"] = numpy.ones((6, 10))
expect_set("model.init.file=ffn.h5", "ffn.h5", "ffn", "(6, 10)", "24")
with h5py.File(folder / "gate.h5", "w") as h5:
    h5["gate"] = numpy.full((24, 10), numpy.nan)
expect_set("model.init.file=gate.h5", "gate.h5", "gate", "nan", "finite")
with h5py.File(folder / "nothing.h5", "w") as h5:
    h5["unrelated"] = numpy.ones(3)
expect_set("model.init.file=nothing.h5", "nothing.h5", "ffn")

# Output that cannot be written.
for command in (c for c in commands if c in ("generate", "run")):
    expect([command, "mot/three_stage", "--out", "no_folder/out.h5"], "no_folder")
    expect([command, "mot/three_stage", "--out", "."], ".")
    expect([command, "mot/three_stage", "--out", "/proc/out.h5"], "/proc")
expect(["describe", "mot/three_stage", "--json", "no_folder/x.json"], "no_folder")
expect(["generate", "mot/three_stage", "--out", "out.h5", "--heldout", "out.h5"], "--heldout")
expect(["generate", "mot/three_stage", "--set", "data.heldout=0", "--out", "out.h5", "--heldout", "h.h5"], "--heldout")

expect(["run", "mot/three_stage", "--out", ""], '""')
expect(["run", "mot/three_stage", "--out", "out.h5", "--json", "out.h5"], "out.h5")

# Output onto what the command reads, or writes too.
data_file("input.h5")
file("input.json", '{"base": "mot/three_stage", "differences": {"data.file": "input.h5"}}')
(folder / "linked.h5").hardlink_to(folder / "input.h5")
for command in (c for c in commands if c in ("generate", "run")):
    expect([command, "input.json", "--out", "input.h5"], "--out", "input.h5")
    expect([command, "input.json", "--out", "./input.json"], "--out", "input.json")
    expect([command, "input.json", "--out", "linked.h5"], "--out", "input.h5")
    expect([command, "mot/three_stage", "--set", "model.init.file=input.h5", "--out", str(folder / "input.h5")],
           "--out", "input.h5")
expect(["run", "mot/three_stage", "--out", "x.h5", "--json", "x.jsonl"], "x.jsonl")
expect(["run", "mot/three_stage", "--out", "x.h5", "--json", "x.metrics.json"], "x.metrics.json")
for command in (["fit"], ["compare"], ["describe"], ["export", "--csv", "d"]):
    expect([command[0], "input.h5", *command[1:], "--json", "input.h5"], "--json", "input.h5")

# Curves.
file("curve.csv", "step,loss\n0,1\n1,0.5\n")
expect(["fit", "curve.csv", "--from", "x"], "--from", "a finite number")
expect(["fit", "curve.csv", "--from", "5", "--to", "2"], "--to", "2", "5")
expect(["fit", "curve.csv", "--seed", "0"], "--seed")

# What is watched.
file("watched.jsonl", '{"step": 0, "loss": 1}\n')
expect(["watch"], "FILE.jsonl|DIR")
expect(["watch", "watched.jsonl", "watched.jsonl"], "argument watched.jsonl")
expect(["watch", "no_folder/x.jsonl"], "no_folder/x.jsonl", "no such folder")
expect(["watch", "input.h5"], "input.h5", "x.jsonl")
expect(["watch", ""], '""')
os.mkfifo(folder / "pipe.jsonl")
expect(["watch", "pipe.jsonl"], "pipe.jsonl", "no regular file")
for value in ("0", "0.1", "3601", "nan", "x"):
    expect(["watch", "watched.jsonl", "--interval", value], "--interval", value, "0.2")
for value in ("", "a,,b", "a,", 65 * "n"):
    expect(["watch", "watched.jsonl", "--metric", value], "--metric", "64")
expect(["watch", "watched.jsonl", "--metric", "a,b,c,d,e,f,g,h,i"], "--metric", "9", "8")
expect(["watch", "watched.jsonl", "--steps", "0"], "--steps")
for value in ("0", "65536", "99999999999999999999"):
    expect(["watch", "watched.jsonl", "--serve", value], "--serve", value, "65535")
expect(["watch", "watched.jsonl", "--serve=x"], "--serve", "x")
expect(["watch", "watched.jsonl", "--serve", "--once"], "--serve", "--once")
expect(["watch", "watched.jsonl", "--serve", "--json", "-"], "--serve", "--json")
for value in ("watched.jsonl", "watched.metrics.json", "other.jsonl", "no_folder/x.json"):
    expect(["watch", "watched.jsonl", "--json", value], value)

# Memory, before it is taken.
expect(["generate", "mot/three_stage", "--set", "data.sampling=random", "--set", "data.samples=1e15", "--out",
        "out.h5"], "data", "GiB")
expect_set("model.experts=1e12", "model.experts", "1e8")
expect_set("model.expert.neurons=1e15", "model.expert.neurons", "1e8")
expect(["generate", "mot/three_stage", "--set", "data.classes=4e9", "--set", "data.features=8e9", "--out",
        "out.h5"], "data")

# Other systems: sizes before they are built (`describe` says how large), and keys by the names that the user wrote.
for scenario, override, words in (
        ("sparse_then_dense", "model.nodes=1e8", ["sizes", "GiB"]),
        ("synthetic_corpus", "data.sequences=1e12", ["sizes"]),
        ("corpus", "data.sequences=30000000", ["sizes", "TiB"]),
        ("exp_attention", "data.samples=1e12", ["sizes"]),
        ("hblt", "model.batch=1e14", ["model.batch", "1000001"]),
        ("synthetic_corpus", "data.length=1", ["data", "no two tokens in a row"]),
        ("latent_alignment", "data.vocabulary=1", ["--set", "data.vocabulary"]),
        ("latent_alignment", "data.class_sequences.children=4", ["data.length", "64"]),
        ("convergence_speed", "model.scale=0", ["model.mu", "scale"]),
        ("convergence_speed", "model.mu=[0, 1]", ["model.mu", "found 0"]),
        ("exp_attention", "data.sample_weight=[0.5, 0.5]", ["data.sample_weight", "2 numbers", "20"]),
        ("sparse_then_dense", 'model.mu={"mt19937": -1, "low": 1, "high": 2, "count": 3}', ["model.mu.mt19937", "-1"]),
        ("corpus", "data.file=none.txt", ["data.file", "none.txt"]),
        ("corpus", "data.file=.", ["data.file"]),
        ("corpus", "model.positions=sine", ["model.positions", "learned"])):
    for command in (c for c in commands if c != "generate" and (c, words[0]) != ("describe", "sizes")):
        expect([command, "joma/" + scenario, "--set", override], *words)
for name, content, words in (("bad.txt", b"a b \xff c", ["bad.txt", "byte 4", "0xFF"]),
                             ("empty.txt", b"", ["0 tokens"])):
    (folder / name).write_bytes(content)
    for command in (c for c in commands if c != "generate"):
        expect([command, "joma/corpus", "--set", f"data.file={name}"], *words)

# And what is right is done: the file that generate writes serves as data and as initial values.
result = run(["generate", "mot/three_stage", "--out", "data.h5", "--heldout", "heldout_data.h5", "--json", "-"])
if result.returncode != 0 or json.loads(result.stdout)["samples"] != 24:
    problems.append(f"generate failed: {result.stderr}{result.stdout}")
both = 'data={"file": "data.h5", "heldout_file": "heldout_data.h5"}'
result = run(["describe", "mot/three_stage", "--set", both, "--set", "model.init.file=data.h5", "--json", "-"])
if result.returncode != 0 or json.loads(result.stdout)["shapes"]["X"] != [24, 4, 10]:
    problems.append(f"the generated file does not serve: {result.stderr}{result.stdout}")

print("\n".join(problems) or f"{cases} bad inputs refused as they should be")
sys.exit(bool(problems))
