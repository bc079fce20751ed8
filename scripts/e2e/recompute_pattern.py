"""The attention pattern that captured queries and keys must give. See recompute.py.

With it a change of q or k is followed to the end: the pattern from them, z from the
pattern. Su et al. 2021 (arXiv:2104.09864), equation 34, for rotary positions; the pairs
that turn together are neighbours or half a head apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from recompute_block import Block

NEIGHBOURS, HALVES = "neighbours", "half a head apart"


@dataclass(frozen=True)
class Attention:
    """How an architecture makes scores of queries and keys."""

    pairs: str | None = HALVES  # that turn together; None: no rotary positions
    windows_alone: bool = False  # blocks without a window have no rotary positions
    window_base: float | None = None  # of the angles in blocks with a window
    window_period: int = 0  # every so many blocks one has no window


# By the name of the model. Others are not known here: their patterns are not recomputed.
ATTENTION = {
    "llama": Attention(NEIGHBOURS),
    "smollm2": Attention(NEIGHBOURS),
    "mistral": Attention(NEIGHBOURS),
    "mixtral": Attention(NEIGHBOURS),
    "command-r": Attention(NEIGHBOURS),
    "cohere2": Attention(NEIGHBOURS, windows_alone=True, window_period=4),
    "granite": Attention(NEIGHBOURS),
    "olmo": Attention(NEIGHBOURS),
    "qwen2": Attention(),
    "qwen3": Attention(),
    "qwen3moe": Attention(),
    "gemma": Attention(),
    "gemma2": Attention(window_period=2),
    "gemma3": Attention(window_period=6, window_base=1e4),
    "gpt2": Attention(None),
    "gptneox": Attention(),
    "falcon": Attention(),
    "phi2": Attention(),
    "olmo2": Attention(),
    "olmoe": Attention(),
    "stablelm": Attention(),
    "starcoder2": Attention(),
    "gpt-oss": Attention(window_period=2),
}


def pattern(block: Block, kind: Attention) -> np.ndarray:
    """[tokens, heads, positions], as wide as the longest sample; 0 for positions that are not seen."""
    run, weights = block.captured.run, block.weights
    window = windowed(block, kind)
    q, k = (turned(block, kind, window, heads(block, which)) for which in "qk")
    k = np.repeat(k, q.shape[1] // k.shape[1], axis=1)
    scale = weights.key("attention.scale") or 1 / np.sqrt(q.shape[2])
    sinks = weights[block.name("attn_sinks.weight")] if block.has("attn_sinks") else None
    out = np.zeros((*q.shape[:2], max(sample["rows"] for sample in run.samples)))
    for sample in run.samples:
        at = run.span(sample["sample_id"])
        scores = np.einsum("thd,shd->ths", q[at], k[at]) * scale
        if cap := weights.key("attn_logit_softcapping"):
            scores = cap * np.tanh(scores / cap)
        age = np.arange(at.stop - at.start)[:, None] - np.arange(at.stop - at.start)
        hidden = (age < 0) | (age >= (window or np.inf))
        scores[np.broadcast_to(hidden[:, None], scores.shape)] = -np.inf
        out[at, :, : at.stop - at.start] = shares(scores, sinks)
    return out


def shares(scores: np.ndarray, sinks: np.ndarray | None) -> np.ndarray:
    """Of the last axis; a sink takes a share that goes nowhere."""
    largest = scores.max(axis=-1, keepdims=True)
    if sinks is not None:
        largest = np.maximum(largest, sinks[:, None])
    exponents = np.exp(scores - largest)
    total = exponents.sum(axis=-1, keepdims=True)
    return exponents / (total if sinks is None else total + np.exp(sinks[:, None] - largest))


def heads(block: Block, which: str) -> np.ndarray:
    """Queries or keys after their norm, which is of a head or of all of them together."""
    x, name = block.got(f"attn.hook_{which}"), f"attn_{which}_norm"
    if limit := block.weights.key("attention.clamp_kqv"):
        x = np.clip(x, -limit, limit)
    if not block.has(name):
        return x
    if block.weights[block.name(f"{name}.weight")].size == x.shape[1] * x.shape[2]:
        return block.norm(name, x.reshape(len(x), -1)).reshape(x.shape)
    return block.norm(name, x)


def windowed(block: Block, kind: Attention) -> int | None:
    """The window of the block's attention, None where it sees everything."""
    period = kind.window_period
    local = block.key("attention.sliding_window_pattern", period > 0 and (block.layer + 1) % period != 0)
    return block.weights.key("attention.sliding_window") if local else None


def turned(block: Block, kind: Attention, window: int | None, x: np.ndarray) -> np.ndarray:
    """By rotary positions."""
    if kind.pairs is None or (kind.windows_alone and window is None):
        return x
    key = block.weights.key
    n = key("rope.dimension_count", x.shape[2])
    base = kind.window_base if window is not None and kind.window_base else key("rope.freq_base", 1e4)
    factor = key("rope.scaling.factor", 1.0) if window is None or not kind.window_base else 1.0
    frequencies = base ** (-np.arange(0, n, 2) / n) / factor
    if "rope_freqs.weight" in block.weights:
        frequencies = frequencies / block.weights["rope_freqs.weight"]
    angles = block.captured.run.tokens["position"].to_numpy()[:, None, None] * frequencies
    first, second = (slice(0, n, 2), slice(1, n, 2)) if kind.pairs == NEIGHBOURS else (slice(0, n // 2), slice(n // 2, n))
    out = x.copy()
    out[..., first] = x[..., first] * np.cos(angles) - x[..., second] * np.sin(angles)
    out[..., second] = x[..., first] * np.sin(angles) + x[..., second] * np.cos(angles)
    return out
