"""Every reproduction runs, small, on a real model, and leaves its plots and numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
BINARY = Path(os.environ.get("CAPTURE_BIN") or REPOSITORY / "bin" / "capture").resolve()
PLOTS = {
    "truth": ["layers.png", "transfer.png"],
    "pairs": ["layers.png", "controls.png"],
    "lie_or_mistake": ["layers.png", "afterwards.png"],
    "causal": ["effects.png"],
}
CONTROLS = ["benign", "counterfactual", "deception", "recital", "roleplay", "sarcasm"]
TIMEOUT = 3600  # only turns a hang into a failure


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    """Runs a reproduction once, and gives its folder and its numbers."""
    out, made = tmp_path_factory.mktemp("reproduce"), {}

    def run(name: str) -> tuple[Path, dict]:
        if name not in made:
            command = [sys.executable, HERE / "reproduce.py", name, "--small", "--out", out]
            kept = {k: v for k, v in os.environ.items() if not k.startswith("CAPTURE_")}
            for key in ("CAPTURE_MODEL", "CAPTURE_CACHE"):
                kept |= {key: os.environ[key]} if key in os.environ else {}
            kept |= {"CAPTURE_BIN": str(BINARY), "CAPTURE_THREADS": "1"}
            done = subprocess.run(
                command, env=kept, capture_output=True, text=True, timeout=TIMEOUT
            )
            assert done.returncode == 0, done.stderr
            made[name] = json.loads((out / name / "numbers.json").read_text("utf-8"))
        return out / name, made[name]

    return run


@pytest.mark.parametrize("name", PLOTS)
def test_the_committed_notebook_has_no_outputs(name):
    book = json.loads((HERE / f"{name}.ipynb").read_text("utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert "os.environ.get" in "".join(code[0]["source"]), "parameters come first"


@pytest.mark.parametrize("name", PLOTS)
def test_it_leaves_a_notebook_a_page_and_plots(reproduced, name):
    out, _ = reproduced(name)
    book = json.loads((out / f"{name}.ipynb").read_text("utf-8"))
    outputs = [part for cell in book["cells"] for part in cell.get("outputs", [])]
    assert not [part for part in outputs if part["output_type"] == "error"]
    drawn = [part for part in outputs if "image/png" in part.get("data", {})]
    assert len(drawn) == len(PLOTS[name])
    for plot in PLOTS[name]:
        assert (out / plot).read_bytes().startswith(b"\x89PNG"), plot
    page = (out / f"{name}.html").read_text("utf-8")
    assert page.count('src="data:image/png') == len(drawn)


def told(out: Path, name: str) -> dict:
    """A report of `capture probe`, which has a page beside it."""
    page = (out / f"{name}.page.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") or page.startswith("<!doctype html>")
    return json.loads((out / f"{name}.json").read_text("utf-8"))


def aurocs(found: dict) -> None:
    for name, value in found.items():
        assert {"auroc", "low", "high", "n1", "n0", "questions"} <= value.keys(), name
        if value["auroc"] is not None:
            assert 0 <= value["low"] <= value["high"] <= 1, name


def test_truth(reproduced):
    out, numbers = reproduced("truth")
    rows = [json.loads(line) for line in (out / "run.jsonl").read_text("utf-8").splitlines()]
    every = told(out, "all")
    classes = every["task"]["positive"], every["task"]["negative"]
    assert sum(c["samples"] for c in classes) == len(rows)
    assert len({p["layer"] for p in every["curve"]}) == every["task"]["layers"]
    assert numbers["found"]["all topics"]["verdict"] == every["verdict"]["word"]
    assert {"likelihood", "likelihood by group", "answer words"} <= {b["name"] for b in every["baselines"]}
    one = told(out, "one")
    assert one["task"]["positive"]["samples"] == sum(r["group"] == "cities" and r["label"] == "true" for r in rows)
    assert set(numbers["groups"]) == {row["group"] for row in rows}
    assert len(numbers["transfer"]) == len(numbers["groups"])


def test_pairs(reproduced):
    out, numbers = reproduced("pairs")
    facts, answers, train = told(out, "facts"), told(out, "answers"), told(out, "train")
    # The system prompt alone tells the classes of facts apart.
    (condition,) = [b for b in facts["baselines"] if b["name"] == "condition"]
    assert condition["auroc"]["value"] == 1
    assert facts["auroc"]["n"] == train["auroc"]["n"] < train["task"]["positive"]["samples"] * 2
    for report in (facts, answers):
        assert [c["name"] for c in report["controls"]] == ["benign", *CONTROLS[1:]]
        assert all(c["samples"] == 12 for c in report["controls"])
    assert set(numbers["found"]) == {"facts, held out", "own answers", "own answers that did as told"}


def test_lie_or_mistake(reproduced):
    out, numbers = reproduced("lie_or_mistake")
    rows = (out / "run.jsonl").read_text("utf-8").splitlines()
    assert sum(part["answers"] for part in numbers["counts"].values()) == 2 * len(rows)
    aurocs({"afterwards": numbers["afterwards"]})
    for name in ("lie", "known"):
        found = numbers["found"][name]
        if "refused" in found:
            assert "hint:" in found["refused"], "it says what to do"
        else:
            assert found["verdict"] == told(out, name)["verdict"]["word"]
    if "refused" not in numbers["found"]["lie"]:
        assert told(out, "lie")["task"]["positive"]["samples"] == numbers["counts"]["lie"]["answers"]


def test_causal(reproduced):
    out, numbers = reproduced("causal")
    rows = [json.loads(line) for line in (out / "run.jsonl").read_text("utf-8").splitlines()]
    assert numbers["statements"] == len(rows) > 0
    assert all(row["prompt"].count(row["spans"]["claim"]) == 1 for row in rows)
    kinds = list(numbers["kinds"].values())
    assert numbers["arms"][0] == "none" and kinds.count("direction") == 2
    assert kinds.count("random") == kinds.count("covariance") == 2 and kinds.count("tokens") == 1
    aurocs({"knows": numbers["knows"]})
    for arm, found in numbers["effects"].items():
        assert -2 <= found["all"]["low"] <= found["all"]["value"] <= found["all"]["high"] <= 2, arm
        assert 0 <= found["mass"] <= 1 and found["n"] > 0, arm
    assert "truth@1" in (out / "effect.txt").read_text("utf-8")


def test_a_statement_in_two_parts_has_the_tokens_of_one(tmp_path):
    """Its first word is the prompt, the rest the given response."""
    script = REPOSITORY / "scripts" / "smollm2.sh"
    model = (
        os.environ.get("CAPTURE_MODEL")
        or subprocess.check_output(["sh", script], text=True).strip()
    )
    rows = [
        json.loads(line) for line in (HERE / "statements.jsonl").read_text("utf-8").splitlines()
    ]
    whole = tmp_path / "whole.jsonl"
    texts = [json.dumps({"prompt": row["prompt"] + row["response"]}) for row in rows]
    whole.write_text("\n".join(texts) + "\n")
    plans = []
    for prompts, flags in ((HERE / "statements.jsonl", []), (whole, ["--max-tokens", "0"])):
        command = [BINARY, "run", "--model", model, "--prompts", prompts, "--chat", "none", *flags]
        done = subprocess.run([*command, "--dry-run", "--json"], capture_output=True, text=True, timeout=TIMEOUT)
        assert done.returncode == 0, done.stderr
        plans.append([json.loads(line) for line in done.stdout.splitlines()])
    for parts, one in zip(*plans, strict=True):
        assert parts["tokens"] + parts["response"] == one["tokens"]
