"""Which tokens are written, and what is summed up of them, against masks that pandas makes of a run of all."""

import numpy as np
import pandas as pd
import pytest
from conftest import spelled

HOOKS = ["resid_post:0,-1", "blocks.3.attn.hook_z"]
ROWS = [
    {"id": "a", "prompt": "Is it true that tin is a metal?", "spans": {"claim": "tin is a metal"}},
    {"id": "b", "messages": [{"role": "system", "content": "Lie."}, {"role": "user", "content": "Hello"},
                             {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "So tin is odd \U0001f600!"}],
     "spans": {"claim": "tin is odd \U0001f600"}},
    {"id": "given", "prompt": "Is tea blue?", "response": "No [think] it is [/think] green, I say green.", "spans": {"claim": "tea"}},
    {"id": "open", "prompt": "Is tea red?", "response": "I [think] about it", "spans": {"claim": "tea"}},
    {"id": "empty", "prompt": "Is tea wet?", "response": "", "spans": {"claim": "tea"}},
]  # fmt: skip
SPANS = [{"name": "green", "text": "green", "in": "response", "all": True}, {"name": "word", "regex": "[a-z]+ing|is", "in": "response", "all": True}]


def spec(tokens="all", reduce=(), **capture):
    return {
        "prompts": {"rows": ROWS},
        "chat": {"reasoning": "[think] [/think]"},
        "generate": {"max_tokens": 9, "samples": 2, "temperature": 1, "stop": [" the"]},
        "spans": SPANS,
        "capture": {"hooks": HOOKS, "tokens": tokens, "reduce": list(reduce)} | capture,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tokens")


@pytest.fixture(scope="module")
def whole(capture, smollm2, folder):
    return capture.experiment(folder, smollm2, spec(), name="all")


@pytest.fixture(scope="module")
def frame(whole):
    """Every token, with what the samples say of it."""
    f = whole.tokens.to_pandas()
    samples = pd.DataFrame(whole.samples).set_index("sample_id")
    f["ends"] = (f["token"] == "<|im_end|>") & (f["phase"] == "response")
    f["number"] = f.groupby(["sample_id", "phase"], observed=True).cumcount()
    f["prompt_tokens"] = f["sample_id"].map(samples["prompt_tokens"])
    f["claim"] = [("claim" in s) for s in f["spans"]]
    f["green"] = [("green" in s) for s in f["spans"]]
    f["response"] = f["phase"] == "response"
    return f


def sliced(f, mask, *bounds):
    """A Python slice of what a mask takes of each sample."""
    out = pd.Series(False, index=f.index)
    for _, part in f[mask].groupby("sample_id"):
        out[part.index[slice(*bounds)]] = True
    return out


EXPRESSIONS = {
    "prompt": lambda f: ~f.response,
    "response": lambda f: f.response,
    "response[:-5] | last": lambda f: sliced(f, f.response, None, -5) | sliced(f, f.response | True, -1, None),
    "response[2:-2], last": lambda f: sliced(f, f.response, 2, -2) | sliced(f, f.position >= 0, -1, None),
    "response[-3:-1]|prompt[0]": lambda f: sliced(f, f.response, -3, -1) | (f.position == 0),
    "response[-2] | last": lambda f: sliced(f, f.response, -2, -1) | sliced(f, f.position >= 0, -1, None),
    "last_content | last": lambda f: sliced(f, f.response & ~f.ends, -1, None) | sliced(f, f.position >= 0, -1, None),
    "first_generated": lambda f: f.response & (f.number == 0),
    "end_of_turn | prompt[0]": lambda f: f.ends | (f.position == 0),
    "span:claim | last": lambda f: f.claim | sliced(f, f.position >= 0, -1, None),
    "span:green | span:claim": lambda f: f.claim | f.green,
    "span:claim[-1]": lambda f: sliced(f, f.claim, -1, None),
    "every:4": lambda f: f.position % 4 == 0,
    "answer | prompt[0:2]": lambda f: f.response & ~f.reasoning & ~f.ends | (f.position < 2),
    "reasoning | last": lambda f: f.reasoning | sliced(f, f.position >= 0, -1, None),
    "prompt & user": lambda f: f.role == "user",
    "!template": lambda f: f.role != "template",
    "!(template | user) & !response[:3] | last": lambda f: ~f.role.isin(["template", "user"]) & ~sliced(f, f.response, None, 3) | sliced(f, f.position >= 0, -1, None),
    "system | user[0:3]": lambda f: (f.role == "system") | sliced(f, f.role == "user", 0, 3),
    "content": lambda f: (f.role != "template") & ~f.ends,
    "assistant": lambda f: f.role == "assistant",
    "template[-1], all[:-1][:-1][-1]": lambda f: sliced(f, f.role == "template", -1, None) | sliced(f, f.position >= 0, -3, -2),
}


def expected(whole, frame, tokens):
    """The rows of the run of all that an expression takes."""
    return np.flatnonzero(EXPRESSIONS[tokens](frame).to_numpy())


@pytest.mark.parametrize("tokens", EXPRESSIONS)
def test_expressions(capture, smollm2, whole, frame, tmp_path, tokens):
    run = capture.experiment(tmp_path, smollm2, spec(tokens))
    at = expected(whole, frame, tokens)
    assert 0 < len(at) <= len(frame)
    assert run.tokens["position"].to_pylist() == whole.tokens["position"].take(at).to_pylist()
    for name in whole.tokens.column_names:
        if name in ("logprob", "entropy"):
            continue
        assert run.tokens[name].to_pylist() == whole.tokens[name].take(at).to_pylist(), name
    for hook in run.hooks:
        assert run.states(hook).tobytes() == whole.states(hook)[at].tobytes(), hook
    assert [s["response"] for s in run.samples] == [s["response"] for s in whole.samples]
    capture("verify", run.directory)


def test_the_columns_that_masks_are_made_of(whole, frame):
    """Roles, reasoning and spans are those of the text that the tokens spell."""
    for sample in whole.samples:
        f = frame[frame["sample_id"] == sample["sample_id"]]
        row = next(r for r in ROWS if r["id"] == sample["prompt_id"])
        users = [m["content"] for m in row["messages"] if m["role"] == "user"] if "messages" in row else [row["prompt"]]
        assert spelled(f.token[f.role == "user"]) == "".join(users)
        assert spelled(f.token[f.claim]).strip() == row["spans"]["claim"]
        response = f[f.response]
        assert (response.role == "assistant").all()
        text = spelled(response.token)
        lies = np.cumsum([0, *(len(spelled([t])) for t in response.token)])  # of text of whole characters
        thinks = np.zeros(len(text), bool)
        if "[think]" in text:
            begin, end = text.index("[think]"), text.find("[/think]")
            thinks[begin : len(text) if end < 0 else end + len("[/think]")] = True
        if "\ufffd" not in text:
            assert [thinks[a:b].any() for a, b in zip(lies[:-1], lies[1:])] == response.reasoning.tolist()
    assert frame.reasoning.sum() > 8
    assert frame.green.sum() >= 2


# ---- reductions ----


def reductions(values):
    """Mean (sums of float32, in order), last, and largest."""
    total = np.zeros(values.shape[1:], np.float32)
    for row in values.astype(np.float32):
        total += row
    return {"mean": total / np.float32(len(values)), "last": values[-1], "max": values.max(axis=0)}


@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("tokens", ["all", "response[:-2] | prompt[-3:]", "span:claim"])
def test_reductions(capture, smollm2, folder, whole, frame, tmp_path, dtype, tokens, rows):
    run = capture.experiment(tmp_path, smollm2, spec(tokens, ["mean", "last", "max"], dtype=dtype, rows=rows, logprobs="none"))
    keep = {
        "all": frame.position >= 0,
        "response[:-2] | prompt[-3:]": sliced(frame, frame.response, None, -2) | sliced(frame, ~frame.response, -3, None),
        "span:claim": frame.claim,
    }[tokens].to_numpy()
    assert len(run.files("activations")) == len(run.files("samples")) or not rows
    table = run.samples_table
    for i, sample in enumerate(run.samples):
        at = np.flatnonzero(keep & (frame["sample_id"] == sample["sample_id"]).to_numpy())
        assert sample["reduced_tokens"] == len(at)
        assert sample["rows"] == (len(at) if rows else 0)
        for hook in whole.hooks:
            values = whole.states(hook)[at]
            if dtype == "float16":
                values = values.astype(np.float16)
            for name, want in reductions(values).items():
                column = table[f"{hook}.{name}"].combine_chunks().to_numpy_ndarray()
                got = column[i].astype(np.float32)
                if name == "mean":
                    exact = whole.states(hook)[at].astype(np.float64).mean(axis=0)
                    scale = np.abs(whole.states(hook)[at]).max()
                    tolerance = 1e-5 if column.dtype == np.float32 else 2e-3
                    assert np.abs(got - exact).max() <= tolerance * scale, (hook, column.dtype)
                else:
                    np.testing.assert_array_equal(got, want.astype(np.float32), err_msg=f"{hook}.{name}")
    if rows:
        for hook in run.hooks:
            np.testing.assert_array_equal(run.states(hook), whole.states(hook)[keep].astype(dtype))
    capture("verify", run.directory)
    assert "identical" in capture("replay", run.directory)
