"""The table of Gemma 4's variants."""

from blocks import (
    EXPERT_SIZE,
    EXPERTS,
    GATED,
    LLAMA,
    POST_NORMS,
    QUERY_KEY_NORMS,
    RMS_HEAD_SIZE,
    WINDOW,
    Architecture,
)
from chat_templates import GEMMA3
from rms_norm import GEMMA
from tensors import Shape

GEMMA4_BLOCK = f"{LLAMA} {POST_NORMS} {QUERY_KEY_NORMS} layer_output_scale"
GEMMA4_REUSE = f"attn_norm attn_q attn_output ffn_norm {GATED} {POST_NORMS} attn_q_norm layer_output_scale"
PER_LAYER = "inp_gate proj post_norm"
GEMMA4_KEYS = (
    RMS_HEAD_SIZE
    | WINDOW
    | {"attention.key_length_swa": 16, "attention.value_length_swa": 16, "rope.dimension_count_swa": 16}
    | {"rope.freq_base": 1e6, "rope.freq_base_swa": 1e4, "final_logit_softcapping": 30.0}
)

GEMMA_4 = {
    # Per-layer embeddings, a factor at the end of each block, and keys and values that
    # the last blocks have in common with an earlier one.
    "gemma4": Architecture(
        (*[f"{GEMMA4_BLOCK} {PER_LAYER}"] * 4, f"{GEMMA4_REUSE} {PER_LAYER}"),
        GEMMA4_KEYS
        | {"attention.shared_kv_layers": 2, "embedding_length_per_layer_input": 8}
        | {"attention.sliding_window_pattern": [True, False] * 3},
        shape=Shape(n_layer=6),
        outer="rope_freqs per_layer_token_embd per_layer_model_proj per_layer_proj_norm",
        sizes={
            "per_layer_token_embd": ("n_vocab", 6 * 8),
            "per_layer_model_proj": (6 * 8, "d_model"),
            "per_layer_proj_norm": (8,),
            "inp_gate": (8, "d_model"),
            "proj": ("d_model", 8),
            "post_norm": ("d_model",),
            "layer_output_scale": (1,),
        },
        chat_template=GEMMA3,
        **GEMMA,
    ),
    # Without per-layer embeddings; blocks without a window take their keys as values.
    "gemma4-dense": Architecture(
        (GEMMA4_BLOCK, GEMMA4_BLOCK.replace("attn_v ", ""), GEMMA4_BLOCK),
        GEMMA4_KEYS
        | {"embedding_length_per_layer_input": 0, "attention.sliding_window_pattern": [True, False, True]},
        gguf="gemma4",
        sizes={"layer_output_scale": (1,)},
        outer="rope_freqs",
        chat_template=GEMMA3,
        **GEMMA,
    ),
    # An MLP and experts side by side.
    "gemma4-moe": Architecture(
        f"{GEMMA4_BLOCK} {EXPERTS} ffn_gate_inp.scale pre_ffw_norm_2 post_ffw_norm_1 post_ffw_norm_2",
        GEMMA4_KEYS
        | EXPERT_SIZE
        | {"embedding_length_per_layer_input": 0, "attention.sliding_window_pattern": [True, False, True]},
        gguf="gemma4",
        shape=Shape(d_expert=48, n_expert=4, n_expert_used=2),
        sizes={
            "layer_output_scale": (1,),
            "ffn_gate_inp.scale": ("d_model",),
            **{name: ("d_model",) for name in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2")},
        },
        outer="rope_freqs",
        chat_template=GEMMA3,
        **GEMMA,
    ),
}
