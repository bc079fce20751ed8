"""The table of architectures with experts."""

from blocks import (
    ATTENTION,
    EXPERT_SIZE,
    EXPERTS,
    LLAMA,
    MIXTURE,
    QKV_BIASES,
    QUERY_KEY_NORMS,
    RMS,
    RMS_HEAD_SIZE,
    SCALED,
    SHARED_EXPERT,
    SHARED_EXPERT_SIZE,
    WIDE_NORMS,
    WINDOW,
    Architecture,
    biased,
)
from chat_templates import MISTRAL, PHI3
from tensors import Shape
from vocabulary import mistral, phi3, qwen

FOUR_EXPERTS = {"n_expert": 4, "n_expert_used": 2}
# Experts as wide as the MLP that they stand for, and small ones.
WIDE = Shape(d_ff=64, d_expert=64, **FOUR_EXPERTS)
SMALL = Shape(d_expert=48, d_shared=96, **FOUR_EXPERTS)

# DeepSeek's latent attention: 16 sizes of a head without positions, 8 with.
LATENT_ATTENTION = (
    "attn_norm attn_q_a attn_q_a_norm attn_q_b attn_kv_a_mqa attn_kv_a_norm"
    " attn_k_b attn_v_b attn_output"
)

LATENT_KEYS = {
    "attention.head_count_kv": 1,
    "attention.q_lora_rank": 24,
    "attention.kv_lora_rank": 32,
    "attention.key_length": 40,
    "attention.value_length": 32,
    "attention.key_length_mla": 24,
    "attention.value_length_mla": 16,
    "rope.dimension_count": 8,
}
LATENT_SIZES = {
    "attn_q_a": (24, "d_model"),
    "attn_q_a_norm": (24,),
    "attn_q_b": (4 * 24, 24),
    "attn_kv_a_mqa": (40, "d_model"),
    "attn_kv_a_norm": (32,),
    "attn_k_b": ("n_head", 32, 16),
    "attn_v_b": ("n_head", 16, 32),
}

MIXTURES = {
    "mixtral": Architecture(
        MIXTURE, RMS, gguf="llama", shape=WIDE, vocabulary=mistral, chat_template=MISTRAL
    ),
    "qwen2moe": Architecture(
        f"{MIXTURE} {QKV_BIASES} ffn_gate_inp_shexp {SHARED_EXPERT}",
        RMS | EXPERT_SIZE | SHARED_EXPERT_SIZE,
        shape=SMALL,
        vocabulary=qwen,
    ),
    "qwen3moe": Architecture(
        f"{MIXTURE} {QUERY_KEY_NORMS}",
        RMS_HEAD_SIZE | {"rope.freq_base": 1e6} | EXPERT_SIZE,
        shape=Shape(d_head=32, d_expert=48, **FOUR_EXPERTS),
        vocabulary=qwen,
    ),
    "olmoe": Architecture(
        f"{MIXTURE} {QUERY_KEY_NORMS}",
        RMS,
        shape=Shape(n_kv_head=4, d_ff=64, d_expert=64, **FOUR_EXPERTS),
        sizes=WIDE_NORMS,
    ),
    "granitemoe": Architecture(
        f"{MIXTURE} {SHARED_EXPERT}",
        RMS | SCALED | SHARED_EXPERT_SIZE,
        shape=Shape(d_ff=64, d_expert=64, d_shared=96, **FOUR_EXPERTS),
        tied=True,
    ),
    "phimoe": Architecture(
        f"{biased(ATTENTION)} {biased('ffn_norm')} {EXPERTS}",
        RMS,
        shape=WIDE,
        outer="output_norm.bias output.bias",
        vocabulary=phi3,
        chat_template=PHI3,
    ),
    # Every second block has a window; the norm called post-attention is that in front
    # of the experts.
    "gpt-oss": Architecture(
        f"attn_norm {biased('attn_q attn_k attn_v attn_output')} attn_sinks"
        f" post_attention_norm {biased(EXPERTS)}",
        RMS_HEAD_SIZE | {"rope.freq_base": 1.5e5} | WINDOW | EXPERT_SIZE,
        shape=Shape(n_layer=4, d_head=32, d_expert=48, **FOUR_EXPERTS),
    ),
    # The first block is dense.
    "deepseek": Architecture(
        (LLAMA, f"{MIXTURE} {SHARED_EXPERT}"),
        RMS
        | EXPERT_SIZE
        | {"leading_dense_block_count": 1, "expert_shared_count": 2, "expert_weights_scale": 1.5},
        shape=SMALL,
    ),
    "deepseek2": Architecture(
        (
            f"{LATENT_ATTENTION} ffn_norm ffn_gate ffn_up ffn_down",
            f"{LATENT_ATTENTION} ffn_norm {EXPERTS} {SHARED_EXPERT}",
        ),
        RMS
        | EXPERT_SIZE
        | {
            "leading_dense_block_count": 1,
            "expert_shared_count": 2,
            "expert_weights_scale": 1.5,
        }
        | LATENT_KEYS,
        shape=SMALL,
        sizes=LATENT_SIZES,
    ),
    # Every second block has experts, one of them used for each token.
    "llama4": Architecture(
        (LLAMA, f"{MIXTURE} {SHARED_EXPERT}") * 2,
        RMS_HEAD_SIZE | EXPERT_SIZE | {"interleave_moe_layer_step": 2},
        shape=Shape(n_layer=4, d_expert=64, d_shared=64, n_expert=4, n_expert_used=1),
    ),
}
