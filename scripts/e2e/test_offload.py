"""Layers on devices whose memory is not the host's give the same bits, row by row.

The devices are workers on loopback, so this runs anywhere. With OFFLOAD_DEVICE=Vulkan0
(or CUDA0, ...) the first tests put the layers on that device instead, where products are
rounded otherwise: then rows need only be near the CPU's, with weights in float32, since
for quantised ones the CPU rounds its activations to 8 bits and a device may not.
"""

import os

import numpy as np
import pytest
from conftest import write_jsonl
from test_intervention_runs import model, spec  # noqa: F401: fixtures, of every operation
from workers import alike, start_worker

DEVICE = os.environ.get("OFFLOAD_DEVICE")
# Whatever a graphics card rounds: F16 products, another order of sums. Measured on
# Vulkan's software driver: 0.999997.
COSINE = 0.999

EVERYTHING = ["embed", "resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out", "q", "k", "v", "z", "mlp_pre", "mlp_post", "ln_final", "logits"]
SOME = ["resid_post", "attn_out", "ln_final"]
ROWS = [
    {"id": "a", "prompt": "The capital of France is"},
    {"id": "b", "prompt": "Water boils at a temperature of one hundred degrees. Why is that so?"},
    {"id": "c", "prompt": "Name three birds", "response": " Owl, robin and wren."},
    {"id": "d", "prompt": "Say no."},
]


def hooks(names):
    return [part for name in names for part in ("--hooks", name)]


@pytest.fixture(scope="module")
def workers(capture):
    both = [start_worker(capture) for _ in range(2)]
    yield both
    for worker in both:
        worker.stop()


@pytest.fixture(scope="module")
def on(workers):
    """Flags that put so many layers on one device."""

    def flags(layers):
        if DEVICE:
            return ("--device", DEVICE, "--gpu-layers", layers)
        return ("--rpc", workers[0].address, "--gpu-layers", layers)

    return flags


@pytest.fixture(scope="module")
def run(capture, tmp_path_factory):
    def run(model, *flags, rows=ROWS, points=EVERYTHING):
        if not {"--device", "--rpc"} & set(flags):
            flags += ("--device", "none")  # what the others are compared with, on a machine with a card too
        flags += ("--weights", "f32") if DEVICE else alike(capture)
        folder = tmp_path_factory.mktemp("offload")
        path = write_jsonl(folder / "rows.jsonl", rows)
        return capture.run(folder / "run", model, *hooks(points), "--max-tokens", 5, "--prompts", path, *flags)

    return run


@pytest.fixture(scope="module")
def on_cpu(run, smollm2):
    return run(smollm2)


def assert_same(one, other, exact=True):
    assert one.hooks == other.hooks, set(one.hooks) ^ set(other.hooks)
    if exact:
        assert one.activations.equals(other.activations), differing(one, other)
        assert one.samples == other.samples
        return
    assert one.tokens.num_rows == other.tokens.num_rows
    for hook in one.hooks:
        if "unembed" not in hook:  # the likeliest tokens may change places
            cosine = cosines(one.flat(hook), other.flat(hook))
            assert cosine.min() > COSINE, (hook, cosine.min())


def differing(one, other):
    return [name for name in one.activations.column_names if not one.activations[name].equals(other.activations[name])]


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return (a * b).sum(1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-30)


# SmolLM2 has 30 blocks; the output counts as one layer more.
@pytest.mark.parametrize("layers", [0, 1, 15, 30, "auto", *(pytest.param(n, marks=pytest.mark.torture) for n in (2, 31, "all"))])
def test_layers_on_a_device_give_the_rows_of_the_cpu(run, on, smollm2, on_cpu, layers):
    there = run(smollm2, *on(layers))
    assert_same(there, on_cpu, exact=not DEVICE or layers == 0)
    placed = {"all": 31, "auto": 31}.get(layers, layers)
    assert there.manifest["spec"]["engine"]["gpu_layers"] == placed
    devices = there.manifest["engine"].get("devices", [])
    assert [d["layers"] for d in devices] == ([placed] if placed else [])


@pytest.mark.parametrize("points", [["resid_post:0-28"], ["resid_post:14-16", "resid_pre:14-17"], ["q:29", "logits"]])
def test_few_points_on_either_side_of_the_border(run, on, smollm2, on_cpu, points):
    there = run(smollm2, *on(15), points=points)
    assert there.hooks
    for hook in there.hooks:
        if DEVICE and "token_id" in hook:
            continue  # the likeliest tokens may change places
        if DEVICE:
            assert cosines(there.flat(hook), on_cpu.flat(hook)).min() > COSINE
        else:
            np.testing.assert_array_equal(there.states(hook), on_cpu.states(hook), err_msg=hook)


@pytest.mark.parametrize("layers", [6, "all"])
def test_a_run_that_stops_early_stops_on_the_device(run, on, smollm2, layers):
    flags = ("--max-tokens", 0, "--logprobs", "none")
    points = ["resid_post:5", "attn_out:28"] if layers == "all" else ["resid_post:5"]
    plain = [{"id": r["id"], "prompt": r["prompt"]} for r in ROWS]
    assert_same(run(smollm2, *on(layers), *flags, rows=plain, points=points), run(smollm2, *flags, rows=plain, points=points), exact=not DEVICE)


@pytest.mark.parametrize("layers", [2, pytest.param("all", marks=pytest.mark.torture)])
def test_interventions_of_every_kind(capture, on, model, spec, tmp_path, layers):  # noqa: F811
    """Rows are changed on the device."""
    here = capture.experiment(tmp_path, model, spec, "--device", "none", name="here")
    there = capture.experiment(tmp_path, model, spec, *on(layers), name="there")
    assert there.manifest["engine"]["devices"]
    assert_same(there, here, exact=not DEVICE)


if not DEVICE:

    @pytest.mark.parametrize("split", [
        ("--tensor-split", "1,3"), ("--gpu-layers", 20, "--tensor-split", "0,1"),
        *(pytest.param(split, marks=pytest.mark.torture) for split in [(), ("--tensor-split", "30,1")]),
    ])  # fmt: skip
    def test_two_workers(run, workers, smollm2, on_cpu, split):
        there = run(smollm2, "--rpc", ",".join(w.address for w in workers), *split)
        assert_same(there, on_cpu)
        layers = [d["layers"] for d in there.manifest["engine"]["devices"]]
        assert sum(layers) == (20 if "--gpu-layers" in split else 31)
        assert layers == {(): layers, "1,3": [8, 23], "30,1": [30, 1], "0,1": [20]}[split[-1] if split else ()]

    def test_one_of_two_workers_by_name(run, workers, smollm2):
        there = run(smollm2, "--rpc", ",".join(w.address for w in workers), "--device", "RPC1", points=SOME)
        assert [d["worker"] for d in there.manifest["engine"]["devices"]] == [workers[1].address]
        assert_same(there, run(smollm2, points=SOME))

    @pytest.mark.parametrize("layers", [2, "all"])
    @pytest.mark.parametrize("name", ["llama", "gemma2", "gpt2", "mixtral", "deepseek2", "qwen3moe", "phi3", "falcon"])
    def test_other_architectures(run, on, tiny, name, layers):
        model = tiny / f"tiny-{name}.gguf"
        points = ["embed", "blocks.*.hook_*", "ln_final", "logits"]
        assert_same(run(model, *on(layers), points=points), run(model, points=points))

    def test_patterns_float16_and_reductions(run, on, tiny):
        model, flags = tiny / "tiny-llama.gguf", ("--dtype", "float16", "--set", "capture.reduce=mean")
        points = ["pattern", "z", "resid_post"]
        assert_same(run(model, *on("all"), *flags, points=points), run(model, *flags, points=points))

    def test_a_batch_of_many_with_shared_beginnings(run, on, smollm2):
        rows = [{"id": f"r{i}", "prompt": f"{'Rule: be brief. ' * 6}What is {i} and {i}?"} for i in range(10)]
        flags = ("--batch", 6, "--samples", 2, "--temperature", 1)
        assert_same(run(smollm2, *on(15), *flags, rows=rows, points=SOME), run(smollm2, *flags, rows=rows, points=SOME))

    def test_followups_and_alternatives(capture, on, smollm2, tmp_path):
        spec = {
            "prompts": {"rows": ROWS},
            "generate": {"max_tokens": 4},
            "capture": {"hooks": SOME},
            "followups": [{"name": "sure", "ask": "Are you sure?"}],
            "alternatives": [{"name": "verdict", "at": "end", "options": [" Yes", " No, not at all"]}],
        }
        here = capture.experiment(tmp_path, smollm2, spec, *alike(capture), name="here")
        assert_same(capture.experiment(tmp_path, smollm2, spec, *on(15), *alike(capture), name="there"), here)

    @pytest.mark.parametrize("kv", ["q8_0", *(pytest.param(kv, marks=pytest.mark.torture) for kv in ("bf16", "f32"))])
    def test_kv_types(run, on, smollm2, kv):
        there = run(smollm2, *on("all"), "--kv-type", kv, points=SOME)
        assert there.manifest["engine"]["kv_type"] == kv
        assert_same(there, run(smollm2, "--kv-type", kv, points=SOME))

    def test_a_replay_on_a_worker_is_identical(capture, run, on, workers, smollm2):
        there = run(smollm2, *on(15), points=SOME)
        assert "identical" in capture("replay", there.directory)
        assert "identical" in capture("replay", there.directory, "--rpc", workers[1].address)
