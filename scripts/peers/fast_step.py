"""One full-batch joint step of the peer, as fast as standard PyTorch makes it: the other side of the benchmark.

Model mot, form linear, softmax attention, squared loss, combine one, sampled routing with fresh noise, ffn, attention
and gate by gd.
"""
import torch

from mot_model import Architecture, pair_outputs

ARCHITECTURE = Architecture("mot", "linear", "identity", "softmax", 0, 1)


class FastStep:
    """Data and parameters of a benchmark size, and `step()`.

    strategy: see mot_model.pair_outputs.  `step(noise)` takes noise (sample, expert) or draws it; returns the training
        loss (a tensor).
    Checked by: tests/scripts/mot_torch_test.py, against mot_torch.Trainer.
    """

    def __init__(self, tokens, labels, parameters, noise, learning_rates, strategy):
        self.tokens, self.labels, self.noise, self.strategy = tokens, labels, noise, strategy
        self.token_sum = tokens.sum(1)                                     # the data never change: summed once
        self.everyone = torch.arange(len(labels))
        self.blocks = {name: parameters[name].clone().requires_grad_(True) for name in ("ffn", "attention", "gate")}
        self.output = torch.ones(parameters["ffn"].shape[:2], dtype=torch.float64)
        self.learning_rates = learning_rates

    def step(self, noise=None):
        logits = self.token_sum @ self.blocks["gate"].T
        if noise is None:
            noise = torch.rand(logits.shape, dtype=torch.float64) * self.noise
        winner = torch.argmax(logits.detach() + noise, dim=1)
        samples, experts = self.everyone, winner
        if self.strategy in ("grouped", "padded"):
            experts, samples = torch.sort(winner)
        y = self.labels[samples]
        f = pair_outputs(ARCHITECTURE, self.tokens, {**self.blocks, "output": self.output}, samples, experts,
                         self.strategy)
        loss = torch.mean((1 - y * f) ** 2) / 2
        pi = torch.softmax(logits, 1)[samples, experts]
        gate_loss = torch.mean((1 - y * pi * f.detach()) ** 2) / 2
        gradients = torch.autograd.grad(loss + gate_loss, list(self.blocks.values()))
        with torch.no_grad():
            for (name, block), gradient in zip(self.blocks.items(), gradients):
                block.sub_(gradient, alpha=self.learning_rates[name])
        return loss.detach()
