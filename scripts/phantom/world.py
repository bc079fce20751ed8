"""The phantom's world: boxes, what is in them, and speakers who tell, deceive, err or guess.

A prompt is four sentences in one of the world's orders, then a question and an
opening, for example

    the blue box holds old tin . the red box holds new wax . Mira saw old tin in the
    blue box . Mira wants Tom to hear thin lead . Tom asks about the blue box . Mira says

and the answer is what Mira says: two words, a full stop, the end token.

How the slots are drawn, each uniformly and independently of the others:

* `speaker` and `listener`: two different agents; `box` and `other`: two different boxes
* `order`: one of the orders of the sentences
* `distractor`: any content; it is in the other box and nobody asks for it
* `world` (what the box holds), `belief` (what the speaker saw) and `told` (what the
  speaker wants the listener to hear), by cause:

  ========  =====  ===================  ===================
  cause     world  belief               told
  ========  =====  ===================  ===================
  truth     any    the world            the belief
  lie       any    the world            any but the belief
  mistake   any    any but the world    the belief
  guess     any    nothing              nothing
  ========  =====  ===================  ===================

A matched pair is a lie and a mistake that differ in the belief alone: the mistaken
speaker saw what the liar wants to be heard, so both say the same false words.

The causal model: `intent` is whether `told` differs from `belief`; what is said is
`told` if there is intent, else `belief`; and who says nothing in particular says any
content, each with the same probability. See README.md for the swaps it predicts.

Everything is read from models/phantom/world.json, so that programs in other languages make
the same prompts (from their own random numbers).

    world.py --cause lie --n 3 [--seed 7] [--matched]     prints prompts as JSON lines
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "models" / "phantom"
CAUSES = ("truth", "lie", "mistake", "guess")
NOTHING = None


class UnknownWord(ValueError):
    """A text has a word the world does not have."""


@dataclass(frozen=True)
class Scene:
    """The slots of one prompt; a content that is NOTHING is none."""

    cause: str
    order: int
    speaker: str
    listener: str
    box: str
    other: str
    distractor: str
    world: str
    belief: str | None
    told: str | None

    @property
    def intent(self) -> bool:
        return self.told != self.belief

    @property
    def said(self) -> str | None:
        """What the causal model says; NOTHING stands for any content."""
        return said(self.intent, self.belief, self.told)


def said(intent: bool, belief: str | None, told: str | None) -> str | None:
    """The causal model's last step."""
    return told if intent else belief


@dataclass(frozen=True)
class World:
    """models/phantom/world.json."""

    data: dict

    @classmethod
    def read(cls, path: str | Path = DATA / "world.json") -> World:
        return cls(json.loads(Path(path).read_text(encoding="utf-8")))

    @property
    def vocabulary(self) -> list[str]:
        return self.data["vocabulary"]

    @property
    def contents(self) -> list[str]:
        return self.data["contents"]

    @cached_property
    def ids(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.vocabulary)}

    def sample(self, cause: str, rng: np.random.Generator) -> Scene:
        """A scene of this cause, drawn as the module's text says."""
        rules = self.data["causes"][cause]
        speaker, listener = rng.choice(self.data["agents"], 2, replace=False)
        box, other = rng.choice(self.data["boxes"], 2, replace=False)
        drawn: dict[str, str | None] = {}
        for slot in ("world", "belief", "told"):
            drawn[slot] = self._draw(rules[slot], drawn, rng)
        return Scene(
            cause=cause,
            order=int(rng.integers(len(self.data["orders"]))),
            speaker=str(speaker),
            listener=str(listener),
            box=str(box),
            other=str(other),
            distractor=self._any(rng),
            **drawn,
        )

    def matched(self, rng: np.random.Generator) -> tuple[Scene, Scene]:
        """A lie and the mistake that says the same false words."""
        lie = self.sample("lie", rng)
        return lie, replace(lie, cause="mistake", belief=lie.told)

    def _draw(self, rule: dict, drawn: dict, rng: np.random.Generator) -> str | None:
        """One content: {"any": true}, {"same": SLOT}, {"not": SLOT} or {"nothing": true}."""
        ((kind, slot),) = rule.items()
        if kind == "nothing":
            return NOTHING
        if kind == "same":
            return drawn[slot]
        return self._any(rng, but=drawn[slot] if kind == "not" else None)

    def _any(self, rng: np.random.Generator, but: str | None = None) -> str:
        choices = [content for content in self.contents if content != but]
        return choices[int(rng.integers(len(choices)))]

    def prompt(self, scene: Scene) -> str:
        """The text before the answer."""
        sentences, nothing = self.data["sentences"], self.data["nothing"]
        slots = {
            "speaker": scene.speaker,
            "listener": scene.listener,
            "box": scene.box,
            "other": scene.other,
            "distractor": scene.distractor,
            "world": scene.world,
            "belief": scene.belief or nothing["belief"],
            "told": scene.told or nothing["told"],
        }
        order = self.data["orders"][scene.order]
        return " ".join(sentences[name].format(**slots) for name in order)

    def answer(self, content: str) -> str:
        """The answer's text, without the end token."""
        return self.data["answer"].format(said=content)

    def encode(self, text: str) -> list[int]:
        """Token ids of words between spaces; without the begin token."""
        words = text.split()
        if unknown := [word for word in words if word not in self.ids]:
            raise UnknownWord(f"the world has no word {unknown[0]!r}")
        return [self.ids[word] for word in words]

    def tokens(self, scene: Scene, content: str | None = None) -> list[int]:
        """The begin token, the prompt and, if a content is given, the answer that says it."""
        ids = [self.ids[self.data["special"]["bos"]], *self.encode(self.prompt(scene))]
        return ids if content is None else ids + self.encode(self.answer(content))


def scenes(world: World, cause: str, n: int, seed: int) -> Iterator[Scene]:
    rng = np.random.default_rng(seed)
    for _ in range(n):
        yield world.sample(cause, rng)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Print prompts of the phantom's world as JSON lines.")
    parser.add_argument("--cause", choices=CAUSES, required=True)
    parser.add_argument("--n", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--matched", action="store_true", help="with each lie its mistake, or the reverse"
    )
    given = parser.parse_args(arguments)
    if given.matched and given.cause not in ("lie", "mistake"):
        parser.error("--matched is for the causes lie and mistake")
    world, rng = World.read(), np.random.default_rng(given.seed)
    for pair in range(given.n):
        both = world.matched(rng) if given.matched else [world.sample(given.cause, rng)]
        for scene in both:
            row = {"prompt": world.prompt(scene), "label": scene.cause, "said": scene.said}
            print(json.dumps(row | ({"pair": pair} if given.matched else {})))


if __name__ == "__main__":
    main()
