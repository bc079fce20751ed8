"""Figures of capture/probe/metric against scikit-learn and SciPy, on scores that are drawn here."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, roc_auc_score, roc_curve

REPOSITORY = Path(__file__).resolve().parents[2]
LEVEL = 0.95


def drawn(seed: int) -> dict:
    """Rows of groups of other sizes, with ties where the seed is odd."""
    draw = np.random.default_rng(seed)
    groups = int(draw.integers(12, 80))
    group = np.repeat(np.arange(groups), draw.integers(1, 7, groups))
    n = len(group)
    positive = draw.random(n) < (0.2 + 0.1 * (seed % 6))
    if seed % 3 == 0:  # groups of one class
        positive = (group % 2).astype(bool)
    shared = draw.normal(size=groups)[group]
    score = draw.normal(size=n) + 0.2 * seed * positive + 0.5 * shared
    other = draw.normal(size=n) + 0.3 * positive + 0.5 * shared
    if seed % 2:
        score, other = np.round(score, 1), np.round(other)
    probability = 1 / (1 + np.exp(-score))
    blocks = [draw.uniform(0.05, 1, int(size)).tolist() for size in draw.integers(1, 50, 4)]
    return {
        "score": score.tolist(),
        "other": other.tolist(),
        "probability": probability.tolist(),
        "positive": positive.tolist(),
        "group": [f"q{g}" for g in group],
        "control": np.round(draw.normal(size=int(draw.integers(100, 900))), 3).tolist(),
        "threshold": 0.75,
        "alpha": 0.01,
        "bins": 10 + 5 * (seed % 2),
        "blocks": blocks,
        "first": 16,
        "level": LEVEL,
        "folds": 4,
    }


@pytest.fixture(scope="module")
def jobs() -> list[dict]:
    return [drawn(seed) for seed in range(12)]


@pytest.fixture(scope="module")
def figures(jobs) -> list[tuple[dict, dict]]:
    command = ["go", "run", "./scripts/metric"]
    done = subprocess.run(command, cwd=REPOSITORY, input=json.dumps(jobs), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return list(zip(jobs, json.loads(done.stdout), strict=True))


def left(job: dict, without: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    keep = np.array(job["group"]) != without
    return tuple(np.array(job[name])[keep] for name in ("positive", "score", "other"))


def jackknife(job: dict, statistic) -> float:
    """The variance over groups, those of one class each as two samples."""
    groups = sorted(set(job["group"]))
    positive = np.array(job["positive"])
    kinds = {g: set(positive[np.array(job["group"]) == g]) for g in groups}
    pure = all(len(kind) == 1 for kind in kinds.values())
    strata: dict = {}
    for g in groups:
        strata.setdefault(max(kinds[g]) if pure else None, []).append(statistic(*left(job, g)))
    return sum((len(x) - 1) ** 2 / len(x) * np.var(x, ddof=1) for x in strata.values())


def freedom(job: dict) -> float:
    groups = sorted(set(job["group"]))
    positive, group = np.array(job["positive"]), np.array(job["group"])
    share = np.array([[(positive[group == g] == y).sum() / (positive == y).sum() for y in (True, False)] for g in groups])
    w = (share**2).sum(1)
    means = 2 if (share.min(1) == 0).all() else 1
    return w.sum() ** 2 / (w**2).sum() * (len(groups) - means) / len(groups)


def test_auroc_is_that_of_scikit_learn(figures):
    for job, found in figures:
        assert found["auroc"]["value"] == pytest.approx(roc_auc_score(job["positive"], job["score"]), abs=1e-9)
        u = stats.mannwhitneyu(*(np.array(job["score"])[np.array(job["positive"]) == y] for y in (True, False))).statistic
        pairs = sum(job["positive"]) * (len(job["positive"]) - sum(job["positive"]))
        assert found["auroc"]["value"] == pytest.approx(u / pairs, abs=1e-9)


def test_interval_of_auroc(figures):
    """The limits solve the equation of the doc comment, with everything computed anew."""

    def v(a):
        return a * (1 - a) * ((1 - a) / (2 - a) + a / (1 + a))

    for job, found in figures:
        i = found["auroc"]
        positive, group = np.array(job["positive"]), np.array(job["group"])
        of = [set(group[positive == y]) for y in (True, False)]
        pairs = min(len(of[0]), len(of[1]), len(set(group)) // 2)
        variance = jackknife(job, lambda y, s, _: roc_auc_score(y, s)) + 0.1 * ((i["value"] - 0.5) / pairs) ** 2
        assert i["df"] == pytest.approx(freedom(job), rel=1e-9)
        t = stats.t.ppf((1 + LEVEL) / 2, i["df"])
        for limit in (i["low"], i["high"]):
            assert (limit - i["value"]) ** 2 == pytest.approx(t**2 * variance * v(limit) / v(i["value"]), rel=1e-6)
        assert i["low"] < i["value"] < i["high"]


def test_difference(figures):
    for job, found in figures:
        i = found["difference"]
        positive = job["positive"]
        assert i["value"] == pytest.approx(roc_auc_score(positive, job["score"]) - roc_auc_score(positive, job["other"]), abs=1e-9)
        variance = jackknife(job, lambda y, s, o: roc_auc_score(y, s) - roc_auc_score(y, o))
        half = stats.t.ppf((1 + LEVEL) / 2, freedom(job)) * np.sqrt(variance)
        assert (i["low"], i["high"]) == pytest.approx((max(-1, i["value"] - half), min(1, i["value"] + half)), abs=1e-8)


def test_rates(figures):
    for job, found in figures:
        answer = np.array(job["score"]) > job["threshold"]
        assert found["balanced"]["value"] == pytest.approx(balanced_accuracy_score(job["positive"], answer), abs=1e-12)
        control = np.array(job["control"])
        hits = int((control > job["threshold"]).sum())
        exact = stats.binomtest(hits, len(control)).proportion_ci(LEVEL, "exact")
        i = found["false_positives"]
        assert (i["value"], i["low"], i["high"]) == pytest.approx((hits / len(control), exact.low, exact.high), abs=1e-7)


def test_recall_of_groups(figures):
    """Korn and Graubard's limits, with everything computed anew."""
    for job, found in figures:
        control = np.sort(job["control"])
        n = len(control)
        rank = int(np.ceil((n + 1) * 0.99 - 1e-9))
        threshold = control[rank - 1]
        told = found["recall"]["threshold"]
        assert (told["rank"], told["value"]) == (rank, threshold)
        low = max((r for r in range(1, n + 1) if stats.binom.cdf(r - 1, n, 0.99) <= 0.025), default=None)
        high = min((r for r in range(1, n + 1) if stats.binom.sf(r - 1, n, 0.99) <= 0.025), default=None)
        assert told["low"] == (None if low is None else control[low - 1])
        assert told["high"] == (None if high is None else control[high - 1])

        positive = np.array(job["positive"])
        hit = (np.array(job["score"]) > threshold)[positive]
        group = np.array(job["group"])[positive]
        names, sizes = np.unique(group, return_counts=True)
        p, m, count = hit.mean(), len(hit), len(names)
        i = found["recall"]["rate"]
        assert (i["value"], i["n"], i["groups"]) == (pytest.approx(p, abs=1e-12), m, count)
        if hit.all() or not hit.any():
            effective = count
        elif count == m:
            effective = m
        else:
            sums = np.array([hit[group == g].sum() for g in names])
            variance = count / (count - 1) * ((sums - p * sizes) ** 2).sum() / m**2
            w = sizes.astype(float) ** 2
            df = w.sum() ** 2 / (w**2).sum() * (count - 1) / count
            effective = p * (1 - p) / variance * (stats.t.ppf(0.975, m - 1) / stats.t.ppf(0.975, df)) ** 2
            effective = min(m, max(1, effective))
        k = p * effective
        want_low = stats.beta.ppf(0.025, k, effective - k + 1) if k > 0 else 0
        want_high = stats.beta.ppf(0.975, k + 1, effective - k) if k < effective else 1
        assert (i["low"], i["high"]) == pytest.approx((want_low, want_high), abs=1e-6)
        assert found["recall"]["both"]["low"] <= i["low"]
        assert found["recall"]["both"]["high"] >= i["high"]


def test_calibration(figures):
    for job, found in figures:
        p, y = np.array(job["probability"]), np.array(job["positive"])
        assert found["calibration"]["brier"]["value"] == pytest.approx(brier_score_loss(y, p), abs=1e-12)
        bins = np.clip(np.ceil(p * job["bins"]).astype(int) - 1, 0, job["bins"] - 1)
        ece = sum(abs(y[bins == b].sum() - p[bins == b].sum()) for b in range(job["bins"])) / len(p)
        assert found["calibration"]["ece"]["value"] == pytest.approx(ece, abs=1e-12)
        assert [b["n"] for b in found["calibration"]["bins"]] == np.bincount(bins, minlength=job["bins"]).tolist()


def test_roc_curve_is_that_of_scikit_learn(figures):
    for job, found in figures:
        fpr, tpr, _ = roc_curve(job["positive"], job["score"], drop_intermediate=False)
        points = found["roc"]["points"]
        assert [q["fpr"] for q in points] == pytest.approx(fpr.tolist(), abs=1e-12)
        assert [q["tpr"] for q in points] == pytest.approx(tpr.tolist(), abs=1e-12)
        assert found["roc"]["at_1_percent"] == np.flatnonzero(fpr <= 0.01).max()


def test_online_code_length(figures):
    for job, found in figures:
        p = np.concatenate(job["blocks"])
        bits = job["first"] * np.log2(2) - np.log2(p).sum()
        assert found["online"]["bits"] == pytest.approx(bits, rel=1e-12)
        assert found["online"]["compression"] == pytest.approx((job["first"] + len(p)) / bits, rel=1e-12)


def test_folds_hold_whole_groups(figures):
    for job, found in figures:
        outer = np.array(found["split"]["Outer"])
        for g in set(job["group"]):
            assert len(set(outer[np.array(job["group"]) == g])) == 1
        assert set(outer) == set(range(job["folds"]))
