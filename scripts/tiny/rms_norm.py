"""The table of architectures with RMSNorm and a dense MLP."""

from blocks import (
    ATTENTION,
    BASE,
    FUSED_ATTENTION,
    FUSED_GATE,
    GATED,
    LLAMA,
    PARTIAL_ROPE,
    POST_NORMS,
    QKV_BIASES,
    QUERY_KEY_NORMS,
    RMS,
    RMS_HEAD_SIZE,
    SCALED,
    UNGATED,
    WIDE_NORMS,
    WINDOW,
    Architecture,
    biased,
)
from chat_templates import GEMMA2, GEMMA3, MISTRAL, PHI3
from tensors import Shape
from vocabulary import gemma, mistral, phi3, qwen

GEMMA = {"vocabulary": gemma, "tied": True, "embedding": 0.03}
MANY_HEADS = Shape(n_kv_head=4)
ONE_KEY_HEAD = Shape(n_kv_head=1)
WIDE_HEADS = Shape(d_head=32)
FOUR_LAYERS = Shape(n_layer=4)

OLMO2_BLOCK = f"attn_q attn_k attn_v attn_output {QUERY_KEY_NORMS} {GATED} {POST_NORMS}"

RMS_NORMS = {
    "llama": Architecture(LLAMA, RMS),
    "qwen2": Architecture(f"{LLAMA} {QKV_BIASES}", RMS, tied=True, vocabulary=qwen),
    "qwen3": Architecture(
        f"{LLAMA} {QUERY_KEY_NORMS}",
        RMS_HEAD_SIZE | {"rope.freq_base": 1e6},
        shape=WIDE_HEADS,
        vocabulary=qwen,
    ),
    "gemma2": Architecture(
        f"{LLAMA} {POST_NORMS}",
        RMS_HEAD_SIZE
        | WINDOW
        | {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
        shape=WIDE_HEADS,
        chat_template=GEMMA2,
        **GEMMA,
    ),
    "gemma3": Architecture(
        f"{LLAMA} {POST_NORMS} {QUERY_KEY_NORMS}",
        RMS_HEAD_SIZE | {"rope.freq_base": 1e6} | WINDOW,
        shape=Shape(n_layer=7, n_kv_head=1, d_ff=96),
        chat_template=GEMMA3,
        **GEMMA,
    ),
    "phi3": Architecture(
        f"{FUSED_ATTENTION} ffn_norm {UNGATED}",
        RMS,
        sizes=FUSED_GATE,
        vocabulary=phi3,
        chat_template=PHI3,
    ),
    # As llama, with more or less around it.
    "mistral": Architecture(
        LLAMA,
        RMS_HEAD_SIZE,
        gguf="llama",
        shape=WIDE_HEADS,
        vocabulary=mistral,
        chat_template=MISTRAL,
    ),
    "mistral3": Architecture(
        LLAMA,
        RMS_HEAD_SIZE
        | {"attention.temperature_scale": 0.1, "rope.scaling.original_context_length": 16},
        shape=WIDE_HEADS,
        vocabulary=mistral,
        chat_template=MISTRAL,
    ),
    # Every fourth block has no positions.
    "smollm3": Architecture(LLAMA, RMS, shape=FOUR_LAYERS, tied=True),
    "granite": Architecture(LLAMA, RMS | SCALED | {"attention.scale": 0.2}, tied=True),
    "minicpm": Architecture(LLAMA, RMS | SCALED, shape=MANY_HEADS, tied=True),
    "exaone": Architecture(LLAMA, RMS, outer="rope_freqs"),
    "internlm2": Architecture(LLAMA, RMS),
    "ernie4_5": Architecture(LLAMA, RMS, tied=True),
    "baichuan": Architecture(LLAMA, RMS, shape=MANY_HEADS),
    "xverse": Architecture(LLAMA, RMS, shape=MANY_HEADS),
    "qwen": Architecture(
        f"attn_norm {biased('attn_qkv')} attn_output ffn_norm {GATED}",
        RMS,
        shape=MANY_HEADS,
        # Qwen counts gate and up as one.
        sizes={name: (64, "d_model") for name in ("ffn_gate", "ffn_up")}
        | {"ffn_down": ("d_model", 64)},
        vocabulary=qwen,
    ),
    "arcee": Architecture(f"{ATTENTION} ffn_norm {UNGATED}", RMS),
    # The norm called post-attention is that in front of the MLP.
    "seed_oss": Architecture(
        f"{ATTENTION} {QKV_BIASES} post_attention_norm {GATED}", RMS_HEAD_SIZE, shape=WIDE_HEADS
    ),
    "refact": Architecture(
        LLAMA, {"attention.layer_norm_rms_epsilon": 1e-6}, shape=ONE_KEY_HEAD, **BASE
    ),
    "apertus": Architecture(
        f"{ATTENTION} {QUERY_KEY_NORMS} ffn_norm {UNGATED}",
        RMS,
        bare_keys={
            "xielu.alpha_n": 0.8,
            "xielu.alpha_p": 0.8,
            "xielu.beta": 0.5,
            "xielu.eps": -1e-6,
        },
        outer="rope_freqs",
    ),
    # A block without attention, and one where a single matrix takes its place.
    "deci": Architecture(
        (LLAMA, f"ffn_norm {GATED}", f"attn_norm attn_output ffn_norm {GATED}", LLAMA),
        RMS | {"attention.head_count": [4, 0, 4, 4], "attention.head_count_kv": [2, 0, 0, 2]},
        shape=FOUR_LAYERS,
    ),
    "gemma": Architecture(
        LLAMA, RMS_HEAD_SIZE, shape=Shape(n_kv_head=1, d_head=32), chat_template=GEMMA2, **GEMMA
    ),
    # Norms behind the sublayers.
    "olmo2": Architecture(OLMO2_BLOCK, RMS, sizes=WIDE_NORMS),
    "olmo3": Architecture(
        OLMO2_BLOCK, RMS | WINDOW, gguf="olmo2", shape=FOUR_LAYERS, sizes=WIDE_NORMS
    ),
    "exaone4": Architecture(OLMO2_BLOCK, RMS, tied=True),
    "glm4": Architecture(
        f"{ATTENTION} {QKV_BIASES} ffn_norm {UNGATED} {POST_NORMS}",
        RMS | PARTIAL_ROPE,
        sizes=FUSED_GATE,
    ),
    "chatglm": Architecture(
        f"attn_norm {biased('attn_qkv')} attn_output ffn_norm {UNGATED}",
        RMS | PARTIAL_ROPE,
        sizes=FUSED_GATE,
    ),
    # Norms behind the sublayers whose names have no ".weight" behind.
    "plamo3": Architecture(
        f"{FUSED_ATTENTION} {QUERY_KEY_NORMS} ffn_norm {UNGATED} {POST_NORMS}",
        RMS_HEAD_SIZE | WINDOW | {"attention.sliding_window_pattern": [True, False, True]},
        sizes=FUSED_GATE,
        bare=frozenset(POST_NORMS.split()),
    ),
    "hunyuan-dense": Architecture(f"{LLAMA} {QUERY_KEY_NORMS}", RMS_HEAD_SIZE, shape=WIDE_HEADS, tied=True),
}
