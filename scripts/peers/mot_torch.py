#!/usr/bin/python3
"""Independent PyTorch implementation of mot.md sections 1-4: float64, gradients by autograd.

    mot_torch.py scenario.json data.h5 [--init init.h5] [--out result.json]

scenario.json: resolved settings (contract.md).
data.h5: X (sample, token, feature), y (sample), optional weight (sample) summing to 1, class_signal (class, feature),
and for sampled routing routing_noise (step, sample, expert) with steps + 1 rows in [0, noise].
init.h5 (default: the data file): ffn, attention, gate, optional output, in the shapes of contract.md.
Writes {"step", "stage", "loss", "objective", "prediction_loss", "final": {"ffn", "attention", "gate", "output"}}: one
entry per step, taken before that step's update, and a closing one.
"""
import argparse
import json
import sys
from dataclasses import dataclass

import h5py
import numpy as np
import torch

from expected_routing import expected_routing
from mot_model import LOSSES, architecture_of, block_outputs, gate_inputs, gate_logits, initial_output, pair_outputs
from mot_optimizers import Optimizer

# a score h + r is that of one draw
COMBINES = {"expected": ("one", "probability"), "sampled": ("one", "probability", "logit")}
BLOCKS = ("ffn", "attention", "gate", "output")


@dataclass
class Routing:
    """Pairs (sample, expert) that carry weight at this step, sorted by expert; everything here is a constant in the
    gradients."""
    samples: torch.Tensor      # (pair)
    experts: torch.Tensor      # (pair)
    share: torch.Tensor        # q of the pair; 1 for a drawn expert
    gate_input: torch.Tensor
    probability: torch.Tensor  # pi of the pair
    logit: torch.Tensor        # h of the pair
    draw: torch.Tensor         # r of the pair, 0 unless the expert was drawn


@dataclass
class Step:
    """What an optimiser may ask of the current step, for one block."""
    objective: float
    hessian: object


class Trainer:
    """Full-batch training over the stages of a scenario. Checked by: tests/scripts/mot_torch_test.py."""

    def __init__(self, scenario, data, initial, strategy="batched"):
        model = scenario["model"]
        self.architecture, self.strategy = architecture_of(model), strategy
        self.gate = {"routing": "expected", "noise": 1.0, "combine": "one", "input": "tokens", **model.get("gate", {})}
        loss = scenario.get("loss", {})
        self.loss, self.l2 = LOSSES[loss.get("kind", "squared")], float(loss.get("l2", 0))
        self.stages = scenario["stages"]
        self.tokens = torch.from_numpy(data["X"].astype(np.float64))
        self.labels = torch.from_numpy(data["y"].astype(np.float64))
        n_samples = len(self.labels)
        self.weight = torch.from_numpy(data.get("weight", np.full(n_samples, 1 / n_samples)).astype(np.float64))
        self.class_signal = torch.from_numpy(data["class_signal"].astype(np.float64)) if "class_signal" in data \
            else None
        self.noise, self.normalise_by_load = data.get("routing_noise"), False
        self.parameters = self._parameters(initial)
        self._check()

    def _parameters(self, initial):
        blocks = {name: torch.from_numpy(initial[name].astype(np.float64)) for name in BLOCKS if name in initial}
        self.flat_ffn = blocks["ffn"].dim() == 2
        if self.flat_ffn:
            blocks["ffn"] = blocks["ffn"].unsqueeze(1)
        n_features, n_blocks = self.tokens.shape[2], self.architecture.n_blocks
        n_attentions = 1 if self.architecture.kind == "shared_attention" else n_blocks
        blocks.setdefault("attention", torch.zeros(n_attentions, n_features, n_features, dtype=torch.float64))
        blocks.setdefault("gate", torch.zeros(n_blocks, n_features, dtype=torch.float64))
        blocks.setdefault("output", initial_output(self.architecture))
        expected = {"ffn": (n_blocks, self.architecture.n_neurons, n_features),
                    "attention": (n_attentions, n_features, n_features),
                    "gate": (n_blocks, n_features), "output": (n_blocks, self.architecture.n_neurons)}
        for name, shape in expected.items():
            if tuple(blocks[name].shape) != shape:
                raise ValueError(f"initial {name} has shape {tuple(blocks[name].shape)}, the settings say {shape}")
        return blocks

    def _check(self):
        if abs(float(self.weight.sum()) - 1) > 1e-12:
            raise ValueError("the samples' weight does not sum to 1")
        if any(value for stage in self.stages for key, value in stage.get("stop", {}).items()
               if key != "no_progress_change"):
            raise ValueError("stop rules are not part of the peer")
        for stage in self.stages:
            for block in stage["train"]:
                if block not in BLOCKS or (block == "gate" and not self.architecture.is_gated):
                    raise ValueError(f"stage {stage.get('name')}: kind {self.architecture.kind} has no trained block "
                                     f"{block!r}")
        if self.architecture.is_gated and self.gate["combine"] not in COMBINES[self.gate["routing"]]:
            raise ValueError(f"model.gate.combine is {self.gate['combine']!r}; allowed with routing "
                             f"{self.gate['routing']}: {', '.join(COMBINES[self.gate['routing']])}")
        if self.architecture.is_gated and self.gate["routing"] == "sampled":
            rows = 1 + sum(stage["steps"] for stage in self.stages)
            if self.noise is None or len(self.noise) < rows:
                raise ValueError(f"sampled routing needs routing_noise (step, sample, expert) with {rows} rows")

    def route(self, step):
        """Routing of step `step` at the current parameters."""
        n_samples, n_blocks = len(self.labels), self.architecture.n_blocks
        if not self.architecture.is_gated:
            return None
        inputs = gate_inputs(self.gate["input"], self.architecture, self.tokens, self.parameters, self.class_signal)
        logits = gate_logits(inputs, self.parameters["gate"])
        draw = np.zeros((n_samples, n_blocks))
        if self.gate["routing"] == "sampled":
            draw = np.asarray(self.noise[step], dtype=np.float64)
            # the lowest index wins a tie
            winner = np.argmax(logits.numpy() + draw, axis=1)
            share = np.zeros((n_samples, n_blocks))
            share[np.arange(n_samples), winner] = 1
        elif self.gate["routing"] == "expected":
            share = expected_routing(logits.numpy(), self.gate["noise"])
        else:
            raise ValueError(f"model.gate.routing is {self.gate['routing']!r}; allowed: expected, sampled")
        experts, samples = (torch.from_numpy(index) for index in np.nonzero(share.T))
        pi = torch.softmax(logits, 1)
        share, draw = torch.from_numpy(share), torch.from_numpy(draw)
        return Routing(samples, experts, share[samples, experts], inputs, pi[samples, experts],
                       logits[samples, experts], draw[samples, experts])

    def losses(self, parameters, routing):
        """(training loss, prediction loss, the gate's loss): weighted sums over the samples, each differentiable in its
        own blocks only."""
        if routing is None:
            f = block_outputs(self.architecture, self.tokens.unsqueeze(1), parameters["ffn"], parameters["output"],
                              parameters["attention"])
            loss = self.weight @ self.loss(self.labels * f.sum(1))
            return loss, loss.detach(), torch.zeros((), dtype=torch.float64)
        samples, experts = routing.samples, routing.experts
        weight, y = self.weight[samples] * routing.share, self.labels[samples]
        f = pair_outputs(self.architecture, self.tokens, parameters, samples, experts, self.strategy)
        prediction_loss = weight @ self.loss(y * f)
        combine, logits = self.gate["combine"], gate_logits(routing.gate_input, parameters["gate"])
        if combine == "logit":
            scale, gate_scale = routing.logit + routing.draw, logits[samples, experts] + routing.draw
        else:
            scale = routing.probability if combine == "probability" else 1.0
            gate_scale = torch.softmax(logits, 1)[samples, experts]
        loss = weight @ self.loss(y * scale * f)
        return loss, prediction_loss.detach(), weight @ self.loss(y * gate_scale * f.detach())

    def gradients(self, trained, routing):
        """Gradient of every trained block with L2, and (loss, objective, prediction loss) as numbers."""
        leaves = {name: value.detach().requires_grad_(name in trained) for name, value in self.parameters.items()}
        loss, prediction_loss, gate_loss = self.losses(leaves, routing)
        penalty, gradients = 0.0, {}
        if trained:
            total = loss + gate_loss
            if total.requires_grad:
                found = torch.autograd.grad(total, [leaves[name] for name in trained], allow_unused=True)
            # only a uniform attention is trained: nothing depends on it
            else:
                found = [None] * len(trained)
            gradients = {name: torch.zeros_like(leaves[name]) if g is None else g for name, g in zip(trained, found)}
        for name, gradient in gradients.items():
            gradients[name] = gradient * self._inverse_load(name, routing, gradient)
            if name != "gate":
                gradients[name] = gradients[name] + self.l2 * self.parameters[name]
                penalty += 0.5 * self.l2 * float((self.parameters[name] ** 2).sum())
        return gradients, (float(loss), float(loss) + penalty, float(prediction_loss))

    def _inverse_load(self, name, routing, like):
        """1, or 1 / routed mass per expert under `normalise_by_load` (not for the gate nor a shared attention: they
        serve every sample)."""
        if not self.normalise_by_load or routing is None or name == "gate" \
            or like.shape[0] != self.architecture.n_blocks:
            return 1.0
        load = torch.zeros(self.architecture.n_blocks, dtype=torch.float64)
        load.index_add_(0, routing.experts, self.weight[routing.samples] * routing.share)
        inverse = torch.where(load > 0, 1 / load, torch.ones_like(load))
        return inverse.view(-1, *[1] * (like.dim() - 1))

    def hessian(self, name, entry, routing):
        """Hessian of the objective in one expert's part of one block, flattened; for the gate of the gate's loss."""
        def objective_of(part):
            block = self.parameters[name]
            changed = torch.cat([block[:entry], part.unsqueeze(0), block[entry + 1:]])
            loss, _, gate_loss = self.losses({**self.parameters, name: changed}, routing)
            return loss + gate_loss
        part = self.parameters[name][entry]
        inverse_load = self._inverse_load(name, routing, self.parameters[name])
        matrix = torch.autograd.functional.hessian(objective_of, part).reshape(part.numel(), part.numel())
        matrix = matrix * (inverse_load if isinstance(inverse_load, float) else inverse_load[entry].reshape(()))
        return matrix if name == "gate" else matrix + self.l2 * torch.eye(part.numel(), dtype=torch.float64)

    def train(self):
        """Runs all stages; returns the record described at the top of the file."""
        record = {key: [] for key in ("step", "stage", "loss", "objective", "prediction_loss")}
        step, number, trained = 0, 0, []
        for number, stage in enumerate(self.stages, start=1):
            trained, self.normalise_by_load = list(stage["train"]), bool(stage.get("normalise_by_load", False))
            optimizers = {name: Optimizer(settings) for name, settings in stage["train"].items()}
            for _ in range(stage["steps"]):
                routing = self.route(step)
                gradients, values = self.gradients(trained, routing)
                _append(record, step, number, values)
                changes = {name: optimizer.change(gradients[name],
                                                  Step(values[1], lambda i, name=name: self.hessian(name, i, routing)))
                           for name, optimizer in optimizers.items()}
                for name, change in changes.items():
                    self.parameters[name] = self.parameters[name] - change
                step += 1
        _append(record, step, number, self.gradients(trained, self.route(step))[1])
        final = dict(self.parameters)
        if self.flat_ffn:
            final["ffn"] = final["ffn"].squeeze(1)
        record["final"] = {name: value.tolist() for name, value in final.items()}
        return record


def _append(record, step, stage, values):
    for key, value in zip(("step", "stage", "loss", "objective", "prediction_loss"), (step, stage, *values)):
        record[key].append(value)


def read_datasets(path):
    """All datasets at the root of an HDF5 file, as arrays by name."""
    with h5py.File(path, "r") as file:
        return {name: item[()] for name, item in file.items() if isinstance(item, h5py.Dataset)}


def main():
    parser = argparse.ArgumentParser(description="Train one scenario in PyTorch, as an independent reference.")
    parser.add_argument("scenario")
    parser.add_argument("data")
    parser.add_argument("--init", help="HDF5 file of initial values (default: the data file)")
    parser.add_argument("--out", default="-", help="JSON file to write (default: standard output)")
    parser.add_argument("--strategy", default="batched", choices=("batched", "grouped", "gathered", "padded"))
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    try:
        with open(arguments.scenario, encoding="utf-8") as file:
            scenario = json.load(file)
        data = read_datasets(arguments.data)
        record = Trainer(scenario, data, read_datasets(arguments.init) if arguments.init else data,
                         arguments.strategy).train()
    except (OSError, ValueError, KeyError) as error:
        print(f"mot_torch: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    text = json.dumps(record)
    if arguments.out == "-":
        print(text)
    else:
        with open(arguments.out, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
