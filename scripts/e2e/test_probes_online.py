"""Scores of probes are x·v + b of the rows that are captured, computed here by NumPy from the files."""

import json
import os
import pty
import subprocess

import numpy as np
import pytest
from conftest import open_arrow, write_jsonl
from directions import Direction, write_directions

# What float32 is off by: the scores are summed in float64 and rounded once.
ERROR = 1e-5
POINTS = ["blocks.0.hook_resid_post", "blocks.1.hook_resid_pre"]
MODELS = ["tiny-llama", "tiny-gemma3", "tiny-qwen35moe", "tiny-mamba", "tiny-gpt2"]
PROMPTS = [{"id": f"p{n}", "prompt": " ".join(["the sun is a star"] * (n + 1)) + " and"} for n in range(5)]
ANSWERS = [{"id": f"g{n}", "prompt": "the moon is", "response": " not a star" * (n + 1)} for n in range(2)]


@pytest.fixture(scope="module")
def probes(tmp_path_factory):
    """Writes a file of probes at points of a model, with biases, and gives it with its numbers."""

    def make(width, points=POINTS, seed=1, name="probes"):
        rng = np.random.default_rng(seed)
        folder = tmp_path_factory.mktemp("probes")
        vectors = {point: rng.normal(size=width).astype(np.float32) for point in points}
        biases = {point: np.float32(rng.normal()) for point in points}
        file = write_directions(folder / f"{name}.safetensors", {point: Direction(vectors[point]) for point in points})
        return with_biases(file, biases), vectors, biases

    return make


def with_biases(path, biases):
    """The file with one tensor more for each direction."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header, data = json.loads(raw[8 : 8 + size]), raw[8 + size :]
    for name, bias in biases.items():
        header[f"{name}.bias"] = {"dtype": "F32", "shape": [], "data_offsets": [len(data), len(data) + 4]}
        data += np.asarray(bias, "<f4").tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def column(run, point, name="probes"):
    return run.activations[f"probe.{name}:{point}"].to_numpy()


def check(run, vectors, biases, name="probes"):
    """Every score, and every pooled one."""
    for point, vector in vectors.items():
        rows, scores = run.flat(point).astype(np.float64), column(run, point, name)
        size = np.abs(rows * vector).sum(axis=1) + abs(biases[point])
        assert np.all(np.abs(scores - (rows @ vector.astype(np.float64) + biases[point])) <= ERROR * size)
        assert scores.std() > 0
        for sample in run.samples:
            span = run.span(sample["sample_id"])
            of = run.tokens.slice(span.start, span.stop - span.start).to_pandas()
            answer = (of["position"] >= sample["first_position"] + sample["prompt_tokens"]) & ~of["stop"]
            pooled = [sample[f"probe.{name}:{point}.{how}"] for how in ("mean", "max", "last")]
            own = scores[span][answer.to_numpy()]
            if len(own) == 0:
                assert pooled == [None, None, None]
                continue
            assert pooled[0] == pytest.approx(own.astype(np.float64).mean(), rel=1e-6, abs=1e-6)
            assert pooled[1:] == [own.max(), own[-1]]


def width_of(capture, model, tmp_path):
    run = capture.run(tmp_path / "width", model, "--hooks", POINTS[0], "--max-tokens", 0, "--chat", "none", prompts=["the sun"])
    return run.flat(POINTS[0]).shape[1]


@pytest.mark.parametrize("name", MODELS)
def test_scores_of_tiny_models(capture, tiny, probes, tmp_path, name):
    """Prompts, sampled and given answers, in batches and alone; the same without activations."""
    model = tiny / f"{name}.gguf"
    file, vectors, biases = probes(width_of(capture, model, tmp_path))
    rows = write_jsonl(tmp_path / "rows.jsonl", PROMPTS + ANSWERS)
    flags = ("--prompts", rows, "--chat", "none", "--max-tokens", 5, "--temperature", 1, "--samples", 2, "--probes", file)
    run = capture.run(tmp_path / "run", model, *flags, "--hooks", ",".join(POINTS))
    check(run, vectors, biases)
    capture("verify", run.directory)
    bare = capture.run(tmp_path / "bare", model, *flags, "--hooks", "[]")
    assert not bare.hooks
    capture("verify", bare.directory)
    for point in POINTS:  # the same samples are decoded together, with the same cuts but one
        assert np.array_equal(column(run, point), column(bare, point))
    alone = capture.run(tmp_path / "alone", model, *flags, "--hooks", "[]", "--batch-invariant")
    some = write_jsonl(tmp_path / "some.jsonl", PROMPTS[2:4])
    fewer = capture.run(tmp_path / "fewer", model, *("--prompts", some, *flags[2:]), "--hooks", ",".join(POINTS), "--batch-invariant")
    check(fewer, vectors, biases)
    ids = [sample["prompt_id"] for sample in alone.samples]
    for point in POINTS:  # to the bit, whatever else is in the dataset
        for sample in fewer.samples:
            same = next(i for i, s in enumerate(alone.samples) if ids[i] == sample["prompt_id"] and s["sample"] == sample["sample"])
            assert np.array_equal(column(alone, point)[alone.span(same)], column(fewer, point)[fewer.span(sample["sample_id"])])


def test_scores_of_smollm2(capture, smollm2, probes, tmp_path):
    points = [f"blocks.{n}.hook_resid_post" for n in (0, 7, 15, 29)]
    file, vectors, biases = probes(576, points)
    run = capture.run(tmp_path / "run", smollm2, "--probes", file, "--hooks", "resid_post:0,7,15,29", "--max-tokens", 4, prompts=["Is the earth flat?", "What is tea?"])
    check(run, vectors, biases)
    half = capture.run(tmp_path / "half", smollm2, "--probes", file, "--hooks", "resid_post:0,7,15,29", "--dtype", "float16", "--max-tokens", 4, prompts=["Is the earth flat?", "What is tea?"])
    capture("verify", half.directory)
    for point in points:  # of the rows before they are rounded
        assert np.array_equal(column(run, point), column(half, point))


def test_a_probe_reads_what_goes_on(capture, tiny, probes, tmp_path):
    """With an intervention at its point: the row after it. A condition reads the row before."""
    model = tiny / "tiny-llama.gguf"
    width = width_of(capture, model, tmp_path)
    file, vectors, biases = probes(width, POINTS[:1])
    reference = f"{file}#{POINTS[0]}"
    spec = {
        "prompts": {"rows": PROMPTS},
        "chat": {"template": "none"},
        "generate": {"max_tokens": 3},
        "capture": {"hooks": [POINTS[0]], "probes": [str(file)], "tokens": "prompt[-1] | response"},
        "interventions": [
            {"name": "x", "at": POINTS[0], "do": "add", "vector": reference, "scale": 2, "tokens": "prompt[-1] | response", "when": {"probe": reference, "above": -1e9}}
        ],
        "followups": [{"name": "why", "ask": " Why?", "max_tokens": 2}],
        "alternatives": [{"name": "a", "options": [" yes it is", " no"]}],
    }
    run = capture.experiment(tmp_path, model, spec)
    check(run, vectors, biases)
    capture("verify", run.directory)
    assert f"identical: {len(run.samples)} samples" in capture("replay", run.directory)
    conditions, scores = run.tokens["scores"].to_pylist(), column(run, POINTS[0])
    moved = [(before[0], after) for before, after in zip(conditions, scores, strict=True) if before]
    size = float(vectors[POINTS[0]].astype(np.float64) @ vectors[POINTS[0]])
    assert len(moved) > len(PROMPTS)
    for before, after in moved:
        assert after - before == pytest.approx(2 * size, rel=1e-4)


def test_less_is_computed_for_scores_alone(capture, tiny, probes, tmp_path):
    """Without logits a run of a probe in the first block ends there: what comes later may be missing."""
    model = tiny / "tiny-llama.gguf"
    file, vectors, biases = probes(width_of(capture, model, tmp_path), POINTS[:1])
    flags = ("--chat", "none", "--max-tokens", 0, "--logprobs", "none", "--probes", file)
    whole = capture.run(tmp_path / "whole", model, *flags, "--hooks", "resid_post", prompts=["the sun is a star"])
    bare = capture.run(tmp_path / "bare", model, *flags, "--hooks", "[]", prompts=["the sun is a star"])
    check(whole, vectors, biases)
    assert np.array_equal(column(whole, POINTS[0]), column(bare, POINTS[0]))


def test_a_terminal_shows_colours(capture, tiny, probes, tmp_path):
    """One line a sample, whose letters are the response's, whatever is decoded beside it; none of it with NO_COLOR."""
    model = tiny / "tiny-llama.gguf"
    file, _, _ = probes(width_of(capture, model, tmp_path), POINTS[:1])
    rows = write_jsonl(tmp_path / "rows.jsonl", PROMPTS)
    for number, more in enumerate([{}, {"NO_COLOR": "1"}]):
        ours, theirs = pty.openpty()
        command = [capture.binary, "run", "--model", model, "--prompts", rows, "--chat", "none", "--max-tokens", "4", "--hooks", "[]", "--probes", file, "--watch"]
        process = subprocess.Popen([*map(str, command), "--out", str(tmp_path / str(number))], stdout=theirs, stderr=theirs, env=capture.environment() | more)
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
            shown += part
            if not part:
                break
        assert process.wait(60) == 0, shown
        lines = shown.decode().replace("\r\n", "\n").splitlines()
        assert "\r" not in "".join(lines), "no progress bar"
        assert ("\x1b[" in shown.decode()) == (not more)
        heads = [f"{n} p{n}:" for n in range(len(PROMPTS))]
        assert [line.split(": ")[0] + ":" for line in lines[1:-1]] == heads
        table = open_arrow(tmp_path / str(number) / "activations-00000.arrow").to_pylist()
        for n, line in enumerate(lines[1:-1]):
            plain = line
            for code in {c.split("m")[0] for c in line.split("\x1b[")[1:]}:
                plain = plain.replace(f"\x1b[{code}m", "")
            tokens = [row for row in table if row["sample_id"] == n and row["phase"] == "response"]
            if more:
                assert plain.count("[") >= len(tokens)
            elif all(row["token"].isprintable() for row in tokens):
                assert plain == heads[n] + " " + "".join(row["token"] for row in tokens)
