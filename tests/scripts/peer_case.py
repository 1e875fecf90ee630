"""What the tests of the PyTorch peer share: small random cases, and its formulas with explicit sums."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "peers"))
import mot_torch  # noqa: E402

K, L, D, M = 7, 3, 5, 4
PHI = {"identity": lambda z: z, "relu": lambda z: max(z, 0.0), "cubic": lambda z: z ** 3, "tanh": np.tanh,
       "silu": lambda z: z / (1 + np.exp(-z)), "square": lambda z: z ** 2}
LOSS = {"logistic": lambda z: np.log1p(np.exp(-z)), "exponential": lambda z: np.exp(-z),
        "squared": lambda z: (1 - z) ** 2 / 2,
        "squared_hinge": lambda z: max(0.0, 1 - z) ** 2 / 2,
        "double_softmax": lambda z: np.log1p(np.exp(-np.tanh(z / 2)))}


def scenario(kind="mot", form="linear", activation="identity", neurons=1, attention="softmax", loss="squared", l2=0.0,
             gate=None, stages=()):
    return {"model": {"kind": kind, "experts": M, "heads": M, "attention": attention,
                      "gate": {"routing": "expected", "noise": 1.0, **(gate or {})},
                      "expert": {"form": form, "activation": activation, "neurons": neurons}},
            "loss": {"kind": loss, "l2": l2}, "stages": list(stages)}


def random_case(settings, steps=0, seed=0):
    """A trainer on random data, with every block away from 0."""
    generator = np.random.default_rng(seed)
    kind = settings["model"]["kind"]
    neurons = 1 if kind == "two_head_relu" else settings["model"]["expert"]["neurons"]
    blocks = {"two_head_relu": 2, "dense": 1}.get(kind, M)
    attentions = 1 if kind == "shared_attention" else blocks
    data = {"X": generator.normal(size=(K, L, D)), "y": generator.choice([-1, 1], size=K),
            "class_signal": np.eye(D)[:2],
            "weight": generator.dirichlet(np.ones(K)), "routing_noise": generator.uniform(size=(steps + 1, K, M))}
    initial = {"ffn": 0.5 * generator.normal(size=(blocks, neurons, D)),
               "attention": 0.3 * generator.normal(size=(attentions, D, D)),
               "gate": 0.2 * generator.normal(size=(blocks, D)), "output": generator.normal(size=(blocks, neurons))}
    return mot_torch.Trainer(settings, data, initial)


def f_by_loops(x, ffn, output, q, form, activation, attention):
    """f of one block on one sample, written from the formulas of mot.md with explicit sums."""
    tokens = range(len(x))
    score = [[x[j] @ q @ x[l] for l in tokens] for j in tokens]
    def weight(j, l):
        if attention == "uniform":
            return 1 / len(x)
        if attention == "linear":
            return score[j][l] / len(x)
        return np.exp(score[j][l]) / sum(np.exp(score[k][l]) for k in tokens)
    phi, total = PHI[activation], 0.0
    for a, w in zip(output, ffn):
        o = [sum(weight(j, l) * (w @ x[j]) for j in tokens) for l in tokens]
        if form == "linear":
            total += a * sum(o)
        elif form == "pooled":
            total += a * sum(phi(value) for value in o)
        elif form == "token":
            total += a * sum(weight(j, l) * phi(w @ x[j]) for j in tokens for l in tokens)
        else:
            total += a * phi(sum(o) / len(x))
    return total
