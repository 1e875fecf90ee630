"""Stored evidence is enough: verdict numbers of M1, M6 and M8 again, by numpy and scipy alone.  evidence_test.py
PROGRAM; exit 0, 1 or 77."""
import json
import sys

from program import FOLDER, lemmata, run_checks

try:
    import numpy as np
    import xarray
    from scipy import stats
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def evidence_of(claim, setting):
    """(evidence, its arrays) as they were written."""
    name = f"{claim}--{setting}".replace(" ", "_").replace("/", "_")
    evidence = json.loads((FOLDER / "out" / f"{name}.json").read_text())
    with xarray.open_dataset(FOLDER / "out" / evidence["files"][0]) as file:
        arrays = file.load()
    assert arrays.attrs["settings_hash"] == evidence["settings_hash"] \
        and (arrays.attrs["id"], arrays.attrs["setting"]) == (claim, setting)
    return evidence, arrays


def judged(evidence, words):
    found = [quantity for quantity in evidence["quantities"] if quantity["judged"] and words in quantity["what"]]
    assert found, words
    return found


def clopper_pearson(successes, trials, confidence=0.95):
    tail = (1 - confidence) / 2
    return (stats.beta.ppf(tail, successes, trials - successes + 1) if successes else 0.0,
            stats.beta.ppf(1 - tail, successes + 1, trials - successes) if successes < trials else 1.0)


def verdict_at_least(interval, threshold):
    return "supported" if interval[0] > threshold else "refuted" if interval[1] < threshold else "inconclusive"


def test_M1_from_the_outcome_of_every_seed():
    lemmata_any("M1", "--seeds", "60")
    for experts in (6, 12, 24, 48):
        evidence, arrays = evidence_of("M1", f"experts={experts}")
        assert list(arrays.runs_seed) == evidence["seeds"] == list(range(60))
        held = arrays.runs_least_ratio.values >= 2
        interval = clopper_pearson(held.sum(), held.size)
        assert np.allclose(interval, evidence["interval"], rtol=1e-9, atol=1e-12) \
            and evidence["verdict"] == verdict_at_least(interval, 0.9)
        control = arrays.control_least_ratio.values >= 2
        control_interval = clopper_pearson(control.sum(), control.size)
        assert evidence["negative_controls"][0]["verdict"] == verdict_at_least(control_interval, 0.9)
    evidence, arrays = evidence_of("M1", "rising with M")
    low, high = (clopper_pearson((arrays[f"{arm}_least_ratio"].values >= 2).sum(), 60, 0.975)
                 for arm in ("few", "many"))
    assert np.allclose(evidence["interval"], [high[0] - low[1], high[1] - low[0]], rtol=1e-9, atol=1e-12)


def test_M6_from_the_curve_the_spectrum_and_the_steps_to_eps():
    lemmata_any("M6", "--seeds", "4")
    for setting in ("squared, eta = 1/lambda_max", "squared, eta = 0.05"):
        evidence, arrays = evidence_of("M6", setting)
        scored = np.flatnonzero(arrays.mot_pure.values == 1)
        rates, slopes = judged(evidence, "rate per step"), judged(evidence, "in steps")
        assert len(rates) == len(slopes) == len(scored) > 0
        for run, rate, slope in zip(scored, rates, slopes):
            one = arrays.isel(mot_seed=run)
            curvature, coordinate, eta, time = (one[f"mot_{name}"].values
                                                for name in ("curvature", "coordinate", "learning_rate", "time"))
            moving = (curvature > 0) & (coordinate != 0)                        # NaN: fewer modes than another seed
            curvature, coordinate = curvature[moving], coordinate[moving]
            spectral = (curvature / 2 * coordinate ** 2 * (1 - eta * curvature) ** (2 * time[:, None])).sum(axis=1)
            measurable = one.mot_predicted.values > one.mot_least_measurable.item()
            assert np.allclose(spectral[measurable], one.mot_measured.values[measurable], rtol=1e-6, atol=0)
            exact = -2 * np.log1p(-eta * curvature.min())
            assert np.isclose(rate["predicted"], exact, rtol=1e-9) \
                and abs(rate["measured"] - exact) <= rate["tolerance"]
            late = measurable & (time > 0.6 * time[measurable].max())            # the slowest mode alone, nearly
            fitted = -np.polyfit(time[late], np.log(one.mot_measured.values[late]), 1)[0]
            assert abs(fitted / rate["measured"] - 1) < 0.02, (fitted, rate["measured"])
            steps, eps = one.mot_steps_to_eps.values, one.mot_eps.values
            reached = steps > 0.6 * steps.max()
            assert abs(np.polyfit(-np.log(eps[reached]), steps[reached], 1)[0] / slope["measured"] - 1) < 0.03
            assert np.isclose(slope["predicted"], 1 / exact, rtol=1e-9) and slope["measured"] > 0


def test_M8_from_the_chunks_of_draws_and_from_the_twins():
    lemmata_any("M8", "--seeds", "4")
    evidence, arrays = evidence_of("M8", "oracle, 0-1 error")
    errors = int(arrays.heldout_errors.sum())
    draws = int(arrays.heldout_draws[0]) * arrays.heldout_errors.size
    interval, floor = clopper_pearson(errors, draws, 0.999), stats.norm.cdf(-1 / np.sqrt(0.25))
    assert np.allclose(interval, evidence["interval"], rtol=1e-9) and draws >= 100_000
    assert (evidence["verdict"] == "supported") == (interval[0] <= floor <= interval[1]) \
        and np.isclose(evidence["quantities"][0]["predicted"], floor)
    evidence, arrays = evidence_of("M8", "oracle, squared loss")
    draws = int(arrays.heldout_draws[0]) * arrays.heldout_loss_sum.size
    mean = arrays.heldout_loss_sum.values.sum() / draws
    error = np.sqrt((arrays.heldout_loss_square_sum.values.sum() / draws - mean ** 2) / (draws - 1))
    assert np.allclose(evidence["interval"], [mean - 4 * error, mean + 4 * error], rtol=1e-12) \
        and abs(mean - 0.1) < 4 * error
    evidence, arrays = evidence_of("M8", "trained")
    for prefix, quantities in (("", evidence["quantities"]),
                               ("control_", evidence["negative_controls"][0]["quantities"])):
        both = np.logical_and.reduce([arrays[f"{prefix}{arm}_{name}"].values == 1 for name in ("completed", "pure")
                                      for arm in ("with", "without")])
        gain = (arrays[prefix + "without_heldout_loss"].values - arrays[prefix + "with_heldout_loss"].values)[both]
        optimum = arrays[prefix + "without_optimum"].values[both]
        for words, sample in (("held-out loss without attention minus", gain),
                              ("least loss in sample without attention, class-pure", optimum)):
            quantity = next(q for q in quantities if q["judged"] and words in q["what"])
            half = stats.t.ppf(0.975, sample.size - 1) * sample.std(ddof=1) / np.sqrt(sample.size)
            assert np.isclose(quantity["measured"], sample.mean(), rtol=1e-9) \
                and np.isclose(quantity["tolerance"], half, rtol=1e-9), quantity
    assert evidence["verdict"] == "inconclusive" and both.size == 4, "fewer than ten class-pure seeds"


def lemmata_any(*arguments):
    lemmata("check", *arguments, "--out", "out", "--quiet", expect=(0, 1, 77))


if __name__ == "__main__":
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
