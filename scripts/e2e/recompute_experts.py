"""What a mixture of experts must give. See recompute.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from families import sigmoid, softmax

if TYPE_CHECKING:
    from recompute_block import Block


def experts(block: Block) -> np.ndarray:
    """A mixture of the experts that are chosen, and the one that all tokens share."""
    family, x = block.family, block.mlp_input()
    routed = x if family.expert_norm is None else block.norm(family.expert_norm, block.got("hook_resid_mid"))
    chosen, weights = routing(block)
    out = mixture(block, "exps", routed, chosen, weights)
    if block.has("ffn_up_chexps"):  # Grove MoE: what the experts of a pair have in common reads what they gave
        pairs = chosen // block.weights.key("experts_per_group")
        probabilities = softmax(block.got("mlp.hook_router_logits"))
        common = mixture(block, "chexps", out, pairs, shares(probabilities, pairs))
        out = out + block.weights.key("expert_group_scale") * common
    if family.expert_norm is not None:  # Gemma 4: beside an MLP, each behind a norm
        dense = block.linear("ffn_down", block.got("mlp.hook_post"))
        return block.norm("post_ffw_norm_1", dense) + block.norm("post_ffw_norm_2", out)
    return (out + shared_expert(block, x)) * (family.shared_scale if block.has("ffn_up_shexp") else 1)


def routing(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """The experts of each token, and how much each counts."""
    logits, key = block.got("mlp.hook_router_logits"), block.weights.key
    probabilities = block.family.routing(key)(logits)
    chosen_by = probabilities + block.weights.bias(block.name("exp_probs_b"))
    chosen = np.argsort(-chosen_by, axis=1)[:, : key("expert_used_count")]
    weights = np.take_along_axis(probabilities, chosen, axis=1)
    if block.family.expert_weights_sum_to_1 or key("expert_weights_norm", False):
        weights = shares(probabilities, chosen)
    return chosen, weights * key("expert_weights_scale", 1.0)


def shares(probabilities: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    weights = np.take_along_axis(probabilities, chosen, axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


def mixture(block: Block, kind: str, x: np.ndarray, chosen: np.ndarray, weights: np.ndarray) -> np.ndarray:
    outside = np.ones_like(weights) if block.family.weighted_input else weights
    inside = weights / outside
    out = np.zeros_like(x)
    for token, numbers in enumerate(chosen):
        for i, number in enumerate(numbers):
            y = expert(block, kind, number, x[token] * inside[token, i])
            out[token] += outside[token, i] * y
    return out


def expert(block: Block, kind: str, number: int, x: np.ndarray) -> np.ndarray:
    def through(tensor: str, x: np.ndarray) -> np.ndarray:
        bias = block.name(f"{tensor}_{kind}.bias")
        y = block.weights[block.name(f"{tensor}_{kind}.weight")][number] @ x
        return y + block.weights[bias][number] if bias in block.weights else y

    up = through("ffn_up", x)
    gated = block.has(f"ffn_gate_{kind}")
    hidden = block.family.gated_experts(through("ffn_gate", x), up) if gated else block.family.activation(up)
    return through("ffn_down", hidden)


def shared_expert(block: Block, x: np.ndarray) -> np.ndarray:
    if not block.has("ffn_up_shexp"):
        return np.zeros_like(x)
    up, activation = block.linear("ffn_up_shexp", x), block.family.activation
    width = block.weights[block.name("ffn_down_shexp.weight")].shape[1]
    if block.has("ffn_gate_shexp"):
        hidden = activation(block.linear("ffn_gate_shexp", x)) * up
    elif up.shape[1] == 2 * width:  # gate and up in one
        hidden = activation(up[:, :width]) * up[:, width:]
    else:
        hidden = activation(up)
    out = block.linear("ffn_down_shexp", hidden)
    if block.has("ffn_gate_inp_shexp"):
        out = out * sigmoid(x @ block.weights[block.name("ffn_gate_inp_shexp.weight")])[:, None]
    return out
