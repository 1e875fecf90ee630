#!/usr/bin/python3
"""The transformer against PyTorch: same initial values, 50 Adam steps, every loss and every parameter.

    transformer_agreement_test.py TRANSFORMER_TOOL

A parameter may differ by 1e-9 of the largest of its block: Adam divides by the root of a mean of squares, so a number
whose gradient is small moves as far as any other.
"""
import json
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "peers"))
try:
    import numpy as np
    import transformer_torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

STEPS, LEARNING_RATE, TOLERANCE = 50, 0.01, 1e-9


def config(layers, dimension, activation="relu", norm="post", feed_forward=True, hidden=0, positions="learned"):
    return {"layers": layers, "dimension": dimension, "hidden": hidden, "vocabulary": 13, "length": 9,
            "activation": activation, "norm": norm, "feed_forward": feed_forward, "positions": positions}


def random_case(settings, seed):
    """Sequences of 9 to 1 tokens, each position weighted at random."""
    draw = random.Random(seed)
    lengths = [9, 9, 5, 1, 7, 9, 2, 8, 9, 9]

    def sequences():
        return [[draw.randrange(13) if p < length else -1 for p in range(9)] for length in lengths]

    weights = [[draw.random() if p < length and draw.random() < 0.8 else 0.0 for p in range(9)] for length in lengths]
    return {"config": settings, "inputs": sequences(), "targets": sequences(), "weights": weights, "seed": seed,
            "noise": 0.1}


def agreement(tool, case, threads):
    """Largest disagreement of losses, and of every block relative to its largest number."""
    command = [tool, str(STEPS), repr(LEARNING_RATE), str(threads)]
    done = subprocess.run(command, input=json.dumps(case), capture_output=True, text=True, check=True)
    ours = json.loads(done.stdout)
    theirs = transformer_torch.train({**case, "steps": STEPS, "learning_rate": LEARNING_RATE,
                                      "initial": ours["initial"]})
    assert set(ours["final"]) == set(theirs["final"]) and len(ours["loss"]) == STEPS + 1
    worst = {"loss": np.max(np.abs(np.array(ours["loss"]) / np.array(theirs["loss"]) - 1))}
    moved = []
    for name, block in ours["final"].items():
        mine, other = np.array(block), np.array(theirs["final"][name])
        worst[name] = np.max(np.abs(mine - other)) / np.max(np.abs(other))
        moved.append(np.max(np.abs(mine - np.array(ours["initial"][name]))))
    return worst, min(moved), ours["loss"]


def main():
    tool, failed = sys.argv[1], False
    cases = [config(1, 12), config(3, 12), config(3, 20, "identity", hidden=7), config(2, 8, "tanh"),
             config(2, 12, feed_forward=False), config(1, 12, norm="none"), config(2, 12, positions="none")]
    for seed, settings in enumerate(cases):
        worst, least_moved, losses = agreement(tool, random_case(settings, seed), 1 + seed % 3)
        name = max(worst, key=worst.get)
        good = worst[name] <= TOLERANCE and least_moved > LEARNING_RATE and losses[-1] < losses[0] - 0.1
        failed |= not good
        print(f"{'agrees' if good else 'DIFFERS'}: {settings}: worst {name} {worst[name]:.1e}, loss {losses[0]:.3f} -> "
              f"{losses[-1]:.3f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
