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
BY_LAYER = ["truth", "pairs", "lie_or_mistake"]
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


@pytest.mark.parametrize("name", BY_LAYER)
def test_numbers_are_in_their_range(reproduced, name):
    _, numbers = reproduced(name)
    assert numbers["model"] and numbers["layers"] == list(range(len(numbers["layers"])))
    for key, curve in numbers["curves"].items():
        assert len(curve) == len(numbers["layers"]), key
        assert all(value is None or 0 <= value <= 1 for value in curve), key


def aurocs(found: dict) -> None:
    for name, value in found.items():
        assert {"auroc", "low", "high", "n1", "n0", "questions"} <= value.keys(), name
        if value["auroc"] is not None:
            assert 0 <= value["low"] <= value["high"] <= 1, name


def test_truth(reproduced):
    out, numbers = reproduced("truth")
    rows = (out / "run.jsonl").read_text("utf-8").splitlines()
    assert numbers["statements"] == len(rows)
    assert set(numbers["likelihood"]) == set(numbers["groups"]) >= {"cities", "neg_cities"}
    aurocs(numbers["likelihood"])
    aurocs(numbers["chosen"])
    assert all(value["auroc"] is not None for value in numbers["chosen"].values())
    assert numbers["layer"] in numbers["layers"] and len(numbers["shuffled"]) > 30
    assert len(numbers["transfer"]) == len(numbers["groups"])


def test_pairs(reproduced):
    _, numbers = reproduced("pairs")
    aurocs(numbers["found"])
    assert numbers["training_tokens"] > 0
    assert {"facts, held out", "own answers"} <= numbers["found"].keys()
    assert all(numbers["rates"][name]["n"] == 12 for name in CONTROLS)
    for name, value in numbers["rates"].items():
        assert 0 <= value["low"] <= value["rate"] <= value["high"] <= 1, name
    assert numbers["rates"]["benign"]["rate"] <= 0.01


def test_lie_or_mistake(reproduced):
    out, numbers = reproduced("lie_or_mistake")
    rows = (out / "run.jsonl").read_text("utf-8").splitlines()
    assert sum(part["answers"] for part in numbers["counts"].values()) == 2 * len(rows)
    aurocs(numbers["baselines"])
    aurocs({"afterwards": numbers["afterwards"]})
    assert set(numbers["best"]) == {"last token of the prompt", "mean over the answer"}
    assert len(numbers["findings"]) == len(numbers["best"])
    assert "asked neutrally" in numbers["curves"]
    if numbers["smaller_class_questions"] < 10:
        assert all("nothing can be said" in text for text in numbers["findings"])


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
