"""Proves that both sides compute the same thing, before anything is timed."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

LEAST = 0.98  # cosine; transformers keeps its residual stream in BF16


def rows_of(run) -> dict[int, np.ndarray]:
    """Of each sample of a run, [token, layer, width]."""
    run = Path(run)
    files = [f["name"] for f in json.loads((run / "manifest.json").read_text())["files"] if f["name"].startswith("activations")]
    table = pa.concat_tables(pa.ipc.open_file(run / name).read_all() for name in files).combine_chunks()
    names = sorted((n for n in table.column_names if n.endswith("hook_resid_post")), key=lambda n: int(n.split(".")[1]))
    columns = [table[n].chunk(0).to_numpy_ndarray() for n in names]
    samples, positions = table["sample_id"].to_numpy(), table["position"].to_numpy()
    order = np.lexsort((positions, samples))
    states = np.stack(columns, axis=1)[order]
    return {s: states[samples[order] == s] for s in np.unique(samples)}


def smallest_cosine(capture, peer, arguments) -> float:
    """Over all tokens and layers but the last, which transformers gives only behind
    the final norm."""
    tokens = capture.tokens(*arguments)
    result = capture.run(*arguments, "--max-tokens", 0, keep=True)
    try:
        ours = rows_of(result["out"])
    finally:
        shutil.rmtree(Path(result["out"]).parent)
    theirs = peer.unpadded(tokens).float().numpy()  # as one padded batch: the mask is proved, too
    a = np.concatenate([ours[sample] for sample in range(len(tokens))])[:, :-1].astype(np.float64)
    b = theirs[:, :-1].astype(np.float64)
    worst = float(((a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)).min())
    if worst < LEAST:
        raise RuntimeError(f"the two sides do not compute the same: a cosine of {worst:.4f}")
    return worst
