#!/usr/bin/python3
"""Independent PyTorch implementation of the transformer of theory/joma.md ("Multilayer transformer: definition"):
float64, gradients by autograd, PyTorch's own LayerNorm, cross entropy and Adam.

    transformer_torch.py case.json [--out result.json]

case.json: {"config": {"layers", "dimension", "hidden", "vocabulary", "length", "activation", "norm", "feed_forward"},
"learning_rate", "steps", "inputs", "targets" (sequence, position; -1 = no token), "weights" (sequence, position),
"initial": {block: matrix as rows}} with the blocks of sim/transformer/config.h.
Writes {"loss": one per step and one after the last, "final": {block: matrix as rows}}.
"""
import argparse
import json
import math
import sys

import torch
from torch.nn import functional

ACTIVATIONS = {"relu": functional.relu, "identity": lambda z: z, "tanh": torch.tanh, "silu": functional.silu}


class Transformer(torch.nn.Module):
    """The model with its blocks as parameters. Padding is kept: a position without a token holds token 0 and has weight
    0, unlike in the simulator, which leaves it out.

    Checked by: tests/peers/transformer_agreement_test.py.
    """

    def __init__(self, config, initial):
        super().__init__()
        self.config = config
        self.activation = ACTIVATIONS[config["activation"]]
        self.has_norm, self.layers = config["norm"] == "post", config["layers"]
        self.blocks = torch.nn.ParameterDict(
            {name: torch.nn.Parameter(torch.tensor(value, dtype=torch.float64)) for name, value in initial.items()})
        length = config["length"]
        self.later = torch.triu(torch.ones(length, length, dtype=torch.bool), diagonal=1)       # [query, key]

    def of_layer(self, name, layer):
        block = self.blocks[name]
        width = block.shape[1] // self.layers
        return block[:, layer * width:(layer + 1) * width]

    def normalise(self, name, layer, x):
        if not self.has_norm:
            return x
        return functional.layer_norm(x, x.shape[-1:], self.of_layer(name + "_gain", layer)[:, 0],
                                     self.of_layer(name + "_bias", layer)[:, 0], eps=1e-5)

    def layer(self, number, x):
        query, key, value = (x @ self.of_layer(name, number) for name in ("query", "key", "value"))
        scores = query @ key.transpose(1, 2) / math.sqrt(self.config["dimension"])
        attention = torch.softmax(scores.masked_fill(self.later, -math.inf), dim=-1)
        y = self.normalise("attention_norm", number, x + attention @ value @ self.of_layer("attention_output", number))
        if not self.config["feed_forward"]:
            return y
        hidden = self.activation(y @ self.of_layer("ffn_input", number) + self.of_layer("ffn_input_bias", number)[:, 0])
        z = hidden @ self.of_layer("ffn_output", number) + self.of_layer("ffn_output_bias", number)[:, 0]
        return self.normalise("ffn_norm", number, y + z)

    def logits(self, tokens):
        x = self.blocks["token_embedding"].T[tokens]
        if "position_embedding" in self.blocks:
            x = x + self.blocks["position_embedding"].T
        for number in range(self.layers):
            x = self.layer(number, x)
        return x @ self.blocks["output"] + self.blocks["output_bias"][:, 0]

    def loss(self, tokens, targets, weights):
        """Weighted mean cross entropy; weights (sequence, position) sum to 1."""
        each = functional.cross_entropy(self.logits(tokens).flatten(0, 1), targets.flatten(), reduction="none")
        return (each * weights.flatten()).sum()


def train(case):
    """Full-batch Adam; returns the record described at the top of the file."""
    inputs, targets = (torch.tensor(case[key]).clamp(min=0) for key in ("inputs", "targets"))
    weights = torch.tensor(case["weights"], dtype=torch.float64)
    weights = weights / weights.sum()
    model = Transformer(case["config"], case["initial"])
    adam = torch.optim.Adam(model.parameters(), lr=case["learning_rate"], betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for _ in range(case["steps"]):
        adam.zero_grad()
        loss = model.loss(inputs, targets, weights)
        loss.backward()
        adam.step()
        losses.append(float(loss))
    losses.append(float(model.loss(inputs, targets, weights)))
    return {"loss": losses, "final": {name: block.tolist() for name, block in model.blocks.items()}}


def main():
    parser = argparse.ArgumentParser(description="Train one transformer in PyTorch, as an independent reference.")
    parser.add_argument("case")
    parser.add_argument("--out", default="-", help="JSON file to write (default: standard output)")
    arguments = parser.parse_args()
    try:
        with open(arguments.case, encoding="utf-8") as file:
            text = json.dumps(train(json.load(file)))
    except (OSError, ValueError, KeyError) as error:
        print(f"transformer_torch: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    if arguments.out == "-":
        print(text)
    else:
        with open(arguments.out, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
