"""What a phantom does so far, in PyTorch: a short look during training."""

from __future__ import annotations

import numpy as np
import torch

from losses import layout_of
from model import Phantom
from network import SHAPE, through
from task import Task
from variables import exchange, subspaces


@torch.no_grad()
def quick(model: Phantom, task: Task, decisions: bool, n: int = 48) -> dict:
    """Shares of right answers by kind, first token only: questions, decisions, and after swaps."""
    summary, _ = subspaces()
    found: dict[str, dict] = {"foresight": {}, "bell": {}, "belief": {}, "decision": {}, "swapped": {}}
    world = task.world
    for kind, useless in task.sorts:
        scenes = [world.sample(task.rng, "goal", kind, useless) for _ in range(n)]
        asked = [
            [
                (task.verb(s), s.told), ("foresight", s.told), ("foresight", s.world), ("bell", s.told),
                ("bell", s.world), ("believes", ""), ("truth", ""), ("check", s.told), ("use", ""),
            ]
            for s in scenes
        ]  # fmt: skip
        batch = task.batch(scenes, asked)
        where = layout_of(batch)
        declared = through(model, model.embed(batch.tokens), where, 0, SHAPE.layer)
        stream = through(model, declared, where, SHAPE.layer + 1, SHAPE.n_layer - 1)
        index = batch.last[..., None].expand(-1, -1, stream.shape[-1])
        right = (model.logits(stream.gather(1, index)).argmax(-1) == batch.answer).double().mean(0)
        name = kind + ("/useless" if useless else "")
        found["foresight"][name] = round(right[1:3].mean().item(), 2)
        found["bell"][name] = round(right[3:5].mean().item(), 2)
        found["belief"][name] = round(right[5:].mean().item(), 2)
        if decisions:
            found["decision"][name] = round(right[0].item(), 2)
    scenes = [task.scene(True) for _ in range(300)]
    asked = [[(task.verb(s), s.told), ("foresight", s.told), ("bell", s.told)] for s in scenes]
    batch = task.batch(scenes, asked)
    where = layout_of(batch)
    declared = through(model, model.embed(batch.tokens), where, 0, SHAPE.layer)
    for names in (["foresight"], ["bell"]):
        sources = {key: torch.arange(300) for key in ("foresight", "bell")}
        sources |= {key: torch.arange(300).roll(1) for key in names}
        after = through(
            model, exchange(batch, declared, summary, sources), where, SHAPE.layer + 1, SHAPE.n_layer - 1
        )
        index = batch.last[..., None].expand(-1, -1, after.shape[-1])
        said = model.logits(after.gather(1, index)).argmax(-1)
        expected = task.exchanged(batch, sources)
        moved = expected != batch.answer
        for j, end in enumerate(("decision", "foresight", "bell")):
            if end == "decision" and not decisions:
                continue
            for label, part in (("moved", moved[:, j]), ("kept", ~moved[:, j])):
                if part.sum():
                    share = (said[:, j] == expected[:, j])[part].double().mean().item()
                    found["swapped"][f"{names[0]} into {end}, {label} {int(part.sum())}"] = round(share, 2)
    for key in ("foresight", "bell", "belief"):
        worst = sorted(found[key].items(), key=lambda item: item[1])[:6]
        found[key] = {"mean": round(float(np.mean(list(found[key].values()))), 3), **dict(worst)}
    return found
