"""Tokenizers of the tiny models: byte-level BPE and SentencePiece, learned from a few sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from gguf import GGUFWriter, TokenType

# Text whose commonest pairs become the vocabulary's merges.
CORPUS = """
The capital of France is Paris. The sun is a star and the moon is not a star.
Is this statement true or false? This statement is true. That statement is false.
I think that the answer is wrong, and I know that it is wrong. You are a helpful
assistant. What is the answer to the question? The answer is that there is no answer.
Someone who lies says what they think is false; someone who is mistaken thinks it is true.
"""


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


@cache
def chatml(pre: str = "gpt-2") -> Vocabulary:
    special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    return byte_level_bpe(pre, special, eos="<|im_end|>")


@cache
def base() -> Vocabulary:
    """Of a base model, which knows the tokens of turns and ends its texts with another."""
    return byte_level_bpe("gpt-2", ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), eos="<|endoftext|>")


@cache
def qwen() -> Vocabulary:
    return chatml("qwen2")


@cache
def gpt2() -> Vocabulary:
    return byte_level_bpe("gpt-2", ("<|endoftext|>",), eos="<|endoftext|>")


@cache
def gemma() -> Vocabulary:
    return sentencepiece(
        first=("<pad>", "<eos>", "<bos>", "<unk>"),
        last=("<start_of_turn>", "<end_of_turn>"),
        unknown="<unk>",
        bos="<bos>",
        eos="<eos>",
        add_space_prefix=False,
    )


@cache
def phi3() -> Vocabulary:
    return sentencepiece(
        first=("<unk>", "<s>", "</s>"),
        last=("<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"),
        unknown="<unk>",
        bos="<s>",
        eos="<|endoftext|>",
        add_space_prefix=True,
    )


@cache
def mistral() -> Vocabulary:
    return sentencepiece(
        first=("<unk>", "<s>", "</s>"),
        last=("[INST]", "[/INST]"),
        unknown="<unk>",
        bos="<s>",
        eos="</s>",
        add_space_prefix=True,
    )
