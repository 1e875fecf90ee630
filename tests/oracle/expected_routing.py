"""Golden numbers for tests/sim/gate_test.cpp: exact routing probabilities as fractions, by polynomial arithmetic alone.

    q_i = (1/nu) int_0^nu prod_{j != i} clip((h_i - h_j + r)/nu, 0, 1) dr          (mot.md section 2)

Run: /usr/bin/python3 tests/oracle/expected_routing.py
"""
from fractions import Fraction as F


def times(p, q):
    product = [F(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return product


def integral(p, low, high):
    return sum(c * (high ** (n + 1) - low ** (n + 1)) / (n + 1) for n, c in enumerate(p))


def probability(logits, noise, i):
    ends = {F(0), noise}
    for h in logits:
        for end in (h - logits[i], h - logits[i] + noise):
            if 0 < end < noise:
                ends.add(end)
    ends = sorted(ends)
    total = F(0)
    for low, high in zip(ends, ends[1:]):
        middle, p = (low + high) / 2, [F(1)]
        for j, h in enumerate(logits):
            if j == i:
                continue
            at = (logits[i] - h + middle) / noise
            p = [F(0)] if at <= 0 else p if at >= 1 else times(p, [(logits[i] - h) / noise, 1 / noise])
        total += integral(p, low, high)
    return total / noise


cases = {
    "two": ([F(0), F(1, 4)], F(1)),
    "three": ([F(1, 2), F(-1, 4), F(3, 8)], F(1)),
    "noise_two": ([F(3, 2), F(0), F(1, 2), F(-3)], F(2)),
    "ties": ([F(1, 8), F(1, 8), F(0), F(0), F(-7, 8)], F(1)),
    "edge": ([F(1), F(0), F(1, 2)], F(1)),
    "many": ([F(k * k % 11, 16) for k in range(24)], F(1)),
    "crowd": ([F(k * k % 13, 16) for k in range(48)], F(1, 2)),
}
for name, (logits, noise) in cases.items():
    q = [probability(logits, noise, i) for i in range(len(logits))]
    assert sum(q) == 1
    print(f"{{{{{', '.join(repr(float(h)) for h in logits)}}}, {float(noise)!r},  // {name}")
    print(f" {{{', '.join(repr(float(x)) for x in q)}}}}},")
