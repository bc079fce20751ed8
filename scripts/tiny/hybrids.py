"""The table of architectures whose blocks, or some of them, mix tokens otherwise than by attention."""

from blocks import (
    ATTENTION,
    BIASED_EXPERTS,
    EXPERT_SIZE,
    EXPERTS,
    GATED,
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
from mixtures import FOUR_EXPERTS, LATENT_KEYS, LATENT_SIZES
from tensors import Shape, Sizes
from vocabulary import qwen

# No keys of heads, where there are no heads.
NO_HEADS = Shape(n_head=0, n_kv_head=0)
SMALL = Shape(d_expert=48, d_shared=96, **FOUR_EXPERTS)
# Attention in the second block.
SECOND = {"attention.head_count_kv": [0, 2, 0]}


def state(inner: int, heads: int, groups: int = 0) -> dict[str, object]:
    """The keys of a state space: channels, heads (or the rank of its step), groups."""
    return {
        "ssm.conv_kernel": 4,
        "ssm.inner_size": inner,
        "ssm.state_size": 16,
        "ssm.time_step_rank": heads,
        "ssm.group_count": groups,
    }


# Mamba (Gu and Dao 2023): 128 channels, each with a state of 16, steps of rank 4.
MAMBA = "ssm_in ssm_conv1d ssm_conv1d.bias ssm_x ssm_dt ssm_dt.bias ssm_a ssm_d ssm_out"
MAMBA_NORMS = "ssm_dt_norm ssm_b_norm ssm_c_norm"
MAMBA_SIZES: dict[str, Sizes] = {
    "ssm_in": (256, "d_model"),
    "ssm_conv1d": (128, 4),
    "ssm_x": (4 + 2 * 16, 128),
    "ssm_dt": (128, 4),
    "ssm_a": (128, 16),
    "ssm_d": (128,),
    "ssm_out": ("d_model", 128),
    "ssm_dt_norm": (4,),
    "ssm_b_norm": (16,),
    "ssm_c_norm": (16,),
}
# Mamba 2 (Dao and Gu 2024): 4 heads of 32 channels, 2 groups of them with a B and a C each.
MAMBA_2 = "ssm_in ssm_conv1d ssm_conv1d.bias ssm_dt.bias ssm_a ssm_d ssm_norm ssm_out"
MAMBA_2_SIZES: dict[str, Sizes] = {
    "ssm_in": (2 * 128 + 2 * 2 * 16 + 4, "d_model"),
    "ssm_conv1d": (128 + 2 * 2 * 16, 4),
    "ssm_dt": (4,),
    "ssm_a": (4, 1),
    "ssm_d": (4, 1),
    "ssm_norm": (2, 64),
    "ssm_out": ("d_model", 128),
}
# The gated delta rule (Yang et al. 2024): 2 heads of keys, 4 of values, of 16 each.
DELTA_NET = "attn_qkv attn_gate ssm_conv1d ssm_dt.bias ssm_a ssm_norm ssm_out"
DELTA_NET_SIZES: dict[str, Sizes] = {
    "attn_qkv": (2 * 2 * 16 + 64, "d_model"),
    "attn_gate": (64, "d_model"),
    "ssm_conv1d": (2 * 2 * 16 + 64, 4),
    "ssm_dt": (4,),
    "ssm_a": (4,),
    "ssm_alpha": (4, "d_model"),
    "ssm_beta": (4, "d_model"),
    "ssm_ba": (8, "d_model"),
    "ssm_norm": (16,),
    "ssm_out": ("d_model", 64),
    "attn_q": (2 * 64, "d_model"),  # a query and a gate for each head
}
# Every second block attends.
QWEN = RMS_HEAD_SIZE | state(64, 4, 2) | {"full_attention_interval": 2}
SECTIONS = {"rope.dimension_sections": [4, 2, 2, 0]}
QWEN_MIXTURE = f"post_attention_norm {EXPERTS} ffn_gate_inp_shexp {SHARED_EXPERT}"
QWEN_ATTENTION = f"{ATTENTION} {QUERY_KEY_NORMS}"

SHORT_CONVOLUTION = "attn_norm shortconv.conv shortconv.in_proj shortconv.out_proj ffn_norm"
SHORT_CONVOLUTION_SIZES: dict[str, Sizes] = {
    "shortconv.conv": ("d_model", 3),
    "shortconv.in_proj": (3 * 64, "d_model"),
    "shortconv.out_proj": ("d_model", "d_model"),
}
LFM2_ATTENTION = f"{ATTENTION} {QUERY_KEY_NORMS} ffn_norm"

# Kimi's delta attention: 4 heads of 16, a decay for each channel.
KIMI_DELTA = (
    "attn_norm attn_q attn_k attn_v ssm_conv1d_q ssm_conv1d_k ssm_conv1d_v ssm_f_a ssm_f_b ssm_beta ssm_a"
    " ssm_dt.bias ssm_g_a ssm_g_b ssm_norm attn_output ffn_norm"
)
KIMI_LATENT = "attn_norm attn_q attn_kv_a_mqa attn_kv_a_norm attn_k_b attn_v_b attn_output ffn_norm"
KIMI_SIZES: dict[str, Sizes] = LATENT_SIZES | {
    "attn_q": (64, "d_model"),
    "attn_k": (64, "d_model"),
    "attn_v": (64, "d_model"),
    "attn_k_b": ("n_head", 32, 8),
    "ssm_conv1d_q": (64, 1, 4),
    "ssm_conv1d_k": (64, 1, 4),
    "ssm_conv1d_v": (64, 1, 4),
    "ssm_f_a": (16, "d_model"),
    "ssm_f_b": (64, 16),
    "ssm_beta": ("n_head", "d_model"),
    "ssm_a": (4, 1),
    "ssm_dt": (64,),
    "ssm_g_a": (16, "d_model"),
    "ssm_g_b": (64, 16),
    "ssm_norm": (16,),
}

# RWKV 7 (Peng et al. 2025): one head of 64, the size that its kernels are made for; what
# depends on the data is of low rank.
TIME_MIX = (
    "w0 w1 w2 a0 a1 a2 v0 v1 v2 g1 g2 lerp_fused k_k k_a r_k key value receptance ln ln.bias output"
)
RWKV_7 = (
    "attn_norm attn_norm.bias attn_norm_2 attn_norm_2.bias"
    f" {' '.join(f'time_mix_{name}' for name in TIME_MIX.split())}"
    " channel_mix_lerp_k channel_mix_key channel_mix_value"
)
RWKV_7_SIZES: dict[str, Sizes] = {
    **{f"time_mix_{name}": ("d_model",) for name in "w0 a0 v0 k_k k_a r_k ln".split()},
    **{f"time_mix_{name}1": (8, "d_model") for name in "wavg"},
    **{f"time_mix_{name}2": ("d_model", 8) for name in "wavg"},
    **{f"time_mix_{name}": ("d_model", "d_model") for name in "key value receptance output".split()},
    "time_mix_lerp_fused": (6, 1, 1, "d_model"),
    "channel_mix_lerp_k": (1, 1, "d_model"),
    "channel_mix_key": ("d_ff", "d_model"),
    "channel_mix_value": ("d_model", "d_ff"),
    "token_embd_norm": ("d_model",),
}

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
        chat_template=None,
    ),
    "mamba2": Architecture(
        f"attn_norm {MAMBA_2}",
        RMS | state(128, 4, 2) | {"rope.dimension_count": 0, "feed_forward_length": 0},
        shape=NO_HEADS,
        sizes=MAMBA_2_SIZES,
        tied=True,
        chat_template=None,
    ),
    "rwkv7": Architecture(
        RWKV_7,
        {"attention.layer_norm_epsilon": 1e-5, "wkv.head_size": 64, "token_shift_count": 2}
        | {f"attention.{name}_lora_rank": 8 for name in ("decay", "iclr", "value_residual_mix", "gate")},
        shape=NO_HEADS,
        sizes=RWKV_7_SIZES,
        outer="token_embd_norm token_embd_norm.bias output_norm.bias",
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
