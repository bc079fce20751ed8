"""Times pyarrow reading one layer of a run, and all of it: read_column.py RUN PAIRS."""

import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from pyarrow import feather

LAYER = "blocks.15.hook_resid_post"


def read(run, names):
    """Brings every value of the columns (None: all) into memory that NumPy owns."""
    rows = 0
    for path in sorted(run.glob("activations-*.arrow")):
        table = feather.read_table(path, columns=names, memory_map=False)
        for name in names or [n for n in table.column_names if "hook" in n]:
            for chunk in table[name].chunks:
                rows += len(np.array(chunk.to_numpy_ndarray()))
    return rows


def forget(run):
    """Drops the files from the page cache."""
    for path in run.glob("*.arrow"):
        with open(path) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(run, names, cold):
    if cold:
        forget(run)
    begun = time.perf_counter()
    assert read(run, names) > 0
    return time.perf_counter() - begun


def spread(x):
    return f"{statistics.median(x):.3f} [{min(x):.3f}, {max(x):.3f}]"


def main(run, pairs):
    size = sum(p.stat().st_size for p in run.glob("*.arrow")) / 2**30
    for cold in (False, True):
        timed(run, None, cold)
        times = [(timed(run, None, cold), timed(run, [LAYER], cold)) for _ in range(pairs)]
        whole, one = zip(*times)
        ratios = [b / a for a, b in times]
        print(f"pyarrow, {size:.1f} GiB, {'cold' if cold else 'cached'}: all {spread(whole)} s, one layer {spread(one)} s; ratio {spread(ratios)}")


main(Path(sys.argv[1]), int(sys.argv[2]))
