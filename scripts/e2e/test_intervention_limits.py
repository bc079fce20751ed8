"""Interventions at the limits: numbers that no model computes with, processes that are killed, hundreds of arms."""

import json
import random
import shutil
import signal
import subprocess

import numpy as np
import pytest
from conftest import TIMEOUT
from directions import random_direction, write_directions

WIDTH = 64
ROWS = [{"id": "a", "prompt": "The moon is a star."}, {"id": "b", "prompt": "The sun is a star and the moon is not a star. Is it?"}]
HUGE = {"name": "huge", "do": "add", "at": "q:2", "scale": 1e30, "tokens": "prompt[3]"}  # its products with keys are infinite


@pytest.fixture(scope="module")
def model(tiny):
    return tiny / "tiny-llama.gguf"


@pytest.fixture(scope="module")
def vector(tmp_path_factory):
    rng = np.random.default_rng(4)
    directions = {"v": random_direction(rng, WIDTH), "q": random_direction(rng, WIDTH, rank=3)}
    return str(write_directions(tmp_path_factory.mktemp("directions") / "d.safetensors", directions))


def spec(interventions, vector, **more):
    return {
        "prompts": {"rows": ROWS},
        "chat": {"template": "none"},
        "generate": {"max_tokens": 0},
        "capture": {"hooks": ["resid_post", "attn_out"], "logprobs": "none"},
        "interventions": [{"vector": f"{vector}#v"} | keys for keys in interventions],
    } | more


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize(
    ("interventions", "more", "words"),
    [
        # Nothing but the row itself shows it: neither later tokens nor logits that anybody asks for.
        ([HUGE], {}, ['sample 0, arm "huge", position 3: the values of "blocks.2.hook_attn_out" are not finite']),
        # An alternative's own tokens are edited, and no other.
        (
            [HUGE | {"tokens": "response"}],
            {"alternatives": [{"name": "a", "options": ["Yes it is", "No"]}]},
            ['sample 0, arm "huge"', "the logits of an alternative are not finite"],
        ),
        # The second edit goes beyond what float32 holds; the first sample of the batch, of none, has no part in it.
        (
            [
                HUGE | {"at": "resid_post:0", "tokens": "prompt[3]"},
                {"name": "more", "do": "scale", "at": "resid_post:0", "scale": 1e30, "tokens": "prompt[3]"},
            ],
            {"arms": [{"name": "both", "of": ["huge", "more"]}]},
            ['sample 0, arm "both", position 3: the values that "more" makes at "blocks.0.hook_resid_post" are not finite'],
        ),
    ],
    ids=["row", "alternative", "edit"],
)
def test_what_is_not_finite_is_named_and_not_written(capture, model, vector, tmp_path, dtype, interventions, more, words):
    made = spec(interventions, vector, **more)
    made["capture"]["dtype"] = dtype
    (tmp_path / "spec.yaml").write_text(json.dumps(made))
    command = [str(capture.binary), "run", "spec.yaml", "--model", str(model), "--out", "run"]
    done = subprocess.run(command, cwd=tmp_path, env=capture.environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 1, done.stderr
    for text in (*words, "smaller scale"):
        assert text in done.stderr, done.stderr
    assert "resume" not in done.stderr, "it would come to the same"
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["status"] == "failed"


def test_rows_beyond_float16_are_counted(capture, model, vector, tmp_path):
    made = spec([HUGE | {"at": "resid_post:0", "scale": 1e6, "tokens": "prompt[-1]"}], vector)
    made["capture"]["dtype"] = "float16"
    run = capture.experiment(tmp_path, model, made)
    counted = {hook["name"]: hook.get("float16_overflows", 0) for hook in run.manifest["hooks"]}
    assert counted["blocks.0.hook_resid_post"] > 0
    for hook in run.hooks:
        states = run.states(hook).astype(np.float32)
        assert np.isinf(states).sum() == counted[hook] and not np.isnan(states).any()
    capture("verify", run.directory)


# ---- killed ----


def data(directory):
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if path.suffix in (".arrow", ".safetensors", ".jsonl")}


def killed_until_done(capture, out, most, draw, *command):
    """A run that is killed at random moments and gone on with; how often it was killed."""
    for kills in range(most + 1):
        begun = (out / "journal.jsonl").exists() or (out / "manifest.json").exists()
        if not begun:  # what was killed before the journal is there has nothing to go on from
            shutil.rmtree(out, ignore_errors=True)
        arguments = ["resume", out] if begun else [*command, "--out", out]
        process = subprocess.Popen(
            [str(capture.binary), *map(str, arguments)],
            cwd=capture.home, env=capture.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            told = process.communicate(timeout=draw.uniform(0.02, 0.6) if kills < most else TIMEOUT)[1]
            assert process.returncode == 0, told
            return kills
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    raise AssertionError("the last attempt has no limit of time")


@pytest.mark.torture
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(capture, model, vector, tmp_path):
    """Pairs, swaps, follow-ups, alternatives and batches; a group is one pair with all its arms."""
    pairs = [row | {"id": f"{row['id']}{n}", "pair": f"p{n}", "prompt": f"{n} " + row["prompt"]} for n in range(3) for row in ROWS]
    interventions = [
        {"name": "lie", "do": "add", "at": "resid_post:1", "scale": [1, 2], "unit": "gap", "tokens": "prompt[-1] | response", "followups": True},
        {"name": "swap", "do": "swap", "at": "resid_post:1", "vector": f"{vector}#q", "from": "pair", "align": "from_end", "tokens": "prompt[-1]"},
    ]
    made = spec(
        interventions, vector,
        prompts={"rows": pairs}, pairs={"differ": ["user"]}, generate={"max_tokens": 6, "samples": 3, "temperature": 1},
        controls={"random": 5}, alternatives=[{"name": "a", "options": ["Yes it is", "No"]}],
        followups=[{"name": "why", "ask": " Why?", "max_tokens": 2}],
    )  # fmt: skip
    made["capture"]["group"] = 1
    whole = capture.experiment(tmp_path, model, made, name="whole")
    capture("verify", whole.directory)
    draw, kills = random.Random(18), 0
    command = ("run", tmp_path / "whole.yaml", "--model", model)
    for n in range(10):
        out = tmp_path / f"killed{n}"
        kills += killed_until_done(capture, out, 8, draw, *command)
        assert data(out) == data(whole.directory)
        assert not [path.name for path in out.iterdir() if not (whole.directory / path.name).exists()]
        capture("verify", out)
        shutil.rmtree(out)
    shards = [tmp_path / f"shard{n}" for n in (1, 2, 3)]
    for n, shard in enumerate(shards, 1):
        kills += killed_until_done(capture, shard, 8, draw, *command, "--shard", f"{n}/3")
    capture("merge", *shards, "--out", tmp_path / "merged")
    assert data(tmp_path / "merged") == data(whole.directory)
    assert kills > 10, "the run is so fast that nothing was tried"


# ---- many ----


@pytest.mark.torture
def test_three_hundred_arms(capture, model, vector, tmp_path):
    rows = [{"id": f"r{n}", "prompt": f"The sun number {n} is a star and the moon is"} for n in range(10)]
    made = spec(
        [{"name": "lie", "do": "add", "at": "resid_post:1", "scale": [0.5, 1, 2], "tokens": "prompt[-1]", "predict": "up"}], vector,
        prompts={"rows": rows}, generate={"max_tokens": 2, "temperature": 1}, controls={"random": 296}, alternatives=[{"name": "a", "options": ["Yes", "No"]}],
    )  # fmt: skip
    run = capture.experiment(tmp_path, model, made)
    assert len(run.manifest["arms"]) == 300
    assert len(run.samples) == 3000 and len({s["seed"] for s in run.samples}) == len(rows)
    dry = capture("run", tmp_path / "run.yaml", "--model", model, "--out", tmp_path / "dry", "--dry-run")
    assert len(dry.splitlines()) < 50, "it is still read by people"
    assert not (tmp_path / "dry").exists()
    capture("verify", run.directory)
    assert "3000 samples" in capture("replay", run.directory)
    (arm,) = (a for a in json.loads(capture("effect", run.directory, "--json"))["arms"] if a["name"] == "lie@2")
    assert [len(c["arms"]) for c in arm["controls"]] == [296]


def test_the_bound_of_a_dry_run_holds(capture, model, vector, tmp_path):
    """Also where what samples and rows say is more than their activations."""
    rows = [{"id": f"r{n}", "prompt": "The sun is a star", "note": "x" * 300} for n in range(20)]
    made = spec(
        [{"name": "a-long-name-of-an-intervention", "do": "add", "at": "resid_post:1", "scale": [1, 2], "tokens": "all"}], vector,
        prompts={"rows": rows}, alternatives=[{"name": "a", "options": ["Yes", "No"]}],
    )  # fmt: skip
    made["capture"] |= {"hooks": ["resid_post:0"], "tokens": "last"}
    run = capture.experiment(tmp_path, model, made)
    dry = capture("run", tmp_path / "run.yaml", "--model", model, "--out", tmp_path / "dry", "--dry-run")
    (line,) = (line for line in dry.splitlines() if line.startswith("files"))
    number, unit = line.split()[3:5]
    bound = float(number) * {"KiB": 1 << 10, "MiB": 1 << 20}[unit]
    assert sum(f["bytes"] for f in run.manifest["files"]) <= bound
