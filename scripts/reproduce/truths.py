"""True facts, to be said by an assistant that is told to be honest or dishonest."""

from __future__ import annotations

from facts import KINDS
from sentences import SENTENCES
from slug import slug


def fact_row(question: str, group: str, text: str) -> dict:
    return {"id": question, "question": question, "group": group, "statement": text}


def truths() -> list[dict]:
    rows = [fact_row(f"fact-{n:03}", "sentences", text) for n, text in enumerate(SENTENCES, 1)]
    for kind in KINDS:
        for a, b in kind.facts:
            text = kind.statement.format(a=a, b=b)
            rows.append(fact_row(f"{kind.name}-{slug(a)}", kind.name, text))
    return rows
