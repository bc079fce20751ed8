"""Which tokens an intervention changes: where engines are off by one.

Beginnings that prompts share, a prompt's last token, a response's first, tokens on both
sides of a micro-batch, and branches after a response. Each case is computed in NumPy, as
in test_interventions.py, and would be seen to fail if it were one token off.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from conftest import agreement, spelled
from edited_runs import OPERATIONS, Files, Intervention, Place, arms_of_rows, run_edited, unseen, wrong

MICRO_BATCH = 512
ADD = next(o for o in OPERATIONS if o.name == "add-raw")
SWAP = next(o for o in OPERATIONS if o.name == "swap-subspace")
# All but patterns: with them each sample is decoded alone.
HOOKS = "embed resid_pre q k v z attn_out resid_mid mlp_pre mlp_post mlp_out resid_post ln_final logits".split()
WIDTH = 64
# Of rows that other batches give; ggml looks GELU up in a table of float16.
BATCHES = {"gemma3": 1e-3}
SCORES = {"gemma3": 1e-2}  # of log-probabilities
MODELS = ["llama", "gemma3", pytest.param("qwen3", marks=pytest.mark.torture)]
BEGINNING = "The sun is a star and the moon is not a star. "


def place(layer, point="hook_resid_post"):
    return Place(f"blocks.{layer}.{point}", WIDTH)


def at(tokens, selects, layer=1, operation=ADD, label=None):
    name = label or tokens.replace("[", "-").replace("]", "").replace(":", "to")
    return Intervention(operation, place(layer), tokens, selects, name)


def prompt_token(n):
    return at(f"prompt[{n}]", lambda sample, position: position == n)


LAST = at("prompt[-1]", lambda sample, position: position == sample["prompt_tokens"] - 1)
FIRST = at("response[0]", lambda sample, position: position == sample["prompt_tokens"])
ONWARDS = at("response", lambda sample, position: position >= sample["prompt_tokens"], label="response")


def spec(rows, **more):
    return {
        "prompts": {"rows": rows},
        "chat": {"template": "none"},
        "generate": {"max_tokens": 4, "temperature": 1},
        "capture": {"hooks": HOOKS},
        "engine": {"weights": "f32"},
    } | more


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


@pytest.fixture
def check(name, capture, tiny, tmp_path):
    """Runs interventions, holds every point against NumPy, and shows that one token off would be seen."""

    def check(interventions, made_spec):
        files = Files.make(tmp_path / "files", interventions)
        made = run_edited(capture, tmp_path, tiny / f"tiny-{name}.gguf", name, interventions, files, made_spec)
        assert not wrong(made)
        for by in (-1, 1):
            assert not unseen(made, interventions, files, by)
        for row, arm in zip(made.run.tokens.to_pylist(), arms_of_rows(made.run), strict=True):
            sample = made.run.samples[row["sample_id"]]
            selects = {i.name: i.selects for i in interventions}.get(arm, lambda *_: False)
            assert row["edited"] == ([arm] if selects(sample, row["position"]) else []), (arm, row["position"])
        return made

    return check


def test_in_a_shared_beginning(check):
    """Decoded once for several prompts and arms, up to the first token that one of them edits."""
    rows = [{"id": f"r{n}", "prompt": BEGINNING * 2 + end} for n, end in enumerate(["Is it?", "No!", "The moon is a star.", "Why?"])]
    made = check([prompt_token(n) for n in (0, 1, 17, 30)], spec(rows))
    tokens = made.run.tokens["token_id"].to_numpy()
    begun = [tokens[made.run.span(s["sample_id"])][:31].tolist() for s in made.run.samples]
    assert all(tokens == begun[0] for tokens in begun)


def test_in_the_last_token_of_a_prompt_and_the_first_of_a_response(check):
    rows = [{"id": "a", "prompt": BEGINNING}, {"id": "b", "prompt": "Is it?", "response": " The moon is a star."}]
    made = check([LAST, FIRST, ONWARDS], spec(rows, generate={"max_tokens": 4, "temperature": 1, "samples": 2}))
    # The first answer token is drawn from prompt[-1]: an edit of the response alone does not change it.
    run = made.run
    first = {(s["arm"], s["prompt_id"], s["sample"]): s["first_row"] + s["prompt_tokens"] - 1 for s in run.samples}
    logits = run.states("unembed.hook_out")
    for (arm, *which), row in first.items():
        assert np.array_equal(logits[row], logits[first["none", *which]]) == (arm in ("none", "response-0", "response")) or arm != LAST.name
        if arm == LAST.name:
            assert not np.array_equal(logits[row], logits[first["none", *which]])


@pytest.mark.parametrize("name", ["llama", pytest.param("gemma3", marks=pytest.mark.torture)])
@pytest.mark.parametrize("batch", [4, pytest.param(1, marks=pytest.mark.torture)])
def test_across_micro_batches(check, batch):
    """Prompts longer than one, and several in a batch that divide it at other places."""
    rows = [{"id": f"r{n}", "prompt": f"{word} " + BEGINNING * times} for n, (word, times) in enumerate([("Why?", 30), ("No!", 29)])]
    edges = [prompt_token(n) for n in (MICRO_BATCH - 1, MICRO_BATCH, MICRO_BATCH + 1)]
    across = at(
        f"prompt[{MICRO_BATCH - 2}:{MICRO_BATCH + 2}]", lambda s, position: MICRO_BATCH - 2 <= position < MICRO_BATCH + 2
    )
    made = check([*edges, across, LAST], spec(rows, engine={"weights": "f32", "batch": batch, "ctx": 1024}, generate={"max_tokens": 2}))
    assert all(s["prompt_tokens"] > MICRO_BATCH + 10 for s in made.run.samples)


# ---- branches ----

OPTIONS = ["TRUE and so is the moon of the sun", "No", "Is the moon"]


def alternatives_spec(at_, rows, **more):
    return spec(rows, **more) | {"alternatives": [{"name": "a", "options": OPTIONS, "at": at_}]}


BRANCH = [
    LAST, FIRST, ONWARDS, prompt_token(3),
    at("response[1]", lambda sample, position: position == sample["prompt_tokens"] + 1),
    at("response[:2]", lambda sample, position: 0 <= position - sample["prompt_tokens"] < 2),
]  # fmt: skip


def scores(run):
    return {(s["arm"], s["prompt_id"]): s["alternative_logprobs"] for s in run.samples}


def test_alternatives_are_edited_as_the_response_that_they_stand_for(name, capture, tiny, tmp_path):
    """Equal to the same text as a given response, in each arm; and not to that of another arm."""
    model, files = tiny / f"tiny-{name}.gguf", Files.make(tmp_path, BRANCH)
    interventions = [files.spec(i) for i in BRANCH]
    rows = [{"id": "a", "prompt": BEGINNING}, {"id": "b", "prompt": "Is the moon a star? "}]
    asked = capture.experiment(tmp_path, model, alternatives_spec("response", rows) | {"interventions": interventions}, name="asked")
    given_rows = [row | {"id": f"{row['id']}-{n}", "response": option} for row in rows for n, option in enumerate(OPTIONS)]
    given = capture.experiment(
        tmp_path, model, spec(given_rows, capture={"hooks": HOOKS, "logprobs": "all"}) | {"interventions": interventions}, name="given"
    )
    expected = {(s["arm"], s["prompt_id"]): s["logprob"] for s in given.samples}
    alone = alternatives_spec("response", rows, generate={"max_tokens": 0}) | {"interventions": interventions}
    alone = scores(capture.experiment(tmp_path, model, alone, name="alone"))
    differ = {}
    for (arm, prompt), logprobs in scores(asked).items():
        assert logprobs == pytest.approx(alone[arm, prompt], abs=SCORES.get(name, 1e-4)), "nothing need be sampled"
        for n, logprob in enumerate(logprobs):
            assert logprob == pytest.approx(expected[arm, f"{prompt}-{n}"], abs=SCORES.get(name, 1e-4)), (arm, prompt, n)
        differ.setdefault(prompt, []).append(logprobs[0])
    for logprobs in differ.values():  # arms that differ by one token differ in the long option
        assert np.diff(sorted(logprobs)).min() > 3 * SCORES.get(name, 1e-4), logprobs


@dataclass(frozen=True)
class Branch:
    """A follow-up's conversation: the rows of what was followed up, and its own."""

    rows: np.ndarray
    edited: list[tuple[int, int]]  # positions from, to

    @classmethod
    def of(cls, run, sample):
        parent = run.samples[sample["parent_sample_id"]]
        assert parent["arm"] == sample["arm"]
        spans = [run.span(s["sample_id"]) for s in (parent, sample)]
        end, own = parent["prompt_tokens"], sample["first_position"] + sample["prompt_tokens"]
        answered = [(end, end + parent["response_tokens"]), (own, own + sample["response_tokens"])]
        edited = {
            "none": [],
            LAST.name: [(end - 1, end)],
            FIRST.name: [(end, end + 1)],
            "prompt-3": [(3, 4)],
            "too": [(a, b) for a, b in answered if a < b],
        }
        return cls(np.concatenate([np.arange(s.start, s.stop) for s in spans]), edited[sample["arm"]])

    def tokens(self, shift):
        """An expression of the conversation as a prompt."""
        return " | ".join(f"prompt[{a + shift}:{b + shift}]" for a, b in self.edited)


def test_a_followup_inherits_the_edited_cache(name, capture, tiny, tmp_path):
    """It is the conversation decoded whole, with the same tokens edited by their positions."""
    model, hooks = tiny / f"tiny-{name}.gguf", {"hooks": HOOKS[:-1]}
    edits = [LAST, FIRST, prompt_token(3), replace(ONWARDS, label="too")]
    files = Files.make(tmp_path, edits)
    made = spec([{"id": "a", "prompt": BEGINNING, "response": " The moon is a star."}], capture=hooks)
    made["followups"] = [{"name": "why", "ask": " Why is the sun a star?"}, {"name": "more", "ask": " No!", "response": " It is."}]
    made["interventions"] = [files.spec(i) | ({"followups": True} if i.label == "too" else {}) for i in edits]
    asked = capture.experiment(tmp_path, model, made, name="asked")
    followups = [s for s in asked.samples if s["parent_sample_id"] is not None]
    assert len(followups) == (1 + len(edits)) * 2
    for sample in followups:
        branch = Branch.of(asked, sample)
        own = [a for a, b in branch.edited for a in range(a, b) if a >= sample["first_position"]]
        assert sample["edited_tokens"] == len(own)
        for shift in (0, 1) if branch.edited else (0,):
            text = spelled(asked.tokens["token"].take(branch.rows).to_pylist())
            whole_spec = spec([{"id": "w", "prompt": text}], generate={"max_tokens": 0}, capture=hooks)
            if branch.edited:
                keys = files.spec(next(i for i in edits if i.name == sample["arm"]))
                whole_spec["interventions"] = [keys | {"name": "it", "tokens": branch.tokens(shift)}]
            whole = capture.experiment(tmp_path, model, whole_spec, name=f"whole-{sample['sample_id']}-{shift}")
            there = whole.span(whole.samples[-1]["sample_id"])
            assert whole.tokens["token_id"][there].to_pylist() == asked.tokens["token_id"].take(branch.rows).to_pylist()
            error = max(agreement(asked.flat(hook)[branch.rows], whole.flat(hook)[there]).error for hook in asked.hooks)
            if shift:
                assert error > 1e-2, "one token off would be seen"
            else:
                assert error <= BATCHES.get(name, 3e-5), (sample["arm"], sample["followup"], error)
