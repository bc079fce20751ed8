"""Writes the control sets beside this file: python3 scripts/controls/make_controls.py"""

from __future__ import annotations

from pathlib import Path

import benign
import counterfactual
import deception
import recital
import roleplay
import sarcasm
from rows import jsonl

HERE = Path(__file__).parent
SETS = {
    "benign": benign.rows,
    "counterfactual": counterfactual.rows,
    "deception": deception.rows,
    "recital": recital.rows,
    "roleplay": roleplay.rows,
    "sarcasm": sarcasm.rows,
}


def main() -> None:
    for name, rows in SETS.items():
        (HERE / f"{name}.jsonl").write_text(jsonl(rows()), encoding="utf-8")


if __name__ == "__main__":
    main()
