"""Stop texts: which tokens they take from a response, and what goes on behind one."""

import re

import numpy as np
import pytest
from conftest import agreement

QUESTIONS = ["Tell me about the tides.", "What is the capital of France? Say it in three sentences."]
HOOKS = ("--hooks", "resid_post:0,-1")

# Attention, windows and chunks with caches that wrap, states, and both.
ATTENTION = ["llama", "gemma3", "olmo3", "cohere2", "gpt-oss", "llama4"]
RECURRENT = ["mamba", "jamba", "falcon-h1", "rwkv7", "lfm2", "qwen3next"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("stop")


@pytest.fixture(scope="module")
def make(capture, smollm2, chatml, folder):
    def make(question, *flags):
        number = sum(1 for _ in folder.iterdir())
        return capture.run(
            folder / f"run{number}", smollm2, *HOOKS, *chatml, "--batch-invariant", "--max-tokens", 20, *flags, prompts=[question]
        )

    return make


@pytest.fixture(scope="module", params=QUESTIONS)
def plain(request, make):
    """A run without a stop text, to find texts in."""
    return request.param, make(request.param)


def own(run, sample=0):
    """The rows of a sample's response and of what lies behind it."""
    return [row for row in run.rows(sample) if row["phase"] == "response"]


def stop_texts(tokens):
    """Texts that end a response of these tokens within it, and the byte at which they begin: over several tokens,
    from within one, and to within one."""
    text = "".join(tokens)
    starts = np.cumsum([0] + [len(t) for t in tokens]).tolist()
    found = {}
    for i in range(3, len(tokens) - 4):
        if len(tokens[i]) > 2 and len(tokens[i + 2]) > 2:
            for name, (at, to) in {
                "several": (starts[i], starts[i + 3]),
                "within": (starts[i] + 1, starts[i + 2]),
                "to within": (starts[i], starts[i + 3] - 1),
                "inside one": (starts[i] + 1, starts[i + 1] - 1),
            }.items():
                if text.index(text[at:to]) == at:
                    found.setdefault(name, (at, text[at:to]))
    assert found.keys() == {"several", "within", "to within", "inside one"}
    return found


@pytest.mark.parametrize("kind", ["several", "within", "to within", "inside one"])
def test_tokens_of_a_stop_text_are_marked_and_left_out(capture, make, plain, kind):
    question, whole = plain
    tokens = [row["token"] for row in own(whole)]
    at, text = stop_texts(tokens)[kind]
    starts = np.cumsum([0] + [len(t) for t in tokens]).tolist()
    last = next(i for i in range(len(tokens)) if starts[i + 1] >= at + len(text))  # the token that completes it
    answer = sum(start < at for start in starts[: last + 1])

    run = make(question, "--stop", text)
    (sample,) = run.samples
    assert sample["response"] == "".join(tokens)[:at]
    assert (sample["finish_reason"], sample["response_tokens"], sample["stop_tokens"]) == ("stop", answer, last + 1 - answer)
    rows = own(run)
    assert [row["stop"] for row in rows] == [False] * answer + [True] * (last + 1 - answer)
    assert [row | {"stop": False} for row in rows] == own(whole)[: last + 1]  # each with its own state and scores
    assert sample["logprob"] == pytest.approx(sum(row["logprob"] for row in rows[:answer]), abs=1e-6)
    for hook in run.hooks:
        assert run.flat(hook).tobytes() == whole.flat(hook)[: len(run.flat(hook))].tobytes(), hook
    capture("verify", run.directory)
    capture("replay", run.directory)

    for expression, wanted in {"answer": range(answer), "last_content": [answer - 1], "response[:-2]": range(answer - 2), "stop | prompt[0]": None}.items():
        some = make(question, "--stop", text, "--tokens", expression, "--reduce", "mean")
        if wanted is None:
            assert [row["token"] for row in some.rows(0)[1:]] == tokens[answer : last + 1]
            continue
        positions = [sample["prompt_tokens"] + i for i in wanted]
        assert [row["position"] for row in some.rows(0)] == positions
        for hook in run.hooks:
            mean = some.samples_table[f"{hook}.mean"].combine_chunks().to_numpy_ndarray()[0]
            np.testing.assert_allclose(mean, whole.flat(hook)[positions].mean(0), rtol=0, atol=2e-5 * np.abs(mean).max(), err_msg=f"{hook} of {expression}")


def test_the_text_that_begins_first_ends_the_response(make, plain):
    question, whole = plain
    tokens = [row["token"] for row in own(whole)]
    at, text = stop_texts(tokens)["several"]
    for stops in ((text, text[1:]), (text[1:], text)):
        run = make(question, *(part for stop in stops for part in ("--stop", stop)))
        assert run.samples[0]["response"] == "".join(tokens)[:at]


def test_a_response_may_be_all_stop_text(capture, make, plain):
    question, whole = plain
    first = own(whole)[0]["token"]
    run = make(question, "--stop", first)
    (sample,) = run.samples
    assert (sample["response"], sample["response_tokens"], sample["stop_tokens"], sample["logprob"]) == ("", 0, 1, None)
    capture("verify", run.directory)


def experiment(texts, most, followups, rows, options, samples):
    return {
        "prompts": {"rows": rows},
        "chat": "none",
        "generate": {"max_tokens": most, "stop": texts, "temperature": 1, "samples": samples},
        "capture": {"hooks": ["embed", "resid_post:0,-1"], "logprobs": "all"},
        "alternatives": [{"name": "end", "options": options, "at": "end"}],
        "followups": followups,
        "engine": {"weights": "f32", "batch_invariant": True},  # else who is decoded with whom differs
    }


def stop_within(run):
    """A sample, the number of a token of its response, and a text of two tokens that stands there and nowhere before."""
    for sample in range(len(run.samples)):
        tokens = [row["token"] for row in own(run, sample)]
        for i in range(2, len(tokens) - 3):
            part, before = raw(tokens[i : i + 2]), raw(tokens[:i])
            if len(part) > 2 and part.isascii() and part.isalnum() and (before + part).find(part) == len(before):
                return sample, i, part.decode()
    pytest.fail("no response has such a text")


def raw(tokens):
    parts = re.split(r"<0x([0-9A-F]{2})>", "".join(tokens))
    return b"".join(bytes.fromhex(p) if i % 2 else p.encode() for i, p in enumerate(parts))


@pytest.mark.parametrize("name", ATTENTION + RECURRENT)
def test_what_is_asked_goes_on_from_before_the_stop_text(capture, tiny, folder, name):
    """As in a run whose responses end there by max_tokens: nothing lies behind them in the cache."""
    model = tiny / f"tiny-{name}.gguf"
    rows = [{"id": "a", "prompt": "the tides come in and go out again, " * 4}]
    options = ["a", "b"] if name in RECURRENT else ["yes, it is", "no"]  # several tokens need a place to go back to
    asked = [{"name": "so", "ask": " Is it so?", "alternatives": options}, {"name": "why", "ask": " Why is that so, and not so?", "response": " I say so."}]
    whole = capture.experiment(folder / name, model, experiment([], 24, [], rows, options, 60), name="whole")
    number, answer, stop = stop_within(whole)
    stopped = capture.experiment(folder / name, model, experiment([stop], 24, asked, rows, options, number + 1), name="stopped")
    short = capture.experiment(folder / name, model, experiment([], answer, asked, rows, options, number + 1), name="short")
    at = number * 3
    parent = stopped.samples[at]
    assert (parent["response_tokens"], parent["stop_tokens"]) == (answer, 2)
    assert parent["response"] == short.samples[at]["response"]
    for i in range(at, at + 3):
        got, expected = stopped.samples[i], short.samples[i]
        assert got["alternative_logprobs"] == pytest.approx(expected["alternative_logprobs"], abs=2e-3), got["prompt_id"]
        assert got["logprob"] == pytest.approx(expected["logprob"], abs=2e-3), got["prompt_id"]
        if i == at:
            continue
        assert got["first_position"] == expected["first_position"] == parent["prompt_tokens"] + answer
        assert [r["token_id"] for r in stopped.rows(i)] == [r["token_id"] for r in short.rows(i)]
        for hook in stopped.hooks:
            assert agreement(stopped.flat(hook)[stopped.span(i)], short.flat(hook)[short.span(i)]).error <= 1e-3, (hook, got["prompt_id"])
    capture("verify", stopped.directory)
