"""Every operation of interventions against NumPy, at every point that can be edited.

Prompts and given and sampled responses are edited; every later point of every token, the
logits too, is recomputed (edits.py). Errors are relative, of a row; everything is float32.
"""

import json
import zlib

import numpy as np
import pytest
from edited_runs import OPERATIONS, SPEC, Files, Intervention, places, run_edited, selected, unseen, wrong
from gguf_weights import Weights
from tiny_models import NAMES

# Sequential and parallel blocks, norms after sublayers, windows, sinks, mixtures of experts,
# and of recurrent states the delta rule, Mamba 2, convolutions and RWKV.
CHOSEN = [
    "smollm2", "llama", "qwen3", "gemma2", "gemma3", "gpt2", "phi2", "falcon", "cohere2", "olmo2", "mixtral", "gpt-oss",
    "granitehybrid", "qwen35", "lfm2moe", "rwkv7",
]  # fmt: skip
# In the middle block; also in the first, whose resid_pre is the embedding, and in the last,
# which is computed for output tokens alone.
ENDS = ["llama, block 0", "llama, block -1"]
LONG = ["smollm2, every operation", *(f"{name}, block {n}" for name in ("gemma2", "gpt2", "phi2", "qwen35", "rwkv7") for n in (0, -1)), *NAMES]
OTHERS = [pytest.param(name, marks=pytest.mark.torture) for name in LONG if name not in CHOSEN]


@pytest.fixture(scope="module", params=[*CHOSEN, *ENDS, *OTHERS])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name, tiny, smollm2):
    return smollm2 if name.startswith("smollm2") else tiny / f"tiny-{name.partition(',')[0]}.gguf"


@pytest.fixture(scope="module")
def interventions(name, model, capture):
    """Every operation once, at points that are other ones in each model; every point at least once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOMAXPROCS", "1")
        listed = json.loads(capture("hooks", model, "--json"))
    shapes = {point["name"]: point["shape"] for point in listed if point["checked"]}
    weights = Weights(model)
    _, named, block = name.partition(", block ")
    at = places(shapes, int(block) % weights.layers if named else weights.layers // 2)
    first = zlib.crc32(name.encode())
    assert len(OPERATIONS) >= len(at)
    operations = OPERATIONS[::4] if name == "smollm2" else OPERATIONS
    return [Intervention(operation, at[(first + n) % len(at)]) for n, operation in enumerate(operations)]


@pytest.fixture(scope="module")
def files(model, interventions, capture, tmp_path_factory):
    folder = tmp_path_factory.mktemp("directions")
    means = capture.experiment(folder, model, SPEC | {"generate": {"max_tokens": 0}}, name="means")
    return Files.make(folder, interventions, means)


@pytest.fixture(scope="module")
def made(name, model, interventions, files, capture, tmp_path_factory):
    return run_edited(capture, tmp_path_factory.mktemp("edited"), model, name.partition(",")[0], interventions, files)


def test_every_point_is_what_the_edits_make(made):
    assert not wrong(made)


@pytest.mark.parametrize("by", [-1, 1])
def test_one_token_off_would_be_seen(made, interventions, files, by):
    assert not [arm for arm in unseen(made, interventions, files, by) if not limited(arm)]


def limited(arm):
    """Whether an arm only keeps a coordinate within limits, where it may be already."""
    return arm.startswith(("set-min", "set-max"))


def test_rows_say_what_was_edited(made, interventions):
    known = {i.name for i in interventions}
    for row in made.run.tokens.to_pylist():
        sample = made.run.samples[row["sample_id"]]
        expected = [sample["arm"]] if sample["arm"] in known and selected(sample, row["position"]) else []
        assert row["edited"] == expected, (sample["arm"], row["position"])
    for sample in made.run.samples:
        assert sample["edited_tokens"] == sum(bool(row["edited"]) for row in made.run.rows(sample["sample_id"]))


def test_rows_before_the_first_edit_are_those_of_none_and_later_ones_are_not(made, interventions):
    run = made.run
    none = {(s["prompt_id"], s["sample"]): s for s in run.samples if s["arm"] == "none"}
    for sample in run.samples:
        if sample["arm"] == "none":
            continue
        mine, base = run.span(sample["sample_id"]), run.span(none[sample["prompt_id"], sample["sample"]]["sample_id"])
        assert sample["seed"] == none[sample["prompt_id"], sample["sample"]]["seed"]
        for hook in run.hooks:
            left, right = (run.states(hook)[at.start : at.start + 3] for at in (mine, base))
            assert left.tobytes() == right.tobytes(), (sample["arm"], hook)
        changed = any(run.states(hook)[mine.start + 3].tobytes() != run.states(hook)[base.start + 3].tobytes() for hook in run.hooks)
        assert limited(sample["arm"]) or changed, sample["arm"]


def test_samples_say_how_much_was_added(made, interventions, files):
    """Means over edited rows of the norm of the difference, and of its share of the row before: all heads."""
    for number, i in enumerate(interventions):
        column = made.tensor(i.place.column)
        before = super(type(made), made).expected(column).reshape(len(made.run.tokens), -1)
        edit = made.edits[number]
        after = edit.apply(super(type(made), made).expected(column)).reshape(before.shape)
        for sample in (s for s in made.run.samples if s["arm"] == i.name):
            at = np.arange(made.run.span(sample["sample_id"]).start, made.run.span(sample["sample_id"]).stop)
            at = at[edit.rows[at]]
            added = np.linalg.norm(after[at] - before[at], axis=1)
            np.testing.assert_allclose(sample["edit_norm"], added.mean(), rtol=1e-3, atol=1e-4)
            np.testing.assert_allclose(sample["edit_ratio"], (added / np.linalg.norm(before[at], axis=1)).mean(), rtol=1e-3, atol=1e-4)


def log_softmax(logits):
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def test_samples_say_how_far_the_next_token_is_from_that_of_none(made):
    """KL(none || arm) after the prompt's last token: what is edited first lies before it."""
    chances = log_softmax(made.logits())
    none = {s["prompt_id"]: s for s in made.run.samples if s["arm"] == "none"}
    for sample in made.run.samples:
        if sample["arm"] == "none":
            assert sample["kl"] is None or sample["kl"] == 0
            continue
        p, q = (chances[s["first_row"] + s["prompt_tokens"] - 1] for s in (none[sample["prompt_id"]], sample))
        np.testing.assert_allclose(sample["kl"], (np.exp(p) * (p - q)).sum(), rtol=1e-3, atol=1e-5)
