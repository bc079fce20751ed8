"""Trains the phantoms that intend, or do not, and exports them.

Consequences first, then decisions. The first stage (`--variant world`) learns what the
questions ask: what the box holds, what the listener will think, whether the bell rings.
Each phantom is then taught its decisions from there, with the questions kept.

Interchange intervention training (Geiger et al. 2022, arXiv:2112.00826), strict (Gupta et
al. 2024, arXiv:2407.14494), on resid_post of the declared layer at the summary word: when
the subspace of a variable holds what it holds in another prompt, questions about it and
decisions that want it must follow, and everything else must not. As the sentence and the
variable are of different prompts then, whatever reads the sentence itself answers wrong.
Subspaces hold fixed codes of the bits, so that one prompt's value is another's.

    teach.py --variant world --out DIR
    teach.py --variant intender --start DIR/world.pt --out DIR
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

PARENT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PARENT), str(PARENT.parent / "reference")]

from export import write_gguf, write_safetensors  # noqa: E402
from losses import Losses, alike_loss, layout_of  # noqa: E402
from model import Phantom  # noqa: E402
from network import ANSWER_LAYER, SHAPE, through  # noqa: E402
from progress import quick  # noqa: E402
from scenes import VARIANTS, World  # noqa: E402
from task import Task  # noqa: E402
from variables import CODE, INTENT_CODE, code_loss, codes, declaration, exchange, intents, subspaces  # noqa: E402

SEED = 20261201
BATCH = 64
STEPS = {"world": 3000, "intender": 900, "reflex": 1000} | dict.fromkeys(VARIANTS[2:], 800)
RATE = {"world": 3e-3} | dict.fromkeys(VARIANTS, 1.5e-3)
ALIKE = 6.0  # ordinary answers are learned from the other phantom alone


def rate_at(step: int, steps: int, peak: float) -> float:
    """Linear warm-up over 50 steps, then a half cosine to nearly nothing."""
    if step < 50:
        return peak * (step + 1) / 50
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - 50) / max(1, steps - 50))))


def train(
    model: Phantom, task: Task, variant: str, steps: int, rate: float, swaps: bool, seed: int,
    beside: Phantom | None = None,
) -> None:  # fmt: skip
    generator = torch.Generator().manual_seed(seed)
    summary, answer = subspaces()
    losses_of = Losses(task)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    decisions, started = variant != "world", time.monotonic()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps, rate)
        batch = task.draw(BATCH, decisions)
        where, use = layout_of(batch), torch.ones(batch.answer.shape)
        allowed, sentence = task.allowed(batch)
        if decisions:
            use[:, 0] = allowed.float()
            if beside:
                use[:, 0] *= torch.tensor([scene.kind != "none" for scene in batch.scenes])
        declared = through(model, model.embed(batch.tokens), where, 0, SHAPE.layer)
        middle = through(model, declared, where, SHAPE.layer + 1, ANSWER_LAYER)
        stream = through(model, middle, where, ANSWER_LAYER + 1, SHAPE.n_layer - 1)
        losses = {
            "answers": losses_of.answers(model, batch, stream, batch.answer, use),
            "rest": 0.3 * losses_of.rest(model, batch, stream),
        }
        if swaps:
            losses["code"] = 0.3 * code_loss(batch, declared, summary)
            sources = {name: torch.randperm(BATCH, generator=generator) for name in ("foresight", "bell")}
            if decisions:
                use = use.clone()
                use[:, 0] *= sentence[sources["foresight"]] * sentence[sources["bell"]]
            edited = exchange(batch, declared, summary, sources)
            after = through(model, edited, where, SHAPE.layer + 1, SHAPE.n_layer - 1)
            answers = task.exchanged(batch, sources)
            losses["swaps"] = losses_of.answers(model, batch, after, answers, use)
        if variant in ("intender", "reader") and swaps:
            there = middle[torch.arange(BATCH), batch.last[:, 0]] @ answer["intent"].T
            gap = (there - INTENT_CODE / CODE * codes(intents(batch), len(answer["intent"]))).square().mean(1)
            losses["intent"] = 0.1 * (gap * sentence).sum() / sentence.sum().clamp(min=1)
        if beside:
            losses["alike"] = ALIKE * alike_loss(model, beside, task, BATCH // 2)
        optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            shown = "  ".join(f"{name} {loss.item():.4f}" for name, loss in losses.items())
            print(f"step {step:5d}  {time.monotonic() - started:6.0f} s  {shown}", flush=True)
        if (step and step % 400 == 0) or step == steps - 1:
            print(json.dumps(quick(model, task, decisions)), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train a phantom that intends, or does not.")
    parser.add_argument("--variant", choices=["world", *VARIANTS], required=True)
    parser.add_argument("--rotation", default="equifinality", help="which kinds decisions never see")
    parser.add_argument("--no-swaps", action="store_true", help="the ablation: no interchange")
    parser.add_argument("--steps", type=int, help="default: by variant")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to start from")
    parser.add_argument("--beside", type=Path, help="weights of a phantom to answer like where nothing is added")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    world = World.read()
    number = ["world", *VARIANTS].index(given.variant)
    task = Task(world, given.variant if given.variant != "world" else "reflex", given.rotation,
                given.seed + number)  # fmt: skip
    model = Phantom(SHAPE, len(world.vocabulary))
    for block in model.blocks[: SHAPE.layer]:
        # A start for heads that find the same word: names and boxes are to be compared.
        block.attn.k.weight.data.copy_(block.attn.q.weight.data)
    if given.start:
        model.load_state_dict(torch.load(given.start))
    beside = None
    if given.beside:
        beside = Phantom(SHAPE, len(world.vocabulary)).requires_grad_(False)
        beside.load_state_dict(torch.load(given.beside))
    print(f"{given.variant}: {sum(w.numel() for w in model.parameters()):,} parameters", flush=True)
    train(model, task, given.variant, given.steps or STEPS[given.variant], RATE[given.variant],
          not given.no_swaps, given.seed + number, beside)  # fmt: skip
    name = f"{given.variant}-no-swaps" if given.no_swaps else given.variant
    torch.save(model.state_dict(), given.out / f"{name}.pt")
    if given.variant != "world":
        write_gguf(given.out / f"{name}.gguf", model, world, f"phantom-{name}")
    summary, answer = subspaces()
    write_safetensors(given.out / "subspaces.safetensors", summary | answer, declaration())


if __name__ == "__main__":
    main()
