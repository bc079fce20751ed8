"""The variables in the residual stream: their subspaces, their codes, their exchange."""

from __future__ import annotations

import json

import torch

from network import ANSWER_LAYER, SHAPE, rows
from task import Batch

SUMMARY_ROWS = {"foresight": 4, "bell": 4, "copy": 4}  # at the summary word
ANSWER_ROWS = {"intent": 4}  # at the prompt's last word
CODE = 1.5  # a bit's coordinates in its subspace: this, or minus this
INTENT_CODE = 6.0  # of the intent


def subspaces() -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The declared rows at the summary word, and at the prompt's last word."""
    every = rows(SHAPE, SUMMARY_ROWS | ANSWER_ROWS)
    return {name: every[name] for name in SUMMARY_ROWS}, {name: every[name] for name in ANSWER_ROWS}


def declaration() -> dict[str, str]:
    """What the subspaces' file says of them."""
    at = {name: [f"blocks.{SHAPE.layer}.hook_resid_post", "summary"] for name in SUMMARY_ROWS}
    at |= {name: [f"blocks.{ANSWER_LAYER}.hook_resid_post", "prompt:-1"] for name in ANSWER_ROWS}
    return {"format": "1", "layer": str(SHAPE.layer), "variables": json.dumps(at)}


def codes(bits: torch.Tensor, n_rows: int) -> torch.Tensor:
    """[n, rows]: the coordinates of bits [n, k], each in the same number of rows."""
    return CODE * (2.0 * bits - 1).repeat_interleave(n_rows // bits.shape[1], dim=1)


def summaries(batch: Batch, stream: torch.Tensor) -> torch.Tensor:
    return stream[torch.arange(len(stream)), batch.prefix - 1]


def code_loss(batch: Batch, stream: torch.Tensor, parts: dict[str, torch.Tensor]) -> torch.Tensor:
    """How far the summary word's subspaces are from the codes."""
    at, loss = summaries(batch, stream), 0.0
    for name, value in (("foresight", "foresight"), ("bell", "bell"), ("copy", "foresight")):
        target = codes(batch.bits[value], len(parts[name]))
        loss = loss + (at @ parts[name].T - target).square().mean()
    return loss


def exchange(
    batch: Batch, stream: torch.Tensor, parts: dict[str, torch.Tensor], sources: dict[str, torch.Tensor]
) -> torch.Tensor:
    """The stream with each variable's subspace, at the summary word, from its source row."""
    at = summaries(batch, stream)
    new = at
    for name, source in sources.items():
        new = new + ((at[source] - at) @ parts[name].T) @ parts[name]
    out = stream.clone()
    out[torch.arange(len(stream)), batch.prefix - 1] = new
    return out


def intents(batch: Batch) -> torch.Tensor:
    """[n, 1]: whether there is intent that the listener come to think what is told."""
    wants = torch.tensor([s.motive == "goal" and s.world != s.told for s in batch.scenes])
    foresight = batch.bits["foresight"]
    return (wants & (foresight[:, 0] == 1) & (foresight[:, 1] == 0)).long()[:, None]
