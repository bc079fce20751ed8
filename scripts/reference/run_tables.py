"""A run directory as the comparison reads it: its samples, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa


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
        """A hook point's column, [n_tokens, ...]."""
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
        counts = ["prompt_tokens", "response_tokens", "stop_tokens"]  # of format 2 without the last
        counts = [name for name in counts if name in self._samples.column_names]
        for row in self._samples.select(["sample_id", *counts]).to_pylist():
            rows = self._rows(row["sample_id"])
            expected = sum(row[name] for name in counts)
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
