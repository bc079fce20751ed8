"""What mixers of tokens other than attention must add to the stream. See recompute.py.

Each sample is computed from its first token on, one token after another, as the papers
write the recurrences; tensors that are not said to be otherwise are [tokens, ...].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from families import sigmoid, silu

if TYPE_CHECKING:
    from recompute_block import Block


def mixer(block: Block) -> np.ndarray:
    """Of the block's kind, over every sample by itself."""
    compute = next(function for tensor, function in KINDS.items() if block.has(tensor))
    run = block.captured.run
    return np.concatenate([compute(block, run.span(sample["sample_id"])) for sample in run.samples])


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def unit(x: np.ndarray, epsilon: float) -> np.ndarray:
    return x / np.sqrt((x**2).sum(axis=-1, keepdims=True) + epsilon)


def convolution(block: Block, tensor: str, x: np.ndarray) -> np.ndarray:
    """Of each channel with its own kernel, over the token and those before it."""
    kernel = block.weights[block.name(f"{tensor}.weight")]
    kernel = kernel.reshape(x.shape[1], -1)
    width = kernel.shape[1]
    padded = np.concatenate([np.zeros((width - 1, x.shape[1])), x])
    parts = [padded[i : i + len(x)] * kernel[:, i] for i in range(width)]
    return sum(parts) + block.weights.bias(block.name(tensor))


def mamba(block: Block, at: slice) -> np.ndarray:
    """Gu and Dao 2023 (arXiv:2312.00752), algorithm 2; Jamba has norms of step, B and C."""
    x = block.attention_input()[at]
    weights, key = block.weights, block.weights.key
    inner, size, rank = key("ssm.inner_size"), key("ssm.state_size"), key("ssm.time_step_rank")
    u, z = np.split(block.linear("ssm_in", x), 2, axis=1)
    u = silu(convolution(block, "ssm_conv1d", u))
    step, b, c = np.split(u @ weights[block.name("ssm_x.weight")].T, [rank, rank + size], axis=1)
    if block.has("ssm_dt_norm"):
        step, b, c = (block.norm(f"ssm_{name}_norm", v) for name, v in (("dt", step), ("b", b), ("c", c)))
    step = softplus(block.linear("ssm_dt", step))
    a, d = weights[block.name("ssm_a")], weights[block.name("ssm_d")]
    state, y = np.zeros((inner, size)), np.empty_like(u)
    for t in range(len(x)):
        state = state * np.exp(step[t][:, None] * a) + np.outer(step[t] * u[t], b[t])
        y[t] = state @ c[t] + d * u[t]
    return block.linear("ssm_out", y * silu(z))


def plamo_2(block: Block, at: slice) -> np.ndarray:
    """Mamba with heads: one step and one decay for each."""
    x, weights, key = block.attention_input()[at], block.weights, block.weights.key
    inner, size, heads = key("ssm.inner_size"), key("ssm.state_size"), key("ssm.time_step_rank")
    z, u = np.split((x @ weights[block.name("ssm_in.weight")].T).reshape(len(x), heads, -1), 2, axis=2)
    u = silu(convolution(block, "ssm_conv1d", u.reshape(len(x), inner)))
    b, c, step = np.split(u @ weights[block.name("ssm_x.weight")].T, [size, 2 * size], axis=1)
    step, b, c = (block.norm(f"ssm_{name}_norm", v) for name, v in (("dt", step), ("b", b), ("c", c)))
    step, u = softplus(block.linear("ssm_dt", step)), u.reshape(len(x), heads, -1)
    a, d = weights[block.name("ssm_a")], weights[block.name("ssm_d")]
    state, y = np.zeros((heads, inner // heads, size)), np.empty_like(u)
    for t in range(len(x)):
        state = state * np.exp(step[t] * a)[:, None, None] + (step[t][:, None] * u[t])[:, :, None] * b[t]
        y[t] = state @ c[t] + d[:, None] * u[t]
    return block.linear("ssm_out", (y * silu(z)).reshape(len(x), inner))


def mamba_2(block: Block, at: slice) -> np.ndarray:
    """Dao and Gu 2024 (arXiv:2405.21060), section 7: one decay for each head, B and C for groups of heads."""
    x = block.attention_input()[at]
    weights, key = block.weights, block.weights.key
    inner, size, heads, groups = (key(f"ssm.{name}") for name in ("inner_size", "state_size", "time_step_rank", "group_count"))
    z, mixed, step = np.split(x @ weights[block.name("ssm_in.weight")].T, [inner, 2 * inner + 2 * groups * size], axis=1)
    mixed = silu(convolution(block, "ssm_conv1d", mixed))
    u, b, c = np.split(mixed, [inner, inner + groups * size], axis=1)
    u = u.reshape(len(x), heads, -1)
    b, c = (np.repeat(v.reshape(len(x), groups, size), heads // groups, axis=1) for v in (b, c))
    step = softplus(step + weights[block.name("ssm_dt.bias")])
    a, d = (weights[block.name(name)].reshape(heads, 1) for name in ("ssm_a", "ssm_d"))
    state, y = np.zeros((heads, inner // heads, size)), np.empty_like(u)
    for t in range(len(x)):
        decay = np.exp(step[t][:, None] * a)[:, :, None]
        state = state * decay + (step[t][:, None] * u[t])[:, :, None] * b[t][:, None]
        y[t] = np.einsum("hpn,hn->hp", state, c[t]) + d * u[t]
    y = (y.reshape(len(x), inner) * silu(z)).reshape(len(x), groups, -1)
    return block.linear("ssm_out", block.norm("ssm_norm", y).reshape(len(x), inner))


def delta_rule(q: np.ndarray, k: np.ndarray, v: np.ndarray, decay: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Yang et al. 2024 (arXiv:2412.06464), equation 10: [tokens, heads, d]; decays are of keys' sizes or 1."""
    state, out = np.zeros((q.shape[1], q.shape[2], v.shape[2])), np.empty_like(v)
    for t in range(len(q)):
        state = state * decay[t][:, :, None]
        error = rate[t][:, None] * (v[t] - np.einsum("hkv,hk->hv", state, k[t]))
        state = state + k[t][:, :, None] * error[:, None]
        out[t] = np.einsum("hkv,hk->hv", state, q[t]) / np.sqrt(q.shape[2])
    return out


def gated_delta_net(block: Block, at: slice) -> np.ndarray:
    x = block.attention_input()[at]
    weights, key, n = block.weights, block.weights.key, len(x)
    size, groups, heads = key("ssm.state_size"), key("ssm.group_count"), key("ssm.time_step_rank")
    epsilon = key("attention.layer_norm_rms_epsilon")
    mixed = silu(convolution(block, "ssm_conv1d", block.linear("attn_qkv", x)))
    q, k, v = np.split(mixed, [groups * size, 2 * groups * size], axis=1)
    q, k = (unit(u.reshape(n, groups, size), epsilon) for u in (q, k))
    if block.has("ssm_ba"):  # Qwen 3 Next: the heads of values that share a key stand together
        rate, alpha = np.split(block.linear("ssm_ba", x).reshape(n, groups, -1), 2, axis=2)
        rate, alpha = rate.reshape(n, heads), alpha.reshape(n, heads)
        q, k = (np.repeat(u, heads // groups, axis=1) for u in (q, k))
    else:
        rate, alpha = block.linear("ssm_beta", x), x @ weights[block.name("ssm_alpha.weight")].T
        q, k = (np.tile(u, (1, heads // groups, 1)) for u in (q, k))
    decay = np.exp(softplus(alpha + weights[block.name("ssm_dt.bias")]) * weights[block.name("ssm_a")])
    out = delta_rule(q, k, v.reshape(n, heads, -1), decay[:, :, None], sigmoid(rate))
    gate = silu(block.linear("attn_gate", x)).reshape(out.shape)
    return block.linear("ssm_out", (block.norm("ssm_norm", out) * gate).reshape(n, -1))


def kimi_delta(block: Block, at: slice) -> np.ndarray:
    """Kimi Team 2025 (arXiv:2510.26692), section 3: a decay for each channel of the keys."""
    x = block.attention_input()[at]
    weights, n, heads = block.weights, len(x), block.weights.key("attention.head_count")
    epsilon = weights.key("attention.layer_norm_rms_epsilon")
    q, k, v = (
        silu(convolution(block, f"ssm_conv1d_{name}", block.linear(f"attn_{name}", x))).reshape(n, heads, -1) for name in "qkv"
    )
    low = block.linear("ssm_f_b", block.linear("ssm_f_a", x)) + weights[block.name("ssm_dt.bias")]
    decay = np.exp(softplus(low).reshape(n, heads, -1) * weights[block.name("ssm_a")].reshape(heads, 1))
    out = delta_rule(unit(q, epsilon), unit(k, epsilon), v, decay, sigmoid(block.linear("ssm_beta", x)))
    gate = sigmoid(block.linear("ssm_g_b", block.linear("ssm_g_a", x))).reshape(out.shape)
    return block.linear("attn_output", (block.norm("ssm_norm", out) * gate).reshape(n, -1))


def short_convolution(block: Block, at: slice) -> np.ndarray:
    """LFM2: a convolution between two gates."""
    x = block.attention_input()[at]
    b, c, u = np.split(block.linear("shortconv.in_proj", x), 3, axis=1)
    return block.linear("shortconv.out_proj", c * convolution(block, "shortconv.conv", b * u))


def shifted(x: np.ndarray) -> np.ndarray:
    """What stood at the token before."""
    return np.concatenate([np.zeros_like(x[:1]), x[:-1]])


def first_values(block: Block, at: slice) -> np.ndarray:
    first = type(block)(block.captured, 0)
    x = first.attention_input()[at]
    lerp = first.weights[first.name("time_mix_lerp_fused.weight")].reshape(6, -1)[3]
    return first.linear("time_mix_value", x + (shifted(x) - x) * lerp)


def channel_mix(block: Block) -> np.ndarray:
    """RWKV 7's MLP, which sees the token before as well."""
    x, run = block.norm("attn_norm_2", block.got("hook_resid_mid")), block.captured.run
    before = np.concatenate([shifted(x[run.span(sample["sample_id"])]) for sample in run.samples])
    lerp = block.weights[block.name("channel_mix_lerp_k.weight")].reshape(-1)
    hidden = np.maximum(block.linear("channel_mix_key", x + (before - x) * lerp), 0) ** 2
    return block.linear("channel_mix_value", hidden)


def time_mix(block: Block, at: slice) -> np.ndarray:
    """RWKV 7 (Peng et al. 2025, arXiv:2503.14456), section 4; the values of later blocks are mixed with the first's."""
    x = block.attention_input()[at]
    n, size = len(x), block.weights.key("wkv.head_size")

    def weight(name: str) -> np.ndarray:
        return block.weights[block.name(f"time_mix_{name}.weight")]

    def low_rank(name: str, u: np.ndarray, between: Callable = lambda v: v) -> np.ndarray:
        return between(u @ weight(f"{name}1").T) @ weight(f"{name}2").T

    def heads(u: np.ndarray) -> np.ndarray:
        return u.reshape(n, -1, size)

    lerp = weight("lerp_fused").reshape(6, -1)
    xr, xw, xk, xv, xa, xg = (x + (shifted(x) - x) * lerp[i] for i in range(6))
    r, k, v = (u @ weight(name).T for name, u in (("receptance", xr), ("key", xk), ("value", xv)))
    decay = np.exp(-0.606531 * sigmoid(weight("w0") + low_rank("w", xw, np.tanh)))
    if block.layer > 0:
        first = first_values(block, at)
        v = v + (first - v) * sigmoid(weight("v0") + low_rank("v", xv))
    rate = sigmoid(weight("a0") + low_rank("a", xa))
    gate = low_rank("g", xg, sigmoid)
    removed = heads(k * weight("k_k"))
    removed = removed / np.maximum(np.sqrt((removed**2).sum(axis=-1, keepdims=True)), 1e-12)
    k = k + k * weight("k_a") * (rate - 1)
    r, k, v, decay, rate = map(heads, (r, k, v, decay, rate))
    state, out = np.zeros((r.shape[1], size, size)), np.empty_like(v)  # [heads, of values, of keys]
    for t in range(n):
        forgotten = np.einsum("hvk,hk->hv", state, -removed[t])[:, :, None] * (removed[t] * rate[t])[:, None]
        state = state * decay[t][:, None] + forgotten + v[t][:, :, None] * k[t][:, None]
        out[t] = np.einsum("hvk,hk->hv", state, r[t])
    centred = out - out.mean(axis=-1, keepdims=True)
    normed = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 64e-5)
    bias = block.weights[block.name("time_mix_ln.bias")]
    out = normed.reshape(n, -1) * weight("ln") + bias
    bonus = (k * r * weight("r_k").reshape(1, -1, size)).sum(axis=-1, keepdims=True) * v
    return ((out + bonus.reshape(n, -1)) * gate) @ weight("output").T


def mamba_or_plamo(block: Block, at: slice) -> np.ndarray:
    """PLaMo 2's decays are of heads, not of channels and states."""
    return (plamo_2 if block.weights[block.name("ssm_a")].ndim == 1 else mamba)(block, at)


# By a tensor that no other kind has. Falcon H1 has attention as well.
KINDS: dict[str, Callable[[Block, slice], np.ndarray]] = {
    "ssm_x": mamba_or_plamo,
    "ssm_conv1d_q": kimi_delta,
    "attn_qkv": gated_delta_net,
    "ssm_in": mamba_2,
    "shortconv.conv": short_convolution,
    "time_mix_key": time_mix,
}
