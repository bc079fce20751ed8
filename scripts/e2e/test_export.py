"""What pyarrow, pandas, polars, DuckDB, Hugging Face datasets, NumPy and safetensors find in
the exports of a run."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

PROMPTS = ["What is the capital of France?", "Write a short poem about the sea."]
HOOKS = ("--hooks", "resid_post:0,15,-1", "--hooks", "blocks.3.attn.hook_z", "--hooks", "unembed.hook_out")


@pytest.fixture(scope="session", params=["float32", "float16"])
def run(request, capture, smollm2, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / request.param
    return capture.run(out, smollm2, "--max-tokens", 8, *HOOKS, "--dtype", request.param, prompts=PROMPTS)


def export(capture, run, form, *flags):
    done = json.loads(capture("export", run.directory, "--to", form, "--overwrite", "--json", *flags))
    assert (done["rows"], done["samples"]) == (len(run.activations), len(run.samples))
    return run.directory.parent / done["out"], done


def located(run, file):
    """The samples as an export has them: `file` names the file of the export."""
    return [sample | {"file": file} for sample in run.samples]


@pytest.fixture(scope="session")
def parquet(capture, run):
    out, _ = export(capture, run, "parquet")
    return out / "activations.parquet", out / "samples.parquet"


def test_parquet_by_pyarrow(run, parquet):
    table = pq.read_table(parquet[0])
    for name in run.tokens.column_names:
        assert table[name].combine_chunks().equals(run.activations[name].combine_chunks()), name
    for name in run.hooks:
        states = run.states(name)
        field = table.schema.field(name)
        assert pa.types.is_fixed_size_list(field.type)
        assert json.loads(field.metadata[b"capture.shape"]) == list(states.shape[1:])
        got = table[name].combine_chunks().flatten().to_numpy()
        assert got.dtype == states.dtype
        assert got.tobytes() == states.tobytes(), name
    assert pq.read_table(parquet[1]).to_pylist() == located(run, "activations.parquet")
    manifest = json.loads(pq.read_schema(parquet[0]).metadata[b"capture.manifest"])
    assert manifest == {key: value for key, value in run.manifest.items() if key != "host"}


def test_parquet_with_tensors(capture, run, tmp_path):
    export(capture, run, "parquet", "--tensors", "--out", tmp_path / "tensors")
    table = pq.read_table(tmp_path / "tensors" / "activations.parquet")
    assert [f.type for f in table.schema] == [f.type for f in run.activations.schema]
    for name in run.activations.column_names:
        assert table[name].combine_chunks().equals(run.activations[name].combine_chunks()), name
    for name in run.hooks:
        assert pl.read_parquet(tmp_path / "tensors" / "activations.parquet")[name].to_numpy().tobytes() == run.states(name).tobytes(), name


@pytest.mark.parametrize("streaming", [False, True])
def test_parquet_by_datasets(run, parquet, datasets, streaming, tmp_path):
    def load(path):
        return datasets.load_dataset("parquet", data_files=str(path), split="train", streaming=streaming, cache_dir=str(tmp_path))

    activations = load(parquet[0])
    assert activations.column_names == run.activations.column_names
    rows = list(activations)
    for name in run.tokens.column_names:
        assert [row[name] for row in rows] == run.tokens[name].to_pylist(), name
    for name in run.hooks:
        states = run.states(name)
        assert activations.features[name].length == states[0].size
        assert np.array([row[name] for row in rows], dtype=states.dtype).tobytes() == states.tobytes(), name
    assert list(load(parquet[1])) == located(run, "activations.parquet")


def test_parquet_by_pandas(run, parquet):
    frame = pd.read_parquet(parquet[0])
    for name in run.hooks:
        states = run.states(name)
        assert np.stack(frame[name]).tobytes() == states.tobytes(), name
    assert frame["token"].to_list() == run.tokens["token"].to_pylist()


def test_parquet_by_polars(run, parquet):
    frame = pl.read_parquet(parquet[0])
    assert frame.columns == run.activations.column_names
    for name in run.hooks:
        assert frame[name].to_numpy().tobytes() == run.states(name).tobytes(), name
    assert frame["token"].to_list() == run.tokens["token"].to_pylist()
    assert frame["logprob"].to_list() == run.tokens["logprob"].to_pylist()
    assert pl.read_parquet(parquet[1])["response"].to_list() == [s["response"] for s in run.samples]


def test_parquet_by_duckdb(run, parquet):
    columns = duckdb.sql(f"SELECT * FROM '{parquet[0]}'").fetchnumpy()
    assert list(columns) == run.activations.column_names
    for name in run.hooks:
        states = run.states(name)
        got = np.stack(columns[name]).reshape(states.shape)
        np.testing.assert_array_equal(got.astype(states.dtype), states, err_msg=name)
    (counted,) = duckdb.sql(
        f"""SELECT count(*), max(s.first_row) FROM '{parquet[0]}' JOIN '{parquet[1]}' s USING (sample_id)
            WHERE phase = 'response'"""
    ).fetchall()
    assert counted == (sum(s["response_tokens"] for s in run.samples), run.samples[-1]["first_row"])


def test_npz(capture, run):
    path, done = export(capture, run, "npz")
    assert done["columns"] == run.hooks
    with np.load(path, allow_pickle=False) as arrays:
        got = {name: arrays[name] for name in arrays.files}
    for name in run.hooks:
        states = run.states(name)
        assert got[name].dtype == states.dtype
        assert got[name].shape == states.shape
        assert got[name].tobytes() == states.tobytes(), name
    for name in run.tokens.column_names:
        expected = run.tokens[name].to_pylist()
        if name in ("logprob", "entropy"):
            expected = np.array(expected, dtype=np.float32)  # None is NaN
        elif name == "spans":
            expected = [json.dumps(spans) for spans in expected]
        np.testing.assert_array_equal(got[name], expected, err_msg=name)
    for sample, prompt, parent in zip(run.samples, got["samples.prompt"], got["samples.parent_sample_id"], strict=True):
        assert (sample["prompt"], sample["parent_sample_id"]) == (prompt, None)
        assert parent == -1
    assert json.loads(got["manifest"].item())["model"] == run.manifest["model"]


def test_safetensors(capture, run):
    path, _ = export(capture, run, "safetensors")
    got = load_file(path)
    for name in run.hooks:
        states = run.states(name)
        assert got[name].dtype == states.dtype
        assert got[name].shape == states.shape
        assert got[name].tobytes() == states.tobytes(), name
    for name in ("sample_id", "position", "token_id", "generated"):
        np.testing.assert_array_equal(got[name], run.tokens[name].to_pylist(), err_msg=name)
    with safe_open(path, "np") as file:
        meta = file.metadata()
    for name in ("phase", "role"):
        names = json.loads(meta[name])
        assert [names[code] for code in got[name]] == run.tokens[name].to_pylist()
    assert set(json.loads(meta["left_out"])) == ({"token", "spans"} | text_columns(run)) - set(got)


def text_columns(run):
    """Samples' columns that are no numbers: texts, and lists."""
    (path,) = run.files("samples")
    schema = pa.ipc.open_file(pa.memory_map(str(path))).schema
    return {f"samples.{field.name}" for field in schema if field.type == pa.utf8() or pa.types.is_list(field.type)}


def test_chosen_columns(capture, run, tmp_path):
    _, done = export(capture, run, "npz", "--out", tmp_path / "some.npz", "--hooks", "blocks.*.hook_resid_post")
    assert done["columns"] == [name for name in run.hooks if name.endswith("resid_post")]
