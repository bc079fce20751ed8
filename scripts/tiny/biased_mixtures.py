"""The table of architectures with experts that are chosen in other ways than by softmax alone."""

from blocks import (
    ATTENTION,
    BIASED_EXPERTS,
    EXPERT_SIZE,
    EXPERTS,
    FUSED_ATTENTION,
    LAYER_NORM_ROPE,
    LLAMA,
    PARTIAL_ROPE,
    POST_NORMS,
    QKV_BIASES,
    QUERY_KEY_NORMS,
    RMS,
    RMS_HEAD_SIZE,
    SCALED,
    SHARED_EXPERT,
    SHARED_EXPERT_SIZE,
    SIGMOID,
    WIDE_NORMS,
    WINDOW,
    Architecture,
)
from mixtures import FOUR_EXPERTS, LATENT_ATTENTION, LATENT_KEYS, LATENT_SIZES, SMALL
from tensors import Shape
from vocabulary import qwen

# One dense block, one shared expert as wide as two of the others.
DENSE_FIRST = {"leading_dense_block_count": 1, "expert_shared_count": 2}
NORMED_ATTENTION = f"{ATTENTION} {QUERY_KEY_NORMS}"
FOUR_LAYERS = Shape(n_layer=4, d_expert=48, d_shared=96, **FOUR_EXPERTS)
# Three blocks with a window, one without.
PATTERN = {"attention.sliding_window_pattern": [True, False, True, True]}
INDEXER = "indexer.k_norm indexer.k_norm.bias indexer.proj indexer.attn_k indexer.attn_q_b"
INDEXER_SIZES = {
    "indexer.k_norm": (64,),
    "indexer.proj": (8, "d_model"),
    "indexer.attn_k": (64, "d_model"),
    "indexer.attn_q_b": (8 * 64, 24),
}
INDEXED = (
    RMS
    | EXPERT_SIZE
    | LATENT_KEYS
    | SIGMOID
    | DENSE_FIRST
    | {"attention.indexer.head_count": 8, "attention.indexer.key_length": 64, "attention.indexer.top_k": 8}
)

BIASED_MIXTURES = {
    "glm4moe": Architecture(
        (
            f"{NORMED_ATTENTION} {QKV_BIASES} post_attention_norm ffn_gate ffn_up ffn_down",
            f"{NORMED_ATTENTION} {QKV_BIASES} post_attention_norm {BIASED_EXPERTS} {SHARED_EXPERT}",
        ),
        RMS | PARTIAL_ROPE | EXPERT_SIZE | SIGMOID | DENSE_FIRST,
        shape=SMALL,
    ),
    "dots1": Architecture(
        (f"{LLAMA} {QUERY_KEY_NORMS}", f"{NORMED_ATTENTION} ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}"),
        RMS | EXPERT_SIZE | SIGMOID | DENSE_FIRST,
        shape=Shape(n_kv_head=4, d_expert=48, d_shared=96, **FOUR_EXPERTS),
    ),
    "bailingmoe2": Architecture(
        (
            f"{FUSED_ATTENTION} {QUERY_KEY_NORMS} ffn_norm ffn_gate ffn_up ffn_down",
            f"{FUSED_ATTENTION} {QUERY_KEY_NORMS} ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}",
        ),
        RMS | PARTIAL_ROPE | EXPERT_SIZE | SIGMOID | DENSE_FIRST,
        shape=SMALL,
    ),
    # Blocks with a window have positions, the others none.
    "exaone-moe": Architecture(
        (f"{LLAMA} {QUERY_KEY_NORMS}", f"{NORMED_ATTENTION} ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}"),
        RMS | WINDOW | PATTERN | EXPERT_SIZE | SHARED_EXPERT_SIZE | SIGMOID | DENSE_FIRST,
        shape=FOUR_LAYERS,
    ),
    "minimax-m2": Architecture(
        f"{NORMED_ATTENTION} ffn_norm {BIASED_EXPERTS}",
        RMS | PARTIAL_ROPE | EXPERT_SIZE | {"expert_gating_func": 2},
        shape=Shape(d_ff=48, d_expert=48, **FOUR_EXPERTS),
        sizes=WIDE_NORMS,
    ),
    # The MLP of every second block from the second on is a mixture.
    "ernie4_5-moe": Architecture(
        (LLAMA, f"{ATTENTION} ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}"),
        RMS
        | EXPERT_SIZE
        | SHARED_EXPERT_SIZE
        | {"leading_dense_block_count": 1, "interleave_moe_layer_step": 1},
        shape=SMALL,
    ),
    "hunyuan-moe": Architecture(
        f"{NORMED_ATTENTION} ffn_norm {EXPERTS} {SHARED_EXPERT}",
        RMS | EXPERT_SIZE | SHARED_EXPERT_SIZE,
        shape=Shape(d_ff=64, d_expert=64, d_shared=96, **FOUR_EXPERTS),
        tied=True,
    ),
    # The attention's result has a gate, and both sublayers a norm behind.
    "afmoe": Architecture(
        (
            f"{LLAMA} {QUERY_KEY_NORMS} attn_gate {POST_NORMS}",
            f"{NORMED_ATTENTION} attn_gate ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT} {POST_NORMS}",
        ),
        RMS | WINDOW | PATTERN | EXPERT_SIZE | SIGMOID | DENSE_FIRST,
        shape=FOUR_LAYERS,
        sizes={"attn_gate": ("d_query", "d_model")},
        embedding=0.125,
    ),
    # Attention and experts side by side.
    "cohere2moe": Architecture(
        (f"{ATTENTION} ffn_gate ffn_up ffn_down", f"{ATTENTION} {EXPERTS} {SHARED_EXPERT}"),
        LAYER_NORM_ROPE | WINDOW | PATTERN | EXPERT_SIZE | SHARED_EXPERT_SIZE | SIGMOID | DENSE_FIRST | {"logit_scale": 0.5},
        shape=FOUR_LAYERS,
        tied=True,
    ),
    "cohere2moe-routed": Architecture(
        (f"{ATTENTION} ffn_gate ffn_up ffn_down", f"{ATTENTION} {EXPERTS}"),
        LAYER_NORM_ROPE | WINDOW | PATTERN | EXPERT_SIZE | SIGMOID | {"leading_dense_block_count": 1, "logit_scale": 0.5},
        gguf="cohere2moe",
        shape=Shape(n_layer=4, d_expert=48, **FOUR_EXPERTS),
        tied=True,
    ),
    # Heads of keys and values of two sizes, sinks in blocks with a window.
    "mimo2": Architecture(
        (
            f"{ATTENTION} attn_sinks ffn_norm ffn_gate ffn_up ffn_down",
            f"{ATTENTION} ffn_norm {BIASED_EXPERTS}",
            f"{ATTENTION} attn_sinks ffn_norm {BIASED_EXPERTS}",
        ),
        RMS
        | WINDOW
        | PATTERN
        | EXPERT_SIZE
        | {"attention.key_length": 24, "attention.value_length": 16, "rope.dimension_count": 8}
        | {"expert_gating_func": 2, "attention.value_scale": 0.7},
        shape=FOUR_LAYERS,
        sizes={"attn_q": (96, "d_model"), "attn_k": (48, "d_model"), "attn_v": (32, "d_model"), "attn_output": ("d_model", 64)},
    ),
    # Each head of the attention has a gate.
    "step35": Architecture(
        (
            f"{LLAMA} {QUERY_KEY_NORMS} attn_gate",
            f"{NORMED_ATTENTION} attn_gate ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}",
        ),
        RMS_HEAD_SIZE | WINDOW | PATTERN | EXPERT_SIZE | SHARED_EXPERT_SIZE | SIGMOID,
        shape=FOUR_LAYERS,
        sizes={"attn_gate": ("n_head", "d_model")},
    ),
    # The experts are chosen by what the block reads, before its attention.
    "smallthinker": Architecture(
        f"{ATTENTION} ffn_norm {EXPERTS}",
        RMS | EXPERT_SIZE | {"expert_gating_func": 2},
        shape=Shape(d_ff=48, d_expert=48, **FOUR_EXPERTS),
        vocabulary=qwen,
    ),
    # Experts in pairs, each pair with an expert of its own behind.
    "grovemoe": Architecture(
        f"{NORMED_ATTENTION} ffn_norm {EXPERTS} ffn_gate_chexps ffn_up_chexps ffn_down_chexps",
        RMS
        | EXPERT_SIZE
        | {"expert_chunk_feed_forward_length": 32, "expert_group_scale": 0.05, "experts_per_group": 2},
        shape=SMALL,
        sizes={
            "ffn_gate_chexps": (2, 32, "d_model"),
            "ffn_up_chexps": (2, 32, "d_model"),
            "ffn_down_chexps": (2, "d_model", 32),
        },
        vocabulary=qwen,
    ),
    # Windows and sinks, and one matrix for gate and up of the shared expert.
    "granite_swa": Architecture(
        f"{ATTENTION} attn_sinks ffn_norm {EXPERTS} ffn_up_shexp ffn_down_shexp",
        RMS | SCALED | WINDOW | PATTERN | SHARED_EXPERT_SIZE,
        shape=Shape(n_layer=4, d_ff=48, d_expert=48, d_shared=64, **FOUR_EXPERTS),
        sizes={"ffn_up_shexp": (128, "d_model")},
        tied=True,
    ),
    # Each token attends to the eight keys that an index finds for it; in GLM every other
    # block takes those of the block before.
    "deepseek32": Architecture(
        (
            f"{LATENT_ATTENTION} {INDEXER} ffn_norm ffn_gate ffn_up ffn_down",
            f"{LATENT_ATTENTION} {INDEXER} ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}",
        ),
        INDEXED,
        shape=SMALL,
        sizes=LATENT_SIZES | INDEXER_SIZES,
    ),
    "glm-dsa": Architecture(
        (
            f"{LATENT_ATTENTION} {INDEXER} ffn_norm ffn_gate ffn_up ffn_down",
            f"{LATENT_ATTENTION} ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}",
            f"{LATENT_ATTENTION} {INDEXER} ffn_norm {BIASED_EXPERTS} {SHARED_EXPERT}",
        ),
        INDEXED | {"attention.indexer.types": [1, 0, 1]},
        shape=SMALL,
        sizes=LATENT_SIZES | INDEXER_SIZES,
    ),
}
