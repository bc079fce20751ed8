"""`capture power` against SciPy, and against the figures that docs/intent.md and the literature give."""

import json

import numpy as np
import pytest
from scipy import optimize, stats


@pytest.fixture(scope="module")
def power(capture):
    return lambda *flags: json.loads(capture("power", *flags, "--json"))


@pytest.mark.parametrize(("n", "share", "level"), [(300, 0.8, 0.99), (500, 0.05, 0.99), (40, 0.5, 0.95)])
def test_trials_are_those_of_clopper_and_pearson(power, n, share, level):
    hits = np.arange(n + 1)
    lower = np.where(hits > 0, stats.beta.ppf(1 - level, hits, n - hits + 1), 0)
    upper = np.where(hits < n, stats.beta.ppf(level, hits + 1, n - hits), 1)
    fewest = np.flatnonzero(lower > share)[0]
    most = np.flatnonzero(upper < share)[-1]
    above = power("trials", "--above", share, "--n", n, "--level", level, "--truth", 0.9)
    below = power("trials", "--below", share, "--n", n, "--level", level, "--truth", 0.01)
    assert (above["fewest"], below["most"]) == (fewest, most)
    assert above["power"] == pytest.approx(stats.binom.sf(fewest - 1, n, 0.9), abs=1e-9)
    assert below["power"] == pytest.approx(stats.binom.cdf(most, n, 0.01), abs=1e-9)
    assert above["needed"] == next(k for k in range(1, 10**4) if share**k < 1 - level)


def test_counts_that_are_quoted(power):
    assert power("trials", "--above", 0.8, "--n", 300)["fewest"] == 257
    assert power("trials", "--below", 0.05, "--n", 500)["most"] == 13
    assert power("trials", "--below", 0.01, "--level", 0.95)["needed"] == 299


def connor(net, margin, discordance, n, level):
    sd = lambda x: np.sqrt(discordance - x * x)  # noqa: E731
    return stats.norm.cdf(((net - margin) * np.sqrt(n) - stats.norm.ppf(level) * sd(margin)) / sd(net))


@pytest.mark.parametrize(("n", "discordance", "margin"), [(200, 0.2, 0), (200, 0.2, 0.1), (1000, 0.5, 0.05)])
def test_flips_are_those_of_connor(power, n, discordance, margin):
    found = power("flips", "--n", n, "--discordance", discordance, "--margin", margin, "--net", discordance * 0.9)
    at = optimize.brentq(lambda net: connor(net, margin, discordance, n, 0.975) - 0.8, margin + 1e-9, discordance)
    assert found["detectable"] == pytest.approx(at, abs=1e-6)
    assert found["power"] == pytest.approx(connor(discordance * 0.9, margin, discordance, n, 0.975), abs=1e-9)
    needed = next(k for k in range(1, 10**4) if connor(discordance * 0.9, margin, discordance, k, 0.975) >= 0.8)
    assert found["pairs"] == needed


def test_flips_that_are_quoted(power):
    """9 points against zero, 18 to 20 over a margin of 0.10; 866 to 1,040 pairs for no flip to within 0.05."""
    assert power("flips")["detectable"] == pytest.approx(0.09, abs=0.003)
    assert 0.18 <= power("flips", "--margin", 0.1)["detectable"] <= 0.20
    within = [power("flips", "--within", 0.05, "--level", level, "--power", 0.9) for level in (0.95, 0.975)]
    assert [found["pairs"] for found in within] == [866, 1040]
    assert within[0]["power"] == 0, "none at 200"


def test_flips_are_found_as_often_as_is_said(power):
    """The approximation against simulated pairs, with the variance of the sample."""
    n, plus, minus, draws = 200, 0.15, 0.05, 20000
    flips = np.random.default_rng(1).multinomial(n, [plus, minus, 1 - plus - minus], draws)
    net = (flips[:, 0] - flips[:, 1]) / n
    se = np.sqrt((flips[:, 0] + flips[:, 1]) / n / n)
    found = np.mean(net > stats.norm.ppf(0.975) * se)
    assert power("flips", "--net", plus - minus)["power"] == pytest.approx(found, abs=0.04)


def test_auroc_is_that_of_hanley_and_mcneil(power):
    def se(a, n):
        one, two = a / (2 - a), 2 * a * a / (1 + a)
        return np.sqrt((a * (1 - a) + (n - 1) * (one - a * a) + (n - 1) * (two - a * a)) / n**2)

    def chance(a, n):
        return stats.norm.cdf((a - 0.5 - stats.norm.ppf(0.975) * se(0.5, n)) / se(a, n))

    for n in (20, 50, 300):
        at = optimize.brentq(lambda a, n=n: chance(a, n) - 0.8, 0.51, 0.99)
        assert power("auroc", "--n", n)["detectable"] == pytest.approx(at, abs=1e-6)
    assert power("auroc", "--n", 50)["detectable"] == pytest.approx(0.66, abs=0.005), "as is quoted"
    found = power("auroc", "--auroc", 0.7)
    assert found["power"] == pytest.approx(chance(0.7, 50), abs=1e-9)
    assert found["n"] == next(n for n in range(2, 1000) if chance(0.7, n) >= 0.8)


def lower(x, least, level):
    """The bound of docs/intent.md of each row, where families do not agree."""
    n, unseen = x.shape[1], 0.5
    mean = (x.sum(axis=1) + unseen * least) / (n + unseen)
    squares = ((x - mean[:, None]) ** 2).sum(axis=1) + unseen * (least - mean) ** 2
    se = np.sqrt(squares / (n + unseen - 1) / (n + unseen))
    return np.maximum(least, mean - stats.t.ppf(level, n + unseen - 1) * se)


@pytest.mark.parametrize(("mean", "sd", "n"), [(0.35, 0.2, 40), (0.2, 0.2, 40), (0.3, 0.3, 60)])
def test_families_against_a_simulation(power, mean, sd, n):
    x = np.clip(np.random.default_rng(2).normal(mean, sd, (20000, n)), -1, 1)
    found = power("families", "--mean", mean, "--sd", sd, "--families", n)
    assert found["power"] == pytest.approx(np.mean(lower(x, -1, 0.99) > 0.1), abs=0.04)
    at = np.clip(np.random.default_rng(3).normal(found["detectable"], sd, (20000, n)), -1, 1)
    assert np.mean(lower(at, -1, 0.99) > 0.1) == pytest.approx(0.8, abs=0.04)
    least = np.clip(np.random.default_rng(4).normal(mean, sd, (20000, found["families"])), -1, 1)
    assert np.mean(lower(least, -1, 0.99) > 0.1) == pytest.approx(0.8, abs=0.06)


def test_equivalence_against_a_simulation(power):
    x = np.clip(np.random.default_rng(5).normal(0, 0.15, (20000, 40)), -1, 1)
    found = power("families", "--within", "--sd", 0.15, "--level", 0.95)
    shown = np.mean((lower(x, -1, 0.95) > -0.1) & (lower(-x, -1, 0.95) > -0.1))
    assert found["power"] == pytest.approx(shown, abs=0.04)
