"""What each hook point must be, computed from the model's file and the points in front of it.

Each point comes from captured ones and the weights between, so that an error is found
where it is made and not behind it: q of the captured resid_pre, z of the captured
pattern and v, the stream of the captured terms of its sums.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from conftest import Run
from families import Family
from gguf_weights import Weights
from recompute_block import BLOCK, Block


@dataclass(frozen=True)
class Captured:
    """A run of a model, every token of it."""

    run: Run
    weights: Weights
    family: Family

    def states(self, hook: str) -> np.ndarray:
        return self.run.states(hook).astype(np.float64)

    def expected(self, hook: str) -> np.ndarray:
        if found := re.fullmatch(r"blocks\.(\d+)\.(?:\w+\.)?hook_(\w+)", hook):
            return BLOCK[found[2]](Block(self, int(found[1])))
        return OUTER[hook](self)

    def embedding(self) -> np.ndarray:
        factor = self.weights.key("embedding_scale", 1.0)
        if self.family.scaled_embedding:
            factor = np.float32(np.sqrt(self.weights.width))
        return self.weights["token_embd.weight"][self.run.tokens["token_id"].to_numpy()] * factor

    def logits(self) -> np.ndarray:
        """Of every token of the vocabulary."""
        weights = self.weights
        logits = self.states("ln_final.hook_normalized") @ weights.head.T + weights.bias("output")
        if scale := weights.key("logit_scale"):
            logits = logits / scale if self.family.logits_divided else logits * scale
        if cap := weights.key("final_logit_softcapping"):
            logits = cap * np.tanh(logits / cap)
        return logits

    def likeliest(self) -> np.ndarray:
        """The tokens of the largest logits, the largest first."""
        k = self.run.states("unembed.hook_out").shape[1]
        return np.argsort(-self.logits(), axis=1)[:, :k]


OUTER: dict[str, Callable[[Captured], np.ndarray]] = {
    "hook_embed": Captured.embedding,
    "ln_final.hook_normalized": lambda c: c.weights.norm(
        "output_norm" if "output_norm.weight" in c.weights else "token_embd_norm",  # as LFM2 names it
        c.states(f"blocks.{c.weights.layers - 1}.hook_resid_post")
    ),
    "unembed.hook_out": lambda c: np.take_along_axis(c.logits(), c.likeliest(), axis=1),
    "unembed.hook_out.token_id": Captured.likeliest,
}
