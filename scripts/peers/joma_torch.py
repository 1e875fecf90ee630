"""The one-layer JoMA model in PyTorch, float64, gradients by autograd: a peer of sim/joma/layer.h that shares no line
with it.

    joma_torch.py SAMPLES.h5 ATTENTION ACTIVATION UPSTREAM --rate R [--steps N]

SAMPLES.h5: context (token, sample), embedding (dimension, token + query), weight, label, sample_query (sample), batch
(step, sample of it), upstream (node, sample) for the fixed upstream, and in the group `initial` w (dimension, node), z
(token, query) and, with a trained upper layer, upper (node, class); attributes temperature and normaliser. Prints the
loss before each step of Adam (0.9, 0.999, 1e-8).

    b = sigma(z_q) o x / A,  f = U_C b + u_q,  h_k = phi(w_k . f)
"""
import argparse

import h5py
import numpy as np
import torch

ACTIVATIONS = {"identity": lambda a: a, "relu": torch.relu, "cubic": lambda a: a ** 3, "tanh": torch.tanh,
               "silu": torch.nn.functional.silu, "square": lambda a: a ** 2}


def read_samples(path):
    """(samples, initial blocks, final blocks) as dictionaries; `final` may be empty."""
    with h5py.File(path, "r") as file:
        def group(name):
            return {key: value[()] for key, value in file[name].items()} if name in file else {}
        samples = {key: value[()] for key, value in file.items() if isinstance(value, h5py.Dataset)}
        samples |= {key: float(file.attrs[key]) for key in ("temperature", "normaliser")}
        return samples, group("initial"), group("final")


class JomaLayer:
    """Loss of a set of samples at blocks w, z, upper (tensors)."""

    def __init__(self, samples, attention, activation, upstream):
        if attention not in ("linear", "exp", "softmax") or upstream not in ("cross_entropy", "upper", "fixed"):
            raise ValueError(f"attention {attention!r}, upstream {upstream!r}")
        self.attention, self.upstream, self.phi = attention, upstream, ACTIVATIONS[activation]
        self.temperature, self.normaliser = samples["temperature"], samples["normaliser"]
        self.context, self.embedding = (torch.tensor(samples[key]) for key in ("context", "embedding"))
        self.weight, self.label = torch.tensor(samples["weight"]), torch.tensor(samples["label"])
        self.query = torch.tensor(samples["sample_query"])
        self.upstream_gradient = torch.tensor(samples["upstream"]) if upstream == "fixed" else None

    def attend(self, z, x):
        """b, (token, sample), of logits z and tokens x of the same shape."""
        if self.attention == "linear":
            return z * x / self.normaliser
        if self.attention == "exp":
            return torch.exp(z / self.temperature) * x / self.normaliser
        return torch.softmax(z / self.temperature + torch.log(x), 0)

    def loss(self, blocks, batch):
        """Mean over the samples of `batch`, each by its weight times samples / batch."""
        x, query = self.context[:, batch], self.query[batch]
        f = self.embedding[:, :len(x)] @ self.attend(blocks["z"][:, query], x) + self.embedding[:, len(x) + query]
        h = self.phi(blocks["w"].T @ f)
        if self.upstream == "fixed":
            each = -(self.upstream_gradient[:, batch] * h).sum(0)
        else:
            logits = h if self.upstream == "cross_entropy" else blocks["upper"].T @ h
            each = torch.nn.functional.cross_entropy(logits.T, self.label[batch], reduction="none")
        return (each * self.weight[batch]).sum() * len(self.label) / len(batch)


def train(layer, initial, batches, rate):
    """(loss before each step, final blocks) of one Adam step per batch."""
    blocks = {name: torch.tensor(initial[name], dtype=torch.float64, requires_grad=True)
              for name in ("w", "z", "upper") if name in initial}
    adam = torch.optim.Adam(blocks.values(), lr=rate, betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for batch in batches:
        adam.zero_grad()
        loss = layer.loss(blocks, torch.tensor(batch))
        loss.backward()
        losses.append(loss.item())
        adam.step()
    return np.array(losses), {name: block.detach().numpy() for name, block in blocks.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples")
    parser.add_argument("attention")
    parser.add_argument("activation", choices=ACTIVATIONS)
    parser.add_argument("upstream")
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    samples, initial, _ = read_samples(arguments.samples)
    layer = JomaLayer(samples, arguments.attention, arguments.activation, arguments.upstream)
    for step, loss in enumerate(train(layer, initial, samples["batch"][:arguments.steps], arguments.rate)[0]):
        print(step, repr(float(loss)))


if __name__ == "__main__":
    main()
