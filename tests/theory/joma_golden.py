"""Golden numbers of the JoMA statements in tests/theory: 40-digit arithmetic, no code shared with theory/.

Run: /usr/bin/python3 tests/theory/joma_golden.py        (python3-mpmath)
"""
import mpmath as mp

mp.mp.dps = 40
digits = lambda x: mp.nstr(x, 18)
number = mp.mpf   # of a double: its exact value

print("erf law: Delta = (1, -.5, .25), A = 2, T = .5, t = 1.2")
for delta in (1, -0.5, 0.25):
    share = mp.sqrt(2 / mp.pi) * number(delta) * number(1.2) / (2 * number(0.5))
    print(digits(mp.sqrt(2) * number(0.5) * mp.erfinv(share)))
print("blow-up", digits(2 * number(0.5) * mp.sqrt(mp.pi / 2)))
print("end of -.5, .25 at T = .5", *(digits(mp.sqrt(2) / 2 * mp.erfinv(number(x))) for x in (-0.5, 0.25)))

print("sum of exponentials: mu = (1, .5), t = .5, weights 1 and .5")
slowness = lambda a: 1 / (mp.exp(a**2 / 2) + mp.exp(a**2 / 8))
for weight in (1, 0.5):
    print(digits(mp.findroot(lambda a: mp.quad(slowness, [0, a]) / weight - mp.mpf(1) / 2, 0.4)))

print("c(mu)")
for mu in (0.01, 0.5, 1, 1.5, 2, 2.5, 5, 12, 26):
    m = number(mu)
    f = lambda s: (mp.exp(-m**2 * (1 - s) ** 2 / 2) - mp.exp(-m**2 / 2)) / s
    pieces = [mp.mpf(0)] + [1 - 8 / m / 2**k for k in range(6) if 8 / m / 2**k < 1] + [mp.mpf(1)]
    print(mu, digits(mp.quad(f, pieces)))

print("t(delta) at mu = 2, ln(1/delta) = .5, 3, 30")
for gap in (0.5, 3, 30):
    f = lambda u: mp.exp(-4 * (1 - mp.exp(-u)) ** 2 / 2)
    print(gap, digits(mp.quad(f, mp.linspace(0, number(gap), 31))))

print("Theorem 3: v = (.6, -.8), xi = .1, centres (1, 0), (-1, 2), a = (.3, -.7), sigma = .5")
v, xi, sigma = mp.matrix([number(0.6), number(-0.8)]), number(0.1), number(0.5)
length = mp.sqrt(v[0] ** 2 + v[1] ** 2)
total = mp.matrix([0, 0])
for centre, a in (((1, 0), number(0.3)), ((-1, 2), number(-0.7))):   # by integration along v, not by the closed form
    r = v[0] * centre[0] + v[1] * centre[1] + xi
    q = r / (sigma * length)
    mass = mp.quad(mp.npdf, [-q, 0, 10, 40])
    first = mp.quad(lambda e: e * mp.npdf(e), [-q, 0, 10, 40])
    for i in range(2):
        total[i] += a * (mass * centre[i] + sigma * first * v[i] / length)
print(digits(total[0]), digits(total[1]))
