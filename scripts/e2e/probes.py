"""What the tests of `capture probe` share: data sets for the phantom, and reading what came out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from conftest import Capture, Run, open_arrow, write_jsonl
from sklearn.metrics import roc_auc_score

CLASSES = ("--label", "label", "--positive", "lie", "--negative", "mistake")
QUICK = ("--permutations", -1, "--quick")  # where the figures of chance are not what is looked at


def prompts(capture: Capture, cause: str, n: int, *flags: object, seed: int = 31) -> list[dict]:
    printed = capture("phantom", "prompts", "--cause", cause, "--n", n, "--seed", seed, *flags)
    return [json.loads(line) for line in printed.splitlines()]


def phantom(capture: Capture, out: Path, rows: list[dict], *flags: object, model: object = "phantom") -> Run:
    path = write_jsonl(out.parent / f"{out.name}.jsonl", rows)
    few = ("--max-tokens", 3, "--hooks", "resid_post", "--set", "capture.tokens=prompt[-2:] | response")
    return capture.run(out, model, "--prompts", path, "--set", "pairs.differ=user", *few, *flags)


def probe(capture: Capture, *arguments: object) -> dict:
    """The report of a command, or what `show` says."""
    return json.loads(capture("probe", *arguments, "--json"))


def scores_of(path: Path) -> list[dict]:
    """What a file of --scores says of the probe, sample by sample; those of control sets are left out."""
    return [row for row in open_arrow(path).to_pylist() if row["scorer"] == "probe" and row["set"] is None]


def direction_of(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a direction file of one direction, without its name."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__")
    name = min(header, key=len)
    out = {}
    for key, of in header.items():
        start, end = of["data_offsets"]
        out[key.removeprefix(name).removeprefix(".")] = np.frombuffer(
            raw[8 + size + start : 8 + size + end], "<f4"
        ).reshape(of["shape"])
    return out


Fit = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]]


def out_of_fold(rows: list[dict], x: np.ndarray, fit: Fit) -> np.ndarray:
    """Scores by probes that are fitted to the other folds, in standard deviations of their own training scores."""
    y, fold = (np.array([row[key] for row in rows]) for key in ("positive", "fold"))
    out = np.zeros(len(rows))
    for name in np.unique(fold):
        train = fold != name
        weights, bias = fit(x[train], y[train].astype(int))
        scores = x @ weights + bias
        out[~train] = ((scores - scores[train].mean()) / scores[train].std())[~train]
    return out


def check_scores(report: dict, rows: list[dict], x: np.ndarray, fit: Fit, tolerance: float) -> None:
    """Scores of a report of one candidate are those of other people's probes on the same folds."""
    want = out_of_fold(rows, x, fit)
    got, y = (np.array([row[key] for row in rows]) for key in ("score", "positive"))
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance)
    assert abs(report["auroc"]["value"] - roc_auc_score(y, got)) <= 1e-9
    assert abs(report["auroc"]["value"] - roc_auc_score(y, want)) <= 1e-9
    assert {row["fold"] for row in rows} == {f"fold {k} of 5" for k in range(1, 6)}
