"""Times a sweep of logistic regressions against scikit-learn: probes.py [LAYERS [ROWS [PAIRS]]].

Both standardise, fit and score the same rows in the same folds, with C = 0.1, in float64, to
a gradient of 1e-6, with two threads; ours reads the rows from files, scikit-learn has them in
memory. Ways alternate; the layers of one way are fitted one after another.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="2", GOMAXPROCS="2")

import numpy as np  # noqa: E402, after the number of threads
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

WIDTH, FOLDS, C = 576, 5, 0.1


def layer(rows, positive, seed):
    """Rows as correlated as those of a residual stream: a few directions have most of the variance."""
    random = np.random.default_rng(seed)
    scale = (1 + np.arange(WIDTH)) ** -0.7
    x = random.standard_normal((rows, WIDTH)) * scale @ np.linalg.qr(random.standard_normal((WIDTH, WIDTH)))[0]
    return (x * 10 + positive[:, None] * random.standard_normal(WIDTH) * 0.05).astype(np.float32)


def ours(program, job, paths):
    start = time.perf_counter()
    out = [json.loads(subprocess.run([program, path], input=job, stdout=subprocess.PIPE, check=True).stdout) for path in paths]
    return time.perf_counter() - start, out


def theirs(layers, positive, cells):
    start = time.perf_counter()
    scores = []
    for x in layers:
        held = np.empty(len(positive))
        for fold in range(FOLDS):
            train, test = cells != fold, cells == fold
            scaler = StandardScaler().fit(x[train].astype(np.float64))
            fit = LogisticRegression(C=C, tol=1e-6, max_iter=10000).fit(scaler.transform(x[train].astype(np.float64)), positive[train])
            held[test] = fit.decision_function(scaler.transform(x[test].astype(np.float64)))
        scores.append(held)
    return time.perf_counter() - start, scores


def main():
    count, rows, pairs = [*(int(a) for a in sys.argv[1:]), *(6, 10000, 5)[len(sys.argv) - 1 :]]
    positive = np.random.default_rng(0).random(rows) < 0.5
    candidate = {"Space": 0, "Method": {"kind": "logistic", "c": C, "scale": True}}
    job = {"positive": positive.tolist(), "group": [str(i // 10) for i in range(rows)], "how": "cross", "folds": FOLDS, "inner": 1}
    job = json.dumps(job | {"width": WIDTH, "block": 512, "candidates": [candidate]}).encode()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "nested"
        subprocess.run(["go", "build", "-o", program, "./scripts/nested"], check=True)
        layers = [layer(rows, positive, seed) for seed in range(count)]
        paths = [Path(folder) / f"{i}.f32" for i in range(count)]
        for path, x in zip(paths, layers, strict=True):
            x.tofile(path)
        times = {"capture": [], "scikit-learn": []}
        for pair in range(pairs + 1):  # the first is not counted
            seconds, found = ours(program, job, paths)
            cells = np.array(found[0]["cells"])
            other, scores = theirs(layers, positive, cells)
            if pair:
                times["capture"].append(seconds)
                times["scikit-learn"].append(other)
    for f, s in zip(found, scores, strict=True):
        for fold in range(FOLDS):
            test = cells == fold
            a, b = (roc_auc_score(positive[test], np.array(x)[test]) for x in (f["scores"], s))
            assert abs(a - b) < 1e-3, (a, b)
    ratios = [b / a for a, b in zip(*times.values(), strict=True)]
    print(f"logistic regression, {count} layers of {rows} rows x {WIDTH}, {FOLDS} folds, {pairs} pairs; medians [least, most]")
    for way, seconds in times.items():
        print(f"  {way}: {statistics.median(seconds):.2f} s [{min(seconds):.2f}, {max(seconds):.2f}]")
    print(f"  ratio {statistics.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}], to hold 3")
    print(f"  most memory of capture, the rows of a layer included: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")


main()
