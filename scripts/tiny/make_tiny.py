"""Writes tiny GGUF models with random weights, one for each architecture.

They are for tests: each loads in llama.cpp in milliseconds and has every tensor,
key, tokenizer table and chat template its architecture needs, and each differs
from the next in what tends to break readers of the residual stream: tied and
untied heads, grouped queries, head sizes that are not d_model / n_head, fused
projections, learned positions, scaled embeddings, norms after a sublayer,
sliding windows. What they say is noise.

Weights are drawn with a fixed seed: projections from N(0, 1/fan_in), so that every
layer adds about as much to the residual stream as the one before (Glorot and Bengio
2010), and norm weights near one, except the final norm's. The same versions of gguf
and NumPy write the same bytes.

    make_tiny.py OUT_DIR [--arch NAME ...] [--dtype f32|f16]
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, LlamaFileType, TokenType

SEED = 20240229
LOGIT_DEVIATION = 2.0

# Text whose commonest pairs become the vocabulary's merges.
CORPUS = """
The capital of France is Paris. The sun is a star and the moon is not a star.
Is this statement true or false? This statement is true. That statement is false.
I think that the answer is wrong, and I know that it is wrong. You are a helpful
assistant. What is the answer to the question? The answer is that there is no answer.
Someone who lies says what they think is false; someone who is mistaken thinks it is true.
"""

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

# The template of google/gemma-2-2b-it.
GEMMA2 = (
    "{{ bos_token }}"
    "{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}"
    "{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)

# The template of google/gemma-3-1b-it without its image parts: the system text opens the first turn.
GEMMA3 = (
    "{{ bos_token }}"
    "{%- if messages[0]['role'] == 'system' -%}"
    "{%- set first_user_prefix = messages[0]['content'] + '\n\n' -%}"
    "{%- set loop_messages = messages[1:] -%}"
    "{%- else -%}"
    "{%- set first_user_prefix = '' -%}{%- set loop_messages = messages -%}"
    "{%- endif -%}"
    "{%- for message in loop_messages -%}"
    "{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{%- endif -%}"
    "{%- if (message['role'] == 'assistant') -%}{%- set role = 'model' -%}"
    "{%- else -%}{%- set role = message['role'] -%}{%- endif -%}"
    "{{ '<start_of_turn>' + role + '\n' + (first_user_prefix if loop.first else '') }}"
    "{{ message['content'] | trim }}"
    "{{ '<end_of_turn>\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}"
)

# The template of microsoft/Phi-3.5-mini-instruct.
PHI3 = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' and message['content'] %}"
    "{{'<|system|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'assistant' %}"
    "{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
)


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer as GGUF stores it; `merges` is for byte-level BPE, `scores` for SentencePiece."""

    kind: str
    tokens: list[str]
    types: list[TokenType]
    eos: str
    bos: str | None = None
    unknown: str | None = None
    padding: str | None = None
    add_bos: bool = False
    add_space_prefix: bool = False
    pre: str | None = None
    merges: list[str] | None = None
    scores: list[float] | None = None

    def write(self, writer: GGUFWriter) -> None:
        writer.add_tokenizer_model(self.kind)
        if self.pre is not None:
            writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.types)
        if self.scores is not None:
            writer.add_token_scores(self.scores)
        if self.merges is not None:
            writer.add_token_merges(self.merges)
        for token, add in (
            (self.bos, writer.add_bos_token_id),
            (self.eos, writer.add_eos_token_id),
            (self.unknown, writer.add_unk_token_id),
            (self.padding, writer.add_pad_token_id),
        ):
            if token is not None:
                add(self.tokens.index(token))
        writer.add_add_bos_token(self.add_bos)
        writer.add_add_space_prefix(self.add_space_prefix)


def byte_level_bpe(pre: str, special: Sequence[str], eos: str) -> Vocabulary:
    """GPT-2's kind of vocabulary: 256 byte symbols, merges, special tokens last."""
    to_symbol = byte_symbols()
    words = re.findall(r" ?[A-Za-z]+|[^A-Za-z\s]", CORPUS)
    merges = train_merges([tuple(to_symbol[byte] for byte in word.encode()) for word in words])
    ordinary = [*to_symbol.values(), *dict.fromkeys(a + b for a, b in merges)]
    return Vocabulary(
        kind="gpt2",
        pre=pre,
        tokens=[*ordinary, *special],
        types=[TokenType.NORMAL] * len(ordinary) + [TokenType.CONTROL] * len(special),
        merges=[f"{a} {b}" for a, b in merges],
        bos=special[0],
        eos=eos,
        padding=special[0],
    )


def sentencepiece(
    first: Sequence[str], last: Sequence[str], unknown: str, bos: str, eos: str, add_space_prefix: bool
) -> Vocabulary:
    """SentencePiece's kind of BPE vocabulary: control tokens, bytes, pieces by score.

    The score of a merge falls with the order it was learned in, and those of single
    characters lie below every merge. Characters that are not ASCII are left to the
    byte tokens.
    """
    words = re.findall(r"▁?[A-Za-z]+|[^A-Za-z▁\s]", CORPUS.replace(" ", "▁"))
    merges = train_merges([tuple(word) for word in words])
    characters = ["▁", *map(chr, range(ord("!"), ord("~") + 1))]
    pieces = [*dict.fromkeys(a + b for a, b in merges), *characters]
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    return Vocabulary(
        kind="llama",
        tokens=[*first, *byte_tokens, *pieces, *last],
        types=[
            *(TokenType.UNKNOWN if token == unknown else TokenType.CONTROL for token in first),
            *[TokenType.BYTE] * len(byte_tokens),
            *[TokenType.NORMAL] * len(pieces),
            *[TokenType.CONTROL] * len(last),
        ],
        scores=[
            *[0.0] * (len(first) + len(byte_tokens)),
            *(-float(rank) for rank in range(len(pieces))),
            *[0.0] * len(last),
        ],
        bos=bos,
        eos=eos,
        unknown=unknown,
        padding=first[0],
        add_bos=True,
        add_space_prefix=add_space_prefix,
    )


def byte_symbols() -> dict[int, str]:
    """A printable character for every byte, as in GPT-2's encoder (bytes_to_unicode)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {
        byte: chr(256 + index) for index, byte in enumerate(others)
    }


def train_merges(words: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909, algorithm 1).

    The commonest pair is merged first, of equal ones the first in order, until no
    pair is left that occurs twice.
    """
    counts = Counter(words)
    merges = []
    while True:
        pairs = Counter()
        for word, n in counts.items():
            for pair in zip(word, word[1:], strict=False):
                pairs[pair] += n
        best = min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)
        if best is None or pairs[best] < 2:
            return merges
        merges.append(best)
        counts = Counter({merge_pair(word, best): n for word, n in counts.items()})


def merge_pair(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """The word with every occurrence of the pair, from the left, made one symbol."""
    merged, i = [], 0
    while i < len(word):
        step = 2 if word[i : i + 2] == pair else 1
        merged.append("".join(word[i : i + step]))
        i += step
    return tuple(merged)


@dataclass(frozen=True)
class Shape:
    """The sizes of a model."""

    n_layer: int = 3
    d_model: int = 64
    n_head: int = 4
    n_kv_head: int = 2
    d_head: int = 16
    d_ff: int = 128
    n_context: int = 512

    @property
    def d_query(self) -> int:
        return self.n_head * self.d_head

    @property
    def d_key(self) -> int:
        return self.n_kv_head * self.d_head


@dataclass(frozen=True)
class Weights:
    """Draws random tensors, by GGUF name."""

    rng: np.random.Generator

    def normal(self, shape: tuple[int, ...], deviation: float) -> np.ndarray:
        return (deviation * self.rng.standard_normal(shape)).astype(np.float32)

    def projection(self, d_out: int, d_in: int) -> np.ndarray:
        return self.normal((d_out, d_in), d_in**-0.5)

    def norm(self, size: int) -> np.ndarray:
        return 1 + self.normal((size,), 0.1)

    def bias(self, size: int) -> np.ndarray:
        return self.normal((size,), 0.1)


Tensors = Iterator[tuple[str, np.ndarray]]


def embeddings(draw: Weights, shape: Shape, n_vocab: int, tied: bool, deviation: float) -> Tensors:
    """The embedding, the output head unless it is tied, and the final norm.

    The final norm is scaled so that logits deviate by about LOGIT_DEVIATION.
    """
    yield "token_embd.weight", draw.normal((n_vocab, shape.d_model), deviation)
    if not tied:
        yield "output.weight", draw.projection(n_vocab, shape.d_model)
    head_deviation = deviation if tied else shape.d_model**-0.5
    gain = LOGIT_DEVIATION / (head_deviation * shape.d_model**0.5)
    yield "output_norm.weight", gain * draw.norm(shape.d_model)


def separate_attention(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield f"{block}.attn_norm.weight", draw.norm(shape.d_model)
    yield f"{block}.attn_q.weight", draw.projection(shape.d_query, shape.d_model)
    yield f"{block}.attn_k.weight", draw.projection(shape.d_key, shape.d_model)
    yield f"{block}.attn_v.weight", draw.projection(shape.d_key, shape.d_model)
    yield f"{block}.attn_output.weight", draw.projection(shape.d_model, shape.d_query)


def fused_attention(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield f"{block}.attn_norm.weight", draw.norm(shape.d_model)
    yield (
        f"{block}.attn_qkv.weight",
        draw.projection(shape.d_query + 2 * shape.d_key, shape.d_model),
    )
    yield f"{block}.attn_output.weight", draw.projection(shape.d_model, shape.d_query)


def gated_mlp(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield f"{block}.ffn_norm.weight", draw.norm(shape.d_model)
    yield f"{block}.ffn_gate.weight", draw.projection(shape.d_ff, shape.d_model)
    yield f"{block}.ffn_up.weight", draw.projection(shape.d_ff, shape.d_model)
    yield f"{block}.ffn_down.weight", draw.projection(shape.d_model, shape.d_ff)


def query_key_norms(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield f"{block}.attn_q_norm.weight", draw.norm(shape.d_head)
    yield f"{block}.attn_k_norm.weight", draw.norm(shape.d_head)


def post_norms(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield f"{block}.post_attention_norm.weight", draw.norm(shape.d_model)
    yield f"{block}.post_ffw_norm.weight", draw.norm(shape.d_model)


def llama_block(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield from separate_attention(draw, shape, block)
    yield from gated_mlp(draw, shape, block)


def qwen2_block(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield from llama_block(draw, shape, block)
    yield f"{block}.attn_q.bias", draw.bias(shape.d_query)
    yield f"{block}.attn_k.bias", draw.bias(shape.d_key)
    yield f"{block}.attn_v.bias", draw.bias(shape.d_key)


def qwen3_block(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield from llama_block(draw, shape, block)
    yield from query_key_norms(draw, shape, block)


def gemma2_block(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield from llama_block(draw, shape, block)
    yield from post_norms(draw, shape, block)


def gemma3_block(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield from gemma2_block(draw, shape, block)
    yield from query_key_norms(draw, shape, block)


def phi3_block(draw: Weights, shape: Shape, block: str) -> Tensors:
    """Phi-3 keeps gate and up in one tensor."""
    yield from fused_attention(draw, shape, block)
    yield f"{block}.ffn_norm.weight", draw.norm(shape.d_model)
    yield f"{block}.ffn_up.weight", draw.projection(2 * shape.d_ff, shape.d_model)
    yield f"{block}.ffn_down.weight", draw.projection(shape.d_model, shape.d_ff)


def gpt2_block(draw: Weights, shape: Shape, block: str) -> Tensors:
    yield from fused_attention(draw, shape, block)
    yield f"{block}.attn_norm.bias", draw.bias(shape.d_model)
    yield f"{block}.attn_qkv.bias", draw.bias(shape.d_query + 2 * shape.d_key)
    yield f"{block}.attn_output.bias", draw.bias(shape.d_model)
    yield f"{block}.ffn_norm.weight", draw.norm(shape.d_model)
    yield f"{block}.ffn_norm.bias", draw.bias(shape.d_model)
    yield f"{block}.ffn_up.weight", draw.projection(shape.d_ff, shape.d_model)
    yield f"{block}.ffn_up.bias", draw.bias(shape.d_ff)
    yield f"{block}.ffn_down.weight", draw.projection(shape.d_model, shape.d_ff)
    yield f"{block}.ffn_down.bias", draw.bias(shape.d_model)


def gpt2_extras(draw: Weights, shape: Shape) -> Tensors:
    """Learned positions, and the bias of the last LayerNorm."""
    yield "position_embd.weight", draw.normal((shape.n_context, shape.d_model), 0.1)
    yield "output_norm.bias", draw.bias(shape.d_model)


def no_extras(draw: Weights, shape: Shape) -> Tensors:
    yield from ()


def rms_keys(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(shape.d_head)


def head_size_keys(writer: GGUFWriter, shape: Shape) -> None:
    rms_keys(writer, shape)
    writer.add_key_length(shape.d_head)
    writer.add_value_length(shape.d_head)


def qwen3_keys(writer: GGUFWriter, shape: Shape) -> None:
    head_size_keys(writer, shape)
    writer.add_rope_freq_base(1e6)


def gemma2_keys(writer: GGUFWriter, shape: Shape) -> None:
    """A window short enough that a test's prompt leaves it."""
    head_size_keys(writer, shape)
    writer.add_sliding_window(16)
    writer.add_attn_logit_softcapping(50.0)
    writer.add_final_logit_softcapping(30.0)


def gemma3_keys(writer: GGUFWriter, shape: Shape) -> None:
    qwen3_keys(writer, shape)
    writer.add_sliding_window(16)


def gpt2_keys(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_layer_norm_eps(1e-5)


@dataclass(frozen=True)
class Architecture:
    """What makes one architecture's file.

    `embedding` is the standard deviation of the embedding. Where the head is tied it
    is small, or each token would predict itself; Gemma multiplies it by sqrt(d_model)
    on the way in.
    """

    vocabulary: Callable[[], Vocabulary]
    keys: Callable[[GGUFWriter, Shape], None]
    block: Callable[[Weights, Shape, str], Tensors]
    shape: Shape
    tied: bool
    embedding: float
    chat_template: str | None
    extras: Callable[[Weights, Shape], Tensors] = no_extras


def chatml_vocabulary(pre: str) -> Callable[[], Vocabulary]:
    special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    return lambda: byte_level_bpe(pre, special, eos="<|im_end|>")


def gpt2_vocabulary() -> Vocabulary:
    return byte_level_bpe("gpt-2", ("<|endoftext|>",), eos="<|endoftext|>")


def gemma_vocabulary() -> Vocabulary:
    return sentencepiece(
        first=("<pad>", "<eos>", "<bos>", "<unk>"),
        last=("<start_of_turn>", "<end_of_turn>"),
        unknown="<unk>",
        bos="<bos>",
        eos="<eos>",
        add_space_prefix=False,
    )


def phi3_vocabulary() -> Vocabulary:
    return sentencepiece(
        first=("<unk>", "<s>", "</s>"),
        last=("<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"),
        unknown="<unk>",
        bos="<s>",
        eos="<|endoftext|>",
        add_space_prefix=True,
    )


ARCHITECTURES = {
    "llama": Architecture(
        vocabulary=chatml_vocabulary("gpt-2"),
        keys=rms_keys,
        block=llama_block,
        shape=Shape(),
        tied=False,
        embedding=1.0,
        chat_template=CHATML,
    ),
    "qwen2": Architecture(
        vocabulary=chatml_vocabulary("qwen2"),
        keys=rms_keys,
        block=qwen2_block,
        shape=Shape(),
        tied=True,
        embedding=0.1,
        chat_template=CHATML,
    ),
    "qwen3": Architecture(
        vocabulary=chatml_vocabulary("qwen2"),
        keys=qwen3_keys,
        block=qwen3_block,
        shape=Shape(d_head=32),
        tied=False,
        embedding=1.0,
        chat_template=CHATML,
    ),
    "gemma2": Architecture(
        vocabulary=gemma_vocabulary,
        keys=gemma2_keys,
        block=gemma2_block,
        shape=Shape(d_head=32),
        tied=True,
        embedding=0.03,
        chat_template=GEMMA2,
    ),
    "gemma3": Architecture(
        vocabulary=gemma_vocabulary,
        keys=gemma3_keys,
        block=gemma3_block,
        shape=Shape(n_layer=7, n_kv_head=1, d_ff=96),
        tied=True,
        embedding=0.03,
        chat_template=GEMMA3,
    ),
    "phi3": Architecture(
        vocabulary=phi3_vocabulary,
        keys=rms_keys,
        block=phi3_block,
        shape=Shape(),
        tied=False,
        embedding=1.0,
        chat_template=PHI3,
    ),
    "gpt2": Architecture(
        vocabulary=gpt2_vocabulary,
        keys=gpt2_keys,
        block=gpt2_block,
        shape=Shape(n_kv_head=4, n_context=256),
        tied=True,
        embedding=0.1,
        chat_template=None,
        extras=gpt2_extras,
    ),
}


def tensors(name: str, n_vocab: int) -> Tensors:
    """Every tensor of an architecture's model, in the order of the file."""
    architecture = ARCHITECTURES[name]
    shape = architecture.shape
    draw = Weights(np.random.default_rng([SEED, *name.encode()]))
    yield from embeddings(draw, shape, n_vocab, architecture.tied, architecture.embedding)
    yield from architecture.extras(draw, shape)
    for layer in range(shape.n_layer):
        yield from architecture.block(draw, shape, f"blk.{layer}")


def write_model(path: Path, name: str, dtype: str = "f32") -> None:
    """Writes the model; with f16 only matrices are halved, as llama.cpp's converter does."""
    architecture = ARCHITECTURES[name]
    vocabulary = architecture.vocabulary()
    writer = GGUFWriter(path, name)
    writer.add_name(f"tiny {name}")
    writer.add_file_type(LlamaFileType.ALL_F32 if dtype == "f32" else LlamaFileType.MOSTLY_F16)
    write_sizes(writer, architecture.shape)
    architecture.keys(writer, architecture.shape)
    writer.add_vocab_size(len(vocabulary.tokens))
    vocabulary.write(writer)
    if architecture.chat_template is not None:
        writer.add_chat_template(architecture.chat_template)
    for tensor_name, values in tensors(name, len(vocabulary.tokens)):
        halved = dtype == "f16" and values.ndim == 2 and tensor_name != "position_embd.weight"
        writer.add_tensor(tensor_name, values.astype(np.float16 if halved else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_sizes(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_block_count(shape.n_layer)
    writer.add_context_length(shape.n_context)
    writer.add_embedding_length(shape.d_model)
    writer.add_feed_forward_length(shape.d_ff)
    writer.add_head_count(shape.n_head)
    writer.add_head_count_kv(shape.n_kv_head)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write tiny GGUF models with random weights.")
    parser.add_argument("out_dir", type=Path)
    parser.add_argument(
        "--arch",
        nargs="+",
        choices=ARCHITECTURES,
        default=list(ARCHITECTURES),
        metavar="NAME",
        help=f"of {', '.join(ARCHITECTURES)}; all by default",
    )
    parser.add_argument("--dtype", choices=("f32", "f16"), default="f32")
    options = parser.parse_args(arguments)
    options.out_dir.mkdir(parents=True, exist_ok=True)
    for name in options.arch:
        path = options.out_dir / f"tiny-{name}.gguf"
        write_model(path, name, options.dtype)
        print(f"{path}  {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
