"""capture.tokens, reductions and spans against masks that are made of the columns of a run of all tokens."""

import numpy as np
import pandas as pd
import pytest
from conftest import spelled

HOOKS = ["resid_post:0,-1"]
HOOK = "blocks.29.hook_resid_post"
ROWS = [
    {"id": "city", "prompt": "Is it true that Paris is in France?"},
    {"id": "given", "prompt": "Say that Paris is in France.", "response": "Paris is in France. So be it."},
    {"id": "system", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where? Paris is in France!"}]},
    {"id": "begun", "messages": [{"role": "user", "content": "Paris is in France?"}, {"role": "assistant", "content": "I think"}]},
]
SPANS = [{"name": "claim", "text": "Paris is in France", "in": "user"}, {"name": "word", "regex": "[A-Za-z]+", "in": "response", "all": True}]


def spec(tokens, **more):
    return {
        "prompts": {"rows": ROWS},
        "spans": SPANS,
        "generate": {"max_tokens": 8},
        "capture": {"hooks": HOOKS, "tokens": tokens} | more,
    }


@pytest.fixture(scope="module")
def whole(capture, smollm2, tmp_path_factory):
    return capture.experiment(tmp_path_factory.mktemp("tokens"), smollm2, spec("all"), name="all")


def last(mask: pd.Series) -> pd.Series:
    return mask & (np.arange(len(mask)) == np.flatnonzero(mask).max(initial=-1))


def ended(s: pd.DataFrame) -> pd.Series:
    return (s["phase"] == "response") & (s["token"] == "<|im_end|>")


def response(s: pd.DataFrame) -> pd.Series:
    return s["phase"] == "response"


def within(s: pd.DataFrame, name: str) -> pd.Series:
    return s["spans"].map(lambda names: name in names)


def but_last(mask: pd.Series, n: int) -> pd.Series:
    return mask & (mask.cumsum() <= mask.sum() - n)


MASKS = {
    "response[:-2]": lambda s: but_last(response(s), 2),
    "response[1:3]": lambda s: response(s) & response(s).cumsum().between(2, 3),
    "last": lambda s: pd.Series(np.arange(len(s)) == len(s) - 1, s.index),
    "last_content | span:claim": lambda s: last(response(s) & ~ended(s)) | within(s, "claim"),
    "first_generated": lambda s: response(s) & (response(s).cumsum() == 1),
    "end_of_turn | user": lambda s: ended(s) | (s["role"] == "user"),
    "every:4": lambda s: s["position"] % 4 == 0,
    "answer & span:word": lambda s: response(s) & ~ended(s) & within(s, "word"),
    "prompt & !template": lambda s: (s["phase"] == "prompt") & (s["role"] != "template"),
    "prefill | response[-1]": lambda s: ((s["phase"] == "prompt") & (s["role"] == "assistant")) | last(response(s)),
}


@pytest.mark.parametrize("expression", MASKS)
def test_expressions_select_what_the_columns_say(capture, smollm2, whole, tmp_path, expression):
    run = capture.experiment(tmp_path, smollm2, spec(expression))
    every = whole.tokens.to_pandas()
    mask = every.groupby("sample_id", group_keys=False)[every.columns].apply(MASKS[expression]).to_numpy()
    assert mask.any()
    wanted = whole.tokens.filter(mask)
    assert run.tokens.equals(wanted), expression
    for hook in run.hooks:
        assert run.states(hook).tobytes() == whole.states(hook)[mask].tobytes()
    capture("verify", run.directory)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_reductions_are_those_of_the_rows(capture, smollm2, tmp_path, dtype):
    beside = capture.experiment(tmp_path, smollm2, spec("response | span:claim", reduce=["mean", "last", "max"], dtype=dtype), name="beside")
    instead = capture.experiment(tmp_path, smollm2, spec("response | span:claim", reduce=["mean", "last", "max"], dtype=dtype, rows=False), name="instead")
    assert len(instead.activations) == 0
    reduced = {}
    for kind in ("mean", "last", "max"):
        a, b = (np.array([s[f"{HOOK}.{kind}"] for s in r.samples], dtype=np.float32) for r in (beside, instead))
        assert a.tobytes() == b.tobytes(), kind
        reduced[kind] = a
    for sample in beside.samples:
        i = sample["sample_id"]
        x = beside.states(HOOK)[beside.span(i)].astype(np.float32)
        assert sample["reduced_tokens"] == len(x) > 1
        total = np.zeros(x.shape[1], np.float32)
        for row in x:  # in the order of positions
            total += row
        np.testing.assert_allclose(reduced["mean"][i], total / np.float32(len(x)), rtol=3e-7)
        assert reduced["last"][i].tobytes() == x[-1].tobytes()
        assert reduced["max"][i].tobytes() == x.max(axis=0).tobytes()
    for run in (beside, instead):
        capture("verify", run.directory)


# Characters that a tokenizer cuts into several tokens, joins with others, or would like to normalise.
NASTY = ["🙂", "👨‍👩‍👧", "한국어", "e\u0301", "日本語", "\u200d", "ﬁ", "Ａ", "ß", "\u00a0", "𝒳", "नि", "<|im_start|>", "a\tb", "''", "\u202eabc"]


def test_spans_hold_every_byte_of_their_text(capture, smollm2, tmp_path):
    rows = [{"id": str(i), "prompt": f"so x{c}y it is", "spans": {"mark": c}} for i, c in enumerate(NASTY)]
    run = capture.experiment(tmp_path, smollm2, {"prompts": {"rows": rows}, "generate": {"max_tokens": 0}, "capture": {"hooks": ["resid_post:0"], "tokens": "user"}})
    for c, sample in zip(NASTY, run.samples, strict=True):
        tokens = run.rows(sample["sample_id"])
        assert spelled(t["token"] for t in tokens) == f"so x{c}y it is", c
        inside = [bool(t["spans"]) for t in tokens]
        first, end = inside.index(True), len(inside) - inside[::-1].index(True)
        assert all(inside[first:end]), c
        before, at = (spelled(t["token"] for t in part) for part in (tokens[:first], tokens[first:end]))
        assert c in at or spelled(t["token"] for t in tokens[first:]).startswith(c), c
        # What is marked and is not of the text belongs to tokens that reach over its edges.
        assert len(tokens[first]["token"]) == 0 or not (before + tokens[first]["token"]).endswith("x"), c
