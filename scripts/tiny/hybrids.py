"""The table of architectures whose blocks, or some of them, mix tokens otherwise than by attention."""

from blocks import (
    ATTENTION,
    BIASED_EXPERTS,
    EXPERT_SIZE,
    EXPERTS,
    FUSED_ATTENTION,
    FUSED_GATE,
    GATED,
    HEAD_NORMS,
    POST_NORMS,
    QUERY_KEY_NORMS,
    RMS,
    RMS_HEAD_SIZE,
    SCALED,
    SHARED_EXPERT,
    SHARED_EXPERT_SIZE,
    SIGMOID,
    UNGATED,
    Architecture,
)
from mixers import (
    DELTA_NET,
    DELTA_NET_SIZES,
    KIMI_DELTA,
    KIMI_LATENT,
    KIMI_SIZES,
    LFM2_ATTENTION,
    MAMBA,
    MAMBA_2,
    MAMBA_2_SIZES,
    MAMBA_NORMS,
    MAMBA_SIZES,
    PLAMO_2,
    PLAMO_2_SIZES,
    QWEN,
    QWEN_ATTENTION,
    QWEN_MIXTURE,
    RWKV_7,
    RWKV_7_SIZES,
    SECTIONS,
    SHORT_CONVOLUTION,
    SHORT_CONVOLUTION_SIZES,
    state,
)
from mixtures import FOUR_EXPERTS, LATENT_KEYS
from tensors import Shape
from vocabulary import base, qwen

# No keys of heads, where there are no heads.
NO_HEADS = Shape(n_head=0, n_kv_head=0)
SMALL = Shape(d_expert=48, d_shared=96, **FOUR_EXPERTS)
# Attention in the second block.
SECOND = {"attention.head_count_kv": [0, 2, 0]}

HYBRIDS = {
    "qwen35": Architecture(
        (
            f"attn_norm {DELTA_NET} ssm_alpha ssm_beta post_attention_norm {GATED}",
            f"{QWEN_ATTENTION} post_attention_norm {GATED}",
        )
        * 2,
        QWEN | SECTIONS,
        sizes=DELTA_NET_SIZES,
        vocabulary=qwen,
    ),
    "qwen35moe": Architecture(
        (f"attn_norm {DELTA_NET} ssm_alpha ssm_beta {QWEN_MIXTURE}", f"{QWEN_ATTENTION} {QWEN_MIXTURE}") * 2,
        QWEN | SECTIONS | EXPERT_SIZE | SHARED_EXPERT_SIZE,
        shape=SMALL,
        sizes=DELTA_NET_SIZES,
        vocabulary=qwen,
    ),
    "qwen3next": Architecture(
        (f"attn_norm {DELTA_NET} ssm_ba {QWEN_MIXTURE}", f"{QWEN_ATTENTION} {QWEN_MIXTURE}") * 2,
        QWEN | EXPERT_SIZE | SHARED_EXPERT_SIZE,
        shape=SMALL,
        sizes=DELTA_NET_SIZES,
        vocabulary=qwen,
    ),
    "lfm2": Architecture(
        (f"{SHORT_CONVOLUTION} {GATED}", f"{LFM2_ATTENTION} {GATED}") * 2,
        RMS | SECOND | {"shortconv.l_cache": 3},
        sizes=SHORT_CONVOLUTION_SIZES | {"token_embd_norm": ("d_model",)},
        final_norm="token_embd_norm",
        tied=True,
    ),
    "lfm2moe": Architecture(
        (
            f"{SHORT_CONVOLUTION} {GATED}",
            f"{LFM2_ATTENTION} {BIASED_EXPERTS}",
            f"{SHORT_CONVOLUTION} {BIASED_EXPERTS}",
        ),
        RMS | SECOND | EXPERT_SIZE | {"shortconv.l_cache": 3, "leading_dense_block_count": 1, "expert_gating_func": 2},
        shape=SMALL,
        sizes=SHORT_CONVOLUTION_SIZES | {"token_embd_norm": ("d_model",)},
        final_norm="token_embd_norm",
        tied=True,
    ),
    "granitehybrid": Architecture(
        (f"attn_norm {MAMBA_2} ffn_norm {GATED}", f"{ATTENTION} ffn_norm {GATED}") * 2,
        RMS | SECOND | SCALED | state(128, 4, 2) | {"attention.scale": 0.2},
        sizes=MAMBA_2_SIZES,
        tied=True,
    ),
    "granitehybrid-moe": Architecture(
        (f"attn_norm {MAMBA_2} ffn_norm {EXPERTS} {SHARED_EXPERT}", f"{ATTENTION} ffn_norm {EXPERTS} {SHARED_EXPERT}") * 2,
        RMS | SECOND | SCALED | SHARED_EXPERT_SIZE | state(128, 4, 2) | {"rope.scaling.finetuned": False},
        gguf="granitehybrid",
        shape=Shape(d_ff=64, d_expert=64, d_shared=96, **FOUR_EXPERTS),
        sizes=MAMBA_2_SIZES,
        tied=True,
    ),
    # Attention and state space side by side in each block.
    "falcon-h1": Architecture(
        f"{ATTENTION} {MAMBA_2} ffn_norm {GATED}",
        RMS_HEAD_SIZE | state(128, 4, 2),
        sizes=MAMBA_2_SIZES,
        bare=frozenset({"ffn_norm"}),
    ),
    # Each block is a state space, attention or an MLP.
    "nemotron_h": Architecture(
        (f"attn_norm {MAMBA_2}", ATTENTION, f"attn_norm {UNGATED}", f"attn_norm {MAMBA_2}"),
        RMS
        | {"attention.layer_norm_epsilon": 1e-5, "attention.head_count_kv": [0, 2, 0, 0]}
        | {"feed_forward_length": [0, 0, 128, 0]}
        | state(128, 4, 2),
        shape=Shape(n_layer=4),
        sizes=MAMBA_2_SIZES,
    ),
    "nemotron_h_moe": Architecture(
        (
            f"attn_norm {MAMBA_2}",
            ATTENTION,
            "attn_norm ffn_gate_inp exp_probs_b.bias ffn_up_exps ffn_down_exps ffn_up_shexp ffn_down_shexp",
            f"attn_norm {MAMBA_2}",
            "attn_norm ffn_gate_inp exp_probs_b.bias ffn_up_exps ffn_down_exps ffn_up_shexp ffn_down_shexp",
        ),
        RMS
        | {"attention.layer_norm_epsilon": 1e-5, "attention.head_count_kv": [0, 2, 0, 0, 0]}
        | {"feed_forward_length": [0, 0, 48, 0, 48], "expert_shared_count": 1}
        | EXPERT_SIZE
        | SHARED_EXPERT_SIZE
        | SIGMOID
        | state(128, 4, 2),
        shape=Shape(n_layer=5, d_expert=48, d_shared=96, **FOUR_EXPERTS),
        sizes=MAMBA_2_SIZES,
    ),
    "jamba": Architecture(
        (f"attn_norm {MAMBA} {MAMBA_NORMS} ffn_norm {GATED}", f"{ATTENTION} ffn_norm {EXPERTS}") * 2,
        RMS | SECOND | state(128, 4),
        shape=Shape(d_ff=64, d_expert=64, **FOUR_EXPERTS),
        sizes=MAMBA_SIZES,
    ),
    "mamba": Architecture(
        f"attn_norm {MAMBA}",
        RMS | state(128, 4) | {"rope.dimension_count": 0, "feed_forward_length": 0},
        shape=NO_HEADS,
        sizes=MAMBA_SIZES,
        tied=True,
        vocabulary=base,
        chat_template=None,
    ),
    "mamba2": Architecture(
        f"attn_norm {MAMBA_2}",
        RMS | state(128, 4, 2) | {"rope.dimension_count": 0, "feed_forward_length": 0},
        shape=NO_HEADS,
        sizes=MAMBA_2_SIZES,
        tied=True,
        vocabulary=base,
        chat_template=None,
    ),
    "plamo2": Architecture(
        (
            f"attn_norm {PLAMO_2} ffn_norm {UNGATED} {POST_NORMS}",
            f"{FUSED_ATTENTION} {QUERY_KEY_NORMS} ffn_norm {UNGATED} {POST_NORMS}",
        )
        * 2,
        RMS_HEAD_SIZE | SECOND | state(128, 4),
        sizes=PLAMO_2_SIZES | HEAD_NORMS | FUSED_GATE,
        bare=frozenset(f"{MAMBA_NORMS} {POST_NORMS}".split()),
    ),
    "rwkv7": Architecture(
        RWKV_7,
        {"attention.layer_norm_epsilon": 1e-5, "wkv.head_size": 64, "token_shift_count": 2}
        | {f"attention.{name}_lora_rank": 8 for name in ("decay", "iclr", "value_residual_mix", "gate")},
        shape=NO_HEADS,
        sizes=RWKV_7_SIZES,
        outer="token_embd_norm token_embd_norm.bias output_norm.bias",
        vocabulary=base,
        chat_template=None,
    ),
    "kimi-linear": Architecture(
        (
            f"{KIMI_DELTA} {GATED}",
            f"{KIMI_LATENT} {BIASED_EXPERTS} {SHARED_EXPERT}",
            f"{KIMI_DELTA} {BIASED_EXPERTS} {SHARED_EXPERT}",
        ),
        RMS
        | EXPERT_SIZE
        | LATENT_KEYS
        | {"attention.head_count_kv": [0, 1, 0], "attention.key_length_mla": 16, "ssm.conv_kernel": 4}
        | {"kda.head_dim": 16, "leading_dense_block_count": 1, "expert_shared_count": 2}
        | {"expert_gating_func": 2, "expert_weights_scale": 1.5},
        shape=SMALL,
        sizes=KIMI_SIZES,
    ),
}
