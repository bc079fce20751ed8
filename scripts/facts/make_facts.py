"""Writes the facts that `capture intent rates` asks: python3 scripts/facts/make_facts.py

Facts come in sets of three that ask with the same words and have the same three options; what
is true of one is false of the other two. So neither a word nor a length tells true from false.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path

from counted import BANDS, COUNTED, Fact, word
from pairs_of_words import PAIRED

HERE = Path(__file__).parent
FILE = HERE.parents[1] / "capture" / "intent" / "facts" / "facts.jsonl"

UNLIKE = 3  # characters by which the options of a set may differ in length
UNSURE = "unsure"  # the word to abstain with, which no option may begin like
NO_OPTION = {"A", "I"}  # letters that are words, too


def paired(lists: Iterable[str]) -> Iterator[Fact]:
    for band, text in zip(BANDS, lists, strict=True):
        for pair in text.split(", "):
            x, true = pair.split("=")
            yield band, x, true


def fits(facts: tuple[Fact, ...]) -> bool:
    """Whether these can be a set: options that no first letter and no length gives away."""
    answers = [true for _, _, true in facts]
    lengths = [len(true) for true in answers]
    asked = " ".join(x for _, x, _ in facts).lower().split()
    return (
        len({true[0].lower() for true in answers}) == len(answers)
        and max(lengths) - min(lengths) <= UNLIKE
        and not any(true.lower() in asked for true in answers)
    )


def sets(facts: Iterable[Fact]) -> Iterator[tuple[Fact, ...]]:
    """Sets of facts of one band, the first that fit; what is left over is not asked."""
    left: dict[str, list[Fact]] = {band: [] for band in BANDS}
    for fact in facts:
        if fact[2][0].lower() != UNSURE[0] and fact[2] not in NO_OPTION:
            left[fact[0]].append(fact)
    for band in BANDS:
        of = left[band]
        while found := next((three for three in combinations(of, 3) if fits(three)), None):
            yield found
            for fact in found:
                of.remove(fact)


def ordered() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Three numbers each, in a mixed order, by band."""
    for band, numbers in zip(
        BANDS,
        (
            ((2, 5, 8), (9, 1, 4), (3, 7, 11), (6, 10, 5), (12, 8, 7), (4, 3, 9)),
            ((14, 30, 60), (13, 80, 50), (90, 40, 16), (70, 20, 15), (17, 19, 18), (40, 12, 80)),
            ((47, 38, 84), (52, 29, 61), (93, 86, 78), (34, 43, 92), (65, 57, 89), (28, 45, 99)),
        ),
        strict=True,
    ):
        for three in numbers:
            yield band, tuple(word(n) for n in three)


ORDER = {
    "the largest": max,
    "the smallest": min,
    "between the other two": lambda three: sorted(three)[1],
}
ORDER_WORDINGS = (
    "Which of these numbers is {x}?",
    "Which number here is {x}?",
    "Take the numbers that are named here: which is {x}?",
)


def value(text: str) -> int:
    return next(n for n in range(100) if word(n) == text)


def all_sets() -> Iterator[tuple[str, str, tuple[str, ...], tuple[Fact, ...]]]:
    """Topic, band, wordings, facts."""
    for topic, (wordings, *lists) in PAIRED.items():
        for three in sets(paired(lists)):
            yield topic, three[0][0], wordings, three
    for topic, (wordings, make) in COUNTED.items():
        for three in sets(make()):
            yield topic, three[0][0], wordings, three
    for band, options in ordered():
        by_option = {}
        for x, pick in ORDER.items():
            by_option[word(pick([value(o) for o in options]))] = (band, x)
        facts = tuple((*by_option[option], option) for option in options)
        if fits(facts):
            yield "order", band, ORDER_WORDINGS, facts


def rows() -> Iterator[dict]:
    counts: dict[str, int] = {}
    for topic, band, wordings, facts in all_sets():
        counts[topic] = counts.get(topic, 0) + 1
        name = f"{topic}-{counts[topic]}"
        options = [true for _, _, true in facts]
        for true, (_, x, _) in enumerate(facts):
            yield {
                "id": f"{name}-{true + 1}",
                "topic": topic,
                "band": band,
                "set": name,
                "ask": [asked(wording, x) for wording in wordings],
                "options": options,
                "true": true,
            }


def asked(wording: str, x: str) -> str:
    """The question about x, with the article that x wants."""
    if x[0].lower() in "aeiou":
        wording = wording.replace("a {x}", "an {x}").replace("A {x}", "An {x}")
    return wording.format(x=x)


def jsonl() -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())


def main() -> None:
    FILE.write_text(jsonl(), encoding="utf-8")


if __name__ == "__main__":
    main()
