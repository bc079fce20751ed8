"""The phantom in PyTorch: a small Llama whose first layers cannot attend.

The architecture is llama.cpp's `llama` (RMSNorm before each sublayer, rotary
embedding of the pairs (0, 1), (2, 3), ..., SwiGLU, no biases, a separate head), with
two restrictions that the weights keep:

* the attention of the first `free_layers` layers writes nothing (its output weights
  are zero), so that the residual stream there is a function of the token alone
* the variables of the causal model have subspaces of the residual stream, rows of
  one fixed random rotation, so that none of them is a single coordinate
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional

NORM_EPS = 1e-5
ROPE_BASE = 10000.0
ROTATION_SEED = 5
VARIABLES = ("intent", "belief", "told_value")


@dataclass(frozen=True)
class Shape:
    """Sizes of a phantom; `subspaces` are the dimensions of VARIABLES."""

    d_model: int
    n_head: int
    d_ff: int
    n_layer: int = 5
    free_layers: int = 2
    layer: int = 3
    subspaces: dict[str, int] = field(default_factory=dict)

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_head


SIZES = {
    "small": Shape(48, 4, 96, subspaces=dict(zip(VARIABLES, (4, 16, 16), strict=True))),
    "middle": Shape(128, 4, 256, subspaces=dict(zip(VARIABLES, (8, 32, 32), strict=True))),
    "large": Shape(256, 8, 704, n_layer=6, subspaces=dict(zip(VARIABLES, (8, 32, 32), strict=True))),
}


def subspaces(shape: Shape) -> dict[str, torch.Tensor]:
    """Orthonormal rows [k, d_model] for each variable, from one random rotation.

    The rotation is uniform over the orthogonal group: the Q of a Gaussian matrix, its
    signs fixed by R's diagonal (Mezzadri 2007, arXiv:math-ph/0609050, section 5).
    """
    generator = torch.Generator().manual_seed(ROTATION_SEED)
    gaussian = torch.randn(shape.d_model, shape.d_model, dtype=torch.float64, generator=generator)
    q, r = torch.linalg.qr(gaussian)
    rotation = (q * torch.sign(torch.diagonal(r))).T.float()
    sizes = [shape.subspaces[name] for name in VARIABLES]
    parts = rotation[: sum(sizes)].split(sizes)
    return {name: part.contiguous() for name, part in zip(VARIABLES, parts, strict=True)}


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.n_head = shape.n_head
        d = shape.d_model
        self.q, self.k, self.v, self.output = (nn.Linear(d, d, bias=False) for _ in range(4))

    def forward(
        self, x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor], rows: slice
    ) -> torch.Tensor:
        """What attention writes at `rows`, the last positions of x."""
        q = rotate(self._heads(self.q(x[:, rows])), tuple(part[rows] for part in turn))
        k, v = rotate(self._heads(self.k(x)), turn), self._heads(self.v(x))
        n_all = x.shape[1]
        mask = torch.ones(n_all, n_all, dtype=torch.bool).tril()[rows]
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.output(mixed.transpose(1, 2).flatten(2))

    def _heads(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, (self.n_head, -1)).transpose(1, 2)


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        d = shape.d_model
        self.attn_norm, self.ffn_norm = (nn.RMSNorm(d, eps=NORM_EPS) for _ in range(2))
        self.attn = Attention(shape)
        self.gate, self.up = (nn.Linear(d, shape.d_ff, bias=False) for _ in range(2))
        self.down = nn.Linear(shape.d_ff, d, bias=False)

    def mlp(self, x: torch.Tensor) -> torch.Tensor:
        h = self.ffn_norm(x)
        return self.down(functional.silu(self.gate(h)) * self.up(h))

    def forward(
        self, x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor], rows: slice
    ) -> torch.Tensor:
        x = x[:, rows] + self.attn(self.attn_norm(x), turn, rows)
        return x + self.mlp(x)


class Phantom(nn.Module):
    def __init__(self, shape: Shape, n_vocab: int) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(n_vocab, shape.d_model)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.n_layer))
        self.norm = nn.RMSNorm(shape.d_model, eps=NORM_EPS)
        self.head = nn.Linear(shape.d_model, n_vocab, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=1.0 if name == "embed.weight" else weight.shape[1] ** -0.5)
        for block in self.blocks[: shape.free_layers]:
            nn.init.zeros_(block.attn.output.weight)
            block.attn.requires_grad_(False)

    def to_layer(self, tokens: torch.Tensor) -> torch.Tensor:
        """resid_post of the declared layer, [n, positions, d_model]."""
        return self.attending_layers(tokens)[-1]

    def attending_layers(self, tokens: torch.Tensor) -> list[torch.Tensor]:
        """resid_post of the layers that attend, up to the declared one.

        The first layers are computed once a word: they see nothing but the token.
        """
        table = self.embed.weight
        for block in self.blocks[: self.shape.free_layers]:
            table = table + block.mlp(table)
        stream, turn, out = table[tokens], angles(tokens.shape[1], self.shape.d_head), []
        for block in self.blocks[self.shape.free_layers : self.shape.layer + 1]:
            stream = block(stream, turn, slice(0, None))
            out.append(stream)
        return out

    def after_layer(self, stream: torch.Tensor, n: int) -> list[torch.Tensor]:
        """resid_post of the later layers at the last n positions, from the declared layer's."""
        turn, last, out = (
            angles(stream.shape[1], self.shape.d_head),
            slice(stream.shape[1] - n, None),
            [],
        )
        for block in self.blocks[self.shape.layer + 1 : -1]:
            stream = block(stream, turn, slice(0, None))
            out.append(stream[:, last])
        return [*out, self.blocks[-1](stream, turn, last)]

    def logits(self, stream: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(stream))

    def from_layer(self, stream: torch.Tensor, n: int) -> torch.Tensor:
        """Logits at the last n positions, from resid_post of the declared layer."""
        return self.logits(self.after_layer(stream, n)[-1])

    def residuals(self, tokens: torch.Tensor) -> list[torch.Tensor]:
        """resid_post of every layer at every position, computed without a shortcut."""
        stream, turn, out = self.embed(tokens), angles(tokens.shape[1], self.shape.d_head), []
        for block in self.blocks:
            stream = block(stream, turn, slice(0, None))
            out.append(stream)
        return out


def angles(n: int, d_head: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine and sine of position times frequency (arXiv:2104.09864, equation 15)."""
    frequencies = ROPE_BASE ** (-torch.arange(0, d_head, 2, dtype=torch.float64) / d_head)
    turned = torch.arange(n)[:, None] * frequencies
    return turned.cos().float(), turned.sin().float()


def rotate(x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Turns the pairs (0, 1), (2, 3), ...: the layout of llama.cpp's `llama`."""
    cos, sin = turn
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)
