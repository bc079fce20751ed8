"""LoRA adapters as GGUF, and models into which they were merged."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize

# What adapters are trained on, as far as a model has it.
TARGETS = ("attn_q", "attn_k", "attn_v", "attn_qkv", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
EXPERTS = ("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps")
EMBEDDING = "token_embd.weight"

read = cache(GGUFReader)  # it takes a second or two for a real vocabulary

Pairs = dict[str, tuple[np.ndarray, np.ndarray]]


def targets(model: Path, names: tuple[str, ...] = TARGETS + EXPERTS) -> list[str]:
    return [t.name for t in read(model).tensors if t.name.removesuffix(".weight").split(".")[-1] in names]


def pairs(model: Path, weights: list[str], rank: int = 4, seed: int = 0, size: float = 0.3) -> Pairs:
    """A and B of each weight as NumPy shapes them: [..., rank, in] and [..., out, rank],
    of the embedding [vocabulary, rank] and [d_model, rank]. Their product has `size` times
    the norm of the weight, up to chance."""
    random, out, tensors = np.random.default_rng(seed), {}, {t.name: t for t in read(model).tensors}
    for name in weights:
        w = dequantize(tensors[name].data, tensors[name].tensor_type)
        rows, width = w.shape[-2:]
        a = random.normal(size=(*w.shape[:-2], rank, width)) / np.sqrt(rank)
        b = random.normal(size=(*w.shape[:-2], rows, rank)) * (size * w.std())
        if name == EMBEDDING:
            a, b = random.normal(size=(rows, rank)) / np.sqrt(rank), random.normal(size=(width, rank)) * (size * w.std())
        out[name] = a.astype(np.float32), b.astype(np.float32)
    return out


def adapter(target: Path, model: Path | str, tensors: Pairs, alpha: float = 0, keys: dict | None = None, more: dict | None = None, dtype=np.float32) -> Path:
    """Writes an adapter for a model, or an architecture."""
    arch = model if isinstance(model, str) else read(model).fields["general.architecture"].contents()
    writer = GGUFWriter(target, arch)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for key, value in (keys or {}).items():
        (writer.add_string if isinstance(value, str) else writer.add_array)(key, value)
    for name, (a, b) in tensors.items():
        writer.add_tensor(f"{name}.lora_a", a.astype(dtype))
        writer.add_tensor(f"{name}.lora_b", b.astype(dtype))
    for name, value in (more or {}).items():
        writer.add_tensor(name, value)
    return written(writer, target)


def merged(source: Path, target: Path, parts: list[tuple[Pairs, float]]) -> Path:
    """The model in float32, with factor·B·A added to each weight, for each part."""
    reader = read(source)
    writer = GGUFWriter(target, reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key not in ("general.architecture", "general.file_type"):
            kind = field.types[0]
            writer.add_key_value(key, field.contents(), kind, sub_type=field.types[-1] if kind == GGUFValueType.ARRAY else None)
    for tensor in reader.tensors:
        w = dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
        for tensors, factor in parts:
            if tensor.name in tensors:
                a, b = (x.astype(np.float64) for x in tensors[tensor.name])
                w = w + factor * (a @ b.T if tensor.name == EMBEDDING else b @ a)
        writer.add_tensor(tensor.name, w.astype(np.float32))
    return written(writer, target)


def written(writer: GGUFWriter, target: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target
