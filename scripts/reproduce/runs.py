"""Reading a run directory, as docs/format.md promises it."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

POINT = re.compile(r"blocks\.(\d+)\.hook_resid_post")


class Run:
    """What a run has beside its states, which `capture probe` reads."""

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

