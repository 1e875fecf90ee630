"""Golden numbers of latent_alignment_test.cpp by numpy.corrcoef; no code shared with analysis/.

Run: /usr/bin/python3 tests/analysis/latent_alignment_golden.py        (python3-numpy)
"""
import numpy

sample, latent, unit = 12, 2, 5
s = numpy.arange(sample)[:, None]
latents = ((s * (2 * numpy.arange(latent)[None, :] + 3)) % 7 < 3).astype(float)
hidden = numpy.maximum(numpy.sin(1.0 + s * (numpy.arange(unit)[None, :] + 1.5)), 0)
correlation = numpy.abs(numpy.corrcoef(latents.T, hidden.T)[:latent, latent:])
print("best", *(f"{value:.17g}" for value in correlation.max(1)))
print("unit", *correlation.argmax(1))
print("score", f"{correlation.max(1).mean():.17g}")
