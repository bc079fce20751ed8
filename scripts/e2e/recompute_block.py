"""What each point of a block must be. See recompute.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from families import gelu, sigmoid
from recompute_experts import experts
from recompute_mixers import channel_mix, mixer

if TYPE_CHECKING:
    from recompute import Captured


class Block:
    """One block of a run."""

    def __init__(self, captured: Captured, layer: int) -> None:
        self.captured, self.layer = captured, layer
        self.weights, self.family = captured.weights, captured.family

    def name(self, tensor: str) -> str:
        return f"blk.{self.layer}.{tensor}"

    def has(self, tensor: str) -> bool:
        return self.name(f"{tensor}.weight") in self.weights

    def got(self, point: str, layer: int | None = None) -> np.ndarray:
        return self.captured.states(self.column(point, layer))

    def column(self, point: str, layer: int | None = None) -> str:
        return f"blocks.{self.layer if layer is None else layer}.{point}"

    def captures(self, point: str) -> bool:
        return self.column(point) in self.captured.run.hooks

    def linear(self, tensor: str, x: np.ndarray) -> np.ndarray:
        return self.weights.linear(self.name(tensor), x)

    def norm(self, tensor: str | None, x: np.ndarray) -> np.ndarray:
        return x if tensor is None else self.weights.norm(self.name(tensor), x)

    def key(self, name: str, default: object = None):
        return self.weights.layer_key(name, self.layer, default)

    def added(self, post_norm: str | None, x: np.ndarray) -> np.ndarray:
        """What a sublayer adds to the stream."""
        return self.norm(post_norm, x) * self.weights.key("residual_scale", 1.0)

    # The stream

    def resid_pre(self) -> np.ndarray:
        if self.layer > 0:
            return self.got("hook_resid_post", self.layer - 1)
        positions = self.captured.run.tokens["position"].to_numpy()
        learned, embedded = "position_embd.weight", self.captured.states("hook_embed")
        if "token_embd_norm.bias" in self.weights:  # RWKV
            embedded = self.weights.norm("token_embd_norm", embedded)
        return embedded + (self.weights[learned][positions] if learned in self.weights else 0)

    def sum(self, *points: str) -> np.ndarray:
        """Of those that there are."""
        return sum(self.got(f"hook_{point}") for point in points if self.captures(f"hook_{point}"))

    def resid_mid(self) -> np.ndarray:
        return self.sum("resid_pre", "attn_out", "mixer_out")

    def resid_post(self) -> np.ndarray:
        before = ["resid_mid"] if self.captures("hook_resid_mid") else ["resid_pre", "attn_out", "mixer_out"]
        scale = "layer_output_scale"
        factor = self.weights[self.name(f"{scale}.weight")] if self.has(scale) else 1
        return self.sum(*before, "mlp_out", "per_layer_out") * factor

    def per_layer_out(self) -> np.ndarray:
        """Of Gemma 4: an embedding of the token for each block, gated by the stream."""
        size = self.weights.key("embedding_length_per_layer_input")
        at, tokens = slice(self.layer * size, (self.layer + 1) * size), self.captured.run.tokens["token_id"].to_numpy()
        of_token = self.weights["per_layer_token_embd.weight"][tokens, at] * np.sqrt(size)
        projected = self.captured.states("hook_embed") @ self.weights["per_layer_model_proj.weight"][at].T
        projected = self.weights.norm("per_layer_proj_norm", projected / np.sqrt(self.weights.width))
        gate = gelu(self.linear("inp_gate", self.sum("resid_mid", "mlp_out")))
        return self.norm("post_norm", self.linear("proj", gate * (projected + of_token) / np.sqrt(2)))

    # Attention

    def attention_input(self) -> np.ndarray:
        return self.norm(self.family.attention_norm, self.got("hook_resid_pre"))

    def projection(self, which: int) -> np.ndarray:
        """q, k or v: [tokens, heads, d_head]."""
        weights, x = self.weights, self.attention_input()
        heads = [weights.heads(self.layer), *[weights.kv_heads(self.layer)] * 2]
        if self.has("attn_qkv"):
            sizes = [n * weights.head_size() for n in heads]
            y = np.split(self.linear("attn_qkv", x), np.cumsum(sizes)[:2], axis=1)[which]
        else:
            y = self.linear(("attn_q", "attn_k", "attn_v")[which], x)
        y = y.reshape(len(x), heads[which], -1)
        return y[:, :, : weights.head_size()] if which == 0 and self.gated_query() else y

    def gated_query(self) -> bool:
        """Qwen 3.5: the matrix of the queries gives a gate for each as well."""
        rows = self.weights[self.name("attn_q.weight")].shape[0] if self.has("attn_q") else 0
        return rows == 2 * self.weights.heads(self.layer) * self.weights.head_size()

    def gate(self) -> np.ndarray | float:
        """What the mixed values are multiplied with."""
        x, heads = self.attention_input(), self.weights.heads(self.layer)
        if self.gated_query():
            return sigmoid(self.linear("attn_q", x).reshape(len(x), heads, -1)[:, :, self.weights.head_size() :])
        if self.has("attn_gate"):
            return sigmoid(self.linear("attn_gate", x).reshape(len(x), heads, -1))
        return 1.0

    def mixed(self, values: np.ndarray) -> np.ndarray:
        """Values, [tokens, kv_heads, d], mixed by the pattern, each sample for itself."""
        run, pattern = self.captured.run, self.got("attn.hook_pattern")
        values = np.repeat(values, pattern.shape[1] // values.shape[1], axis=1)
        spans = [run.span(sample["sample_id"]) for sample in run.samples]
        return np.concatenate(
            [np.einsum("ths,shd->thd", pattern[at, :, : at.stop - at.start], values[at]) for at in spans]
        )

    def values(self) -> np.ndarray:
        """This block's, or its keys where it has none; Gemma 4's last blocks have those of an earlier one."""
        source, window = self.layer, "attention.sliding_window_pattern"
        if not self.captures("attn.hook_k"):
            source = self.weights.layers - self.weights.key("attention.shared_kv_layers") - (2 if self.key(window) else 1)
        name = "attn.hook_v" if self.column("attn.hook_v", source) in self.captured.run.hooks else "attn.hook_k"
        return self.got(name, source)

    def z(self) -> np.ndarray:
        values, limit = self.values(), self.weights.key("attention.clamp_kqv")
        if self.family.value_norm:
            epsilon = self.weights.key("attention.layer_norm_rms_epsilon")
            values = values / np.sqrt((values**2).mean(axis=-1, keepdims=True) + epsilon)
        return self.mixed(values if limit is None else np.clip(values, -limit, limit)) * self.gate()

    def latent_z(self) -> np.ndarray:
        """Of DeepSeek 2, whose heads share one compressed value, expanded behind the mixing."""
        rank = self.weights.key("attention.kv_lora_rank")
        compressed = self.linear("attn_kv_a_mqa", self.attention_input())[:, :rank]
        shared = self.mixed(self.norm("attn_kv_a_norm", compressed)[:, None])
        return np.einsum("thc,hdc->thd", shared, self.weights[self.name("attn_v_b.weight")])

    def attn_out(self) -> np.ndarray:
        if self.captures("attn.hook_z"):
            z = self.got("attn.hook_z")
        elif self.has("attn_kv_a_mqa"):
            z = self.latent_z()
        else:  # one matrix in the place of the attention
            z = self.attention_input()
        scale = self.weights.key("attention.value_scale", 1.0)
        return self.added(self.family.attention_post_norm, scale * self.linear("attn_output", z.reshape(len(z), -1)))

    def mixer_out(self) -> np.ndarray:
        beside = self.attn_out() if self.captures("attn.hook_z") else 0  # Falcon H1
        return self.added(self.family.attention_post_norm, mixer(self)) + beside

    # MLP

    def mlp_input(self) -> np.ndarray:
        stream = self.family.mlp_reads if self.captures("hook_resid_mid") else "resid_pre"
        return self.norm(self.family.mlp_norm, self.got(f"hook_{stream}"))

    def up(self) -> tuple[np.ndarray, np.ndarray | None]:
        """What the activation function reads, and what its result multiplies."""
        x = self.mlp_input()
        if self.has("ffn_gate"):
            return self.linear("ffn_gate", x), self.linear("ffn_up", x)
        both, width = self.linear("ffn_up", x), self.weights[self.name("ffn_down.weight")].shape[1]
        return (both[:, :width], both[:, width:]) if both.shape[1] == 2 * width else (both, None)

    def mlp_pre(self) -> np.ndarray:
        return self.up()[0]

    def mlp_post(self) -> np.ndarray:
        activated, up = self.family.activation(self.got("mlp.hook_pre")), self.up()[1]
        return activated if up is None else activated * up

    def mlp_out(self) -> np.ndarray:
        if self.has("channel_mix_key"):
            return channel_mix(self)
        mixture = self.has("ffn_gate_inp")
        out = experts(self) if mixture else self.linear("ffn_down", self.got("mlp.hook_post"))
        return self.added(self.family.mlp_post_norm, out)

    def router_logits(self) -> np.ndarray:
        x = self.mlp_input()
        if self.family.router_reads == "resid_pre":
            x = self.got("hook_resid_pre")
        elif self.family.router_reads is not None:  # Gemma 4: behind a norm of its own
            x, epsilon = self.got("hook_resid_mid"), self.weights.key("attention.layer_norm_rms_epsilon")
            x = x / np.sqrt((x**2).mean(axis=1, keepdims=True) + epsilon) / np.sqrt(self.weights.width)
            x = x * self.weights[self.name("ffn_gate_inp.scale")]
        return self.linear("ffn_gate_inp", x)


BLOCK: dict[str, Callable[[Block], np.ndarray]] = {
    "resid_pre": Block.resid_pre,
    "q": lambda block: block.projection(0),
    "k": lambda block: block.projection(1),
    "v": lambda block: block.projection(2),
    "z": Block.z,
    "attn_out": Block.attn_out,
    "mixer_out": Block.mixer_out,
    "resid_mid": Block.resid_mid,
    "pre": Block.mlp_pre,
    "post": Block.mlp_post,
    "router_logits": Block.router_logits,
    "mlp_out": Block.mlp_out,
    "per_layer_out": Block.per_layer_out,
    "resid_post": Block.resid_post,
}
