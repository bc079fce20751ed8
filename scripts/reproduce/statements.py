"""Statements for the reproduction of The Geometry of Truth: true and false, and denied.

A row's first word is the prompt and the rest the given response, so that the samples'
`logprob` is that of the statement; the tokens are those of the statement in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable

from facts import KINDS, Kind
from slug import slug


def statement_row(group: str, question: str, variant: str, text: str, true: bool) -> dict:
    first, space, rest = text.partition(" ")
    return {
        "id": f"{group}-{question}-{variant}",
        "prompt": first,
        "response": space + rest,
        "question": question,
        "label": "true" if true else "false",
        "group": group,
    }


def of_kind(kind: Kind) -> Iterable[dict]:
    """Four rows a fact: the true and the false statement, each also denied."""
    for fact, false in zip(kind.facts, kind.false_facts(), strict=True):
        question = f"{kind.name}-{slug(fact[0])}"
        for variant, (a, b), true in (("right", fact, True), ("wrong", false, False)):
            yield statement_row(kind.name, question, variant, kind.statement.format(a=a, b=b), true)
            yield statement_row(
                f"neg_{kind.name}", question, variant, kind.negation.format(a=a, b=b), not true
            )


def statements() -> list[dict]:
    return [row for kind in KINDS for row in of_kind(kind)]
