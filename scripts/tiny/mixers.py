"""The tensors and keys of mixers of tokens other than attention, and of the blocks around them."""

from blocks import ATTENTION, EXPERTS, QUERY_KEY_NORMS, RMS_HEAD_SIZE, SHARED_EXPERT
from mixtures import LATENT_SIZES
from tensors import Sizes


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
# PLaMo 2: Mamba with one decay for each of 4 heads, and norms without ".weight" in their names.
PLAMO_2 = f"ssm_in ssm_conv1d ssm_x ssm_dt ssm_dt.bias ssm_a ssm_d ssm_out {MAMBA_NORMS}"
PLAMO_2_SIZES: dict[str, Sizes] = MAMBA_SIZES | {
    "ssm_x": (64 + 2 * 16, 128),
    "ssm_dt": (4, 64),
    "ssm_a": (4,),
    "ssm_d": (4,),
    "ssm_dt_norm": (64,),
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
