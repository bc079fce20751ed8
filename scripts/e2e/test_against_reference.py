"""SmolLM2's states and greedy answers against the NumPy forward pass in scripts/reference.

`pytest -s` shows the figures of every hook point, as does a failure.
"""

import json
import os
import subprocess
import sys

import llama_numpy
import pytest
from conftest import REPOSITORY, STREAM, TIMEOUT
from products import Products, shares
from run_tables import Run as Tables

COMPARE = REPOSITORY / "scripts" / "reference" / "compare.py"
LAYERS = 30
STREAM_POINTS = {
    "hook_embed",
    *(f"blocks.{layer}.hook_resid_{end}" for layer in range(LAYERS) for end in ("pre", "post")),
    "ln_final.hook_normalized",
}
BLOCK_POINTS = llama_numpy.POINTS
OUTER_POINTS = ("hook_embed", "ln_final.hook_normalized", "unembed.hook_out")

# The points in front of and behind products, and the stream, without patterns.
PRODUCTS = [part for point in "q k v z attn_out resid_mid mlp_pre mlp_post mlp_out".split() for part in ("--hooks", point)]

# Rendered by hand, so that all weights see the same prompts.
QUESTIONS = [
    f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
    for question in ("What is the capital of France?", "Write a short poem about the sea.")
]

# Raw text, so that no answer ends before its 64 tokens.
BEGINNINGS = [
    "Once upon a time, in a village by the sea, there lived a girl who",
    "The history of the Roman Empire begins with",
    "Write a story about a fox that finds a key. The story:",
    "In this article we explain how photosynthesis works.",
    "Dear Anna, thank you for your letter. Yesterday we",
    "Here is a recipe for apple pie. You need",
    "The detective opened the door and saw",
    "To build a small wooden boat, first",
    "My grandmother used to say that honesty",
    "The planets of our solar system are",
]
GREEDY = 64


@pytest.fixture(scope="session")
def run_questions(capture, smollm2, tmp_path_factory):
    def run(weights):
        out = tmp_path_factory.mktemp("reference") / weights
        flags = ("--chat", "none", "--max-tokens", 24, "--logprobs", "all", "--weights", weights)
        return capture.run(out, smollm2, *STREAM, *PRODUCTS, *flags, prompts=QUESTIONS)

    return run


def compare(model, run, min_cosine, *flags, points=STREAM_POINTS):
    """The figures of compare.py, which fails by itself below min_cosine, unless that is None."""
    floor = () if min_cosine is None else ("--min-cosine", min_cosine)
    command = [sys.executable, COMPARE, model, run.directory, *floor, "--json", *flags]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)
    print(f"\n{figures['samples']} samples, {figures['tokens']} tokens")
    for hook, figure in figures["hooks"].items():
        print(f"{hook:28}" + "  ".join(f"{name} {value:.8f}" for name, value in figure.items()))
    print("logprob", figures["logprob"], "\nentropy", figures["entropy"])
    assert done.returncode == 0, done.stderr
    assert figures["hooks"].keys() >= points
    assert figures["not_compared"] == []
    assert figures["tokens"] == len(run.activations)
    return figures


def check_products(products, run):
    """Every number is as near to the exact product as its weights' format has it, whatever the CPU."""
    found = shares(products, Tables(run.directory))
    assert len(found) == 7 * LAYERS
    for point, share in found.items():
        print(f"{point:28}{share.worst:.3f} of what is allowed; error {share.error:.2e}, allowed {share.allowed:.2e}")
    assert not {point: share for point, share in found.items() if not share.worst <= 1}


def check_told(smollm2, run, tell, weights):
    """The whole pass adds up what the products are off by: how much depends on the CPU's kernels, and is told."""
    figures = compare(smollm2, run, None)
    end = figures["hooks"]["ln_final.hook_normalized"]
    tell(
        f"SmolLM2 with weights {weights} against float32: final norm, cosine {end['min_cosine']:.6f} at the worst"
        f" token, {end['median_cosine']:.6f} at the median"
    )
    for score in ("logprob", "entropy"):
        assert figures[score]["tokens"] > 0
    return figures


def test_weights_as_they_are(smollm2, run_questions, tell):
    run = run_questions("as-is")
    check_products(Products(smollm2), run)
    figures = check_told(smollm2, run, tell, "as shipped (Q4_1)")
    assert figures["hooks"]["hook_embed"]["max_relative_error"] == 0  # a scale times a whole number


@pytest.mark.torture
def test_weights_as_f16(smollm2, run_questions, tell):
    run = run_questions("f16")
    check_products(Products(smollm2, half=True), run)
    check_told(smollm2, run, tell, "f16")


def test_weights_as_f32_and_greedy_answers(capture, smollm2, tmp_path):
    flags = ("--chat", "none", "--weights", "f32", "--batch", len(BEGINNINGS))
    run = capture.run(
        tmp_path / "run", smollm2, *STREAM, *flags, "--max-tokens", GREEDY, "--logprobs", "all", prompts=BEGINNINGS
    )
    assert [s["response_tokens"] for s in run.samples] == [GREEDY] * len(BEGINNINGS)
    figures = compare(smollm2, run, 0.99999, "--greedy", GREEDY)
    assert figures["greedy"] == {"tokens": GREEDY * len(BEGINNINGS), "first_difference": None}
    assert all(hook["max_relative_error"] <= 1e-4 for hook in figures["hooks"].values())
    for score in ("logprob", "entropy"):
        assert figures[score]["tokens"] >= len(run.activations) - len(BEGINNINGS)
        assert figures[score]["max_absolute_difference"] <= 2e-4


@pytest.mark.parametrize("name", ["smollm2", "tiny-llama", "tiny-mistral"])
def test_every_point_with_weights_as_f32(capture, smollm2, tiny, tmp_path, name):
    model = smollm2 if name == "smollm2" else tiny / f"{name}.gguf"
    flags = ("--hooks", "*", "--weights", "f32", "--max-tokens", 8, "--logprobs", "all")
    run = capture.run(tmp_path / "run", model, *flags, prompts=QUESTIONS)
    layers = LAYERS if name == "smollm2" else 3
    points = {f"blocks.{layer}.{point}" for layer in range(layers) for point in BLOCK_POINTS}
    figures = compare(model, run, 0.999999, points={*points, *OUTER_POINTS})
    assert set(run.hooks) == {*points, *OUTER_POINTS, "unembed.hook_out.token_id"}
    assert all(hook["max_relative_error"] <= 1e-4 for hook in figures["hooks"].values())
    for sample in run.samples:
        at = slice(sample["first_row"] + sample["prompt_tokens"] - 1, run.span(sample["sample_id"]).stop)
        generated = run.tokens["token_id"].to_numpy()[at][1:]
        assert run.states("unembed.hook_out.token_id")[at][:-1, 0].tolist() == generated.tolist()
