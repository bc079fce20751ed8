"""The phantom's world, and its figures on a small sample of the committed files."""

import hashlib
from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from evaluate import (
    DECIDED,
    Phantom,
    Subspaces,
    behaviour,
    interchange,
    lie_against_mistake,
    matched_streams,
)
from make_world import world as made_world
from world import CAUSES, DATA, NOTHING, UnknownWord, World, said, scenes

SAMPLE = 200


@pytest.fixture(scope="module")
def world():
    return World.read()


@pytest.fixture(scope="module")
def model():
    return Phantom(DATA / "phantom.gguf")


@pytest.fixture(scope="module")
def subspaces():
    return Subspaces.read(DATA / "subspaces.safetensors")


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture(scope="module")
def behaved(model, world):
    return behaviour(model, world, SAMPLE, np.random.default_rng(12))


@pytest.fixture(scope="module")
def auroc_rows(model, world, subspaces):
    rng = np.random.default_rng(13)
    return lie_against_mistake(matched_streams(model, world, SAMPLE, rng), subspaces, rng)


def test_world_file_is_what_make_world_writes(world):
    assert world.data == made_world()


def test_vocabulary_has_every_word_once(world):
    assert len(world.ids) == len(world.vocabulary)
    assert len(world.vocabulary[0].split()) == 1
    assert all(len(content.split()) == 2 for content in world.contents)
    assert len(set(world.contents)) == len(world.contents)


def test_prompts_have_one_length_and_end_in_the_same_words(world):
    """Whatever the cause, and for every order of the sentences."""
    lengths, orders, ends = set(), set(), set()
    for cause in CAUSES:
        for scene in scenes(world, cause, SAMPLE, 1):
            lengths.add(len(world.tokens(scene)))
            orders.add((cause, scene.order))
            ends.add(world.prompt(scene).split()[-1])
    assert len(lengths) == 1
    assert len(orders) == len(CAUSES) * len(world.data["orders"])
    assert ends == {"says"}


@pytest.mark.parametrize("cause", CAUSES)
def test_scenes_are_what_their_cause_says(world, cause):
    for scene in scenes(world, cause, SAMPLE, 2):
        assert scene.speaker != scene.listener
        assert scene.box != scene.other
        assert scene.intent == (cause == "lie")
        if cause == "guess":
            assert scene.belief is scene.told is scene.said is NOTHING
            continue
        assert (scene.belief == scene.world) == (cause != "mistake")
        assert (scene.said == scene.world) == (cause == "truth")


def test_matched_pairs_differ_in_the_belief_alone(world, rng):
    for _ in range(SAMPLE):
        lie, mistake = world.matched(rng)
        different = {f.name for f in fields(lie) if getattr(lie, f.name) != getattr(mistake, f.name)}
        assert different == {"cause", "belief"}
        assert lie.said == mistake.said != lie.world
        assert mistake.belief == mistake.told


def test_contents_are_drawn_evenly(world):
    n = 64 * 50
    for slot in ("world", "told"):
        counts = Counter(getattr(scene, slot) for scene in scenes(world, "lie", n, 3))
        assert set(counts) == set(world.contents)
        assert max(abs(count - 50) for count in counts.values()) < 35


def test_words_of_other_worlds_are_refused(world):
    with pytest.raises(UnknownWord, match="'copper'"):
        world.encode("the blue box holds old copper .")


def test_causal_model():
    assert said(False, "old tin", "new wax") == "old tin"
    assert said(True, "old tin", "new wax") == "new wax"


def test_checksums_are_those_of_the_files():
    for line in (DATA / "SHA256SUMS").read_text().splitlines():
        checksum, name = line.split()
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == checksum, name


def test_first_layers_have_no_attention_output(model, subspaces):
    """Exactly, and so nothing of the prompt is at the answer there."""
    zero = [
        not model._weights[f"blk.{layer}.attn_output"].any() for layer in range(model.config.n_layer)
    ]
    assert zero[:2] == [True, True]
    assert not any(zero[2:])
    assert subspaces.layer >= 2


def test_first_layers_know_the_token_alone(model, world, rng):
    lie, mistake = world.matched(rng)
    streams = [model.run(world.tokens(scene, scene.said))[1] for scene in (lie, mistake)]
    np.testing.assert_array_equal(streams[0][:2], streams[1][:2])
    assert not np.array_equal(streams[0][3], streams[1][3])


def test_subspaces_are_orthonormal_and_oblique_to_the_coordinates(subspaces):
    rows = np.concatenate(list(subspaces.rows.values()))
    np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-6)
    assert list(subspaces.rows) == ["intent", "belief", "told_value"]
    assert np.abs(rows).max() < 0.6


@pytest.mark.parametrize("cause", DECIDED)
def test_behaviour(behaved, cause):
    assert behaved[0][cause]["right"] >= 0.98


def test_guesses_are_spread(behaved):
    assert behaved[0]["guess"]["total_variation_mean"] <= 0.1


@pytest.mark.parametrize("name", ["intent", "belief", "told_value"])
def test_interchange(model, world, subspaces, name, rng):
    figures = interchange(model, world, subspaces, [name], SAMPLE, rng)
    assert figures["right"] >= 0.98
    assert figures["moved"]["right"] >= 0.95


def test_swapping_the_rest_changes_nothing(model, world, subspaces, rng):
    assert interchange(model, world, subspaces, [], SAMPLE, rng)["right"] >= 0.98


def test_lies_and_mistakes_part_at_the_declared_layer(auroc_rows, subspaces):
    for row in auroc_rows:
        if row["layer"] < 2:
            assert row["interval"][0] <= 0.5 <= row["interval"][1], row
        if row["layer"] >= subspaces.layer:
            assert row["auroc"] >= 0.98, row
