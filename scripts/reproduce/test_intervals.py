"""AUROC and its interval, against scikit-learn and by cases whose outcome is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parent))

import intervals  # noqa: E402
from results import plain  # noqa: E402

RANDOM = np.random.default_rng(7)


@pytest.mark.parametrize("ties", [False, True])
def test_auroc_is_that_of_scikit_learn(ties):
    y = RANDOM.integers(2, size=200)
    scores = RANDOM.normal(size=200) + 0.4 * y
    scores = scores.round(0) if ties else scores
    weights = RANDOM.integers(4, size=200).astype(float)
    assert intervals.auroc(y, scores) == pytest.approx(roc_auc_score(y, scores))
    expected = roc_auc_score(y, scores, sample_weight=weights)
    assert intervals.auroc(y, scores, weights) == pytest.approx(expected)


def test_auroc_of_one_class_is_none():
    assert np.isnan(intervals.auroc(np.ones(3), np.arange(3.0)))
    assert np.isnan(intervals.auroc(np.array([]), np.array([])))
    assert plain({"a": float("nan"), "b": [np.float64(0.5)]}) == {"a": None, "b": [0.5]}


def test_intervals_draw_questions_and_not_rows():
    """Ten copies of a question's row say no more than one."""
    y, scores = RANDOM.integers(2, size=40), RANDOM.normal(size=40)
    once = intervals.auroc_interval(y, scores, np.arange(40))
    often = [np.repeat(part, 10) for part in (y, scores, np.arange(40))]
    again = intervals.auroc_interval(*often)
    assert (again["low"], again["high"]) == pytest.approx((once["low"], once["high"]))
    wrongly = intervals.auroc_interval(*often[:2], np.arange(400))
    assert wrongly["high"] - wrongly["low"] < 0.6 * (once["high"] - once["low"])
    assert once["low"] < once["auroc"] < once["high"]
