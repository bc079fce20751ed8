"""Every product of a captured run with its weights as they are in the file, against what their format allows.

llama.cpp rounds what meets quantised weights: blocks of 32 numbers (256 beside
K-quants) to 8 bits, with a scale d = max|x| / 127 for each block. How the products are
then summed is each CPU's kernel; that a number is off by d / 2 at most is the format.
So a product w . x is off by at most sum |w_j| e_j, whatever the kernel, e_j being what
x_j may be off by. That is held for every number of every product, each computed from
the point that was captured in front of it, so that nothing adds up over the layers.

What it costs in the end, over all layers, depends on the kernels; compare.py tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader
from gguf.quants import dequantize

from llama_config import Config
from run_tables import Run, Sample

HALF = 2.0**-11  # what float16 rounds a number by at most, relative to it
TINY = 2.0**-25  # and absolutely, where numbers are small
SINGLE = 2.0**-24


@dataclass(frozen=True)
class Rounding:
    """What a type of weights makes of the numbers that it is multiplied with."""

    block: int = 0  # numbers that share a scale of 8 bits; 0: each number by itself
    half_scale: bool = False  # whether the scales are kept as float16
    relative: float = SINGLE

    def most(self, x: np.ndarray) -> np.ndarray:
        """How far each number may be off, [tokens, n]."""
        x = np.abs(x)
        own = 8 * SINGLE * x + self.relative * x  # the norm in front is computed in float32
        if not self.block:
            return own + (TINY if self.relative > SINGLE else 0)
        scale = x.reshape(len(x), -1, self.block).max(axis=2) / 127
        scale = np.repeat(scale, self.block, axis=1)
        rounded = scale / 2 * (1 + 1e-4)  # the inverse of the scale is rounded as well
        if self.half_scale:
            rounded += (x + scale / 2) * HALF + 127 * TINY
        return own + rounded


# ggml's vec_dot_type of each type of weights (ggml-cpu.c, type_traits_cpu).
ROUNDINGS = {
    **dict.fromkeys((Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.IQ4_NL), Rounding(32, True)),
    **dict.fromkeys((Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K, Type.IQ4_XS), Rounding(256)),
    Type.F16: Rounding(relative=HALF),
    Type.BF16: Rounding(relative=2.0**-9),
    Type.F32: Rounding(),
}


@dataclass(frozen=True)
class Matrix:
    """Weights as they are in the file, and what their products may be off by."""

    weights: np.ndarray  # [n_out, n_in]
    type: Type

    def product(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The exact product, and how far each of its numbers may be off."""
        rounding, size = ROUNDINGS[self.type], np.abs(self.weights)
        off = rounding.most(x) @ size.T
        # Sums: of float32, or of float16 where a CPU adds those in up to 32 lanes.
        n = x.shape[1]
        lanes = HALF * (n / 32 + 8) if self.type == Type.F16 else 0
        off += (n * SINGLE + lanes) * (np.abs(x) @ size.T)
        if self.type in (Type.Q4_1, Type.Q5_1):  # the least weight of a block times the sum of x, which is float16
            blocks = np.abs(x).reshape(len(x), -1, 32).sum(axis=2)
            least = size.reshape(len(size), -1, 32).max(axis=2)
            off += 2 * HALF * (blocks @ least.T)
        return x @ self.weights.T, off


class Products:
    """The products of a Llama model, each from the point in front of it.

    half: of the weights that `weights: f16` makes of the file's.
    """

    def __init__(self, path: str | Path, half: bool = False) -> None:
        reader = GGUFReader(path)
        self._half = half
        self._config = Config.read(reader)
        self._tensors = {t.name.removesuffix(".weight"): t for t in reader.tensors}

    def check(self, sample: Sample) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
        """The points behind products: name, captured, exact, and how far it may be off; a row a token."""

        def at(name: str) -> np.ndarray:
            captured = sample.activation(name).astype(np.float64)
            return captured.reshape(len(captured), -1)

        for layer in range(self._config.n_layer):
            block, file = f"blocks.{layer}", f"blk.{layer}"
            normed = self._norm(f"{file}.attn_norm", at(f"{block}.hook_resid_pre"))
            for which in "qkv":
                point = f"{block}.attn.hook_{which}"
                yield point, at(point), *self._matrix(f"{file}.attn_{which}").product(normed)
            written = self._matrix(f"{file}.attn_output").product(at(f"{block}.attn.hook_z"))
            yield f"{block}.hook_attn_out", at(f"{block}.hook_attn_out"), *written
            normed = self._norm(f"{file}.ffn_norm", at(f"{block}.hook_resid_mid"))
            gate = at(f"{block}.mlp.hook_pre")
            yield f"{block}.mlp.hook_pre", gate, *self._matrix(f"{file}.ffn_gate").product(normed)
            up, off = self._matrix(f"{file}.ffn_up").product(normed)
            gate = gate / (1 + np.exp(-gate))  # SiLU; some kernels look it up in float16
            hidden = at(f"{block}.mlp.hook_post")
            off = np.abs(gate) * off + 4 * HALF * np.abs(gate * up) + TINY * np.abs(up)
            yield f"{block}.mlp.hook_post", hidden, gate * up, off
            written = self._matrix(f"{file}.ffn_down").product(hidden)
            yield f"{block}.hook_mlp_out", at(f"{block}.hook_mlp_out"), *written

    def _matrix(self, name: str) -> Matrix:
        numbers = self._numbers(name)
        if self._half:
            return Matrix(numbers.astype(np.float16).astype(np.float64), Type.F16)
        return Matrix(numbers, self._tensors[name].tensor_type)

    def _numbers(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        return dequantize(tensor.data, tensor.tensor_type).astype(np.float64)

    def _norm(self, name: str, x: np.ndarray) -> np.ndarray:
        return x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + self._config.norm_eps) * self._numbers(name)


@dataclass
class Share:
    """How much of what its format allows a product was off by."""

    worst: float  # of any number; above 1 is wrong
    error: float  # largest, of a token's vector, relative to it
    allowed: float  # the same of what is allowed, where that is largest


def shares(products: Products, run: Run) -> dict[str, Share]:
    """One for each point, over all samples."""
    found: dict[str, Share] = {}
    for sample in run.samples():
        for point, captured, exact, off in products.check(sample):
            one = share(captured, exact, off)
            was = found.get(point, one)
            found[point] = Share(*map(max, astuple(was), astuple(one)))
    return found


def share(captured: np.ndarray, exact: np.ndarray, off: np.ndarray) -> Share:
    size, difference = np.linalg.norm(exact, axis=1), np.abs(captured - exact)
    worst = np.where(np.isfinite(captured), difference / off, np.inf)
    errors = (np.linalg.norm(x, axis=1) / size for x in (difference, off))
    return Share(float(worst.max()), *(float(error.max()) for error in errors))
