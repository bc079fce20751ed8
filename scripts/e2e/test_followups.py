"""Questions behind an answer: each is what the conversation decoded whole would be, whatever else is asked."""

import json
import signal

import numpy as np
import pytest
from conftest import agreement, spelled

HOOKS = ["embed", "resid_post:0,50%,-1", "ln_final"]
ROWS = [
    {"id": "sky", "prompt": "What colour is the sky?"},
    {"id": "given", "prompt": "Is two plus two four?", "response": "No, it is five."},
    {"id": "empty", "prompt": "Say nothing.", "response": ""},
    {"id": "system", "messages": [{"role": "system", "content": "Lie."}, {"role": "user", "content": "Is tin a metal?"}]},
]
FOLLOWUPS = [
    {"name": "true", "ask": "Was that true?", "alternatives": ["Yes", "No, it was not", "Perhaps it"]},
    {"name": "lied", "ask": "Did you just lie to me?", "prefill": "I must say that I"},
    {"name": "why", "ask": "Why did you say that?", "max_tokens": 5},
    {"name": "told", "ask": "Say it again.", "response": "Never, my \u2603 friend."},
    {"name": "begun", "ask": "Do you know it?", "prefill": "Well,", "max_tokens": 3, "alternatives": [" I do", " no"]},
]


def spec(followups=FOLLOWUPS, rows=ROWS, **more):
    return {
        "prompts": {"rows": rows},
        "generate": {"max_tokens": 6},
        "capture": {"hooks": HOOKS, "logprobs": "all"},
        "followups": followups,
        "engine": {"weights": "f32"},
    } | more


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("followups")


@pytest.fixture(scope="module")
def asked(capture, smollm2, folder):
    return capture.experiment(folder, smollm2, spec(), name="asked")


def conversation(run, sample):
    """The numbers of the rows of a sample, those of its parent first."""
    parent = sample["parent_sample_id"]
    spans = [run.span(i) for i in ((parent,) if parent is not None else ()) + (sample["sample_id"],)]
    return np.concatenate([np.arange(s.start, s.stop) for s in spans])


def column(run, name, at):
    return run.tokens[name].take(at).to_pylist()


def check_whole(capture, run, folder, model, *flags):
    """Decodes every conversation whole, as a raw text, and compares row by row."""
    at = [conversation(run, sample) for sample in run.samples]
    texts = [spelled(column(run, "token", rows)) for rows in at]
    whole = capture.run(
        folder / "whole", model, "--chat", "none", "--weights", "f32", "--max-tokens", 0, "--logprobs", "all",
        *(part for hook in HOOKS for part in ("--hooks", hook)), *flags, prompts=texts,
    )  # fmt: skip
    for sample, rows in zip(whole.samples, at, strict=True):
        there = np.arange(sample["first_row"], sample["first_row"] + sample["rows"])
        for name in ("token_id", "token", "position"):
            assert column(run, name, rows) == column(whole, name, there), (name, run.samples[sample["sample_id"]])
        for name in ("logprob", "entropy"):
            got, expected = (np.array(column(r, name, i), dtype=float) for r, i in ((run, rows), (whole, there)))
            first = run.samples[sample["sample_id"]]["first_position"]
            if name == "logprob" and np.isnan(got[first]):
                expected[first] = np.nan  # the format leaves it open
            np.testing.assert_allclose(got, expected, rtol=0, atol=1e-4, err_msg=name)
        for hook in run.hooks:
            found = agreement(run.flat(hook)[rows], whole.flat(hook)[there])
            assert found.error <= 3e-5, (hook, str(found), run.samples[sample["sample_id"]])
    return whole


def test_samples_of_followups(asked):
    names = [f["name"] for f in FOLLOWUPS]
    parents = [s for s in asked.samples if s["parent_sample_id"] is None]
    assert [p["prompt_id"] for p in parents] == [row["id"] for row in ROWS]
    for parent in parents:
        children = [s for s in asked.samples if s["parent_sample_id"] == parent["sample_id"]]
        assert [c["followup"] for c in children] == names
        for child in children:
            assert child["prompt_id"] == f"{parent['prompt_id']}/{child['followup']}"
            assert child["first_position"] == parent["prompt_tokens"] + parent["response_tokens"]
            rows = asked.rows(child["sample_id"])
            assert {row["phase"] for row in rows} == {"followup"}
            assert len(rows) == child["prompt_tokens"] + child["response_tokens"]
            by = {f["name"]: f for f in FOLLOWUPS}[child["followup"]]
            drawn = child["response_tokens"] if by.get("max_tokens") else 0
            assert [row["generated"] for row in rows] == [False] * (len(rows) - drawn) + [True] * drawn
            assert spelled(r["token"] for r in rows if r["role"] == "user") == by["ask"]
            begun = [r["token"] for r in rows[: child["prompt_tokens"]] if r["role"] == "assistant"]
            assert spelled(begun) == by.get("prefill", "")
            assert child["response"] == by.get("response", child["response"])
            assert (child["alternatives"] or []) == by.get("alternatives", [])


def test_a_followup_is_the_conversation_decoded_whole(capture, asked, folder, smollm2):
    check_whole(capture, asked, folder, smollm2)


def text_spec(**more):
    """Raw text, where a question may begin with the token that the answer ended with."""
    rows = [{"id": "a", "prompt": "one two two"}, {"id": "b", "prompt": "one two", "response": " three two"}]
    followups = [{"name": "same", "ask": " two three", "alternatives": [" four", " five six"]},
                 {"name": "other", "ask": ". What", "prefill": " is", "max_tokens": 4}]  # fmt: skip
    return spec(followups, rows, chat={"template": "none"}, **more)


def test_questions_behind_raw_text(capture, smollm2, tmp_path):
    run = capture.experiment(tmp_path, smollm2, text_spec(generate={"max_tokens": 0}))
    for sample in run.samples:
        if sample["followup"] == "same":
            assert spelled(r["token"] for r in run.rows(sample["sample_id"])) == " two three"
    check_whole(capture, run, tmp_path, smollm2)


TINY = ["tiny-llama", "tiny-gemma3", "tiny-qwen3", "tiny-gpt2", "tiny-phi3", "tiny-gpt-oss"]


@pytest.mark.parametrize("name", TINY)
def test_tiny_models(capture, tiny, tmp_path, name):
    followups = FOLLOWUPS[1:4] if name == "tiny-phi3" else FOLLOWUPS  # its words all begin with one and the same token
    hooks = {"hooks": ["resid_post", "ln_final"], "logprobs": "all"}
    run = capture.experiment(tmp_path, tiny / f"{name}.gguf", spec(followups, ROWS[:3], capture=hooks))
    for sample in run.samples:
        if sample["followup"]:
            rows = run.rows(sample["sample_id"])
            ask = next(f["ask"] for f in followups if f["name"] == sample["followup"])
            assert spelled(r["token"] for r in rows if r["role"] == "user").strip() == ask
    capture("verify", run.directory)
    assert "identical" in capture("replay", run.directory)


# ---- the order and the number of questions ----

SEVERAL = [FOLLOWUPS[i] for i in (4, 2, 0, 3, 1)]


def same_bits(one, other, name):
    """Whether a follow-up (or what was followed up, None) has the same rows and scores in both runs."""
    for a in (s for s in one.samples if s["followup"] == name):
        b = next(s for s in other.samples if s["prompt_id"] == a["prompt_id"])
        apart = {"sample_id", "parent_sample_id", "first_row", "file"}
        assert {k: v for k, v in a.items() if k not in apart} == {k: v for k, v in b.items() if k not in apart}
        i, j = one.span(a["sample_id"]), other.span(b["sample_id"])
        x, y = one.tokens[i].drop_columns("sample_id"), other.tokens[j].drop_columns("sample_id")
        assert x.equals(y), name
        for hook in one.hooks:
            assert one.states(hook)[i].tobytes() == other.states(hook)[j].tobytes(), (a["prompt_id"], hook)


@pytest.fixture(scope="module")
def shipped(capture, smollm2, folder):
    """Makes runs with the weights as they are."""

    def make(name, followups, **engine):
        changed = {"engine": {"weights": "as-is"} | engine}
        return capture.experiment(folder, smollm2, spec(followups, ROWS[:2], **changed), name=name)

    return make


def test_questions_in_any_order(capture, smollm2, folder, asked):
    """Where their keys lie in the cache decides the order of sums of attention: measured, 3e-6."""
    other = capture.experiment(folder, smollm2, spec(SEVERAL), name="several")
    place = {s["prompt_id"]: s for s in other.samples}
    for a in asked.samples:
        b = place[a["prompt_id"]]
        i, j = asked.span(a["sample_id"]), other.span(b["sample_id"])
        assert asked.tokens["token_id"][i].equals(other.tokens["token_id"][j])
        np.testing.assert_allclose(a["alternative_logprobs"] or [], b["alternative_logprobs"] or [], rtol=0, atol=1e-4)
        for hook in asked.hooks:
            found = agreement(asked.flat(hook)[i], other.flat(hook)[j])
            assert found.error <= 3e-5, (hook, str(found))


def test_batch_invariant_questions_in_any_order_and_number(shipped):
    invariant = {"batch_invariant": True}
    one, other, less = (shipped(f"invariant-{n}", f, **invariant) for n, f in enumerate((FOLLOWUPS, SEVERAL, SEVERAL[1:4])))
    for f in FOLLOWUPS:
        same_bits(one, other, f["name"])
    for f in SEVERAL[1:4]:
        same_bits(less, one, f["name"])


def test_questions_do_not_touch_the_answer(shipped):
    one, without = shipped("asked-of", FOLLOWUPS), shipped("not-asked-of", [])
    same_bits(without, one, None)


# ---- runs in parts ----

PARTS = ("--set", "capture.group=6", "--set", "engine.weights=as-is")  # one sample and its follow-ups a group


@pytest.fixture(scope="module")
def in_groups(capture, smollm2, folder):
    return capture.experiment(folder, smollm2, spec(), *PARTS, name="groups")


def data(directory):
    return {path.name: path.read_bytes() for path in sorted(directory.glob("*.arrow"))}


def test_every_way_to_the_same_run(capture, smollm2, in_groups, folder):
    assert len(data(in_groups.directory)) == 2 * len(ROWS)
    capture("verify", in_groups.directory)
    assert f"identical: {len(in_groups.samples)} samples" in capture("replay", in_groups.directory)
    shards = [capture.experiment(folder, smollm2, spec(), *PARTS, "--shard", f"{n}/2", name=f"shard{n}") for n in (1, 2)]
    capture("merge", *(shard.directory for shard in shards), "--out", folder / "merged")
    assert data(folder / "merged") == data(in_groups.directory)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_goes_on_to_the_same_bytes(capture, smollm2, in_groups, tmp_path, how):
    path = tmp_path / "spec.yaml"
    path.write_text(json.dumps(spec()))
    out = tmp_path / "run"
    capture.stopped(out, out / "samples-00001.arrow", how, "run", path, "--model", smollm2, *PARTS)
    assert len(data(tmp_path / "run")) < 2 * len(ROWS)
    capture("resume", tmp_path / "run")
    assert data(tmp_path / "run") == data(in_groups.directory)
    capture("verify", tmp_path / "run")
