"""How sure a number is that `capture probe` does not give: of what a model says, not of its
states."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SEED = 1


def auroc(y: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The share of pairs (one of class 1, one of class 0) that the scores put in order, ties
    counted half; NaN where a class is missing. Below 0.5 the order is turned around."""
    weights = np.ones(len(y)) if weights is None else weights
    place = np.unique(scores, return_inverse=True)[1]
    ones = np.bincount(place, weights * (y == 1))
    zeros = np.bincount(place, weights * (y == 0))
    if ones.sum() == 0 or zeros.sum() == 0:
        return float("nan")
    below = np.cumsum(zeros) - zeros / 2
    return float((ones * below).sum() / ones.sum() / zeros.sum())


def interval(
    statistic: Callable[[np.ndarray], float], questions: np.ndarray, draws: int = 1000
) -> tuple[float, float]:
    """The middle 95 % of a statistic of weights over rows, questions drawn with replacement."""
    _, place = np.unique(questions, return_inverse=True)
    n = place.max() + 1
    random = np.random.default_rng(SEED)
    values = [
        statistic(np.bincount(random.integers(n, size=n), minlength=n)[place].astype(float))
        for _ in range(draws)
    ]
    values = [value for value in values if np.isfinite(value)]
    if not values:
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def auroc_interval(y: np.ndarray, scores: np.ndarray, questions: np.ndarray) -> dict:
    """AUROC with its interval, and how many rows of each class and questions it stands on."""
    low, high = float("nan"), float("nan")
    if len(y):
        low, high = interval(lambda w: auroc(y, scores, w), questions)
    return {
        "auroc": auroc(y, scores),
        "low": low,
        "high": high,
        "n1": int((y == 1).sum()),
        "n0": int((y == 0).sum()),
        "questions": len(set(questions)),
    }
