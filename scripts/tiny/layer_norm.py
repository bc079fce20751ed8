"""The table of architectures with LayerNorm."""

from blocks import (
    ATTENTION,
    BASE,
    GATED,
    GPT2,
    HEAD_NORMS,
    LAYER_NORM,
    LAYER_NORM_ROPE,
    PARTIAL_ROPE,
    QKV_BIASES,
    QUERY_KEY_NORMS,
    UNGATED,
    WINDOW,
    Architecture,
    biased,
)
from tensors import Shape

MANY_HEADS = Shape(n_kv_head=4)
ONE_KEY_HEAD = Shape(n_kv_head=1)

BIASED_NORM = "attn_norm attn_norm.bias"
PROJECTIONS = "attn_q attn_k attn_v attn_output"
NEOX_BLOCK = biased("attn_norm attn_qkv attn_output ffn_norm ffn_up ffn_down")
COHERE_BLOCK = f"{ATTENTION} {GATED}"

LAYER_NORMS = {
    "gpt2": Architecture(
        GPT2,
        LAYER_NORM,
        shape=Shape(n_kv_head=4, n_context=256),
        tied=True,
        outer="position_embd output_norm.bias",
        **BASE,
    ),
    # Norms without weights.
    "olmo": Architecture(
        f"{PROJECTIONS} {GATED}",
        LAYER_NORM_ROPE | {"attention.clamp_kqv": 2.0},
        final_norm="",
        **BASE,
    ),
    "orion": Architecture(
        f"{BIASED_NORM} {PROJECTIONS} {biased('ffn_norm')} {GATED}",
        LAYER_NORM_ROPE,
        outer="output_norm.bias",
    ),
    "nemotron": Architecture(
        f"{BIASED_NORM} {PROJECTIONS} {biased('ffn_norm')} {UNGATED}",
        LAYER_NORM | PARTIAL_ROPE,
        outer="output_norm.bias",
    ),
    "starcoder": Architecture(
        GPT2,
        LAYER_NORM,
        shape=ONE_KEY_HEAD,
        tied=True,
        outer="position_embd output_norm.bias",
        **BASE,
    ),
    "starcoder2": Architecture(
        biased(f"{ATTENTION} ffn_norm {UNGATED}"),
        LAYER_NORM_ROPE,
        tied=True,
        outer="output_norm.bias",
        **BASE,
    ),
    "codeshell": Architecture(NEOX_BLOCK, LAYER_NORM_ROPE, outer="output_norm.bias", **BASE),
    "jais": Architecture(
        f"{NEOX_BLOCK} {biased('ffn_gate')}",
        LAYER_NORM | {"attention.max_alibi_bias": 8.0},
        shape=MANY_HEADS,
        outer="output_norm.bias",
        **BASE,
    ),
    "gptneox-sequential": Architecture(
        NEOX_BLOCK,
        LAYER_NORM | PARTIAL_ROPE | {"use_parallel_residual": False},
        gguf="gptneox",
        shape=MANY_HEADS,
        outer="output_norm.bias",
        **BASE,
    ),
    "stablelm": Architecture(
        f"{BIASED_NORM} {PROJECTIONS} {QKV_BIASES} {biased('ffn_norm')} {GATED}",
        LAYER_NORM | PARTIAL_ROPE,
        outer="output_norm.bias",
    ),
    # Attention and MLP side by side.
    "stablelm-parallel": Architecture(
        f"{BIASED_NORM} {PROJECTIONS} {QUERY_KEY_NORMS} {GATED}",
        LAYER_NORM | PARTIAL_ROPE,
        gguf="stablelm",
        sizes=HEAD_NORMS,
        outer="output_norm.bias",
    ),
    "gptneox": Architecture(
        NEOX_BLOCK,
        LAYER_NORM | PARTIAL_ROPE | {"use_parallel_residual": True},
        shape=MANY_HEADS,
        outer="output_norm.bias",
        **BASE,
    ),
    "phi2": Architecture(
        biased("attn_norm attn_qkv attn_output ffn_up ffn_down"),
        LAYER_NORM | PARTIAL_ROPE,
        shape=MANY_HEADS,
        outer="output_norm.bias output.bias",
        **BASE,
    ),
    "falcon": Architecture(
        f"{BIASED_NORM} attn_qkv attn_output {UNGATED}",
        LAYER_NORM_ROPE,
        shape=ONE_KEY_HEAD,
        tied=True,
        outer="output_norm.bias",
        **BASE,
    ),
    "falcon-two-norms": Architecture(
        f"{BIASED_NORM} {biased('attn_norm_2')} attn_qkv attn_output {UNGATED}",
        LAYER_NORM_ROPE,
        gguf="falcon",
        outer="output_norm.bias",
        **BASE,
    ),
    "command-r": Architecture(COHERE_BLOCK, LAYER_NORM_ROPE | {"logit_scale": 0.5}, tied=True),
    "cohere2": Architecture(
        COHERE_BLOCK,
        LAYER_NORM_ROPE | WINDOW | {"logit_scale": 0.5},
        shape=Shape(n_layer=4),
        tied=True,
    ),
}
