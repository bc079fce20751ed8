"""A row of a control set, and what the sets share."""

from __future__ import annotations

import json
from collections.abc import Iterable


def row(
    control: str,
    group: str,
    question: str,
    variant: str,
    user: str,
    *,
    label: str,
    system: str | None = None,
    answer: str | None = None,
) -> dict:
    """A row as capture reads it: `question` is the same for all rows that ask the same thing."""
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": user})
    question = f"{control}-{question}"
    made = {"id": f"{question}-{variant}", "messages": messages, "question": question}
    made |= {"label": label, "group": group}
    return made if answer is None else made | {"answer": answer}


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[0].upper() + text[1:]


def jsonl(rows: Iterable[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
