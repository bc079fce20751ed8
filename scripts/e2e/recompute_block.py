"""What each point of a block must be. See recompute.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from recompute_experts import experts

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

    def added(self, post_norm: str | None, x: np.ndarray) -> np.ndarray:
        """What a sublayer adds to the stream."""
        return self.norm(post_norm, x) * self.weights.key("residual_scale", 1.0)

    # The stream

    def resid_pre(self) -> np.ndarray:
        if self.layer > 0:
            return self.got("hook_resid_post", self.layer - 1)
        positions = self.captured.run.tokens["position"].to_numpy()
        learned = "position_embd.weight"
        return self.captured.states("hook_embed") + (
            self.weights[learned][positions] if learned in self.weights else 0
        )

    def resid_mid(self) -> np.ndarray:
        return self.got("hook_resid_pre") + self.got("hook_attn_out")

    def resid_post(self) -> np.ndarray:
        terms = [self.got("hook_mlp_out")]
        if self.captures("hook_resid_mid"):
            return self.got("hook_resid_mid") + terms[0]
        if self.captures("hook_attn_out"):
            terms.append(self.got("hook_attn_out"))
        return self.got("hook_resid_pre") + sum(terms)

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
        return y.reshape(len(x), heads[which], -1)

    def mixed(self, values: np.ndarray) -> np.ndarray:
        """Values, [tokens, kv_heads, d], mixed by the pattern, each sample for itself."""
        run, pattern = self.captured.run, self.got("attn.hook_pattern")
        values = np.repeat(values, pattern.shape[1] // values.shape[1], axis=1)
        spans = [run.span(sample["sample_id"]) for sample in run.samples]
        return np.concatenate(
            [np.einsum("ths,shd->thd", pattern[at, :, : at.stop - at.start], values[at]) for at in spans]
        )

    def z(self) -> np.ndarray:
        values, limit = self.got("attn.hook_v"), self.weights.key("attention.clamp_kqv")
        return self.mixed(values if limit is None else np.clip(values, -limit, limit))

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
        return self.added(self.family.attention_post_norm, self.linear("attn_output", z.reshape(len(z), -1)))

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
        mixture = self.has("ffn_gate_inp")
        out = experts(self) if mixture else self.linear("ffn_down", self.got("mlp.hook_post"))
        return self.added(self.family.mlp_post_norm, out)

    def router_logits(self) -> np.ndarray:
        return self.linear("ffn_gate_inp", self.mlp_input())


BLOCK: dict[str, Callable[[Block], np.ndarray]] = {
    "resid_pre": Block.resid_pre,
    "q": lambda block: block.projection(0),
    "k": lambda block: block.projection(1),
    "v": lambda block: block.projection(2),
    "z": Block.z,
    "attn_out": Block.attn_out,
    "resid_mid": Block.resid_mid,
    "pre": Block.mlp_pre,
    "post": Block.mlp_post,
    "router_logits": Block.router_logits,
    "mlp_out": Block.mlp_out,
    "resid_post": Block.resid_post,
}
