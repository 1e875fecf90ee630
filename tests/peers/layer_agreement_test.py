"""The one-layer JoMA model against its PyTorch peer (scripts/peers/joma_torch.py): the same samples and initial values,
50 Adam steps, full batch and minibatches.

    layer_agreement_test.py LAYER_TOOL        exit 0 agrees, 1 does not, 77 no PyTorch or h5py

Bars: every loss to 1e-9 relative, the entries of every final block to 1e-9 of the block's largest. What Adam makes of a
gradient entry that is exactly 0 in one program and 1e-20 in the other is not compared: with orthonormal embeddings rows
of w beyond tokens and queries have no gradient in either.
"""
import itertools
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py  # noqa: F401
    import numpy as np
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "peers"))
import joma_torch  # noqa: E402

BAR, STEPS, RATE = 1e-9, 50, 0.02
CASES = list(itertools.product(("linear", "exp", "softmax"), joma_torch.ACTIVATIONS,
                               ("cross_entropy", "upper", "fixed"), ("orthonormal", "random"),
                               ((1, 0), (3, 4))))  # (queries, batch)


def difference(mine, theirs):
    """Largest difference relative to the largest entry; infinite for NaN and other shapes."""
    if mine.shape != theirs.shape:
        return np.inf
    found = np.abs(mine - theirs).max() / np.abs(mine).max()
    return np.inf if np.isnan(found) else found


def compare(path, case, rate=RATE):
    """(largest difference, smallest movement of a block relative to its size) of one case."""
    attention, activation, upstream, _, _ = case
    samples, initial, final = joma_torch.read_samples(path)
    layer = joma_torch.JomaLayer(samples, attention, activation, upstream)
    losses, blocks = joma_torch.train(layer, initial, samples["batch"], rate)
    names = {"w", "z", "upper"} & final.keys()
    if set(blocks) != names or ("upper" in names) != (upstream == "upper"):
        return np.inf, 0.0
    same = losses == samples["loss"]  # 0 in both, once a fixed g has switched every relu off
    apart = np.abs(losses - samples["loss"]) / np.abs(np.where(same, 1, samples["loss"]))
    worst = max(np.max(apart),
                *(difference(final[name], blocks[name]) for name in names))
    return worst, min(np.abs(final[name] - initial[name]).max() / np.abs(initial[name]).max() for name in names)


def main():
    tool, problems, worst, unnoticed = str(pathlib.Path(sys.argv[1]).resolve()), [], 0.0, 0
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="lemmata_layer_") as name:
        for number, case in enumerate(CASES):
            path = pathlib.Path(name) / f"{number}.h5"
            attention, activation, upstream, embedding, (queries, batch) = case
            subprocess.run([tool, attention, activation, upstream, embedding, str(queries), str(batch), str(number),
                            str(STEPS), str(RATE), str(path)], check=True, timeout=60)
            found, moved = compare(path, case)
            worst = max(worst, found)
            if not found <= BAR or not moved > 1e-2:
                problems.append(f"{case}: difference {found:.2e}, least movement {moved:.2e}")
            if number % 10 == 0:  # control: a rate 0.1 % off must be noticed
                unnoticed += not compare(path, case, 1.001 * RATE)[0] > BAR
    if unnoticed:
        problems.append(f"control: a rate 0.1 % off went unnoticed in {unnoticed} cases")
    print("\n".join(problems)
          or f"{len(CASES)} cases, {STEPS} Adam steps; largest difference {worst:.1e}, bar {BAR:.0e}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
