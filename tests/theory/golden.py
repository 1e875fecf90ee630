"""Golden numbers of tests/theory: exact fractions and 60-digit arithmetic, no code shared with theory/.

Run: /usr/bin/python3 tests/theory/golden.py        (python3-mpmath)
"""
from fractions import Fraction
from math import comb

import mpmath as mp

mp.mp.dps = 60
digits = lambda x: mp.nstr(mp.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x, 18)

print("coverage: inclusion-exclusion in exact fractions")
uncovered = lambda n, m: sum((-1) ** (k + 1) * comb(n, k) * Fraction(n - k, n) ** m for k in range(1, n + 1))
for n, m in ((3, 6), (3, 12), (3, 24), (3, 48), (10, 24), (40, 600), (3, 1500)):
    print(n, m, "covered", digits(1 - uncovered(n, m)), "uncovered", digits(uncovered(n, m)))

print("error floor Phi(-alpha / (s sqrt(L-3)))")
for ratio in (mp.mpf(1), mp.mpf(3) / 2, mp.mpf(20)):
    print(digits(ratio), digits(mp.erfc(ratio / mp.sqrt(2)) / 2))

print("descent on a parabola: excess after t steps, eta = 3/10, the double nearest")
eta = mp.mpf(0.3)
modes = [(mp.mpf(2), mp.mpf(1)), (mp.mpf(0.01), mp.mpf(-3)), (mp.mpf(1e-5), mp.mpf(0.5))]
for t in (0, 1, 100, 20000, 10**8):
    print(t, digits(sum(l / 2 * c**2 * (1 - eta * l) ** (2 * t) for l, c in modes)),
          "without the slowest", digits(sum(l / 2 * c**2 * (1 - eta * l) ** (2 * t) for l, c in modes[:2])))
