"""Statements, questions and facts: balanced, distinct, and those that are committed."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import published  # noqa: E402
from facts import KINDS  # noqa: E402
from make_rows import FILES  # noqa: E402
from rowfile import jsonl, rows_of  # noqa: E402
from sentences import SENTENCES  # noqa: E402
from statements import statements  # noqa: E402
from thin import thin_questions  # noqa: E402

PUBLISHED = HERE.parents[2] / "shared" / "data" / "statements"
PLAIN = [kind for kind in KINDS if not kind.swap]


@pytest.mark.parametrize("name", FILES)
def test_the_generator_makes_the_committed_bytes(name):
    assert jsonl(FILES[name]()).encode() == (HERE / f"{name}.jsonl").read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_rows_are_distinct(name):
    rows = FILES[name]()
    assert len({row["id"] for row in rows}) == len(rows) >= 200
    texts = {row.get("prompt", "") + row.get("response", row.get("statement", "")) for row in rows}
    asked = {row.get("ask") for row in rows}
    assert max(len(texts), len(asked)) == len(rows)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_facts_are_stated_once(kind):
    assert len({a for a, _ in kind.facts}) == len(kind.facts) >= 20
    assert not set(kind.facts) & set(kind.false_facts())


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.name)
def test_values_do_not_give_away_what_is_true(kind):
    assert Counter(b for _, b in kind.facts) == Counter(b for _, b in kind.false_facts())
    assert [a for a, _ in kind.facts] == [a for a, _ in kind.false_facts()]
    values = dict(kind.facts)
    assert all(values[a] != b for a, b in kind.false_facts())


def test_numbers_stand_in_both_places():
    (kind,) = (kind for kind in KINDS if kind.swap)
    first, second = (Counter(fact[i] for fact in kind.facts) for i in (0, 1))
    assert len((first - second) + (second - first)) == 2, "all but the largest and the smallest"


def test_statements_are_balanced_and_negations_are_turned_around():
    rows = {row["id"]: row for row in statements()}
    by_group = Counter((row["group"], row["label"]) for row in rows.values())
    for kind in KINDS:
        for name in (kind.name, f"neg_{kind.name}"):
            assert by_group[name, "true"] == by_group[name, "false"] == len(kind.facts)
    for name, row in rows.items():
        if not row["group"].startswith("neg_"):
            denied = rows[f"neg_{name}"]
            assert denied["question"] == row["question"] and denied["label"] != row["label"]
            text = row["prompt"] + row["response"]
            assert " not " in denied["prompt"] + denied["response"] and " not " not in text


def test_wrong_answers_are_wrong():
    for row in FILES["questions"]():
        assert row["wrong"].lower() != row["answer"].lower(), row
        assert row["answer"] not in row["ask"].split(), row


def test_sentences_outlast_five_tokens():
    assert len(set(SENTENCES)) == len(SENTENCES) >= 100
    assert all(len(text.split()) >= 8 and text.endswith(".") for text in SENTENCES)


def test_thinning_keeps_questions_whole():
    rows = statements()
    few = thin_questions(rows, 5)
    assert Counter(row["group"] for row in few) == {row["group"]: 10 for row in rows}
    kept = {row["question"] for row in few}
    assert few == [row for row in rows if row["question"] in kept]


def test_published_statements():
    rows = published.statements(PUBLISHED)
    groups = Counter((row["group"], row["label"]) for row in rows)
    assert groups["cities", "true"] == groups["neg_cities", "false"] == 748
    assert groups["sp_en_trans", "true"] == groups["sp_en_trans", "false"] == 177
    assert len({row["id"] for row in rows}) == len(rows)
    first = rows[0]
    assert first["prompt"] + first["response"] == "The city of Krasnodar is in Russia."
    assert first["question"] == "cities-krasnodar"
    same = [row["group"] for row in rows if row["question"] == "cities-krasnodar"]
    assert Counter(same) == {"cities": 2, "neg_cities": 2}


def test_published_facts_and_questions(tmp_path):
    facts = published.truths(PUBLISHED)
    assert len(facts) > 290 and len({row["id"] for row in facts}) == len(facts)
    asked = published.questions(PUBLISHED)
    assert len(asked) == 748 and all(row["answer"] != row["wrong"] for row in asked)
    (tmp_path / "cities.csv").write_bytes((PUBLISHED / "cities.csv").read_bytes())
    assert len(published.truths(tmp_path)) == 748, "the true statements, where there is no list"


def test_published_files_that_are_none(tmp_path):
    with pytest.raises(SystemExit, match="no .csv file in"):
        published.statements(tmp_path)
    (tmp_path / "a.csv").write_text("text,truth\nx,1\n")
    with pytest.raises(SystemExit, match="a.csv has no columns statement and label"):
        published.statements(tmp_path)


def test_rows_are_read_as_they_were_written():
    assert rows_of(HERE / "questions.jsonl") == FILES["questions"]()
