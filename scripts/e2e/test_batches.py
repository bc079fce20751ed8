"""Rows do not depend on what else is decoded: nearly with batches, to the bit with --batch-invariant."""

from dataclasses import dataclass

import numpy as np
import pytest
from conftest import agreement, common_rows, write_jsonl

TOPICS = [
    "the sea", "a fox", "France", "the moon and its phases", "a key", "bread",
    "a small wooden boat and the man who built it", "honesty", "the number seven", "rain",
    "old clocks that do not agree with each other", "bees", "a letter", "the planets", "tea", "ink",
]  # fmt: skip
ROWS = [{"id": f"p{i}", "prompt": f"Write a line about {topic}."} for i, topic in enumerate(TOPICS)]
SYSTEM = " ".join(f"Rule {n}: answer in {n} words." for n in range(1, 11))
SAMPLED = ("--temperature", 1, "--samples", 8)
HOOKS = ("resid_post:0,50%,-1", "ln_final", "logits")
MAX_TOKENS = 6


@dataclass(frozen=True)
class Case:
    """A model and its weights."""

    model: str
    weights: str


# Of float32: 25 times what is measured.
EXACT = 1e-5

# As shipped, products round their inputs to 8 bits: a last bit of attention over more rows
# becomes as much as that rounding costs, which depends on the CPU's kernels and is measured
# beside. Two ways are each as far from the exact states, and their worst rows are not the same.
APART = 3

CASES = {"tiny-llama": Case("tiny-llama", "f32"), "smollm2": Case("smollm2", "as-is")}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def case(request):
    return request.param


@pytest.fixture(scope="module")
def make(capture, case, tiny, smollm2, chatml, tmp_path_factory):
    model, chat = (smollm2, chatml) if case.model == "smollm2" else (tiny / f"{case.model}.gguf", ())

    def make(rows, *flags):
        folder = tmp_path_factory.mktemp("batches")
        hooks = [part for hook in HOOKS for part in ("--hooks", hook)]
        weights = () if "--weights" in flags else ("--weights", case.weights)
        wanted = (*weights, "--logprobs", "all", "--max-tokens", MAX_TOKENS, *chat)
        path = write_jsonl(folder / "rows.jsonl", rows)
        return capture.run(folder / "run", model, *hooks, *wanted, "--prompts", path, *flags)

    return make


@pytest.fixture(scope="module")
def alone(make):
    return make(ROWS, "--batch", 1)


@pytest.fixture(scope="module")
def invariant(make):
    return make(ROWS, "--batch-invariant")


@pytest.fixture(scope="module")
def sampled_alone(make):
    return make(ROWS[:1], "--batch", 1, *SAMPLED)


@pytest.fixture(scope="module")
def instructed_alone(make):
    return make(ROWS[:3], "--batch", 1, "--system", SYSTEM)


@pytest.fixture(scope="module")
def allowed(case, make, alone, sampled_alone, instructed_alone):
    """How far each point may be apart between batches."""
    points = [hook for hook in alone.hooks if not hook.endswith("token_id")]
    if case.weights == "f32":
        return dict.fromkeys(points, EXACT)
    exact = ("--batch", 1, "--weights", "f32")
    twins = [
        (alone, make(ROWS, *exact)),
        (sampled_alone, make(ROWS[:1], *exact, *SAMPLED)),
        (instructed_alone, make(ROWS[:3], *exact, "--system", SYSTEM)),
    ]
    costs = dict.fromkeys(points, 0.0)
    for run, twin in twins:
        rows = common_rows(run, twin, pairs(run, twin))
        for hook in points:
            costs[hook] = max(costs[hook], agreement(run.states(hook)[rows[0]], twin.states(hook)[rows[1]]).error)
    print("what the weights' format costs here:", costs)
    return {hook: APART * cost for hook, cost in costs.items()}


def pairs(one, other):
    """The samples that are in both runs."""
    place = {(sample["prompt_id"], sample["sample"]): i for i, sample in enumerate(other.samples)}
    found = [(i, place.get((s["prompt_id"], s["sample"]))) for i, s in enumerate(one.samples)]
    return [(i, j) for i, j in found if j is not None]


def check(allowed, one, other):
    both = pairs(one, other)
    assert len(both) == len(one.samples) == len(other.samples)
    at = common_rows(one, other, both)
    assert len(at[0]) >= sum(sample["prompt_tokens"] for sample in one.samples)
    figures = {
        hook: agreement(one.states(hook)[at[0]], other.states(hook)[at[1]])
        for hook in one.hooks
        if not hook.endswith("token_id")
    }
    for hook, found in figures.items():
        print(f"{hook:28}{found}")
    for hook, found in figures.items():
        assert found.error <= allowed[hook], hook


def check_bits(one, other):
    """All columns of the samples that are in both runs, but for the sample's number."""
    both = pairs(one, other)
    for i, j in both:
        a, b = (run.tokens.slice(run.span(n).start, run.samples[n]["rows"]) for run, n in ((one, i), (other, j)))
        assert a.drop_columns(["sample_id"]).equals(b.drop_columns(["sample_id"]))
        for hook in one.hooks:
            a, b = (run.states(hook)[run.span(n)].tobytes() for run, n in ((one, i), (other, j)))
            assert a == b, (one.samples[i]["prompt_id"], hook)
    return len(both)


@pytest.mark.parametrize("batch", [pytest.param(4, marks=pytest.mark.torture), 16])
def test_batches_of_prompts(allowed, make, alone, batch):
    run = make(ROWS, "--batch", batch)
    assert run.manifest["engine"]["batch"] >= batch
    check(allowed, run, alone)


def test_batch_invariant_prompts_are_those_decoded_alone(invariant, alone, allowed):
    check(allowed, invariant, alone)


def test_batch_invariant_rows_do_not_know_their_neighbours(make, invariant):
    others = [{"id": "other", "prompt": "Something else, and first of all."}, *reversed(ROWS[::3])]
    assert check_bits(make(others, "--batch-invariant"), invariant) == len(ROWS[::3])


def test_batch_invariant_samples_do_not_know_their_neighbours(make):
    few = make([ROWS[6], ROWS[2]], "--batch-invariant", *SAMPLED)
    more = make([ROWS[2], ROWS[9], ROWS[6]], "--batch-invariant", *SAMPLED)
    assert len({sample["response"] for sample in few.samples}) > 8
    assert check_bits(few, more) == len(few.samples) == 16


@pytest.mark.parametrize("flags", [pytest.param(("--batch", 3), marks=pytest.mark.torture), ("--batch", 8), ("--batch-invariant",)], ids=str)
def test_samples_of_one_prompt(allowed, make, sampled_alone, flags):
    check(allowed, make(ROWS[:1], *flags, *SAMPLED), sampled_alone)


@pytest.mark.parametrize("flags", [("--batch", 4), ("--batch-invariant",)], ids=str)
def test_a_common_system_prompt(allowed, make, instructed_alone, flags):
    assert instructed_alone.samples[0]["prompt_tokens"] > 80
    check(allowed, make(ROWS[:3], *flags, "--system", SYSTEM), instructed_alone)


def test_the_same_run_again_has_the_same_bits(make, alone):
    assert check_bits(make(ROWS, "--batch", 1), alone) == len(ROWS)
    assert np.isfinite(alone.states("ln_final.hook_normalized")).all()
