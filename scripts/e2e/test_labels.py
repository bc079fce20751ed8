"""Label tables: what pyarrow, pandas, polars and DuckDB find in them, and how they join."""

import csv
import datetime
import hashlib
import json
from collections import Counter

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from conftest import open_arrow, write_jsonl

FACTS = [
    {"id": "france", "prompt": "What is the capital of France?", "answer": "Paris"},
    {"id": "italy", "prompt": "What is the capital of Italy?", "answer": ["Rome", "Roma"]},
    {"id": "japan", "prompt": "What is the capital of Japan?", "answer": "Tokyo"},
    {"id": "zembla", "prompt": "What is the capital of Zembla?", "answer": "Onhava"},
]
ASK = "The capital is {answer}. Somebody says: {response} Is that right? Say yes or no."

SCHEMA = pa.schema(
    [
        pa.field("sample_id", pa.int64(), nullable=False),
        pa.field("value", pa.utf8(), nullable=False),
        pa.field("confidence", pa.float64()),
        pa.field("source", pa.utf8(), nullable=False),
        pa.field("name", pa.utf8(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("prompt", pa.utf8()),
        pa.field("answer", pa.utf8()),
        pa.field("note", pa.utf8()),
    ]
)


@pytest.fixture(scope="module")
def run(capture, smollm2, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    facts = write_jsonl(folder / "facts.jsonl", FACTS)
    flags = ("--prompts", facts, "--samples", 2, "--temperature", 1, "--max-tokens", 12, "--hooks", "resid_post:-1")
    made = capture.run(folder / "run", smollm2, *flags)
    capture("label", made.directory, "--name", "truth", "--rule", "contains")
    capture("label", made.directory, "--name", "judged", "--judge", smollm2, "--ask", ASK, "--values", "yes,no")
    with (folder / "hand.csv").open("w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow(["sample_id", "value", "confidence", "note"])
        for sample in made.samples[:-1]:
            rows.writerow([sample["sample_id"], "correct", 0.25, 'as "seen", ünsure'])
    capture("label", made.directory, "--name", "truth", "--from", folder / "hand.csv")
    return made


def labels(run, name, version=1):
    return open_arrow(run.directory / f"labels-{name}-{version:04d}.arrow")


def header(table):
    return json.loads(table.schema.metadata[b"capture.labels"])


def test_schema(run):
    for name in ("truth", "judged"):
        table = labels(run, name)
        assert table.schema.equals(SCHEMA)
        table.validate(full=True)
        assert table.schema.metadata[b"capture.table"] == b"labels"
        assert set(table["name"].to_pylist()) == {name} and set(table["version"].to_pylist()) == {1}
        age = datetime.datetime.now(datetime.UTC) - table["time"][0].as_py()
        assert datetime.timedelta(0) <= age < datetime.timedelta(hours=1)


def test_the_rule_says_what_python_says(run):
    answers = {fact["id"]: fact["answer"] for fact in FACTS}
    for sample, label in zip(run.samples, labels(run, "truth").to_pylist(), strict=True):
        wanted = answers[sample["prompt_id"]]
        wanted = [wanted] if isinstance(wanted, str) else wanted
        words = "".join(c if c.isalnum() else " " for c in sample["response"].casefold()).split()
        right = any(w.casefold() in words for w in wanted)
        assert label["value"] == ("correct" if right else "incorrect"), sample["response"]
    assert header(labels(run, "truth"))["how"]["rule"] == "contains"


def test_the_file_is_kept_as_it_was(run):
    table = labels(run, "truth", 2)
    assert table["sample_id"].to_pylist() == [s["sample_id"] for s in run.samples[:-1]]
    assert set(table["note"].to_pylist()) == {'as "seen", ünsure'}
    assert set(table["confidence"].to_pylist()) == {0.25}
    text = (run.directory.parent / "hand.csv").read_bytes()
    assert header(table)["how"]["sha256"] == hashlib.sha256(text).hexdigest()
    assert header(table)["values"] == ["correct", "incorrect"]


def test_the_judge_keeps_what_it_read_and_answered(run, smollm2):
    table = labels(run, "judged")
    assert header(table)["how"]["model"]["sha256"] == hashlib.sha256(smollm2.read_bytes()).hexdigest()
    for sample, label in zip(run.samples, table.to_pylist(), strict=True):
        assert sample["response"].strip() in label["prompt"]
        assert label["prompt"].startswith("<|im_start|>")
        words = [w.strip(".,!*:;'\"").casefold() for w in label["answer"].split()]
        first = next((w for w in words if w in ("yes", "no")), "ambiguous")
        assert label["value"] == first, label["answer"]


def test_readers_join_labels_with_samples_and_rows(run):
    truth, samples = labels(run, "truth", 2), open_arrow(run.files("samples")[0])
    want = by_sample(truth)

    path = run.directory / "labels-truth-0002.arrow"
    joined = samples.to_pandas().merge(pd.read_feather(path)[["sample_id", "value"]], on="sample_id", how="left")
    assert joined["value"].dropna().tolist() == list(want.values())
    assert joined["value"].isna().sum() == 1

    frame = pl.from_arrow(samples).join(pl.read_ipc(path).select("sample_id", "value"), on="sample_id", how="left")
    assert frame["value"].to_list() == [want.get(i) for i in frame["sample_id"].to_list()]

    with duckdb.connect() as connection:
        connection.register("activations", run.tokens)
        connection.register("truth", truth)
        query = "SELECT value, count(*) FROM activations JOIN truth USING (sample_id) GROUP BY value"
        counted = dict(connection.execute(query).fetchall())
    ids = run.tokens["sample_id"].to_pylist()
    assert counted == Counter(want[i] for i in ids if i in want)

    y = np.array([want.get(i) for i in ids])
    assert run.flat(run.hooks[0])[y == "correct"].shape == (counted["correct"], 576)


def by_sample(table):
    return dict(zip(table["sample_id"].to_pylist(), table["value"].to_pylist(), strict=True))


def test_agreement_is_that_of_numpy(run, capture):
    found = json.loads(capture("agree", run.directory, "truth@1", "truth@2", "--json"))
    a, b = by_sample(labels(run, "truth")), by_sample(labels(run, "truth", 2))
    both = sorted(a.keys() & b.keys())
    x, y = np.array([a[i] for i in both]), np.array([b[i] for i in both])
    chance = sum((x == v).mean() * (y == v).mean() for v in set(x) | set(y))
    assert (found["both"], found["only_a"], found["only_b"]) == (len(both), 1, 0)
    assert found["agree"] == (x == y).sum()
    if chance == 1:
        assert found["kappa"] is None
    else:
        assert found["kappa"] == pytest.approx(((x == y).mean() - chance) / (1 - chance))


def test_parquet_has_the_same(run, capture, tmp_path):
    capture("export", run.directory, "--to", "parquet", "--out", tmp_path / "out")
    for name, version in (("truth", 1), ("truth", 2), ("judged", 1)):
        table = pyarrow.parquet.read_table(tmp_path / "out" / f"labels-{name}-{version:04d}.parquet")
        assert table.equals(labels(run, name, version))
        assert header(table) == header(labels(run, name, version))
