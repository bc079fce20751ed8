"""Arms of several interventions, of several blocks, of cut heads, under a condition, and their random controls."""

import numpy as np
import pytest
from conftest import agreement
from directions import Direction, random_direction, write_directions
from edits import Edit, Edited, add, arm_rows, clamp, multiply
from edited_runs import SPEC, TOKENS, selected, wrong
from families import family
from gguf_weights import Weights

WIDTH, HEADS, HEAD = 64, 4, 16
POST = "blocks.{}.hook_resid_post"
NAMES = ["llama", pytest.param("gemma2", marks=pytest.mark.torture), pytest.param("qwen35", marks=pytest.mark.torture)]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def known(tmp_path):
    rng = np.random.default_rng(12)
    made = {"v": random_direction(rng, WIDTH), "w": random_direction(rng, WIDTH), "q": random_direction(rng, WIDTH, rank=3)}
    write_directions(tmp_path / "d.safetensors", made)
    write_directions(tmp_path / "layers.safetensors", {POST.format(n): made["vw"[n]] for n in (0, 1)})
    probe = write_directions(tmp_path / "probe.safetensors", {"w": made["w"]}, point=POST.format(0))
    return made | {"file": tmp_path / "d.safetensors", "layers": tmp_path / "layers.safetensors", "probe": probe}


@pytest.fixture
def made(name, capture, tiny, tmp_path):
    """A run of a spec, and what NumPy expects: edits by arm, in their order, at a point."""

    def made(spec, edits):
        model = tiny / f"tiny-{name}.gguf"
        run = capture.experiment(tmp_path, model, SPEC | spec)
        expected = tuple(
            Edit(column, arm_rows(run, arm, selected) if rows is None else rows(run, arm), change, heads)
            for arm, column, change, heads, rows in edits
        )
        return Edited(run, Weights(model), family(name), expected, name)

    return made


def edit(arm, layer, change, heads=(), rows=None):
    return arm, POST.format(layer) if isinstance(layer, int) else layer, change, heads, rows


def test_several_at_one_point_in_the_order_of_the_spec(made, known):
    """Whatever the order in which the arm names them; and at other points each by itself."""
    v, file = known["v"], known["file"]
    interventions = [
        {"name": "set", "at": "resid_post:1", "do": "set", "vector": f"{file}#v", "value": 2, "tokens": TOKENS},
        {"name": "add", "at": "resid_post:1", "do": "add", "vector": f"{file}#v", "scale": [1, 3], "tokens": TOKENS},
        {"name": "early", "at": "mlp_out:0", "do": "remove", "vector": f"{file}#q", "tokens": TOKENS},
    ]
    arms = ["none", {"name": "both", "of": ["add@3", "set"]}, {"name": "three", "of": ["early", "set", "add@1"]}]
    edits = [
        edit("both", 1, clamp(v, 2, 2)),
        edit("both", 1, add(v, 3)),
        edit("three", 1, clamp(v, 2, 2)),
        edit("three", 1, add(v, 1)),
        edit("three", "blocks.0.hook_mlp_out", multiply(known["q"], 0)),
    ]
    found = made({"interventions": interventions, "arms": arms}, edits)
    assert not wrong(found)
    swapped = found.edits[1], found.edits[0], *found.edits[2:]
    assert wrong(Edited(found.run, found.weights, found.family, swapped, found.name)), "the other order would be seen"
    names = {"none": set(), "both": {"set", "add"}, "three": {"set", "add", "early"}}
    for row in found.run.tokens.to_pylist():
        sample = found.run.samples[row["sample_id"]]
        assert set(row["edited"]) == (names[sample["arm"]] if selected(sample, row["position"]) else set())


def test_several_blocks_at_once_and_each_alone(made, known):
    """With one direction for all, and with one for each block."""
    common = {"do": "add", "scale": 2, "tokens": TOKENS, "at": "resid_post:0-1"}
    interventions = [
        {"name": "all", "vector": f"{known['file']}#v"} | common,
        {"name": "own", "vector": str(known["layers"])} | common,
        {"name": "each", "vector": str(known["layers"]), "each": "layer"} | common,
    ]
    v, w = known["v"], known["w"]
    edits = [
        edit("all", 0, add(v, 2)), edit("all", 1, add(v, 2)),
        edit("own", 0, add(v, 2)), edit("own", 1, add(w, 2)),
        edit("each:0", 0, add(v, 2)), edit("each:1", 1, add(w, 2)),
    ]  # fmt: skip
    found = made({"interventions": interventions}, edits)
    assert not wrong(found)
    assert {s["arm"] for s in found.run.samples} == {"none", "all", "own", "each:0", "each:1"}


@pytest.mark.parametrize("name", ["llama"])
def test_a_direction_of_the_whole_row_is_cut_to_heads(made, known):
    v = known["v"].vector.reshape(HEADS, HEAD)
    cut = np.zeros_like(v)
    cut[[1, 3]] = v[[1, 3]]
    direction = Direction(cut.reshape(-1))
    common = {"at": "z:1", "vector": f"{known['file']}#v", "heads": [3, 1], "tokens": TOKENS}
    interventions = [{"name": "add", "do": "add", "scale": 2} | common, {"name": "remove", "do": "remove"} | common]
    z = "blocks.1.attn.hook_z"
    found = made({"interventions": interventions}, [edit("add", z, add(direction, 2)), edit("remove", z, multiply(direction, 0))])
    assert not wrong(found)


@pytest.mark.parametrize("name", ["llama"])
def test_a_row_counts_once_however_many_edits_change_it(made, known, tmp_path):
    """Several heads, several interventions: all that was added to the row, over the row before."""
    heads = write_directions(tmp_path / "head.safetensors", {"h": (head := random_direction(np.random.default_rng(3), HEAD))})
    v, z = known["v"], "blocks.1.attn.hook_z"
    interventions = [
        {"name": "heads", "at": "z:1", "do": "add", "vector": str(heads), "heads": [3, 1], "scale": 2, "tokens": TOKENS},
        {"name": "more", "at": "z:1", "do": "set", "vector": f"{known['file']}#v", "value": 3, "tokens": "prompt[-1] | response[0:2]"},
        {"name": "one", "at": "resid_post:0", "do": "add", "vector": f"{known['file']}#v", "scale": 3, "tokens": TOKENS},
        {"name": "other", "at": "resid_pre:1", "do": "remove", "vector": f"{known['file']}#q", "tokens": TOKENS},
    ]
    arms = ["none", {"name": "z", "of": ["heads", "more"]}, {"name": "row", "of": ["one", "other"]}]
    later = lambda run, arm: arm_rows(run, arm, lambda s, at: selected(s, at) and at != 3)  # noqa: E731
    edits = [
        edit("z", z, add(head, 2), (3, 1)), edit("z", z, clamp(v, 3, 3), rows=later),
        edit("row", 0, add(v, 3)), edit("row", 0, multiply(known["q"], 0)),
    ]  # fmt: skip
    found = made({"interventions": interventions, "arms": arms}, edits)
    for arm, column in (("z", z), ("row", POST.format(0))):
        before = super(Edited, found).expected(column).reshape(len(found.run.tokens), -1)
        added = np.linalg.norm(found.expected(column).reshape(before.shape) - before, axis=1)
        for sample in (s for s in found.run.samples if s["arm"] == arm):
            at = found.run.span(sample["sample_id"]).start + np.flatnonzero([selected(sample, p) for p in range(sample["prompt_tokens"] + 4)])
            np.testing.assert_allclose(sample["edit_norm"], added[at].mean(), rtol=1e-4)
            np.testing.assert_allclose(sample["edit_ratio"], (added[at] / np.linalg.norm(before[at], axis=1)).mean(), rtol=1e-4)


def test_under_a_condition(made, known):
    """Only the tokens whose row a probe scores above a threshold, before the change; the score is kept."""
    probe = known["w"]

    def scores(run, point=POST.format(0)):
        return run.flat(point).astype(np.float64) @ probe.vector

    def rows(run, arm):
        high = scores(run) > 0.3
        return arm_rows(run, arm, lambda sample, position: position < sample["prompt_tokens"]) & high

    when = {"probe": str(known["probe"]), "above": 0.3}
    intervention = {"name": "it", "at": "resid_post:1", "do": "add", "vector": f"{known['file']}#v", "scale": 2, "tokens": "prompt", "when": when}
    found = made({"interventions": [intervention]}, [edit("it", 1, add(known["v"], 2), rows=rows)])
    assert not wrong(found)
    asked = arm_rows(found.run, "it", lambda sample, position: position < sample["prompt_tokens"])
    above = asked & (scores(found.run) > 0.3)
    assert 5 < above.sum() < asked.sum() - 5, "some tokens are above the threshold and some are not"
    for row, at, score, high in zip(found.run.tokens.to_pylist(), asked, scores(found.run), above, strict=True):
        assert row["edited"] == (["it"] if high else [])
        if at:
            np.testing.assert_allclose(row["scores"][0], score, rtol=1e-4, atol=1e-4)


SWAP_ROWS = [
    {"id": "short", "question": "q", "label": "a", "pair": "p", "prompt": "The moon is a star.", "spans": {"claim": "moon is"}},
    {"id": "long", "question": "q", "label": "b", "pair": "p", "prompt": "Why? The sun is not a star.", "spans": {"claim": "sun is"}},
]
# By alignment the tokens that are swapped, counted from the beginning of the span or the end.
ALIGNED = {"from_end": ("prompt[-3:-1]", slice(-3, -1)), "span": ("span:claim", None)}


@pytest.mark.parametrize("align", ALIGNED)
def test_swaps_of_prompts_of_other_lengths(made, known, capture, tiny, name, align):
    """The row comes from the token as far from the end, or at the same place of the span."""
    tokens, at = ALIGNED[align]
    swap = {"name": "it", "at": "resid_post:1", "do": "swap", "from": "pair", "align": align, "tokens": tokens, "vector": f"{known['file']}#q"}
    spec = {"prompts": {"rows": SWAP_ROWS}, "interventions": [swap], "generate": {"max_tokens": 2}}
    found = made(spec, [])
    run, q = found.run, known["q"].basis
    prompts = {(s["arm"], s["prompt_id"]): np.arange(s["first_row"], s["first_row"] + s["prompt_tokens"]) for s in run.samples}
    assert len(prompts["none", "short"]) != len(prompts["none", "long"])
    in_span = ["claim" in spans for spans in run.tokens["spans"].to_pylist()]

    def chosen(arm, prompt):
        rows = prompts[arm, prompt]
        return rows[at] if at else rows[[in_span[row] for row in rows]]

    for shift in (0, 1):
        edits = []
        for prompt, other in (("short", "long"), ("long", "short")):
            rows, sources = chosen("it", prompt), chosen("none", other)
            assert len(rows) == len(sources) > 1, "the spans have as many tokens in this vocabulary"
            mask = np.zeros(len(run.tokens), bool)
            mask[rows] = True
            source = run.flat(POST.format(1)).astype(np.float64)[sources - shift]
            edits.append(Edit(POST.format(1), mask, lambda h, g=source: h + (g - h) @ q.T @ q))
        expected = Edited(run, found.weights, found.family, tuple(edits), name)
        assert bool(wrong(expected)) == bool(shift), "one token off would be seen"


def test_a_swap_with_the_same_question_under_another_condition(made):
    swap = {"name": "it", "at": "resid_post:1", "do": "swap", "from": {"condition": "other"}, "align": "span", "tokens": "span:moon"}
    spec = {
        "prompts": {"rows": [{"id": "a", "prompt": "The sun is a star and the moon is not a star."}]},
        "conditions": [{"name": "plain"}, {"name": "other", "prefix": "Why? "}],
        "spans": [{"name": "moon", "text": "moon is not"}],
        "interventions": [swap],
    }
    run = made(spec, []).run
    in_span = np.array(["moon" in spans for spans in run.tokens["spans"].to_pylist()])
    states = run.states(POST.format(1))
    found = {(s["arm"], s["condition"]): states[run.span(s["sample_id"])][in_span[run.span(s["sample_id"])]] for s in run.samples}
    source = found["none", "other"]
    assert len(source) > 2 and np.abs(found["none", "plain"] - source).max(axis=1).min() > 1e-3
    for condition in ("plain", "other"):
        assert np.array_equal(found["it", condition], source)


def test_edits_after_the_last_point_that_is_captured(capture, tiny, tmp_path, known):
    """In the last block, at tokens that nothing else is wanted of."""
    model = tiny / "tiny-llama.gguf"
    interventions = [
        {"name": "early", "at": "resid_post:-1", "do": "add", "vector": f"{known['file']}#v", "tokens": "prompt[3]"},
        {"name": "last", "at": "resid_post:-1", "do": "add", "vector": f"{known['file']}#v", "tokens": "prompt[-1]"},
    ]
    for hooks, tokens in ((["resid_post:0"], "last"), (["ln_final"], "prompt[-1]"), (["logits"], "all")):
        spec = SPEC | {"interventions": interventions, "capture": {"hooks": hooks, "tokens": tokens}, "generate": {"max_tokens": 0}}
        spec["prompts"] = {"rows": [{"id": "a", "prompt": "The sun is a star."}]}
        none, early, last = capture.experiment(tmp_path, model, spec, name=f"run-{hooks[0].partition(':')[0]}").samples
        assert [s["edited_tokens"] for s in (none, early, last)] == [0, 1, 1]
        assert abs(early["kl"]) < 1e-6, "nothing later reads what the last block leaves at another token"
        assert last["kl"] > 1e-3


def test_random_controls_are_of_the_norm_and_the_rank(made, known):
    """What they added: as long as the arm's own, in other directions each, and the same at every token."""
    interventions = [
        {"name": "add", "at": "resid_post:1", "do": "add", "vector": f"{known['file']}#v", "scale": [1, -3], "tokens": TOKENS},
        {"name": "remove", "at": "resid_post:0", "do": "remove", "vector": f"{known['file']}#q", "tokens": TOKENS},
    ]
    controls = {"random": 3, "opposite": False, "tokens": "prompt[1]"}
    run = made({"interventions": interventions, "controls": controls}, []).run
    kinds = {(a["kind"], a.get("of")) for a in run.manifest["arms"]}
    assert kinds == {("none", None), ("edit", None), *((k, of) for k in ("random", "tokens") for of in ("add@-3", "remove"))}
    norm = 3 * np.linalg.norm(known["v"].vector)
    for sample in run.samples:
        if sample["arm"].startswith("add@-3"):
            np.testing.assert_allclose(sample["edit_norm"], norm, rtol=1e-3)
    added = {}
    none = {s["prompt_id"]: run.span(s["sample_id"]) for s in run.samples if s["arm"] == "none"}
    for sample in run.samples:
        if sample["arm"].startswith("add@-3/random") and sample["prompt_id"] == "given":
            mine, base = run.span(sample["sample_id"]), none["given"]
            column = run.flat(POST.format(1))
            added[sample["arm"]] = column[mine.start + 3] - column[base.start + 3]  # nothing was changed before
    assert len(added) == 3
    vectors = np.array([x / np.linalg.norm(x) for x in [known["v"].unit, *added.values()]])
    cosines = vectors @ vectors.T - np.eye(4)
    assert np.abs(cosines).max() < 0.6, "in 64 dimensions random directions are nearly at right angles"
    for x in added.values():
        np.testing.assert_allclose(np.linalg.norm(x), norm, rtol=1e-3)


def test_the_arm_prompt_asks_in_words(capture, tiny, tmp_path, known):
    intervention = {"name": "it", "at": "resid_post:1", "do": "add", "vector": f"{known['file']}#v", "tokens": "prompt[-1]"}
    spec = SPEC | {"interventions": [intervention], "controls": {"prompt": "Lie."}, "capture": {"hooks": ["resid_post:1"]}}
    run = capture.experiment(tmp_path, tiny / "tiny-llama.gguf", spec)
    asked = next(s for s in run.samples if s["arm"] == "prompt" and s["prompt_id"] == "given")
    assert asked["prompt"] == "Lie. " + next(s for s in run.samples if s["arm"] == "none")["prompt"]
    words = [{"id": "w", "prompt": asked["prompt"], "response": SPEC["prompts"]["rows"][0]["response"]}]
    plain = capture.experiment(tmp_path, tiny / "tiny-llama.gguf", SPEC | {"prompts": {"rows": words}, "capture": {"hooks": ["resid_post:1"]}}, name="plain")
    found = agreement(run.flat(POST.format(1))[run.span(asked["sample_id"])], plain.flat(POST.format(1)))
    assert found.error < 1e-5 and asked["edited_tokens"] == 0
