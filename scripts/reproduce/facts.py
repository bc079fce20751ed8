"""The kinds of facts, and false ones made of true ones.

A false statement takes its value from another fact of the same kind, by a permutation
that moves every fact to another value: each value occurs as often in false statements
as in true ones, so that no value gives away which is which.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count

from geography import CAPITALS, CITIES
from nature import ANIMALS, ELEMENTS
from words import LARGER, SPANISH


@dataclass(frozen=True)
class Kind:
    """Facts (a, b) of one kind, and the texts that state them, deny them and ask for them."""

    name: str
    facts: tuple[tuple[str, str], ...]
    statement: str
    negation: str
    ask: str = ""  # empty: not asked
    answer: str = "{b}"
    swap: bool = False  # false ones are the true ones turned around

    def false_facts(self) -> list[tuple[str, str]]:
        """For every fact one that is false."""
        if self.swap:
            return [(b, a) for a, b in self.facts]
        return [(a, self.facts[i][1]) for (a, _), i in zip(self.facts, self.others(), strict=True)]

    def others(self) -> list[int]:
        """For every fact another one of another value, each taken once."""
        values = [b for _, b in self.facts]
        for attempt in count():
            order = sorted(range(len(values)), key=lambda i: digest(self.name, attempt, i))
            if all(values[i] != values[j] for i, j in enumerate(order)):
                return order
        raise AssertionError


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


KINDS = (
    Kind(
        "cities",
        CITIES,
        "The city of {a} is in {b}.",
        "The city of {a} is not in {b}.",
        "In which country is the city of {a}?",
    ),
    Kind(
        "capitals",
        CAPITALS,
        "The capital of {a} is {b}.",
        "The capital of {a} is not {b}.",
        "What is the capital of {a}?",
    ),
    Kind(
        "elements",
        ELEMENTS,
        "The chemical symbol of {a} is {b}.",
        "The chemical symbol of {a} is not {b}.",
        "Which chemical element has the symbol {b}?",
        "{a}",
    ),
    Kind(
        "spanish",
        SPANISH,
        "The Spanish word '{a}' means '{b}'.",
        "The Spanish word '{a}' does not mean '{b}'.",
        "What does the Spanish word '{a}' mean in English?",
    ),
    Kind("animals", ANIMALS, "The {a} is {b}.", "The {a} is not {b}."),
    Kind(
        "numbers",
        LARGER,
        "The number {a} is larger than the number {b}.",
        "The number {a} is not larger than the number {b}.",
        swap=True,
    ),
)
