"""Checks a run directory against the NumPy reference.

Runs the reference over the tokens of every sample and compares, token by token,
each hook point the run holds, and the log probabilities and entropies where they
were asked for. With --greedy N it also checks that the first N tokens of each
response are those the reference finds likeliest, given the tokens before them.

    compare.py GGUF RUN_DIR [--min-cosine X] [--greedy N] [--json]

Exit status: 0 when all is well, 1 when a cosine lies below --min-cosine or a greedy
token differs, 2 when the run cannot be compared.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from llama_numpy import Model, UnsupportedModel

# Tokens whose logits are in memory at a time.
LOGIT_ROWS = 64


class Incomparable(Exception):
    """The run does not hold what the comparison needs."""


@dataclass(frozen=True)
class Sample:
    """One sample's rows of the activations table, in order of position."""

    sample_id: int
    rows: pa.Table

    def tokens(self) -> np.ndarray:
        return self.rows["token_id"].to_numpy().astype(np.int64)

    def scalars(self, name: str) -> np.ma.MaskedArray:
        """A column of one number a token, its nulls masked."""
        column = self.rows[name]
        return np.ma.MaskedArray(column.to_numpy(), mask=column.is_null().to_numpy())

    def activation(self, hook: str) -> np.ndarray:
        """A hook point's column, [n_tokens, d_model]."""
        return self.rows[hook].combine_chunks().to_numpy_ndarray()

    def response(self) -> np.ndarray:
        """The positions of the tokens the model sampled."""
        return np.flatnonzero(self.rows["generated"].to_pylist())


class Run:
    """The Arrow files of a run directory, mapped into memory."""

    def __init__(self, directory: Path) -> None:
        self._samples = open_tables(directory, "samples")
        self._activations = open_tables(directory, "activations")
        self._sample_ids = self._activations["sample_id"].to_numpy()
        self.hooks = {
            column.name: column.type.shape
            for column in self._activations.schema
            if isinstance(column.type, pa.FixedShapeTensorType)
        }

    def samples(self) -> Iterator[Sample]:
        """The samples one at a time, each checked to hold every token."""
        columns = ["sample_id", "prompt_tokens", "response_tokens"]
        for row in self._samples.select(columns).to_pylist():
            rows = self._rows(row["sample_id"])
            expected = row["prompt_tokens"] + row["response_tokens"]
            positions = rows["position"].to_numpy()
            if not np.array_equal(positions, np.arange(expected)):
                raise Incomparable(
                    f"sample {row['sample_id']} holds {len(positions)} of its {expected} tokens: "
                    "the reference needs all of them; capture with `--tokens all`"
                )
            yield Sample(row["sample_id"], rows)

    def _rows(self, sample_id: int) -> pa.Table:
        """A sample's rows by position, cut out of the mapped file without a copy where they lie so."""
        found = np.flatnonzero(self._sample_ids == sample_id)
        if len(found) and found[-1] - found[0] == len(found) - 1:
            rows = self._activations.slice(int(found[0]), len(found))
        else:
            rows = self._activations.take(found)
        order = np.argsort(rows["position"].to_numpy(), kind="stable")
        return rows if np.array_equal(order, np.arange(len(order))) else rows.take(order)


def open_tables(directory: Path, kind: str) -> pa.Table:
    """All shards of one kind as one table whose buffers stay on disk."""
    paths = sorted(directory.glob(f"{kind}-*.arrow"))
    if not paths:
        raise Incomparable(f"{directory} has no {kind}-*.arrow")
    try:
        return pa.concat_tables(pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in paths)
    except pa.ArrowInvalid as error:
        raise Incomparable(f"{directory}, {kind}-*.arrow: {error}") from error


@dataclass
class HookFigures:
    """How one hook point agrees with the reference over all tokens."""

    cosines: list[np.ndarray] = field(default_factory=list)
    errors: list[np.ndarray] = field(default_factory=list)

    def add(self, captured: np.ndarray, reference: np.ndarray) -> None:
        captured, reference = captured.astype(np.float64), reference.astype(np.float64)
        sizes = np.linalg.norm(captured, axis=1), np.linalg.norm(reference, axis=1)
        self.cosines.append(np.einsum("td,td->t", captured, reference) / (sizes[0] * sizes[1]))
        self.errors.append(np.linalg.norm(captured - reference, axis=1) / sizes[1])

    def summary(self) -> dict[str, float]:
        cosines = np.concatenate(self.cosines)
        return {
            "min_cosine": float(np.min(cosines)),
            "median_cosine": float(np.median(cosines)),
            "max_relative_error": float(np.max(np.concatenate(self.errors))),
        }


@dataclass
class ScalarFigures:
    """The largest difference in a column of one number a token, where it is not null."""

    compared: int = 0
    largest: float = 0.0

    def add(self, captured: np.ma.MaskedArray, reference: np.ndarray) -> None:
        present = ~np.ma.getmaskarray(captured)
        self.compared += int(present.sum())
        differences = np.abs(captured.data[present] - reference[present])
        self.largest = float(np.max(differences, initial=self.largest))

    def summary(self) -> dict[str, float]:
        return {"tokens": self.compared, "max_absolute_difference": self.largest}


@dataclass
class GreedyFigures:
    """Whether responses are the reference's greedy ones, and where they first are not."""

    wanted: int
    compared: int = 0
    first_difference: dict | None = None

    def add(self, sample: Sample, tokens: np.ndarray, predicted: Predictions) -> None:
        """Given the same prefix, the next token; up to the first difference that is greedy decoding."""
        positions = sample.response()[: self.wanted]
        self.compared += len(positions)
        different = positions[tokens[positions] != predicted.likeliest[positions - 1]]
        if self.first_difference is None and len(different):
            at = different[0]
            self.first_difference = {
                "sample_id": sample.sample_id,
                "position": int(at),
                "token_id": int(tokens[at]),
                "reference_token_id": int(predicted.likeliest[at - 1]),
                "reference_margin": float(predicted.margin[at - 1]),
            }

    def summary(self) -> dict:
        return {"tokens": self.compared, "first_difference": self.first_difference}


@dataclass
class Predictions:
    """What the reference predicts after each token, reduced from its logits."""

    entropy: np.ndarray
    likeliest: np.ndarray
    margin: np.ndarray
    next_logprob: np.ndarray

    @classmethod
    def empty(cls, n_tokens: int) -> Predictions:
        return cls(
            np.empty(n_tokens), np.empty(n_tokens, np.int64), np.empty(n_tokens), np.empty(n_tokens)
        )


def predict(model: Model, normalized: np.ndarray, tokens: np.ndarray) -> Predictions:
    """Reduces the logits of `ln_final.hook_normalized`, some rows at a time.

    `next_logprob[t]` is that of tokens[t + 1], in nats; the last one is of no use.
    """
    predictions = Predictions.empty(len(tokens))
    following = np.append(tokens[1:], 0)
    for start in range(0, len(tokens), LOGIT_ROWS):
        part = slice(start, start + LOGIT_ROWS)
        logits = model.unembed(normalized[part]).astype(np.float64)
        rows = np.arange(len(logits))
        logprobs = logits - logits.max(axis=1, keepdims=True)
        logprobs -= np.log(np.exp(logprobs).sum(axis=1, keepdims=True))
        second, first = np.partition(logits, -2, axis=1)[:, -2:].T
        predictions.entropy[part] = -(np.exp(logprobs) * logprobs).sum(axis=1)
        predictions.likeliest[part] = logits.argmax(axis=1)
        predictions.margin[part] = first - second
        predictions.next_logprob[part] = logprobs[rows, following[part]]
    return predictions


@dataclass
class Comparison:
    """Everything found out about a run."""

    hooks: dict[str, HookFigures]
    greedy: GreedyFigures | None
    logprob: ScalarFigures = field(default_factory=ScalarFigures)
    entropy: ScalarFigures = field(default_factory=ScalarFigures)
    samples: int = 0
    tokens: int = 0

    def add(self, model: Model, sample: Sample) -> None:
        tokens = sample.tokens()
        states = model.forward(tokens, hooks={*self.hooks, "ln_final.hook_normalized"})
        for hook, figures in self.hooks.items():
            figures.add(sample.activation(hook), states[hook])
        predicted = predict(model, states["ln_final.hook_normalized"], tokens)
        self.logprob.add(sample.scalars("logprob")[1:], predicted.next_logprob[:-1])
        self.entropy.add(sample.scalars("entropy"), predicted.entropy)
        if self.greedy is not None:
            self.greedy.add(sample, tokens, predicted)
        self.samples += 1
        self.tokens += len(tokens)

    def summary(self) -> dict:
        return {
            "samples": self.samples,
            "tokens": self.tokens,
            "hooks": {hook: figures.summary() for hook, figures in self.hooks.items()},
            "logprob": self.logprob.summary(),
            "entropy": self.entropy.summary(),
            "greedy": None if self.greedy is None else self.greedy.summary(),
        }


def compare(model: Model, run: Run, greedy: int | None = None) -> dict:
    """Compares every sample; the figures as a dictionary, fit for JSON."""
    known = [hook for hook in model.hook_names() if hook in run.hooks]
    for hook in known:
        if run.hooks[hook] != [model.config.d_model]:
            raise Incomparable(
                f"{hook} has shape {run.hooks[hook]}, the model [{model.config.d_model}]: "
                "is this the model the run was made with?"
            )
    comparison = Comparison(
        hooks={hook: HookFigures() for hook in known},
        greedy=None if greedy is None else GreedyFigures(greedy),
    )
    if not comparison.hooks:
        raise Incomparable("the run has no hook point that the reference computes")
    for sample in run.samples():
        comparison.add(model, sample)
    if comparison.samples == 0:
        raise Incomparable("the run has no samples")
    if comparison.greedy is not None and comparison.greedy.compared == 0:
        raise Incomparable("--greedy was asked for, but the run has no sampled tokens")
    return comparison.summary() | {"not_compared": sorted(run.hooks.keys() - set(known))}


def failures(figures: dict, min_cosine: float | None) -> list[str]:
    """What is wrong, a line each; a figure that is not a number is always wrong."""
    found = []
    for hook, figure in figures["hooks"].items():
        if not figure["min_cosine"] >= (-1 if min_cosine is None else min_cosine):
            found.append(f"{hook}: smallest cosine {figure['min_cosine']:.7f}")
    for name in ("logprob", "entropy"):
        if np.isnan(figures[name]["max_absolute_difference"]):
            found.append(f"{name}: not a number")
    if figures["greedy"] and (at := figures["greedy"]["first_difference"]):
        found.append(
            f"sample {at['sample_id']}, position {at['position']}: token {at['token_id']}, "
            f"the reference's is {at['reference_token_id']} "
            f"by {at['reference_margin']:.4f} in its logits"
        )
    return found


def print_figures(figures: dict) -> None:
    print(f"{figures['samples']} samples, {figures['tokens']} tokens")
    width = max(map(len, figures["hooks"]))
    print(f"{'':{width}}  min cosine  median     max relative error")
    for hook, figure in figures["hooks"].items():
        print(
            f"{hook:{width}}  {figure['min_cosine']:.8f}  {figure['median_cosine']:.8f}"
            f" {figure['max_relative_error']:.2e}"
        )
    for name in ("logprob", "entropy"):
        figure = figures[name]
        print(
            f"{name}: largest difference {figure['max_absolute_difference']:.2e} nats"
            f" over {figure['tokens']} tokens"
        )
    if figures["greedy"]:
        print(f"greedy: {figures['greedy']['tokens']} tokens compared")
    if figures["not_compared"]:
        print(f"not compared: {', '.join(figures['not_compared'])}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check a run against the NumPy reference.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--min-cosine", type=float, metavar="X")
    parser.add_argument("--greedy", type=int, metavar="N", help="check N tokens of each response")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        figures = compare(Model(options.gguf), Run(options.run_dir), options.greedy)
    except (Incomparable, UnsupportedModel, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    found = failures(figures, options.min_cosine)
    if options.json:
        print(json.dumps(figures | {"failures": found}, indent=2))
    else:
        print_figures(figures)
    for failure in found:
        print(f"compare: {failure}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
