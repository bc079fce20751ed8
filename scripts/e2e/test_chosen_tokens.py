"""Tokens that are chosen among a run's rows are those that a run with that choice writes."""

import subprocess

import numpy as np
import pytest
from probes import probe
from safetensors.numpy import load_file

HOOK = "blocks.3.hook_resid_post"
SPANS = [{"name": "claim", "regex": "[a-z]+ing|is", "in": "response", "all": True}]
# Of answers that are given with and without their end, that end themselves, and that stop by a text or are cut.
ASKED = ["Is tin a metal?", "Say one word.", "Is tea blue?", "Count to 3.", "Is ice hot?", "Name a colour."]
GIVEN = [None, "[think] Well [/think] No, it is green.", "Yes, it is.<|im_end|>", None]
WORDS = [
    "last", "last_content", "end_of_turn", "first_generated", "content", "answer", "reasoning | last", "response[:-2]",
    "stop | prompt[-1]", "template[-1]", "!template & !response[:2]", "span:claim | last_content", "every:3", "user[-1]",
]  # fmt: skip


@pytest.fixture(scope="module")
def run_of(capture, smollm2, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chosen")
    rows = [
        {"id": f"{i}-{k}", "question": str(i), "prompt": text, "label": "ab"[(4 * i + k) % 3 == 0]} | ({"response": given} if given else {})
        for i, text in enumerate(ASKED)
        for k, given in enumerate(GIVEN)
    ]  # fmt: skip
    made = {}

    def run(tokens):
        if tokens not in made:
            spec = {
                "prompts": {"rows": rows},
                "chat": {"reasoning": "[think] [/think]"},
                "generate": {"max_tokens": 20, "temperature": 1, "seed": 5, "stop": [" the"]},
                "spans": SPANS,
                "capture": {"hooks": [HOOK], "tokens": tokens},
                "engine": {"weights": "f32"},
            }
            made[tokens] = capture.experiment(folder, smollm2, spec, name=f"run-{len(made)}")
        return made[tokens]

    return run


def direction(capture, run, path, *flags):
    capture("vector", "make", run.directory, "--label", "label", "--positive", "a", "--negative", "b", "--pool", "none", *flags, "--out", path)
    return load_file(path)


@pytest.mark.parametrize("tokens", WORDS)
def test_a_direction_is_of_the_rows_that_a_run_would_write(capture, run_of, tmp_path, tokens):
    whole, alone = run_of("all"), run_of(tokens)
    reasons = {s["finish_reason"] for s in whole.samples}
    assert reasons == {"given", "stop", "length"}
    assert any(s["stop_tokens"] for s in whole.samples)
    chosen = direction(capture, whole, tmp_path / "chosen.safetensors", "--tokens", tokens)
    written = direction(capture, alone, tmp_path / "written.safetensors")
    assert chosen.keys() == written.keys()
    for name, values in chosen.items():
        np.testing.assert_allclose(values, written[name], rtol=0, atol=1e-3 * np.abs(written[name]).max(), err_msg=name)
    again = direction(capture, alone, tmp_path / "again.safetensors", "--tokens", tokens)
    for name, values in again.items():
        np.testing.assert_array_equal(values, written[name], err_msg=name)


@pytest.mark.parametrize("tokens", ["last_content", "end_of_turn"])
def test_a_probe_is_of_the_rows_that_a_run_would_write(capture, run_of, tmp_path, tokens):
    classes = ("--label", "label", "--positive", "a", "--negative", "b", "--how", "mean", "--pool", "mean", "--permutations", -1, "--quick")
    chosen = probe(capture, "train", run_of("all").directory, *classes, "--tokens", tokens, "--out", tmp_path / "a.safetensors")
    written = probe(capture, "train", run_of(tokens).directory, *classes, "--out", tmp_path / "b.safetensors")
    a, b = (load_file(tmp_path / f"{name}.safetensors") for name in "ab")
    for name, values in a.items():
        np.testing.assert_allclose(values, b[name], rtol=0, atol=1e-3 * np.abs(b[name]).max(), err_msg=name)
    assert abs(chosen["auroc"]["value"] - written["auroc"]["value"]) <= 0.05


def test_what_a_run_does_not_say_is_refused(capture, run_of, tmp_path):
    """The last token of an answer may end it, and these runs do not have it."""
    run = run_of("response[:-1]")
    arguments = ("vector", "make", run.directory, "--label", "label", "--positive", "a", "--negative", "b", "--tokens", "last_content")
    command = [capture.binary, *map(str, arguments), "--out", tmp_path / "x.safetensors"]
    failed = subprocess.run(command, cwd=capture.home, env=capture.environment(), capture_output=True, text=True)
    assert failed.returncode == 2
    assert 'which rows the tokens "last_content" choose depends on tokens that have no row' in failed.stderr
    assert not (tmp_path / "x.safetensors").exists()


def test_a_run_names_the_tokens_that_end_an_answer(run_of):
    run = run_of("all")
    last = run.tokens.to_pandas().groupby("sample_id").tail(1)
    ends = run.manifest["model"]["end_tokens"]
    of = {s["sample_id"]: s for s in run.samples}
    for row in last.itertuples():
        if of[row.sample_id]["finish_reason"] == "given":
            assert row.token_id in ends
    assert ends == sorted(ends)
