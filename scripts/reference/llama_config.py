"""What the NumPy reference needs to know of a GGUF file, and which files it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gguf import GGUFReader

BLOCK_TENSORS = (
    "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output",
    "ffn_norm", "ffn_gate", "ffn_up", "ffn_down",
)  # fmt: skip


class UnsupportedModel(ValueError):
    """The file is not a model this reference computes."""


@dataclass(frozen=True)
class Config:
    """The hyperparameters of a model, from the GGUF's `llama.*` keys."""

    n_layer: int
    d_model: int
    n_head: int
    n_kv_head: int
    d_head: int
    norm_eps: float
    rope_base: float
    rope_scale: float
    attention_scale: float

    @classmethod
    def read(cls, reader: GGUFReader) -> Config:
        architecture = _metadata(reader, "general.architecture")
        if architecture != "llama":
            raise UnsupportedModel(
                f"architecture {architecture!r}: this reference computes only 'llama'"
            )
        if _metadata(reader, "llama.expert_count", 0):
            raise UnsupportedModel("a mixture of experts: this reference computes only dense models")
        d_model = _metadata(reader, "llama.embedding_length")
        n_head = _metadata(reader, "llama.attention.head_count")
        d_head = _metadata(reader, "llama.attention.key_length", d_model // n_head)
        if _metadata(reader, "llama.rope.dimension_count", d_head) != d_head:
            raise UnsupportedModel("rotary embedding on a part of each head only")
        return cls(
            n_layer=_metadata(reader, "llama.block_count"),
            d_model=d_model,
            n_head=n_head,
            n_kv_head=_metadata(reader, "llama.attention.head_count_kv", n_head),
            d_head=d_head,
            norm_eps=_metadata(reader, "llama.attention.layer_norm_rms_epsilon"),
            rope_base=_metadata(reader, "llama.rope.freq_base", 10000.0),
            rope_scale=_rope_scale(reader),
            attention_scale=_metadata(reader, "llama.attention.scale", 0.0) or d_head**-0.5,
        )


def _metadata(reader: GGUFReader, key: str, default: object = None):
    """A metadata value; without a default the key must be there."""
    entry = reader.get_field(key)
    if entry is not None:
        return entry.contents()
    if default is None:
        raise UnsupportedModel(f"the file has no {key}")
    return default


def _rope_scale(reader: GGUFReader) -> float:
    """The factor on positions: position interpolation (Chen et al. 2023, arXiv:2306.15595)."""
    kind = _metadata(reader, "llama.rope.scaling.type", "linear")
    if kind == "none":
        return 1.0
    if kind != "linear":
        raise UnsupportedModel(f"rope scaling {kind!r}: this reference computes only 'linear'")
    return 1.0 / (_metadata(reader, "llama.rope.scaling.factor", 0.0) or 1.0)


def check_tensors(names: set[str], n_layer: int) -> None:
    """Refuses a file with a tensor missing, or with one this reference would leave out."""
    required = {"token_embd.weight", "output_norm.weight", *_block_names(n_layer)}
    optional = {"output.weight", "rope_freqs.weight"}
    if missing := sorted(required - names):
        raise UnsupportedModel(f"tensor {missing[0]} is missing")
    if unknown := sorted(names - required - optional):
        raise UnsupportedModel(f"tensor {unknown[0]}: this reference does not compute with it")


def _block_names(n_layer: int) -> Iterator[str]:
    for layer in range(n_layer):
        for tensor in BLOCK_TENSORS:
            yield f"blk.{layer}.{tensor}.weight"
