"""The sizes of the tiny models' tensors, and their random values.

A tensor is named as in GGUF, without the block in front and ".weight" behind; a bias
has ".bias" behind. Sizes stand as NumPy has them, the output of a matrix first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shape:
    """The sizes of a model."""

    n_layer: int = 3
    d_model: int = 64
    n_head: int = 4
    n_kv_head: int = 2
    d_head: int = 16
    d_ff: int = 128
    n_context: int = 512
    n_expert: int = 0
    n_expert_used: int = 0
    d_expert: int = 0
    d_shared: int = 0  # of all shared experts together
    n_vocab: int = 0

    @property
    def d_query(self) -> int:
        return self.n_head * self.d_head

    @property
    def d_key(self) -> int:
        return self.n_kv_head * self.d_head

    @property
    def d_qkv(self) -> int:
        return self.d_query + 2 * self.d_key

    @property
    def d_gate_up(self) -> int:
        return 2 * self.d_ff

    @property
    def n_rotation(self) -> int:
        return self.d_head // 2

    def keys(self) -> dict[str, int]:
        """The sizes that every architecture's file has."""
        keys = {
            "block_count": self.n_layer,
            "context_length": self.n_context,
            "embedding_length": self.d_model,
            "feed_forward_length": self.d_ff,
            "attention.head_count": self.n_head,
            "attention.head_count_kv": self.n_kv_head,
        }
        if self.n_expert:
            keys |= {"expert_count": self.n_expert, "expert_used_count": self.n_expert_used}
        return keys


# A size is a number, or the name of one in Shape.
Sizes = tuple[str | int, ...]

# What most architectures have; one that differs says so.
SIZES: dict[str, Sizes] = {
    "token_embd": ("n_vocab", "d_model"),
    "output": ("n_vocab", "d_model"),
    "output_norm": ("d_model",),
    "position_embd": ("n_context", "d_model"),
    "rope_freqs": ("n_rotation",),
    "attn_norm": ("d_model",),
    "attn_norm_2": ("d_model",),
    "attn_q": ("d_query", "d_model"),
    "attn_k": ("d_key", "d_model"),
    "attn_v": ("d_key", "d_model"),
    "attn_qkv": ("d_qkv", "d_model"),
    "attn_output": ("d_model", "d_query"),
    "attn_q_norm": ("d_head",),
    "attn_k_norm": ("d_head",),
    "attn_sinks": ("n_head",),
    "post_attention_norm": ("d_model",),
    "ffn_norm": ("d_model",),
    "ffn_gate": ("d_ff", "d_model"),
    "ffn_up": ("d_ff", "d_model"),
    "ffn_down": ("d_model", "d_ff"),
    "post_ffw_norm": ("d_model",),
    "ffn_gate_inp": ("n_expert", "d_model"),
    "ffn_gate_exps": ("n_expert", "d_expert", "d_model"),
    "ffn_up_exps": ("n_expert", "d_expert", "d_model"),
    "ffn_down_exps": ("n_expert", "d_model", "d_expert"),
    "ffn_gate_inp_shexp": ("d_model",),
    "ffn_gate_shexp": ("d_shared", "d_model"),
    "ffn_up_shexp": ("d_shared", "d_model"),
    "ffn_down_shexp": ("d_model", "d_shared"),
    "exp_probs_b": ("n_expert",),
}

# Tensors whose names in the file end without ".weight".
BARE = frozenset({"ssm_a", "ssm_d"})


def sizes_of(name: str, shape: Shape, own: dict[str, Sizes]) -> tuple[int, ...]:
    """The sizes of a tensor; a matrix's bias has those of its output."""
    stem = name.removesuffix(".bias")
    sizes = own.get(stem) or SIZES[stem]
    if stem != name and len(sizes) > 1:
        sizes = sizes[:-1]
    return tuple(size if isinstance(size, int) else getattr(shape, size) for size in sizes)


def is_matrix(name: str, values: np.ndarray) -> bool:
    """Whether llama.cpp's converter halves a tensor, by its name in the file, with f16."""
    *_, stem, kind = name.split(".")
    whole = "_norm" in stem or stem in ("position_embd", "ffn_gate_inp") or "_lerp_" in stem
    return kind == "weight" and values.ndim > 1 and not whole and "conv" not in stem


# Vectors that are added, and those that multiply.
OFFSETS = frozenset({"position_embd", "time_mix_w0", "time_mix_a0", "time_mix_v0"})
FACTORS = frozenset(
    {"rope_freqs", "ssm_d", "layer_output_scale", "time_mix_ln", "time_mix_k_k", "time_mix_k_a", "time_mix_lerp_fused"}
    | {"channel_mix_lerp_k", "ffn_gate_inp.scale"}
)


@dataclass(frozen=True)
class Weights:
    """Draws random tensors, by name."""

    rng: np.random.Generator

    def draw(self, name: str, sizes: tuple[int, ...]) -> np.ndarray:
        if name == "ssm_a":  # how fast a state decays: below 0
            return -np.exp(self.normal(sizes, 0.5))
        if name.endswith(".bias") or name in OFFSETS:
            return self.normal(sizes, 0.1)
        if "_norm" in name or name in FACTORS:
            return 1 + self.normal(sizes, 0.1)
        if name == "attn_sinks":
            return self.normal(sizes, 1.0)
        return self.normal(sizes, sizes[-1] ** -0.5)

    def normal(self, sizes: tuple[int, ...], deviation: float) -> np.ndarray:
        return (deviation * self.rng.standard_normal(sizes)).astype(np.float32)
