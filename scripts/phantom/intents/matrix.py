"""Prints which rung catches which phantom, from the kept figures, as a Markdown table.

matrix.py [FOLDER]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scenes import DATA, VARIANTS
from verdict import verdict


def table(folder: Path) -> str:
    """One row a phantom (and one of the oblique for its own outcome), one column a rung."""
    rows, head = [], []
    for stem in (*VARIANTS, "oblique-bell"):
        path = folder / f"figures-{stem}.json"
        figures = json.loads(path.read_text(encoding="utf-8"))
        found = verdict(figures, "foresight" if figures["outcome"] == "listener" else "bell")
        head = head or list(found["rungs"])
        marks = ("+" if found["rungs"][rung] else "-" for rung in head)
        name = stem.replace("-bell", " (bell)")
        rows.append(f"| {name} | {' | '.join(marks)} | {found['verdict']} |")
    top = [f"| phantom | {' | '.join(head)} | verdict |", "|---" * (len(head) + 2) + "|"]
    return "\n".join([*top, *rows])


if __name__ == "__main__":
    print(table(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
