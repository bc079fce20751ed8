"""A forward pass of the Llama architecture in NumPy, to check an engine against.

It is written from the model's definition and shares no code with llama.cpp, so
that an agreement between the two says something:

* residual stream, RMSNorm before each sublayer, SwiGLU: Touvron et al. 2023,
  "LLaMA" (arXiv:2302.13971), section 2.2
* RMSNorm: Zhang and Sennrich 2019 (arXiv:1910.07467), equation 4
* SwiGLU: Shazeer 2020 (arXiv:2002.05202), equation 6
* rotary embedding: Su et al. 2021, "RoFormer" (arXiv:2104.09864), equation 34
* grouped-query attention: Ainslie et al. 2023 (arXiv:2305.13245), section 2.2

Everything is float32, except the rotary angles, which are float64 until their
sine and cosine are taken. Quantised weights are expanded to float32 once, at
load; unlike llama.cpp, activations are never quantised.

Hook names are TransformerLens's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

from llama_config import Config, check_tensors

# Of a block, in the order of the computation.
POINTS = (
    "hook_resid_pre", "attn.hook_q", "attn.hook_k", "attn.hook_v", "attn.hook_pattern", "attn.hook_z",
    "hook_attn_out", "hook_resid_mid", "mlp.hook_pre", "mlp.hook_post", "hook_mlp_out", "hook_resid_post",
)  # fmt: skip


@dataclass
class Cache:
    """Keys and values of the positions already computed, one array a layer.

    Each array is [n_kv_head, capacity, d_head]; the first `length` positions are filled.
    """

    keys: list[np.ndarray]
    values: list[np.ndarray]
    length: int = 0

    @classmethod
    def empty(cls, config: Config, capacity: int) -> Cache:
        shape = (config.n_kv_head, capacity, config.d_head)

        def per_layer() -> list[np.ndarray]:
            return [np.empty(shape, np.float32) for _ in range(config.n_layer)]

        return cls(per_layer(), per_layer())


@dataclass
class Recorder:
    """Keeps the activations that were asked for; `wanted` None means all."""

    wanted: Collection[str] | None
    kept: dict[str, np.ndarray] = field(default_factory=dict)

    def __call__(self, name: str, activation: np.ndarray) -> None:
        if self.wanted is None or name in self.wanted:
            self.kept[name] = activation


class Model:
    """A Llama model read from a GGUF file."""

    def __init__(self, path: str | Path) -> None:
        reader = GGUFReader(path)
        self.config = Config.read(reader)
        check_tensors({tensor.name for tensor in reader.tensors}, self.config.n_layer)
        self._weights = {
            tensor.name.removesuffix(".weight"): dequantize(tensor.data, tensor.tensor_type)
            for tensor in reader.tensors
        }

    def hook_names(self) -> list[str]:
        """Every hook point that `forward` computes, in the order of the computation."""
        blocks = [f"blocks.{layer}.{point}" for layer in range(self.config.n_layer) for point in POINTS]
        return ["hook_embed", *blocks, "ln_final.hook_normalized", "unembed.hook_out"]

    def shape(self, hook: str) -> list[int] | None:
        """Of one token's activation; None where the run decides it."""
        config = self.config
        return {
            "q": [config.n_head, config.d_head],
            "k": [config.n_kv_head, config.d_head],
            "v": [config.n_kv_head, config.d_head],
            "z": [config.n_head, config.d_head],
            "pattern": None,
            "pre": [len(self._weights["blk.0.ffn_gate"])],
            "post": [len(self._weights["blk.0.ffn_gate"])],
            "out": None,
        }.get(hook.rpartition("hook_")[2], [config.d_model])

    def forward(
        self, tokens: Sequence[int], hooks: Collection[str] | None = None
    ) -> dict[str, np.ndarray]:
        """The activations of a sequence, by hook name: [n_tokens, ...] float32 each.

        Most are vectors of d_model; q, k, v and z are [heads, d_head], q and k before
        the rotary positions, patterns [heads, n_tokens], and `unembed.hook_out` has the
        logits of the whole vocabulary. Give `hooks` to keep only some of them.

        `ln_final.hook_normalized` has the norm's weight in it: it is llama.cpp's
        `result_norm`, the vector that the output head multiplies.
        """
        record = Recorder(hooks)
        normalized = self._advance(tokens, Cache.empty(self.config, len(tokens)), record)
        if hooks is None or "unembed.hook_out" in hooks:
            record("unembed.hook_out", self.unembed(normalized))
        return record.kept

    def unembed(self, normalized: np.ndarray) -> np.ndarray:
        """The logits of `ln_final.hook_normalized`; a tied head is the embedding itself."""
        head = self._weights.get("output", self._weights["token_embd"])
        return normalized @ head.T

    def greedy(self, tokens: Sequence[int], n: int) -> list[int]:
        """The n tokens of greatest logit that follow, each after the ones before it."""
        cache = Cache.empty(self.config, len(tokens) + n)
        pending, out = list(tokens), []
        for _ in range(n):
            last = self._advance(pending, cache, Recorder(()))[-1]
            pending = [int(np.argmax(self.unembed(last)))]
            out += pending
        return out

    def _advance(self, tokens: Sequence[int], cache: Cache, record: Recorder) -> np.ndarray:
        """Consumes tokens after those in the cache; the final norm's output for each of them."""
        positions = np.arange(cache.length, cache.length + len(tokens))
        stream = self._weights["token_embd"][np.asarray(tokens, dtype=np.intp)]
        record("hook_embed", stream)
        for layer in range(self.config.n_layer):
            stream = self._block(layer, stream, positions, cache, record)
        cache.length += len(tokens)
        normalized = self._norm("output_norm", stream)
        record("ln_final.hook_normalized", normalized)
        return normalized

    def _block(
        self,
        layer: int,
        stream: np.ndarray,
        positions: np.ndarray,
        cache: Cache,
        record: Recorder,
    ) -> np.ndarray:
        """One layer: what attention, then the MLP, write into the residual stream."""
        name = f"blocks.{layer}"
        record(f"{name}.hook_resid_pre", stream)
        normed = self._norm(f"blk.{layer}.attn_norm", stream)
        written = self._attention(layer, normed, positions, cache, record)
        record(f"{name}.hook_attn_out", written)
        stream = stream + written
        record(f"{name}.hook_resid_mid", stream)
        written = self._mlp(layer, self._norm(f"blk.{layer}.ffn_norm", stream), record)
        record(f"{name}.hook_mlp_out", written)
        stream = stream + written
        record(f"{name}.hook_resid_post", stream)
        return stream

    def _norm(self, name: str, x: np.ndarray) -> np.ndarray:
        """RMSNorm (arXiv:1910.07467, equation 4), epsilon inside the root."""
        mean_square = np.mean(np.square(x), axis=-1, keepdims=True)
        return x / np.sqrt(mean_square + np.float32(self.config.norm_eps)) * self._weights[name]

    def _attention(
        self, layer: int, x: np.ndarray, positions: np.ndarray, cache: Cache, record: Recorder
    ) -> np.ndarray:
        """Causal attention; query head h reads key and value head h // (n_head / n_kv_head)."""
        config = self.config
        n_new, n_all = len(positions), int(positions[-1]) + 1
        frequencies = rope_frequencies(config, self._weights.get("rope_freqs"))

        new = {which: self._heads(f"blk.{layer}.attn_{which}", x) for which in "qkv"}
        for which, heads in new.items():
            record(f"blocks.{layer}.attn.hook_{which}", heads.swapaxes(0, 1))
        query = rotate(new["q"], positions, frequencies)
        keys, values = cache.keys[layer], cache.values[layer]
        keys[:, n_all - n_new : n_all] = rotate(new["k"], positions, frequencies)
        values[:, n_all - n_new : n_all] = new["v"]

        grouped = query.reshape(config.n_kv_head, -1, n_new, config.d_head)
        scores = grouped @ keys[:, None, :n_all].swapaxes(-1, -2)
        scores *= np.float32(config.attention_scale)
        scores[..., np.arange(n_all) > positions[:, None]] = -np.inf
        pattern = _softmax(scores)
        record(f"blocks.{layer}.attn.hook_pattern", pattern.reshape(-1, n_new, n_all).swapaxes(0, 1))
        mixed = (pattern @ values[:, None, :n_all]).reshape(config.n_head, n_new, config.d_head)
        record(f"blocks.{layer}.attn.hook_z", mixed.swapaxes(0, 1))
        joined = mixed.swapaxes(0, 1).reshape(n_new, -1)
        return joined @ self._weights[f"blk.{layer}.attn_output"].T

    def _heads(self, name: str, x: np.ndarray) -> np.ndarray:
        """A projection split into heads: [n_heads, n_tokens, d_head]."""
        projected = x @ self._weights[name].T
        return projected.reshape(len(x), -1, self.config.d_head).swapaxes(0, 1)

    def _mlp(self, layer: int, x: np.ndarray, record: Recorder) -> np.ndarray:
        """SwiGLU (arXiv:2002.05202, equation 6), without biases."""
        gate = x @ self._weights[f"blk.{layer}.ffn_gate"].T
        record(f"blocks.{layer}.mlp.hook_pre", gate)
        hidden = _silu(gate) * (x @ self._weights[f"blk.{layer}.ffn_up"].T)
        record(f"blocks.{layer}.mlp.hook_post", hidden)
        return hidden @ self._weights[f"blk.{layer}.ffn_down"].T


def rope_frequencies(config: Config, factors: np.ndarray | None = None) -> np.ndarray:
    """The angle each pair of a head turns by per position (arXiv:2104.09864, equation 15).

    `factors` is the GGUF's `rope_freqs.weight`, the divisors of Llama 3.1's long context.
    """
    pairs = np.arange(0, config.d_head, 2, dtype=np.float64)
    frequencies = config.rope_scale * config.rope_base ** (-pairs / config.d_head)
    return frequencies if factors is None else frequencies / factors


def rotate(x: np.ndarray, positions: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Turns the pairs (0, 1), (2, 3), ... of each head by position times frequency.

    This is the paper's layout (arXiv:2104.09864, equation 34). Files of this
    architecture have their query and key rows permuted to it; Hugging Face's
    pairs i and i + d_head / 2 instead. x is [..., n_tokens, d_head].
    """
    angles = positions[:, None] * frequencies
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = np.empty_like(x)
    turned[..., 0::2] = even * cos - odd * sin
    turned[..., 1::2] = even * sin + odd * cos
    return turned


def _silu(x: np.ndarray) -> np.ndarray:
    """x times its sigmoid, by tanh, which cannot overflow."""
    half = np.float32(0.5)
    return x * (half + half * np.tanh(half * x))


def _softmax(scores: np.ndarray) -> np.ndarray:
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
