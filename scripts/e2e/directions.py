"""Direction files as docs/format.md has them, written apart from the program, and what they hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Direction:
    """A vector of the stream, or a subspace, with what was measured on its own rows."""

    vector: np.ndarray  # [d], or [k, d]
    positive: np.ndarray | None = None  # class means
    negative: np.ndarray | None = None
    sd: float | None = None  # of the projections of the rows
    matrix: np.ndarray | None = None  # of an affine map, with offset
    offset: np.ndarray | None = None

    @property
    def unit(self) -> np.ndarray:
        return self.vector / np.linalg.norm(self.vector)

    @property
    def gap(self) -> float:
        return float(abs((self.positive - self.negative) @ self.unit))

    @property
    def basis(self) -> np.ndarray:
        """Orthonormal rows that span it, [k, d]."""
        return np.linalg.qr(np.atleast_2d(self.vector).T)[0].T

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        parts = {"": self.vector, ".positive": self.positive, ".negative": self.negative}
        parts |= {".sd": self.sd, ".A": self.matrix, ".b": self.offset}
        return {name + end: np.asarray(part, np.float32) for end, part in parts.items() if part is not None}


def random_direction(rng: np.random.Generator, width: int, rank: int = 0) -> Direction:
    """Any vector with class means that lie apart, or any orthonormal rows."""
    if rank:
        return Direction(rounded(np.linalg.qr(rng.normal(size=(width, rank)))[0].T))
    vector = rng.normal(size=width) * 0.7
    middle = rng.normal(size=width)
    means = (rounded(middle + sign * (0.4 * vector + rng.normal(size=width) * 0.2)) for sign in (1, -1))
    return Direction(rounded(vector), *means, sd=float(np.float32(rng.uniform(0.5, 1.5))))


def random_map(rng: np.random.Generator, width: int) -> Direction:
    """An affine map that takes a direction out, and shifts, as LEACE's do."""
    left, askew = (rng.normal(size=width) / np.sqrt(width) for _ in range(2))
    right = left + askew / 2
    matrix = np.eye(width) - np.outer(left, right) / (right @ left)
    return Direction(rounded(left), matrix=rounded(matrix), offset=rounded(rng.normal(size=width) * 0.3))


def rounded(x: np.ndarray) -> np.ndarray:
    """As a file of float32 has it."""
    return x.astype(np.float32).astype(np.float64)


def write_directions(path: Path, directions: dict[str, Direction], **meta: object) -> Path:
    """By name: any, or a point's. safetensors: eight bytes of length, a JSON header, the numbers."""
    tensors = {}
    for name, direction in directions.items():
        tensors |= direction.tensors(name)
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    about = {"version": 1, "layer_convention": "output of block N, counted from 0"} | meta
    header["__metadata__"] = {"capture": json.dumps(about)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path
