"""Golden numbers of tests/analysis/margin_loss_test.cpp in 60-digit arithmetic.

Run: /usr/bin/python3 tests/analysis/margin_loss_golden.py        (python3-mpmath)
"""
import mpmath as mp

mp.mp.dps = 400
logistic = lambda z: mp.log1p(mp.exp(-z))
slope = lambda z: -1 / (1 + mp.exp(z))
for z in (-800, -30, -1, 0, 0.25, 1, 30, 690):
    z = mp.mpf(z)
    print("logistic", mp.nstr(z, 5), mp.nstr(logistic(z), 18), mp.nstr(slope(z), 18),
          mp.nstr(-slope(z) * -slope(-z), 18))
for z in (-40, -2, 0, 0.3, 5, 200):
    for change in (-900, -3, -0.4, -1e-3, -1e-9, 1e-120, 1e-9, 1e-3, 0.4, 3, 900):
        a, t = mp.mpf(z), mp.mpf(change)
        divergence = logistic(a + t) - logistic(a) - slope(a) * t
        print("    {%r, %r, %s, %s}," % (z, change, mp.nstr(divergence, 18),
              mp.nstr(mp.exp(-a) * (mp.expm1(-t) + t), 18) if abs(t) < 100 else "-1"))
