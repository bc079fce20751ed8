"""Writes a trained phantom as GGUF and its subspaces as safetensors.

The tokenizer is SentencePiece's unigram model (Kudo 2018, arXiv:1804.10959), which
llama.cpp calls `t5`, with nothing in it but whole words: one token a word, and the
unknown token for whatever is not a word of the world.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFWriter, LlamaFileType, TokenType

from model import NORM_EPS, ROPE_BASE, Phantom
from world import World

CONTEXT = 256
TENSORS = {
    "attn_norm": "attn_norm",
    "attn_q": "attn.q",
    "attn_k": "attn.k",
    "attn_v": "attn.v",
    "attn_output": "attn.output",
    "ffn_norm": "ffn_norm",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_down": "down",
}


def write_gguf(path: Path, model: Phantom, world: World, name: str) -> None:
    shape = model.shape
    writer = GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_description("A phantom for instruments that read intent; no evidence about real models.")
    writer.add_license("apache-2.0")
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.d_model)
    writer.add_block_count(shape.n_layer)
    writer.add_feed_forward_length(shape.d_ff)
    writer.add_head_count(shape.n_head)
    writer.add_head_count_kv(shape.n_head)
    writer.add_rope_dimension_count(shape.d_head)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(NORM_EPS)
    writer.add_vocab_size(len(world.vocabulary))
    write_tokenizer(writer, world)
    for tensor, values in tensors(model):
        writer.add_tensor(tensor, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_tokenizer(writer: GGUFWriter, world: World) -> None:
    special = world.data["special"]
    kinds = {special["unknown"]: TokenType.UNKNOWN, special["bos"]: TokenType.CONTROL}
    kinds[special["eos"]] = TokenType.CONTROL
    writer.add_tokenizer_model("t5")
    writer.add_token_list([word if word in kinds else "▁" + word for word in world.vocabulary])
    writer.add_token_types([kinds.get(word, TokenType.NORMAL) for word in world.vocabulary])
    writer.add_token_scores([0.0 if word in kinds else -1.0 for word in world.vocabulary])
    writer.add_bos_token_id(world.ids[special["bos"]])
    writer.add_eos_token_id(world.ids[special["eos"]])
    writer.add_unk_token_id(world.ids[special["unknown"]])
    writer.add_pad_token_id(world.ids[special["eos"]])
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)
    writer.add_remove_extra_whitespaces(True)


def tensors(model: Phantom) -> Iterator[tuple[str, np.ndarray]]:
    weights = {name: weight.detach().numpy() for name, weight in model.named_parameters()}
    yield "token_embd.weight", weights["embed.weight"]
    for layer in range(model.shape.n_layer):
        for theirs, ours in TENSORS.items():
            yield f"blk.{layer}.{theirs}.weight", weights[f"blocks.{layer}.{ours}.weight"]
    yield "output_norm.weight", weights["norm.weight"]
    yield "output.weight", weights["head.weight"]


def write_safetensors(
    path: Path, arrays: Mapping[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    """A safetensors file: the header's length, the header as JSON, the data (float32)."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    data = b""
    for name, array in arrays.items():
        raw = array.detach().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
