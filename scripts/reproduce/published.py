"""Statements as published: CSV files with the columns statement and label (1 true, 0
false) and whatever else, NAME.csv and its negation neg_NAME.csv, as The Geometry of
Truth has them, and true_facts.json, a list of true sentences."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from facts import digest
from questions import question_row
from slug import slug
from statements import statement_row
from truths import fact_row


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"statement", "label"} <= rows[0].keys():
        raise SystemExit(f"error: {path} has no columns statement and label")
    return rows


def csv_files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.csv"))
    if not found:
        raise SystemExit(f"error: no .csv file in {folder}\nhint: name the folder that has them")
    return found


def subject(row: dict[str, str]) -> str:
    """What a statement is about: its rows are one question. The first further column, else
    what stands in quotes, else the statement itself."""
    for key, value in row.items():
        if key not in ("statement", "label") and value:
            return value
    quoted = re.search(r"'([^']+)'", row["statement"])
    return quoted.group(1) if quoted else row["statement"]


def statements(folder: Path) -> list[dict]:
    made = []
    for path in csv_files(folder):
        kind = path.stem.removeprefix("neg_")
        for n, row in enumerate(read_csv(path)):
            question = f"{kind}-{slug(subject(row))}"
            true = row["label"].strip() == "1"
            made.append(
                statement_row(path.stem, question, f"{n:05}", row["statement"].strip(), true)
            )
    return made


def truths(folder: Path) -> list[dict]:
    """Of true_facts.json, else the true statements of the CSV files that are no negations."""
    path = folder / "true_facts.json"
    if path.exists():
        texts = list(dict.fromkeys(json.loads(path.read_text("utf-8"))))
        return [fact_row(f"fact-{n:04}", path.stem, text.strip()) for n, text in enumerate(texts)]
    return [
        fact_row(row["id"], row["group"], row["prompt"] + row["response"])
        for row in statements(folder)
        if row["label"] == "true" and not row["group"].startswith("neg_")
    ]


def questions(folder: Path) -> list[dict]:
    """Of cities.csv: in which country is the city? The wrong one is that of its false row."""
    right, wrong = {}, {}
    for row in read_csv(folder / "cities.csv"):
        right[row["city"]] = row["correct_country"]
        if row["label"].strip() == "0":
            wrong[row["city"]] = row["country"]
    countries = sorted(set(right.values()))
    made = []
    for city, country in right.items():
        others = [other for other in countries if other != country]
        fallback = others[int.from_bytes(digest(city)[:4], "big") % len(others)]
        ask = f"In which country is the city of {city}?"
        other = wrong.get(city, fallback)
        made.append(question_row("cities", f"cities-{slug(city)}", ask, country, other))
    return list({row["id"]: row for row in made}.values())
