"""A model with LoRA adapters computes what the model with merged weights computes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import Run
from lora_gguf import EMBEDDING, adapter, merged, pairs, targets
from tiny_models import columns
from workers import start_worker

# Relative, by row. Products are summed in another order. ggml's GELU rounds what it
# reads to float16, so that a difference in a last bit can become one of a float16's.
ERROR = 3e-5
GELU_ERROR = 3e-3
GELU = {"falcon", "gemma2", "gpt2", "phi2"}

ARCHITECTURES = (
    "llama", "qwen2", "qwen3", "mistral", "phi3", "olmo2", "stablelm-parallel", "cohere2", "mixtral", "qwen2moe",
    "gpt-oss", "deepseek2", "jamba", "falcon-h1", "qwen35", *sorted(GELU),
)  # fmt: skip
ALL = ("--chat", "none", "--hooks", "*", "--max-tokens", 0, "--weights", "f32")
PROMPT = "the sun is a star"
ALPHA, RANK = 8, 4


def states(run: Run) -> dict[str, np.ndarray]:
    return {hook: run.flat(hook) for hook in run.hooks if not hook.endswith(".token_id") and not hook.startswith("unembed")}


def distance(left: Run, right: Run) -> float:
    """The largest of any row at any point, relative."""
    assert left.hooks == right.hooks
    x, y = states(left), states(right)
    return max(
        (np.linalg.norm(x[hook] - y[hook], axis=1) / np.maximum(np.linalg.norm(y[hook], axis=1), 1e-9)).max() for hook in x
    )


def bits(left: Run, right: Run) -> bool:
    return left.hooks == right.hooks and all((left.flat(hook) == right.flat(hook)).all() for hook in left.hooks)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def name(request):
    return request.param


def test_merged_weights(capture, tiny, tmp_path, name):
    """Every point that the model has without the adapter is there with it, checked, and
    holds what the merged model's holds."""
    model = tiny / f"tiny-{name}.gguf"
    tensors = pairs(model, targets(model), RANK)
    file = adapter(tmp_path / "a.gguf", model, tensors, ALPHA)
    listed = json.loads(capture("hooks", model, "--adapter", file, "--json"))
    layers = 1 + max(int(point["name"].split(".")[1]) for point in listed if point["name"].startswith("blocks."))
    assert [point["name"] for point in listed if point["checked"]] == columns(name, layers)
    with_it = capture.run(tmp_path / "with", model, *ALL, "--adapter", f"{file}:0.5", prompts=[PROMPT])
    whole = capture.run(tmp_path / "merged", merged(model, tmp_path / "m.gguf", [(tensors, 0.5 * ALPHA / RANK)]), *ALL, prompts=[PROMPT])
    without = capture.run(tmp_path / "without", model, *ALL, prompts=[PROMPT])
    limit = GELU_ERROR if name in GELU else ERROR
    assert distance(with_it, whole) < limit
    assert distance(with_it, without) > 100 * ERROR  # it does something
    assert all(hook["identity"] for hook in with_it.manifest["hooks"] if "resid" in hook["name"])


def test_embedding_and_unembedding(capture, tiny, tmp_path):
    model = tiny / "tiny-llama.gguf"
    tensors = pairs(model, [EMBEDDING, "output.weight"], RANK)
    file = adapter(tmp_path / "a.gguf", model, tensors, ALPHA)
    listed = {point["name"]: point for point in json.loads(capture("hooks", model, "--adapter", file, "--json"))}
    assert listed["hook_embed"]["checked"] and listed["unembed.hook_out"]["checked"]
    flags = (*ALL, "--logprobs", "all")
    with_it = capture.run(tmp_path / "with", model, *flags, "--adapter", file, prompts=[PROMPT])
    whole = capture.run(tmp_path / "merged", merged(model, tmp_path / "m.gguf", [(tensors, ALPHA / RANK)]), *flags, prompts=[PROMPT])
    assert distance(with_it, whole) < ERROR
    logprobs = [np.array(run.tokens["logprob"].to_pylist()[1:], dtype=float) for run in (with_it, whole)]
    np.testing.assert_allclose(*logprobs, atol=1e-4)


def test_a_weight_that_llama_cpp_multiplies_without_adapters_is_refused(capture, tiny, tmp_path):
    model = tiny / "tiny-kimi-linear.gguf"
    file = adapter(tmp_path / "a.gguf", model, pairs(model, ["blk.0.attn_q.weight"]))
    with pytest.raises(AssertionError, match=r'it changes "blk.0.attn_q.weight", and llama.cpp multiplies by this weight \(kimi-linear\) without adapters'):
        capture("hooks", model, "--adapter", file)


def test_norms_that_are_passed_over_are_told(capture, tiny, tmp_path):
    model, norms = tiny / "tiny-llama.gguf", {"blk.0.attn_norm.weight": np.full(64, 3, np.float32)}
    file = adapter(tmp_path / "a.gguf", model, pairs(model, ["blk.0.attn_q.weight"]), more=norms)
    run = capture.run(tmp_path / "run", model, *ALL, "--adapter", file, prompts=[PROMPT])
    assert run.manifest["adapters"][0]["ignored"] == list(norms)
    (finding,) = (f for f in run.manifest["model"]["findings"] if f["id"] == "adapter-norms")
    assert "blk.0.attn_norm.weight" in finding["finding"]
    assert "llama.cpp passes over them" in capture("doctor", model, "--adapter", file)


@pytest.fixture(scope="module")
def two(smollm2, tmp_path_factory):
    """Two adapters for SmolLM2, which both change attn_output."""
    folder = tmp_path_factory.mktemp("adapters")
    first = pairs(smollm2, targets(smollm2, ("attn_q", "attn_v", "attn_output")), 8, seed=1, size=0.1)
    second = pairs(smollm2, targets(smollm2, ("attn_output", "ffn_down", "ffn_gate")), 4, seed=2, size=0.1)
    (folder / "one.json").write_text(json.dumps({"method": "made up", "steps": 3}))
    return (first, adapter(folder / "one.gguf", smollm2, first, 16)), (second, adapter(folder / "two.gguf", smollm2, second, dtype=np.float32))


def test_two_adapters_add_up_on_smollm2(capture, smollm2, two, tmp_path):
    (first, one), (second, other) = two
    flags = ("--chat", "none", "--weights", "f32", "--max-tokens", 6)
    prompts = ["The capital of France is", "One, two, three,"]
    both = capture.run(tmp_path / "both", smollm2, *flags, "--adapter", one, "--adapter", f"{other}:-0.5", prompts=prompts)
    file = merged(smollm2, tmp_path / "m.gguf", [(first, 16 / 8), (second, -0.5)])
    whole = capture.run(tmp_path / "whole", file, *flags, prompts=prompts)
    assert [s["response"] for s in both.samples] == [s["response"] for s in whole.samples]
    assert distance(both, whole) < ERROR

    assert {s["adapter"] for s in both.samples} == {"one+two@-0.5"}
    listed = both.manifest["adapters"]
    assert [(a["file"], a["scale"], a["alpha"], a["rank"], a["weights"]) for a in listed] == [("one.gguf", 1, 16, 8, 90), ("two.gguf", -0.5, 0, 4, 90)]
    assert listed[0]["training"] == {"file": "one.json", "config": {"method": "made up", "steps": 3}}
    assert "training" not in listed[1]
    capture("verify", both.directory)
    capture("replay", both.directory)


def test_scale_0_is_none_and_weights_are_converted_below(capture, smollm2, two, tmp_path):
    """At scale 0 the bits of no adapter; with other weights the adapter is added to them."""
    (_, one), _ = two
    flags = ("--chat", "none", "--hooks", "resid_post", "--max-tokens", 4)
    without = capture.run(tmp_path / "without", smollm2, *flags, prompts=[PROMPT])
    assert bits(without, capture.run(tmp_path / "zero", smollm2, *flags, "--adapter", f"{one}:0", prompts=[PROMPT]))
    exact = capture.run(tmp_path / "f32", smollm2, *flags, "--max-tokens", 0, "--weights", "f32", "--adapter", one, prompts=[PROMPT])
    plain = capture.run(tmp_path / "plain", smollm2, *flags, "--max-tokens", 0, "--weights", "f32", prompts=[PROMPT])
    rounded = capture.run(tmp_path / "q8_0", smollm2, *flags, "--max-tokens", 0, "--weights", "q8_0", "--adapter", one, prompts=[PROMPT])
    assert 3 * distance(rounded, exact) < distance(plain, exact)
    as_is = capture.run(tmp_path / "as-is", smollm2, *flags, "--adapter", one, prompts=[PROMPT])
    assert not bits(without, as_is)


def test_batches_and_followups_have_the_adapter(capture, tiny, tmp_path):
    """A sample among others equals the sample alone, and a follow-up says the adapter too."""
    model = tiny / "tiny-llama.gguf"
    file = adapter(tmp_path / "a.gguf", model, pairs(model, targets(model)), 1)
    spec = {
        "prompts": {"text": [PROMPT, "a moon", "one two three four five"]}, "chat": "none", "generate": {"max_tokens": 5},
        "followups": [{"name": "f", "ask": "so ?", "max_tokens": 2}], "engine": {"adapters": [{"file": "a.gguf", "scale": 2}]},
    }  # fmt: skip
    together = capture.experiment(tmp_path, model, spec, name="together")
    alone = capture.experiment(tmp_path, model, spec, "--batch-invariant", name="alone")
    assert len(together.samples) == 6 and {s["adapter"] for s in together.samples} == {"a@2"}
    assert [s["response"] for s in together.samples] == [s["response"] for s in alone.samples]
    assert distance(together, alone) < ERROR


def test_a_worker_has_the_adapter(capture, smollm2, two, tmp_path):
    (_, one), _ = two
    flags = ("--chat", "none", "--hooks", "resid_post", "--max-tokens", 4, "--weights", "f32", "--adapter", one)
    here = capture.run(tmp_path / "here", smollm2, *flags, prompts=[PROMPT])
    worker = start_worker(capture)
    try:
        there = capture.run(tmp_path / "there", smollm2, *flags, "--rpc", worker.address, "--gpu-layers", 20, prompts=[PROMPT])
    finally:
        worker.stop()
    assert sum(d["layers"] for d in there.manifest["engine"]["devices"]) == 20
    assert [s["response"] for s in there.samples] == [s["response"] for s in here.samples]
    assert distance(there, here) < ERROR
