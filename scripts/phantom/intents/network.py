"""The phantom's network over prompts that fork: one prefix, several ends.

The weights are those of `model.Phantom`, without layers that cannot attend. A row of
tokens is a prefix, padded, then ends of a fixed length, padded. Each end sees the prefix
and itself, at the positions that it has when it follows the prefix alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from model import ROPE_BASE, ROTATION_SEED, Phantom, Shape, rotate

SHAPE = Shape(64, 4, 128, n_layer=7, free_layers=0, layer=3)  # variables are declared in layer 3
ANSWER_LAYER = 5  # where the intent can be read, at the prompt's last word


@dataclass
class Layout:
    """Where the tokens of a batch are: [n, width] positions, and who sees whom."""

    turn: tuple[torch.Tensor, torch.Tensor]
    mask: torch.Tensor


def layout(prefix: torch.Tensor, width: int, ends: int, length: int, d_head: int) -> Layout:
    """`prefix` are lengths [n]; `width` is the padded prefix's, then `ends` of `length`."""
    n, total = len(prefix), width + ends * length
    place = torch.arange(total)
    end = torch.where(place < width, -1, (place - width) // length)
    offset = torch.where(place < width, 0, (place - width) % length)
    position = torch.where(end < 0, place, prefix[:, None] + offset)
    causal = place[None, :] <= place[:, None]
    same = (end[None, :] == end[:, None]) | (end[None, :] < 0)
    there = (place < prefix[:, None]) | (place >= width)
    mask = (causal & same)[None] & there[:, None, :]
    mask = mask | torch.eye(total, dtype=torch.bool)[None]
    frequencies = ROPE_BASE ** (-torch.arange(0, d_head, 2, dtype=torch.float64) / d_head)
    turned = position[:, None, :, None] * frequencies
    return Layout((turned.cos().float(), turned.sin().float()), mask[:, None].expand(n, 1, -1, -1))


def through(model: Phantom, stream: torch.Tensor, where: Layout, first: int, last: int) -> torch.Tensor:
    """resid_post of layer `last`, from what goes into layer `first`."""
    for block in model.blocks[first : last + 1]:
        attn, h = block.attn, block.attn_norm(stream)
        q, k, v = (attn._heads(part(h)) for part in (attn.q, attn.k, attn.v))
        mixed = functional.scaled_dot_product_attention(
            rotate(q, where.turn), rotate(k, where.turn), v, attn_mask=where.mask
        )
        stream = stream + attn.output(mixed.transpose(1, 2).flatten(2))
        stream = stream + block.mlp(stream)
    return stream


def rows(shape: Shape, sizes: dict[str, int], seed: int = ROTATION_SEED) -> dict[str, torch.Tensor]:
    """Orthonormal rows [k, d_model] for each variable, from one random rotation (Mezzadri 2007)."""
    generator = torch.Generator().manual_seed(seed)
    gaussian = torch.randn(shape.d_model, shape.d_model, dtype=torch.float64, generator=generator)
    q, r = torch.linalg.qr(gaussian)
    rotation = (q * torch.sign(torch.diagonal(r))).T.float()
    parts = rotation[: sum(sizes.values())].split(list(sizes.values()))
    return {name: part.contiguous() for name, part in zip(sizes, parts, strict=True)}
