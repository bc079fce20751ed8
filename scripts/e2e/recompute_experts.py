"""What a mixture of experts must give. See recompute.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from families import sigmoid, silu

if TYPE_CHECKING:
    from recompute_block import Block


def experts(block: Block) -> np.ndarray:
    """A mixture of the experts with the largest logits, and the one that all tokens share."""
    x, logits = block.mlp_input(), block.got("mlp.hook_router_logits")
    chosen = np.argsort(-logits, axis=1)[:, : block.weights.key("expert_used_count")]
    weights = np.take_along_axis(probabilities(block, logits), chosen, axis=1)
    if block.family.expert_weights_sum_to_1:
        weights = weights / weights.sum(axis=1, keepdims=True)
    weights = weights * block.weights.key("expert_weights_scale", 1.0)
    outside = np.ones_like(weights) if block.family.weighted_input else weights
    inside = weights / outside
    out = shared_expert(block, x)
    for token, numbers in enumerate(chosen):
        for i, number in enumerate(numbers):
            y = expert(block, number, x[token] * inside[token, i])
            out[token] += outside[token, i] * y
    return out


def probabilities(block: Block, logits: np.ndarray) -> np.ndarray:
    if block.family.expert_weights == "sigmoid":
        return sigmoid(logits)
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def expert(block: Block, number: int, x: np.ndarray) -> np.ndarray:
    def through(tensor: str, x: np.ndarray) -> np.ndarray:
        bias = block.name(f"{tensor}.bias")
        y = block.weights[block.name(f"{tensor}.weight")][number] @ x
        return y + block.weights[bias][number] if bias in block.weights else y

    hidden = block.family.gated_experts(through("ffn_gate_exps", x), through("ffn_up_exps", x))
    return through("ffn_down_exps", hidden)


def shared_expert(block: Block, x: np.ndarray) -> np.ndarray:
    if not block.has("ffn_up_shexp"):
        return np.zeros_like(x)
    hidden = silu(block.linear("ffn_gate_shexp", x)) * block.linear("ffn_up_shexp", x)
    out = block.linear("ffn_down_shexp", hidden)
    if block.has("ffn_gate_inp_shexp"):
        out = out * sigmoid(x @ block.weights[block.name("ffn_gate_inp_shexp.weight")])[:, None]
    return out
