"""Interchange interventions on the phantom, through the program alone (Geiger et al. 2022).

Its causal model says what must happen: swapping one variable's subspace between two
prompts gives the answer of that variable's other value; swapping anything else, nothing.
"""

import json

import numpy as np
import pytest
from conftest import REPOSITORY
from directions import Direction, write_directions
from test_phantom import prompts, read_safetensors, said  # noqa: F401

PAIRS = 60
VARIABLES = ("intent", "belief", "told_value")
ANSWER = "prompt[-1] | response[0:3]"  # the declared positions
WITHOUT = REPOSITORY / "models" / "phantom" / "phantom-no-intent.gguf"


@pytest.fixture(scope="module")
def rows(prompts):  # noqa: F811
    """Decided scenes of every cause, in pairs by chance."""
    scenes = []
    for cause in ("truth", "lie", "mistake"):
        path = prompts(f"swap-{cause}", "--cause", cause, "--n", PAIRS, "--seed", 41)
        scenes += [json.loads(line) for line in path.read_text().splitlines()]
    order = np.random.default_rng(4).permutation(len(scenes))[: 2 * PAIRS]
    return [scenes[i] | {"pair": f"p{n // 2}"} for n, i in enumerate(order)]


@pytest.fixture(scope="module")
def subspaces(capture, tmp_path_factory):
    """The file that the program writes, and what is in it."""
    path = tmp_path_factory.mktemp("subspaces") / "subspaces.safetensors"
    capture("phantom", "info", "--subspaces", path)
    return path, read_safetensors(path)


@pytest.fixture(scope="module")
def others(subspaces, tmp_path_factory):
    """What no variable is in: all the rest, and random subspaces. A random one of rank 32
    lies within the rest: of all 128 dimensions it would have a quarter of each variable's."""
    _, known = subspaces
    rng = np.random.default_rng(6)
    every = np.concatenate([known[name] for name in VARIABLES])
    rest = np.linalg.svd(every)[2][len(every) :]

    def within(space, rank):
        return Direction(np.linalg.qr((rng.normal(size=(rank, len(space))) @ space).T)[0].T)

    found = {"rest": Direction(rest), "random8": within(np.eye(every.shape[1]), 8), "random32": within(rest, 32)}
    return write_directions(tmp_path_factory.mktemp("others") / "others.safetensors", found)


def swap(name, vector, at="resid_post:3"):
    return {"name": name, "at": at, "do": "swap", "vector": str(vector), "from": "pair", "align": "token", "tokens": ANSWER}


def spec(rows, interventions):  # noqa: F811
    return {
        "prompts": {"rows": rows},
        "pairs": {"differ": ["user"]},
        "generate": {"max_tokens": 4},
        "capture": {"hooks": ["resid_post:3"], "tokens": "last"},
        "interventions": interventions,
    }


def answers(run):
    """By arm, what each row's sample said, in the order of the rows."""
    found = {}
    for sample in run.samples:
        found.setdefault(sample["arm"], []).append(said(sample))
    return found


def counterfactual(base, source, variable):
    """What the causal model says in `base` where one variable is that of `source`. Whoever
    lies, and whoever does not, says what it wants to be heard: told_value is what is said."""
    value = {name: (source if name == variable else base) for name in VARIABLES}
    return value["told_value"]["said"] if value["intent"]["intent"] else value["belief"]["belief"]


def share(got, expected):
    return np.mean([a == b for a, b in zip(got, expected, strict=True)])


@pytest.fixture(scope="module")
def swapped(capture, rows, subspaces, others, tmp_path_factory):
    path, _ = subspaces
    interventions = [
        *(swap(name, f"{path}#{name}") for name in VARIABLES),
        *(swap(name, f"{others}#{name}") for name in ("rest", "random8", "random32")),
        *(swap(f"{name}-too-early", f"{path}#{name}", "resid_post:1") for name in VARIABLES),
        swap("intent-one-early", f"{path}#intent", "resid_post:2"),
    ]
    return capture.experiment(tmp_path_factory.mktemp("swapped"), "phantom", spec(rows, interventions))


def halves(rows):
    """Each row with the other of its pair."""
    return [(row, rows[n ^ 1]) for n, row in enumerate(rows)]


def test_without_a_swap_it_says_what_the_causal_model_says(swapped, rows):
    assert share(answers(swapped)["none"], [row["said"] for row in rows]) >= 0.99


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_swapped_variable_gives_the_counterfactual_answer(swapped, rows, variable):
    expected = [counterfactual(base, source, variable) for base, source in halves(rows)]
    assert 0.1 < share(expected, [row["said"] for row in rows]) < 0.95, "some answers turn, and some stay"
    assert share(answers(swapped)[variable], expected) >= 0.99


@pytest.mark.parametrize("arm", ["rest", "random8", "random32", *(f"{v}-too-early" for v in VARIABLES), "intent-one-early"])
def test_another_subspace_or_layer_changes_nothing(swapped, arm):
    found = answers(swapped)
    assert share(found[arm], found["none"]) >= 0.99


def test_every_declared_position_was_edited(swapped):
    for sample in swapped.samples:
        assert sample["edited_tokens"] == (0 if sample["arm"] == "none" else 4), sample["arm"]


def test_matched_lies_turn_into_the_truth(capture, prompts, subspaces, tmp_path):  # noqa: F811
    """A lie and a mistake that say the same words: without its intent the lie is the truth."""
    file = prompts("matched", "--cause", "lie", "--n", PAIRS, "--seed", 43, "--matched")
    matched = [json.loads(line) for line in file.read_text().splitlines()]
    path, _ = subspaces
    found = answers(capture.experiment(tmp_path, "phantom", spec(matched, [swap("intent", f"{path}#intent")])))
    assert share(found["none"], [row["said"] for row in matched]) >= 0.99
    assert share(found["intent"][::2], [row["answer"] for row in matched[::2]]) >= 0.99
    assert share(found["intent"][1::2], [row["said"] for row in matched[1::2]]) >= 0.99


def test_a_phantom_without_intent_answers_unchanged(capture, rows, subspaces, tmp_path):
    path, _ = subspaces
    intent = swap("intent", f"{path}#intent") | {"force": True}
    found = answers(capture.experiment(tmp_path, WITHOUT, spec(rows, [intent])))
    assert share(found["none"], [row["said"] for row in rows]) >= 0.99
    assert share(found["intent"], found["none"]) >= 0.99
