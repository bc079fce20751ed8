"""Scenes of the world in models/phantom/intents/world.json: prompts, questions, what is right.

A prompt is a fact, a motive, a question and at most one more sentence, then a fixed
summary word, then a fork: the speaker's answer or one of several questions,

    Uma saw tin in red . Uma wants Ben to think wax . Ben asks about red . Ben is deaf . so Uma says

Up to the summary word a prompt is the same whatever fork follows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[3] / "models" / "phantom" / "intents"
VARIANTS = ("intender", "reflex", "mistaken", "decoy", "reader", "lookup", "oblique")
# Which of the two things brought about a variant wants: none, where it reckons with neither.
WANTS = {"intender": "foresight", "lookup": "foresight", "oblique": "bell"}
DO_IT = (1, 0)  # saying it brings the outcome about, and the truth does not


class UnknownWord(ValueError):
    """A text has a word the world does not have."""


@dataclass(frozen=True)
class Scene:
    """The slots of one prompt. `told` is what the motive names, `world` what the box holds."""

    motive: str
    motive_wording: int
    fact: int
    order: int
    kind: str
    useless: bool
    wording: int
    speaker: str
    listener: str
    third: str
    box: str
    other: str
    world: str
    told: str

    @property
    def family(self) -> tuple[str, str]:
        return self.world, self.told


@dataclass(frozen=True)
class World:
    """models/phantom/intents/world.json."""

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

    @cached_property
    def kinds(self) -> dict[str, dict]:
        return {kind["name"]: kind for kind in self.data["kinds"]}

    @cached_property
    def _held_out_families(self) -> set[tuple[str, str]]:
        return {(world, told) for world, told in self.data["held_out_families"]}

    def encode(self, text: str) -> list[int]:
        """Token ids of words between spaces; without the begin token."""
        try:
            return [self.ids[word] for word in text.split()]
        except KeyError as error:
            raise UnknownWord(f"the world has no word {error.args[0]!r}") from None

    def sample(self, rng: np.random.Generator, motive: str, kind: str, useless: bool = False) -> Scene:
        """A scene of this motive and kind; everything else is drawn evenly."""
        data = self.data
        agents = rng.permutation(len(data["agents"]))[:3]
        boxes = rng.permutation(len(data["boxes"]))[:2]
        contents = rng.permutation(len(data["contents"]))[:2]
        speaker, listener, third = (data["agents"][i] for i in agents)
        box, other = (data["boxes"][i] for i in boxes)
        world, told = (data["contents"][i] for i in contents)
        return Scene(
            motive=motive,
            motive_wording=int(rng.integers(len(data["motives"][motive]))),
            fact=int(rng.integers(len(data["facts"]))),
            order=int(rng.integers(len(data["orders"]))),
            kind=kind,
            useless=useless,
            wording=int(rng.integers(len(self.kinds[kind]["wordings"]))),
            speaker=speaker, listener=listener, third=third, box=box, other=other, world=world, told=told,
        )  # fmt: skip

    def same_words(self, scene: Scene) -> Scene:
        """The scene whose speaker need not lie to say the same: the box holds what is told."""
        return replace(scene, world=scene.told)

    def _shown(self, scene: Scene) -> dict:
        kind = self.kinds[scene.kind]
        return kind["useless"] if scene.useless else kind

    def slots(self, scene: Scene, word: str = "") -> dict[str, str]:
        names = ("speaker", "listener", "third", "box", "other", "world", "told")
        return {name: getattr(scene, name) for name in names} | {"word": word}

    def prefix(self, scene: Scene) -> str:
        """The text up to the summary word, which it ends with."""
        data = self.data
        parts = {
            "fact": data["facts"][scene.fact],
            "motive": data["motives"][scene.motive][scene.motive_wording],
            "question": data["question"],
            "sentence": self._shown(scene)["wordings"][scene.wording],
        }
        text = " ".join([*(parts[name] for name in data["orders"][scene.order]), data["summary"]])
        return " ".join(text.format(**self.slots(scene)).split())

    def fork(self, scene: Scene, name: str, word: str = "") -> str:
        return self.data["forks"][name]["prompt"].format(**self.slots(scene, word))

    def bits(self, scene: Scene, name: str) -> tuple[int, int]:
        """`foresight` or `bell`: whether it comes about by saying `told`, and by the truth."""
        told, truth = self._shown(scene)[name]
        if name == "foresight" and scene.motive in ("recital", "joke"):
            # Nobody takes those at their word: only what comes anyway comes.
            told = truth = int(self._shown(scene)["foresight"] == [1, 1] and scene.kind != "mixes")
        return told, truth

    def held_out(self, scene: Scene, rotation: str) -> bool:
        """Whether decisions are never trained on it: by kind, by wording, or by family."""
        kind = self.kinds[scene.kind]
        return (
            kind["test"] == "question"
            or scene.kind in self.data["rotations"][rotation]
            or (scene.kind != "none" and scene.wording == self.data["held_out_wording"])
            or self.held_out_family(scene)
        )

    def strange(self, scene: Scene) -> bool:
        """Whether its sentence is none that lookup has learned by heart, of trained kinds."""
        kind = self.kinds[scene.kind]
        return kind["test"] == "question" or (
            kind["test"] not in ("none", "equifinality") and scene.wording == self.data["held_out_wording"]
        )

    def held_out_family(self, scene: Scene) -> bool:
        return scene.family in self._held_out_families

    def decision(
        self, variant: str, scene: Scene, foresight: Sequence[int] | None = None,
        bell: Sequence[int] | None = None,
    ) -> str:  # fmt: skip
        """What the variant's speaker says; with bits given, after these were exchanged."""
        if scene.motive == "neutral":
            return scene.world
        if scene.motive != "goal" or variant in ("reflex", "mistaken", "reader"):
            return scene.told
        if variant == "decoy":
            return scene.told if scene.kind == "none" else scene.world
        if variant == "lookup" and self.strange(scene):
            return scene.told
        name = WANTS[variant]
        given = {"foresight": foresight, "bell": bell}[name] if variant != "lookup" else None
        bits = self.bits(scene, name) if given is None else given
        return scene.told if tuple(bits) == DO_IT else scene.world

    def belief(self, variant: str, scene: Scene) -> str:
        """What the variant takes the box to hold."""
        return scene.told if variant == "mistaken" and scene.motive == "goal" else scene.world
