"""What the rows of a run say, and that the two tables agree with each other."""

import json

import numpy as np
import pytest
from conftest import open_arrow, spelled, write_jsonl

END = "<|im_end|>"
LAST_LAYER = ("--hooks", "resid_post:-1")
MESSAGES = [
    {"role": "system", "content": "You are terse."},
    {"role": "user", "content": "Say user twice."},
    {"role": "assistant", "content": "user user"},
    {"role": "user", "content": "Is the earth  flat? \u2603 na\u00efve"},
]
DATASET = [
    {
        "id": "france", "prompt": "What is the capital of France?", "label": True, "group": "geography",
        "split": "train", "pair": "p1", "source": {"book": "atlas", "page": 3}, "note": "l\u00e4nder",
    },
    {"id": "sea", "prompt": "Write a short poem about the sea.", "label": 1},
    {"id": "turns", "messages": MESSAGES},
]  # fmt: skip
MAX_TOKENS = 20
ALONE = ("--set", "pairs.allow=true")  # the first row is without the other half of its pair


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    return write_jsonl(tmp_path_factory.mktemp("rows") / "rows.jsonl", DATASET)


@pytest.fixture(scope="session")
def make(capture, smollm2, chatml, tmp_path_factory):
    """Makes a run of SmolLM2, whose rows depend on nothing else that is decoded or asked for."""

    def chat(flags):
        return () if "--chat" in flags else chatml

    def make(*flags, prompts=()):
        out = tmp_path_factory.mktemp("rows") / "run"
        return capture.run(out, smollm2, *LAST_LAYER, "--batch-invariant", *ALONE, *chat(flags), *flags, prompts=prompts)

    return make


@pytest.fixture(scope="session")
def run(make, dataset):
    return make("--prompts", dataset, "--max-tokens", MAX_TOKENS)


@pytest.fixture(scope="session")
def sampled(make, dataset):
    return make("--prompts", dataset, "--max-tokens", 12, "--samples", 3, "--temperature", 1, "--top-p", 0.95)


@pytest.fixture(scope="session")
def scored_run(make, dataset):
    return make("--prompts", dataset, "--max-tokens", 4, "--logprobs", "all")


def response(rows):
    return [row for row in rows if row["phase"] == "response"]


def prompt(rows):
    return [row for row in rows if row["phase"] == "prompt"]


# ---- keys and counts ----


@pytest.mark.parametrize("name", ["run", "sampled"])
def test_samples_point_at_their_rows(request, name):
    run = request.getfixturevalue(name)
    assert [s["sample_id"] for s in run.samples] == list(range(len(run.samples)))
    end = {}
    for sample in run.samples:
        assert sample["first_row"] == end.get(sample["file"], 0)
        end[sample["file"]] = sample["first_row"] + sample["rows"]
        rows = open_arrow(run.directory / sample["file"]).slice(sample["first_row"], sample["rows"])
        assert len(rows) == sample["rows"] == sample["prompt_tokens"] + sample["response_tokens"]
        assert set(rows["sample_id"].to_pylist()) == {sample["sample_id"]}
        assert rows["position"].to_pylist() == list(range(sample["rows"]))
    assert sum(end.values()) == len(run.activations)


def test_manifest_counts_what_is_there(run):
    assert run.manifest["status"] == "complete"
    assert run.manifest["samples"] == len(run.samples) == len(DATASET)
    assert run.manifest["rows"] == len(run.activations)
    rows = {file["name"]: file["rows"] for file in run.manifest["files"]}
    on_disk = [path for kind in ("samples", "activations") for path in run.files(kind)]
    assert rows == {path.name: len(open_arrow(path)) for path in on_disk}
    assert [hook["name"] for hook in run.manifest["hooks"]] == run.hooks


def test_prompt_rows_are_the_planned_tokens(capture, smollm2, chatml, run, dataset):
    plan = capture.plan(smollm2, *chatml, *ALONE, "--prompts", dataset)
    assert [p["prompt_id"] for p in plan] == [row["id"] for row in DATASET]
    for planned, sample in zip(plan, run.samples, strict=True):
        rows = prompt(run.rows(sample["sample_id"]))
        assert [row["token_id"] for row in rows] == planned["tokens"]
        assert [row["role"] for row in rows] == planned["roles"]
        assert sample["prompt"] == planned["prompt"]
        assert sample["prompt_tokens"] == len(rows)
        assert spelled(row["token"] for row in rows) == sample["prompt"]


def test_phases_and_who_wrote_what(run):
    for sample in run.samples:
        rows = run.rows(sample["sample_id"])
        n = sample["prompt_tokens"]
        assert {row["phase"] for row in rows[:n]} == {"prompt"}
        assert {row["phase"] for row in rows[n:]} == {"response"}
        assert [row["generated"] for row in rows] == [False] * n + [True] * sample["response_tokens"]
        assert {row["role"] for row in rows[n:]} == {"assistant"}
        assert all(row["spans"] == [] for row in rows)
        assert sample["parent_sample_id"] is None


def test_a_response_is_the_text_of_its_rows(run, sampled):
    for one in (run, sampled):
        for sample in one.samples:
            tokens = [row["token"] for row in response(one.rows(sample["sample_id"]))]
            if sample["finish_reason"] == "stop":
                assert tokens.pop() == END
            assert END not in tokens
            assert sample["response"] == spelled(tokens)


def test_why_a_response_ended(run):
    reasons = {sample["prompt_id"]: sample["finish_reason"] for sample in run.samples}
    assert reasons["france"] == "stop"
    assert reasons["sea"] == "length"
    for sample in run.samples:
        if sample["finish_reason"] == "length":
            assert sample["response_tokens"] == MAX_TOKENS
        else:
            last = run.rows(sample["sample_id"])[-1]
            assert (last["token"], last["generated"], last["phase"]) == (END, True, "response")


def test_what_a_row_of_the_dataset_says_is_carried(run):
    france, sea, turns = run.samples
    carried = ("prompt_id", "sample", "label", "group", "split", "pair")
    assert [france[key] for key in carried] == ["france", 0, "true", "geography", "train", "p1"]
    assert json.loads(france["meta"]) == {"source": {"book": "atlas", "page": 3}, "note": "l\u00e4nder"}
    assert [sea[key] for key in carried] == ["sea", 0, "1", None, None, None]
    assert [turns[key] for key in carried] == ["turns", 0, None, None, None, None]
    assert json.loads(sea["meta"]) == json.loads(turns["meta"]) == {}


# ---- log-probabilities ----


def nulls(rows, column):
    return [row[column] is None for row in rows]


def test_responses_are_scored_by_default(run):
    for sample in run.samples:
        rows = run.rows(sample["sample_id"])
        for column in ("logprob", "entropy"):
            assert nulls(rows, column) == [row["phase"] == "prompt" for row in rows]


def test_all_is_scored_but_the_first_token(scored_run):
    for sample in scored_run.samples:
        rows = scored_run.rows(sample["sample_id"])
        assert nulls(rows, "logprob") == [True] + [False] * (len(rows) - 1)
        assert not any(nulls(rows, "entropy"))


def test_nothing_is_scored(make):
    run = make("--max-tokens", 4, "--logprobs", "none", prompts=["What is the capital of France?"])
    rows = run.rows(0)
    assert all(nulls(rows, "logprob")) and all(nulls(rows, "entropy"))
    assert run.samples[0]["logprob"] is None


@pytest.mark.parametrize("name", ["run", "sampled", "scored_run"])
def test_a_sample_has_the_sum_of_its_response(request, name):
    run = request.getfixturevalue(name)
    for sample in run.samples:
        logprobs = [row["logprob"] for row in response(run.rows(sample["sample_id"]))]
        assert all(value <= 0 for value in logprobs)
        assert sample["logprob"] == pytest.approx(sum(logprobs), abs=1e-9)


def test_scores_of_prompts_leave_those_of_responses_as_they_are(run, scored_run):
    for sample in scored_run.samples:
        more, fewer = (response(one.rows(sample["sample_id"])) for one in (scored_run, run))
        for a, b in zip(more, fewer, strict=False):
            assert (a["token_id"], a["logprob"], a["entropy"]) == (b["token_id"], b["logprob"], b["entropy"])


# ---- roles ----


def test_roles_of_turns(run):
    rows = prompt(run.rows(2))
    turns = []
    for before, row in zip([None, *rows], rows, strict=False):
        if row["role"] != "template" and (before is None or before["role"] != row["role"]):
            turns.append((row["role"], []))
        if row["role"] != "template":
            turns[-1][1].append(row["token"])
    assert [(role, spelled(tokens)) for role, tokens in turns] == [(m["role"], m["content"]) for m in MESSAGES]
    template = spelled(row["token"] for row in rows if row["role"] == "template")
    start = "<|im_start|>"
    assert template == "".join(f"{start}{m['role']}\n{END}\n" for m in MESSAGES) + f"{start}assistant\n"


def test_a_system_prompt_by_flag(make):
    run = make("--max-tokens", 1, "--system", "Be brief.", prompts=["Hello there"])
    by_role = {role: "" for role in ("system", "user")}
    for row in prompt(run.rows(0)):
        if row["role"] != "template":
            by_role[row["role"]] += row["token"]
    assert by_role == {"system": "Be brief.", "user": "Hello there"}


# ---- which tokens ----


@pytest.mark.parametrize(
    "tokens, wanted",
    [
        ("prompt", lambda rows: prompt(rows)),
        ("response", lambda rows: response(rows)),
        ("last", lambda rows: rows[-1:]),
    ],
)
def test_selected_tokens_are_those_of_the_whole_run(make, run, dataset, tokens, wanted):
    part = make("--prompts", dataset, "--max-tokens", MAX_TOKENS, "--tokens", tokens)
    (hook,) = run.hooks
    for sample, whole in zip(part.samples, run.samples, strict=True):
        counted = {"file": sample["file"], "first_row": sample["first_row"], "rows": sample["rows"]}
        assert sample == whole | counted
        rows = part.rows(sample["sample_id"])
        assert rows == wanted(run.rows(sample["sample_id"]))
        assert sample["rows"] == len(rows)
        positions = [row["position"] for row in rows]
        expected = run.states(hook)[run.span(sample["sample_id"])][positions]
        np.testing.assert_array_equal(part.states(hook)[part.span(sample["sample_id"])], expected)


def test_a_prompt_alone(make):
    run = make("--max-tokens", 0, prompts=["What is the capital of France?"])
    (sample,) = run.samples
    assert (sample["response"], sample["response_tokens"]) == ("", 0)
    assert sample["rows"] == sample["prompt_tokens"] == len(run.activations)


# ---- given responses ----


@pytest.fixture(scope="session")
def given(make, tmp_path_factory):
    rows = [
        {"prompt": "What is the capital of France?", "response": "It is Paris."},
        {"prompt": "What is the capital of France?", "response": "Es ist \u2603 Lyon."},
        {"prompt": "What is the capital of France?"},
    ]
    path = write_jsonl(tmp_path_factory.mktemp("given") / "given.jsonl", rows)
    return make("--prompts", path, "--max-tokens", 12, "--samples", 2, "--temperature", 0.7)


def test_given_responses_are_scored_once_and_not_sampled(given):
    assert [(s["prompt_id"], s["sample"], s["finish_reason"] == "given") for s in given.samples] == [
        ("0", 0, True), ("1", 0, True), ("2", 0, False), ("2", 1, False),
    ]  # fmt: skip
    for sample, text in zip(given.samples, ["It is Paris.", "Es ist \u2603 Lyon."], strict=False):
        rows = response(given.rows(sample["sample_id"]))
        assert not any(row["generated"] for row in rows)
        assert not any(nulls(rows, "logprob"))
        assert spelled(row["token"] for row in rows) == text + END
        assert sample["response"] == text
        assert sample["response_tokens"] == len(rows)
        assert sample["seed"] is None
        assert sample["logprob"] == pytest.approx(sum(row["logprob"] for row in rows), abs=1e-9)


# ---- sampling, and doing it again ----


def test_samples_differ_and_keep_their_seeds(capture, smollm2, dataset, sampled):
    plan = capture.plan(smollm2, *ALONE, "--prompts", dataset, "--samples", 3)
    assert [s["sample"] for s in sampled.samples] == [0, 1, 2] * len(DATASET)
    assert [s["seed"] for s in sampled.samples] == [p["seed"] for p in plan]
    assert len({s["seed"] for s in sampled.samples}) == len(sampled.samples)
    poems = {s["response"] for s in sampled.samples if s["prompt_id"] == "sea"}
    assert len(poems) == 3


def test_greedy_samples_have_no_seed(run):
    assert [s["seed"] for s in run.samples] == [None] * len(DATASET)


def test_another_seed_gives_another_response(make, dataset, sampled):
    flags = ("--max-tokens", 12, "--samples", 3, "--temperature", 1, "--top-p", 0.95, "--seed", 2)
    other = make("--prompts", dataset, *flags)
    assert {s["seed"] for s in other.samples}.isdisjoint(s["seed"] for s in sampled.samples)
    assert [s["response"] for s in other.samples] != [s["response"] for s in sampled.samples]


def test_the_same_spec_gives_the_same_bytes(make, dataset, sampled):
    flags = ("--max-tokens", 12, "--samples", 3, "--temperature", 1, "--top-p", 0.95)
    again = make("--prompts", dataset, *flags)
    names = [path.name for path in sorted(sampled.directory.glob("*.arrow"))]
    assert names == [path.name for path in sorted(again.directory.glob("*.arrow"))] != []
    for name in names:
        assert (again.directory / name).read_bytes() == (sampled.directory / name).read_bytes(), name
    assert again.manifest.keys() == sampled.manifest.keys()
    for key in again.manifest.keys() - {"host"}:
        assert again.manifest[key] == sampled.manifest[key], key


# ---- raw text and stop texts ----


def test_raw_text(make):
    text = "Once upon a time, there was a  fox \u2603"
    run = make("--chat", "none", "--max-tokens", 6, prompts=[text])
    (sample,) = run.samples
    rows = prompt(run.rows(0))
    assert sample["prompt"] == spelled(row["token"] for row in rows) == text
    assert {row["role"] for row in rows} == {"user"}


def test_a_given_response_to_raw_text_gets_no_end_of_turn(make, tmp_path):
    path = write_jsonl(tmp_path / "raw.jsonl", [{"prompt": "Once upon a", "response": " time."}])
    run = make("--chat", "none", "--prompts", path)
    assert spelled(row["token"] for row in response(run.rows(0))) == " time."


def test_stop_texts_end_a_response(make):
    question = "What is the capital of France?"
    plain = make("--max-tokens", 20, prompts=[question])
    stopped = make("--max-tokens", 20, "--stop", "nothing like it", "--stop", "Paris", prompts=[question])
    (whole,), (cut,) = plain.samples, stopped.samples
    assert "Paris" in whole["response"]
    assert cut["response"] == whole["response"].partition("Paris")[0]
    assert cut["finish_reason"] == "stop"
    rows = response(stopped.rows(0))
    plain_rows = response(plain.rows(0))[: len(rows)]
    assert [row | {"stop": False} for row in rows] == plain_rows
    written = spelled(row["token"] for row in rows)
    assert written.partition("Paris")[0] == cut["response"]
    assert "Paris" in written
    assert "Paris" not in spelled(row["token"] for row in rows[:-1])
    assert cut["response_tokens"] + cut["stop_tokens"] == len(rows)
    assert [row["stop"] for row in rows] == [i >= cut["response_tokens"] for i in range(len(rows))]


@pytest.mark.parametrize("chat", [(), ("--chat", "none")])
def test_a_given_response_may_bring_its_end_token(make, tmp_path, chat):
    row = {"prompt": "What is the capital of France?", "response": "Paris."}
    ends = ["", "<|im_end|>", "<|im_end|>\n", "<|endoftext|>"]
    runs = [make("--prompts", write_jsonl(tmp_path / f"{i}.jsonl", [row | {"response": row["response"] + end}]), *chat) for i, end in enumerate(ends)]
    for run, end in zip(runs, ends, strict=True):
        (sample,) = run.samples
        assert sample["response"] == "Paris."
        end = end.strip() or ("" if chat else "<|im_end|>")
        assert spelled(r["token"] for r in response(run.rows(0))) == "Paris." + end
    for run in runs[1:3]:
        assert run.rows(0) == runs[1].rows(0)
        assert all(run.flat(hook).tobytes() == runs[1].flat(hook).tobytes() for hook in run.hooks)
    if not chat:
        assert runs[0].activations.equals(runs[1].activations)
