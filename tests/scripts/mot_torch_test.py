"""The PyTorch peer against things it does not share: closed forms, adaptive quadrature, finite differences, loops
written from the formulas. Updates and training: mot_torch_training_test.py."""
import itertools

import numpy as np
import pytest
import torch
from peer_case import K, LOSS, M, PHI, f_by_loops, random_case, scenario  # first: it finds scripts/peers
from scipy.integrate import quad

import mot_torch
from expected_routing import expected_routing
from mot_model import KINDS


def test_two_experts_route_by_the_closed_form():
    """P(1 wins) = 1 - (1 - d)^2 / 2 for logits d >= 0 and 0 at noise 1; a gap of 1 or more leaves no choice."""
    for gap in (0.0, 0.25, 0.5, 0.999, 1.0, 3.0):
        q = expected_routing(np.array([[gap, 0.0]]), 1.0)[0]
        wins = 1 - max(0.0, 1 - gap) ** 2 / 2
        assert abs(q[0] - wins) < 1e-15 and abs(q[1] - (1 - wins)) < 1e-15


def test_routing_agrees_with_adaptive_quadrature_and_sums_to_one():
    generator = np.random.default_rng(1)
    for n_experts, noise in itertools.product((1, 2, 3, 6, 12), (0.3, 1.0, 4.0)):
        h = generator.normal(size=n_experts)
        q = expected_routing(h[None], noise)[0]
        breaks = np.unique(np.clip(np.concatenate([h, h + noise]), h.max(), h.max() + noise))
        for i in range(n_experts):
            others = np.delete(h, i)
            def density(x):
                return (0 <= x - h[i] <= noise) / noise * np.prod(np.clip((x - others) / noise, 0, 1))
            value = sum(quad(density, a, b, epsabs=1e-14, epsrel=1e-13)[0] for a, b in zip(breaks[:-1], breaks[1:]))
            assert abs(q[i] - value) < 1e-13
    for n_experts in (24, 48):
        q = expected_routing(generator.normal(size=(20, n_experts)), 1.0)
        assert (q >= 0).all() and np.abs(q.sum(1) - 1).max() < 1e-14
    assert np.abs(expected_routing(np.zeros((1, 48)), 1.0) - 1 / 48).max() < 1e-15


@pytest.mark.parametrize("form,activation,attention",
                         itertools.product(("linear", "pooled", "token", "averaged"), PHI,
                                           ("softmax", "linear", "uniform")))
def test_forward_is_the_formula(form, activation, attention):
    trainer = random_case(scenario(form=form, activation=activation, attention=attention, neurons=4))
    blocks = {name: value.numpy() for name, value in trainer.parameters.items()}
    x = trainer.tokens.numpy()
    expected = [[f_by_loops(x[k], blocks["ffn"][i], blocks["output"][i], blocks["attention"][i], form, activation,
                            attention) for i in range(M)]
                for k in range(K)]
    experts = torch.arange(M).repeat_interleave(K)
    samples = torch.arange(K).repeat(M)
    for strategy in ("batched", "grouped", "gathered", "padded"):
        f = mot_torch.pair_outputs(trainer.architecture, trainer.tokens, trainer.parameters, samples, experts, strategy)
        assert np.abs(f.numpy() - np.array(expected).T.ravel()).max() < 1e-12


@pytest.mark.parametrize("kind,loss,routing,combine,l2",
                         itertools.product(KINDS, LOSS, ("expected", "sampled"), ("one", "probability", "logit"),
                                           (0.0, 0.1)))
def test_gradients_are_finite_differences(kind, loss, routing, combine, l2):
    """Objective by loops with q and pi frozen for the model's blocks; the gate's own objective through pi alone."""
    if combine == "logit" and routing == "expected":
        with pytest.raises(ValueError, match="combine"):
            random_case(scenario("mot", gate={"routing": routing, "combine": combine}))
        return
    settings = scenario(kind, "pooled", "tanh", 2, loss=loss, l2=l2, gate={"routing": routing, "combine": combine},
                        stages=[{"name": "a", "steps": 0, "train": {}}])
    trainer = random_case(settings)
    gated = trainer.architecture.is_gated
    routes = trainer.route(0)
    names = ["ffn", "attention", "output"] + (["gate"] if gated else [])
    gradients, (value, objective, prediction) = trainer.gradients(names, routes)
    base = {name: tensor.numpy().copy() for name, tensor in trainer.parameters.items()}
    x, y, weight = trainer.tokens.numpy(), trainer.labels.numpy(), trainer.weight.numpy()
    h = x.sum(1) @ base["gate"].T
    if gated:
        winner = np.argmax(h + trainer.noise[0], axis=1)
        q = expected_routing(h, 1.0) if routing == "expected" else np.eye(M)[winner]
    form, activation = ("averaged", "relu") if kind == "two_head_relu" else ("pooled", "tanh")
    attention = "uniform" if kind in ("dense", "attention_free") else "softmax"

    def softmax(h):
        e = np.exp(h)
        return e / e.sum(1, keepdims=True)

    def table(b):
        shared = b["attention"].shape[0] == 1
        return np.array([[f_by_loops(x[k], b["ffn"][i], b["output"][i], b["attention"][0 if shared else i], form,
                                     activation, attention)
                          for i in range(len(b["ffn"]))] for k in range(K)])

    def mean_loss(f, factor):
        if not gated:
            return sum(weight[k] * LOSS[loss](y[k] * f[k].sum()) for k in range(K))
        return sum(weight[k] * q[k, i] * LOSS[loss](y[k] * factor[k, i] * f[k, i]) for k in range(K) for i in range(M))

    score = h + (trainer.noise[0] if gated else 0)
    constant = {"one": np.ones_like(h), "probability": softmax(h), "logit": score}[combine]

    def objective_by_loops(b):
        return mean_loss(table(b), constant) + l2 / 2 * sum((b[name] ** 2).sum()
                                                            for name in ("ffn", "attention", "output"))

    def gate_objective(b):
        logits = x.sum(1) @ b["gate"].T
        return mean_loss(base_table, logits + trainer.noise[0] if combine == "logit" else softmax(logits))

    base_table = table(base)
    assert abs(objective - objective_by_loops(base)) < 1e-12 * objective
    assert abs(value - mean_loss(base_table, constant)) < 1e-12 * value
    assert abs(prediction - mean_loss(base_table, np.ones_like(h))) < 1e-12 * prediction
    generator = np.random.default_rng(5)
    for name in names:
        direction = generator.normal(size=base[name].shape)
        function = gate_objective if name == "gate" else objective_by_loops
        up, down = ({**base, name: base[name] + sign * 1e-6 * direction} for sign in (1, -1))
        slope = (function(up) - function(down)) / 2e-6
        found = float((gradients[name].numpy() * direction).sum())
        assert abs(found - slope) < 1e-8 * max(1.0, abs(slope)), name
        if not (name == "attention" and attention == "uniform" and l2 == 0):
            assert gradients[name].abs().max() > 1e-4, name
