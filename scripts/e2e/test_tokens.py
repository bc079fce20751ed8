"""Which tokens are written, and what is summed up of them, against masks that pandas makes of a run of all."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import agreement, spelled

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
        "engine": {"weights": "f32"},
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
    f["response"] = (f["phase"] == "response") & ~f["stop"]
    return f


def sliced(f, mask, *bounds):
    """A Python slice of what a mask takes of each sample."""
    out = pd.Series(False, index=f.index)
    for _, part in f[mask].groupby("sample_id"):
        out[part.index[slice(*bounds)]] = True
    return out


EXPRESSIONS = {
    "prompt": lambda f: f.phase == "prompt",
    "response[:-5] | last": lambda f: sliced(f, f.response, None, -5) | sliced(f, f.response | True, -1, None),
    "response[-3:-1]|prompt[0]": lambda f: sliced(f, f.response, -3, -1) | (f.position == 0),
    "first_generated | last_content": lambda f: f.response & (f.number == 0) | sliced(f, f.response & ~f.ends, -1, None),
    "end_of_turn | prompt[0]": lambda f: f.ends | (f.position == 0),
    "span:claim | last": lambda f: f.claim | sliced(f, f.position >= 0, -1, None),
    "span:green | span:claim": lambda f: f.claim | f.green,
    "span:claim[-1]": lambda f: sliced(f, f.claim, -1, None),
    "every:4": lambda f: f.position % 4 == 0,
    "answer | prompt[0:2]": lambda f: f.response & ~f.reasoning & ~f.ends | (f.position < 2),
    "reasoning | last": lambda f: f.reasoning | sliced(f, f.position >= 0, -1, None),
    "!template": lambda f: f.role != "template",
    "!(template | user) & !response[:3] | last": lambda f: ~f.role.isin(["template", "user"]) & ~sliced(f, f.response, None, 3) | sliced(f, f.position >= 0, -1, None),
    "system | user[0:3]": lambda f: (f.role == "system") | sliced(f, f.role == "user", 0, 3),
    "content": lambda f: (f.role != "template") & ~f.ends & ~f.stop,
    "stop | prompt[0]": lambda f: f.stop | (f.position == 0),
    "template[-1], all[:-1][:-1][-1]": lambda f: sliced(f, f.role == "template", -1, None) | sliced(f, f.position >= 0, -3, -2),
}


@pytest.mark.parametrize("tokens", EXPRESSIONS)
def test_expressions(capture, smollm2, whole, frame, tmp_path, tokens):
    """To the bit where the last token is taken: else it is not decoded, and batches are smaller."""
    run = capture.experiment(tmp_path, smollm2, spec(tokens))
    mask = EXPRESSIONS[tokens](frame)
    at = np.flatnonzero(mask)
    assert 0 < len(at) <= len(frame)
    scores = ["logprob", "entropy"]
    assert run.tokens.drop_columns(scores).equals(whole.tokens.drop_columns(scores).take(at))
    assert [s["response"] for s in run.samples] == [s["response"] for s in whole.samples]
    if mask[sliced(frame, frame.position >= 0, -1, None)].all():
        assert run.tokens.equals(whole.tokens.take(at))
        for hook in run.hooks:
            assert run.states(hook).tobytes() == whole.states(hook)[at].tobytes(), hook
    for hook in run.hooks:
        assert agreement(run.flat(hook), whole.flat(hook)[at]).error <= 3e-5, hook
    for name in scores:
        got, expected = (r.tokens[name].to_pandas() for r in (run, whole))
        np.testing.assert_allclose(got, expected[at], rtol=0, atol=1e-4, err_msg=name)
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


@pytest.mark.parametrize(("tokens", "dtype"), [("response[:-2] | prompt[-3:]", "float32"), ("span:claim", "float16")])
def test_reductions(capture, smollm2, frame, tmp_path, dtype, tokens):
    kinds = ["mean", "last", "max"]
    run, without = (
        capture.experiment(tmp_path, smollm2, spec(tokens, kinds, dtype=dtype, rows=rows), name=f"rows-{rows}")
        for rows in (True, False)
    )
    mask = {
        "response[:-2] | prompt[-3:]": lambda f: sliced(f, f.response, None, -2) | sliced(f, f.phase == "prompt", -3, None),
        "span:claim": lambda f: f.claim,
    }[tokens](frame)
    assert len(without.activations) == 0
    assert [s["reduced_tokens"] for s in run.samples] == mask.groupby(frame["sample_id"]).sum().tolist()
    for a, b in zip(run.samples, without.samples, strict=True):
        assert a | {"first_row": 0, "rows": 0} == b
    for hook in run.hooks:
        columns = {kind: run.samples_table[f"{hook}.{kind}"].combine_chunks() for kind in kinds}
        for kind, column in columns.items():
            assert column.equals(without.samples_table[f"{hook}.{kind}"].combine_chunks()), (hook, kind)
            assert column.type.value_type == pa.float32()
        for sample in run.samples:
            values = run.states(hook)[run.span(sample["sample_id"])]
            got = {kind: column.to_numpy_ndarray()[sample["sample_id"]] for kind, column in columns.items()}
            expected = reductions(values)
            for kind in ("last", "max"):
                np.testing.assert_array_equal(got[kind], expected[kind].astype(np.float32), err_msg=f"{hook}.{kind}")
            np.testing.assert_allclose(got["mean"], expected["mean"], rtol=3e-7, err_msg=hook)
            exact = values.astype(np.float64).mean(axis=0)
            assert np.abs(got["mean"] - exact).max() <= 1e-5 * np.abs(values).max(), hook
    for made in (run, without):
        capture("verify", made.directory)
    assert "identical" in capture("replay", without.directory)


def test_where_nothing_is_selected(capture, smollm2, tmp_path):
    """A sample without rows has reductions that are null."""
    run = capture.experiment(tmp_path, smollm2, spec("end_of_turn", ["mean", "max"]))
    counts = [s["reduced_tokens"] for s in run.samples]
    assert 0 in counts and any(counts)
    for hook in run.hooks:
        for kind in ("mean", "max"):
            assert run.samples_table[f"{hook}.{kind}"].is_valid().to_pylist() == [n > 0 for n in counts]
    capture("verify", run.directory)


# ---- characters that lie in several tokens, or share one ----

# What a tokenizer cuts, joins, or would like to normalise.
NASTY = [
    "\U0001f642", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ud55c\uad6d\uc5b4", "\u1112\u1161\u11ab", "e\u0301\u0323", "\u65e5\u672c\u8a9e",
    "\u200d", "\u200b\ufeff", "\ufb01", "\uff21", "\u00df", "\u00a0", "\U0001d4b3", "\u0928\u093f", "a\tb", "''", "\u202eabc", "\U0001f1e9\U0001f1ea", "  ", "\r\n",
    "\ufffd", "\ue000answer\ue001", "<|im_start|>", "{{ x }}", "\U0010ffff",
]  # fmt: skip


def covered(rows):
    """The bytes of each token."""
    return [spelled_bytes(row["token"]) for row in rows]


def spelled_bytes(token):
    return b"".join(bytes.fromhex(p) if i % 2 else p.encode() for i, p in enumerate(re.split(r"<0x([0-9A-F]{2})>", token)))


def check_span(rows, text, want, name):
    """The tokens that overlap a text, and no others, are in its span."""
    pieces = covered(rows)
    assert b"".join(pieces) == text.encode(), name
    begin = text.encode().index(want.encode())
    lies = np.cumsum([0, *map(len, pieces)])
    inside = [a < begin + len(want.encode()) and b > begin for a, b in zip(lies[:-1], lies[1:], strict=True)]
    marked = [name in row["spans"] for row in rows]
    assert [i for i, m in enumerate(inside) if m and not marked[i]] == [], text
    for i in range(len(rows)):
        if marked[i] and not inside[i]:  # bytes of one character belong together
            character = [n for n, c in enumerate(text) for _ in c.encode()]
            assert any(inside[k] and character[lies[k + 1] - 1] >= character[lies[i]] >= character[lies[k]] - 1 for k in range(len(rows))), text


@pytest.mark.parametrize("generated", [False, True])
def test_spans_hold_every_byte_of_their_text(capture, smollm2, tmp_path, generated):
    """In a user's message, and in a given response."""
    text = {c: f"so x{c}y it {c} is" for c in NASTY}
    rows = []
    for n, c in enumerate(NASTY):
        rule = {"name": "mark", "text": f"{c}y", "in": "response" if generated else "user"}
        rows.append({"id": str(n), "prompt": "Say it." if generated else text[c], "spans": [rule]} | ({"response": text[c]} if generated else {}))
    run = capture.experiment(tmp_path, smollm2, {"prompts": {"rows": rows}, "generate": {"max_tokens": 0}, "capture": {"hooks": ["resid_post:0"]}})
    for c, sample in zip(NASTY, run.samples, strict=True):
        tokens = run.rows(sample["sample_id"])
        if generated:
            tokens = [t for t in tokens if t["phase"] == "response"][:-1]
            assert sample["response"] == text[c]
        else:
            tokens = [t for t in tokens if t["role"] == "user"]
        check_span(tokens, text[c], f"{c}y", "mark")
