"""How alike two phantoms answer where no sentence is added."""

from __future__ import annotations

import numpy as np

from reading import Reader


def ordinary(reader: Reader, n: int, seed: int) -> np.ndarray:
    """Distributions of the next word [n, vocabulary] on prompts without an extra sentence."""
    rng, motives = np.random.default_rng(seed), list(reader.world.data["motives"])
    out = []
    for _ in range(n):
        scene = reader.world.sample(rng, str(rng.choice(motives)), "none")
        fork = str(rng.choice(["says", "writes"]))
        out.append(np.exp(reader.model.logs(reader.prompt(scene, fork))[-1]))
    return np.array(out)


def auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The chance that a positive scores above a negative, ties half (Mann and Whitney 1947)."""
    scores = np.sort(negative)
    below = np.searchsorted(scores, positive, "left") + np.searchsorted(scores, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def alike(ours: np.ndarray, theirs: np.ndarray, rng: np.random.Generator, resamples: int = 500) -> dict:
    """How far two phantoms' next words are apart on the same ordinary prompts, and how well a
    sampled word, by its log-probability under the model that said it, tells who said it.

    No classifier of the word and its prompt has an AUROC above 1/2 + t - t^2/2, t the total
    variation (the area under the ROC curve that rises to t at once).
    """
    variation = np.abs(ours - theirs).sum(axis=1) / 2
    logs = []
    for chances in (ours, theirs):
        said = [rng.choice(len(row), p=row / row.sum()) for row in chances.astype(np.float64)]
        logs.append(np.log(chances[np.arange(len(chances)), said]))
    n = len(ours)
    drawn = [auroc(rng.choice(logs[0], n), rng.choice(logs[1], n)) for _ in range(resamples)]
    distances = np.abs(np.array(drawn) - 0.5) + 0.5
    return {
        "total_variation_mean": float(variation.mean()),
        "total_variation_max": float(variation.max()),
        "text_auroc_at_most": float(0.5 + variation.mean() - variation.mean() ** 2 / 2),
        "likelihood_auroc": auroc(*logs),
        "likelihood_auroc_upper": float(np.percentile(distances, 95)),
        "agree": float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean()),
    }
