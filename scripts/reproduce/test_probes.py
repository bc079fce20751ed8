"""The probes' arithmetic, against scikit-learn and by cases whose outcome is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parent))

import probes  # noqa: E402
from results import plain  # noqa: E402

RANDOM = np.random.default_rng(7)


@pytest.mark.parametrize("ties", [False, True])
def test_auroc_is_that_of_scikit_learn(ties):
    y = RANDOM.integers(2, size=200)
    scores = RANDOM.normal(size=200) + 0.4 * y
    scores = scores.round(0) if ties else scores
    weights = RANDOM.integers(4, size=200).astype(float)
    assert probes.auroc(y, scores) == pytest.approx(roc_auc_score(y, scores))
    expected = roc_auc_score(y, scores, sample_weight=weights)
    assert probes.auroc(y, scores, weights) == pytest.approx(expected)


def test_auroc_of_one_class_is_none():
    assert np.isnan(probes.auroc(np.ones(3), np.arange(3.0)))
    assert np.isnan(probes.auroc(np.array([]), np.array([])))
    assert plain({"a": float("nan"), "b": [np.float64(0.5)]}) == {"a": None, "b": [0.5]}


def test_intervals_draw_questions_and_not_rows():
    """Ten copies of a question's row say no more than one."""
    y, scores = RANDOM.integers(2, size=40), RANDOM.normal(size=40)
    once = probes.auroc_interval(y, scores, np.arange(40))
    often = [np.repeat(part, 10) for part in (y, scores, np.arange(40))]
    again = probes.auroc_interval(*often)
    assert (again["low"], again["high"]) == pytest.approx((once["low"], once["high"]))
    wrongly = probes.auroc_interval(*often[:2], np.arange(400))
    assert wrongly["high"] - wrongly["low"] < 0.6 * (once["high"] - once["low"])
    assert once["low"] < once["auroc"] < once["high"]


class Recorder:
    """A probe that notes what it was shown."""

    def __init__(self, seen):
        self.seen = seen

    def fit(self, x, y):
        self.fitted = set(x[:, 0])
        return self

    def decision_function(self, x):
        self.seen.append((self.fitted, set(x[:, 0])))
        return np.zeros(len(x))


def test_no_probe_sees_the_question_that_it_is_tried_on():
    questions = np.repeat(np.arange(20), 4)
    y = np.repeat(np.arange(20) % 2, 4)
    seen = []
    scores = probes.grouped_scores(lambda: Recorder(seen), questions[:, None], y, questions)
    tried = [part for fitted, part in seen if part != fitted]
    assert len(tried) == 5 and set.union(*tried) == set(range(20))
    assert all(not fitted & part for fitted, part in seen if part != fitted)
    assert np.isfinite(scores).all()


def test_too_few_questions_give_no_scores():
    y = np.array([0, 0, 1, 1])
    made = probes.grouped_scores(probes.MassMean, np.ones((4, 2)), y, np.array([1, 2, 3, 3]))
    assert made is None


@pytest.mark.parametrize("make", [probes.MassMean, probes.logistic])
def test_a_probe_finds_what_is_there_and_nothing_else(make):
    questions, y = np.repeat(np.arange(60), 2), np.repeat(np.arange(60) % 2, 2)
    x = RANDOM.normal(size=(120, 8)) + RANDOM.normal(size=(60, 8)).repeat(2, axis=0)
    scores = probes.grouped_scores(make, x + 3 * y[:, None] * np.eye(8)[0], y, questions)
    assert probes.auroc(y, scores) > 0.9
    # Only the question tells: nothing is found in those that were not seen.
    chance = [
        probes.auroc(dealt, probes.grouped_scores(make, x, dealt, questions))
        for dealt in (probes.shuffled_by_question(y, questions, seed) for seed in range(20))
    ]
    assert 0.4 < np.mean(chance) < 0.6


def test_questions_keep_one_label_when_labels_are_dealt_out():
    questions, y = np.repeat(np.arange(30), 3), np.repeat(np.arange(30) % 3 == 0, 3).astype(int)
    dealt = probes.shuffled_by_question(y, questions, 1)
    assert dealt.sum() == y.sum() and (dealt != y).any()
    assert all(len(set(dealt[questions == q])) == 1 for q in range(30))
    mixed = probes.shuffled_by_question(np.tile([0, 1], 45), questions, 1)
    assert mixed.sum() == 45
