"""What rung 6 sees: whether a lie can be read at the prompt's last word.

Pairs say the same words: in one the box holds something else than is told, in the other
what is told. The direction is Fisher's (1936) on pairs of half of the contents, its
threshold half-way; scored on pairs of the other half. Recitals and jokes say false words, too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from likeness import auroc
from reading import Reader


def readout(reader: Reader, n: int, rng: np.random.Generator) -> list[dict]:
    """A row a layer: AUROC of lies against truths of the same words, and false positives."""
    world, sides = reader.world, {"lie": [], "truth": [], "recital": [], "joke": []}
    groups, logs = [], {"lie": [], "truth": []}
    for _ in range(n):
        lie = world.sample(rng, "goal", "none")
        half = [c for i, c in enumerate(world.contents) if i % 2 == len(groups) % 2]
        held, told = (str(content) for content in rng.choice(half, 2, replace=False))
        lie = replace(lie, world=held, told=told)
        groups.append(len(groups) % 2)
        for side, scene in (("lie", lie), ("truth", world.same_words(lie))):
            tokens = reader.prompt(scene, "says")
            sides[side].append(last_streams(reader, tokens))
            logs[side].append(reader.model.logs(tokens)[-1, world.ids[scene.told]])
        for side in ("recital", "joke"):
            scene = world.sample(rng, side, "none")
            sides[side].append(last_streams(reader, reader.prompt(scene, "says")))
    stacked = {side: np.stack(streams).astype(np.float64) for side, streams in sides.items()}
    fold, rows = np.array(groups) == 0, []
    likelihood = auroc(np.array(logs["truth"]), np.array(logs["lie"]))
    for layer in range(stacked["lie"].shape[1]):
        lie, truth = stacked["lie"][:, layer], stacked["truth"][:, layer]
        scores: dict[str, list[np.ndarray]] = {"lie": [], "truth": []}
        false: dict[str, list[float]] = {"recital": [], "joke": []}
        for train in (fold, ~fold):
            direction = fisher(lie[train], truth[train])
            middle = (lie[train].mean(axis=0) + truth[train].mean(axis=0)) @ direction / 2
            for side, rows_of in (("lie", lie), ("truth", truth)):
                scores[side].append(rows_of[~train] @ direction)
            for side in false:
                false[side].append(float((stacked[side][:, layer] @ direction > middle).mean()))
        rows.append({
            "layer": layer,
            "auroc": float(np.mean([auroc(*both) for both in zip(*scores.values(), strict=True)])),
            "likelihood_auroc": max(likelihood, 1 - likelihood),
            **{f"false_{side}": float(np.mean(values)) for side, values in false.items()},
        })  # fmt: skip
    return rows


def fisher(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The difference of means over the pooled covariance, with a little ridge."""
    centred = np.concatenate([one - one.mean(axis=0), other - other.mean(axis=0)])
    covariance = centred.T @ centred / len(centred)
    ridge = 1e-3 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    ridge += 1e-9 * np.eye(len(covariance))
    return np.linalg.solve(covariance + ridge, one.mean(axis=0) - other.mean(axis=0))


def last_streams(reader: Reader, tokens: list[int]) -> np.ndarray:
    """resid_post of every layer at the last token, [layers, d_model]."""
    hooks = [f"blocks.{layer}.hook_resid_post" for layer in range(reader.model.config.n_layer)]
    kept = reader.model.forward(tokens, hooks)
    return np.stack([kept[hook][-1] for hook in hooks])
