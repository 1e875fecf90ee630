#!/usr/bin/python3
"""Speed of one full-batch joint step: build/lemmata-bench-step against PyTorch, float64, on 2 cores, alternately in one
run.

Both train ffn, attention and gate by gd with sampled routing (noise drawn anew each step), combine one, squared loss,
softmax attention, linear form. PyTorch runs with whichever of its strategies and thread counts is fastest at each size,
chosen in a calibration before the comparison. The peak memory of our program at the largest size is printed too; it
must stay below twice the data plus parameters. Exit code: 0 every ratio meets its bar and so does the memory, 1
something does not, 2 a side could not be run.
"""
import argparse
import ctypes
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
import numpy as np  # noqa: E402
import torch  # noqa: E402  (the thread count is read when the library loads)

from fast_step import FastStep  # noqa: E402

# samples, features, tokens, experts, bar
SIZES = ((48, 10, 4, 6, 20.0), (512, 32, 8, 8, 6.0), (4096, 128, 16, 16, 3.0))
CORES = 2
LEARNING_RATES = {"ffn": 0.05, "attention": 0.3, "gate": 1.0}
PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build" / "lemmata-bench-step"


def make_peer(size, strategy):
    """FastStep on the data law and initial values of our benchmark program (class_mixture, random, beta = 3, gamma =
    0.5, noise_std = 0.1)."""
    n_samples, n_features, n_tokens, n_experts = size
    random = np.random.default_rng(0)
    n_classes = max(2, min(n_experts, n_features // 2))
    everyone, label = np.arange(n_samples), random.choice([-1.0, 1.0], n_samples)
    own = random.integers(n_classes, size=n_samples)
    other = (own + random.integers(1, n_classes, size=n_samples)) % n_classes
    tokens = 0.1 * random.normal(size=(n_samples, n_tokens, n_features))
    tokens[:, :3] = 0                                                          # the three signal tokens carry no noise
    tokens[everyone, 0, own] = 3.0
    tokens[everyone, 1, n_classes + own] = label
    tokens[everyone, 2, n_classes + other] = 0.5 * random.choice([-1.0, 1.0], n_samples)
    parameters = {"ffn": torch.from_numpy(0.05 * random.normal(size=(n_experts, 1, n_features))),
                  "attention": torch.zeros(n_experts, n_features, n_features, dtype=torch.float64),
                  "gate": torch.zeros(n_experts, n_features, dtype=torch.float64)}
    torch.manual_seed(0)
    return FastStep(torch.from_numpy(tokens), torch.from_numpy(label), parameters, 1.0, LEARNING_RATES, strategy)


def seconds_per_step(peer, seconds):
    """Mean seconds of a step over about `seconds`, at least two steps."""
    start, steps = time.perf_counter(), 0
    while steps < 2 or time.perf_counter() - start < seconds:
        peer.step()
        steps += 1
    return (time.perf_counter() - start) / steps


def calibrated(size, seconds):
    """Fastest (strategy, threads) of the peer at a size, and every candidate's best time."""
    candidates = {}
    for _ in range(2):
        for strategy in ("gathered", "grouped", "padded"):
            for threads in (1, CORES):
                torch.set_num_threads(threads)
                peer = make_peer(size, strategy)
                peer.step()
                taken = seconds_per_step(peer, seconds)
                key = strategy, threads
                candidates[key] = min(taken, candidates.get(key, taken))
    return min(candidates, key=candidates.get), candidates


def ours(size, seconds, guess):
    """What our program reports of a run of about `seconds` (dict, see tests/benchmark/step.cpp). Raises RuntimeError
    saying what failed."""
    steps = max(2, int(seconds / guess))
    command = [str(PROGRAM), *map(str, size), str(steps)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        report = {key: float(value) for key, value in json.loads(done.stdout).items()}
        taken, _, _ = report["seconds_per_step"], report["peak_rss_bytes"], report["data_and_parameters_bytes"]
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RuntimeError(f"{' '.join(command)}: {error}") from error
    if not 0 < taken < float("inf"):
        raise RuntimeError(f"{' '.join(command)}: seconds_per_step is {taken}")
    return report


def blas_in_use():
    """Path, package version and own description of the BLAS library mapped into this process."""
    torch.ones(64, 64).double() @ torch.ones(64, 64).double()
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = sorted({line.split(maxsplit=5)[5].strip() for line in maps
                        if re.search(r"/lib(openblas|blas|mkl|blis|atlas)[^/]*\.so", line)})
    lines = []
    for path in paths:
        owner = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True)
        if owner.returncode != 0:                                              # /usr/lib is /lib's other name
            owner = subprocess.run(["dpkg-query", "-S", f"*/{os.path.basename(path)}"], capture_output=True, text=True)
        package = owner.stdout.split(": ")[0].split(",")[0].split(":")[0].strip()
        version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True,
                                 text=True).stdout if package else "unknown"
        library = ctypes.CDLL(path)
        if hasattr(library, "openblas_get_config"):
            library.openblas_get_config.restype = ctypes.c_char_p
            detail = f"{library.openblas_get_config().decode()}, {library.openblas_get_num_threads()} threads"
        else:
            detail = "no description of its own"
        lines.append(f"{path}  ({package or 'no package'} {version}; {detail})")
    return lines or ["none found in /proc/self/maps"]


def compare(size, rounds, seconds, peer_only):
    """Over alternating rounds: (our reports, peer's seconds per step, chosen (strategy, threads), candidates)."""
    chosen, candidates = calibrated(size, seconds / 2)
    torch.set_num_threads(chosen[1])
    theirs, mine = [], []
    for _ in range(rounds):
        # each round starts afresh, as our program does
        peer = make_peer(size, chosen[0])
        peer.step()
        theirs.append(seconds_per_step(peer, seconds))
        if not torch.isfinite(peer.step()):
            raise RuntimeError(f"PyTorch's training diverged at {size}: its time would mean nothing")
        if not peer_only:
            mine.append(ours(size, seconds,
                             min((report["seconds_per_step"] for report in mine), default=candidates[chosen] / 10)))
    return mine, theirs, chosen, candidates


def print_row(size, bar, reports, theirs, chosen, candidates):
    """Prints what was measured at one size; returns whether its ratio misses the bar."""
    def spread(times):
        return f"{min(times):.2e}..{max(times):.2e}"

    mine = [report["seconds_per_step"] for report in reports]
    ratio = statistics.median(theirs) / statistics.median(mine) if mine else float("nan")
    mine_text, ratio_text = (f"{statistics.median(mine):.3e}", f"{ratio:.1f}") if mine else ("-", "-")
    others = ", ".join(f"{s}/{t} {v:.2e}" for (s, t), v in sorted(candidates.items(), key=lambda item: item[1]))
    print(f"{size[0]:>5} {size[1]:>4} {size[2]:>3} {size[3]:>3} {mine_text:>14} {statistics.median(theirs):>17.3e} "
          f"{ratio_text:>7} {bar:>4.0f}x  "
          f"{chosen[0]}, {chosen[1]} threads  (tried: {others})", flush=True)
    if mine:
        cpu = statistics.median(report["cpu_seconds_per_step"] for report in reports)
        print(f"{'':>19}least and largest: ours {spread(mine)}, PyTorch {spread(theirs)}; CPU time of ours, all "
              f"threads: {cpu:.2e}", flush=True)
    return bool(mine) and not ratio >= bar


def print_memory(reports):
    """Prints the peak memory of our program; returns whether it misses its bar, twice the data plus parameters."""
    peak, held = max(report["peak_rss_bytes"] for report in reports), reports[0]["data_and_parameters_bytes"]
    print(f"peak memory of ours at the largest size: {peak / 2**20:.0f} MiB, {peak / held:.2f} times data plus "
          f"parameters; bar: below 2")
    return not peak < 2 * held


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="alternating rounds per size")
    parser.add_argument("--seconds", type=float, default=1.0, help="time of one side in one round")
    parser.add_argument("--peer-only", action="store_true", help="measure PyTorch alone")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:CORES]))          # inherited by our program
    if not arguments.peer_only and not PROGRAM.exists():
        print(f"benchmark: {PROGRAM} does not exist; build it first (target lemmata-bench-step), or use --peer-only",
              file=sys.stderr)
        return 2
    print(f"PyTorch {torch.__version__}; "
          f"cores {len(os.sched_getaffinity(0))}; medians of {arguments.rounds} rounds of {arguments.seconds} s; "
          f"load of the machine before the start {os.getloadavg()[0]:.2f} (times mean little unless it is near 0)")
    for line in blas_in_use():
        print(f"BLAS {line}")
    print(f"{'K':>5} {'d':>4} {'L':>3} {'M':>3} {'ours [s/step]':>14} {'PyTorch [s/step]':>17} {'ratio':>7} {'bar':>5} "
          f" PyTorch's choice")
    missed = False
    for *size, bar in SIZES:
        try:
            reports, theirs, chosen, candidates = compare(size, arguments.rounds, arguments.seconds,
                                                          arguments.peer_only)
        except RuntimeError as error:
            print(f"benchmark: {error}", file=sys.stderr)
            return 2
        missed |= print_row(size, bar, reports, theirs, chosen, candidates)
    if reports:
        missed |= print_memory(reports)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
