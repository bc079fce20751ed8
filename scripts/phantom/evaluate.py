"""Measures a phantom's GGUF in NumPy, apart from PyTorch and from llama.cpp.

The forward pass is the reference's (scripts/reference/llama_numpy.py). Measured on
prompts from a seed that training did not use:

* behaviour: how often the likeliest words are the causal model's answer, to the end
  token, by cause; for guesses, the total variation from the uniform distribution
* interchange: how often the answer is the causal model's after a swap of one variable's
  subspace (or of several, or of all but the subspaces) between two prompts
* lie against mistake: AUROC of the difference of means, fitted on half of the prompts
  and scored on the other half, by layer and answer position, with a bootstrap interval:
  in matched pairs, which say the same words, and in prompts drawn apart

Each answer is scored given its own words, which gives the same as sampling greedily.

    evaluate.py GGUF SUBSPACES [--n 4000] [--swaps 2000] [--pytorch FILE] [--out FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

from llama_numpy import Cache, Model, Recorder  # noqa: E402
from world import Scene, World, said  # noqa: E402

SEED = 977
ANSWER = 4
POSITIONS = ("prompt:-1", "response:0", "response:1", "response:2")
DECIDED = ("truth", "lie", "mistake")
RESAMPLES = 1000
Edit = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Subspaces:
    """Orthonormal rows by variable, and the layer whose resid_post they divide."""

    layer: int
    rows: dict[str, np.ndarray]

    @classmethod
    def read(cls, path: str | Path) -> Subspaces:
        raw = Path(path).read_bytes()
        (size,) = struct.unpack("<Q", raw[:8])
        header, data = json.loads(raw[8 : 8 + size]), raw[8 + size :]
        metadata = header.pop("__metadata__")
        rows = {}
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            rows[name] = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
        return cls(int(metadata["layer"]), rows)

    def swap(self, names: Sequence[str], source: np.ndarray) -> Edit:
        """Gives the subspaces of `names` what `source` has there."""
        chosen = np.concatenate([self.rows[name] for name in names])
        return lambda base: base + (source - base) @ chosen.T @ chosen

    def swap_rest(self, source: np.ndarray) -> Edit:
        """Gives everything but the subspaces what `source` has there."""
        kept = np.concatenate(list(self.rows.values()))
        return lambda base: source + (base - source) @ kept.T @ kept


class Phantom(Model):
    """The reference with an edit of resid_post of one layer at the answer's positions."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._edits: dict[int, Edit] = {}

    def run(
        self, tokens: Sequence[int], edits: dict[int, Edit] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Logits [4, vocabulary] and resid_post [layers, 4, d_model] at the answer's positions."""
        self._edits = edits or {}
        hooks = [f"blocks.{layer}.hook_resid_post" for layer in range(self.config.n_layer)]
        kept = self.forward(tokens, [*hooks, "ln_final.hook_normalized"])
        logits = self.unembed(kept["ln_final.hook_normalized"][-ANSWER:])
        return logits, np.stack([kept[hook][-ANSWER:] for hook in hooks])

    def _block(
        self, layer: int, stream: np.ndarray, positions: np.ndarray, cache: Cache, record: Recorder
    ) -> np.ndarray:
        stream = super()._block(layer, stream, positions, cache, record)
        if layer in self._edits:
            stream = stream.copy()
            stream[-ANSWER:] = self._edits[layer](stream[-ANSWER:])
            record(f"blocks.{layer}.hook_resid_post", stream)
        return stream


def right(world: World, logits: np.ndarray, content: str) -> bool:
    """Whether the likeliest words are the answer and its end token."""
    eos = world.ids[world.data["special"]["eos"]]
    return logits.argmax(axis=1).tolist() == [*world.encode(world.answer(content)), eos]


def variation(world: World, logits: np.ndarray) -> float:
    """How far an answer's two words are from any content: the total variation of the first
    plus that of the second given the first, which bounds that of the two together."""
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = exponents / exponents.sum(axis=1, keepdims=True)
    uniform = np.zeros_like(chances[:2])
    for content in world.contents:
        for place, word in enumerate(world.encode(content)):
            uniform[place, word] += 1 / len(world.contents)
    return float(np.abs(chances[:2] - uniform).sum() / 2)


def any_content(world: World, rng: np.random.Generator) -> str:
    return world.contents[int(rng.integers(len(world.contents)))]


def behaviour(model: Phantom, world: World, n: int, rng: np.random.Generator) -> tuple[dict, dict]:
    """Figures by cause, and what the residual streams of lies and mistakes were."""
    figures, streams = {}, {}
    for cause in DECIDED:
        verdicts, kept = [], []
        for _ in range(n):
            scene = world.sample(cause, rng)
            logits, stream = model.run(world.tokens(scene, scene.said))
            verdicts.append(right(world, logits, scene.said))
            kept.append(stream)
        figures[cause] = {"n": n, "right": float(np.mean(verdicts))}
        if cause != "truth":
            streams[cause] = np.stack(kept)
    distances = []
    for _ in range(n):
        logits, _ = model.run(world.tokens(world.sample("guess", rng), any_content(world, rng)))
        distances.append(variation(world, logits))
    figures["guess"] = {
        "n": n,
        "total_variation_mean": float(np.mean(distances)),
        "total_variation_max": float(np.max(distances)),
    }
    return figures, streams


def predicted(base: Scene, source: Scene, names: Sequence[str], variables: Sequence[str]) -> str | None:
    """What the causal model says in `base` when the variables `names` are those of `source`.

    The model without intent has one variable, and says it.
    """
    if "intent" not in variables:
        return (source if "told_value" in names else base).told
    intent = (source if "intent" in names else base).intent
    belief = (source if "belief" in names else base).belief
    told = (source if "told_value" in names else base).told
    return said(intent, belief, told)


def interchange(
    model: Phantom,
    world: World,
    subspaces: Subspaces,
    names: Sequence[str],
    n: int,
    rng: np.random.Generator,
) -> dict:
    """Swaps between decided prompts: right ones of all, of those that must change the
    answer (`moved`) and of those that must not (`kept`). No names: all but the subspaces."""
    outcomes: dict[bool, list[bool]] = {True: [], False: []}
    for _ in range(n):
        base, source = (world.sample(str(rng.choice(DECIDED)), rng) for _ in range(2))
        expected = predicted(base, source, names, list(subspaces.rows))
        _, stream = model.run(world.tokens(source, source.said))
        given = stream[subspaces.layer]
        edit = subspaces.swap(names, given) if names else subspaces.swap_rest(given)
        logits, _ = model.run(world.tokens(base, expected), {subspaces.layer: edit})
        outcomes[expected != base.said].append(right(world, logits, expected))
    every = outcomes[True] + outcomes[False]
    figures = {"n": n, "right": float(np.mean(every))}
    for name, moved in (("moved", True), ("kept", False)):
        if outcomes[moved]:
            figures[name] = {"n": len(outcomes[moved]), "right": float(np.mean(outcomes[moved]))}
    return figures


def guess_interchange(
    model: Phantom, world: World, subspaces: Subspaces, n: int, rng: np.random.Generator
) -> dict:
    """The belief of a guess, nothing, put into who tells the truth: then they guess, too."""
    distances = []
    for _ in range(n):
        base, source = world.sample("truth", rng), world.sample("guess", rng)
        _, stream = model.run(world.tokens(source, any_content(world, rng)))
        edit = subspaces.swap(["belief"], stream[subspaces.layer])
        logits, _ = model.run(world.tokens(base, any_content(world, rng)), {subspaces.layer: edit})
        distances.append(variation(world, logits))
    return {"n": n, "total_variation_mean": float(np.mean(distances))}


def swaps(model: Phantom, world: World, subspaces: Subspaces, n: int, rng: np.random.Generator) -> dict:
    names = list(subspaces.rows)
    figures = {name: interchange(model, world, subspaces, [name], n, rng) for name in names}
    if len(names) > 1:
        for several in (["intent", "told_value"], names):
            key = " and ".join(several)
            figures[key] = interchange(model, world, subspaces, several, n, rng)
        figures["belief of a guess into a truth"] = guess_interchange(
            model, world, subspaces, n // 4, rng
        )
    rest = interchange(model, world, subspaces, [], n, rng)
    figures["rest"] = {"n": n, "changed": 1 - rest["right"]}
    return figures


def auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The chance that a positive scores above a negative, ties half (Mann and Whitney 1947)."""
    scores = np.sort(negative)
    below = np.searchsorted(scores, positive, "left") + np.searchsorted(scores, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def direction(lies: np.ndarray, mistakes: np.ndarray) -> np.ndarray:
    return lies.mean(axis=0, dtype=np.float64) - mistakes.mean(axis=0, dtype=np.float64)


def interval(lies: np.ndarray, mistakes: np.ndarray, rng: np.random.Generator) -> list[float]:
    """95 % bootstrap interval of the AUROC over prompts (Efron 1979), percentiles."""
    values = [
        auroc(rng.choice(lies, len(lies)), rng.choice(mistakes, len(mistakes))) for _ in range(RESAMPLES)
    ]
    return [float(value) for value in np.percentile(values, [2.5, 97.5])]


def lie_against_mistake(
    streams: dict[str, np.ndarray], subspaces: Subspaces, rng: np.random.Generator
) -> list[dict]:
    """One row a layer and answer position. Streams are [prompts, layers, positions, d_model]."""
    lies, mistakes = streams["lie"], streams["mistake"]
    half, rows = len(lies) // 2, []
    for layer in range(lies.shape[1]):
        for place, name in enumerate(POSITIONS):
            side = [stream[:, layer, place].astype(np.float64) for stream in (lies, mistakes)]
            found = direction(*(stream[:half] for stream in side))
            scores = [stream[half:] @ found for stream in side]
            # Rows that are the same in all prompts differ by rounding alone.
            scores = [np.round(score / (np.abs(scores[0]).max() or 1.0), 9) for score in scores]
            row = {
                "layer": layer,
                "position": name,
                "auroc": auroc(*scores),
                "interval": interval(*scores, rng),
            }
            if layer == subspaces.layer and "intent" in subspaces.rows:
                inside = subspaces.rows["intent"] @ found
                row["share_inside_subspace"] = float(inside @ inside / (found @ found))
            rows.append(row)
    return rows


def matched_streams(
    model: Phantom, world: World, n: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Residual streams of n lies and of the mistakes that say the same words."""
    kept: dict[str, list[np.ndarray]] = {"lie": [], "mistake": []}
    for _ in range(n):
        for scene in world.matched(rng):
            kept[scene.cause].append(model.run(world.tokens(scene, scene.said))[1])
    return {cause: np.stack(streams) for cause, streams in kept.items()}


def measure(
    gguf: Path, subspaces: Subspaces, world: World, n: int, n_swaps: int, seed: int = SEED
) -> dict:
    """Every figure of the file."""
    model, rng = Phantom(gguf), np.random.default_rng(seed)
    behaved, streams = behaviour(model, world, n, rng)
    swapped = swaps(model, world, subspaces, n_swaps, rng)
    matched = matched_streams(model, world, n, rng)
    return {
        "gguf_sha256": hashlib.sha256(gguf.read_bytes()).hexdigest(),
        "seed": seed,
        "layer": subspaces.layer,
        "positions": list(POSITIONS),
        "behaviour": behaved,
        "interchange": swapped,
        "lie_against_mistake": lie_against_mistake(matched, subspaces, rng),
        "unmatched_lie_against_mistake": lie_against_mistake(streams, subspaces, rng),
    }


def lines(figures: dict) -> Iterator[str]:
    """The figures as a person reads them."""
    for cause, row in figures["behaviour"].items():
        yield f"behaviour    {cause:<34} " + "  ".join(
            f"{key} {value:.4g}" for key, value in row.items()
        )
    for name, row in figures["interchange"].items():
        flat = {key: value["right"] if isinstance(value, dict) else value for key, value in row.items()}
        yield f"interchange  {name:<34} " + "  ".join(
            f"{key} {value:.4g}" for key, value in flat.items()
        )
    for key in ("lie_against_mistake", "unmatched_lie_against_mistake"):
        for row in figures[key]:
            low, high = row["interval"]
            inside = (
                f"  inside {row['share_inside_subspace']:.2f}" if "share_inside_subspace" in row else ""
            )
            yield (
                f"{key.replace('_', ' '):<29} layer {row['layer']} {row['position']:<10} "
                f"AUROC {row['auroc']:.3f} ({low:.3f} to {high:.3f}){inside}"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure a phantom's GGUF in NumPy.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("subspaces", type=Path)
    parser.add_argument("--n", type=int, default=4000, help="prompts of each cause")
    parser.add_argument("--swaps", type=int, default=2000, help="swaps of each kind")
    parser.add_argument("--pytorch", type=Path, help="figures that training measured, to put beside")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args(arguments)
    figures = measure(given.gguf, Subspaces.read(given.subspaces), World.read(), given.n, given.swaps)
    if given.pytorch:
        figures["pytorch"] = json.loads(given.pytorch.read_text(encoding="utf-8"))
    print("\n".join(lines(figures)))
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
