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


def softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


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
    # What the router reads and what the experts read, where it is not what the MLP reads;
    # by how much they and the shared expert together are multiplied.
    router_reads: str | None = None
    expert_norm: str | None = None
    shared_scale: float = 1.0
    weighted_input: bool = False
    # Of the embedding, by which it is multiplied, and of the logits.
    scaled_embedding: bool = False
    logits_divided: bool = False
    # Every so many blocks one has no sliding window, where the file does not say which.
    window_period: int = 0
    # Values are mixed behind a norm without weights.
    value_norm: bool = False

    def routing(self, key: Callable) -> Callable[[np.ndarray], np.ndarray]:
        """What makes probabilities of a router's logits."""
        by_sigmoid = key("expert_gating_func", 1) == 2 or self.expert_weights == "sigmoid"
        return sigmoid if by_sigmoid else softmax


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

NORMALISED_POST = replace(NORMALISED, mlp_norm="post_attention_norm")
GEMMA_4 = replace(GEMMA_2, value_norm=True)

FAMILIES = {
    "afmoe": replace(POST_NORMS, scaled_embedding=True),
    "cohere2moe": replace(PARALLEL, shared_scale=0.5),
    "cohere2moe-routed": PARALLEL,
    "ernie4_5-moe": NORMALISED,
    "gemma4": GEMMA_4,
    "gemma4-dense": GEMMA_4,
    "gemma4-moe": replace(
        GEMMA_4,
        expert_norm="pre_ffw_norm_2",
        router_reads="normed resid_mid",
        gated_experts=lambda gate, up: gelu(gate) * up,
        expert_weights_sum_to_1=True,
    ),
    "glm4moe": Family(mlp_norm="post_attention_norm"),
    "granite_swa": GRANITE,
    "granitehybrid": GRANITE,
    "granitehybrid-moe": GRANITE,
    "grovemoe": NORMALISED,
    "hunyuan-moe": NORMALISED,
    "kimi-linear": NORMALISED,
    "lfm2moe": NORMALISED,
    "mimo2": NORMALISED,
    "minimax-m2": NORMALISED,
    "nemotron_h": Family(activation=squared_relu, mlp_norm="attn_norm"),
    "nemotron_h_moe": Family(activation=squared_relu, mlp_norm="attn_norm"),
    "plamo2": POST_NORMS,
    "plamo3": POST_NORMS,
    "qwen35": Family(mlp_norm="post_attention_norm"),
    "qwen35moe": NORMALISED_POST,
    "qwen3next": NORMALISED_POST,
    "smallthinker": replace(
        NORMALISED, router_reads="resid_pre", gated_experts=lambda gate, up: np.maximum(gate, 0) * up
    ),
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
