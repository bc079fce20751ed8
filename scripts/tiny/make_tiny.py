"""Writes tiny GGUF models with random weights, one for each architecture.

They are for tests: each loads in llama.cpp in milliseconds and has every tensor,
key, tokenizer table and chat template its architecture needs, and each differs
from the next in what tends to break readers of the residual stream: tied and
untied heads, grouped queries, head sizes that are not d_model / n_head, fused
projections, learned positions, scaled embeddings, scaled sublayers, norms after
a sublayer or in front of none, attention and MLP side by side, experts, attention
sinks, sliding windows. What they say is noise.

Weights are drawn with a fixed seed: projections from N(0, 1/fan_in), so that every
layer adds about as much to the residual stream as the one before (Glorot and Bengio
2010), and norm weights near one, except the final norm's. The same versions of gguf
and NumPy write the same bytes.

    make_tiny.py OUT_DIR [--arch NAME ...] [--dtype f32|f16]
    make_tiny.py --list
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, LlamaFileType

from architectures import ARCHITECTURES
from tensors import BARE, Shape, Weights, is_matrix, sizes_of

SEED = 20240229
LOGIT_DEVIATION = 2.0


def tensors(name: str, n_vocab: int) -> Iterator[tuple[str, np.ndarray]]:
    """Every tensor of an architecture's model, in the order of the file.

    The final norm is scaled so that what the head makes of it deviates by about
    LOGIT_DEVIATION.
    """
    architecture = ARCHITECTURES[name]
    shape = replace(architecture.shape, n_vocab=n_vocab)
    weights = Weights(np.random.default_rng([SEED, *name.encode()]))

    def draw(tensors: str, block: str = "") -> Iterator[tuple[str, np.ndarray]]:
        for tensor in tensors.split():
            bare = tensor.endswith((".bias", ".scale")) or tensor in BARE | architecture.bare
            ending = "" if bare else ".weight"
            values = weights.draw(tensor, sizes_of(tensor, shape, architecture.sizes))
            yield f"{block}{tensor}{ending}", values

    deviation = architecture.embedding_deviation
    yield "token_embd.weight", weights.normal((n_vocab, shape.d_model), deviation)
    if not architecture.tied:
        yield from draw("output")
    head_deviation = deviation if architecture.tied else shape.d_model**-0.5
    gain = LOGIT_DEVIATION / (head_deviation * shape.d_model**0.5)
    for tensor, values in draw(architecture.final_norm):
        yield tensor, gain * values
    yield from draw(architecture.outer)
    for layer in range(shape.n_layer):
        yield from draw(architecture.block(layer), f"blk.{layer}.")


def write_model(path: Path, name: str, dtype: str = "f32") -> None:
    """Writes the model; with f16 only matrices are halved, as llama.cpp's converter does."""
    architecture = ARCHITECTURES[name]
    vocabulary = architecture.vocabulary()
    writer = GGUFWriter(path, architecture.gguf or name)
    writer.add_name(f"tiny {name}")
    writer.add_file_type(LlamaFileType.ALL_F32 if dtype == "f32" else LlamaFileType.MOSTLY_F16)
    own = architecture.shape.keys() | architecture.keys
    keys = {f"{writer.arch}.{key}": value for key, value in own.items()}
    write_keys(writer, keys | architecture.bare_keys, architecture.shape)
    writer.add_vocab_size(len(vocabulary.tokens))
    vocabulary.write(writer)
    if architecture.chat_template is not None:
        writer.add_chat_template(architecture.chat_template)
    for tensor, values in tensors(name, len(vocabulary.tokens)):
        halved = dtype == "f16" and is_matrix(tensor, values)
        writer.add_tensor(tensor, values.astype(np.float16 if halved else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_keys(writer: GGUFWriter, keys: dict[str, object], shape: Shape) -> None:
    """Writes keys by the type of their values; a string names a size."""
    for key, value in keys.items():
        if isinstance(value, str):
            value = getattr(shape, value)
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        else:
            writer.add_array(key, value)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write tiny GGUF models with random weights.")
    parser.add_argument("out_dir", type=Path, nargs="?")
    parser.add_argument(
        "--arch",
        nargs="+",
        choices=ARCHITECTURES,
        default=list(ARCHITECTURES),
        metavar="NAME",
        help="of those that --list prints; all by default",
    )
    parser.add_argument("--dtype", choices=("f32", "f16"), default="f32")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(ARCHITECTURES))
        return
    if options.out_dir is None:
        parser.error("the following arguments are required: out_dir")
    options.out_dir.mkdir(parents=True, exist_ok=True)
    for name in options.arch:
        path = options.out_dir / f"tiny-{name}.gguf"
        write_model(path, name, options.dtype)
        print(f"{path}  {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
