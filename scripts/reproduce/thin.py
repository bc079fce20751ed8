"""Fewer rows, evenly from everywhere."""

from __future__ import annotations


def spaced(items: list, most: int) -> list:
    """At most so many of the items, evenly spaced."""
    if len(items) <= most:
        return items
    return [items[i * len(items) // most] for i in range(most)]


def thin_questions(rows: list[dict], most: int) -> list[dict]:
    """The rows of at most so many questions of each group; a group and its negation have the
    same questions."""
    by_group: dict[str, dict[str, None]] = {}
    for row in rows:
        by_group.setdefault(row["group"].removeprefix("neg_"), {})[row["question"]] = None
    kept = {q for questions in by_group.values() for q in spaced(list(questions), most)}
    return [row for row in rows if row["question"] in kept]
