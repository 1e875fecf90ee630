"""The formulations that the benchmark times are the model of transformer_torch.py: same loss, same gradients."""
import peer_case  # noqa: F401  (first: it finds scripts/peers)
import pytest
import torch

import transformer_benchmark
import transformer_torch

SIZE = LAYERS, D, VOCABULARY, LENGTH, SEQUENCES = 2, 12, 7, 5, 4


def plain_model(fast):
    """transformer_torch.Transformer with the parameters of a FastTransformer."""
    p = {name: value.detach() for name, value in fast.named_parameters()}

    def layers(parts):
        return torch.cat(list(parts), dim=1).tolist()

    def columns(name):
        return layers(p[f"{name}{i}"][:, None] for i in range(LAYERS))

    projections = [p[f"projections{i}"] if fast.fused else torch.cat([p[f"projection{i}_{j}"] for j in range(3)])
                   for i in range(LAYERS)]
    initial = {"token_embedding": p["tokens"].T.tolist(), "position_embedding": p["positions"].T.tolist(),
               "output": p["output"].T.tolist(), "output_bias": p["output_bias"][:, None].tolist(),
               "attention_output": layers(p[f"attention_output{i}"].T for i in range(LAYERS)),
               "ffn_input": layers(p[f"input{i}"].T for i in range(LAYERS)), "ffn_input_bias": columns("input_bias"),
               "ffn_output": layers(p[f"ffn_output{i}"].T for i in range(LAYERS)),
               "ffn_output_bias": columns("ffn_output_bias"), "attention_norm_gain": columns("attention_gain"),
               "attention_norm_bias": columns("attention_bias"), "ffn_norm_gain": columns("ffn_gain"),
               "ffn_norm_bias": columns("ffn_bias")}
    for j, name in enumerate(("query", "key", "value")):
        initial[name] = layers(w.chunk(3)[j].T for w in projections)
    return transformer_torch.Transformer({"layers": LAYERS, "dimension": D, "vocabulary": VOCABULARY, "length": LENGTH,
                                          "activation": "relu", "norm": "post", "feed_forward": True}, initial)


@pytest.mark.parametrize("formulation", transformer_benchmark.FORMULATIONS)
def test_a_formulation_is_the_model(formulation):
    peer = transformer_benchmark.Peer(SIZE, formulation, False)
    with torch.no_grad():
        for value in peer.model.parameters():                                  # no bias at 0, no gain at 1
            value += 0.1 * torch.randn(value.shape, dtype=torch.float64)
    plain = plain_model(peer.model)
    weights = (peer.targets >= 0).double()
    loss = peer.model.loss(peer.tokens, peer.targets)
    expected = plain.loss(peer.tokens, peer.targets.clamp(min=0), weights / weights.sum())
    assert abs(float(loss / expected) - 1) < 1e-13
    loss.backward()
    expected.backward()
    for i in range(LAYERS):
        mine = peer.model.get_parameter(f"input{i}").grad.T
        other = plain.blocks["ffn_input"].grad[:, i * 4 * D:(i + 1) * 4 * D]
        assert other.abs().max() > 1e-4 and (mine - other).abs().max() < 1e-12 * other.abs().max()
    assert (peer.model.tokens.grad.T - plain.blocks["token_embedding"].grad).abs().max() < 1e-13


def test_a_step_trains():
    peer = transformer_benchmark.Peer(SIZE, "fused,addmm", True)
    losses = [peer.step() for _ in range(100)]
    assert losses[-1] < losses[0] - 0.3
