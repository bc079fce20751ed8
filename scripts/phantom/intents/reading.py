"""Runs an exported phantom in NumPy: chances of whole answers, residual streams, swaps.

The forward pass is the reference's (scripts/reference/llama_numpy.py), apart from PyTorch
and from llama.cpp.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

PARENT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PARENT), str(PARENT.parent / "reference")]

from llama_numpy import Cache, Model, Recorder  # noqa: E402
from scenes import Scene, World  # noqa: E402

Edit = Callable[[np.ndarray], np.ndarray]


class Phantom(Model):
    """The reference with an edit of one layer's resid_post at one position."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._edit: tuple[int, int, Edit] | None = None

    def logs(self, tokens: Sequence[int], edit: tuple[int, int, Edit] | None = None) -> np.ndarray:
        """Log-probabilities of the next token, [tokens, vocabulary]."""
        self._edit = edit
        hook = "ln_final.hook_normalized"
        logits = self.unembed(self.forward(tokens, [hook])[hook])
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

    def share(
        self, scene: Scene, fork: str, options: Sequence[str], word: str = ""
    ) -> tuple[float, float]:
        """q of the first option against the second, and the mass of the two."""
        one, other = self.chances(scene, fork, options, word)
        return one / (one + other), one + other

    def summary(self, scene: Scene) -> int:
        """The position of the summary word."""
        return len(self.world.encode(self.world.prefix(scene)))


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
