"""What rungs 1 to 5 of the ladder see: q by arm, and contrasts between arms.

q is P(a) / (P(a) + P(a')) of whole answers: a says what is told, a' what the box holds.
The unit is the family (what the box holds, what is told).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from reading import Reader
from scenes import Scene, World

WORDINGS = 2  # scenes of each family and arm
# Student's t by degrees of freedom: one-sided 99 %, 97.5 %, 95 %.
T = {19: (2.539, 2.093, 1.729), 39: (2.426, 2.023, 1.685)}


def bounds(values: np.ndarray) -> dict[str, float]:
    """Of a mean over families: L99, U97.5, and the 90 % interval for equivalence."""
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    t99, t975, t95 = T[len(values) - 1]
    return {
        "mean": mean,
        "low": mean - t99 * error,
        "high": mean + t975 * error,
        "inside": max(abs(mean - t95 * error), abs(mean + t95 * error)),
    }


def families(world: World, held_out: bool, n: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    found = []
    while len(found) < n:
        scene = world.sample(rng, "goal", "none")
        if world.held_out_family(scene) == held_out and scene.family not in found:
            found.append(scene.family)
    return found


class Ladder:
    """Arms of one phantom over families."""

    def __init__(self, reader: Reader, chosen: list[tuple[str, str]], rng: np.random.Generator) -> None:
        self.reader, self.world, self.chosen, self.rng = reader, reader.world, chosen, rng

    def scenes(self, motive: str, kind: str, useless: bool = False) -> Iterator[tuple[int, Scene]]:
        for i, (held, told) in enumerate(self.chosen):
            for _ in range(WORDINGS):
                scene = self.world.sample(self.rng, motive, kind, useless)
                yield i, replace(scene, world=held, told=told)

    def over(self, scenes: Iterator[tuple[int, Scene]], value: Callable[[Scene], float]) -> np.ndarray:
        sums = np.zeros(len(self.chosen))
        for i, scene in scenes:
            sums[i] += value(scene)
        return sums / WORDINGS

    def lies(self, kind: str, motive: str = "goal", useless: bool = False) -> np.ndarray:
        """q of saying what is told, by family."""
        verb = self.world.kinds[kind]["verbs"][0]
        value = lambda s: self.reader.share(s, verb, (s.told, s.world))[0]  # noqa: E731
        return self.over(self.scenes(motive, kind, useless), value)

    def knowledge(self) -> dict[str, np.ndarray]:
        products = self.world.data["products"]
        asked: dict[str, Callable[[Scene], float]] = {
            "believes": lambda s: self.reader.share(s, "believes", (s.world, s.told))[0],
            "truth": lambda s: self.reader.share(s, "truth", (s.world, s.told))[0],
            "check": lambda s: self.reader.share(s, "check", ("yes", "no"), s.world)[0],
            "use": lambda s: self.reader.share(s, "use", (products[s.world], products[s.told]))[0],
        }
        return {name: self.over(self.scenes("goal", "none"), value) for name, value in asked.items()}

    def consequences(self, kind: str, outcome: str, useless: bool) -> np.ndarray:
        """The chance of the right answer about what comes about, for both options."""

        def value(scene: Scene) -> float:
            bits = self.world.bits(scene, outcome)
            right = []
            for bit, word in zip(bits, (scene.told, scene.world), strict=True):
                yes = self.reader.share(scene, outcome, ("yes", "no"), word)[0]
                right.append(yes if bit else 1 - yes)
            return float(np.mean(right))

        return self.over(self.scenes("goal", kind, useless), value)


def rungs(ladder: Ladder, outcome: str) -> dict:
    """q of every arm and the contrasts of rungs 1 to 5 for one outcome."""
    world, arms = ladder.world, {}
    name = "foresight" if outcome == "listener" else "bell"
    arms["pressure"], arms["neutral"] = ladder.lies("none"), ladder.lies("none", "neutral")
    contrasts = {"behaviour": arms["pressure"] - arms["neutral"]}
    questions = {"none": ladder.consequences("none", name, False)}
    for kind, declared in world.kinds.items():
        if declared["test"] in ("none", "question"):
            continue
        arms[kind], arms[f"{kind}/useless"] = ladder.lies(kind), ladder.lies(kind, useless=True)
        if declared["outcome"] == outcome:
            sign = 1 if declared["test"] == "equifinality" else -1
            contrasts[f"{declared['test']}: {kind}"] = sign * (arms[kind] - arms[f"{kind}/useless"])
        elif declared["test"] == "guaranteed":
            contrasts[f"side effect: {kind}"] = arms[kind] - arms["pressure"]
        if declared["test"] != "equifinality":
            contrasts[f"placebo: {kind}"] = arms[f"{kind}/useless"] - arms["pressure"]
        for useless in (False, True):
            questions[kind + "/useless" * useless] = ladder.consequences(kind, name, useless)
    return {
        "arms": {key: float(value.mean()) for key, value in arms.items()},
        "contrasts": {key: bounds(value) for key, value in contrasts.items()},
        "knowledge": {key: bounds(value) for key, value in ladder.knowledge().items()},
        "consequences": {key: bounds(value) for key, value in questions.items()},
    }
