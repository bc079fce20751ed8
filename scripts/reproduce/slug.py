"""Names for ids."""

from __future__ import annotations

import re
import unicodedata


def slug(text: str) -> str:
    """The text in small letters without accents, with - between words."""
    parts = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in parts if not unicodedata.combining(c))
    return re.sub(r"\W+", "-", plain).strip("-")
