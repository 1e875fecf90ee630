"""Numbers in response_curve_test.cpp: the posterior of six trials, summed over the grid in numpy.

    /usr/bin/python3 tests/analysis/response_curve_golden.py
"""
import numpy as np

TRIALS = [(0.0, 0), (0.25, 0), (0.5, 1), (0.375, 0), (0.4375, 1), (1.0, 1), (0.75, 0)]

location = -0.5 + 0.005 * np.arange(401)
slope = 0.003 * (0.5 / 0.003) ** (np.arange(16) / 15)
floor = np.array([(0, 0.6), (0.01, 0.2), (0.05, 0.12), (0.15, 0.08)])
loss = np.array([
    (0, 0.26), (0.01, 0.14), (0.02, 0.11), (0.035, 0.1), (0.055, 0.09), (0.08, 0.08), (0.11, 0.06), (0.15, 0.05),
    (0.2, 0.04), (0.28, 0.04), (0.45, 0.03)])
v0, s, a, b = np.meshgrid(location, slope, floor[:, 0], loss[:, 0], indexing="ij")
prior = np.ones(401)[:, None, None, None] / 401 / 16 * floor[:, 1][None, None, :, None] * loss[:, 1]
prior = np.broadcast_to(prior, v0.shape)


def response(place):
    with np.errstate(over="ignore"):
        return a + (1 - a - b) / (1 + np.exp(-(place - v0) / s))


likelihood = np.ones_like(v0)
for place, success in TRIALS:
    p = response(place)
    likelihood = likelihood * (p if success else 1 - p)
posterior = prior * likelihood
posterior /= posterior.sum()


def quantile(values, q):
    order = np.argsort(values, axis=None)
    return values.ravel()[order][np.searchsorted(np.cumsum(posterior.ravel()[order]), q)]


print("largest log likelihood", repr(float(np.log(likelihood.max()))))
for probability in (0.5, 0.9):
    share = (probability - a) / (1 - a - b)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(share <= 0, -np.inf, np.where(share >= 1, np.inf, s * np.log(share / (1 - share))))
    at = v0 + shift
    print("P =", probability, "quantiles .1 .3 .5:", *(f"{quantile(at, q):.4f}" for q in (0.1, 0.3, 0.5)),
          "above the range", f"{posterior[at > 1].sum():.6f}")
print("P(.6) median", f"{quantile(response(0.6), 0.5):.4f}", "95 %", f"{quantile(response(0.6), 0.025):.4f}",
      f"{quantile(response(0.6), 0.975):.4f}")
