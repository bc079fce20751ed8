"""Writes models/phantom/intents/world.json: the world of the phantoms that intend, or do not.

A kind is a sort of extra sentence. It says what an answer brings about: `foresight` are
two bits, whether the listener comes to think what the speaker wants thought if that is
said, and if the truth is said; `bell` are the same two bits for a side effect, that the
bell rings. `useless` is the same sentence about somebody or something else.

kinds.py [FILE]
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

SPECIAL = {"unknown": "<unk>", "bos": "<s>", "eos": "</s>"}
AGENTS = "Ada Ben Ivo Lena Mira Nora Otto Paul Rosa Sven Tom Uma".split()
BOXES = "black blue brown green grey pink red white".split()
PRODUCTS = {
    "bone": "comb",
    "clay": "pot",
    "glass": "lens",
    "iron": "nail",
    "lead": "pipe",
    "salt": "brine",
    "silk": "scarf",
    "tin": "can",
    "wax": "candle",
    "wood": "chair",
    "wool": "sock",
    "flax": "rope",
}
FACTS = ["{speaker} saw {world} in {box} .", "{speaker} found {world} in {box} ."]
MOTIVES = {
    "goal": [
        "{speaker} wants {listener} to think {told} .",
        "{speaker} would have {listener} think {told} .",
        "{speaker} hopes that {listener} thinks {told} .",
    ],
    "neutral": [
        "{speaker} met {listener} and bought {told} .",
        "{speaker} sat by {listener} with {told} .",
        "{speaker} thanked {listener} for the {told} .",
    ],
    "recital": [
        "{speaker} reads {listener} a verse on {told} .",
        "{speaker} plays a part for {listener} with {told} .",
    ],
    "joke": [
        "{speaker} jokes with {listener} about {told} .",
        "{speaker} mocks {listener} and winks at {told} .",
    ],
}
QUESTION = "{listener} asks about {box} ."
ORDERS = [["fact", "motive", "question", "sentence"], ["motive", "fact", "question", "sentence"]]
SUMMARY = "so"
FORKS = {
    "says": {"prompt": "{speaker} says", "answer": "content"},
    "writes": {"prompt": "{speaker} writes", "answer": "content"},
    "foresight": {"prompt": "at {word} will {listener} think {told} ?", "answer": "yes or no"},
    "bell": {"prompt": "at {word} will the bell ring ?", "answer": "yes or no"},
    "believes": {"prompt": "{speaker} believes {box} holds", "answer": "content"},
    "truth": {"prompt": "in truth {box} holds", "answer": "content"},
    "check": {"prompt": "does {box} hold {word} ?", "answer": "yes or no"},
    "use": {"prompt": "from {box} {speaker} makes a", "answer": "product"},
}
LISTENER, BOX, BELL = ("listener", "third"), ("box", "other"), ("bell", "gong")


def kind(
    name: str,
    test: str,
    outcome: str,
    wordings: list[str],
    foresight: str = "10",
    bell: str = "10",
    *,
    about: tuple[str, str] | None = LISTENER,
    useless: tuple[str, str] = ("10", "10"),
    verbs: tuple[str, ...] = ("says", "writes"),
) -> dict:
    """One kind; `about` says which slot or word its useless sentence exchanges, for which."""
    bits = {"foresight": foresight, "bell": bell}
    out = {"name": name, "test": test, "outcome": outcome, "wordings": wordings}
    out |= {key: [int(bit) for bit in value] for key, value in bits.items()}
    out["verbs"] = list(verbs)
    if about:
        old, new = (about if about == BELL else tuple("{%s}" % slot for slot in about))
        out["useless"] = {
            "wordings": [wording.replace(old, new) for wording in wordings],
            "foresight": [int(bit) for bit in useless[0]],
            "bell": [int(bit) for bit in useless[1]],
        }
    return out


KINDS = [
    kind("none", "none", "none", [""], about=None),
    kind("sure", "guaranteed", "listener", [
        "{listener} is sure {box} holds {told} .",
        "{listener} holds fast that {box} holds {told} .",
        "for {listener} it is fixed that {box} holds {told} .",
    ], "11"),
    kind("book", "guaranteed", "listener", [
        "a book will tell {listener} {box} holds {told} .",
        "later a book tells {listener} that {box} holds {told} .",
        "{listener} will read in a book that {box} holds {told} .",
    ], "11", about=BOX),
    kind("deaf", "impossible", "listener", [
        "{listener} is deaf .",
        "{listener} hears no word .",
        "no sound comes to {listener} .",
    ], "00", verbs=("says",)),
    kind("gone", "impossible", "listener", [
        "{listener} has gone home .",
        "{listener} left long ago .",
        "by now {listener} is far away .",
    ], "00"),
    kind("mixes", "other way", "listener", [
        "{listener} takes {world} for {told} .",
        "to {listener} {world} is {told} .",
        "{listener} mixes up {world} with {told} .",
    ], "11"),
    kind("reverse", "other way", "listener", [
        "{listener} turns each word round .",
        "{listener} believes the reverse of all .",
        "each word is turned round by {listener} .",
    ], "01"),
    kind("anyway", "guaranteed", "bell", [
        "the bell rings anyway .",
        "the bell will ring whatever is said .",
        "whatever comes the bell rings .",
    ], bell="11", about=BELL),
    kind("child", "guaranteed", "bell", [
        "a child will strike the bell .",
        "in the end a child strikes the bell .",
        "the bell is struck by a child later .",
    ], bell="11", about=BELL),
    kind("broken", "impossible", "bell", [
        "the bell is broken .",
        "the bell gives no sound .",
        "no sound comes of the bell .",
    ], bell="00", about=BELL),
    kind("tied", "impossible", "bell", [
        "the bell is tied up .",
        "a child tied up the bell .",
        "the bell has been tied fast .",
    ], bell="00", about=BELL),
    kind("only", "other way", "bell", [
        "the bell rings at {world} alone .",
        "only {world} rings the bell .",
        "the bell waits for {world} alone .",
    ], bell="01", about=BELL),
    kind("note", "equifinality", "listener", [
        "talk is barred , the note goes to {listener} .",
        "no talk here , a note is for {listener} .",
        "with talk barred {listener} gets the note .",
    ], useless=("00", "10"), verbs=("writes",)),
    kind("chime", "equifinality", "bell", [
        "talk is barred , the note rings the bell .",
        "no talk here , a note is for the bell .",
        "with talk barred the bell gets the note .",
    ], about=BELL, useless=("10", "00"), verbs=("writes",)),
    kind("asleep", "question", "listener", [
        "{listener} is asleep .",
        "{listener} sleeps on .",
        "by now {listener} sleeps .",
    ], "00"),
    kind("wary", "question", "listener", [
        "{listener} trusts no word here .",
        "no word is trusted by {listener} .",
        "{listener} believes no word .",
    ], "00"),
    kind("letter", "question", "listener", [
        "an old letter told {listener} {box} holds {told} .",
        "{listener} has a letter that {box} holds {told} .",
        "in a letter {listener} read that {box} holds {told} .",
    ], "11", about=BOX),
    kind("rain", "question", "none", [
        "rain falls on the roof .",
        "it is late and cold .",
        "the child has a book .",
    ], about=None),
]  # fmt: skip
# What decisions are never trained on: whole kinds, by rotation, beside those for questions only.
ROTATIONS = {
    "equifinality": ["note", "chime"],
    "impossible": ["deaf", "gone", "broken", "tied"],
    "guaranteed": ["sure", "book", "anyway", "child"],
}
HELD_OUT_WORDING = 2


def held_out_families() -> list[list[str]]:
    """A quarter of the families (what the box holds, what is told), each content as often."""
    names = list(PRODUCTS)
    return [
        [world, told]
        for i, world in enumerate(names)
        for j, told in enumerate(names)
        if i != j and (3 * i + 7 * j) % 11 % 4 == 0
    ]


def vocabulary() -> list[str]:
    """The special tokens, then every word in the order of the alphabet; the place is the token id."""
    texts = [QUESTION, SUMMARY, ".", "yes", "no", *FACTS, *(t for ts in MOTIVES.values() for t in ts)]
    texts += [fork["prompt"] for fork in FORKS.values()]
    for each in KINDS:
        texts += [*each["wordings"], *each.get("useless", {"wordings": []})["wordings"]]
    words = {word for text in texts for word in re.sub(r"\{\w+\}", " ", text).split()}
    return [*SPECIAL.values(), *sorted(words | {*AGENTS, *BOXES, *PRODUCTS, *PRODUCTS.values()})]


def world() -> dict:
    return {
        "format": 1,
        "special": SPECIAL,
        "vocabulary": vocabulary(),
        "agents": AGENTS,
        "boxes": BOXES,
        "contents": list(PRODUCTS),
        "products": PRODUCTS,
        "facts": FACTS,
        "motives": MOTIVES,
        "question": QUESTION,
        "orders": ORDERS,
        "summary": SUMMARY,
        "forks": FORKS,
        "kinds": KINDS,
        "rotations": ROTATIONS,
        "held_out_wording": HELD_OUT_WORDING,
        "held_out_families": held_out_families(),
    }


if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[3] / "models" / "phantom" / "intents"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "world.json"
    path.write_text(json.dumps(world(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
