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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from figures import GreedyFigures, HookFigures, ScalarFigures
from llama_config import UnsupportedModel
from llama_numpy import Model
from predictions import LOGITS, predict, top_logits
from run_tables import Incomparable, Run, Sample


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
        end = "ln_final.hook_normalized"
        states = model.forward(tokens, hooks={*self.hooks, end} - {LOGITS})
        for hook, figures in self.hooks.items():
            if hook == LOGITS:
                figures.add(*top_logits(model, states[end], sample))
                continue
            captured = sample.activation(hook)
            if hook.endswith("hook_pattern"):
                if captured[:, :, len(tokens) :].any():
                    raise Incomparable(f"{hook} looks behind the end of sample {sample.sample_id}")
                captured = captured[:, :, : len(tokens)]
            figures.add(captured, states[hook])
        predicted = predict(model, states[end], tokens)
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
        expected = model.shape(hook)
        if expected is not None and run.hooks[hook] != expected:
            raise Incomparable(
                f"{hook} has shape {run.hooks[hook]}, the model {expected}: "
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
    return comparison.summary() | {"not_compared": sorted(run.hooks.keys() - {*known, f"{LOGITS}.token_id"})}


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
