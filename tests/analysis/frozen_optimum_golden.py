"""Golden numbers of tests/analysis/frozen_optimum_test.cpp: damped Newton in 40-digit arithmetic (mpmath), no code
shared.

Run: /usr/bin/python3 tests/analysis/frozen_optimum_golden.py        (python3-mpmath)
"""
import mpmath as mp

mp.mp.dps = 40
features, samples = 4, 12
inputs = [[mp.mpf((1 + 2 * (k % 3)) * float(mp.sin(1 + 3 * j + mp.mpf(3) / 4 * k * k + j * k)))
           for j in range(features)]
          for k in range(samples)]
labels = [(1 if inputs[k][0] > 0 else -1) * (-1 if k % 4 == 3 else 1) for k in range(samples)]   # one in four is wrong
weights = [mp.mpf(1) / (k + 1) for k in range(samples)]
points = [[labels[k] * x for x in inputs[k]] for k in range(samples)]

losses = {
    "logistic": (lambda z: mp.log1p(mp.exp(-z)), lambda z: -1 / (1 + mp.exp(z)),
                 lambda z: 1 / (2 + mp.exp(z) + mp.exp(-z))),
    "exponential": (lambda z: mp.exp(-z), lambda z: -mp.exp(-z), lambda z: mp.exp(-z)),
    "squared": (lambda z: (1 - z) ** 2 / 2, lambda z: z - 1, lambda z: mp.mpf(1)),
    "squared_hinge": (lambda z: max(0, 1 - z) ** 2 / 2, lambda z: -max(0, 1 - z), lambda z: mp.mpf(z < 1)),
}
for name, (value, slope, curvature) in losses.items():
    for l2 in (mp.mpf(0), mp.mpf(1) / 8):
        w = [mp.mpf(0)] * features
        margins = lambda w: [mp.fdot(a, w) for a in points]
        total = lambda w: mp.fdot(weights, [value(z) for z in margins(w)]) + l2 / 2 * mp.fdot(w, w)
        for _ in range(60):
            z = margins(w)
            gradient = mp.matrix([mp.fdot(weights, [slope(z[k]) * points[k][j] for k in range(samples)]) + l2 * w[j]
                                  for j in range(features)])
            hessian = mp.matrix(features, features)
            for i in range(features):
                for j in range(features):
                    hessian[i, j] = mp.fdot(weights,
                                            [curvature(z[k]) * points[k][i] * points[k][j] for k in range(samples)])
                hessian[i, i] += l2
            step, move = mp.mpf(1), mp.lu_solve(hessian, -gradient)
            while total([w[j] + step * move[j] for j in range(features)]) > total(w) and step > mp.mpf(10) ** -30:
                step /= 2
            if step > mp.mpf(10) ** -30:
                w = [w[j] + step * move[j] for j in range(features)]
        above = sum(z > 1 for z in margins(w))
        print(name, float(l2), mp.nstr(total(w), 20), [mp.nstr(x, 20) for x in w], "gradient",
              mp.nstr(mp.norm(gradient), 3),
              "margins above 1:", above)
