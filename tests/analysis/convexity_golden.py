"""Golden numbers of tests/analysis/convexity_proof_test.cpp: one Hessian and its lambda_min in 50-digit arithmetic, no
code shared.

Run: /usr/bin/python3 tests/analysis/convexity_golden.py        (python3-mpmath)
"""
import mpmath as mp

mp.mp.dps = 50
features, tokens, samples = 3, 2, 4
# Dyadic, so that the doubles of the test are these numbers.
x = [[[mp.mpf((7 * i * i + 5 * j + 3 * k * k + 4 * i * j * k) % 13 - 6) / 8 for i in range(features)]
      for j in range(tokens)] for k in range(samples)]
q = [[mp.mpf((3 * a + 5 * b + a * b) % 7 - 3) / 4 for b in range(features)] for a in range(features)]
share = [mp.mpf(k + 1) / 16 for k in range(samples)]
w = [mp.mpf(1) / 2, mp.mpf(-3) / 4, mp.mpf(5) / 4]


def attended(sample):
    u = [mp.mpf(0)] * features
    for query in sample:
        scores = [mp.exp(sum(key[a] * q[a][b] * query[b] for a in range(features) for b in range(features)))
                  for key in sample]
        for key, score in zip(sample, scores):
            u = [old + score / sum(scores) * value for old, value in zip(u, key)]
    return u


inputs = [attended(sample) for sample in x]
for name, curvature in (("squared", lambda z: mp.mpf(1)), ("logistic", lambda z: 1 / (2 + mp.exp(z) + mp.exp(-z))),
                        ("exponential", lambda z: mp.exp(-z))):
    hessian = mp.matrix(features, features)
    for k, u in enumerate(inputs):
        z = (1 if k % 2 == 0 else -1) * mp.fdot(w, u)
        for a in range(features):
            for b in range(features):
                hessian[a, b] += share[k] * curvature(z) * u[a] * u[b]
    print(name, [mp.nstr(hessian[a, b], 20) for a in range(features) for b in range(a + 1)],
          "lambda_min", mp.nstr(min(mp.eigsy(hessian, eigvals_only=True)), 20))
