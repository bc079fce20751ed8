"""How a run agrees with the reference, in figures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from predictions import Predictions
from run_tables import Sample


@dataclass
class HookFigures:
    """How one hook point agrees with the reference over all tokens."""

    cosines: list[np.ndarray] = field(default_factory=list)
    errors: list[np.ndarray] = field(default_factory=list)

    def add(self, captured: np.ndarray, reference: np.ndarray) -> None:
        """Arrays of the same shape, the tokens first; a token's numbers are one vector."""
        n = len(captured)
        captured, reference = (x.reshape(n, -1).astype(np.float64) for x in (captured, reference))
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


# Logits that lie closer than this two orders of the same float32 sums may tell apart
# either way: it is twice what log-probabilities are held to.
TIE = 4e-4


@dataclass
class GreedyFigures:
    """Whether responses are the reference's greedy ones, but for ties, and where they first are not."""

    wanted: int
    compared: int = 0
    first_difference: dict | None = None

    def add(self, sample: Sample, tokens: np.ndarray, predicted: Predictions) -> None:
        """Given the same prefix, the next token; up to the first difference that is greedy decoding."""
        positions = sample.response()[: self.wanted]
        self.compared += len(positions)
        other = tokens[positions] != predicted.likeliest[positions - 1]
        different = positions[other & (predicted.next_behind[positions - 1] > TIE)]
        if self.first_difference is None and len(different):
            at = different[0]
            self.first_difference = {
                "sample_id": sample.sample_id,
                "position": int(at),
                "token_id": int(tokens[at]),
                "reference_token_id": int(predicted.likeliest[at - 1]),
                "reference_margin": float(predicted.next_behind[at - 1]),
            }

    def summary(self) -> dict:
        return {"tokens": self.compared, "first_difference": self.first_difference}
