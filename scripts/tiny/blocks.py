"""What makes one architecture's file: the blocks' tensors, the keys, the sizes.

Blocks are lists of names; what the tensors of a name are, tensors.py knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import vocabulary
from chat_templates import CHATML
from tensors import Shape, Sizes

ATTENTION = "attn_norm attn_q attn_k attn_v attn_output"
FUSED_ATTENTION = "attn_norm attn_qkv attn_output"
QKV_BIASES = "attn_q.bias attn_k.bias attn_v.bias"
QUERY_KEY_NORMS = "attn_q_norm attn_k_norm"
POST_NORMS = "post_attention_norm post_ffw_norm"
GATED = "ffn_gate ffn_up ffn_down"
UNGATED = "ffn_up ffn_down"
EXPERTS = "ffn_gate_inp ffn_gate_exps ffn_up_exps ffn_down_exps"
SHARED_EXPERT = "ffn_gate_shexp ffn_up_shexp ffn_down_shexp"

LLAMA = f"{ATTENTION} ffn_norm {GATED}"
MIXTURE = f"{ATTENTION} ffn_norm {EXPERTS}"
GPT2 = (
    f"{FUSED_ATTENTION} attn_norm.bias attn_qkv.bias attn_output.bias"
    " ffn_norm ffn_norm.bias ffn_up ffn_up.bias ffn_down ffn_down.bias"
)


def biased(names: str) -> str:
    """Each with a bias."""
    return " ".join(f"{name} {name}.bias" for name in names.split())


# Keys of the file, without the architecture in front; a string names a size of Shape.
RMS = {"attention.layer_norm_rms_epsilon": 1e-6, "rope.dimension_count": "d_head"}
RMS_HEAD_SIZE = RMS | {"attention.key_length": "d_head", "attention.value_length": "d_head"}
LAYER_NORM = {"attention.layer_norm_epsilon": 1e-5}
LAYER_NORM_ROPE = LAYER_NORM | {"rope.dimension_count": "d_head"}
# Half of each head is not rotated.
PARTIAL_ROPE = {"rope.dimension_count": "n_rotation"}
# A window short enough that a test's prompt leaves it.
WINDOW = {"attention.sliding_window": 16}
# Experts chosen by the sigmoid of their logits and a bias.
SIGMOID = {"expert_gating_func": 2, "expert_weights_norm": True, "expert_weights_scale": 1.5}
BIASED_EXPERTS = f"{EXPERTS} exp_probs_b.bias"
EXPERT_SIZE = {"expert_feed_forward_length": "d_expert"}
SHARED_EXPERT_SIZE = {"expert_shared_feed_forward_length": "d_shared"}
# A sublayer's output, the embedding and the logits (by division) are scaled.
SCALED = {"residual_scale": 0.25, "embedding_scale": 12.0, "logit_scale": 2.0}

# A model without a chat template.
BASE = {"vocabulary": vocabulary.gpt2, "chat_template": None}

# One matrix for gate and up.
FUSED_GATE: dict[str, Sizes] = {"ffn_up": ("d_gate_up", "d_model")}
# One norm over all heads, and one for each.
WIDE_NORMS: dict[str, Sizes] = {"attn_q_norm": ("d_query",), "attn_k_norm": ("d_key",)}
HEAD_NORMS: dict[str, Sizes] = {
    "attn_q_norm": ("n_head", "d_head"),
    "attn_k_norm": ("n_kv_head", "d_head"),
}


@dataclass(frozen=True)
class Architecture:
    """One architecture, or a variant of one.

    `blocks` lists the tensors of the blocks in their order, the last for all further
    blocks as well. `gguf` is general.architecture where that is not the name, and
    `bare_keys` are those that stand in the file without it. `outer` lists what is
    outside the blocks besides embedding, head and final norm, `bare` those of the
    tensors whose names have no ".weight" behind.
    `embedding` is the standard deviation of the embedding. Where the head is tied it
    is small, or each token would predict itself; Gemma multiplies it by sqrt(d_model)
    on the way in.
    """

    blocks: str | tuple[str, ...]
    keys: dict[str, object]
    bare_keys: dict[str, object] = field(default_factory=dict)
    gguf: str | None = None
    shape: Shape = Shape()
    sizes: dict[str, Sizes] = field(default_factory=dict)
    tied: bool = False
    embedding: float | None = None
    final_norm: str = "output_norm"
    outer: str = ""
    bare: frozenset[str] = frozenset()
    vocabulary: Callable[[], vocabulary.Vocabulary] = vocabulary.chatml
    chat_template: str | None = CHATML

    @property
    def embedding_deviation(self) -> float:
        return self.embedding or (0.1 if self.tied else 1.0)

    def block(self, layer: int) -> str:
        if isinstance(self.blocks, str):
            return self.blocks
        return self.blocks[min(layer, len(self.blocks) - 1)]
