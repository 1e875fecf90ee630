#!/usr/bin/python3
"""Speed of one Adam step of the transformer: build/lemmata-bench-transformer against PyTorch, float64, alternately in
one run on the same 2 cores.

Default: 3 post-LN layers of one head, d = 256, ReLU FFN of 1024, vocabulary 100, batch of 20 sequences of 30 tokens,
2,000 steps of each side in 10 rounds. PyTorch runs with whichever of its formulations and thread counts is fastest,
chosen in a calibration before the comparison:
  separate      query, key and value as three products
  fused         one product with the three maps side by side (F.linear)
  fused,addmm   the same, biases and residual sums inside the products (addmm)
each with the loops of torch.optim.Adam over single tensors or over all of them at once (foreach). There is no dropout.
Exit code: 0 ours is faster, 1 it is not, 2 a side could not be run.
"""
import argparse
import itertools
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
import torch  # noqa: E402  (the thread count is read when the library loads)
from torch.nn import functional  # noqa: E402

from benchmark import blas_in_use  # noqa: E402

CORES, LEARNING_RATE = 2, 1e-3
PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build" / "lemmata-bench-transformer"
FORMULATIONS = ("separate", "fused", "fused,addmm")


class FastTransformer(torch.nn.Module):
    """The model of transformer_torch.py as fast as standard PyTorch makes it; maps are (out, in), as F.linear wants
    them. Checked by: tests/scripts/transformer_benchmark_test.py, against transformer_torch.Transformer."""

    def __init__(self, size, formulation):
        super().__init__()
        layers, d, vocabulary, length, _ = size
        self.fused, self.into_products = formulation != "separate", formulation == "fused,addmm"
        self.n_layers, self.scale = layers, 1 / math.sqrt(d)
        self.register_buffer("mask", torch.full((length, length), -math.inf, dtype=torch.float64).triu(1))
        parameters = {"tokens": torch.randn(vocabulary, d), "positions": torch.randn(length, d),
                      "output": torch.randn(vocabulary, d) / math.sqrt(d), "output_bias": torch.zeros(vocabulary)}
        for i in range(layers):
            parameters |= {f"attention_output{i}": torch.randn(d, d) / math.sqrt(d),
                           f"attention_gain{i}": torch.ones(d), f"attention_bias{i}": torch.zeros(d),
                           f"input{i}": torch.randn(4 * d, d) / math.sqrt(d), f"input_bias{i}": torch.zeros(4 * d),
                           f"ffn_output{i}": torch.randn(d, 4 * d) / math.sqrt(4 * d),
                           f"ffn_output_bias{i}": torch.zeros(d),
                           f"ffn_gain{i}": torch.ones(d), f"ffn_bias{i}": torch.zeros(d)}
            projections = torch.randn(3 * d, d) / math.sqrt(d)
            parameters |= {f"projections{i}": projections} if self.fused else \
                {f"projection{i}_{j}": part for j, part in enumerate(projections.chunk(3))}
        for name, value in parameters.items():
            self.register_parameter(name, torch.nn.Parameter(value.double().contiguous()))

    def queries_keys_values(self, i, x, batch):
        if self.fused:
            parts = functional.linear(x, self.get_parameter(f"projections{i}")).chunk(3, dim=-1)
        else:
            parts = (functional.linear(x, self.get_parameter(f"projection{i}_{j}")) for j in range(3))
        return (part.view(*batch, -1) for part in parts)

    def added(self, residual, x, weight, bias=None):
        """residual + W x (+ bias)."""
        if self.into_products:
            residual = torch.addmm(residual, x, weight.T)
            return residual if bias is None else residual + bias
        return residual + functional.linear(x, weight, bias)

    def forward(self, tokens):
        p = self.get_parameter
        batch, d = tokens.shape, p("tokens").shape[1]
        x = (functional.embedding(tokens, p("tokens")) + p("positions")).view(-1, d)             # (token, feature)
        for i in range(self.n_layers):
            query, key, value = self.queries_keys_values(i, x, batch)
            scores = torch.baddbmm(self.mask, query, key.transpose(1, 2), alpha=self.scale)
            context = torch.bmm(torch.softmax(scores, -1), value).view(-1, d)
            y = self.added(x, context, p(f"attention_output{i}"))
            y = functional.layer_norm(y, (d,), p(f"attention_gain{i}"), p(f"attention_bias{i}"), 1e-5)
            hidden = functional.relu(functional.linear(y, p(f"input{i}"), p(f"input_bias{i}")), inplace=True)
            x = self.added(y, hidden, p(f"ffn_output{i}"), p(f"ffn_output_bias{i}"))
            x = functional.layer_norm(x, (d,), p(f"ffn_gain{i}"), p(f"ffn_bias{i}"), 1e-5)
        return functional.linear(x, p("output"), p("output_bias"))

    def loss(self, tokens, targets):
        """Mean cross entropy; target -100 where nothing is predicted."""
        return functional.cross_entropy(self(tokens), targets.flatten())


class Peer:
    """Model, batch and Adam of one formulation; `step()` returns the loss."""

    def __init__(self, size, formulation, foreach):
        _, _, vocabulary, length, sequences = size
        torch.manual_seed(0)
        self.tokens = torch.randint(vocabulary, (sequences, length))
        self.targets = torch.cat([self.tokens[:, 1:], torch.full((sequences, 1), -100)], dim=1)
        self.model = FastTransformer(size, formulation)
        self.adam = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, foreach=foreach)

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        loss = self.model.loss(self.tokens, self.targets)
        loss.backward()
        self.adam.step()
        return float(loss)

    def seconds(self, steps):
        """(wall, CPU of all threads) per step."""
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(steps):
            last = self.step()
        if not math.isfinite(last):
            raise RuntimeError("PyTorch's training diverged: its time would mean nothing")
        return (time.perf_counter() - wall) / steps, (time.process_time() - cpu) / steps


def calibrated(size, steps):
    """Fastest (formulation, foreach, threads), and every candidate's best time of two rounds."""
    candidates = {}
    for _ in range(2):
        for choice in itertools.product(FORMULATIONS, (False, True), (1, CORES)):
            torch.set_num_threads(choice[2])
            peer = Peer(size, *choice[:2])
            peer.step()
            candidates[choice] = min(peer.seconds(steps)[0], candidates.get(choice, math.inf))
    return min(candidates, key=candidates.get), candidates


def ours(size, steps):
    """What our program reports of a run (dict, see tests/benchmark/transformer.cpp). Raises RuntimeError."""
    command = [str(PROGRAM), *map(str, size), str(steps), str(CORES)]
    try:
        report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        if not 0 < report["seconds_per_step"] < math.inf or not math.isfinite(report["loss"]):
            raise ValueError(f"an impossible report: {report}")
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"{' '.join(command)}: {error}") from error
    return report


def compare(size, steps, rounds):
    """Prints the comparison; returns whether ours is faster."""
    choice, candidates = calibrated(size, max(2, min(10, steps // 20)))
    for (formulation, foreach, threads), taken in sorted(candidates.items(), key=lambda item: item[1]):
        print(f"  tried: {formulation:12} Adam {'foreach' if foreach else 'one by one':10} {threads} threads "
              f"{taken:.4f} s/step")
    torch.set_num_threads(choice[2])
    peer = Peer(size, *choice[:2])
    peer.step()
    mine, theirs = [], []
    for _ in range(rounds):
        theirs.append(peer.seconds(steps // rounds))
        mine.append(ours(size, steps // rounds))
    total = sum(wall for wall, _ in theirs) * (steps // rounds)
    own_total = sum(report["seconds_per_step"] for report in mine) * (steps // rounds)
    ratios = [wall / report["seconds_per_step"] for (wall, _), report in zip(theirs, mine)]
    print(f"PyTorch ({choice[0]}, Adam {'foreach' if choice[1] else 'one by one'}, {choice[2]} threads): {total:.1f} "
          f"s for {rounds * (steps // rounds)} steps, CPU {statistics.median(cpu for _, cpu in theirs):.4f} s/step")
    print(f"ours: {own_total:.1f} s for {rounds * (steps // rounds)} steps, CPU "
          f"{statistics.median(report['cpu_seconds_per_step'] for report in mine):.4f} s/step; of the time of a step "
          f"{sum(r['optimizer'] for r in mine) / sum(r['seconds_per_step'] for r in mine):.1%} is Adam")
    print(f"ratio of the times {total / own_total:.2f}; of single rounds {min(ratios):.2f} to {max(ratios):.2f}, "
          f"median {statistics.median(ratios):.2f}")
    return total > own_total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000, help="Adam steps of each side")
    parser.add_argument("--rounds", type=int, default=10, help="alternating rounds")
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--layers", type=int, default=3)
    arguments = parser.parse_args()
    if not 1 <= arguments.rounds <= arguments.steps:
        parser.error("--rounds: at least 1 and at most --steps")
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:CORES]))          # inherited by our program
    size = (arguments.layers, arguments.dimension, 100, 30, 20)
    print(f"PyTorch {torch.__version__}; cores {len(os.sched_getaffinity(0))}; layers, d, vocabulary, length, "
          f"sequences = {size}; load of the machine before the start {os.getloadavg()[0]:.2f}")
    for line in blas_in_use():
        print(f"BLAS {line}")
    try:
        return 0 if compare(size, arguments.steps, arguments.rounds) else 1
    except RuntimeError as error:
        print(f"transformer_benchmark: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
