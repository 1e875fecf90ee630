"""Exact probabilities of top-1 routing with uniform exploration noise.

    q_i = P(i = argmax_j h_j + r_j),   r_j iid Uniform[0, noise]
        = int f_i(x) prod_{j != i} F_j(x) dx,
with f_j, F_j the density and the distribution function of h_j + r_j. Nothing happens below the largest logit (there the
winner's F is 0) nor above it plus noise, and in between the only breakpoints are h_j + noise. On each interval the
product is written in the monomials of the interval's own variable t in [0, 1]; all its coefficients are >= 0, so the
integral is a sum of positive terms and loses no digit.
"""
import numpy as np


def expected_routing(logits, noise):
    """Probability that each expert wins.

    logits: h, (sample, expert).  noise: width of the exploration noise, > 0, in the unit of the logits.
    Returns q, (sample, expert); rows sum to 1 to about 1e-15 times the number of experts.
    Raises ValueError for noise that is not positive and logits that are not finite.
    Source: mot.md section 2.  Checked by: tests/scripts/mot_torch_test.py (closed form of two experts, adaptive
        quadrature).
    """
    logits = np.asarray(logits, dtype=np.float64)
    if not noise > 0:
        raise ValueError(f"model.gate.noise is {noise}; allowed: a number > 0")
    if not np.isfinite(logits).all():
        raise ValueError("a gate logit is not finite")
    n_experts = logits.shape[1]
    order = np.argsort(logits, axis=1, kind="stable")
    low = np.take_along_axis(logits, order, axis=1)
    low = (low - low[:, -1:]) / noise                      # h in units of noise, the largest at 0: all <= 0
    end = np.maximum(low + 1.0, 0.0)                       # where h_j + r_j ends, cut at the largest logit
    start = np.concatenate([np.zeros_like(end[:, :1]), end[:, :-1]], axis=1)
    # interval k = [start_k, end_k]; expert j is still active on it if j >= k
    width = end - start

    interval, expert = np.arange(n_experts)[:, None], np.arange(n_experts)[None, :]
    active = expert >= interval                            # (interval, expert)
    # On interval k, F_j(t) = constant + slope t; experts whose noise has ended have F = 1.
    constant = np.where(active, start[:, :, None] - low[:, None, :], 1.0)      # (sample, interval, expert)
    slope = np.where(active, width[:, :, None], 0.0)
    before = [np.ones((*width.shape, 1))]                  # before[i] = prod_{j < i} F_j, coefficients of t^0, t^1, ...
    for j in range(n_experts - 1):
        before.append(_times_line(before[-1], constant[:, :, j], slope[:, :, j]))
    after = [np.ones((*width.shape, 1))]                   # after[i] = prod_{j > i} F_j, built backwards
    for j in range(n_experts - 1, 0, -1):
        after.append(_times_line(after[-1], constant[:, :, j], slope[:, :, j]))
    after.reverse()

    sorted_q = np.empty_like(logits)
    for i in range(n_experts):
        power = np.arange(before[i].shape[2])[:, None] + np.arange(after[i].shape[2])[None, :]
        # int_0^1 before after dt, per interval
        integral = np.sum((before[i] @ (1.0 / (power + 1.0))) * after[i], axis=2)
        sorted_q[:, i] = np.sum(width * active[:, i] * integral, axis=1)
    q = np.empty_like(logits)
    np.put_along_axis(q, order, sorted_q, axis=1)
    return q


def _times_line(polynomial, constant, slope):
    """polynomial(t) (constant + slope t); coefficients along the last axis."""
    product = np.zeros((*polynomial.shape[:2], polynomial.shape[2] + 1))
    product[:, :, :-1] = polynomial * constant[:, :, None]
    product[:, :, 1:] += polynomial * slope[:, :, None]
    return product
