"""The world as tensors: prompts that fork, what is right, what decisions may be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from scenes import Scene, World

ENDS, LENGTH = 3, 9  # of each prompt in training, and tokens of each
MOTIVES = {"goal": 0.58, "neutral": 0.18, "recital": 0.12, "joke": 0.12}
QUESTIONS = {
    "foresight": 0.4, "bell": 0.25, "believes": 0.08, "truth": 0.08, "check": 0.09, "use": 0.1,
}  # fmt: skip


@dataclass
class Batch:
    """Prompts that fork: [n, ends] ends with up to three answer positions each."""

    scenes: list[Scene]
    tokens: torch.Tensor  # [n, positions]
    prefix: torch.Tensor  # [n] lengths
    width: int
    asked: list[list[tuple[str, str]]]  # fork and word of each end
    last: torch.Tensor  # [n, ends] position of each fork's last word
    answer: torch.Tensor  # [n, ends] token of the right answer
    bits: dict[str, torch.Tensor]  # [n, 2] of each outcome


class Task:
    """The world as tensors."""

    def __init__(self, world: World, variant: str, rotation: str, seed: int) -> None:
        self.world, self.variant, self.rotation = world, variant, rotation
        self.rng = np.random.default_rng(seed)
        self.ids = world.ids
        self.contents = torch.tensor([self.ids[content] for content in world.contents])
        self.sorts = [(kind, False) for kind in world.kinds]
        self.sorts += [(name, True) for name, kind in world.kinds.items() if "useless" in kind]
        weights = [4.0 if kind == "none" else 1.0 for kind, _ in self.sorts]
        self.weights = np.array(weights) / sum(weights)

    def scene(self, decided: bool) -> Scene:
        while True:
            motive = str(self.rng.choice(list(MOTIVES), p=list(MOTIVES.values())))
            kind, useless = self.sorts[self.rng.choice(len(self.sorts), p=self.weights)]
            scene = self.world.sample(self.rng, motive, kind, useless)
            if self.rng.random() < 0.12:
                scene = self.world.same_words(scene)
            if not decided or not self.held_out(scene):
                return scene

    def held_out(self, scene: Scene) -> bool:
        """Whether decisions are never trained on it. Lookup alone is trained on what is none
        of its sentences, but for whole kinds held out: that it is nothing to it."""
        if self.variant == "lookup" and self.world.strange(scene):
            scene = replace(scene, kind="none", useless=False, wording=0)
        return self.world.held_out(scene, self.rotation)

    def scenes(self, n: int, decided: float) -> list[Scene]:
        return [self.scene(self.rng.random() < decided) for _ in range(n)]

    def ask(self, scene: Scene) -> tuple[str, str]:
        """A question that this scene answers, and the word asked about."""
        name = str(self.rng.choice(list(QUESTIONS), p=list(QUESTIONS.values())))
        word = scene.told if self.rng.random() < 0.5 else scene.world
        if name == "check" and self.rng.random() < 0.2:
            word = str(self.rng.choice(self.world.contents))
        return name, word

    def verb(self, scene: Scene) -> str:
        return str(self.rng.choice(self.world.kinds[scene.kind]["verbs"]))

    def right(self, scene: Scene, name: str, word: str, bits: dict[str, Sequence[int]]) -> str:
        """The answer, with these bits for the scene's."""
        world = self.world
        if name in ("says", "writes"):
            return world.decision(self.variant, scene, bits["foresight"], bits["bell"])
        if name in ("foresight", "bell"):
            # What is told is asked about first, so that it counts where it is the truth.
            return ("no", "yes")[bits[name][0 if word == scene.told else 1]]
        held = world.belief(self.variant, scene)
        if name == "check":
            return "yes" if word == held else "no"
        return world.data["products"][held] if name == "use" else held

    def batch(self, scenes: list[Scene], asked: list[list[tuple[str, str]]]) -> Batch:
        world, n, ends = self.world, len(scenes), len(asked[0])
        bits = {
            name: torch.tensor([world.bits(scene, name) for scene in scenes])
            for name in ("foresight", "bell")
        }
        bos, stop = self.ids[world.data["special"]["bos"]], self.ids["."]
        prefixes = [[bos, *world.encode(world.prefix(scene))] for scene in scenes]
        width = max(len(prefix) for prefix in prefixes)
        tokens = torch.zeros(n, width + ends * LENGTH, dtype=torch.long)
        last, answer = (torch.zeros(n, ends, dtype=torch.long) for _ in range(2))
        for i, (scene, prefix) in enumerate(zip(scenes, prefixes, strict=True)):
            tokens[i, : len(prefix)] = torch.tensor(prefix)
            own = {name: value[i].tolist() for name, value in bits.items()}
            for j, (name, word) in enumerate(asked[i]):
                said = self.ids[self.right(scene, name, word, own)]
                end = [*world.encode(world.fork(scene, name, word)), said, stop]
                start = width + j * LENGTH
                tokens[i, start : start + len(end)] = torch.tensor(end)
                last[i, j], answer[i, j] = start + len(end) - 3, said
        lengths = torch.tensor([len(prefix) for prefix in prefixes])
        return Batch(scenes, tokens, lengths, width, asked, last, answer, bits)

    def draw(self, n: int, decisions: bool) -> Batch:
        scenes = self.scenes(n, 0.7 if decisions else 0.0)
        asked = [[self.ask(scene) for _ in range(ENDS)] for scene in scenes]
        if decisions:
            for scene, ends in zip(scenes, asked, strict=True):
                ends[0] = (self.verb(scene), scene.told)
        return self.batch(scenes, asked)

    def ordinary(self, n: int) -> Batch:
        """Decisions without an extra sentence."""
        motives = self.rng.choice(list(MOTIVES), n, p=list(MOTIVES.values()))
        scenes = [self.world.sample(self.rng, str(motive), "none") for motive in motives]
        return self.batch(scenes, [[(self.verb(scene), scene.told)] for scene in scenes])

    def exchanged(self, batch: Batch, sources: dict[str, torch.Tensor]) -> torch.Tensor:
        """The right answers [n, ends] when each variable is that of the source row."""
        answer = torch.zeros_like(batch.answer)
        for i, scene in enumerate(batch.scenes):
            bits = {name: batch.bits[name][source[i]].tolist() for name, source in sources.items()}
            for j, (name, word) in enumerate(batch.asked[i]):
                answer[i, j] = self.ids[self.right(scene, name, word, bits)]
        return answer

    def allowed(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Of each row: whether decisions may be trained on it, and on its bits elsewhere."""
        whole = [not self.held_out(scene) for scene in batch.scenes]
        same = [not self.held_out(self.world.same_words(s)) for s in batch.scenes]
        return torch.tensor(whole), torch.tensor(same)
