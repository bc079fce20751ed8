"""Interventions and batches: an edit of one sample is no other's, and doing nothing is doing nothing."""

import numpy as np
import pytest
from conftest import agreement
from directions import random_direction, write_directions

HOOKS = ["embed", "resid_post:0,50%,-1", "attn_out:1", "ln_final"]
ROW = {"id": "a", "prompt": "The sun is a star and the moon is not a star. Is it?"}
BATCHES = 3e-5  # relative, of float32 rows that other batches give


def spec(interventions, rows=(ROW,), conditions=(), **engine):
    return {
        "prompts": {"rows": list(rows)},
        "conditions": list(conditions),
        "pairs": {"differ": ["user"]},
        "generate": {"max_tokens": 6, "temperature": 1, "samples": 2},
        "capture": {"hooks": HOOKS, "logprobs": "all"},
        "engine": {"weights": "f32"} | engine,
        "interventions": interventions,
    }


@pytest.fixture(scope="module", params=["tiny-llama", pytest.param("smollm2", marks=pytest.mark.torture)])
def model(request, tiny, smollm2):
    return smollm2 if request.param == "smollm2" else tiny / f"{request.param}.gguf"


@pytest.fixture(scope="module")
def width(model):
    return 64 if "tiny" in model.name else 576


@pytest.fixture(scope="module")
def directions(width, tmp_path_factory):
    rng = np.random.default_rng(9)
    made = {f"v{n}": random_direction(rng, width) for n in range(8)} | {"q": random_direction(rng, width, rank=4)}
    return write_directions(tmp_path_factory.mktemp("directions") / "d.safetensors", made)


def by_arm(run):
    return {(s["arm"], s["prompt_id"], s["sample"]): s for s in run.samples}


def same_bits(one, a, other, b):
    """Whether two samples have the same tokens, scores and rows."""
    i, j = one.span(a["sample_id"]), other.span(b["sample_id"])
    columns = ["position", "token_id", "logprob", "entropy"]
    return one.tokens.select(columns)[i].equals(other.tokens.select(columns)[j]) and all(
        one.states(hook)[i].tobytes() == other.states(hook)[j].tobytes() for hook in one.hooks
    )


def test_edits_that_change_nothing_give_the_bits_of_none(capture, model, directions, tmp_path):
    """With the same cuts, which `none` has as well. A swap is with the sample itself."""
    itself = {"from": {"condition": "plain"}, "align": "token"}
    nothing = {
        "add-0": {"do": "add", "vector": f"{directions}#v0", "scale": 0},
        "times-1": {"do": "scale", "vector": f"{directions}#q", "scale": 1},
        "itself": {"do": "swap", "vector": f"{directions}#q"} | itself,
        "whole": {"do": "swap"} | itself,
    }
    something = {"add": {"do": "add", "vector": f"{directions}#v0", "scale": 1}}
    common = {"at": "resid_post:1", "tokens": "all"}
    interventions = [{"name": name} | common | keys for name, keys in (nothing | something).items()]
    made = spec(interventions, conditions=[{"name": "plain"}], batch_invariant=True)
    run = capture.experiment(tmp_path, model, made)
    samples = by_arm(run)
    compared = 0
    for (arm, prompt, n), sample in samples.items():
        base = samples["none", prompt, n]
        if arm == "none":
            continue
        assert sample["edited_tokens"] == len(run.rows(sample["sample_id"])), arm
        assert same_bits(run, sample, run, base) == (arm in nothing), arm
        if arm in nothing:
            assert sample["edit_norm"] == 0 and sample["kl"] == 0, arm
        compared += 1
    assert compared == 2 * len(interventions)


@pytest.fixture(scope="module")
def sixteen(directions):
    """Sixteen interventions that are all different: in operation, direction, block, point and tokens."""
    tokens = ["prompt[2]", "prompt[-1]", "response", "prompt[5:8] | response[1]"]
    places = ["resid_post:0", "resid_post:1", "attn_out:1", "resid_mid:2"]
    kinds = [{"do": "add", "scale": 2, "unit": "gap"}, {"do": "remove"}, {"do": "set", "value": 3}, {"do": "scale", "scale": -2}]
    return [
        {"name": f"i{n}", "at": places[n % 4], "tokens": tokens[n // 4], "vector": f"{directions}#v{n % 8}"} | kinds[(n // 4 + n) % 4]
        for n in range(16)
    ]


@pytest.mark.parametrize("invariant", [False, pytest.param(True, marks=pytest.mark.torture)])
def test_sixteen_different_edits_in_a_batch_are_those_of_single_runs(capture, model, sixteen, tmp_path, invariant):
    engine = {"batch_invariant": True} if invariant else {"batch": 17}
    together = capture.experiment(tmp_path, model, spec(sixteen, **engine), name="together")
    assert invariant or together.manifest["engine"]["batch"] >= 17
    samples = by_arm(together)
    assert len(samples) == 2 * 17
    for intervention in sixteen:
        arm = intervention["name"]
        single = {"batch_invariant": True} if invariant else {"batch": 1}
        alone = capture.experiment(tmp_path, model, spec([intervention], **single), name=f"alone-{arm}")
        for sample in (s for s in alone.samples if s["arm"] == arm):
            there = samples[arm, sample["prompt_id"], sample["sample"]]
            assert there["seed"] == sample["seed"] and there["response"] == sample["response"], arm
            if invariant:
                assert same_bits(alone, sample, together, there), arm
                continue
            i, j = alone.span(sample["sample_id"]), together.span(there["sample_id"])
            assert alone.tokens["edited"][i].equals(together.tokens["edited"][j])
            for hook in alone.hooks:
                found = agreement(alone.flat(hook)[i], together.flat(hook)[j])
                assert found.error <= BATCHES, (arm, hook, str(found))
    # No two arms are the same: a batch that mixed them up would be seen.
    texts = {arm: together.flat("ln_final.hook_normalized")[together.span(s["sample_id"])].tobytes() for (arm, _, n), s in samples.items() if n == 0}
    assert len(set(texts.values())) == 17


def test_arms_have_common_random_numbers(capture, model, directions, tmp_path):
    doses = {"name": "lie", "at": "resid_post:1", "do": "add", "vector": f"{directions}#v0", "scale": [0, 0.00001, 1], "tokens": "all"}
    run = capture.experiment(tmp_path, model, spec([doses], rows=[ROW, {"id": "b", "prompt": "Why?"}]))
    samples = by_arm(run)
    assert len(samples) == 4 * 4
    seeds = {}
    for (arm, prompt, n), sample in samples.items():
        seeds.setdefault((prompt, n), set()).add(sample["seed"])
        if arm not in ("none", "lie@1"):
            assert sample["response"] == samples["none", prompt, n]["response"], "the same draws from the same chances"
    assert all(len(found) == 1 for found in seeds.values())
    assert len({next(iter(found)) for found in seeds.values()}) == 4
