"""The tensors and keys of a GGUF file, in float64, and what a network does with them first."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize


class Weights:
    """A model's file. Keys are those of its architecture, without its name in front."""

    def __init__(self, path: Path) -> None:
        self._reader = GGUFReader(path)
        self._tensors = {t.name: t for t in self._reader.tensors}
        self._tensor = cache(self._load)

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def __getitem__(self, name: str) -> np.ndarray:
        """As NumPy shapes it: token_embd.weight is [vocabulary, d_model]."""
        return self._tensor(name)

    def _load(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        return dequantize(tensor.data, tensor.tensor_type).astype(np.float64)

    @cached_property
    def architecture(self) -> str:
        return self.bare_key("general.architecture")

    def bare_key(self, name: str, default: object = None):
        entry = self._reader.get_field(name)
        return default if entry is None else entry.contents()

    def key(self, name: str, default: object = None):
        return self.bare_key(f"{self.architecture}.{name}", default)

    def layer_key(self, name: str, layer: int, default: object = None):
        """A key that may have a value for each block."""
        value = self.key(name, default)
        return value[layer] if isinstance(value, list) else value

    @property
    def layers(self) -> int:
        return self.key("block_count")

    @property
    def width(self) -> int:
        return self.key("embedding_length")

    def heads(self, layer: int) -> int:
        return self.layer_key("attention.head_count", layer)

    def kv_heads(self, layer: int) -> int:
        return self.layer_key("attention.head_count_kv", layer, self.heads(layer))

    def head_size(self, kind: str = "key") -> int:
        return self.key(f"attention.{kind}_length", self.width // max(1, self.heads(0)))

    @property
    def head(self) -> np.ndarray:
        """The unembedding, [vocabulary, d_model]; a tied one is the embedding."""
        return self["output.weight" if "output.weight" in self else "token_embd.weight"]

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        """x through a matrix, and its bias if it has one."""
        return x @ self[f"{name}.weight"].T + self.bias(name)

    def bias(self, name: str) -> np.ndarray | float:
        return self[f"{name}.bias"] if f"{name}.bias" in self else 0.0

    def norm(self, name: str, x: np.ndarray) -> np.ndarray:
        """The architecture's RMSNorm or LayerNorm, times the weight and plus the bias that there are.

        The file's weights are those that multiply; Gemma's 1 + w is folded in.
        """
        epsilon = self.key("attention.layer_norm_rms_epsilon")
        if epsilon is None:
            epsilon = self.key("attention.layer_norm_epsilon")
            x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + epsilon)
        named = next((n for n in (f"{name}.weight", name) if n in self), None)  # Falcon H1 has one without the ending
        weight = 1.0 if named is None else self[named]
        return x * weight + self.bias(name)
