"""What a notebook leaves beside its plots."""

from __future__ import annotations

import json
import math
from pathlib import Path


def save(out: Path, numbers: dict) -> None:
    """Writes numbers.json; what is not a number is null there."""
    text = json.dumps(plain(numbers), indent=1, ensure_ascii=False, allow_nan=False)
    (out / "numbers.json").write_text(text + "\n", encoding="utf-8")


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return round(value, 6) if isinstance(value, float) else value


def between(found: dict) -> str:
    """An AUROC as text, with its interval and what it stands on."""
    n = f"n = {found['n1']} and {found['n0']}, {found['questions']} questions"
    if math.isnan(found["auroc"]):
        return f"no AUROC ({n})"
    return f"AUROC {found['auroc']:.3f} [{found['low']:.3f}, {found['high']:.3f}] ({n})"
