"""Log-probabilities of alternatives: those of the same texts read whole, token by token."""

import numpy as np
import pytest
from conftest import spelled
from llama_numpy import Model
from predictions import predict

OPTIONS = ["TRUE", "Yes, it is", "No\u2603"]
ALTERNATIVES = [
    {"name": "verdict", "options": OPTIONS, "at": "response"},
    {"name": "after", "options": [" Really", " I am not sure"], "at": "end"},
    {"name": "claim", "options": [" metal", " and so on"], "at": "span:claim"},
    {"name": "early", "options": [" said that", "'s"], "at": "span:early"},
]
SYSTEM = "You are a careful helper, who answers every question in a few words, and Tom is your friend."
ROWS = [
    {"id": "tin", "prompt": "Is it true that tin is a metal?", "spans": {"claim": "tin is a metal"}},
    {"id": "ice", "prompt": "Is it true that ice is hot, as they say?", "spans": {"claim": "ice is hot"}},
    {"id": "given", "prompt": "Is it true that tea is blue?", "response": "Never.", "spans": {"claim": "tea"}},
    {"id": "empty", "prompt": "Is it true that tea is tea?", "response": "", "spans": {"claim": "tea is tea"}},
]
TOLERANCE = 1e-4  # nats; of weights of float32


def spec(**more):
    return {
        "prompts": {"rows": ROWS},
        "chat": {"system": SYSTEM},
        "generate": {"max_tokens": 4, "samples": 2, "temperature": 1},
        "capture": {"hooks": ["resid_post:-1"], "tokens": "last"},
        "spans": [{"name": "early", "text": "Tom", "in": "system"}],
        "alternatives": ALTERNATIVES,
        "engine": {"weights": "f32"},
    } | more


def before(sample, at):
    """The text behind which an alternative is asked for."""
    prompt = sample["prompt"]
    match at:
        case "response":
            return prompt
        case "end":
            return prompt + sample["response"]
        case "span:early":
            return prompt[: prompt.index("Tom") + 3]
    span = next(row["spans"]["claim"] for row in ROWS if row["id"] == sample["prompt_id"])
    return prompt[: prompt.index(span) + len(span)]


@pytest.fixture(scope="module")
def run(capture, smollm2, tmp_path_factory):
    return capture.experiment(tmp_path_factory.mktemp("alternatives"), smollm2, spec())


@pytest.fixture(scope="module")
def whole(capture, smollm2, tmp_path_factory, run):
    """Every text with every option behind it, read as raw text: its tokens and their scores."""
    texts = sorted({before(s, a["at"]) + o for s in run.samples for a in ALTERNATIVES for o in a["options"]})
    folder = tmp_path_factory.mktemp("whole")
    flags = ("--chat", "none", "--weights", "f32", "--max-tokens", 0, "--logprobs", "all", "--hooks", "resid_post:0")
    read = capture.run(folder / "run", smollm2, *flags, prompts=texts)
    return {text: read.rows(s["sample_id"]) for text, s in zip(texts, read.samples, strict=True)}


def tail(rows, start):
    """The number of the first token of what stands behind a text."""
    at = next(i for i in range(len(rows)) if spelled(r["token"] for r in rows[:i]) == start)
    assert at > 0
    return at


def test_every_option_is_scored_as_if_it_were_read(run, whole):
    several = 0
    for sample in run.samples:
        names = [f"{a['name']}:{o}" for a in ALTERNATIVES for o in a["options"]]
        assert sample["alternatives"] == names
        places = [(a["at"], o) for a in ALTERNATIVES for o in a["options"]]
        for (at, option), got in zip(places, sample["alternative_logprobs"], strict=True):
            start = before(sample, at)
            rows = whole[start + option]
            rest = rows[tail(rows, start) :]
            several += len(rest) > 1
            expected = sum(row["logprob"] for row in rest)
            assert got == pytest.approx(expected, abs=TOLERANCE), (sample["prompt_id"], at, option)
    assert several > 20


def test_the_reference_says_the_same(run, smollm2, whole):
    model = Model(smollm2)
    end = "ln_final.hook_normalized"
    sample = run.samples[0]
    for at, option in (("response", "Yes, it is"), ("end", " Really"), ("span:claim", " and so on"), ("span:early", "'s")):
        start = before(sample, at)
        rows = whole[start + option]
        tokens = np.array([row["token_id"] for row in rows])
        scores = predict(model, model.forward(tokens, hooks={end})[end], tokens).next_logprob[:-1]
        name = next(a["name"] for a in ALTERNATIVES if a["at"] == at)
        got = sample["alternative_logprobs"][sample["alternatives"].index(f"{name}:{option}")]
        assert got == pytest.approx(float(scores[tail(rows, start) - 1 :].sum()), abs=2e-3), (at, option)


def test_an_option_is_scored_as_a_given_response(capture, smollm2, run, tmp_path):
    rows = [{"id": o, "prompt": ROWS[0]["prompt"], "response": o} for o in OPTIONS]
    given = {"prompts": {"rows": rows}, "chat": {"system": SYSTEM}, "capture": {"hooks": ["resid_post:0"]}, "engine": {"weights": "f32"}}
    scored = capture.experiment(tmp_path, smollm2, given)
    for sample, got in zip(scored.samples, run.samples[0]["alternative_logprobs"], strict=False):
        *option, end = [r for r in scored.rows(sample["sample_id"]) if r["phase"] == "response"]
        assert end["token"] == "<|im_end|>"
        assert got == pytest.approx(sum(r["logprob"] for r in option), abs=TOLERANCE), sample["prompt_id"]


def test_behind_an_empty_response_is_where_it_begins(capture, smollm2, tmp_path):
    asked = [{"name": n, "options": OPTIONS, "at": n} for n in ("response", "end")]
    changed = spec(prompts={"rows": ROWS[3:]}, alternatives=asked)
    (sample,) = capture.experiment(tmp_path, smollm2, changed).samples
    assert sample["response"] == ""
    n = len(OPTIONS)
    np.testing.assert_allclose(sample["alternative_logprobs"][:n], sample["alternative_logprobs"][n:], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("engine", [{"batch": 8}, pytest.param({"batch_invariant": True}, marks=pytest.mark.torture)], ids=str)
def test_batches_change_nothing(capture, smollm2, run, tmp_path, engine):
    other = capture.experiment(tmp_path, smollm2, spec(engine={"weights": "f32"} | engine), "--set", "capture.group=3")
    for a, b in zip(run.samples, other.samples, strict=True):
        assert a["response"] == b["response"]
        np.testing.assert_allclose(a["alternative_logprobs"], b["alternative_logprobs"], rtol=0, atol=TOLERANCE)
    capture("verify", other.directory)
    assert "identical" in capture("replay", other.directory)


def test_alternatives_do_not_touch_the_rows(capture, smollm2, tmp_path):
    """The answers and their rows are those of a run that asks nothing, to the bit where each is decoded alone.

    Otherwise a prompt that is asked in is shared up to there alone, which makes other batches."""
    rows = {"capture": {"hooks": ["resid_post:0,-1"], "logprobs": "all"}, "engine": {"batch_invariant": True}}
    one = capture.experiment(tmp_path, smollm2, spec(**rows), name="asked")
    none = capture.experiment(tmp_path, smollm2, spec(alternatives=[], **rows), name="not-asked")
    assert one.tokens.equals(none.tokens)
    for hook in one.hooks:
        assert one.states(hook).tobytes() == none.states(hook).tobytes()


def test_raw_text(capture, smollm2, tmp_path):
    """Behind the very first token, and behind a response without any token."""
    rows = [{"id": "a", "prompt": "Paris is a city.", "response": "", "spans": {"first": "Paris"}}]
    asked = [{"name": n, "options": [" in", " of the sea"], "at": at} for n, at in (("f", "span:first"), ("r", "response"), ("e", "end"))]
    changed = spec(prompts={"rows": rows}, chat={"template": "none"}, spans=[], alternatives=asked)
    (sample,) = capture.experiment(tmp_path, smollm2, changed).samples
    flags = ("--chat", "none", "--weights", "f32", "--max-tokens", 0, "--logprobs", "all", "--hooks", "resid_post:0")
    starts = ["Paris", "Paris is a city.", "Paris is a city."]
    texts = [s + o for s in starts for o in asked[0]["options"]]
    read = capture.run(tmp_path / "whole", smollm2, *flags, prompts=texts)
    for n, (start, got) in enumerate(zip([s for s in starts for _ in range(2)], sample["alternative_logprobs"], strict=True)):
        rows = read.rows(n)
        assert got == pytest.approx(sum(r["logprob"] for r in rows[tail(rows, start) :]), abs=TOLERANCE), texts[n]
