"""What the reference predicts after each token, without the logits of all tokens in memory at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from llama_numpy import Model
from run_tables import Sample

# Tokens whose logits are in memory at a time.
LOGIT_ROWS = 64

LOGITS = "unembed.hook_out"


@dataclass
class Predictions:
    """What the reference predicts after each token, reduced from its logits."""

    entropy: np.ndarray
    likeliest: np.ndarray
    next_behind: np.ndarray  # by how much the next token's logit lies below the largest
    next_logprob: np.ndarray

    @classmethod
    def empty(cls, n_tokens: int) -> Predictions:
        return cls(
            np.empty(n_tokens), np.empty(n_tokens, np.int64), np.empty(n_tokens), np.empty(n_tokens)
        )


def top_logits(model: Model, normalized: np.ndarray, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """The captured logits, twice, and the reference's: the largest, and those of the captured tokens."""
    captured, tokens = sample.activation(LOGITS), sample.activation(f"{LOGITS}.token_id")
    parts = []
    for start in range(0, len(captured), LOGIT_ROWS):
        part = slice(start, start + LOGIT_ROWS)
        logits = model.unembed(normalized[part])
        largest = -np.sort(-logits, axis=1)[:, : captured.shape[1]]
        parts.append(np.concatenate([largest, np.take_along_axis(logits, tokens[part], axis=1)], axis=1))
    return np.concatenate([captured, captured], axis=1), np.concatenate(parts)


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
        predictions.entropy[part] = -(np.exp(logprobs) * logprobs).sum(axis=1)
        predictions.likeliest[part] = logits.argmax(axis=1)
        predictions.next_behind[part] = logits.max(axis=1) - logits[rows, following[part]]
        predictions.next_logprob[part] = logprobs[rows, following[part]]
    return predictions
