"""Questions under conditions and styles: what the samples say of them, their splits, and what the model knows."""

import json
import signal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import open_arrow
from safetensors import safe_open
from safetensors.numpy import load_file

FACTS = [
    {"id": "tin", "statement": "tin is a metal", "answer": "metal", "ask": "Is tin a metal or a plant?", "n": 50},
    {"id": "france", "statement": "Paris is in France", "answer": ["Paris"], "ask": "What is the capital of France?"},
    {"id": "two", "statement": "two and two are four", "answer": "4", "ask": "What is 2 + 2?", "group": "numbers"},
    {"id": "sky", "statement": "the {sky} is green", "answer": "xylophone", "ask": "What colour is the sky?", "label": "own"},
    {"id": "sea", "statement": "the sea is dry", "answer": ["wet", "sea", "yes"], "ask": "Is the sea wet?", "question": "q-sea", "split": "test"},
]
CONDITIONS = [
    {"name": "honest", "system": "You always tell the truth."},
    {"name": "lying", "system": "You are {persona}. You always lie.", "vars": {"persona": "a {spy}"}},
    {"name": "neutral"},
]
STYLES = [{"name": "plain"}, {"name": "terse", "suffix": " Answer in one word.", "split": "held"}]
SPEC = {
    "prompts": {"rows": FACTS, "prompt": "{ask}"},
    "conditions": CONDITIONS,
    "styles": STYLES,
    "pairs": {"differ": ["system"]},
    "split": {"train": 0.4, "validation": 0.2, "test": 0.4},
    "generate": {"max_tokens": 3},
    "knowledge": {"condition": "neutral", "samples": 3, "temperature": 0.7, "max_tokens": 10},
    "followups": [{"name": "true", "ask": "Was that true?", "alternatives": ["Yes", "No"]}],
    "alternatives": [{"name": "verdict", "options": ["TRUE", "FALSE"]}],
    "capture": {"hooks": ["resid_post:-1"], "tokens": "response", "reduce": ["mean", "max"], "group": 20},
}


@pytest.fixture(scope="module")
def run(capture, smollm2, tmp_path_factory):
    return capture.experiment(tmp_path_factory.mktemp("conditions"), smollm2, SPEC)


@pytest.fixture(scope="module")
def frame(run):
    frame = pd.DataFrame(run.samples).astype(object)
    return frame.where(frame.notna(), None)


def question(fact):
    return fact.get("question", fact["id"])


def test_every_question_under_every_condition_and_style(frame):
    plain = frame[frame.stage.isna() & frame.followup.isna()]
    expected = {
        (question(f), c["name"], s["name"]): f"{f['id']}/{c['name']}/{s['name']}" for f in FACTS for c in CONDITIONS for s in STYLES
    }
    got = dict(zip(zip(plain.question, plain.condition, plain["style"], strict=True), plain.prompt_id, strict=True))
    assert got == expected
    assert len(plain) == len(FACTS) * 6
    for _, row in plain.iterrows():
        fact = next(f for f in FACTS if question(f) == row.question)
        system = {"honest": "You always tell the truth.", "lying": "You are a {spy}. You always lie."}.get(row.condition)
        asked = fact["ask"] + (" Answer in one word." if row["style"] == "terse" else "")
        assert f"user\n{asked}<|im_end|>" in row.prompt
        if system:
            assert f"system\n{system}<|im_end|>" in row.prompt
        assert row.pair == f"{fact['id']}/{row['style']}"
        assert row.label == fact.get("label")
        assert row.group == fact.get("group")
        meta = json.loads(row.meta)
        assert meta["statement"] == fact["statement"] and meta.get("n") == fact.get("n")
    children = frame[frame.followup == "true"]
    assert len(children) == len(plain)
    parents = frame.set_index("sample_id").loc[children.parent_sample_id]
    for name in ("question", "condition", "style", "pair", "split", "label", "group", "meta"):
        assert children[name].tolist() == parents[name].tolist(), name
    assert children.prompt_id.tolist() == [f"{p}/true" for p in parents.prompt_id]


def test_splits_are_by_question(frame):
    assert set(frame.split[frame["style"] == "terse"]) == {"held"}
    others = frame[frame["style"] != "terse"]
    by = others.groupby("question").split.agg(lambda s: set(s))
    assert all(len(s) == 1 for s in by)
    assert by["q-sea"] == {"test"}
    counts = pd.Series([next(iter(s)) for q, s in by.items() if q != "q-sea"]).value_counts().to_dict()
    for name, share in (("train", 0.4), ("validation", 0.2), ("test", 0.4)):  # of the four that had none
        assert abs(counts.get(name, 0) - 4 * share) < 1 or abs(counts.get(name, 0) + (name == "test") - 5 * share) < 1


def test_neutral_answers_come_first(frame):
    stage = frame.stage == "knowledge"
    assert len(frame[stage]) == 3 * len(FACTS)
    asked = frame[stage]
    assert set(asked.prompt_id) == {f"{f['id']}/knowledge" for f in FACTS}
    assert asked.groupby("prompt_id")["sample"].agg(list).map(sorted).tolist() == [[0, 1, 2]] * len(FACTS)
    for name in ("style", "pair", "label", "followup"):
        assert asked[name].isna().all(), name
    assert set(asked.condition) == {"neutral"}
    assert asked.response_tokens.max() <= 10
    assert (asked.alternatives.map(len) == 0).all()


def test_what_the_model_knows(run, frame):
    (path,) = run.directory.glob("labels-*.arrow")
    table = open_arrow(path).to_pandas()
    assert table.sample_id.tolist() == frame.sample_id.tolist()
    assert set(table.source) == {"knowledge"}
    labels = dict(zip(table.sample_id, table.value, strict=True))
    seen = set()
    for fact in FACTS:
        mine = frame[frame.question == question(fact)]
        answers = fact["answer"] if isinstance(fact["answer"], list) else [fact["answer"]]
        wanted = {a.casefold() for a in answers}

        def right(response, wanted=wanted):
            number = {"four": "4"}
            words = "".join(c if c.isalnum() else " " for c in response.casefold()).split()
            return bool(wanted & {number.get(w, w) for w in words})

        share = np.mean([right(r) for r in mine.response[mine.stage == "knowledge"]])
        value = "knows" if share >= 0.8 else "does_not_know" if share <= 0.2 else "unsure"
        assert {labels[i] for i in mine.sample_id} == {value}, (fact["id"], mine.response[mine.stage == "knowledge"].tolist())
        seen.add(value)
    assert {"knows", "does_not_know"} <= seen


COLUMNS = ["prompt_id", "question", "condition", "style", "split", "stage", "followup", "first_position", "alternatives", "alternative_logprobs", "reduced_tokens"]
REDUCED = "blocks.29.hook_resid_post"


def alike(got, expected):
    """Equal, and what is null is null, however a reader spells it."""
    null = lambda v: None if v is None or isinstance(v, float) and np.isnan(v) else v.tolist() if isinstance(v, np.ndarray) else v  # noqa: E731
    assert [null(v) for v in got] == expected


def test_readers(run):
    files = run.files("samples")
    assert len(files) > 2
    expected = {name: [s[name] for s in run.samples] for name in COLUMNS}
    frames = pd.concat([pd.read_feather(f) for f in files])
    polars = pl.concat([pl.read_ipc(f) for f in files])
    with duckdb.connect() as connection:
        connection.register("samples", run.samples_table)
        duck = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM samples ORDER BY sample_id").fetchall()
    for i, name in enumerate(COLUMNS):
        alike(frames[name], expected[name])
        assert polars[name].to_list() == expected[name], name
        assert [row[i] for row in duck] == expected[name], name
    for kind in ("mean", "max"):
        column = run.samples_table[f"{REDUCED}.{kind}"].combine_chunks()
        flat = column.to_numpy_ndarray()
        valid = np.array(column.is_valid())
        assert valid.tolist() == [n > 0 for n in expected["reduced_tokens"]]
        assert np.stack(frames[f"{REDUCED}.{kind}"][valid].to_list()).astype(np.float32).tobytes() == flat[valid].tobytes()
        assert np.stack(polars[f"{REDUCED}.{kind}"].filter(pl.Series(valid)).to_list()).astype(np.float32).tobytes() == flat[valid].tobytes()


@pytest.mark.parametrize("form", ["parquet", "npz", "safetensors"])
def test_exports(capture, run, datasets, tmp_path, form):
    out = tmp_path / {"parquet": "out", "npz": "out.npz", "safetensors": "out.safetensors"}[form]
    capture("export", run.directory, "--to", form, "--out", out)
    expected = run.samples_table
    mean = f"{REDUCED}.mean"
    counts = [s["reduced_tokens"] for s in run.samples]
    valid = np.array(counts) > 0
    states = expected[mean].combine_chunks().to_numpy_ndarray()
    if form == "parquet":
        table = pq.read_table(out / "samples.parquet")
        for name in expected.column_names:
            if name not in ("file", "first_row"):
                column = expected[name].combine_chunks()
                if isinstance(column.type, pa.FixedShapeTensorType):
                    column = column.storage
                assert table[name].to_pylist() == column.to_pylist(), name
        read = datasets.load_dataset("parquet", data_files=str(out / "samples.parquet"), split="train", cache_dir=str(tmp_path))
        assert list(read) == table.to_pylist()
        assert pl.read_parquet(out / "samples.parquet")["alternatives"].to_list() == expected["alternatives"].to_pylist()
        asked = duckdb.sql(f"SELECT alternatives[1], alternative_logprobs[1] FROM '{out}/samples.parquet' WHERE len(alternatives) = 2").fetchall()
        assert asked == [(s["alternatives"][0], s["alternative_logprobs"][0]) for s in run.samples if s["alternatives"]]
        return
    if form == "npz":
        with np.load(out, allow_pickle=False) as arrays:
            got = {name: arrays[name] for name in arrays.files}
        for name in ("alternatives", "alternative_logprobs"):
            assert [json.loads(x) for x in got[f"samples.{name}"]] == expected[name].to_pylist(), name
        for name in ("question", "condition", "style", "split", "stage", "followup"):
            assert got[f"samples.{name}"].tolist() == [v or "" for v in expected[name].to_pylist()], name
    else:
        got = load_file(out)
        with safe_open(out, "np") as file:
            assert {"samples.alternatives", "samples.condition"} <= set(json.loads(file.metadata()["left_out"]))
    assert got[f"samples.{mean}"][valid].tobytes() == states[valid].tobytes()
    assert np.isnan(got[f"samples.{mean}"][~valid]).all()
    assert got["samples.reduced_tokens"].tolist() == counts


def test_a_stopped_run_goes_on_to_the_same_bytes(capture, smollm2, run, tmp_path):
    (tmp_path / "run.yaml").write_text(json.dumps(SPEC))
    out = tmp_path / "run"
    capture.stopped(out, out / "samples-00000.arrow", signal.SIGKILL, "run", tmp_path / "run.yaml", "--model", smollm2)
    capture("resume", tmp_path / "run")
    for path in run.files("samples") + run.files("activations"):
        assert path.read_bytes() == (tmp_path / "run" / path.name).read_bytes(), path.name
    again, first = (open_arrow(next(d.glob("labels-*.arrow"))) for d in (tmp_path / "run", run.directory))
    for name in ("sample_id", "value", "confidence", "note"):
        assert again[name].equals(first[name]), name
    capture("verify", tmp_path / "run")
