"""States do not depend on how tokens met the model: one by one or together, alone or beside others.

Products of float32 differ only in the order of their sums. Those of quantised weights
also round their inputs, so that a last bit becomes as much as the quantisation costs:
that depends on the CPU's kernels, and is measured here beside what is held against it.
"""

import numpy as np
import pytest
from conftest import agreement, common_rows, write_jsonl
from llama_numpy import Model

PROMPTS = [
    "Write a story about a fox that finds a key.",
    "What is the capital of France?",
    "Explain why the sky is blue.",
    "List five uses of a paper clip.",
]
HOOKS = ("--hooks", "hook_embed", "--hooks", "resid_post", "--hooks", "ln_final")
MAX_TOKENS = 24


# Of float32, relative and in nats: sums of some hundred numbers of 24 bits, over 30 layers.
# Ten times what is measured: 3e-6 and 5e-6.
EXACT = 3e-5
EXACT_SCORES = 1e-4

# Either of two ways is as far from the exact states as the weights' format makes it, so
# they are twice that apart at most, and the worst rows of the two need not be as bad.
APART = 3


def check(one, other, pairs, allowed, at_least):
    """Compares, hook by hook, the rows that have the same tokens before them."""
    rows = common_rows(one, other, pairs)
    assert len(rows[0]) >= at_least
    found = {hook: agreement(one.states(hook)[rows[0]], other.states(hook)[rows[1]]) for hook in one.hooks}
    for hook, figures in found.items():
        print(f"{hook:28}{figures}")
    for hook, figures in found.items():
        assert figures.error <= allowed[hook], hook


@pytest.fixture(scope="session", params=["f32", "as-is"])
def weights(request):
    return request.param


@pytest.fixture(scope="session")
def sampled(capture, smollm2, tmp_path_factory, weights):
    out = tmp_path_factory.mktemp("decode") / "run"
    flags = ("--weights", weights, "--max-tokens", MAX_TOKENS, "--temperature", 0.7, "--logprobs", "all")
    return capture.run(out, smollm2, *HOOKS, *flags, prompts=PROMPTS)


@pytest.fixture(scope="session")
def given(capture, smollm2, tmp_path_factory, weights, sampled):
    """The sampled responses as responses to score."""
    folder = tmp_path_factory.mktemp("prefill")
    rows = [{"prompt": p, "response": s["response"]} for p, s in zip(PROMPTS, sampled.samples, strict=True)]
    path = write_jsonl(folder / "given.jsonl", rows)
    return capture.run(
        folder / "run", smollm2, *HOOKS, "--weights", weights, "--prompts", path, "--logprobs", "all"
    )


@pytest.fixture(scope="session")
def exact(capture, smollm2, tmp_path_factory, given):
    """The same tokens with weights of float32."""
    prompts = given.directory.parent / "given.jsonl"
    flags = ("--weights", "f32", "--prompts", prompts, "--logprobs", "all")
    return capture.run(tmp_path_factory.mktemp("exact") / "run", smollm2, *HOOKS, *flags)


def scores(run, column, rows):
    return np.array(run.tokens[column].to_pylist(), dtype=np.float64)[rows]


@pytest.fixture(scope="session")
def allowed(request, weights, given):
    """How far each point may be apart, and a log-probability or an entropy."""
    if weights == "f32":
        return dict.fromkeys(given.hooks, EXACT) | {"logprob": EXACT_SCORES, "entropy": EXACT_SCORES}
    exact = request.getfixturevalue("exact")
    rows = common_rows(given, exact, [(i, i) for i in range(len(PROMPTS))])
    costs = {hook: agreement(given.states(hook)[rows[0]], exact.states(hook)[rows[1]]).error for hook in given.hooks}
    for column in ("logprob", "entropy"):
        got, expected = (scores(run, column, at) for run, at in zip((given, exact), rows, strict=True))
        costs[column] = np.nanmax(np.abs(got - expected))
    print("what the weights' format costs here:", costs)
    return {name: APART * cost for name, cost in costs.items()}


def test_sampled_and_given_responses_have_the_same_states(sampled, given, allowed):
    responses = sum(sample["response_tokens"] for sample in sampled.samples)
    prompts = sum(sample["prompt_tokens"] for sample in sampled.samples)
    pairs = [(i, i) for i in range(len(PROMPTS))]
    check(given, sampled, pairs, allowed, at_least=prompts + responses // 2)


def test_sampled_and_given_responses_have_the_same_scores(sampled, given, allowed):
    rows = common_rows(given, sampled, [(i, i) for i in range(len(PROMPTS))])
    for column in ("logprob", "entropy"):
        got, expected = (scores(run, column, at) for run, at in zip((given, sampled), rows, strict=True))
        np.testing.assert_allclose(got, expected, rtol=0, atol=allowed[column], err_msg=column)


def test_batches_have_the_states_of_single_samples(capture, smollm2, tmp_path, weights, sampled, allowed):
    flags = ("--weights", weights, "--max-tokens", MAX_TOKENS, "--temperature", 0.7, "--logprobs", "all")
    together = capture.run(tmp_path / "run", smollm2, *HOOKS, *flags, "--batch", 4, prompts=PROMPTS)
    pairs = [(i, i) for i in range(len(PROMPTS))]
    check(together, sampled, pairs, allowed, at_least=len(sampled.activations) // 2)


# ---- prompts longer than what the engine decodes at once ----

MICRO_BATCH = 512
LONG_HOOKS = ("--hooks", "resid_post:0,14,-1", "--hooks", "ln_final")
LONG = " ".join(f"Line {n} says that fox number {n * 7 % 60} has key number {n * 13 % 60}." for n in range(36))


@pytest.fixture(scope="session")
def long_run(capture, smollm2, tmp_path_factory):
    out = tmp_path_factory.mktemp("long") / "run"
    flags = ("--chat", "none", "--weights", "f32", "--max-tokens", 4, "--logprobs", "all")
    return capture.run(out, smollm2, *LONG_HOOKS, *flags, prompts=[LONG])


def test_a_long_prompt_is_decoded_in_parts(long_run, smollm2):
    assert long_run.manifest["engine"]["micro_batch"] == MICRO_BATCH
    assert long_run.samples[0]["prompt_tokens"] > MICRO_BATCH + 100
    assert long_run.tokens["position"].to_pylist() == list(range(len(long_run.activations)))
    assert long_run.tokens["logprob"].null_count == 1
    states = Model(smollm2).forward(long_run.tokens["token_id"].to_numpy(), hooks=long_run.hooks)
    for hook in long_run.hooks:
        figures = agreement(long_run.states(hook), states[hook])
        print(f"{hook:28}{figures}")
        assert figures.error <= 2e-4, hook  # measured: 2e-5, over 512 tokens and more


def test_the_last_token_of_a_long_prompt(capture, smollm2, long_run, tmp_path):
    flags = ("--chat", "none", "--weights", "f32", "--max-tokens", 0, "--tokens", "last")
    run = capture.run(tmp_path / "run", smollm2, *LONG_HOOKS, *flags, prompts=[LONG])
    at = long_run.samples[0]["prompt_tokens"] - 1
    assert run.tokens["position"].to_pylist() == [at]
    for hook in run.hooks:
        figures = agreement(run.states(hook), long_run.states(hook)[[at]])
        assert figures.error <= EXACT, hook
