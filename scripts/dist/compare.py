"""Hold the activations of two runs of one spec against each other, row by row.

    compare.py RUN RUN LIMIT

Rows are those of each sample up to the first token that differs. It fails where
no row can be compared, and where one's relative error is above the limit.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa


def table(folder, kind):
    files = sorted(Path(folder).glob(f"{kind}-*.arrow"))
    return pa.concat_tables([pa.ipc.open_file(pa.memory_map(str(f))).read_all() for f in files])


def common_rows(a, b, samples_a, samples_b):
    """The rows of both runs that hold the same tokens so far."""
    rows_a, rows_b = [], []
    tokens_a, tokens_b = (t["token_id"].to_numpy() for t in (a, b))
    by_prompt = {(s["prompt_id"], s["sample"]): s for s in samples_b}
    for s in samples_a:
        o = by_prompt[s["prompt_id"], s["sample"]]
        n = min(s["rows"], o["rows"])
        x, y = (t[f["first_row"] : f["first_row"] + n] for t, f in ((tokens_a, s), (tokens_b, o)))
        same = n if (x == y).all() else int(np.argmax(x != y))
        rows_a += range(s["first_row"], s["first_row"] + same)
        rows_b += range(o["first_row"], o["first_row"] + same)
    return np.array(rows_a), np.array(rows_b)


def main(one, two, limit):
    a, b = table(one, "activations"), table(two, "activations")
    rows_a, rows_b = common_rows(a, b, table(one, "samples").to_pylist(), table(two, "samples").to_pylist())
    if not len(rows_a):
        sys.exit("error: the runs have no row in common")
    columns = [n for n in a.column_names if n.startswith(("blocks.", "hook_", "ln_final"))]
    equal, worst, where = 0, 0.0, ""
    for name in columns:
        x, y = (t[name].combine_chunks().to_numpy_ndarray()[r] for t, r in ((a, rows_a), (b, rows_b)))
        equal += int((x == y).all(axis=1).sum())
        error = float((np.linalg.norm(x - y, axis=1) / np.linalg.norm(y, axis=1)).max())
        if error > worst:
            worst, where = error, f" (at {name})"
    total = len(rows_a) * len(columns)
    print(f"{len(rows_a)} of {len(a)} and {len(b)} rows have the same tokens; {equal} of {total} activations are equal to the bit; largest relative error {worst:.2g}{where}")
    if worst > float(limit):
        sys.exit(f"error: more than {limit}")


if __name__ == "__main__":
    main(*sys.argv[1:])
