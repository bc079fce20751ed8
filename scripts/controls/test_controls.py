"""The control sets are what their generators make, and can be told apart and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
sys.path.insert(0, str(HERE))

from make_controls import SETS  # noqa: E402
from rows import jsonl  # noqa: E402

KEYS = {"id", "messages", "question", "label", "group", "answer"}
COUNTS = {name: 1008 if name == "benign" else 240 for name in SETS}


def committed(name: str) -> list[dict]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", SETS)
def test_the_generator_makes_the_committed_bytes(name):
    assert jsonl(SETS[name]()).encode() == (HERE / f"{name}.jsonl").read_bytes()


@pytest.mark.parametrize("name", SETS)
def test_rows_are_many_and_distinct(name):
    rows = committed(name)
    assert len(rows) == COUNTS[name]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({json.dumps(row["messages"]) for row in rows}) == len(rows)
    assert len({row["group"] for row in rows}) >= 5
    assert len({row["question"] for row in rows}) >= 30


@pytest.mark.parametrize("name", SETS)
def test_rows_are_well_formed(name):
    for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines():
        assert len(line) <= 600, line
        row = json.loads(line)
        assert set(row) <= KEYS and set(row) >= KEYS - {"answer"}
        roles = [message["role"] for message in row["messages"]]
        assert roles in (["user"], ["system", "user"]), row["id"]
        texts = [message["content"] for message in row["messages"]] + [row.get("answer", "x")]
        for text in texts:
            assert text == text.strip() and text.isprintable() or "\n\n" in text, row["id"]
            assert text and not set(text) & set("{}"), row["id"]


def test_ids_are_distinct_over_all_sets():
    ids = [row["id"] for name in SETS for row in committed(name)]
    assert len(set(ids)) == len(ids)


def test_the_readme_counts_them():
    readme = (HERE / "README.md").read_text("utf-8")
    for name in SETS:
        rows = committed(name)
        questions, groups = ({row[key] for row in rows} for key in ("question", "group"))
        assert f"| `{name}` | {len(rows):,} | {len(questions)} | {len(groups)} " in readme


@pytest.mark.parametrize("name", SETS)
def test_every_spec_runs(name):
    """As far as a dry run goes: every row is rendered and counted, every hook point checked."""
    script = REPOSITORY / "scripts" / "smollm2.sh"
    model = (
        os.environ.get("CAPTURE_MODEL")
        or subprocess.check_output(["sh", script], text=True).strip()
    )
    binary = os.environ.get("CAPTURE_BIN") or REPOSITORY / "bin" / "capture"
    command = [binary, "run", HERE / f"{name}.yaml", "--model", model, "--dry-run", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, timeout=1800)
    assert done.returncode == 0, done.stderr
    planned = [json.loads(line) for line in done.stdout.splitlines()]
    assert [plan["prompt_id"] for plan in planned] == [row["id"] for row in committed(name)]
    for plan, row in zip(planned, committed(name), strict=True):
        assert row["messages"][-1]["content"] in plan["prompt"]
