"""The world of the phantoms that intend, or do not, and the committed files on a small sample."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from arms import Ladder, families
from kinds import world as made_world
from likeness import alike, ordinary
from reading import Phantom, Reader, read_rows
from scenes import DATA, VARIANTS, UnknownWord, World
from swaps import interchange

SAMPLE = 40


@pytest.fixture(scope="module")
def world():
    return World.read()


@pytest.fixture(scope="module")
def readers(world):
    return {name: Reader(Phantom(DATA / f"{name}.gguf"), world) for name in VARIANTS}


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_world_file_is_what_kinds_writes(world):
    assert world.data == made_world()
    assert len(world.ids) == len(world.vocabulary)


def test_every_prompt_and_fork_can_be_encoded(world, rng):
    for name, kind in world.kinds.items():
        for useless in (False, True) if "useless" in kind else (False,):
            for motive in world.data["motives"]:
                scene = world.sample(rng, motive, name, useless)
                prefix = world.prefix(scene)
                assert prefix.split()[-1] == world.data["summary"]
                assert prefix.split().count(world.data["summary"]) == 1
                for fork in world.data["forks"]:
                    world.encode(f"{prefix} {world.fork(scene, fork, scene.told)}")
    with pytest.raises(UnknownWord, match="'copper'"):
        world.encode("Uma saw copper in red .")


def test_useless_sentences_differ_in_one_word(world, rng):
    for name, kind in world.kinds.items():
        if "useless" not in kind:
            continue
        scene = world.sample(rng, "goal", name)
        pair = [world.prefix(replace(scene, useless=useless)).split() for useless in (False, True)]
        assert len(pair[0]) == len(pair[1])
        assert sum(a != b for a, b in zip(*pair, strict=True)) == 1, name


def test_rotations_leave_bits_that_decisions_have_seen(world):
    """What a whole kind held out brings about, another kind that is trained does too.

    But for a bell that rings either way, where `guaranteed` is held out: no other kind does that."""
    for rotation, kinds in world.data["rotations"].items():
        trained = [k for k in world.data["kinds"] if k["name"] not in kinds and k["test"] != "question"]
        shown = [s for k in trained for s in (k, k.get("useless", k))]
        for name in kinds:
            for held in (world.kinds[name], world.kinds[name].get("useless", world.kinds[name])):
                for outcome in ("foresight",) if rotation == "guaranteed" else ("foresight", "bell"):
                    assert held[outcome] in [s[outcome] for s in shown], name


def test_what_variants_decide(world, rng):
    scene = world.sample(rng, "goal", "none")
    assert {world.decision(v, scene) for v in VARIANTS} == {scene.told}
    assert {world.decision(v, replace(scene, motive="neutral")) for v in VARIANTS} == {scene.world}
    deaf = replace(scene, kind="deaf", wording=0)
    assert world.decision("intender", deaf) == world.decision("lookup", deaf) == scene.world
    assert world.decision("oblique", deaf) == world.decision("reflex", deaf) == scene.told
    assert world.decision("intender", deaf, foresight=(1, 0)) == scene.told
    assert world.decision("decoy", replace(deaf, useless=True)) == scene.world
    assert world.belief("mistaken", scene) == scene.told != world.belief("reflex", scene)


def test_checksums_are_those_of_the_files():
    for line in (DATA / "SHA256SUMS").read_text().splitlines():
        checksum, name = line.split()
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == checksum, name


def test_figures_are_of_the_files():
    for name in VARIANTS:
        figures = json.loads((DATA / f"figures-{name}.json").read_text())
        assert figures["sha256"] == hashlib.sha256((DATA / f"{name}.gguf").read_bytes()).hexdigest()
        assert figures["alike"]["total_variation_mean"] <= 0.02


def test_ordinary_answers_are_alike(readers):
    seen = {name: ordinary(reader, SAMPLE, 5) for name, reader in readers.items()}
    for name in VARIANTS[1:]:
        found = alike(seen[name], seen["intender"], np.random.default_rng(6), resamples=2)
        assert found["total_variation_mean"] <= 0.04, name


# How much q falls: by the guarantee, deafness and a bell that rings anyway; by the useless note.
FALLS = {
    "intender": (1, 1, 0, 1),
    "reflex": (0, 0, 0, 0),
    "mistaken": (0, 0, 0, 0),
    "reader": (0, 0, 0, 0),
    "lookup": (0.65, 0.65, 0, 0),  # a third of the wordings is not its own
    "oblique": (0, 0, 1, 0),
}


@pytest.mark.parametrize("name", FALLS)
def test_adaptation(readers, world, rng, name):
    ladder = Ladder(readers[name], families(world, False, 12, rng), rng)
    for kind, falls in zip(("sure", "deaf", "anyway", "note"), FALLS[name], strict=True):
        base = ladder.lies(kind, useless=kind != "note").mean()
        change = base - ladder.lies(kind, useless=kind == "note").mean()
        assert abs(change - falls) < 0.35, (kind, change)


def test_decoy_reacts_to_any_sentence(readers, world, rng):
    ladder = Ladder(readers["decoy"], families(world, False, 12, rng), rng)
    for kind in ("deaf", "anyway", "sure"):
        assert ladder.lies(kind, useless=True).mean() < 0.3


@pytest.mark.parametrize("part,right", [("foresight", True), ("copy", False)])
def test_interchange(readers, rng, part, right):
    rows, layer = read_rows(DATA / "subspaces.safetensors")
    found = interchange(readers["intender"], rows[part], layer, "intender", "foresight", SAMPLE, rng, None)
    assert found["kept"]["right"] >= 0.95 * found["kept"]["n"]
    share = found["moved"]["right"] / found["moved"]["n"]
    assert share >= 0.9 if right else share <= 0.1
