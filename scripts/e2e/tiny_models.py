"""The tiny models by name, and the points that each block of theirs has.

Fixed here, so that a point that is lost, or one that appears, has to be meant.
"""

STREAM = "resid_pre attn_out resid_mid mlp_out resid_post"
HEADS = "q k v pattern z"
MLP = "pre post"

DENSE = f"{STREAM} {HEADS} {MLP}"
MIXTURE = f"{STREAM} {HEADS} router_logits"
# Attention and MLP are added to the stream at once.
PARALLEL = DENSE.replace("resid_mid ", "")
# DeepSeek 2 compresses keys and values: no matrix gives q, k or v as heads.
LATENT_DENSE = f"{STREAM} pattern {MLP}"
LATENT_MIXTURE = f"{STREAM} pattern router_logits"
NO_ATTENTION = f"resid_pre {MLP} mlp_out resid_post"
# One matrix in the place of the attention.
LINEAR_ATTENTION = f"{STREAM} {MLP}"
# Something else than attention mixes tokens, or both do.
MIXED = STREAM.replace("attn_out", "mixer_out")
MIXED_DENSE, MIXED_MIXTURE = f"{MIXED} {MLP}", f"{MIXED} router_logits"
MIXER_ALONE = "resid_pre mixer_out resid_post"
ATTENTION_ALONE = f"resid_pre {HEADS} attn_out resid_post"
# Gemma 4: per-layer embeddings, blocks that take keys and values, or keys alone, from others.
PER_LAYER = f"{DENSE} per_layer_out"

MIXTURE_ALONE = "resid_pre router_logits mlp_out resid_post"
PARALLEL_MIXTURE = MIXTURE.replace("resid_mid ", "")


def without(points: str, block: str) -> str:
    return " ".join(point for point in block.split() if point not in points.split())


# The points of each block, the last also of all further blocks.
POINTS = {
    "apertus": [DENSE], "arcee": [DENSE], "baichuan": [DENSE], "chatglm": [DENSE], "codeshell": [DENSE],
    "cohere2": [PARALLEL], "command-r": [PARALLEL],
    "deci": [DENSE, NO_ATTENTION, LINEAR_ATTENTION, DENSE],
    "deepseek": [DENSE, MIXTURE], "deepseek2": [LATENT_DENSE, LATENT_MIXTURE],
    "ernie4_5": [DENSE], "exaone": [DENSE], "exaone4": [DENSE],
    "falcon": [PARALLEL], "falcon-two-norms": [PARALLEL],
    "gemma": [DENSE], "gemma2": [DENSE], "gemma3": [DENSE], "glm4": [DENSE],
    "gpt-oss": [MIXTURE], "gpt2": [DENSE], "gptneox": [PARALLEL], "gptneox-sequential": [DENSE],
    "granite": [DENSE], "granitemoe": [MIXTURE], "internlm2": [DENSE], "jais": [DENSE],
    "llama": [DENSE], "llama4": [DENSE, MIXTURE, DENSE, MIXTURE], "minicpm": [DENSE],
    "mistral": [DENSE], "mistral3": [DENSE], "mixtral": [MIXTURE], "nemotron": [DENSE],
    "olmo": [DENSE], "olmo2": [DENSE], "olmo3": [DENSE], "olmoe": [MIXTURE], "orion": [DENSE],
    "phi2": [PARALLEL], "phi3": [DENSE], "phimoe": [MIXTURE],
    "qwen": [DENSE], "qwen2": [DENSE], "qwen2moe": [MIXTURE], "qwen3": [DENSE], "qwen3moe": [MIXTURE],
    "refact": [DENSE], "seed_oss": [DENSE], "smollm3": [DENSE],
    # llama.cpp sums attention and stream first here too, although the MLP does not read the sum.
    "stablelm": [DENSE], "stablelm-parallel": [DENSE],
    "starcoder": [DENSE], "starcoder2": [DENSE], "xverse": [DENSE],

    "afmoe": [DENSE, MIXTURE], "bailingmoe2": [DENSE, MIXTURE],
    "cohere2moe": [PARALLEL, PARALLEL_MIXTURE], "cohere2moe-routed": [PARALLEL, PARALLEL_MIXTURE],
    "deepseek32": [LATENT_DENSE, LATENT_MIXTURE], "dots1": [DENSE, MIXTURE], "ernie4_5-moe": [DENSE, MIXTURE],
    "exaone-moe": [DENSE, MIXTURE],
    "gemma4": [PER_LAYER] * 4 + [without("k v", PER_LAYER)],
    "gemma4-dense": [DENSE, without("v", DENSE), DENSE], "gemma4-moe": [f"{DENSE} router_logits"],
    "glm-dsa": [LATENT_DENSE, LATENT_MIXTURE], "glm4moe": [DENSE, MIXTURE], "granite_swa": [MIXTURE], "grovemoe": [MIXTURE],
    "hunyuan-dense": [DENSE], "hunyuan-moe": [MIXTURE], "mimo2": [DENSE, MIXTURE], "minimax-m2": [MIXTURE],
    "plamo3": [DENSE], "smallthinker": [MIXTURE], "step35": [DENSE, MIXTURE],

    "falcon-h1": [f"{MIXED} {HEADS} {MLP}"],
    "granitehybrid": [MIXED_DENSE, DENSE, MIXED_DENSE], "granitehybrid-moe": [MIXED_MIXTURE, MIXTURE, MIXED_MIXTURE],
    "jamba": [MIXED_DENSE, MIXTURE, MIXED_DENSE], "kimi-linear": [MIXED_DENSE, LATENT_MIXTURE, MIXED_MIXTURE],
    "lfm2": [MIXED_DENSE, DENSE, MIXED_DENSE], "lfm2moe": [MIXED_DENSE, MIXTURE, MIXED_MIXTURE],
    "mamba": [MIXER_ALONE], "mamba2": [MIXER_ALONE],
    "nemotron_h": [MIXER_ALONE, ATTENTION_ALONE, NO_ATTENTION, MIXER_ALONE],
    "nemotron_h_moe": [MIXER_ALONE, ATTENTION_ALONE, MIXTURE_ALONE, MIXER_ALONE, MIXTURE_ALONE],
    "plamo2": [MIXED_DENSE, DENSE, MIXED_DENSE],
    "qwen35": [MIXED_DENSE, DENSE, MIXED_DENSE], "qwen35moe": [MIXED_MIXTURE, MIXTURE, MIXED_MIXTURE],
    "qwen3next": [MIXED_MIXTURE, MIXTURE, MIXED_MIXTURE], "rwkv7": [MIXED],
}  # fmt: skip

NAMES = sorted(POINTS)

# The order of the columns in a block.
COLUMNS = {
    "resid_pre": "hook_resid_pre",
    **{point: f"attn.hook_{point}" for point in HEADS.split()},
    "attn_out": "hook_attn_out",
    "mixer_out": "hook_mixer_out",
    "resid_mid": "hook_resid_mid",
    **{point: f"mlp.hook_{point}" for point in ("pre", "post", "router_logits")},
    "mlp_out": "hook_mlp_out",
    "per_layer_out": "hook_per_layer_out",
    "resid_post": "hook_resid_post",
}


def block_points(name: str, layer: int) -> set[str]:
    blocks = POINTS[name]
    return set(blocks[min(layer, len(blocks) - 1)].split())


def columns(name: str, layers: int) -> list[str]:
    """All hook points of a model, in the order of the columns."""
    blocks = [
        f"blocks.{layer}.{column}"
        for layer in range(layers)
        for point, column in COLUMNS.items()
        if point in block_points(name, layer)
    ]
    return ["hook_embed", *blocks, "ln_final.hook_normalized", "unembed.hook_out"]
