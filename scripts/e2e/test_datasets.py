"""Data sets as other programs write them give the same prompts, whatever the file."""

import json
from datetime import date, datetime, timezone
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content if m.content is string else '' }}"
    "{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% endif %}{% endfor %}{% if tools %}{{ tools | tojson }}{% endif %}"
)

ROWS = [
    {
        "id": "calls",
        "messages": [
            {"role": "user", "content": "Wie warm? é 日本 \"now\"\r\n"},
            {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"z": "1", "a": 2.0}}}]},
            {"role": "tool", "content": "22"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d"}}],
    },
    {"id": "plain", "messages": [{"role": "user", "content": "Hi"}]},
]


@pytest.fixture
def plan(capture, tiny, tmp_path):
    (tmp_path / "t.jinja").write_text(TEMPLATE)

    def planned(file, *flags):
        samples = capture.plan(tiny / "tiny-llama.gguf", "--prompts", file, "--chat", tmp_path / "t.jinja", "--max-tokens", "1", *flags)
        return [(s["prompt_id"], s["prompt"], s["roles"]) for s in samples]

    return planned


def test_messages_are_the_same_in_every_file(plan, tmp_path):
    lines = tmp_path / "a.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    want = plan(lines)
    assert [prompt for _, prompt, _ in want][1] == "<user>Hi"
    assert '"arguments": {"z": "1", "a": 2.0}' in want[0][1]
    (tmp_path / "a.json").write_text(json.dumps(ROWS, indent=2, ensure_ascii=False))
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "arrow.parquet")
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "old.parquet", version="1.0", use_compliant_nested_type=False, compression="gzip", use_dictionary=False, data_page_version="2.0")
    pl.DataFrame(ROWS).write_parquet(tmp_path / "polars.parquet")
    cells = [{k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in row.items()} for row in ROWS]
    pd.DataFrame(cells).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame(cells).to_csv(tmp_path / "a.tsv", index=False, sep="\t")
    pd.DataFrame(cells).rename(columns={"messages": "chat"}).to_parquet(tmp_path / "column.parquet")
    for name in ["a.json", "arrow.parquet", "old.parquet", "polars.parquet", "a.csv", "a.tsv"]:
        assert plan(tmp_path / name) == want, name


def test_line_ends_and_values_of_tables(capture, tiny, tmp_path):
    table = pa.table(
        {
            "prompt": pa.array(["a\r\nb", "c"], pa.large_string()).dictionary_encode(),
            "label": pa.array([1, None], pa.int8()),
            "when": pa.array([datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), None], pa.timestamp("ns", "UTC")),
            "day": pa.array([date(1969, 12, 31), None]),
            "price": pa.array([Decimal("12.50"), None], pa.decimal128(10, 2)),
            "share": pa.array([1.0, None], pa.float32()),
            "answers": pa.array([["8", "eight"], None], pa.large_list(pa.large_string())),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    run = capture.run(tmp_path / "run", tiny / "tiny-llama.gguf", "--prompts", tmp_path / "t.parquet", "--chat", "none", "--max-tokens", "1")
    first, second = run.samples
    assert (first["prompt"], first["label"], second["label"]) == ("a\r\nb", "1", None)
    meta = json.loads(first["meta"], parse_float=str)
    assert meta == {"when": "2026-01-02T03:04:05Z", "day": "1969-12-31", "price": "12.50", "share": "1.0", "answers": ["8", "eight"]}
    assert set(json.loads(second["meta"]).values()) == {None}


def test_parquet_that_cannot_be_unpacked_is_not_called_damaged(capture, tiny, tmp_path):
    pq.write_table(pa.table({"prompt": ["x"]}), tmp_path / "lz4.parquet", compression="lz4")
    with pytest.raises(AssertionError, match='column "prompt" is compressed with LZ4_RAW, which is not read'):
        capture.plan(tiny / "tiny-llama.gguf", "--prompts", tmp_path / "lz4.parquet")


def test_the_order_of_variables_outlives_the_manifest(capture, tiny, tmp_path):
    (tmp_path / "t.jinja").write_text("{{ messages[0].content }}{{ tools | tojson }}{{ x | tojson }}")
    spec = {
        "prompts": {"rows": [{"prompt": "a"}, {"prompt": "b", "tools": [{"z": 1, "A": {"d": 1.0, "c": 2}}]}]},
        "chat": {"template": "t.jinja", "vars": {"tools": [{"q": "x", "B": 2, "a": [1.50, True]}], "x": {"z": 0, "Y": 1, "b": 2}}},
        "generate": {"max_tokens": 1},
    }
    run = capture.experiment(tmp_path, tiny / "tiny-llama.gguf", spec)
    end = '{"z": 0, "Y": 1, "b": 2}'
    assert [s["prompt"] for s in run.samples] == ['a[{"q": "x", "B": 2, "a": [1.5, true]}]' + end, 'b[{"z": 1, "A": {"d": 1.0, "c": 2}}]' + end]
    assert "identical" in capture("replay", run.directory)
