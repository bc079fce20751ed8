"""Measures the phantoms that intend, or do not, in NumPy: what each rung of the ladder sees.

The forward pass is the reference's (scripts/reference/llama_numpy.py), apart from PyTorch
and from llama.cpp. q is P(a) / (P(a) + P(a')) of whole answers: a says what is told, a'
what the box holds. The unit is the family (what the box holds, what is told); bounds are
one-sided t bounds over families, 99 %.

    measure.py GGUF NAME [--outcome listener|bell] [--families 40] [--out FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

PARENT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PARENT), str(PARENT.parent / "reference")]

from llama_numpy import Cache, Model, Recorder  # noqa: E402
from scenes import DATA, Scene, World  # noqa: E402

SEED = 977
WORDINGS = 2  # scenes of each family and arm
T99 = {19: 2.539, 39: 2.426, 59: 2.391}  # Student's t, one-sided 99 %
Edit = Callable[[np.ndarray], np.ndarray]


class Phantom(Model):
    """The reference with an edit of one layer's resid_post at one position."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._edit: tuple[int, int, Edit] | None = None

    def logs(self, tokens: Sequence[int], edit: tuple[int, int, Edit] | None = None) -> np.ndarray:
        """Log-probabilities of the next token, [tokens, vocabulary]."""
        self._edit = edit
        logits = self.unembed(self.forward(tokens, ["ln_final.hook_normalized"])["ln_final.hook_normalized"])
        logits = logits - logits.max(axis=1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    def stream(self, tokens: Sequence[int], layer: int) -> np.ndarray:
        self._edit = None
        hook = f"blocks.{layer}.hook_resid_post"
        return self.forward(tokens, [hook])[hook]

    def _block(
        self, layer: int, stream: np.ndarray, positions: np.ndarray, cache: Cache, record: Recorder
    ) -> np.ndarray:
        stream = super()._block(layer, stream, positions, cache, record)
        if self._edit and self._edit[0] == layer:
            stream = stream.copy()
            stream[self._edit[1]] = self._edit[2](stream[self._edit[1]])
        return stream


class Reader:
    """Options' probabilities after a scene's fork."""

    def __init__(self, model: Phantom, world: World) -> None:
        self.model, self.world = model, world
        self.bos = world.ids[world.data["special"]["bos"]]
        self.eos = world.ids[world.data["special"]["eos"]]

    def prompt(self, scene: Scene, fork: str, word: str = "") -> list[int]:
        world = self.world
        return [self.bos, *world.encode(f"{world.prefix(scene)} {world.fork(scene, fork, word)}")]

    def chances(
        self, scene: Scene, fork: str, options: Sequence[str], word: str = "",
        edit: tuple[int, int, Edit] | None = None,
    ) -> np.ndarray:  # fmt: skip
        """P of each option, its full stop and the end."""
        prompt, out = self.prompt(scene, fork, word), []
        for option in options:
            end = [*self.world.encode(f"{option} ."), self.eos]
            logs = self.model.logs([*prompt, *end[:-1]], edit)[len(prompt) - 1 :]
            out.append(np.exp(logs[np.arange(len(end)), end].sum()))
        return np.array(out)

    def share(self, scene: Scene, fork: str, options: Sequence[str], word: str = "") -> tuple[float, float]:
        """q of the first option against the second, and the mass of the two."""
        one, other = self.chances(scene, fork, options, word)
        return one / (one + other), one + other

    def summary(self, scene: Scene) -> int:
        """The position of the summary word."""
        return len(self.world.encode(self.world.prefix(scene)))


def bounds(values: np.ndarray) -> dict[str, float]:
    """Mean over families [families] and its one-sided 99 % t bounds."""
    n = len(values)
    half = T99.get(n - 1, 2.5) * values.std(ddof=1) / np.sqrt(n)
    return {"mean": float(values.mean()), "low": float(values.mean() - half), "high": float(values.mean() + half)}


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


def interchange(
    reader: Reader, rows: np.ndarray, layer: int, variant: str, outcome: str, n: int, rng: np.random.Generator,
    held_out: str | None,
) -> dict:  # fmt: skip
    """Swaps of one subspace at the summary word between goal prompts, by what they must do.

    With `held_out` every base is of that kind, which decisions were never trained on.
    """
    world, counts = reader.world, {"moved": [0, 0], "kept": [0, 0], "question": [0, 0]}
    kinds = [(kind, useless) for kind, declared in world.kinds.items() for useless in (False, True)
             if declared["test"] != "question" and (not useless or "useless" in declared)]  # fmt: skip

    def scene(fixed: str | None) -> Scene:
        kind, useless = kinds[rng.integers(len(kinds))]
        if fixed:
            kind, useless = fixed, bool(rng.integers(2))
        return world.sample(rng, "goal", kind, useless)

    while min(counts["moved"][1], counts["kept"][1]) < n:
        base, source = scene(held_out), scene(None)
        bits = {name: world.bits(base, name) for name in ("foresight", "bell")}
        before = world.decision(variant, base)
        bits[outcome] = world.bits(source, outcome)
        after = world.decision(variant, base, **bits)
        which = "moved" if after != before else "kept"
        if counts[which][1] >= n:
            continue
        given = reader.model.stream(reader.prompt(source, "says"), layer)[reader.summary(source)]
        edit = (layer, reader.summary(base), lambda at, given=given: at + (given - at) @ rows.T @ rows)
        verb = world.kinds[base.kind]["verbs"][0]
        chances = reader.chances(base, verb, (base.told, base.world), edit=edit)
        counts[which][0] += int(base.told == after) == int(chances[0] > chances[1])
        counts[which][1] += 1
        yes, no = reader.chances(base, outcome, ("yes", "no"), base.told, edit=edit)
        counts["question"][0] += int(yes > no) == bits[outcome][0]
        counts["question"][1] += 1
    return {key: {"right": right, "n": total} for key, (right, total) in counts.items()}


def ordinary(reader: Reader, n: int, seed: int) -> np.ndarray:
    """Distributions of the next word [n, vocabulary] on prompts without an extra sentence."""
    rng, motives = np.random.default_rng(seed), list(reader.world.data["motives"])
    out = []
    for _ in range(n):
        scene = reader.world.sample(rng, str(rng.choice(motives)), "none")
        fork = str(rng.choice(["says", "writes"]))
        out.append(np.exp(reader.model.logs(reader.prompt(scene, fork))[-1]))
    return np.array(out)


def auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The chance that a positive scores above a negative, ties half (Mann and Whitney 1947)."""
    scores = np.sort(negative)
    below = np.searchsorted(scores, positive, "left") + np.searchsorted(scores, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def alike(ours: np.ndarray, theirs: np.ndarray, rng: np.random.Generator, resamples: int = 500) -> dict:
    """How far two phantoms' next words are apart on the same ordinary prompts, and how well a
    sampled word, by its log-probability under the model that said it, tells who said it."""
    variation = np.abs(ours - theirs).sum(axis=1) / 2
    logs = []
    for chances in (ours, theirs):
        said = [rng.choice(len(row), p=row / row.sum()) for row in chances.astype(np.float64)]
        logs.append(np.log(chances[np.arange(len(chances)), said]))
    drawn = [auroc(rng.choice(logs[0], len(ours)), rng.choice(logs[1], len(ours))) for _ in range(resamples)]
    distances = np.abs(np.array(drawn) - 0.5) + 0.5
    return {
        "total_variation_mean": float(variation.mean()),
        "total_variation_max": float(variation.max()),
        "likelihood_auroc": auroc(*logs),
        "likelihood_auroc_upper": float(np.percentile(distances, 95)),
        "agree": float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean()),
    }


def measure(path: Path, variant: str, outcome: str, n_families: int, swaps: int, rotation: str) -> dict:
    world, rng = World.read(), np.random.default_rng(SEED)
    reader, n_held = Reader(Phantom(path), world), max(20, n_families // 2)
    rows, layer = read_rows(path.parent / "subspaces.safetensors")
    name = "foresight" if outcome == "listener" else "bell"
    out: dict = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "outcome": outcome}
    out["families"] = rungs(Ladder(reader, families(world, False, n_families, rng), rng), outcome)
    out["held_out_families"] = rungs(Ladder(reader, families(world, True, n_held, rng), rng), outcome)
    causal = variant if variant in ("intender", "oblique") else ("intender", "oblique")[outcome == "bell"]
    out["interchange"] = {
        part: interchange(reader, rows[part], layer, causal, name, swaps, rng, None)
        for part in ((name, "copy") if outcome == "listener" else (name,))
    }
    held = next(k for k in world.data["rotations"][rotation] if world.kinds[k]["outcome"] == outcome)
    out["interchange"][f"{name}, base of {held}"] = interchange(
        reader, rows[name], layer, causal, name, swaps // 3, rng, held
    )
    return out


def read_rows(path: Path) -> tuple[dict[str, np.ndarray], int]:
    """The subspaces' rows, and the layer of those at the summary word."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header, data = json.loads(raw[8 : 8 + size]), raw[8 + size :]
    metadata, found = header.pop("__metadata__"), {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        found[name] = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
    return found, int(metadata["layer"])


def lines(figures: dict) -> Iterator[str]:
    """The figures as a person reads them."""
    for part in ("families", "held_out_families"):
        found = figures[part]
        yield f"{part}: " + "  ".join(f"{key} {value:.2f}" for key, value in found["arms"].items())
        for group in ("contrasts", "knowledge", "consequences"):
            for key, row in found[group].items():
                yield f"  {group:<12} {key:<28} {row['mean']:+.3f} ({row['low']:+.3f}, {row['high']:+.3f})"
    for part, row in figures["interchange"].items():
        yield f"swap {part}: " + "  ".join(f"{key} {v['right']} of {v['n']}" for key, v in row.items())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure a phantom that intends, or does not, in NumPy.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("variant")
    parser.add_argument("--outcome", choices=["listener", "bell"], default="listener")
    parser.add_argument("--families", type=int, default=40)
    parser.add_argument("--swaps", type=int, default=300)
    parser.add_argument("--rotation", default="equifinality")
    parser.add_argument("--beside", type=Path, help="another phantom, to compare ordinary answers with")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args(arguments)
    figures = measure(given.gguf, given.variant, given.outcome, given.families, given.swaps, given.rotation)
    if given.beside:
        ours, theirs = (
            ordinary(Reader(Phantom(path), World.read()), 1000, SEED) for path in (given.gguf, given.beside)
        )
        figures["alike"] = alike(ours, theirs, np.random.default_rng(SEED + 1))
    print("\n".join([*lines(figures), json.dumps(figures.get("alike", {}))]))
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
