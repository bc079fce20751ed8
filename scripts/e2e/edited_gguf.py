"""Copies of a GGUF with other metadata: what converters leave out, or write wrongly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, TokenType

PREFIX = "tokenizer.ggml."


def edited(source: Path, target: Path, put: dict[str, object] | None = None, drop: tuple[str, ...] = ()) -> Path:
    """Writes `target`, which has the keys in `put` and lacks those in `drop`. A value
    may be a function of the reader."""
    put, reader = dict(put or {}), GGUFReader(source)
    writer = GGUFWriter(target, reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture" or key in drop or key in put:
            continue
        kind = field.types[0]
        writer.add_key_value(key, field.contents(), kind, sub_type=field.types[-1] if kind == GGUFValueType.ARRAY else None)
    for key, value in put.items():
        value = value(reader) if callable(value) else value
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        else:
            writer.add_array(key, value)
    for tensor in reader.tensors:
        plain = tensor.tensor_type in (GGMLQuantizationType.F32, GGMLQuantizationType.F16)
        writer.add_tensor(tensor.name, np.array(tensor.data), raw_dtype=None if plain else tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def tokens(reader: GGUFReader) -> list[str]:
    return reader.fields[PREFIX + "tokens"].contents()


def token_count(reader: GGUFReader) -> int:
    return len(tokens(reader))


def word_piece(source: Path, target: Path, **put: object) -> Path:
    """A model with BERT's kind of tokenizer: it lower-cases, strips accents, and drops white space."""
    words = ["[UNK]", "[CLS]", "[SEP]", *(f"▁{c}" for c in map(chr, range(33, 127))), *map(chr, range(33, 127))]
    words += ["▁the", "▁is", "▁sun", "▁star", "▁moon", "▁cafe", "ing", "er"]
    words = [w for w in words if w == w.lower() or w.startswith("[") and len(w) > 1]
    words += [f"[unused{n}]" for n in range(token_count(GGUFReader(source)) - len(words))]
    types = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL] + [TokenType.NORMAL] * (len(words) - 3)
    keys = {
        "model": "bert", "tokens": words, "token_type": [int(t) for t in types],
        "unknown_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "seperator_token_id": 2, "padding_token_id": 0, "mask_token_id": 0,
        "add_bos_token": True,
    }  # fmt: skip
    return edited(
        source, target, {PREFIX + key: value for key, value in keys.items()} | put,
        drop=(PREFIX + "merges", PREFIX + "pre", PREFIX + "scores", PREFIX + "add_space_prefix", "tokenizer.chat_template"),
    )  # fmt: skip
