"""Rows of the causal test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import causal  # noqa: E402
import published  # noqa: E402
import statements  # noqa: E402


@pytest.fixture(params=["own", "published"])
def rows(request, tmp_path):
    if request.param == "own":
        return statements.statements()
    lines = ["statement,label"]
    for n in range(8):
        lines += [f"The Spanish word 'w{n}' means 'm{n}'.,1", f"The Spanish word 'w{n}' means 'm{n + 1}'.,0"]
    (tmp_path / "sp_en_trans.csv").write_text("\n".join(lines) + "\n")
    return published.statements(tmp_path)


def test_no_example_is_asked_about(rows):
    asked = causal.tested(rows)
    assert len(asked) > 2 and {row["label"] for row in asked} == {"true", "false"}
    beginnings = set()
    for row in asked:
        beginning, claim, end = row["prompt"].partition(row["spans"]["claim"])
        assert end == " This statement is:" and claim not in beginning
        beginnings.add(beginning)
    (shots,) = beginnings
    lines = shots.splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == ["FALSE", "TRUE"] * causal.SHOTS
    truth = {row["prompt"] + row["response"]: row["label"].upper() for row in rows}
    for line in lines:
        statement, _, said = line.partition(f" {causal.END} ")
        assert truth[statement] == said
    words = {claim.split("'")[1] for claim in (row["spans"]["claim"] for row in asked)}
    assert not words & {line.split("'")[1] for line in lines}


def test_the_spec_says_where_and_how_much():
    spec = causal.spec("d.safetensors#blocks.12.hook_resid_post", 12, 30, 20)
    (edit,) = spec["interventions"]
    assert edit["at"] == "resid_post:6-12" and edit["scale"] == [1, -1] and edit["unit"] == "gap"
    assert spec["controls"]["random"] == 20


def test_the_layer_is_the_best_one_of_the_middle_half():
    values = [0.9, 0.5, 0.7, None, 0.7, 0.4, 0.8]
    curve = [{"layer": i, "auroc": {"value": value}} for i, value in enumerate(values)]
    assert causal.probe_layer(curve) == 2
