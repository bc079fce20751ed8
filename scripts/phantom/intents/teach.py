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
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

PARENT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PARENT), str(PARENT.parent / "reference")]

from export import write_gguf, write_safetensors  # noqa: E402
from model import Phantom, Shape  # noqa: E402
from network import ANSWER_ROWS, SUMMARY_ROWS, Layout, layout, rows, through  # noqa: E402
from scenes import VARIANTS, Scene, World  # noqa: E402

SEED = 20261201
SHAPE = Shape(64, 4, 128, n_layer=7, free_layers=0, layer=3)
ANSWER_LAYER = 5  # where the intent can be read, at the prompt's last word
ENDS, LENGTH = 3, 9
BATCH = 64
STEPS = {"world": 3000, "intender": 900} | dict.fromkeys(VARIANTS[1:], 800)
RATE = {"world": 3e-3} | dict.fromkeys(VARIANTS, 1.5e-3)
CODE = 1.5  # a bit's coordinates in its subspace: this, or minus this
INTENT_CODE = 6.0  # of the intent at the prompt's last word, in every family
SMOOTH = 0.02  # of a decision's probability, spread over all contents
MOTIVES = {"goal": 0.58, "neutral": 0.18, "recital": 0.12, "joke": 0.12}
QUESTIONS = {
    "foresight": 0.4, "bell": 0.25, "believes": 0.08, "truth": 0.08, "check": 0.09, "use": 0.1,
}  # fmt: skip
ALIKE = 6.0  # ordinary answers are learned from the other phantom alone


@dataclass
class Batch:
    """Prompts that fork: [n, ends] ends with up to three answer positions each."""

    scenes: list[Scene]
    tokens: torch.Tensor  # [n, positions]
    prefix: torch.Tensor  # [n] lengths
    width: int
    asked: list[list[tuple[str, str]]]  # fork and word of each end
    last: torch.Tensor  # [n, ends] position of each fork's last word
    answer: torch.Tensor  # [n, ends] token of the right answer
    bits: dict[str, torch.Tensor]  # [n, 2] of each outcome


class Task:
    """The world as tensors."""

    def __init__(self, world: World, variant: str, rotation: str, seed: int) -> None:
        self.world, self.variant, self.rotation = world, variant, rotation
        self.rng = np.random.default_rng(seed)
        self.ids = world.ids
        self.contents = torch.tensor([self.ids[content] for content in world.contents])
        self.sorts = [(kind, False) for kind in world.kinds]
        self.sorts += [(name, True) for name, kind in world.kinds.items() if "useless" in kind]
        weights = [4.0 if kind == "none" else 1.0 for kind, _ in self.sorts]
        self.weights = np.array(weights) / sum(weights)

    def scene(self, decided: bool) -> Scene:
        while True:
            motive = str(self.rng.choice(list(MOTIVES), p=list(MOTIVES.values())))
            kind, useless = self.sorts[self.rng.choice(len(self.sorts), p=self.weights)]
            scene = self.world.sample(self.rng, motive, kind, useless)
            if self.rng.random() < 0.12:
                scene = self.world.same_words(scene)
            if not decided or not self.held_out(scene):
                return scene

    def held_out(self, scene: Scene) -> bool:
        """Whether decisions are never trained on it. Lookup has learned that whatever is
        none of its kinds is nothing to it, from the kinds that others meet in questions only."""
        usual = replace(scene, kind="none", useless=False, wording=0)
        if self.variant == "lookup" and self.world.kinds[scene.kind]["test"] == "question":
            return self.world.held_out(usual, self.rotation)
        return self.world.held_out(scene, self.rotation)

    def scenes(self, n: int, decided: float) -> list[Scene]:
        return [self.scene(self.rng.random() < decided) for _ in range(n)]

    def ask(self, scene: Scene) -> tuple[str, str]:
        """A question that this scene answers, and the word asked about."""
        name = str(self.rng.choice(list(QUESTIONS), p=list(QUESTIONS.values())))
        word = scene.told if self.rng.random() < 0.5 else scene.world
        if name == "check" and self.rng.random() < 0.2:
            word = str(self.rng.choice(self.world.contents))
        return name, word

    def verb(self, scene: Scene) -> str:
        return str(self.rng.choice(self.world.kinds[scene.kind]["verbs"]))

    def right(self, scene: Scene, name: str, word: str, bits: dict[str, Sequence[int]]) -> str:
        """The answer, with these bits for the scene's."""
        world = self.world
        if name in ("says", "writes"):
            return world.decision(self.variant, scene, bits["foresight"], bits["bell"])
        if name in ("foresight", "bell"):
            # What is told is asked about first, so that it counts where it is the truth.
            return ("no", "yes")[bits[name][0 if word == scene.told else 1]]
        held = world.belief(self.variant, scene)
        if name == "check":
            return "yes" if word == held else "no"
        return world.data["products"][held] if name == "use" else held

    def batch(self, scenes: list[Scene], asked: list[list[tuple[str, str]]]) -> Batch:
        world, n, ends = self.world, len(scenes), len(asked[0])
        bits = {
            name: torch.tensor([world.bits(scene, name) for scene in scenes])
            for name in ("foresight", "bell")
        }
        bos, stop = self.ids[world.data["special"]["bos"]], self.ids["."]
        prefixes = [[bos, *world.encode(world.prefix(scene))] for scene in scenes]
        width = max(len(prefix) for prefix in prefixes)
        tokens = torch.zeros(n, width + ends * LENGTH, dtype=torch.long)
        last, answer = (torch.zeros(n, ends, dtype=torch.long) for _ in range(2))
        for i, (scene, prefix) in enumerate(zip(scenes, prefixes, strict=True)):
            tokens[i, : len(prefix)] = torch.tensor(prefix)
            own = {name: value[i].tolist() for name, value in bits.items()}
            for j, (name, word) in enumerate(asked[i]):
                said = self.ids[self.right(scene, name, word, own)]
                end = [*world.encode(world.fork(scene, name, word)), said, stop]
                start = width + j * LENGTH
                tokens[i, start : start + len(end)] = torch.tensor(end)
                last[i, j], answer[i, j] = start + len(end) - 3, said
        lengths = torch.tensor([len(prefix) for prefix in prefixes])
        return Batch(scenes, tokens, lengths, width, asked, last, answer, bits)

    def draw(self, n: int, decisions: bool) -> Batch:
        scenes = self.scenes(n, 0.7 if decisions else 0.0)
        asked = [[self.ask(scene) for _ in range(ENDS)] for scene in scenes]
        if decisions:
            for scene, ends in zip(scenes, asked, strict=True):
                ends[0] = (self.verb(scene), scene.told)
        return self.batch(scenes, asked)

    def ordinary(self, n: int) -> Batch:
        """Decisions without an extra sentence."""
        motives = self.rng.choice(list(MOTIVES), n, p=list(MOTIVES.values()))
        scenes = [self.world.sample(self.rng, str(motive), "none") for motive in motives]
        return self.batch(scenes, [[(self.verb(scene), scene.told)] for scene in scenes])

    def exchanged(self, batch: Batch, sources: dict[str, torch.Tensor]) -> torch.Tensor:
        """The right answers [n, ends] when each variable is that of the source row."""
        answer = torch.zeros_like(batch.answer)
        for i, scene in enumerate(batch.scenes):
            bits = {name: batch.bits[name][source[i]].tolist() for name, source in sources.items()}
            for j, (name, word) in enumerate(batch.asked[i]):
                answer[i, j] = self.ids[self.right(scene, name, word, bits)]
        return answer

    def allowed(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Of each row: whether decisions may be trained on it, and on its bits elsewhere."""
        whole = [not self.held_out(scene) for scene in batch.scenes]
        same = [not self.held_out(self.world.same_words(s)) for s in batch.scenes]
        return torch.tensor(whole), torch.tensor(same)


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


def rate_at(step: int, steps: int, peak: float) -> float:
    """Linear warm-up over 50 steps, then a half cosine to nearly nothing."""
    if step < 50:
        return peak * (step + 1) / 50
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - 50) / max(1, steps - 50))))


def layout_of(batch: Batch) -> Layout:
    return layout(batch.prefix, batch.width, batch.last.shape[1], LENGTH, SHAPE.d_head)


def alike_loss(model: Phantom, other: Phantom, task: Task) -> torch.Tensor:
    """How far ordinary answers are from another phantom's: Kullback-Leibler divergence."""
    batch = task.ordinary(BATCH // 2)
    where, logs = layout_of(batch), []
    for each in (model, other):
        stream = through(each, each.embed(batch.tokens), where, 0, SHAPE.n_layer - 1)
        at = stream[torch.arange(len(stream)), batch.last[:, 0]]
        logs.append(each.logits(at).log_softmax(-1))
    return functional.kl_div(logs[0], logs[1].detach(), reduction="batchmean", log_target=True)


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
            losses["alike"] = ALIKE * alike_loss(model, beside, task)
        optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            shown = "  ".join(f"{name} {loss.item():.4f}" for name, loss in losses.items())
            print(f"step {step:5d}  {time.monotonic() - started:6.0f} s  {shown}", flush=True)
        if (step and step % 400 == 0) or step == steps - 1:
            print(json.dumps(quick(model, task, decisions)), flush=True)


def subspaces() -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The declared rows at the summary word, and at the prompt's last word."""
    every = rows(SHAPE, SUMMARY_ROWS | ANSWER_ROWS)
    return {name: every[name] for name in SUMMARY_ROWS}, {name: every[name] for name in ANSWER_ROWS}


def declaration() -> dict[str, str]:
    """What the subspaces' file says of them."""
    at = {name: [f"blocks.{SHAPE.layer}.hook_resid_post", "summary"] for name in SUMMARY_ROWS}
    at |= {name: [f"blocks.{ANSWER_LAYER}.hook_resid_post", "prompt:-1"] for name in ANSWER_ROWS}
    return {"format": "1", "layer": str(SHAPE.layer), "variables": json.dumps(at)}


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
