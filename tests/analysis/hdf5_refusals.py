"""Files of other people, good and bad, read by us: what must be accepted is read exactly, what must be refused exits
with 2 and names file, dataset and reason, and no damage kills the reader.

Usage: hdf5_refusals.py FILE_TOOL. Exit 77 = a module is missing.
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

tool = sys.argv[1]


def read(path, name, command="read", environment=None):
    return subprocess.run([tool, command, str(path), name], capture_output=True, text=True, errors="replace",
                          env=environment)


def accepted(path, name, values, command="read"):
    answer = read(path, name, command)
    assert answer.returncode == 0, (name, answer.stderr)
    shape, numbers = answer.stdout.split("\n")[:2]
    assert [int(n) for n in shape.split()] == list(values.shape), (name, shape)
    assert [float(n) for n in numbers.split()] == [float(v) for v in values.ravel()], (name, numbers)


def refused(path, name, *words, command="read"):
    answer = read(path, name, command)
    assert answer.returncode == 2, (path, name, answer.returncode, answer.stderr)
    for word in (str(path), "found", "allowed", *words):
        assert word in answer.stderr, (name, word, answer.stderr)
    assert answer.stdout == "", answer.stdout
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr      # the library's own error stack is silent


def accepted_types(folder):
    path = folder / "types.h5"
    values = numpy.arange(24).reshape(2, 3, 4)
    kinds = ["f2", "f4", "f8", ">f4", ">f8", "i1", "i2", "i4", "i8", ">i4", ">i2", "u1", "u2", "u4", "u8",
             numpy.longdouble]
    with h5py.File(path, "w") as file:
        for number, kind in enumerate(kinds):
            file[f"x{number}"] = values.astype(kind)
        for name, options in {"deflate": {"compression": 4},
                              "all": {"compression": 9, "shuffle": True, "fletcher32": True}}.items():
            file.create_dataset(name, data=values + 0.5, chunks=(1, 2, 3), **options)
        file["group/inner"] = values
        file["scalar"] = 2.5
        file["none"] = numpy.zeros((0, 3))
    for number, kind in enumerate(kinds):
        accepted(path, f"x{number}", values.astype(kind))
        accepted(path, f"x{number}", values, "integers")
    accepted(path, "deflate", values + 0.5)
    accepted(path, "all", values + 0.5)
    accepted(path, "group/inner", values)
    accepted(path, "scalar", numpy.array(2.5))
    accepted(path, "none", numpy.zeros((0, 3)))
    refused(path, "all", "all", "0.5 at element 0", "whole", command="integers")


def refused_content(folder):
    path, other = folder / "bad.h5", folder / "other.h5"
    with h5py.File(other, "w") as file:
        file["x"] = numpy.arange(3.0)
    numpy.arange(3.0).tofile(folder / "raw")
    with h5py.File(path, "w") as file:
        file["text"] = "words"
        file["texts"] = numpy.array([b"a", b"b"])
        file["pair"] = numpy.zeros(3, dtype=[("a", "f8"), ("b", "i4")])
        file["flag"] = numpy.array([True, False])
        file["complex"] = numpy.zeros(3, dtype=complex)
        file["null"] = h5py.Empty("f8")
        file["big"] = numpy.array([1, 2**63], dtype="u8")
        file["nan"] = numpy.array([1.0, float("nan")])
        file["inside"] = numpy.arange(3.0)
        file["soft"] = h5py.SoftLink("/inside")
        file.create_dataset("references", data=[file["inside"].ref], dtype=h5py.ref_dtype)
        file.create_dataset("regions", data=[file["inside"].regionref[:2]], dtype=h5py.regionref_dtype)
        file["link"] = h5py.ExternalLink("other.h5", "/x")
        file.create_dataset("outside", (3,), "f8", external=[("raw", 0, 24)])
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(str(other), "x", (3,))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("lzf", data=numpy.zeros(100), compression="lzf")
        file.create_dataset("huge", (2**40, 2**10), "f8", chunks=(1024, 1))
        file.create_dataset("overflow", (2**33, 2**33), "u1", chunks=(1024, 1))
        file.create_dataset("chunk", (10,), "f8", maxshape=(None,), chunks=(2**28 + 1,))
        file["group/x"] = 1.0
    for name, words in {
            "text": ("string", "float or integer"), "texts": ("string",), "pair": ("compound",), "flag": ("boolean",),
            "complex": ("compound",), "null": ("no values",), "references": ("another HDF5 type",),
            "regions": ("another HDF5 type",), "soft": ("link",), "link": ("link",),
            "outside": ("external storage",),
            "virtual": ("virtual",), "lzf": ("lzf", "deflate"), "huge": ("1099511627776 x 1024", "268435456"),
            "overflow": ("at most",),
            "chunk": ("chunks",), "absent": ("nothing of this name",), "group": ("a group",),
            "group/absent": ("nothing",),
            "absent/x": ("nothing",), "link/x": ("link",)}.items():
        refused(path, name, name, *words)
    refused(path, "big", "9223372036854775808 at element 1", command="integers")
    refused(path, "nan", "nan at element 1", command="integers")
    assert read(path, "nan").stdout.split()[-1] == "nan"      # passed on: the caller decides


def lists_of_scales_that_are_none(folder):
    """An axis list of another type or length, or with a reference to nothing, names no axis and is in nobody's way."""
    path, values = folder / "scales.h5", numpy.arange(6.0).reshape(2, 3)
    references = h5py.vlen_dtype(h5py.ref_dtype)
    with h5py.File(path, "w") as file:
        file["gone"] = values[0]
        gone = file["gone"].ref
        for name, kind, entries in (("text", "S4", [b"step"] * 2), ("number", "f8", [1.0, 2.0]),
                                    ("direct", h5py.ref_dtype, [gone] * 2), ("short", references, [[gone]]),
                                    ("dangling", references, [[gone]] * 2), ("null", references, [[None]] * 2)):
            file[name] = values
            entry = numpy.empty(len(entries), dtype=object)
            entry[:] = [numpy.array(one, dtype=h5py.ref_dtype) if isinstance(one, list) else one for one in entries]
            file[name].attrs.create("DIMENSION_LIST", entry, dtype=kind)
        del file["gone"]
    for name in ("text", "number", "direct", "short", "dangling", "null"):
        accepted(path, name, values)


def refused_files(folder):
    refused(folder / "no such.h5", "x", "no such file")
    refused(folder, "x", "no regular file")
    text = folder / "text.h5"
    text.write_text("step,loss\n0,1\n")
    refused(text, "x", "no HDF5 file")
    empty = folder / "empty.h5"
    empty.write_bytes(b"")
    refused(empty, "x", "no HDF5 file")
    whole = (folder / "types.h5").read_bytes()
    cut = folder / "cut.h5"
    cut.write_bytes(whole[:len(whole) // 2])
    refused(cut, "x0", "truncated")


def refused_for_its_last_piece(folder):
    """Damage anywhere is met before anything is used: here in the last chunk of another dataset, by its checksum."""
    path = folder / "sum.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1.0
        data = file.create_dataset("long", data=numpy.arange(600001.0), chunks=(100000,), fletcher32=True)
        last = data.id.get_chunk_info(6).byte_offset
    accepted(path, "x", numpy.array(1.0))
    content = bytearray(path.read_bytes())
    content[last] ^= 1
    path.write_bytes(content)
    refused(path, "x", "a damaged file")


def survives_damage(folder, rounds):
    """Random bytes in the metadata of a small file: exit 0 or 2, whatever they are, and within the time limit."""
    generator = random.Random(20260101)
    path = folder / "result.h5"
    subprocess.run([tool, "result", str(path)], check=True)
    whole, damaged = path.read_bytes(), folder / "damaged.h5"
    reading = child_died = 0
    # on damaged content the HDF5 library itself leaks
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    for _ in range(rounds):
        content = bytearray(whole)
        for _ in range(generator.randint(1, 8)):
            content[generator.choice((generator.randrange(len(content)),
                                      generator.randrange(8192)))] = generator.randrange(256)
        damaged.write_bytes(content)
        answer = read(damaged, "", "everything", environment)
        assert answer.returncode in (0, 2), (answer.returncode, answer.stderr)
        assert answer.returncode == 0 or "allowed" in answer.stderr, answer.stderr
        reading += answer.returncode == 0
        child_died += "the process" in answer.stderr
    assert 0 < reading < rounds, reading      # the damage must neither be harmless nor hopeless, or this tests nothing
    print(f"{rounds} damaged files: {reading} readable, {rounds - reading} refused, of which {child_died} would have "
          f"killed the reader")


with tempfile.TemporaryDirectory() as scratch:
    where = pathlib.Path(scratch)
    accepted_types(where)
    refused_content(where)
    lists_of_scales_that_are_none(where)
    refused_files(where)
    refused_for_its_last_piece(where)
    survives_damage(where, int(sys.argv[2]) if len(sys.argv) > 2 else 100)
