"""Two probes, and how sure a number is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 1


class MassMean:
    """The difference of the two classes' means."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> MassMean:
        self.direction = x[y == 1].mean(0) - x[y == 0].mean(0)
        return self

    def decision_function(self, x: np.ndarray) -> np.ndarray:
        return x @ self.direction


def logistic(c: float = 0.1):
    """Logistic regression with L2, on features that are standardised where it is fitted."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=2000))


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


def grouped_scores(
    make: Callable, x: np.ndarray, y: np.ndarray, questions: np.ndarray, folds: int = 5
) -> np.ndarray | None:
    """Scores of rows by probes that saw no row of their question, scaler included; None where
    there are too few questions of a class."""
    per_class = [len(set(questions[y == value])) for value in (0, 1)]
    folds = min(folds, *per_class)
    if folds < 2:
        return None
    scores = np.full(len(y), np.nan)
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED)
    for train, test in split.split(x, y, questions):
        if len(set(y[train])) < 2:
            return None
        # Centred on the training rows, so that folds can be ranked together.
        probe = make().fit(x[train], y[train])
        scores[test] = probe.decision_function(x[test]) - probe.decision_function(x[train]).mean()
    return scores


def shuffled_by_question(y: np.ndarray, questions: np.ndarray, seed: int) -> np.ndarray:
    """Labels dealt out anew: whole questions get the labels of others, where every row of a
    question has the same; else labels are dealt out among all rows."""
    random = np.random.default_rng(seed)
    names, first, place = np.unique(questions, return_index=True, return_inverse=True)
    if all(len(set(y[place == i])) == 1 for i in range(len(names))):
        return random.permutation(y[first])[place]
    return random.permutation(y)
