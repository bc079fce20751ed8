"""Reading a run directory, as docs/format.md promises it."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

POINT = re.compile(r"blocks\.(\d+)\.hook_resid_post")


class Run:
    """A run, mapped into memory: a layer's states are read when they are asked for."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)
        manifest = json.loads((self.directory / "manifest.json").read_text("utf-8"))
        if manifest["status"] != "complete":
            raise SystemExit(
                f"error: {directory} is {manifest['status']}; `capture resume` goes on"
            )
        self.model = manifest["model"]["file"]

    @cached_property
    def samples(self) -> pd.DataFrame:
        """A row a sample, indexed by sample_id, with the dataset row's other keys as columns."""
        table = self._table("samples")
        vectors = [name for name in table.schema.names if POINT.match(name)]
        frame = table.drop_columns(vectors).to_pandas().set_index("sample_id")
        meta = pd.DataFrame([json.loads(text) for text in frame["meta"]], index=frame.index)
        return frame.join(meta[[key for key in meta if key not in frame]])

    @cached_property
    def tokens(self) -> pd.DataFrame:
        """A row a captured token: all columns but the states."""
        table = self._table("activations")
        return table.drop_columns([n for n in table.schema.names if POINT.match(n)]).to_pandas()

    @cached_property
    def layers(self) -> list[int]:
        names = self._table("activations").schema.names + self._table("samples").schema.names
        return sorted({int(found.group(1)) for name in names if (found := POINT.match(name))})

    def states(self, layer: int, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The residual stream behind a layer at these rows of `tokens`, [rows, d_model]."""
        column = self._table("activations")[f"blocks.{layer}.hook_resid_post"]
        return matrix(column)[rows].astype(np.float32)

    def means(self, layer: int) -> np.ndarray:
        """The mean over the captured tokens of each sample, [samples, d_model]; a sample without
        any has NaN."""
        name = f"blocks.{layer}.hook_resid_post.mean"
        samples = self._table("samples")
        if name in samples.schema.names:
            there = self.samples["reduced_tokens"].to_numpy() > 0
            found = matrix(samples[name].filter(pa.array(there)))
            made = np.full((len(there), *found.shape[1:]), np.nan, np.float32)
            made[there] = found
            return made
        states = self.states(layer)
        place = self.samples.index.get_indexer(self.tokens["sample_id"])
        sums = np.zeros((len(self.samples), states.shape[1]))
        np.add.at(sums, place, states)
        counts = np.bincount(place, minlength=len(self.samples))[:, None]
        with np.errstate(invalid="ignore"):
            return (sums / counts).astype(np.float32)

    def labels(self, name: str) -> pd.Series:
        """The newest label table of this name: values by sample_id."""
        found = list(self.directory.glob(f"labels-{name}-*.arrow"))
        if not found:
            raise SystemExit(
                f"error: {self.directory} has no labels {name}; `capture label` makes some"
            )
        newest = max(found, key=lambda path: int(path.stem.rsplit("-", 1)[1]))
        frame = open_arrow(newest).select(["sample_id", "value"]).to_pandas()
        return frame.set_index("sample_id")["value"]

    def _table(self, kind: str) -> pa.Table:
        if kind not in self.__dict__.setdefault("_tables", {}):
            files = sorted(self.directory.glob(f"{kind}-*.arrow"))
            self._tables[kind] = pa.concat_tables(open_arrow(path) for path in files)
        return self._tables[kind]


def open_arrow(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def matrix(column: pa.ChunkedArray) -> np.ndarray:
    return column.combine_chunks().to_numpy_ndarray()
