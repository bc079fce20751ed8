"""Makes leace.json: what the authors' package says of LEACE, on rows that are made here.

    pip install concept-erasure==0.2.4 torch==2.5.1 numpy
    python leace.py > leace.json

The package's shrinkage and its constraint of the trace are off: they are not part of the
method. Its threshold of singular values is lowered, as it would keep weak concepts.
"""

import json
import sys

import numpy as np
import torch
from concept_erasure import LeaceFitter


def case(rows: int, width: int, rank: int, seed: int) -> dict:
    draw = np.random.default_rng(seed)
    mix = draw.normal(size=(rank, width))
    y = draw.integers(0, 2, rows)
    latent = draw.normal(size=(rows, rank)) + 0.8 * y[:, None] * draw.normal(size=rank)
    x = (latent @ mix + 3 * draw.normal(size=width)).astype(np.float32)
    fitter = LeaceFitter.fit(
        torch.tensor(x, dtype=torch.float64),
        torch.tensor(y, dtype=torch.float64),
        shrinkage=False,
        constrain_cov_trace=False,
        svd_tol=1e-9,
    )
    eraser = fitter.eraser
    erased = eraser(torch.tensor(x, dtype=torch.float64))
    return {
        "width": width,
        "x": x.ravel().tolist(),
        "y": y.tolist(),
        "matrix": eraser.P.ravel().tolist(),
        "erased": erased.ravel().tolist(),
    }


json.dump([case(60, 6, 6, 1), case(40, 8, 8, 2), case(24, 8, 5, 3)], sys.stdout)
print()
