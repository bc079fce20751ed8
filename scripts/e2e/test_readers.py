"""What pyarrow, pandas, polars and DuckDB find in the files of a run."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.feather
import pytest
from conftest import STREAM, Run, open_arrow

PROMPTS = ["What is the capital of France?", "Write a short poem about the sea."]
HOOK = "blocks.7.hook_resid_post"
LAYERS, WIDTH = 30, 576
POINTS = [
    "hook_embed",
    *(f"blocks.{layer}.hook_resid_{end}" for layer in range(LAYERS) for end in ("pre", "post")),
    "ln_final.hook_normalized",
]


@pytest.fixture(scope="session")
def run(capture, smollm2, tmp_path_factory):
    out = tmp_path_factory.mktemp("readers") / "float32"
    return capture.run(out, smollm2, "--max-tokens", 16, *STREAM, prompts=PROMPTS)


@pytest.fixture(scope="session")
def half_run(capture, smollm2, tmp_path_factory):
    out = tmp_path_factory.mktemp("readers") / "float16"
    flags = ("--max-tokens", 16, *STREAM, "--dtype", "float16")
    return capture.run(out, smollm2, *flags, prompts=PROMPTS)


EXPERIMENT = f"""
prompts:
  text: {PROMPTS}
generate: {{max_tokens: 8}}
capture: {{hooks: ["resid_post:0,7"], tokens: "response", reduce: [mean, last, max]}}
alternatives:
  - {{name: verdict, options: ["Yes", "No"]}}
followups:
  - {{name: sure, ask: "Are you sure?", alternatives: ["Yes", "No"]}}
"""


@pytest.fixture(scope="session")
def experiment(capture, smollm2, tmp_path_factory):
    """A run with lists that hold something, follow-ups, and reductions."""
    folder = tmp_path_factory.mktemp("experiment")
    spec = folder / "spec.yaml"
    spec.write_text(EXPERIMENT)
    capture("run", spec, "--model", smollm2, "--out", folder / "run")
    return Run(folder / "run")


@pytest.fixture(scope="session")
def path(run):
    (path,) = run.files("activations")
    return path


def activation_schema(element: pa.DataType) -> pa.Schema:
    codes = pa.dictionary(pa.int8(), pa.utf8())
    return pa.schema(
        [
            pa.field("sample_id", pa.int64(), nullable=False),
            pa.field("position", pa.int32(), nullable=False),
            pa.field("token_id", pa.int32(), nullable=False),
            pa.field("token", pa.utf8(), nullable=False),
            pa.field("phase", codes, nullable=False),
            pa.field("role", codes, nullable=False),
            pa.field("turn", pa.int32(), nullable=False),
            pa.field("generated", pa.bool_(), nullable=False),
            pa.field("reasoning", pa.bool_(), nullable=False),
            pa.field("stop", pa.bool_(), nullable=False),
            pa.field("logprob", pa.float32()),
            pa.field("entropy", pa.float32()),
            pa.field("spans", pa.list_(pa.utf8()), nullable=False),
            *(pa.field(point, pa.fixed_shape_tensor(element, [WIDTH]), nullable=False) for point in POINTS),
        ],
        metadata={"capture.format": "3", "capture.table": "activations"},
    )


SAMPLE_SCHEMA = pa.schema(
    [
        pa.field("sample_id", pa.int64(), nullable=False),
        pa.field("prompt_id", pa.utf8(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("label", pa.utf8()),
        pa.field("group", pa.utf8()),
        pa.field("split", pa.utf8()),
        pa.field("pair", pa.utf8()),
        pa.field("question", pa.utf8()),
        pa.field("condition", pa.utf8()),
        pa.field("style", pa.utf8()),
        pa.field("stage", pa.utf8()),
        pa.field("parent_sample_id", pa.int64()),
        pa.field("followup", pa.utf8()),
        pa.field("prompt", pa.utf8(), nullable=False),
        pa.field("response", pa.utf8(), nullable=False),
        pa.field("finish_reason", pa.utf8(), nullable=False),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("response_tokens", pa.int32(), nullable=False),
        pa.field("stop_tokens", pa.int32(), nullable=False),
        pa.field("first_position", pa.int32(), nullable=False),
        pa.field("seed", pa.int64()),
        pa.field("logprob", pa.float64()),
        pa.field("alternatives", pa.list_(pa.utf8()), nullable=False),
        pa.field("alternative_logprobs", pa.list_(pa.float64()), nullable=False),
        pa.field("file", pa.utf8(), nullable=False),
        pa.field("first_row", pa.int64(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("meta", pa.utf8(), nullable=False),
    ],
    metadata={"capture.format": "3", "capture.table": "samples"},
)


def test_schema_of_activations(run):
    assert run.activations.schema.equals(activation_schema(pa.float32()), check_metadata=True)


def test_schema_of_a_float16_run(half_run):
    assert half_run.activations.schema.equals(activation_schema(pa.float16()), check_metadata=True)


def test_schema_of_samples(run):
    (path,) = run.files("samples")
    assert open_arrow(path).schema.equals(SAMPLE_SCHEMA, check_metadata=True)


def test_every_batch_is_valid(run):
    run.activations.validate(full=True)
    for path in run.files("samples"):
        open_arrow(path).validate(full=True)


def test_a_column_is_an_array_of_vectors(run):
    states = run.states(HOOK)
    assert states.shape == (len(run.activations), WIDTH)
    assert states.dtype == np.float32
    assert np.isfinite(states).all()


def test_mapping_and_reading_a_column_copies_nothing(path):
    before = pa.total_allocated_bytes()
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    states = [chunk.to_numpy_ndarray() for chunk in table[HOOK].chunks]
    assert pa.total_allocated_bytes() - before < 4096
    assert sum(map(len, states)) == len(table)
    assert not any(part.flags.owndata for part in states)


def test_a_dataset_reads_one_column_alone(run, path):
    before = pa.total_allocated_bytes()
    column = pyarrow.dataset.dataset(path, format="ipc").to_table(columns=[HOOK])[HOOK]
    allocated = pa.total_allocated_bytes() - before
    assert allocated < 2 * run.states(HOOK).nbytes
    assert allocated < path.stat().st_size / 10
    assert column.combine_chunks().to_numpy_ndarray().tobytes() == run.states(HOOK).tobytes()


def test_feather_reads_chosen_columns(run, path):
    table = pyarrow.feather.read_table(path, columns=["token", HOOK], memory_map=True)
    assert table.column_names == ["token", HOOK]
    assert table[HOOK].combine_chunks().to_numpy_ndarray().tobytes() == run.states(HOOK).tobytes()
    assert table["token"].to_pylist() == run.tokens["token"].to_pylist()


# ---- the same file by every reader; a null float is NaN where a reader has no nulls ----


def by_pandas(path, points):
    frame = pd.read_feather(path)
    return {name: np.stack(c) if name in points else listed(c) for name, c in frame.items()}


def by_polars(path, points):
    frame = pl.read_ipc(path)
    return {c.name: c.to_numpy() if c.name in points else c.to_list() for c in frame}


def by_duckdb_over_arrow(path, points):
    with duckdb.connect() as connection:
        connection.register("activations", open_arrow(path))
        columns = connection.execute("SELECT * FROM activations").fetchnumpy()
    return {name: np.stack(c) if name in points else listed(c) for name, c in columns.items()}


def listed(column):
    values = column.tolist()
    return [v.tolist() if isinstance(v, np.ndarray) else v for v in values]


@pytest.mark.parametrize("read", [by_pandas, by_polars, by_duckdb_over_arrow])
def test_readers_agree_with_pyarrow(run, path, read):
    columns = read(path, set(run.hooks))
    assert list(columns) == run.activations.column_names
    for name in run.hooks:
        expected = run.states(name)
        assert columns[name].dtype == expected.dtype, name
        assert columns[name].shape == expected.shape, name
        assert columns[name].tobytes() == expected.tobytes(), name
    for name in run.tokens.column_names:
        expected = run.tokens[name].to_pylist()
        if name in ("logprob", "entropy"):
            got = np.array(columns[name], dtype=np.float32)
            np.testing.assert_array_equal(got, np.array(expected, dtype=np.float32), err_msg=name)
        else:
            assert columns[name] == expected, name


# ---- samples with lists and tensors, of which some are null ----


def samples_by_pandas(path):
    frame = pd.read_feather(path)
    return {name: listed(column) for name, column in frame.items()}


def samples_by_polars(path):
    return {column.name: column.to_list() for column in pl.read_ipc(path)}


def samples_by_duckdb(path):
    with duckdb.connect() as connection:
        connection.register("samples", open_arrow(path))
        found = connection.execute("SELECT * FROM samples")
        names = [column[0] for column in found.description]
        columns = zip(*found.fetchall(), strict=True)
    return dict(zip(names, columns, strict=True))


def plain(value):
    """A value as Python has it: nested lists, None for whatever a reader calls missing."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if value is None or value is pd.NA or value != value else value


@pytest.mark.parametrize("read", [samples_by_pandas, samples_by_polars, samples_by_duckdb])
def test_readers_agree_on_samples(experiment, read):
    (path,) = experiment.files("samples")
    table, columns = open_arrow(path), read(path)
    assert list(columns) == table.column_names
    for name in table.column_names:
        assert plain(list(columns[name])) == plain(table[name].to_pylist()), name


def test_alternatives_are_lists(experiment):
    for sample in experiment.samples:
        assert len(sample["alternatives"]) == len(sample["alternative_logprobs"]) == 2
        assert all(logprob <= 0 for logprob in sample["alternative_logprobs"])


def test_followups_go_on_from_their_parents(experiment):
    followups = [sample for sample in experiment.samples if sample["followup"] == "sure"]
    assert len(followups) == len(PROMPTS)
    for sample in followups:
        parent = experiment.samples[sample["parent_sample_id"]]
        assert sample["prompt_id"] == parent["prompt_id"] + "/sure"
        assert sample["first_position"] == parent["prompt_tokens"] + parent["response_tokens"]


def test_reductions_are_those_of_the_rows(experiment):
    (path,) = experiment.files("samples")
    table = open_arrow(path)
    for hook in experiment.hooks:
        states = experiment.states(hook)
        for sample in experiment.samples:
            rows = states[experiment.span(sample["sample_id"])]
            assert sample["reduced_tokens"] == sample["rows"] == len(rows)
            got = {kind: table[f"{hook}.{kind}"][sample["sample_id"]].as_py() for kind in ("mean", "last", "max")}
            if len(rows) == 0:
                assert set(got.values()) == {None}
                continue
            total = rows[0].copy()
            for row in rows[1:]:
                total += row
            assert got["mean"] == (total / np.float32(len(rows))).tolist()
            assert got["last"] == rows[-1].tolist()
            assert got["max"] == rows.max(axis=0).tolist()


def test_polars_gives_a_matrix(run, path):
    states = pl.read_ipc(path, columns=[HOOK])[HOOK].to_numpy()
    assert states.shape == (len(run.activations), WIDTH)
    assert states.tobytes() == run.states(HOOK).tobytes()


def test_duckdb_counts_sums_and_joins(run):
    with duckdb.connect() as connection:
        connection.register("activations", run.activations)
        connection.register("samples", pa.Table.from_pylist(run.samples, schema=SAMPLE_SCHEMA))
        found = connection.execute(
            """SELECT s.sample_id, s.rows, count(*), max(a.position) + 1, sum(a.logprob::DOUBLE), s.logprob,
                      count(*) FILTER (a.phase = 'response'), s.response_tokens
               FROM samples s JOIN activations a USING (sample_id) GROUP BY ALL ORDER BY 1"""
        ).fetchall()
    assert [row[0] for row in found] == [0, 1]
    for _, rows, counted, positions, summed, logprob, responses, response_tokens in found:
        assert rows == counted == positions
        assert responses == response_tokens
        assert summed == pytest.approx(logprob, abs=1e-4)


def test_duckdb_computes_with_vectors(run):
    with duckdb.connect() as connection:
        connection.register("activations", run.activations)
        query = f"""SELECT array_inner_product("{HOOK}", "{HOOK}") AS square
                    FROM activations ORDER BY sample_id, position"""
        squares = connection.execute(query).fetchnumpy()["square"]
    expected = np.square(run.states(HOOK).astype(np.float64)).sum(axis=1)
    np.testing.assert_allclose(squares, expected, rtol=1e-5)


def test_float16_is_float32_rounded(run, half_run):
    assert half_run.tokens.equals(run.tokens)
    assert half_run.hooks == run.hooks
    for name in run.hooks:
        states = half_run.states(name)
        assert states.dtype == np.float16
        with np.errstate(over="ignore"):
            expected = run.states(name).astype(np.float16)
        assert states.tobytes() == expected.tobytes(), name


def test_pandas_and_polars_read_float16(half_run):
    (path,) = half_run.files("activations")
    expected = half_run.states(HOOK).tobytes()
    assert np.stack(pd.read_feather(path)[HOOK]).tobytes() == expected
    assert pl.read_ipc(path)[HOOK].to_numpy().tobytes() == expected
