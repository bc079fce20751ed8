"""In what the tiny models differ from Llama, as far as their files do not say it themselves.

As their papers, configurations and reference code have it. Norms are named as in GGUF.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def silu(x: np.ndarray) -> np.ndarray:
    return x * sigmoid(x)


def gelu(x: np.ndarray) -> np.ndarray:
    """By tanh (Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2)."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def squared_relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) ** 2


def xielu(x: np.ndarray, alpha: float = 0.8, beta: float = 0.5, epsilon: float = -1e-6) -> np.ndarray:
    """Huang and Schlag 2024 (arXiv:2411.13010), equation 8, with the tiny model's parameters."""
    positive = np.log1p(np.exp(alpha))
    below = (np.expm1(np.minimum(x, epsilon)) - x) * (beta + positive)
    return np.where(x > 0, positive * x**2, below) + beta * x


def clamped_swiglu(gate: np.ndarray, up: np.ndarray) -> np.ndarray:
    """gpt-oss: a steeper SiLU of a clamped gate, and one is added to what it multiplies."""
    gate, up = np.minimum(gate, 7.0), np.clip(up, -7.0, 7.0)
    return gate * sigmoid(1.702 * gate) * (up + 1)


@dataclass(frozen=True)
class Family:
    """How one architecture computes. A norm that is None is not there: the stream is read as it is."""

    attention_norm: str | None = "attn_norm"
    attention_post_norm: str | None = None
    mlp_norm: str | None = "ffn_norm"
    mlp_post_norm: str | None = None
    mlp_reads: str = "resid_mid"
    activation: Callable[[np.ndarray], np.ndarray] = silu
    # Of experts: what makes weights of logits, whether those of the chosen sum to 1,
    # and whether they multiply what an expert reads, not what it gives.
    gated_experts: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda gate, up: silu(gate) * up
    expert_weights: str = "softmax"
    expert_weights_sum_to_1: bool = False
    weighted_input: bool = False
    # Of the embedding, by which it is multiplied, and of the logits.
    scaled_embedding: bool = False
    logits_divided: bool = False
    # Every so many blocks one has no sliding window.
    window_period: int = 0


LLAMA = Family()
GELU = Family(activation=gelu)
# Attention and MLP read the same stream, through the same norm.
PARALLEL = Family(mlp_norm="attn_norm", mlp_reads="resid_pre")
PARALLEL_GELU = replace(PARALLEL, activation=gelu)
SQUARED_RELU = Family(activation=squared_relu)
POST_NORMS = Family(attention_post_norm="post_attention_norm", mlp_post_norm="post_ffw_norm")
POST_NORMS_ALONE = replace(POST_NORMS, attention_norm=None, mlp_norm=None)
GEMMA = Family(activation=gelu, scaled_embedding=True)
GEMMA_2 = replace(POST_NORMS, activation=gelu, scaled_embedding=True)
NORMALISED = Family(expert_weights_sum_to_1=True)
GRANITE = Family(logits_divided=True, expert_weights_sum_to_1=True)

FAMILIES = {
    "apertus": Family(activation=xielu),
    "arcee": SQUARED_RELU,
    "codeshell": GELU,
    "cohere2": replace(PARALLEL, window_period=4),
    "command-r": PARALLEL,
    "exaone4": POST_NORMS_ALONE,
    "falcon": PARALLEL_GELU,
    "falcon-two-norms": replace(PARALLEL_GELU, attention_norm="attn_norm_2"),
    "gemma": GEMMA,
    "gemma2": replace(GEMMA_2, window_period=2),
    "gemma3": replace(GEMMA_2, window_period=6),
    "glm4": POST_NORMS,
    "gpt-oss": Family(
        mlp_norm="post_attention_norm",
        gated_experts=clamped_swiglu,
        expert_weights_sum_to_1=True,
        window_period=2,
    ),
    "gpt2": GELU,
    "gptneox": replace(GELU, mlp_reads="resid_pre"),
    "gptneox-sequential": GELU,
    "granite": GRANITE,
    "granitemoe": GRANITE,
    "llama4": Family(expert_weights="sigmoid", weighted_input=True),
    "minicpm": GRANITE,
    "mixtral": NORMALISED,
    "nemotron": SQUARED_RELU,
    "olmo2": POST_NORMS_ALONE,
    "olmo3": replace(POST_NORMS_ALONE, window_period=4),
    "phi2": PARALLEL_GELU,
    "phimoe": NORMALISED,
    "qwen3moe": NORMALISED,
    "seed_oss": Family(mlp_norm="post_attention_norm"),
    "stablelm-parallel": PARALLEL,
    "starcoder": GELU,
    "starcoder2": GELU,
}


def family(name: str) -> Family:
    """Of a tiny model, by its name."""
    return FAMILIES.get(name, LLAMA)
