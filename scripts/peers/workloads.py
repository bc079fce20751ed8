"""What is compared, and the ratio that each comparison is held to."""

import csv
import itertools
from dataclasses import dataclass
from pathlib import Path

from pairs import Side, fastest
from transformers_side import ways

TALE = "Once upon a time there was a ship, and its crew was"
PROMPTS = [  # raw text, which the model goes on with; the first with which it runs on is taken
    TALE,
    "import os\nimport sys\n\nclass Ship:\n    def __init__(self, name, crew):\n",
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,",
]


@dataclass(frozen=True)
class Sizes:
    new_tokens: int = 128  # of the greedy response
    samples: int = 16
    sample_tokens: int = 64  # of each sampled response
    statements: int = 500
    prompt_tokens: int = 512


@dataclass
class Bench:
    """The programs that are compared."""

    capture: object
    peer: object
    engines: object
    sizes: Sizes
    statements: Path
    folder: Path


def decode(b: Bench):
    n = b.sizes.new_tokens
    prompts = (["--prompt", p, "--max-tokens", n, "--batch", 1] for p in PROMPTS)
    return decoding(b, f"decode {n} tokens, one sequence", prompts, n, 1)


def sampled(b: Bench):
    n, samples = b.sizes.sample_tokens, b.sizes.samples
    seeds = (["--prompt", TALE, "--samples", samples, "--batch", samples, "--temperature", 1, "--max-tokens", n, "--seed", s] for s in itertools.count(1))
    return decoding(b, f"decode {n} tokens, {samples} sequences at once", seeds, n, samples)


def decoding(b: Bench, name, candidates, new, batch):
    arguments = b.capture.endless(candidates, new * batch)
    (tokens,) = b.capture.tokens(*arguments[:2])
    sides = [
        Side(f"transformers, {attention}, {way}", lambda a=attention, w=way: b.peer.decode(tokens, new, batch, batch > 1, a, w))
        for attention, way in ways(("generate", "loop"))
    ]
    return name, sides, Side("capture run", lambda: b.capture.generated_rate(arguments))


def statements(b: Bench):
    n = b.sizes.statements
    arguments = ["--prompts", first_rows(b.statements, n, b.folder / "statements.csv"), "--prompt-column", "statement"]
    tokens = b.capture.tokens(*arguments)
    sides = [
        Side(
            f"transformers, {attention}, batch {batch}{' by length' if by_length else ''}",
            lambda a=attention, s=batch, l=by_length: b.peer.statements(tokens, a, s, l),
        )
        for attention, (batch, by_length) in ways(((1, False), (16, False), (16, True), (64, False), (64, True)))
    ]
    arguments += ["--max-tokens", 0]
    return f"{n} statements, {sum(map(len, tokens))} tokens", sides, Side("capture run", lambda: b.capture.row_rate(arguments))


def first_rows(source: Path, count, target: Path) -> Path:
    with source.open(newline="") as file:
        rows = list(itertools.islice(csv.reader(file), count + 1))
    with target.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return target


def prompt(b: Bench):
    want = b.sizes.prompt_tokens
    words = TALE.split() * want
    count = want
    for _ in range(8):  # words are not tokens
        arguments = ["--prompt", " ".join(words[:count])]
        (tokens,) = b.capture.tokens(*arguments)
        if len(tokens) == want:
            break
        count += want - len(tokens)
    sides = [Side(f"transformers, {a}", lambda a=a: b.peer.prompt(tokens, a)) for (a,) in ways()]
    arguments += ["--max-tokens", 0]
    return f"one prompt of {len(tokens)} tokens", sides, Side("capture run", lambda: b.capture.row_rate(arguments))


def plain_decode(b: Bench):
    return plain(b, f"plain decode of {b.sizes.new_tokens} tokens", generate=b.sizes.new_tokens)


def plain_prefill(b: Bench):
    return plain(b, f"plain prefill of {b.sizes.prompt_tokens} tokens", prompt=b.sizes.prompt_tokens)


def plain(b: Bench, name, **work):
    return name, [Side("llama-bench", lambda: b.engines.llama_bench(**work))], Side("plain engine", lambda: b.engines.plain(**work))


# What it is called on the command line, the ratio to hold, what prepares it.
WORKLOADS = {
    "decode": (3.0, decode),
    "sampled": (1.8, sampled),
    "statements": (1.5, statements),
    "prompt": (0.85, prompt),
    "plain-decode": (0.95, plain_decode),
    "plain-prefill": (0.95, plain_prefill),
}


def prepare(key: str, b: Bench):
    """A comparison's name, the peer at its fastest, our side, and the rates of the
    peer's ways among which it was chosen."""
    name, sides, ours = WORKLOADS[key][1](b)
    if len(sides) == 1:
        return name, sides[0], ours, {}
    best, rates = fastest(sides)
    return name, best, ours, rates
