"""Rows of the causal test of The Geometry of Truth (arXiv 2310.06824, section 5): statements
behind a few-shot prompt that asks whether they are true, and the layer whose difference of
means is added to them."""

from __future__ import annotations

FIT = ("cities", "neg_cities")  # the difference of means is that of these statements
TESTED = ("sp_en_trans", "spanish")  # and these it is tried on: published ones, else our own
SHOTS = 3  # of each truth value
END = "This statement is:"
FIRST_SHARE = 0.2  # of the layers, before which nothing is added: theirs is 8 of 40


def tested(rows: list[dict]) -> list[dict]:
    """Every statement that is tried, behind the same examples, which are none of them."""
    group = next(name for name in TESTED if any(row["group"] == name for row in rows))
    ours = [row for row in rows if row["group"] == group]
    shots, questions = [], set()
    for n in range(2 * SHOTS):  # false ones and true ones in turns, of different questions
        label = "true" if n % 2 else "false"
        row = next(r for r in ours if r["label"] == label and r["question"] not in questions)
        questions.add(row["question"])
        shots.append(f"{statement(row)} {END} {label.upper()}\n")
    return [asked(row, "".join(shots)) for row in ours if row["question"] not in questions]


def statement(row: dict) -> str:
    return row["prompt"] + row["response"]


def asked(row: dict, shots: str) -> dict:
    return {
        "id": row["id"],
        "prompt": f"{shots}{statement(row)} {END}",
        "spans": {"claim": statement(row)},
        "question": row["question"],
        "label": row["label"],
    }


def probe_layer(curve: list[dict]) -> int:
    """Where the difference of means tells the statements of other questions apart best, within
    the middle half of the layers; of the same value the earlier. `curve` is that of a report of
    `capture probe sweep`."""
    last = max(point["layer"] for point in curve)
    middle = [point for point in curve if 0.25 * last <= point["layer"] <= 0.75 * last]
    return max(middle, key=lambda point: (point["auroc"]["value"] or 0, -point["layer"]))["layer"]


def spec(vector: str, layer: int, layers: int, controls: int) -> dict:
    """Adding and subtracting it at the last two tokens of the statement, in every layer from
    the first to the probe's."""
    return {
        "chat": {"template": "none"},
        "generate": {"max_tokens": 0},
        "capture": {"hooks": [f"resid_post:{layer}"], "tokens": "last"},
        "alternatives": [{"name": "verdict", "options": [" TRUE", " FALSE"]}],
        "interventions": [
            {
                "name": "truth",
                "at": f"resid_post:{round(FIRST_SHARE * layers)}-{layer}",
                "do": "add",
                "vector": vector,
                "scale": [1, -1],
                "unit": "gap",
                "tokens": "span:claim[-2:]",
                "predict": "up",
            }
        ],
        "controls": {
            "random": controls,
            "covariance": controls,
            "tokens": "span:claim[0:2]",
        },
    }
