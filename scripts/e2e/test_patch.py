"""capture patch on the phantom: every cell of the map is what the same swap does alone, and
the map is what NumPy makes of the samples."""

import json

import numpy as np
import pyarrow.feather as feather
import pytest
from conftest import Run
from test_phantom import prompts  # noqa: F401

PAIRS = 4


def difference(sample):
    first, *others = sample["alternative_logprobs"]
    return first - np.logaddexp.reduce(others)


@pytest.fixture(scope="module")
def spec(prompts, tmp_path_factory):  # noqa: F811
    """Matched lies and mistakes whose two answers begin differently."""
    path = prompts("patch", "--cause", "lie", "--matched", "--n", 40, "--seed", 5)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [row for row in rows if row["answer"].split()[0] != row["said"].split()[0]][: 2 * PAIRS]
    assert len(rows) == 2 * PAIRS
    return {
        "model": "phantom",
        "prompts": {"rows": rows},
        "pairs": {"differ": ["user"]},
        "alternatives": [{"name": "true", "options": [" {answer}", " {said}"]}],
    }


@pytest.fixture(scope="module")
def patched(capture, spec, tmp_path_factory):
    folder = tmp_path_factory.mktemp("patch")
    (folder / "spec.json").write_text(json.dumps(spec))
    text = capture("patch", folder / "spec.json", "--out", folder / "run", "--map", folder / "map.arrow", "--json")
    return folder, Run(folder / "run"), json.loads(text)


def test_the_map_is_what_numpy_makes_of_the_samples(patched):
    folder, run, found = patched
    none = {s["prompt_id"]: (s["pair"], difference(s)) for s in run.samples if s["arm"] == "none"}
    other = {p: next(q for q in none if q != p and none[q][0] == none[p][0]) for p in none}
    gap = {p: none[other[p]][1] - none[p][1] for p in none}
    assert found["pairs"] == 2 * PAIRS
    assert found["gap"] == pytest.approx(np.mean(np.abs(list(gap.values()))), rel=1e-12)
    for cell in found["cells"]:
        mine = [s for s in run.samples if s["arm"] == cell["arm"]]
        changes = [np.sign(gap[s["prompt_id"]]) * (difference(s) - none[s["prompt_id"]][1]) for s in mine]
        assert len(mine) == cell["samples"] == 2 * PAIRS
        assert cell["effect"] == pytest.approx(np.sum(changes) / np.sum(np.abs(list(gap.values()))), rel=1e-9, abs=1e-12)
        assert cell["change"] == pytest.approx(np.mean(changes), rel=1e-9, abs=1e-12)
    table = feather.read_table(folder / "map.arrow").to_pylist()
    assert table == found["cells"]


def test_effects_lie_where_the_halves_differ_and_then_at_the_last_token(patched):
    _, run, found = patched
    layers = run.manifest["model"]["layers"]
    effect = {(c["layer"], c["position"]): c["effect"] for c in found["cells"]}
    assert len(effect) == layers * len(found["positions"]), "no point and position twice"
    for layer in (0, 1):  # nothing has reached the answer yet: attention is 0 there
        assert abs(effect[layer, "prompt[-1]"]) < 1e-3
    early = max(effect[0, p] for p in found["positions"])
    assert early > 0.05, "what was seen, where it stands"
    assert effect[2, "prompt[-1]"] > 0.1, "what is read from there"


@pytest.mark.parametrize("number", [0, -1, 37])
def test_a_cell_is_the_same_swap_alone(capture, spec, patched, tmp_path, number):
    _, run, found = patched
    cell = found["cells"][number]
    intervention = {"name": "x", "at": f"resid_post:{cell['layer']}", "do": "swap", "from": "pair", "tokens": cell["position"]}
    alone = spec | {"interventions": [intervention], "generate": {"max_tokens": 0}, "capture": {"hooks": ["resid_post:-1"], "tokens": "last"}}
    (tmp_path / "alone.json").write_text(json.dumps(alone))
    capture("run", tmp_path / "alone.json", "--out", tmp_path / "run")
    expected = {s["prompt_id"]: s["alternative_logprobs"] for s in Run(tmp_path / "run").samples if s["arm"] == "x"}
    for sample in run.samples:
        if sample["arm"] == cell["arm"]:
            np.testing.assert_allclose(sample["alternative_logprobs"], expected[sample["prompt_id"]], rtol=1e-4, atol=1e-3)


def test_it_is_an_ordinary_run(capture, patched):
    folder, run, found = patched
    capture("verify", run.directory)
    assert "identical" in capture("replay", run.directory)
    again = json.loads(capture("patch", run.directory, "--json"))
    assert again["cells"] == found["cells"]


def test_spans_and_parts(capture, spec, tmp_path):
    """A whole span at once, of what attention and MLP add."""
    rows = [row | {"spans": {"asked": "asks about"}} for row in spec["prompts"]["rows"]]
    (tmp_path / "spec.json").write_text(json.dumps(spec | {"prompts": {"rows": rows}}))
    text = capture(
        "patch", tmp_path / "spec.json", "--out", tmp_path / "run", "--at", "attn_out:2,mlp_out:2", "--span", "asked", "--map", tmp_path / "map.svg", "--json"
    )
    found = json.loads(text)
    assert found["positions"] == ["span:asked"]
    assert found["points"] == ["blocks.2.hook_attn_out", "blocks.2.hook_mlp_out"]
    assert (tmp_path / "map.svg").read_text().startswith("<svg")
    for sample in Run(tmp_path / "run").samples:
        assert sample["edited_tokens"] == (0 if sample["arm"] == "none" else 2)


@pytest.mark.torture
def test_smollm2(capture, smollm2, tmp_path):
    """Two pairs of Wang et al.'s task. What leaves the last block at the last token is all that
    the answer is drawn from, and nothing before that token is; the rest is as in single runs."""
    sentence = "When {} and {} went to the {}, {} gave a {} to"
    rows = []
    for pair, names, place, thing in (("1", ("Mary", "John"), "store", "drink"), ("2", ("Tom", "Anna"), "park", "ball")):
        for twice in names:
            rows.append({"pair": pair, "prompt": sentence.format(*names, place, twice, thing), "name": names[0], "other": names[1]})
    spec = {
        "model": str(smollm2),
        "engine": {"weights": "f32"},  # and so the cache: with 4 bits a cell moves by 0.2 nats between batches
        "chat": "none",
        "prompts": {"rows": rows},
        "pairs": {"differ": ["user"]},
        "alternatives": [{"name": "name", "options": [" {name}", " {other}"]}],
    }
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    found = json.loads(capture("patch", tmp_path / "spec.json", "--out", tmp_path / "run", "--last", 5, "--json"))
    run = Run(tmp_path / "run")
    layers = run.manifest["model"]["layers"]
    effect = {(c["layer"], c["position"]): c["effect"] for c in found["cells"]}
    assert len(effect) == layers * 5
    for k in range(1, 6):
        assert effect[layers - 1, f"prompt[-{k}]"] == pytest.approx(float(k == 1), abs=1e-4)
    assert effect[0, "prompt[-5]"] == pytest.approx(1, abs=0.05), "the one token that differs"
    assert abs(effect[0, "prompt[-1]"]) < 0.05
    capture("verify", tmp_path / "run")
    for cell in (found["cells"][7], found["cells"][len(found["cells"]) // 2]):
        swap = {"name": "x", "at": f"resid_post:{cell['layer']}", "do": "swap", "from": "pair", "tokens": cell["position"]}
        alone = spec | {"interventions": [swap], "generate": {"max_tokens": 0}, "capture": {"hooks": ["resid_post:-1"], "tokens": "last"}}
        (tmp_path / "alone.json").write_text(json.dumps(alone))
        capture("run", tmp_path / "alone.json", "--out", tmp_path / "alone", "--overwrite")
        expected = {s["prompt_id"]: difference(s) for s in Run(tmp_path / "alone").samples if s["arm"] == "x"}
        mine = {s["prompt_id"]: difference(s) for s in run.samples if s["arm"] == cell["arm"]}
        assert mine.keys() == expected.keys()
        for prompt, d in mine.items():
            assert d == pytest.approx(expected[prompt], abs=1e-3)
