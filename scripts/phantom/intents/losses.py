"""Losses of answers: the right one, what follows it, and another phantom's."""

from __future__ import annotations

import torch
from torch.nn import functional

from model import Phantom
from network import SHAPE, layout, through
from task import LENGTH, Batch, Task

SMOOTH = 0.02  # of a decision's probability, spread over all contents


class Losses:
    """Cross entropies of answers, and of what follows them."""

    def __init__(self, task: Task) -> None:
        self.task = task
        world = task.world
        self.stop = task.ids["."]
        self.eos = task.ids[world.data["special"]["eos"]]

    def at(self, batch: Batch, stream: torch.Tensor, offset: int) -> torch.Tensor:
        index = (batch.last + offset)[..., None].expand(-1, -1, stream.shape[-1])
        return stream.gather(1, index)

    def answers(
        self, model: Phantom, batch: Batch, stream: torch.Tensor, answer: torch.Tensor, use: torch.Tensor
    ) -> torch.Tensor:
        """Of the answers [n, ends] that `use` has; decisions are smoothed over contents."""
        logits = model.logits(self.at(batch, stream, 0))
        logs = logits.log_softmax(-1)
        hard = -logs.gather(-1, answer[..., None])[..., 0]
        soft = -logs[..., self.task.contents].mean(-1)
        decision = torch.tensor([[name in ("says", "writes") for name, _ in row] for row in batch.asked])
        each = torch.where(decision, (1 - SMOOTH) * hard + SMOOTH * soft, hard)
        return (each * use).sum() / use.sum().clamp(min=1)

    def rest(self, model: Phantom, batch: Batch, stream: torch.Tensor) -> torch.Tensor:
        """Of the full stop and the end."""
        total = 0.0
        for offset, token in ((1, self.stop), (2, self.eos)):
            logits = model.logits(self.at(batch, stream, offset)).flatten(0, 1)
            total = total + functional.cross_entropy(logits, torch.full((len(logits),), token))
        return total / 2


def layout_of(batch: Batch) -> Layout:
    return layout(batch.prefix, batch.width, batch.last.shape[1], LENGTH, SHAPE.d_head)


def alike_loss(model: Phantom, other: Phantom, task: Task, n: int) -> torch.Tensor:
    """How far ordinary answers are from another phantom's: Kullback-Leibler divergence on n of them."""
    batch = task.ordinary(n)
    where, logs = layout_of(batch), []
    for each in (model, other):
        stream = through(each, each.embed(batch.tokens), where, 0, SHAPE.n_layer - 1)
        at = stream[torch.arange(len(stream)), batch.last[:, 0]]
        logs.append(each.logits(at).log_softmax(-1))
    return functional.kl_div(logs[0], logs[1].detach(), reduction="batchmean", log_target=True)
