"""Forward pass of a mixture of transformers and its baselines in PyTorch; gradients are autograd's.

One block on a sample X (token, feature):  S = X Q X^T (key, query),  A = softmax over keys,  o = A^T X w (query).
The same function serves one expert, all experts and gathered experts: leading axes broadcast.
"""
from dataclasses import dataclass

import torch

ACTIVATIONS = {"identity": lambda z: z, "relu": torch.relu, "cubic": lambda z: z ** 3, "tanh": torch.tanh,
               "silu": torch.nn.functional.silu, "square": lambda z: z ** 2}
# softplus is log1p(exp(-z)) up to its threshold, beyond which -z is exact to the last bit; logaddexp would be 0 from z
# = 37 on.
LOSSES = {"logistic": lambda z: torch.nn.functional.softplus(-z, threshold=37), "exponential": lambda z: torch.exp(-z),
          "squared": lambda z: (1 - z) ** 2 / 2, "squared_hinge": lambda z: torch.relu(1 - z) ** 2 / 2,
          "double_softmax": lambda z: -torch.nn.functional.logsigmoid(torch.sigmoid(z) - torch.sigmoid(-z))}
GATED_KINDS = ("mot", "attention_free", "shared_attention")
KINDS = (*GATED_KINDS, "single", "two_head_relu", "dense")


@dataclass(frozen=True)
class Architecture:
    """What the settings' `model` says about one block, with the kind's own rules applied."""
    kind: str
    form: str
    activation: str
    attention: str
    n_blocks: int
    n_neurons: int

    @property
    def is_gated(self):
        return self.kind in GATED_KINDS


def architecture_of(model):
    """Architecture from the settings' `model`. Raises ValueError naming the key for a name it does not know."""
    kind, expert = model["kind"], model.get("expert", {})
    blocks = {"single": model.get("heads", 1), "two_head_relu": 2, "dense": 1}.get(kind, model.get("experts"))
    form, activation = expert.get("form", "linear"), expert.get("activation", "identity")
    attention = "uniform" if kind in ("attention_free", "dense") else model.get("attention", "softmax")
    neurons = expert.get("neurons", 1)
    if kind == "two_head_relu":                     # the kind fixes them, whatever the settings say
        form, activation, neurons = "averaged", "relu", 1
    for key, value, allowed in (("kind", kind, KINDS), ("expert.form", form, ("linear", "pooled", "token", "averaged")),
                                ("expert.activation", activation, ACTIVATIONS),
                                ("attention", attention, ("softmax", "linear", "uniform"))):
        if value not in allowed:
            raise ValueError(f"model.{key} is {value!r}; allowed: {', '.join(allowed)}")
    return Architecture(kind, form, activation, attention, int(blocks), int(neurons))


def initial_output(architecture):
    """Output weights (expert, neuron) before training: +1, -1, +1, ...; the second head of two_head_relu has the
    opposite signs."""
    sign = 1.0 - 2.0 * (torch.arange(architecture.n_neurons, dtype=torch.float64) % 2)
    output = sign.repeat(architecture.n_blocks, 1)
    if architecture.kind == "two_head_relu":
        output[1] *= -1
    return output


def attention_weights(architecture, tokens, attention):
    """A, (..., key, query); columns sum to 1 except under `linear`. None stands for the constant 1/L of `uniform`."""
    if architecture.attention == "uniform":
        return None
    scores = (tokens @ attention) @ tokens.transpose(-1, -2)
    return scores / tokens.shape[-2] if architecture.attention == "linear" else torch.softmax(scores, dim=-2)


def block_outputs(architecture, tokens, ffn, output, attention):
    """f of one block: sum_j a_j (form of neuron j).

    tokens (..., token, feature), ffn (..., neuron, feature), output (..., neuron), attention (..., feature, feature):
    leading axes
    broadcast and give the shape of the result.  Source: mot.md section 2.  Checked by: tests/scripts/mot_torch_test.py.
    """
    activation = ACTIVATIONS[architecture.activation]
    weights = attention_weights(architecture, tokens, attention)
    values = tokens @ ffn.transpose(-1, -2)                                    # <w, x_j>, (..., key, neuron)
    if architecture.form == "token":
        values = activation(values)
    if architecture.form in ("linear", "token"):                               # sum_l of the attended values
        if weights is None:
            neurons = values.sum(-2)
        else:
            neurons = (weights.sum(-1).unsqueeze(-2) @ values).squeeze(-2)
        return (neurons * output).sum(-1)
    n_tokens = tokens.shape[-2]
    if weights is None:
        attended = values.mean(-2, keepdim=True).expand(*values.shape)         # o_l, the same for every query
    else:
        attended = weights.transpose(-1, -2) @ values                          # o_l, (..., query, neuron)
    if architecture.form == "averaged":
        neurons = activation(attended.sum(-2) / n_tokens)
    else:
        neurons = activation(attended).sum(-2)
    return (neurons * output).sum(-1)


def pair_outputs(architecture, tokens, parameters, samples, experts, strategy):
    """f of expert experts[p] on sample samples[p], for every pair p; pairs are sorted by expert.

    strategy: `batched` evaluates all experts on all samples at once, `grouped` one expert after the other on its own
    samples, `gathered` copies the parameters to every pair, `padded` groups and fills up to the largest group. Same
    numbers, different speed.
    """
    ffn, output, attention = parameters["ffn"], parameters["output"], parameters["attention"]
    shared = attention.shape[0] == 1
    if strategy == "batched":
        table = block_outputs(architecture, tokens.unsqueeze(1), ffn, output, attention)       # (sample, expert)
        return table[samples, experts]
    if strategy == "gathered":
        return block_outputs(architecture, tokens[samples], ffn[experts], output[experts], attention
                             if shared else attention[experts])
    sizes = torch.bincount(experts, minlength=ffn.shape[0])
    if strategy == "padded":
        return _padded_outputs(architecture, tokens, parameters, samples, experts, sizes)
    # unbind: its backward stacks once, indexing would add M times
    attentions = attention.unbind(0) * (len(sizes) if shared else 1)
    parts = zip(torch.split(samples, sizes.tolist()), ffn.unbind(0), output.unbind(0), attentions)
    return torch.cat([block_outputs(architecture, tokens[group], w, a, q) for group, w, a, q in parts if len(group)])


def _padded_outputs(architecture, tokens, parameters, samples, experts, sizes):
    """Pairs laid out as (expert, place) with the largest group's number of places; empty places read sample 0 and are
    thrown away."""
    n_experts, n_places, n_tokens = len(sizes), int(sizes.max()), tokens.shape[1]
    place = torch.arange(len(samples)) - (torch.cumsum(sizes, 0) - sizes)[experts]
    index = torch.zeros(n_experts, n_places, dtype=torch.long)
    index[experts, place] = samples
    laid_out = tokens[index]                                                   # (expert, place, token, feature)
    # One product per expert for X Q and X w: places and tokens are merged into the rows.
    rows = laid_out.flatten(1, 2)
    values = (rows @ parameters["ffn"].transpose(-1, -2)).view(n_experts, n_places, n_tokens, -1)
    if architecture.form != "linear" or architecture.attention != "softmax":
        table = block_outputs(architecture, laid_out, parameters["ffn"].unsqueeze(1), parameters["output"].unsqueeze(1),
                              parameters["attention"].unsqueeze(1))
        return table[experts, place]
    keys = (rows @ parameters["attention"]).view(n_experts * n_places, n_tokens, -1)
    scores = torch.bmm(keys, laid_out.flatten(0, 1).transpose(1, 2))
    received = torch.softmax(scores, dim=1).sum(-1).view(n_experts, n_places, 1, n_tokens)
    table = ((received @ values).squeeze(-2) * parameters["output"].unsqueeze(1)).sum(-1)
    return table[experts, place]


def gate_inputs(gate_input, architecture, tokens, parameters, class_signal=None):
    """What the gate sees: (sample, feature), or (sample, expert, feature) for `attention`; always a constant in the
    gradients."""
    if gate_input == "tokens":
        return tokens.sum(1)
    if gate_input == "class_span":
        if class_signal is None:
            raise ValueError("model.gate.input is 'class_span', but the data file has no class_signal")
        return tokens.sum(1) @ torch.linalg.pinv(class_signal) @ class_signal
    if gate_input != "attention":
        raise ValueError(f"model.gate.input is {gate_input!r}; allowed: tokens, class_span, attention")
    with torch.no_grad():
        weights = attention_weights(architecture, tokens.unsqueeze(1), parameters["attention"])
        if weights is None:
            return tokens.sum(1)
        attended = torch.einsum("kejl,kjd->ked", weights, tokens)
        return attended.expand(-1, parameters["gate"].shape[0], -1)


def gate_logits(inputs, gate):
    """h_i = <theta_i, input>, (sample, expert)."""
    return inputs @ gate.T if inputs.dim() == 2 else torch.einsum("ked,ed->ke", inputs, gate)
