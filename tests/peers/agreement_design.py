"""The cases of agreement_test.py: a covering design over the settings of a scenario.

Cases are a covering design: every value of every factor below and every pair of values of two factors, except pairs
that cannot occur (`contradiction`). agreement_test.py asserts that coverage, and that the factors hold every name that
`lemmata list` knows.

Left out, each with its reason:
- `newton` divides by the Hessian's smallest eigenvalues: near a singular Hessian two exact implementations part at
  rounding errors times its condition;
- `sign` jumps by 2 eta where a gradient crosses 0, so that a last bit decides; both are checked step by step in
  tests/sim and tests/scripts;
- `gradient_flow` is an adaptive solver and not one step's arithmetic; it is checked against closed forms in tests/sim.
- `rk4` asks for gradients elsewhere, which the peer's loop of one gradient a step does not have; its steps are worked
  out by hand and its order is measured in tests/sim/blocks_test.cpp.
  `gd_inverse_smoothness` (Hessians by double autograd, slow in the peer) has one case of its own. Every shipped
  scenario is a case too, its stages cut to 100 steps in all: larger rates, 24 experts, data with exact symmetries.
"""
import itertools
import random

FACTORS = {
    "kind": ["mot", "single", "two_head_relu", "attention_free", "shared_attention", "dense"],
    "form": ["linear", "pooled", "token", "averaged"],
    "activation": ["identity", "relu", "cubic", "tanh", "silu", "square"],
    "neurons": [1, 4],
    "attention": ["softmax", "linear", "uniform"],
    "routing": ["expected", "sampled", None],              # None: a model without a gate
    "combine": ["one", "probability", "logit", None],
    "input": ["tokens", "class_span", "attention", None],
    "loss": ["logistic", "exponential", "squared", "squared_hinge", "double_softmax"],
    "l2": [0.0, 0.02],
    "optimizer": ["gd", "normalized_gd", "momentum", "adam", "gd_over_loss"],
    "output": ["fixed", "trained"],                        # the neurons' output weights
    "normalise_by_load": [False, True],
    # K draws of equal weight; tuples weighted by Zipf frequencies
    "data": ["random", "weighted"],
}
LEFT_OUT = {"newton", "sign", "gradient_flow", "rk4"}
OWN_CASE = {"gd_inverse_smoothness"}
LISTED = {"kind": "models", "form": "forms", "activation": "activations", "attention": "attentions", "loss": "losses",
          "routing": "gates"}
GATELESS = ("single", "two_head_relu", "dense")


def contradiction(pair):
    """Why the two settings of `pair` (a dict) cannot stand in one scenario, or None."""
    kind = pair.get("kind")
    if pair.get("form") == "linear" and pair.get("activation", "identity") != "identity":
        return "the linear form has no activation"
    if kind == "two_head_relu" and any(pair.get(key, value) != value
                                       for key, value in (("form", "averaged"), ("activation", "relu"),
                                                          ("neurons", 1))):
        return "the kind fixes its form"
    if kind in ("attention_free", "dense") and pair.get("attention", "uniform") != "uniform":
        return "the kind has no attention"
    if pair.get("combine") == "logit" and pair.get("routing", "sampled") != "sampled":
        return "expected routing has no score of a draw"
    gate = [pair[key] for key in ("routing", "combine", "input") if key in pair]
    if None in gate and any(value is not None for value in gate):
        return "half a gate"
    if kind is not None and any((value is None) != (kind in GATELESS) for value in gate):
        return "a gate, or none, by the kind"
    return None


def pairs_of(case):
    return {((a, case[a]), (b, case[b])) for a, b in itertools.combinations(case, 2)}


def wanted_pairs():
    pairs = set()
    for a, b in itertools.combinations(FACTORS, 2):
        pairs |= {((a, x), (b, y)) for x in FACTORS[a] for y in FACTORS[b] if not contradiction({a: x, b: y})}
    return pairs


def draw_case(generator, start):
    """A random case that holds the pair `start`, or None if the draw ran into a contradiction."""
    case = dict(start)
    for factor in generator.sample(list(FACTORS), len(FACTORS)):
        if factor not in case:
            choices = [value for value in FACTORS[factor]
                       if not any(contradiction({factor: value, other: case[other]}) for other in case)]
            if not choices:
                return None
            case[factor] = generator.choice(choices)
    return {factor: case[factor] for factor in FACTORS}


def covering_cases():
    """Greedy covering design: of 100 random cases that hold the first pair still missing, the one with most missing
    pairs."""
    generator, missing, cases = random.Random(1), wanted_pairs(), []
    while missing:
        start = min(missing, key=str)
        candidates = [case for case in (draw_case(generator, start) for _ in range(100)) if case]
        case = max(candidates, key=lambda candidate: len(pairs_of(candidate) & missing))
        missing -= pairs_of(case)
        cases.append(case)
    return cases


def own_case(optimizer):
    return {"kind": "mot", "form": "linear", "activation": "identity", "neurons": 1, "attention": "softmax",
            "routing": "expected", "combine": "one",
            "input": "tokens", "loss": "logistic", "l2": 0.02, "optimizer": optimizer, "output": "fixed",
            "normalise_by_load": False, "data": "random"}
