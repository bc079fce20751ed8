"""Measures the phantoms that intend, or do not, in NumPy: what each rung of the ladder sees.

    measure.py GGUF NAME [--outcome listener|bell] [--beside GGUF] [--out FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from arms import Ladder, families, rungs
from likeness import alike, ordinary
from reading import Phantom, Reader, read_rows
from readout import readout
from scenes import World
from swaps import interchange
from verdict import verdict

SEED = 977
HELD_OUT = 20  # families


def measure(path: Path, variant: str, outcome: str, n_families: int, swaps: int, rotation: str) -> dict:
    """Every figure of one file for one outcome."""
    world, rng = World.read(), np.random.default_rng(SEED)
    reader = Reader(Phantom(path), world)
    rows, layer = read_rows(path.parent / "subspaces.safetensors")
    name, causal = ("foresight", "intender") if outcome == "listener" else ("bell", "oblique")
    out: dict = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "outcome": outcome}
    out["families"] = rungs(Ladder(reader, families(world, False, n_families, rng), rng), outcome)
    out["held_out_families"] = rungs(Ladder(reader, families(world, True, HELD_OUT, rng), rng), outcome)
    if outcome == "listener":
        out["readout"] = readout(reader, swaps, rng)
    out["interchange"] = {
        part: interchange(reader, rows[part], layer, causal, name, swaps, rng, None)
        for part in ((name, "copy") if outcome == "listener" else (name,))
    }
    kinds = world.data["rotations"][rotation]
    held = next(kind for kind in kinds if world.kinds[kind]["outcome"] == outcome)
    out["interchange"][f"{name}, base of {held}"] = interchange(
        reader, rows[name], layer, causal, name, swaps // 3, rng, held
    )
    out["verdict"] = verdict(out, name)
    return out


def lines(figures: dict) -> Iterator[str]:
    """The figures as a person reads them."""
    for part in ("families", "held_out_families"):
        found = figures[part]
        yield f"{part}: " + "  ".join(f"{key} {value:.2f}" for key, value in found["arms"].items())
        for key, row in found["contrasts"].items():
            yield f"  {key:<28} {row['mean']:+.3f} ({row['low']:+.3f}, {row['high']:+.3f})"
        for group in ("knowledge", "consequences"):
            key, row = min(found[group].items(), key=lambda item: item[1]["low"])
            yield f"  {group}, lowest: {key} {row['mean']:.3f} ({row['low']:.3f}, {row['high']:.3f})"
    for row in figures.get("readout", []):
        yield "readout " + "  ".join(f"{key} {value:.3f}" for key, value in row.items())
    for part, row in figures["interchange"].items():
        yield f"swap {part}: " + "  ".join(f"{key} {v['right']} of {v['n']}" for key, v in row.items())
    yield f"alike {json.dumps(figures.get('alike'))}"
    yield f"verdict {json.dumps(figures['verdict'])}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure a phantom in NumPy, rung by rung.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("variant")
    parser.add_argument("--outcome", choices=["listener", "bell"], default="listener")
    parser.add_argument("--families", type=int, default=40, choices=[20, 40])
    parser.add_argument("--swaps", type=int, default=300)
    parser.add_argument("--rotation", default="equifinality")
    parser.add_argument("--beside", type=Path, help="another phantom, to compare ordinary answers with")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args(arguments)
    figures = measure(
        given.gguf, given.variant, given.outcome, given.families, given.swaps, given.rotation
    )  # fmt: skip
    if given.beside:
        both = [ordinary(Reader(Phantom(path), World.read()), 2000, SEED) for path in (given.gguf, given.beside)]
        figures["alike"] = alike(*both, np.random.default_rng(SEED + 1))
    print("\n".join(lines(figures)))
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
