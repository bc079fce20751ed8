"""Runs with interventions in parts: replayed, in shards, stopped and resumed, they are the same bytes."""

import json
import signal
from pathlib import Path

import pytest
from edited_runs import OPERATIONS, PAIR, SPEC, Files, Intervention, Place

PLACES = [Place("blocks.1.hook_resid_post", 64), Place("blocks.0.attn.hook_z", 16, (3,)), Place("blocks.1.mlp.hook_post", 128)]
INTERVENTIONS = [Intervention(o, PLACES[n % len(PLACES)]) for n, o in enumerate(OPERATIONS)]
PARTS = ("--set", "capture.group=1")  # as few samples as may stand alone: a pair with all its arms


@pytest.fixture(scope="module")
def model(tiny):
    return tiny / "tiny-llama.gguf"


@pytest.fixture(scope="module")
def spec(capture, model, tmp_path_factory):
    """Three pairs in all arms, with follow-ups, alternatives and random controls."""
    folder = tmp_path_factory.mktemp("spec")
    means = capture.experiment(folder, model, SPEC | {"generate": {"max_tokens": 0}}, name="means")
    files = Files.make(folder, INTERVENTIONS, means)
    rows = [row | {"id": f"{row['id']}{n}", "pair": f"p{n}"} for n in range(3) for row in PAIR]
    return SPEC | {
        "prompts": {"rows": rows},
        "capture": {"hooks": ["resid_post", "z:0"], "logprobs": "all"},
        "interventions": [files.spec(i) for i in INTERVENTIONS],
        "controls": {"tokens": "prompt[1]"},
        "followups": [{"name": "why", "ask": " Why?", "max_tokens": 2}],
        "alternatives": [{"name": "a", "options": ["Yes", "No"]}],
    }


@pytest.fixture(scope="module")
def whole(capture, model, spec, tmp_path_factory):
    return capture.experiment(tmp_path_factory.mktemp("whole"), model, spec, *PARTS)


def data(directory):
    """The files of a run that two runs of a spec have alike."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if path.suffix in (".arrow", ".safetensors")}


def test_it_is_whole_and_replays_to_the_bit(capture, whole):
    assert len([name for name in data(whole.directory) if name.startswith("samples")]) == 3, "a group a pair"
    assert "directions.safetensors" in data(whole.directory)
    capture("verify", whole.directory)
    assert f"identical: {len(whole.samples)} samples" in capture("replay", whole.directory)


def test_shards_merge_to_the_same_bytes(capture, model, spec, whole, tmp_path):
    shards = [capture.experiment(tmp_path, model, spec, *PARTS, "--shard", f"{n}/3", name=f"shard{n}") for n in (1, 2, 3)]
    capture("merge", *(shard.directory for shard in shards), "--out", tmp_path / "merged")
    assert data(tmp_path / "merged") == data(whole.directory)
    capture("verify", tmp_path / "merged")


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.torture)])
def test_a_stopped_run_goes_on_to_the_same_bytes(capture, model, spec, whole, tmp_path, how):
    path, out = tmp_path / "spec.yaml", tmp_path / "run"
    path.write_text(json.dumps(spec))
    capture.stopped(out, out / "samples-00000.arrow", how, "run", path, "--model", model, *PARTS)
    capture("resume", out)
    assert data(out) == data(whole.directory)


def test_it_needs_no_direction_file_once_it_has_begun(capture, spec, whole):
    """The run keeps what it used."""
    vectors = [str(keys.get("vector", "")) for keys in spec["interventions"]]
    (file,) = {Path(vector.partition("#")[0]) for vector in vectors if vector.startswith("/")}
    away = file.rename(file.with_suffix(".away"))
    try:
        assert "identical" in capture("replay", whole.directory)
    finally:
        away.rename(file)
