"""The PyTorch peer against things it does not share: closed forms, adaptive quadrature, finite differences, loops written from the formulas."""
import itertools
import pathlib
import sys

import h5py
import numpy as np
import pytest
import torch
from scipy.integrate import quad

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "peers"))
import mot_torch  # noqa: E402
from expected_routing import expected_routing  # noqa: E402
from fast_step import FastStep  # noqa: E402
from mot_model import KINDS  # noqa: E402
from mot_optimizers import Optimizer, frobenius_norms  # noqa: E402

K, L, D, M = 7, 3, 5, 4
PHI = {"identity": lambda z: z, "relu": lambda z: max(z, 0.0), "cubic": lambda z: z ** 3, "tanh": np.tanh, "silu": lambda z: z / (1 + np.exp(-z))}
LOSS = {"logistic": lambda z: np.log1p(np.exp(-z)), "exponential": lambda z: np.exp(-z), "squared": lambda z: (1 - z) ** 2 / 2,
        "squared_hinge": lambda z: max(0.0, 1 - z) ** 2 / 2}


def scenario(kind="mot", form="linear", activation="identity", neurons=1, attention="softmax", loss="squared", l2=0.0, gate=None, stages=()):
    return {"model": {"kind": kind, "experts": M, "heads": M, "attention": attention, "gate": {"routing": "expected", "noise": 1.0, **(gate or {})},
                      "expert": {"form": form, "activation": activation, "neurons": neurons}},
            "loss": {"kind": loss, "l2": l2}, "stages": list(stages)}


def random_case(settings, steps=0, seed=0):
    """A trainer on random data, with every block away from 0."""
    generator = np.random.default_rng(seed)
    kind = settings["model"]["kind"]
    neurons = 1 if kind == "two_head_relu" else settings["model"]["expert"]["neurons"]
    blocks = {"two_head_relu": 2, "dense": 1}.get(kind, M)
    attentions = 1 if kind == "shared_attention" else blocks
    data = {"X": generator.normal(size=(K, L, D)), "y": generator.choice([-1, 1], size=K), "class_signal": np.eye(D)[:2],
            "weight": generator.dirichlet(np.ones(K)), "routing_noise": generator.uniform(size=(steps + 1, K, M))}
    initial = {"ffn": 0.5 * generator.normal(size=(blocks, neurons, D)), "attention": 0.3 * generator.normal(size=(attentions, D, D)),
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


@pytest.mark.parametrize("form,activation,attention", itertools.product(("linear", "pooled", "token", "averaged"), PHI, ("softmax", "linear", "uniform")))
def test_forward_is_the_formula(form, activation, attention):
    trainer = random_case(scenario(form=form, activation=activation, attention=attention, neurons=4))
    blocks = {name: value.numpy() for name, value in trainer.parameters.items()}
    x = trainer.tokens.numpy()
    expected = [[f_by_loops(x[k], blocks["ffn"][i], blocks["output"][i], blocks["attention"][i], form, activation, attention) for i in range(M)]
                for k in range(K)]
    experts = torch.arange(M).repeat_interleave(K)
    samples = torch.arange(K).repeat(M)
    for strategy in ("batched", "grouped", "gathered", "padded"):
        f = mot_torch.pair_outputs(trainer.architecture, trainer.tokens, trainer.parameters, samples, experts, strategy)
        assert np.abs(f.numpy() - np.array(expected).T.ravel()).max() < 1e-12


@pytest.mark.parametrize("kind,loss,routing,combine,l2", itertools.product(KINDS, LOSS, ("expected", "sampled"), ("one", "probability"), (0.0, 0.1)))
def test_gradients_are_finite_differences(kind, loss, routing, combine, l2):
    """Objective by loops with q and pi frozen for the model's blocks; the gate's own objective through pi alone."""
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
        return np.array([[f_by_loops(x[k], b["ffn"][i], b["output"][i], b["attention"][0 if shared else i], form, activation, attention)
                          for i in range(len(b["ffn"]))] for k in range(K)])

    def mean_loss(f, factor):
        if not gated:
            return sum(weight[k] * LOSS[loss](y[k] * f[k].sum()) for k in range(K))
        return sum(weight[k] * q[k, i] * LOSS[loss](y[k] * factor[k, i] * f[k, i]) for k in range(K) for i in range(M))

    constant = softmax(h) if combine == "probability" else np.ones_like(h)

    def objective_by_loops(b):
        return mean_loss(table(b), constant) + l2 / 2 * sum((b[name] ** 2).sum() for name in ("ffn", "attention", "output"))

    def gate_objective(b):
        return mean_loss(base_table, softmax(x.sum(1) @ b["gate"].T))

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


def test_logistic_loss_and_its_slope_are_accurate_in_both_tails():
    z = torch.tensor([-800.0, -30.0, 0.0, 30.0, 90.0, 700.0], dtype=torch.float64, requires_grad=True)
    loss = mot_torch.LOSSES["logistic"](z)
    slope, = torch.autograd.grad(loss.sum(), z)
    margins = z.detach().numpy()
    np.testing.assert_allclose(loss.detach().numpy(), np.maximum(-margins, 0) + np.log1p(np.exp(-np.abs(margins))), rtol=1e-15, atol=0)
    np.testing.assert_allclose(slope.numpy(), -np.exp(-np.maximum(margins, 0)) / (1 + np.exp(-np.abs(margins))), rtol=1e-15, atol=0)


def test_hessian_is_the_difference_of_gradients():
    for name in ("ffn", "attention", "output", "gate"):
        trainer = random_case(scenario("mot", "pooled", "tanh", 2, loss="logistic", l2=0.1))
        trainer.normalise_by_load = True
        routes = trainer.route(0)
        hessian = trainer.hessian(name, 1, routes).numpy()
        direction = torch.from_numpy(np.random.default_rng(2).normal(size=trainer.parameters[name][1].shape))
        sides, base = [], trainer.parameters[name]
        for sign in (1, -1):
            moved = base.clone()
            moved[1] += sign * 1e-6 * direction
            trainer.parameters[name] = moved
            sides.append(trainer.gradients([name], routes)[0][name][1].numpy().ravel())
        difference = (sides[0] - sides[1]) / 2e-6
        assert np.abs(difference).max() > 1e-5
        assert np.abs(hessian @ direction.numpy().ravel() - difference).max() < 1e-8 * max(1, np.abs(difference).max())


def test_first_updates_by_hand():
    """g = (3, 4): normalised (0.6, 0.8); sign (1, 1); first Adam step g/(|g| + 1e-8); momentum 0.9 v + g; over a loss of 2 half of g."""
    g, step = torch.tensor([[3.0, 4.0]], dtype=torch.float64), mot_torch.Step(2.0, lambda i: torch.diag(torch.tensor([2.0, 0.0], dtype=torch.float64)))
    expected = {"gd": [3, 4], "normalized_gd": [0.6, 0.8], "sign": [1, 1], "adam": [3 / (3 + 1e-8), 4 / (4 + 1e-8)], "gd_over_loss": [1.5, 2],
                "gd_inverse_smoothness": [1.5, 2], "newton": [1.5, 0], "momentum": [3, 4]}
    for kind, values in expected.items():
        change = Optimizer({"optimizer": kind, "learning_rate": 0.5}).change(g, step)
        assert np.abs(change.numpy()[0] - 0.5 * np.array(values)).max() < 1e-15, kind
    saddle = mot_torch.Step(2.0, lambda i: torch.diag(torch.tensor([2.0, -8.0], dtype=torch.float64)))
    for kind, values in {"gd_inverse_smoothness": [3 / 8, 0.5], "newton": [1.5, -0.5]}.items():
        assert np.abs(Optimizer({"optimizer": kind, "learning_rate": 1.0}).change(g, saddle).numpy()[0] - values).max() < 1e-15, kind
    momentum = Optimizer({"optimizer": "momentum", "learning_rate": 1.0})
    momentum.change(g, step)
    assert np.abs(momentum.change(g, step).numpy()[0] - 1.9 * np.array([3, 4])).max() < 1e-15
    tiny = 1e-170 * g
    assert abs(float(frobenius_norms(tiny)[0]) / 5e-170 - 1) < 1e-14
    assert float(Optimizer({"optimizer": "sign", "learning_rate": 1.0}).change(0 * g, step).abs().sum()) == 0
    assert float(Optimizer({"optimizer": "normalized_gd", "learning_rate": 1.0}).change(0 * g, step).abs().sum()) == 0


def test_training_lowers_the_objective_and_keeps_the_sum_of_the_gate(tmp_path):
    gd = {"optimizer": "gd", "learning_rate": 0.02}   # small: at 0.1 the gate jumps by 800 once
    stages = [{"name": "I", "steps": 30, "train": {"ffn": gd, "gate": gd}}, {"name": "II", "steps": 30, "train": {"attention": gd, "gate": gd}}]
    for kind, gate_input in itertools.product(("mot", "shared_attention", "attention_free"), ("tokens", "class_span", "attention")):
        trainer = random_case(scenario(kind, gate={"input": gate_input}, stages=stages))
        before = trainer.parameters["gate"].sum(0)
        record = trainer.train()
        assert record["step"] == list(range(61)) and record["stage"] == [1] * 30 + [2] * 31
        assert record["objective"][-1] < 0.9 * record["objective"][0]
        if gate_input != "attention":                       # there every expert has its own input: nothing is conserved
            assert np.abs(np.sum(record["final"]["gate"], axis=0) - before.numpy()).max() < 1e-13


@pytest.mark.parametrize("kind", ("dense", "attention_free"))
def test_training_only_a_uniform_attention_changes_nothing_but_its_decay(kind):
    """Nothing depends on that attention, so each step of rate 0.1 multiplies it by 1 - 0.1 l2 and leaves the loss alone."""
    stage = {"name": "II", "steps": 3, "train": {"attention": {"optimizer": "gd", "learning_rate": 0.1}}}
    trainer = random_case(scenario(kind, l2=0.5, stages=[stage]))
    before = trainer.parameters["attention"].clone()
    record = trainer.train()
    assert len(set(record["loss"])) == 1
    assert np.abs(np.array(record["final"]["attention"]) - 0.95 ** 3 * before.numpy()).max() < 1e-15


def test_shared_attention_gradient_is_the_sum_over_experts():
    settings = scenario("shared_attention", loss="logistic")
    shared = random_case(settings)
    routes = shared.route(0)
    own = random_case(scenario("mot", loss="logistic"))
    own.parameters = {**shared.parameters, "attention": shared.parameters["attention"].expand(M, D, D).clone()}
    total = own.gradients(["attention"], routes)[0]["attention"].sum(0)
    found = shared.gradients(["attention"], routes)[0]["attention"][0]
    assert float(total.norm()) > 1e-3 and float((total - found).norm()) < 1e-14


def test_normalise_by_load_divides_by_the_drawn_experts_weight():
    """The L2 part, the gate and a shared attention are not divided."""
    for kind in ("mot", "shared_attention"):
        trainer = random_case(scenario(kind, l2=0.5, gate={"routing": "sampled"}))
        routes, names = trainer.route(0), ["ffn", "attention", "gate"]
        plain = trainer.gradients(names, routes)[0]
        trainer.normalise_by_load = True
        divided = trainer.gradients(names, routes)[0]
        winner = np.argmax(trainer.tokens.numpy().sum(1) @ trainer.parameters["gate"].numpy().T + trainer.noise[0], axis=1)
        load = np.array([max(trainer.weight.numpy()[winner == i].sum(), 0) for i in range(M)])
        assert 0 < np.count_nonzero(load) and load.max() < 1
        for name in names:
            part = 0 if name == "gate" else 0.5 * trainer.parameters[name].numpy()
            scale = np.where(load > 0, 1 / np.where(load > 0, load, 1), 1)
            if name == "gate" or (name == "attention" and kind == "shared_attention"):
                scale = np.ones(plain[name].shape[0])
            expected = (plain[name].numpy() - part) * scale.reshape(-1, *[1] * (plain[name].dim() - 1)) + part
            assert np.abs(divided[name].numpy() - expected).max() < 1e-13 * np.abs(expected).max()


def test_fast_step_is_the_trainer():
    """The benchmark's step and the general implementation agree over 5 steps for every strategy."""
    rates = {"ffn": 0.05, "attention": 0.3, "gate": 1.0}
    train = {name: {"optimizer": "gd", "learning_rate": rate} for name, rate in rates.items()}
    trainer = random_case(scenario(gate={"routing": "sampled"}, stages=[{"name": "joint", "steps": 5, "train": train}]), steps=5)
    trainer.weight = torch.full((K,), 1 / K, dtype=torch.float64)
    trainer.parameters["output"] = torch.ones(M, 1, dtype=torch.float64)
    start, noise = dict(trainer.parameters), torch.from_numpy(trainer.noise)
    record = trainer.train()
    for strategy in ("batched", "gathered", "grouped", "padded"):
        fast = FastStep(trainer.tokens, trainer.labels, start, 1.0, rates, strategy)
        losses = [float(fast.step(noise[step])) for step in range(5)]
        assert np.abs(np.array(losses) / record["loss"][:5] - 1).max() < 1e-12
        for name, value in fast.blocks.items():
            assert np.abs(value.detach().numpy() - np.array(record["final"][name]).reshape(value.shape)).max() < 1e-13


def test_command_line_reads_and_refuses_files(tmp_path):
    """A tiny file through main(): one flat-ffn run, then wrong shapes and missing noise, which exit with 2."""
    import json
    import subprocess
    script = mot_torch.__file__
    gd = {"optimizer": "gd", "learning_rate": 0.1}
    settings = scenario(stages=[{"name": "a", "steps": 3, "train": {"ffn": gd}}])
    (tmp_path / "a.json").write_text(json.dumps(settings))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["X"], file["y"] = np.ones((2, L, D), dtype=np.float32), np.array([1, -1], dtype=np.int8)
        file["ffn"], file["ignored"] = np.full((M, D), 0.1), np.zeros(3)
    run = subprocess.run([sys.executable, script, tmp_path / "a.json", tmp_path / "a.h5"], capture_output=True, text=True)
    record = json.loads(run.stdout)
    # f = L D / 10 = 1.5 on both samples: mean of (1 - 1.5)^2 / 2 and (1 + 1.5)^2 / 2.
    assert run.returncode == 0 and abs(record["loss"][0] - (0.125 + 3.125) / 2) < 1e-14 and np.shape(record["final"]["ffn"]) == (M, D)
    settings["model"]["gate"]["routing"] = "sampled"
    (tmp_path / "b.json").write_text(json.dumps(settings))
    settings["model"]["experts"] = M + 1
    (tmp_path / "c.json").write_text(json.dumps(settings))
    for name in ("b.json", "c.json", "missing.json"):
        bad = subprocess.run([sys.executable, script, tmp_path / name, tmp_path / "a.h5"], capture_output=True, text=True)
        assert bad.returncode == 2 and bad.stderr.startswith("mot_torch: ")
