"""Update rules of contract.md, one block at a time; a block's first axis is the expert (one entry for a shared
attention)."""
import torch


def frobenius_norms(gradient):
    """||g_i||_F per entry of the first axis, shaped to broadcast; scaled, so that 1e-170 does not become 0."""
    flat = gradient.flatten(1)
    scale = flat.abs().amax(1, keepdim=True)
    safe = torch.where(scale > 0, scale, torch.ones_like(scale))
    norms = safe * (flat / safe).norm(dim=1, keepdim=True)
    return torch.where(scale > 0, norms, torch.zeros_like(norms)).view(-1, *[1] * (gradient.dim() - 1))


def _normalized(state, gradient, _):
    norms = frobenius_norms(gradient)
    return gradient / torch.where(norms < 1e-300, torch.ones_like(norms), norms)


def _momentum(state, gradient, _):
    state["velocity"] = state["beta"] * state.get("velocity", torch.zeros_like(gradient)) + gradient
    return state["velocity"]


def _adam(state, gradient, _):
    state["count"] = state.get("count", 0) + 1
    state["mean"] = 0.9 * state.get("mean", torch.zeros_like(gradient)) + 0.1 * gradient
    state["square"] = 0.999 * state.get("square", torch.zeros_like(gradient)) + 0.001 * gradient ** 2
    mean = state["mean"] / (1 - 0.9 ** state["count"])
    square = state["square"] / (1 - 0.999 ** state["count"])
    return mean / (square.sqrt() + 1e-8)


def _inverse_smoothness(state, gradient, step):
    # The gradient's Lipschitz constant is the largest |eigenvalue|: negative curvature counts.
    smoothness = torch.stack([torch.linalg.eigvalsh(step.hessian(i)).abs().max() for i in range(gradient.shape[0])])
    # no curvature: the block stays
    scale = torch.where(smoothness > 0, 1 / smoothness, torch.zeros_like(smoothness))
    return gradient * scale.view(-1, *[1] * (gradient.dim() - 1))


def _newton(state, gradient, step):
    directions = torch.zeros_like(gradient)
    for i in range(gradient.shape[0]):
        values, vectors = torch.linalg.eigh(step.hessian(i))
        kept = values.abs() > 1e-10 * values.abs().max()
        inverse = torch.where(kept, 1 / values, torch.zeros_like(values))
        directions[i] = (vectors @ (inverse * (vectors.T @ gradient[i].flatten()))).view_as(gradient[i])
    return directions


DIRECTIONS = {"gd": lambda state, gradient, step: gradient, "normalized_gd": _normalized, "momentum": _momentum,
              "adam": _adam,
              "sign": lambda state, gradient, step: torch.sign(gradient),
              "gd_over_loss": lambda state, gradient, step: gradient / step.objective,
              "gd_inverse_smoothness": _inverse_smoothness, "newton": _newton}


class Optimizer:
    """w -= learning_rate * direction; the state starts afresh with every stage."""

    def __init__(self, settings):
        self.kind, self.learning_rate = settings["optimizer"], float(settings["learning_rate"])
        if self.kind not in DIRECTIONS:
            raise ValueError(f"optimizer {self.kind!r} is not known to the peer; allowed: {', '.join(DIRECTIONS)}")
        self.state = {"beta": float(settings.get("beta", 0.9))}

    def change(self, gradient, step):
        """What to subtract from the block. `step` has `.objective` (a number) and `.hessian(i)`, the Hessian in entry
        i, flattened."""
        return self.learning_rate * DIRECTIONS[self.kind](self.state, gradient, step)
