"""Runs are read as they were written, whole samples without a token included."""

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

from runs import Run  # noqa: E402

BINARY = Path(os.environ.get("CAPTURE_BIN") or REPOSITORY / "bin" / "capture").resolve()
ROWS = [
    {"id": "a", "prompt": "Say yes.", "response": "Yes, I do.", "question": "q", "mood": "good"},
    {"id": "b", "prompt": "Say one word."},  # sampled, one token long
    {"id": "c", "prompt": "Say no.", "response": "No."},
]


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    script = REPOSITORY / "scripts" / "smollm2.sh"
    model = os.environ.get("CAPTURE_MODEL") or subprocess.check_output(["sh", script], text=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))

    def make(name: str, *flags: str) -> Run:
        out = folder / name
        command = [BINARY, "run", "--model", model.strip(), "--prompts", folder / "rows.jsonl"]
        command += ["--hooks", "resid_post:0,2,10", "--set", "capture.group=2", "--threads", "1"]
        command += ["--max-tokens", "1"]
        done = subprocess.run([*command, "--out", out, *flags], capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stderr
        return Run(out)

    return make


def test_groups_of_files_are_joined(make):
    run = make("rows", "--tokens", "answer[1:]")
    assert len(list(run.directory.glob("samples-*.arrow"))) == 2
    assert len(run.samples) == len(ROWS)


def test_keys_of_rows_are_columns(make):
    samples = make("keys", "--tokens", "last").samples
    assert (
        samples["mood"].tolist()[0] == "good" and samples["mood"].isna().tolist()[1:] == [True] * 2
    )
    assert samples["response"].tolist()[::2] == ["Yes, I do.", "No."]


def test_labels_are_the_newest(make):
    run = make("labels", "--tokens", "last")
    with pytest.raises(SystemExit, match="has no labels mood"):
        run.labels("mood")
    for value in ("one", "two"):
        file = run.directory.parent / f"{value}.csv"
        file.write_text(f"sample_id,value\n0,{value}\n2,{value}\n")
        subprocess.run(
            [BINARY, "label", run.directory, "--name", "mood", "--from", file], check=True, timeout=1800
        )
    assert run.labels("mood").to_dict() == {0: "two", 2: "two"}


def test_a_run_that_is_not_whole_is_refused(make, tmp_path):
    whole = make("whole", "--tokens", "last").directory / "manifest.json"
    manifest = json.loads(whole.read_text("utf-8")) | {"status": "interrupted"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SystemExit, match="interrupted"):
        Run(tmp_path)
