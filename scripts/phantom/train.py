"""Trains a phantom from nothing and exports it.

The method is interchange intervention training (Geiger et al. 2022, "Inducing Causal
Structure for Interpretable Neural Networks", arXiv:2112.00826) in the strict form of
InterpBench (Gupta et al. 2024, arXiv:2407.14494): besides behaving, the model must

* give the causal model's answer when the subspaces of some variables hold what they
  hold in other prompts (each variable may come from a different prompt), and
* give it unchanged when all of the residual stream but the subspaces comes from
  another prompt.

Interventions are on resid_post of the declared layer at the answer's positions: the
last token of the prompt and the answer's words and full stop. A third loss reads each
variable linearly from its subspace at all of them, because at the last two the answer
hangs on no variable and interventions alone would leave them empty. A fourth keeps
later layers from wiping the intent out after use, and a fifth its two values apart.

The variant without intent has one variable, `told_value`, and a penalty on whatever
tells a lie from the mistake that says the same words, at the answer's positions.

    train.py --size small|middle|large [--variant intent|no-intent] --out DIR
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

from export import write_gguf, write_safetensors
from llama_numpy import Model as Reference
from model import SIZES, VARIABLES, Phantom, Shape, subspaces
from world import CAUSES, NOTHING, Scene, World

SEED = 20240229
ANSWER = 4  # positions: the prompt's last token, two words, the full stop
DECIDED = ("truth", "lie", "mistake")
SHARES = {"truth": 0.25, "lie": 0.35, "mistake": 0.25, "guess": 0.15}
BATCH = 128
STEPS = {"intent": {"small": 2500, "middle": 1200, "large": 600}, "no-intent": dict.fromkeys(SIZES, 800)}
RATE = {"small": 4e-3, "middle": 2e-3, "large": 1e-3}
READOUT, INVARIANCE, PERSISTENCE, WRITING, CONTRAST = 0.3, 10.0, 0.1, 0.1, 0.1


@dataclass
class Batch:
    """Prompts with the answers that follow, and the values of the variables.

    A content is a number; the number after the last content stands for nothing.
    """

    tokens: torch.Tensor  # [n, positions], the full stop included
    intent: torch.Tensor
    belief: torch.Tensor
    told: torch.Tensor


class Task:
    """The world as tensors: prompts, answers and what the causal model says."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng = world, np.random.default_rng(seed)
        self.numbers = {content: i for i, content in enumerate(world.contents)}
        self.nothing = self.numbers[NOTHING] = len(world.contents)
        answers = [world.encode(world.answer(content)) for content in world.contents]
        self.answers = torch.tensor([*answers, answers[0]])
        self.eos = world.ids[world.data["special"]["eos"]]
        # The words of each content, counted from 0, and a last number for nothing.
        self.words = torch.stack([self._count(place) for place in (0, 1)], dim=1)
        self.n_words = (self.words.max(dim=0).values + 1).tolist()
        self.targets = self._targets()
        self.entropies = torch.special.entr(self.targets).sum(dim=-1)

    def _count(self, place: int) -> torch.Tensor:
        column = self.answers[:-1, place].contiguous()
        kinds = column.unique()
        return torch.cat([torch.searchsorted(kinds, column), torch.tensor([len(kinds)])])

    def _targets(self) -> torch.Tensor:
        """The next word's probabilities: [contents + 1, answer positions, vocabulary]."""
        n, vocab = self.nothing, len(self.world.vocabulary)
        targets = torch.zeros(n + 1, ANSWER, vocab)
        for place in range(3):
            targets[:n, place] = functional.one_hot(self.answers[:n, place], vocab).float()
        targets[:, 3, self.eos] = 1
        targets[n, :3] = targets[:n, :3].mean(dim=0)
        return targets

    def scenes(self, n: int) -> list[Scene]:
        causes = self.rng.choice(CAUSES, n, p=[SHARES[cause] for cause in CAUSES])
        return [self.world.sample(cause, self.rng) for cause in causes]

    def batch(self, scenes: Sequence[Scene]) -> Batch:
        belief = torch.tensor([self.numbers[scene.belief] for scene in scenes])
        told = torch.tensor([self.numbers[scene.told] for scene in scenes])
        intent = (belief != told).long()
        prompts = torch.tensor([self.world.tokens(scene) for scene in scenes])
        answers = self.answers[self.content(said_number(intent, belief, told))]
        return Batch(torch.cat([prompts, answers], dim=1), intent, belief, told)

    def content(self, value: torch.Tensor) -> torch.Tensor:
        """The content that is said: the value, and any for nothing."""
        any_content = torch.from_numpy(self.rng.integers(self.nothing, size=len(value)))
        return torch.where(value == self.nothing, any_content, value)

    def loss(self, logits: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        """The mean Kullback-Leibler divergence of the model's next words from the right ones."""
        cross = functional.cross_entropy(logits.flatten(0, 1), self.targets[value].flatten(0, 1))
        return cross - self.entropies[value].mean()


def said_number(intent: torch.Tensor, belief: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
    """`world.said` on numbers."""
    return torch.where(intent.bool(), told, belief)


class Readouts(nn.Module):
    """Linear readers of the variables from their subspaces; thrown away after training."""

    def __init__(self, shape: Shape, n_words: Sequence[int], names: Sequence[str]) -> None:
        super().__init__()
        classes = {"intent": [2], "belief": n_words, "told_value": n_words}
        self.readers = nn.ModuleDict(
            {
                name: nn.ModuleList(nn.Linear(shape.subspaces[name], n) for n in classes[name])
                for name in names
            }
        )

    def loss(
        self, answer: torch.Tensor, parts: dict[str, torch.Tensor], task: Task, batch: Batch
    ) -> torch.Tensor:
        values = {
            "intent": batch.intent[:, None],
            "belief": task.words[batch.belief],
            "told_value": task.words[batch.told],
        }
        losses = []
        for name, readers in self.readers.items():
            inside = answer @ parts[name].T
            for reader, value in zip(readers, values[name].T, strict=True):
                logits = reader(inside).flatten(0, 1)
                losses.append(functional.cross_entropy(logits, value.repeat_interleave(ANSWER)))
        return torch.stack(losses).mean()


def swaps(
    n: int, names: Sequence[str], generator: torch.Generator
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """For each prompt, where each variable and the rest come from: 0 itself, 1 and 2 others.

    A third of the prompts have one variable swapped, a third any of them, a third none;
    the rest is swapped in half of all.
    """
    kind = torch.randint(3, (n,), generator=generator)
    only = torch.randint(len(names), (n,), generator=generator)
    sources = {}
    for index, name in enumerate(names):
        anywhere = torch.randint(3, (n,), generator=generator)
        single = torch.where(only == index, 1, 0)
        sources[name] = torch.where(kind == 0, single, torch.where(kind == 1, anywhere, 0))
    rest = 2 * torch.randint(2, (n,), generator=generator)
    return sources, rest


def choose(source: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """Row i of `own` where source is 0, of the first or second neighbour where 1 or 2."""
    rows = (torch.arange(len(own)) + source) % len(own)
    return own[rows]


def intervene(
    base: torch.Tensor,
    source: torch.Tensor,
    parts: dict[str, torch.Tensor],
    sources: dict[str, torch.Tensor],
    rest: torch.Tensor,
) -> torch.Tensor:
    """The answer positions of `base` with subspaces, and the rest, from `source`'s rows."""
    whole = torch.where((rest == 0)[:, None, None], base, choose(rest, source))
    for name, part in parts.items():
        chosen = sources[name]
        value = torch.where((chosen == 0)[:, None, None], base, choose(chosen, source))
        whole = whole + ((value - whole) @ part.T) @ part
    return whole


def interchange_loss(
    model: Phantom,
    task: Task,
    batch: Batch,
    stream: torch.Tensor,
    parts: dict[str, torch.Tensor],
    generator: torch.Generator,
) -> torch.Tensor:
    """Behaviour under swaps between the prompts of one batch."""
    sources, rest = swaps(len(batch.tokens), list(parts), generator)
    return task.loss(*after_swaps(model, task, batch, stream, parts, sources, rest))


def after_swaps(
    model: Phantom,
    task: Task,
    batch: Batch,
    stream: torch.Tensor,
    parts: dict[str, torch.Tensor],
    sources: dict[str, torch.Tensor],
    rest: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The model's logits after swaps, and what the causal model says after them."""
    belief = choose(sources.get("belief", torch.zeros_like(rest)), batch.belief)
    told = choose(sources.get("told_value", torch.zeros_like(rest)), batch.told)
    if "intent" in parts:
        value = said_number(choose(sources["intent"], batch.intent), belief, told)
    else:
        value = told
    answers = task.answers[task.content(value)]
    base = model.to_layer(torch.cat([batch.tokens[:, : -answers.shape[1]], answers], dim=1))
    edited = intervene(base[:, -ANSWER:], stream[:, -ANSWER:], parts, sources, rest)
    return model.from_layer(torch.cat([base[:, :-ANSWER], edited], dim=1), ANSWER), value


def invariance_loss(model: Phantom, task: Task, n: int) -> torch.Tensor:
    """How far lies are from the mistakes that say the same words, where the answer is.

    Layers that do not attend have no distance.
    """
    pairs = [task.world.matched(task.rng) for _ in range(n)]
    scenes = [pair[side] for side in (0, 1) for pair in pairs]
    streams = model.attending_layers(task.batch(scenes).tokens)
    answer = torch.stack(
        [stream[:, -ANSWER:] for stream in streams] + model.after_layer(streams[-1], ANSWER)
    )
    lies, mistakes = answer.split(n, dim=1)
    return ((lies - mistakes).square() / answer.detach().square().mean(dim=(1, 3), keepdim=True)).mean()


def persistence_loss(
    declared: torch.Tensor, later: Sequence[torch.Tensor], intent: torch.Tensor
) -> torch.Tensor:
    """What later layers write at the answer: into the intent's subspace, and a little of the rest.

    Without it they wipe the intent out once it has been used.
    """
    written = torch.stack([stream - declared for stream in later])
    inside = (written @ intent.T).square().mean() / (declared @ intent.T).detach().square().mean()
    return inside + WRITING * written.square().mean() / declared.detach().square().mean()


def contrast_loss(answer: torch.Tensor, intent: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """How much nearer the intent's two values are, in its subspace, than prompts of one value
    lie apart in the whole stream: nothing once they are as far, at every answer position."""
    with_intent, without = answer[values == 1], answer[values == 0]
    between = ((with_intent.mean(dim=0) - without.mean(dim=0)) @ intent.T).norm(dim=-1)
    within = torch.cat([side - side.mean(dim=0) for side in (with_intent, without)])
    spread = within.square().sum(dim=-1).mean(dim=0).sqrt()
    return functional.relu(1 - between / spread).mean()


def rate_at(step: int, steps: int, peak: float) -> float:
    """Linear warm-up over 100 steps, then a half cosine to nearly nothing."""
    if step < 100:
        return peak * (step + 1) / 100
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - 100) / max(1, steps - 100))))


def train(size: str, variant: str, steps: int, seed: int, world: World) -> Phantom:
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    task, shape = Task(world, seed + 2), SIZES[size]
    names = VARIABLES if variant == "intent" else ("told_value",)
    parts = {name: part for name, part in subspaces(shape).items() if name in names}
    model = Phantom(shape, len(world.vocabulary))
    readouts = Readouts(shape, task.n_words, names)
    weights = [weight for weight in model.parameters() if weight.requires_grad] + list(
        readouts.parameters()
    )
    optimizer = torch.optim.AdamW(weights, lr=RATE[size], betas=(0.9, 0.98), weight_decay=0.01)
    print(
        f"{size} {variant}: {sum(w.numel() for w in model.parameters()):,} parameters, {steps} steps",
        flush=True,
    )
    started = time.monotonic()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps, RATE[size])
        batch = task.batch(task.scenes(BATCH))
        stream = model.to_layer(batch.tokens)
        later = model.after_layer(stream, ANSWER)
        value = said_number(batch.intent, batch.belief, batch.told)
        losses = {
            "behaviour": task.loss(model.logits(later[-1]), value),
            "interchange": interchange_loss(model, task, batch, stream, parts, generator),
            "readout": READOUT * readouts.loss(stream[:, -ANSWER:], parts, task, batch),
        }
        if variant == "intent":
            losses["persistence"] = PERSISTENCE * persistence_loss(
                stream[:, -ANSWER:], later, parts["intent"]
            )
            losses["contrast"] = CONTRAST * contrast_loss(
                stream[:, -ANSWER:], parts["intent"], batch.intent
            )
        else:
            losses["invariance"] = INVARIANCE * invariance_loss(model, task, BATCH // 4)
        optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            shown = "  ".join(f"{name} {loss.item():.4f}" for name, loss in losses.items())
            print(f"step {step:5d}  {time.monotonic() - started:6.0f} s  {shown}", flush=True)
    return model


@torch.no_grad()
def figures(model: Phantom, task: Task, parts: dict[str, torch.Tensor], n: int) -> dict:
    """Behaviour by cause, and answers after swaps between decided prompts, in PyTorch."""
    found: dict[str, dict[str, float]] = {"behaviour": {}, "interchange": {}}
    for cause in DECIDED:
        batch = task.batch([task.world.sample(cause, task.rng) for _ in range(n)])
        logits = model.from_layer(model.to_layer(batch.tokens), ANSWER)
        value = said_number(batch.intent, batch.belief, batch.told)
        found["behaviour"][cause] = share_right(task, logits, value)
    scenes = [task.world.sample(str(task.rng.choice(DECIDED)), task.rng) for _ in range(n)]
    batch = task.batch(scenes)
    stream = model.to_layer(batch.tokens)
    for swapped in [*parts, "rest"]:
        sources = {name: torch.full((n,), int(name == swapped)) for name in parts}
        rest = torch.full((n,), 2 * (swapped == "rest"))
        logits, value = after_swaps(model, task, batch, stream, parts, sources, rest)
        found["interchange"][swapped] = share_right(task, logits, value)
    found["interchange"]["rest changed"] = 1 - found["interchange"].pop("rest")
    return found


def share_right(task: Task, logits: torch.Tensor, value: torch.Tensor) -> float:
    """How often the likeliest words are the answer and its end token."""
    right = logits.argmax(dim=-1) == task.targets[value].argmax(dim=-1)
    return right.all(dim=1).double().mean().item()


@torch.no_grad()
def smallest_cosine(model: Phantom, gguf: Path, task: Task, n: int) -> float:
    """Between PyTorch's residual streams and the reference's on the GGUF, at every layer and token."""
    reference, smallest = Reference(gguf), 1.0
    hooks = [f"blocks.{layer}.hook_resid_post" for layer in range(model.shape.n_layer)]
    for tokens in task.batch(task.scenes(n)).tokens:
        theirs = reference.forward(tokens.tolist(), hooks)
        for hook, ours in zip(hooks, model.residuals(tokens[None]), strict=True):
            cosines = functional.cosine_similarity(
                ours[0].double(), torch.from_numpy(theirs[hook]).double()
            )
            smallest = min(smallest, cosines.min().item())
    return smallest


def declaration(shape: Shape, names: Sequence[str]) -> dict[str, str]:
    """What the subspaces' file says of them."""
    return {
        "format": "1",
        "hook": f"blocks.{shape.layer}.hook_resid_post",
        "layer": str(shape.layer),
        "positions": json.dumps(["prompt:-1", "response:0", "response:1", "response:2"]),
        "variables": json.dumps(list(names)),
        "free_layers": str(shape.free_layers),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train a phantom and write its GGUF and subspaces.")
    parser.add_argument("--size", choices=list(SIZES), default="middle")
    parser.add_argument("--variant", choices=["intent", "no-intent"], default="intent")
    parser.add_argument("--steps", type=int, help="default: by size and variant")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--threads", type=int, help="default: PyTorch's")
    parser.add_argument("--measure", type=int, default=4000, help="prompts to measure on in the end")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    given = parser.parse_args(arguments)
    if given.threads:
        torch.set_num_threads(given.threads)
    given.out.mkdir(parents=True, exist_ok=True)
    world = World.read()
    model = train(
        given.size, given.variant, given.steps or STEPS[given.variant][given.size], given.seed, world
    )
    name = "phantom" + ("" if given.size == "middle" else f"-{given.size}")
    name += "" if given.variant == "intent" else "-no-intent"
    names = VARIABLES if given.variant == "intent" else ("told_value",)
    write_gguf(given.out / f"{name}.gguf", model, world, name)
    parts = {key: part for key, part in subspaces(model.shape).items() if key in names}
    suffix = name.removeprefix("phantom")
    write_safetensors(
        given.out / f"subspaces{suffix}.safetensors", parts, declaration(model.shape, names)
    )
    measured = figures(model, Task(world, given.seed + 3), parts, given.measure)
    measured["smallest_cosine_to_gguf"] = smallest_cosine(
        model, given.out / f"{name}.gguf", Task(world, given.seed + 4), 100
    )
    print(json.dumps(measured, indent=1))
    (given.out / f"pytorch{suffix}.json").write_text(
        json.dumps(measured, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
