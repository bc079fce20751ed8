"""The facts are what their script makes, and nothing in them gives the truth away."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from make_facts import FILE, NO_OPTION, UNLIKE, UNSURE, jsonl  # noqa: E402

ROWS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def test_the_script_makes_the_committed_bytes():
    assert jsonl().encode() == FILE.read_bytes()


def test_facts_are_many_over_topics_and_bands():
    assert len(ROWS) >= 500
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({row["topic"] for row in ROWS}) >= 15
    assert min(Counter(row["band"] for row in ROWS).values()) >= 150


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_fact_is_well_formed(row):
    options = row["options"]
    assert len(options) == 3 and 0 <= row["true"] < 3 and len(set(row["ask"])) == 3
    assert len({option[0].lower() for option in options} | {UNSURE[0]}) == 4
    assert max(map(len, options)) - min(map(len, options)) <= UNLIKE
    for option in options:
        assert option not in NO_OPTION and option.isprintable() and " " not in option
        for ask in row["ask"]:
            words = ask.lower().replace("?", " ").replace(":", " ").split()
            assert option.lower() not in words, (option, ask)


def test_what_is_true_of_one_fact_of_a_set_is_false_of_the_others():
    """So words, lengths and first letters are as frequent among the true as they should be."""
    sets: dict[str, list[dict]] = {}
    for row in ROWS:
        sets.setdefault(row["set"], []).append(row)
    for of in sets.values():
        assert len(of) == 3
        assert len({tuple(row["options"]) for row in of}) == 1
        assert sorted(row["true"] for row in of) == [0, 1, 2]
        assert len({(row["topic"], row["band"]) for row in of}) == 1


def test_no_question_has_two_answers():
    said: dict[tuple, int] = {}
    for row in ROWS:
        key = (row["ask"][0], tuple(row["options"]))
        assert said.setdefault(key, row["true"]) == row["true"]
    of: dict[str, set[str]] = {}
    for row in ROWS:
        if row["topic"] != "order":
            of.setdefault(row["ask"][0], set()).add(row["options"][row["true"]])
    assert all(len(true) == 1 for true in of.values())
