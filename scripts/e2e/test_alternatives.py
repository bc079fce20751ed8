"""Log-probabilities of alternatives against those of the same texts read as given answers."""

import numpy as np
import pytest

OPTIONS = ["Yes", "No, it is not", "Perhaps it"]
PROMPTS = ["Is tin a metal?", "Is the moon made of cheese?", "Is two plus two four?"]
F32 = {"weights": "f32"}


@pytest.fixture(scope="module")
def scored(capture, smollm2, tmp_path_factory):
    spec = {
        "prompts": {"rows": [{"prompt": p, "response": "It is so"} for p in PROMPTS]},
        "spans": [{"name": "is", "text": "Is", "in": "user"}],
        "alternatives": [
            {"name": "first", "options": OPTIONS},
            {"name": "end", "options": [", yes", "."], "at": "end"},
            {"name": "inside", "options": [" tin", " the moon"], "at": "span:is"},
        ],
        "generate": {"max_tokens": 0},
        "capture": {"hooks": ["resid_post:-1"], "tokens": "last"},
        "engine": F32,
    }
    return capture.experiment(tmp_path_factory.mktemp("alternatives"), smollm2, spec)


def given(capture, smollm2, folder, rows):
    """Sums of the log-probabilities of a response's tokens but for the one that ends it."""
    spec = {
        "prompts": {"rows": rows},
        "capture": {"hooks": ["resid_post:0"], "tokens": "response"},
        "generate": {"max_tokens": 0},
        "engine": F32,
    }
    run = capture.experiment(folder, smollm2, spec, name="given")
    return [sum(row["logprob"] for row in run.rows(s["sample_id"])[:-1]) for s in run.samples]


def of(sample, name):
    found = dict(zip(sample["alternatives"], sample["alternative_logprobs"], strict=True))
    return [x for key, x in found.items() if key.startswith(f"{name}:")]


def test_where_the_answer_begins(capture, smollm2, scored, tmp_path):
    rows = [{"prompt": p, "response": o} for p in PROMPTS for o in OPTIONS]
    expected = np.reshape(given(capture, smollm2, tmp_path, rows), (len(PROMPTS), -1))
    np.testing.assert_allclose([of(s, "first") for s in scored.samples], expected, atol=1e-4)


def test_behind_the_answer(capture, smollm2, scored, tmp_path):
    rows = [{"prompt": p, "response": "It is so" + o} for p in PROMPTS for o in ("", ", yes", ".")]
    begun, *rest = np.reshape(given(capture, smollm2, tmp_path, rows), (len(PROMPTS), -1)).T
    np.testing.assert_allclose([of(s, "end") for s in scored.samples], np.stack([r - begun for r in rest], 1), atol=1e-4)


def test_behind_a_span(capture, smollm2, scored, tmp_path):
    texts = [s["prompt"].split("user\nIs")[0] + "user\nIs" for s in scored.samples]
    rows = [{"prompt": t, "response": o + "\n"} for t in texts for o in (" tin", " the moon")]
    spec = {
        "prompts": {"rows": rows},
        "chat": {"template": "none"},
        "capture": {"hooks": ["resid_post:0"], "tokens": "response"},
        "generate": {"max_tokens": 0},
        "engine": F32,
    }
    run = capture.experiment(tmp_path, smollm2, spec)
    expected = [sum(row["logprob"] for row in run.rows(s["sample_id"])[:-1]) for s in run.samples]  # without the line break
    np.testing.assert_allclose([of(s, "inside") for s in scored.samples], np.reshape(expected, (len(PROMPTS), -1)), atol=1e-4)


def test_columns(scored):
    assert scored.samples[0]["alternatives"] == ["first:Yes", "first:No, it is not", "first:Perhaps it", "end:, yes", "end:.", "inside: tin", "inside: the moon"]
    assert all(x < 0 for s in scored.samples for x in s["alternative_logprobs"])
