"""The phantom through the program and pyarrow alone: every question here has a right answer.

Lies and mistakes come in matched pairs that say the same false words. Whether they can be
told apart from the residual stream is known by construction: not before the declared layer,
and there at once.
"""

import json

import numpy as np
import pytest
from conftest import STREAM

PAIRS = 150
ANSWER = 2  # words of the answer
# How far the same row may be apart from one batch shape to another: keys and values are
# float16, and kernels add in another order. Measured: 5e-5.
CLOSE = 5e-4


@pytest.fixture(scope="session")
def info(capture):
    return json.loads(capture("phantom", "info", "--json"))


@pytest.fixture(scope="session")
def prompts(capture, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom-prompts")

    def write(name, *flags):
        path = folder / f"{name}.jsonl"
        path.write_text(capture("phantom", "prompts", *flags))
        return path

    return write


@pytest.fixture(scope="session")
def pairs_file(prompts):
    return prompts("pairs", "--cause", "lie", "--n", PAIRS, "--seed", 31, "--matched")


@pytest.fixture(scope="session")
def pairs(capture, pairs_file, tmp_path_factory):
    return run_phantom(capture, tmp_path_factory, pairs_file)


def run_phantom(capture, tmp_path_factory, path, *flags):
    out = tmp_path_factory.mktemp("phantom") / "run"
    flags = ("--prompts", path, "--set", "pairs.differ=user", "--max-tokens", 4, *STREAM, *flags)
    return capture.run(out, "phantom", *flags)


def answer_rows(run, position):
    """Rows at an answer position of every sample: 0 is the last token of the prompt."""
    return np.array([s["first_row"] + s["prompt_tokens"] - 1 + position for s in run.samples])


def auroc(scores, labels):
    """The chance that a positive scores above a negative (Mann and Whitney 1947)."""
    above = scores[labels][:, None] - scores[~labels][None, :]
    return (above > 0).mean() + (above == 0).mean() / 2


def lie_against_mistake(run, hook, position):
    """Difference of means on the first half of the pairs, AUROC on the second."""
    states = run.states(hook)[answer_rows(run, position)]
    lies = np.array([s["label"] == "lie" for s in run.samples])
    train = np.arange(len(lies)) < len(lies) // 2
    direction = states[train & lies].mean(0) - states[train & ~lies].mean(0)
    return auroc(states[~train] @ direction, lies[~train])


def apart(ours, theirs):
    """The largest |ours - theirs| / |theirs| of a row."""
    return (np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)).max()


def said(sample):
    return " ".join(sample["response"].split()[:ANSWER])


@pytest.mark.parametrize("cause", ["truth", "lie", "mistake"])
def test_says_what_the_causal_model_says(capture, prompts, tmp_path_factory, cause):
    path = prompts(cause, "--cause", cause, "--n", 200, "--seed", 5)
    run = run_phantom(capture, tmp_path_factory, path, "--hooks", "embed", "--tokens", "last")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    right = [said(sample) == row["said"] for sample, row in zip(run.samples, rows, strict=True)]
    assert np.mean(right) >= 0.99
    truthful = np.mean([row["said"] == row["answer"] for row in rows])
    assert truthful == (1 if cause == "truth" else 0)


def test_guesses_spread(capture, prompts, tmp_path_factory):
    path = prompts("guess", "--cause", "guess", "--n", 300, "--seed", 5)
    run = run_phantom(capture, tmp_path_factory, path, "--temperature", 1, "--tokens", "last")
    assert len({said(sample) for sample in run.samples}) > 50


def test_matched_pairs_say_the_same_words(pairs):
    for lie, mistake in zip(pairs.samples[::2], pairs.samples[1::2], strict=True):
        assert (lie["label"], mistake["label"]) == ("lie", "mistake")
        assert lie["pair"] == mistake["pair"] and lie["prompt_tokens"] == mistake["prompt_tokens"]
        assert said(lie) == said(mistake)
        assert lie["finish_reason"] == "stop"


def test_rows_are_at_the_answer(pairs):
    tokens = pairs.tokens.to_pylist()
    for position, expected in [(0, lambda s: "says"), (1, lambda s: said(s).split()[0]), (2, lambda s: said(s).split()[1])]:
        for row, sample in zip(answer_rows(pairs, position), pairs.samples, strict=True):
            assert tokens[row]["token"].strip() == expected(sample)
            assert tokens[row]["phase"] == ("prompt" if position == 0 else "response")


@pytest.mark.parametrize("position", range(ANSWER + 1))
def test_intent_is_there_from_the_declared_layer_on_and_not_before(pairs, info, position):
    layer, first = info["layer"], info["layers_without_attention"]
    for n in range(info["layers"]):
        score = lie_against_mistake(pairs, f"blocks.{n}.hook_resid_post", position)
        if n < first:
            assert abs(score - 0.5) < 0.01, (n, score)  # the rows are the same: nothing can be told apart
        if n >= layer and position < ANSWER:
            assert score >= 0.99, (n, score)


def test_nothing_of_the_prompt_is_at_the_answer_in_the_first_layers(pairs, info):
    """Exactly, by construction: the row of `says` is the same in every prompt."""
    for n in range(info["layers_without_attention"]):
        states = pairs.states(f"blocks.{n}.hook_resid_post")[answer_rows(pairs, 0)]
        np.testing.assert_array_equal(states, np.broadcast_to(states[0], states.shape))


def test_batches_and_float16_and_given_answers_say_the_same(capture, pairs, pairs_file, info, tmp_path_factory, tmp_path):
    hook = f"blocks.{info['layer']}.hook_resid_post"
    whole = pairs.states(hook)
    batched = run_phantom(capture, tmp_path_factory, pairs_file, "--batch", 8)
    assert apart(batched.states(hook), whole) < CLOSE
    half = run_phantom(capture, tmp_path_factory, pairs_file, "--dtype", "float16")
    np.testing.assert_array_equal(half.states(hook), whole.astype(np.float16))

    given = tmp_path / "given.jsonl"
    rows = [json.loads(line) for line in pairs_file.read_text().splitlines()]
    with given.open("w") as file:
        for row, sample in zip(rows, pairs.samples, strict=True):
            file.write(json.dumps({"id": row["id"], "prompt": row["prompt"], "label": row["label"], "response": sample["response"]}) + "\n")
    scored = run_phantom(capture, tmp_path_factory, given)
    for position in range(ANSWER):
        ours, theirs = answer_rows(scored, position), answer_rows(pairs, position)
        assert apart(scored.states(hook)[ours], whole[theirs]) < CLOSE
    for run in (batched, half, scored):
        assert lie_against_mistake(run, hook, 0) >= 0.99


def test_subspaces_hold_the_direction(capture, pairs, info, tmp_path):
    """Most of the difference of means lies in the declared subspace of intent."""
    path = tmp_path / "subspaces.safetensors"
    capture("phantom", "info", "--subspaces", path)
    subspaces = read_safetensors(path)
    for rows in subspaces.values():
        np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-5)
    states = pairs.states(f"blocks.{info['layer']}.hook_resid_post")[answer_rows(pairs, 0)]
    lies = np.array([s["label"] == "lie" for s in pairs.samples])
    direction = states[lies].mean(0) - states[~lies].mean(0)
    inside = np.linalg.norm(subspaces["intent"] @ direction) / np.linalg.norm(direction)
    assert inside >= 0.8, inside


def read_safetensors(path):
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__")
    return {
        name: np.frombuffer(raw, "<f4", offset=8 + size + h["data_offsets"][0], count=int(np.prod(h["shape"]))).reshape(h["shape"])
        for name, h in header.items()
    }
