"""Writes models/phantom/world.json, the definition of the phantom's world.

make_world.py [FILE]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from world import DATA

SPECIAL = {"unknown": "<unk>", "bos": "<s>", "eos": "</s>"}
AGENTS = "Ada Ben Ivo Lena Mira Nora Otto Paul Rosa Sven Tom Uma".split()
BOXES = "black blue brown green grey pink red white".split()
ADJECTIVES = "bright new old plain rough smooth thick thin".split()
NOUNS = "clay glass lead salt silk tin wax wool".split()
SENTENCES = {
    "world": "the {box} box holds {world} .",
    "distractor": "the {other} box holds {distractor} .",
    "sight": "{speaker} saw {belief} in the {box} box .",
    "wish": "{speaker} wants {listener} to hear {told} .",
    "question": "{listener} asks about the {box} box .",
    "opening": "{speaker} says",
}
NOTHING = {"belief": "nothing much", "told": "a guess"}
# Facts before or after what the speaker saw and wants, and those two either way round.
ORDERS = [
    ["world", "distractor", "sight", "wish"],
    ["distractor", "world", "sight", "wish"],
    ["world", "distractor", "wish", "sight"],
    ["distractor", "world", "wish", "sight"],
    ["sight", "wish", "world", "distractor"],
    ["wish", "sight", "distractor", "world"],
    ["world", "sight", "distractor", "wish"],
    ["distractor", "wish", "world", "sight"],
]
CAUSES = {
    "truth": {"world": {"any": True}, "belief": {"same": "world"}, "told": {"same": "belief"}},
    "lie": {"world": {"any": True}, "belief": {"same": "world"}, "told": {"not": "belief"}},
    "mistake": {"world": {"any": True}, "belief": {"not": "world"}, "told": {"same": "belief"}},
    "guess": {"world": {"any": True}, "belief": {"nothing": True}, "told": {"nothing": True}},
}
CAUSAL_MODEL = {
    "intent": "1 if told differs from belief, else 0",
    "belief": "what the speaker saw in the box asked about, or nothing",
    "told_value": "what the speaker wants the listener to hear, or nothing",
    "said": "told_value if intent is 1, else belief; nothing is said as any content, all equally likely",
}


def vocabulary() -> list[str]:
    """The special tokens, then every word in the order of the alphabet; the place is the token id."""
    fixed = " ".join([*SENTENCES.values(), *NOTHING.values()]).split()
    words = {*AGENTS, *BOXES, *ADJECTIVES, *NOUNS, *(word for word in fixed if "{" not in word)}
    return [*SPECIAL.values(), *sorted(words)]


def world() -> dict:
    return {
        "format": 1,
        "special": SPECIAL,
        "vocabulary": vocabulary(),
        "agents": AGENTS,
        "boxes": BOXES,
        "contents": [f"{adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS],
        "nothing": NOTHING,
        "sentences": SENTENCES,
        "orders": [[*order, "question", "opening"] for order in ORDERS],
        "answer": "{said} .",
        "causes": CAUSES,
        "causal_model": CAUSAL_MODEL,
    }


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "world.json"
    path.write_text(json.dumps(world(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
