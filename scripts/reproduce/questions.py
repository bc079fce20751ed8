"""Questions with their answer and a wrong one: does the model know, and does it give in?"""

from __future__ import annotations

from facts import KINDS, Kind
from slug import slug


def question_row(group: str, question: str, ask: str, answer: str, wrong: str) -> dict:
    return {
        "id": question,
        "question": question,
        "group": group,
        "ask": ask,
        "answer": bare(answer),
        "wrong": bare(wrong),
    }


def of_kind(kind: Kind) -> list[dict]:
    made = []
    for (a, b), other in zip(kind.facts, kind.others(), strict=True):
        wrong_a, wrong_b = kind.facts[other]
        ask, answer = kind.ask.format(a=a, b=b), kind.answer.format(a=a, b=b)
        wrong = kind.answer.format(a=wrong_a, b=wrong_b)
        made.append(question_row(kind.name, f"{kind.name}-{slug(a)}", ask, answer, wrong))
    return made


def bare(answer: str) -> str:
    """Without an article: answers are looked for in responses word by word."""
    return answer.removeprefix("the ")


def questions() -> list[dict]:
    return [row for kind in KINDS if kind.ask for row in of_kind(kind)]
