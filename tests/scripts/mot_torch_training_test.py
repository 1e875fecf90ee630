"""The PyTorch peer's slopes, Hessians, updates, training and command line, by hand and by differences."""
import itertools
import sys

import h5py
import numpy as np
import pytest
import torch
from peer_case import D, K, L, M, random_case, scenario  # first: it finds scripts/peers

import mot_torch
from fast_step import FastStep
from mot_optimizers import Optimizer, frobenius_norms


def test_logistic_loss_and_its_slope_are_accurate_in_both_tails():
    z = torch.tensor([-800.0, -30.0, 0.0, 30.0, 90.0, 700.0], dtype=torch.float64, requires_grad=True)
    loss = mot_torch.LOSSES["logistic"](z)
    slope, = torch.autograd.grad(loss.sum(), z)
    margins = z.detach().numpy()
    np.testing.assert_allclose(loss.detach().numpy(), np.maximum(-margins, 0) + np.log1p(np.exp(-np.abs(margins))),
                               rtol=1e-15, atol=0)
    np.testing.assert_allclose(slope.numpy(), -np.exp(-np.maximum(margins, 0)) / (1 + np.exp(-np.abs(margins))),
                               rtol=1e-15, atol=0)


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
    """g = (3, 4): normalised (0.6, 0.8); sign (1, 1); first Adam step g/(|g| + 1e-8); momentum 0.9 v + g; over a loss
    of 2 half of g."""
    g, step = torch.tensor([[3.0, 4.0]],
                           dtype=torch.float64), \
                               mot_torch.Step(2.0, lambda i: torch.diag(torch.tensor([2.0, 0.0], dtype=torch.float64)))
    expected = {"gd": [3, 4], "normalized_gd": [0.6, 0.8], "sign": [1, 1], "adam": [3 / (3 + 1e-8), 4 / (4 + 1e-8)],
                "gd_over_loss": [1.5, 2],
                "gd_inverse_smoothness": [1.5, 2], "newton": [1.5, 0], "momentum": [3, 4]}
    for kind, values in expected.items():
        change = Optimizer({"optimizer": kind, "learning_rate": 0.5}).change(g, step)
        assert np.abs(change.numpy()[0] - 0.5 * np.array(values)).max() < 1e-15, kind
    saddle = mot_torch.Step(2.0, lambda i: torch.diag(torch.tensor([2.0, -8.0], dtype=torch.float64)))
    for kind, values in {"gd_inverse_smoothness": [3 / 8, 0.5], "newton": [1.5, -0.5]}.items():
        assert np.abs(Optimizer({"optimizer": kind, "learning_rate": 1.0}).change(g, saddle).numpy()[0]
                      - values).max() < 1e-15, kind
    momentum = Optimizer({"optimizer": "momentum", "learning_rate": 1.0})
    momentum.change(g, step)
    assert np.abs(momentum.change(g, step).numpy()[0] - 1.9 * np.array([3, 4])).max() < 1e-15
    tiny = 1e-170 * g
    assert abs(float(frobenius_norms(tiny)[0]) / 5e-170 - 1) < 1e-14
    assert float(Optimizer({"optimizer": "sign", "learning_rate": 1.0}).change(0 * g, step).abs().sum()) == 0
    assert float(Optimizer({"optimizer": "normalized_gd", "learning_rate": 1.0}).change(0 * g, step).abs().sum()) == 0


def test_training_lowers_the_objective_and_keeps_the_sum_of_the_gate(tmp_path):
    gd = {"optimizer": "gd", "learning_rate": 0.02}   # small: at 0.1 the gate jumps by 800 once
    stages = [{"name": "I", "steps": 30, "train": {"ffn": gd, "gate": gd}},
              {"name": "II", "steps": 30, "train": {"attention": gd, "gate": gd}}]
    for kind, gate_input in itertools.product(("mot", "shared_attention", "attention_free"),
                                              ("tokens", "class_span", "attention")):
        trainer = random_case(scenario(kind, gate={"input": gate_input}, stages=stages))
        before = trainer.parameters["gate"].sum(0)
        record = trainer.train()
        assert record["step"] == list(range(61)) and record["stage"] == [1] * 30 + [2] * 31
        assert record["objective"][-1] < 0.9 * record["objective"][0]
        if gate_input != "attention":                       # there every expert has its own input: nothing is conserved
            assert np.abs(np.sum(record["final"]["gate"], axis=0) - before.numpy()).max() < 1e-13


@pytest.mark.parametrize("kind", ("dense", "attention_free"))
def test_training_only_a_uniform_attention_changes_nothing_but_its_decay(kind):
    """Nothing depends on that attention, so each step of rate 0.1 multiplies it by 1 - 0.1 l2 and leaves the loss
    alone."""
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
        winner = np.argmax(trainer.tokens.numpy().sum(1) @ trainer.parameters["gate"].numpy().T
                           + trainer.noise[0], axis=1)
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
    trainer = random_case(scenario(gate={"routing": "sampled"},
                                   stages=[{"name": "joint", "steps": 5, "train": train}]), steps=5)
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
    run = subprocess.run([sys.executable, script, tmp_path / "a.json", tmp_path / "a.h5"],
                         capture_output=True, text=True)
    record = json.loads(run.stdout)
    # f = L D / 10 = 1.5 on both samples: mean of (1 - 1.5)^2 / 2 and (1 + 1.5)^2 / 2.
    assert run.returncode == 0 and abs(record["loss"][0] - (0.125 + 3.125) / 2) < 1e-14 \
        and np.shape(record["final"]["ffn"]) == (M, D)
    settings["model"]["gate"]["routing"] = "sampled"
    (tmp_path / "b.json").write_text(json.dumps(settings))
    settings["model"]["experts"] = M + 1
    (tmp_path / "c.json").write_text(json.dumps(settings))
    for name in ("b.json", "c.json", "missing.json"):
        bad = subprocess.run([sys.executable, script, tmp_path / name, tmp_path / "a.h5"],
                             capture_output=True, text=True)
        assert bad.returncode == 2 and bad.stderr.startswith("mot_torch: ")
