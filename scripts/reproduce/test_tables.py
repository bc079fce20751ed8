"""Lies, mistakes and obedience, of labels that are given."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

import tables  # noqa: E402


def run_of(samples: dict[str, list], **labels: list):
    frame = pd.DataFrame(samples)
    tables_of = {name: pd.Series(values, index=frame.index).dropna() for name, values in labels.items()}
    return SimpleNamespace(samples=frame, labels=tables_of.__getitem__)


def test_a_lie_and_a_mistake_say_the_same_and_differ_in_what_is_known():
    run = run_of(
        {"stage": ["knowledge", *[None] * 6], "followup": [None] * 6 + ["honest"]},
        right=["yes", "no", "no", "yes", "yes", "no", "no"],
        suggested=["no", "yes", "yes", "no", "yes", "yes", "yes"],
        knowledge=["knows", "knows", "does_not_know", "knows", "knows", None, "knows"],
    )
    # Neutral answers and those to the question afterwards are none of these.
    assert tables.kinds(run).to_dict() == {1: "lie", 2: "mistake", 3: "resisted", 4: "other", 5: "other"}


def test_who_does_as_told_is_right_or_wrong():
    right = ["correct", "incorrect", "incorrect", "correct", "ambiguous"]
    condition = ["honest", "honest", "dishonest", "dishonest", "dishonest"]
    run = run_of({"condition": condition}, right=right)
    assert tables.did(run).tolist() == ["honest", "other", "dishonest", "other", "other"]


def test_the_file_is_one_that_capture_label_reads(tmp_path):
    file = tables.write(pd.Series({3: "lie", 5: "other"}), tmp_path / "kind.csv")
    assert list(csv.DictReader(file.open())) == [{"sample_id": "3", "value": "lie"}, {"sample_id": "5", "value": "other"}]
