"""What interventions must make of rows, written from their definitions, and runs with them.

A run with arms is one of many samples. Its points are recomputed as those of any run
(recompute.py), each from the captured ones before it; where an arm edits a point, the
expected value is the edit of the recomputed one. So an edit that is missing, too strong,
at another token or in another sample is an error at its point, and one that does not
last in the cache, or that another sample sees, is one at a point behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from conftest import Run
from directions import Direction
from recompute import Captured
from recompute_block import Block
from recompute_pattern import ATTENTION, pattern

Rows = np.ndarray  # [n, width]
Change = Callable[[Rows], Rows]


def norms(h: Rows) -> np.ndarray:
    return np.linalg.norm(h, axis=1, keepdims=True)


def size(direction: Direction, unit: str, h: Rows) -> np.ndarray | float:
    """What 1 is in a unit, along the direction of norm 1."""
    return {
        "raw": lambda: 1.0,
        "gap": lambda: direction.gap,
        "sd": lambda: direction.sd,
        "norm": lambda: norms(h),
    }[unit]()


def add(direction: Direction, scale: float, unit: str = "raw") -> Change:
    """In raw units the vector as it is, with its own norm."""
    along = direction.vector if unit == "raw" else direction.unit
    return lambda h: h + scale * size(direction, unit, h) * along


def multiply(direction: Direction, factor: float) -> Change:
    """The coordinates in a direction or subspace; 0 removes them."""
    q = direction.basis
    return lambda h: h + (factor - 1) * h @ q.T @ q


def coordinate(direction: Direction, value: float, unit: str, h: Rows) -> np.ndarray | float:
    """What a value means along the direction of norm 1: in gaps 0 is the negative class's mean
    and 1 the positive's, standard deviations are counted from the middle of the two."""
    if unit == "gap":
        return (direction.negative + value * (direction.positive - direction.negative)) @ direction.unit
    if unit == "sd":
        return (direction.negative + direction.positive) / 2 @ direction.unit + value * direction.sd
    return value * size(direction, unit, h)


def clamp(direction: Direction, low: float, high: float, unit: str = "raw") -> Change:
    """The coordinate along the direction becomes the nearest one within the limits."""

    def change(h: Rows) -> Rows:
        at = h @ direction.unit
        limits = [np.broadcast_to(np.ravel(coordinate(direction, end, unit, h)), at.shape) for end in (low, high)]
        to = np.clip(at, np.minimum(*limits), np.maximum(*limits))
        return h + (to - at)[:, None] * direction.unit

    return change


def put(row: np.ndarray) -> Change:
    return lambda h: np.broadcast_to(row, h.shape)


def swap(source: Rows, direction: Direction | None = None) -> Change:
    """The coordinates in a subspace, or the whole row, are the source's; rows in the same order."""
    if direction is None:
        return lambda h: source
    q = direction.basis
    return lambda h: h + (source - h) @ q.T @ q


def affine(direction: Direction) -> Change:
    return lambda h: h @ direction.matrix.T + direction.offset


@dataclass(frozen=True)
class Edit:
    """Of the rows of a run where `rows` is true, at one point. A point of heads is all of
    them in one vector, unless some are named: then each of these is changed by itself."""

    column: str
    rows: np.ndarray
    change: Change
    heads: tuple[int, ...] = ()

    def apply(self, values: np.ndarray) -> np.ndarray:
        out = values.copy()
        at = np.flatnonzero(self.rows)
        if not self.heads:
            flat = values.reshape(len(values), -1)[at]
            out[at] = self.change(flat).reshape(out[at].shape)
        for head in self.heads:
            out[at, head] = self.change(values[at, head])
        return out


@dataclass(frozen=True)
class Edited(Captured):
    """A run of a model with edits, in their order. `name` is the tiny model's."""

    edits: tuple[Edit, ...] = ()
    name: str = ""

    def states(self, hook: str) -> np.ndarray:
        """A pattern that is not captured, since it would have samples decoded one by one, is recomputed."""
        if hook.endswith("pattern") and hook not in self.run.hooks:
            return self.pattern(hook)
        return super().states(hook)

    def pattern(self, hook: str) -> np.ndarray:
        return pattern(Block(self, int(hook.split(".")[1])), ATTENTION[self.name])

    def expected(self, hook: str) -> np.ndarray:
        if hook.endswith("pattern"):
            made = self.pattern(hook)
            return np.pad(made, ((0, 0), (0, 0), (0, super().states(hook).shape[2] - made.shape[2])))
        made = super().expected(hook)
        for edit in self.edits:
            if self.tensor(edit.column) == hook:
                made = edit.apply(made)
        return made

    def tensor(self, column: str) -> str:
        """The first point that has the rows of a column: what block N reads is what block N-1 leaves."""
        found = re.fullmatch(r"blocks\.(\d+)\.hook_resid_pre", column)
        if found and found[1] != "0":
            return f"blocks.{int(found[1]) - 1}.hook_resid_post"
        if found and "position_embd.weight" not in self.weights and "token_embd_norm.bias" not in self.weights:
            return "hook_embed"
        return column

    def errors(self, hooks: Iterable[str] = ()) -> dict[str, np.ndarray]:
        """By point the relative error of each row."""
        found = {}
        for hook in hooks or self.run.hooks:
            if hook.endswith("token_id") or (hook.endswith("pattern") and self.name not in ATTENTION):
                continue
            got, expected = (x.reshape(len(x), -1) for x in (self.states(hook), self.expected(hook)))
            found[hook] = np.linalg.norm(got - expected, axis=1) / np.maximum(np.linalg.norm(expected, axis=1), 1e-30)
        return found


def arm_rows(run: Run, arm: str, selects: Callable[[dict, int], bool]) -> np.ndarray:
    """A mask of the rows of an arm's samples that are selected, by sample and position."""
    samples = {s["sample_id"]: s for s in run.samples}
    rows = run.tokens.select(["sample_id", "position"]).to_pylist()
    return np.array(
        [samples[row["sample_id"]]["arm"] == arm and selects(samples[row["sample_id"]], row["position"]) for row in rows]
    )
