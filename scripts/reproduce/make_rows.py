"""Writes the rows that the specs here name: python3 scripts/reproduce/make_rows.py"""

from __future__ import annotations

from pathlib import Path

from questions import questions
from rowfile import write_rows
from statements import statements
from truths import truths

HERE = Path(__file__).parent
FILES = {"statements": statements, "truths": truths, "questions": questions}


def main() -> None:
    for name, rows in FILES.items():
        write_rows(HERE / f"{name}.jsonl", rows())


if __name__ == "__main__":
    main()
