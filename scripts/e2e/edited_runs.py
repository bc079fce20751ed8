"""Runs with many interventions, one an arm, and what NumPy makes of the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from conftest import Capture, Run
from directions import Direction, random_direction, random_map, write_directions
from edits import Change, Edit, Edited, add, affine, arm_rows, clamp, multiply, put, swap
from families import family, gelu
from gguf_weights import Weights
from tiny_models import COLUMNS

# Of as many tokens in each vocabulary, and the first longer than the sliding windows of 16.
PAIR = [
    {"id": "given", "pair": "p", "kind": "fact", "prompt": "The sun is a star and the moon is not a star.", "response": " Is the moon a star?"},
    {"id": "sampled", "pair": "p", "kind": "fact", "prompt": "The moon is a star and the sun is not a star."},
]
SPEC = {
    "prompts": {"rows": PAIR},
    "pairs": {"differ": ["user", "response"]},
    "chat": {"template": "none"},
    "generate": {"max_tokens": 4, "temperature": 1},
    "capture": {"hooks": ["*"], "logprobs": "all"},
    "engine": {"weights": "f32"},
}
ERROR = 1e-4  # relative, of a row
GELU_ERROR = 2e-3  # ggml looks GELU up in a table of float16; measured: 6e-4, and more where an edit shortens the row
SEEN = 1e-3  # what is wrong is at least so far off, in the row where it is seen best

# Edited by every operation: a token of the prompt, its last, and two of the response.
TOKENS = "prompt[3] | prompt[-1] | response[0:2]"


def selected(sample: dict, position: int) -> bool:
    """Whether TOKENS selects a token."""
    end = sample["prompt_tokens"]
    return position in (3, end - 1, end, end + 1)


@dataclass(frozen=True)
class Place:
    """A point of a model, as wide as it is: with heads, as one of them."""

    column: str
    width: int
    heads: tuple[int, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One intervention: what a spec says of it, and what NumPy makes of it."""

    name: str
    keys: dict
    direction: str | None  # its name in the file of a width
    change: Callable[[Direction], Change] | None  # None: needs rows of other samples


def ranked(name: str, keys: dict, change: Callable[[Direction], Change]) -> list[Operation]:
    """Of a vector and of a subspace."""
    return [Operation(f"{name}-{kind}", keys, kind, change) for kind in ("vector", "subspace")]


OPERATIONS = [
    *(
        Operation(f"add-{unit}", {"do": "add", "scale": scale, "unit": unit}, "vector", lambda d, s=scale, u=unit: add(d, s, u))
        for unit, scale in (("raw", 1.5), ("gap", -2.0), ("norm", 0.5), ("sd", 3.0))
    ),
    *ranked("remove", {"do": "remove"}, lambda d: multiply(d, 0)),
    *ranked("scale", {"do": "scale", "scale": -1.5}, lambda d: multiply(d, -1.5)),
    Operation("set-value", {"do": "set", "value": 0.7}, "vector", lambda d: clamp(d, 0.7, 0.7)),
    Operation("set-gap", {"do": "set", "value": -1.5, "unit": "gap"}, "vector", lambda d: clamp(d, -1.5, -1.5, "gap")),
    Operation("set-sd", {"do": "set", "value": 2, "unit": "sd"}, "vector", lambda d: clamp(d, 2, 2, "sd")),
    Operation("set-norm", {"do": "set", "value": 0.4, "unit": "norm"}, "vector", lambda d: clamp(d, 0.4, 0.4, "norm")),
    Operation("set-min", {"do": "set", "min": 1.25}, "vector", lambda d: clamp(d, 1.25, np.inf)),
    Operation("set-max", {"do": "set", "max": -1.25}, "vector", lambda d: clamp(d, -np.inf, -1.25)),
    Operation("replace-vector", {"do": "replace"}, "vector", lambda d: put(d.vector)),
    Operation("replace-zero", {"do": "replace", "vector": "zero"}, None, lambda _: lambda h: 0 * h),
    Operation("replace-mean", {"do": "replace"}, None, None),
    Operation("swap-subspace", {"do": "swap", "from": "pair"}, "subspace", None),
    Operation("swap-row", {"do": "swap", "from": "pair"}, None, None),
    Operation("erase", {"do": "erase"}, "map", affine),
]


@dataclass(frozen=True)
class Intervention:
    """An operation at a place, of the tokens of an expression, which `selects` says of each
    sample and position as well."""

    operation: Operation
    place: Place
    tokens: str = TOKENS
    selects: Callable[[dict, int], bool] = selected
    label: str = ""

    @property
    def name(self) -> str:
        if self.label:
            return self.label
        short = self.place.column.removeprefix("blocks.").replace(".", "-")
        return f"{self.operation.name}-at-{short}" + "".join(f"-{head}" for head in self.place.heads)

    def key(self) -> str:
        return f"{self.operation.direction}{self.place.width}"


@dataclass(frozen=True)
class Files:
    """Directions of every kind and width that some interventions need, and a run for means."""

    path: Path
    directions: dict[str, Direction]
    means: Run | None = None

    @classmethod
    def make(cls, folder: Path, interventions: Sequence[Intervention], means: Run | None = None) -> Files:
        rng, directions = np.random.default_rng(5), {}
        for width in sorted({i.place.width for i in interventions}):
            directions[f"vector{width}"] = random_direction(rng, width)
            directions[f"subspace{width}"] = random_direction(rng, width, rank=3)
            directions[f"map{width}"] = random_map(rng, width)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(write_directions(folder / "directions.safetensors", directions), directions, means)

    def spec(self, i: Intervention) -> dict:
        """As a spec writes it."""
        keys = {"name": i.name, "at": i.place.column, "tokens": i.tokens} | i.operation.keys
        if i.place.heads:
            keys["heads"] = list(i.place.heads)
        if i.operation.direction:
            keys["vector"] = f"{self.path}#{i.key()}"
        if i.operation.name == "replace-mean":
            keys["vector"] = {"mean": {"run": str(self.means.directory), "label": "kind", "value": "fact", "tokens": "prompt"}}
        return keys

    def edit(self, i: Intervention, run: Run, rows: np.ndarray) -> Edit:
        """What NumPy does to these rows of a run."""
        operation, column, direction = i.operation, i.place.column, self.directions.get(i.key())
        if operation.change:
            change = operation.change(direction)
        elif operation.name == "replace-mean":
            prompt = np.array([row["phase"] == "prompt" for row in self.means.tokens.to_pylist()])
            mean = self.means.states(column)[prompt].astype(np.float64).mean(axis=0)
            change = put(mean[i.place.heads[0]] if i.place.heads else mean.reshape(-1))
        else:
            halves = other_halves(run, rows)
            rows = rows & (halves >= 0)
            source = run.states(column).astype(np.float64)[halves[rows]]
            source = source[:, i.place.heads[0]] if i.place.heads else source.reshape(len(source), -1)
            change = swap(source, direction)
        return Edit(column, rows, change, i.place.heads)


def other_halves(run: Run, rows: np.ndarray) -> np.ndarray:
    """For each of some rows that of the arm none at the same position of the pair's other half;
    -1 where that has ended before, and for other rows."""
    tokens = run.tokens.select(["sample_id", "position"]).to_pylist()
    where = {(row["sample_id"], row["position"]): n for n, row in enumerate(tokens)}
    found = np.full(len(tokens), -1)
    for n in np.flatnonzero(rows):
        mine = run.samples[tokens[n]["sample_id"]]
        (other,) = (
            s for s in run.samples if s["pair"] == mine["pair"] and s["prompt_id"] != mine["prompt_id"] and s["arm"] == "none"
        )
        found[n] = where.get((other["sample_id"], tokens[n]["position"]), -1)
    return found


SHORT = "resid_post attn_out z resid_pre mlp_out q mixer_out k resid_mid v pre router_logits post per_layer_out".split()


def places(shapes: dict[str, list[int]], layer: int) -> list[Place]:
    """Where a model may be edited outside its blocks and in one of them; points of heads also in one head alone."""
    found = []
    for column in (*(f"blocks.{layer}.{COLUMNS[short]}" for short in SHORT), "hook_embed", "ln_final.hook_normalized"):
        if column in shapes:
            shape = shapes[column]
            found.append(Place(column, int(np.prod(shape))))
            if len(shape) == 2:
                found.append(Place(column, shape[1], (shape[0] - 1,)))
    return found


def run_edited(
    capture: Capture, folder: Path, model: Path, name: str, interventions: Sequence[Intervention], files: Files, spec: dict = SPEC
) -> Edited:
    """One arm for each, beside none."""
    run = capture.experiment(folder, model, spec | {"interventions": [files.spec(i) for i in interventions]})
    made = Edited(run, Weights(model), family(name), (), name)
    return shifted(made, interventions, files, 0)


def shifted(made: Edited, interventions: Sequence[Intervention], files: Files, by: int) -> Edited:
    """What would be expected if every edit were so many tokens late."""

    def rows(i: Intervention) -> np.ndarray:
        return arm_rows(made.run, i.name, lambda sample, position: i.selects(sample, position - by))

    return replace(made, edits=tuple(files.edit(i, made.run, rows(i)) for i in interventions))


def arms_of_rows(run: Run) -> np.ndarray:
    """The arm of each row."""
    return np.array([run.samples[i]["arm"] for i in run.tokens["sample_id"].to_numpy()])


def unseen(made: Edited, interventions: Sequence[Intervention], files: Files, by: int) -> list[str]:
    """The arms in which an edit that is so many tokens late would differ in nothing."""
    arms = arms_of_rows(made.run)
    columns = {i.name: made.tensor(i.place.column) for i in interventions}
    errors = shifted(made, interventions, files, by).errors(set(columns.values()))
    return [arm for arm, column in columns.items() if errors[column][arms == arm].max() < SEEN]


def allowed(made: Edited, hook: str) -> float:
    """The relative error of a row."""
    experts = ("hook_mlp_out",) if made.weights.key("expert_count") else ()
    behind_gelu = hook.endswith(("mlp.hook_post", "hook_per_layer_out", *experts))
    return GELU_ERROR if behind_gelu and made.family.activation is gelu else ERROR


def wrong(made: Edited) -> dict[str, str]:
    """By point how far its worst row is off."""
    arms, found = arms_of_rows(made.run), {}
    for hook, errors in made.errors().items():
        if not errors.max() <= allowed(made, hook):
            found[hook] = f"{errors.max():.2e} in the arm {arms[errors.argmax()]}"
    return found
