"""Models whose blocks carry a state from token to token: a row depends on the tokens before it alone.

Such a state cannot be taken back, nor can llama.cpp compute sequences of several
lengths at once with it: each sample is decoded alone, and no beginning is shared.
"""

import json
import subprocess

import numpy as np
import pytest
from conftest import TIMEOUT, agreement, common_rows, spelled
from test_followups import FOLLOWUPS, conversation

# Of each kind of state one: the delta rule, convolutions, both of Mamba, beside attention,
# alone in a block, per channel of latent attention's neighbour, RWKV.
NAMES = ["qwen35", "lfm2moe", "mamba", "granitehybrid", "falcon-h1", "nemotron_h", "kimi-linear", "rwkv7"]
# With a beginning in common that is long enough to be shared.
PROMPTS = ["The sun is a star and the moon is not a star. Is it?", "The sun is a star and the moon is not a star. No!", "Why?"]
SAMPLED = ("--samples", 2, "--temperature", 1, "--max-tokens", 5)
EVERYTHING = ("--hooks", "embed", "--hooks", "resid_pre", "--hooks", "resid_post", "--hooks", "ln_final")
RAW = ("--weights", "f32", "--chat", "none", "--logprobs", "all")

pytestmark = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def make(name, capture, tiny, tmp_path):
    def make(folder, *flags, prompts=PROMPTS, raw=RAW):
        return capture.run(tmp_path / folder, tiny / f"tiny-{name}.gguf", *raw, *flags, prompts=prompts)

    return make


def same_rows(one, other, pairs):
    """To the bit, as far as the tokens are the same; gives how many rows."""
    a, b = common_rows(one, other, pairs)
    for hook in one.hooks:
        assert one.states(hook)[a].tobytes() == other.states(hook)[b].tobytes(), hook
    return len(a)


def test_rows_do_not_know_other_samples(make):
    together = make("together", *EVERYTHING, *SAMPLED)
    assert together.manifest["engine"]["batch"] == 1
    assert len(together.samples) == 6
    for i, prompt in enumerate(PROMPTS):
        alone = make(f"alone-{i}", *EVERYTHING, *SAMPLED, prompts=[prompt])
        pairs = [(2 * i + k, k) for k in range(2)]
        # The seeds of what is sampled depend on the place of a prompt.
        assert same_rows(together, alone, pairs) >= 2 * alone.samples[0]["prompt_tokens"]


def test_rows_do_not_know_later_tokens(make):
    one, other = (make(f"run-{i}", *EVERYTHING, "--max-tokens", 0, prompts=PROMPTS[i : i + 1]) for i in range(2))
    a, b = common_rows(one, other, [(0, 0)])
    assert 16 < len(a) < len(one.tokens)
    for hook in one.hooks:
        assert agreement(one.flat(hook)[a], other.flat(hook)[b]).error < 1e-5, hook


def test_decoding_goes_on_where_prefill_ended(make):
    """Random text seldom gets the same tokens again; its rows count as far as it does."""
    sampled = make("sampled", *EVERYTHING, "--max-tokens", 8, "--samples", 16, "--temperature", 1, prompts=PROMPTS[2:])
    spans = [sampled.span(i) for i in range(16)]
    texts = [spelled(sampled.tokens["token"].take(np.arange(at.start, at.stop)).to_pylist()) for at in spans]
    given = make("given", *EVERYTHING, "--max-tokens", 0, prompts=texts)
    a, b = common_rows(sampled, given, [(i, i) for i in range(16)])
    assert sampled.tokens["generated"].to_numpy(zero_copy_only=False)[a].sum() > 10
    for hook in sampled.hooks:
        found = agreement(sampled.flat(hook)[a], given.flat(hook)[b])
        assert found.error < 1e-4, (hook, str(found))


def test_a_pass_that_stops_early_leaves_the_same_states(make):
    """Over several passes: the prompts are longer than the 512 tokens of one."""
    prompts = [f"{PROMPTS[0]} " * 28, "Why? " * 4, f"{PROMPTS[1]} " * 26]
    flags = ("--max-tokens", 0, "--ctx", 1024)
    whole = make("whole", *EVERYTHING, "--hooks", "mixer_out", *flags, prompts=prompts)
    quiet = ("--weights", "f32", "--chat", "none", "--logprobs", "none")
    part = make("part", "--hooks", "resid_pre:0-1", "--hooks", "resid_post:0", *flags, prompts=prompts, raw=quiet)
    assert max(sample["prompt_tokens"] for sample in part.samples) > 512
    assert same_rows(part, whole, [(i, i) for i in range(3)]) == len(whole.tokens)
    mixer = make("mixer", "--hooks", "mixer_out:0", *flags, prompts=prompts, raw=quiet)
    assert same_rows(mixer, whole, [(i, i) for i in range(3)]) == len(whole.tokens)


def refused(capture, model, out, spec):
    """Standard error of a run that is not begun."""
    path = out.with_suffix(".yaml")
    path.write_text(json.dumps({"prompts": {"text": ["Is it?"]}} | spec))
    command = [capture.binary, "run", path, "--model", model, "--out", out]
    done = subprocess.run([*map(str, command)], env=capture.environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 2 and not out.exists()
    assert "recurrent" in done.stderr and "hint" in done.stderr
    return done.stderr


def test_what_a_state_cannot_do_is_refused(name, capture, tiny, tmp_path):
    model = tiny / f"tiny-{name}.gguf"
    assert "engine.batch is 2" in refused(capture, model, tmp_path / "batch", {"engine": {"batch": 2}})


def test_alternatives_are_scored_as_if_they_were_the_response(name, capture, tiny, tmp_path):
    """Each is read in a copy of the state before the answer."""
    options = ["yes, it is", "no, it is not"]
    spec = {
        "prompts": {"rows": [{"id": "sky", "prompt": "What is the sky?"}]},
        "generate": {"max_tokens": 4},
        "chat": {"template": "none"},
        "capture": {"hooks": ["ln_final"], "tokens": "last"},
        "engine": {"weights": "f32"},
        "alternatives": [{"name": "a", "options": options}],
    }
    model = tiny / f"tiny-{name}.gguf"
    asked = capture.experiment(tmp_path / "asked", model, spec).samples[0]
    del spec["alternatives"]
    spec["prompts"]["rows"] = [{"prompt": "What is the sky?", "response": text} for text in options]
    read = capture.experiment(tmp_path / "read", model, spec).samples
    for scored, sample in zip(asked["alternative_logprobs"], read, strict=True):
        assert abs(scored - sample["logprob"]) < 1e-3, name


def test_no_batches_are_timed(name, capture, tiny):
    assert "at once" not in capture("bench", tiny / f"tiny-{name}.gguf", "--only", "batch", "--pairs", 1)


def test_followups_are_the_conversation_decoded_whole(name, capture, tiny, tmp_path):
    """Each goes on from a copy of the state behind the answer."""
    questions = [{k: v for k, v in f.items() if k != "alternatives"} for f in FOLLOWUPS[1:4]]
    rows = [{"id": "sky", "prompt": "What is the sky?"}, {"id": "given", "prompt": "Is it?", "response": "No, it is."}]
    spec = {
        "prompts": {"rows": rows},
        "generate": {"max_tokens": 6},
        "chat": {"template": "none"},
        "capture": {"hooks": ["embed", "resid_post", "ln_final"], "logprobs": "all"},
        "followups": questions,
        "engine": {"weights": "f32"},
    }
    model = tiny / f"tiny-{name}.gguf"
    run = capture.experiment(tmp_path, model, spec)
    assert len(run.samples) == 2 * (1 + len(questions))
    texts = [spelled(run.tokens["token"].take(conversation(run, sample)).to_pylist()) for sample in run.samples]
    whole = capture.run(tmp_path / "whole", model, *RAW, *EVERYTHING, "--max-tokens", 0, prompts=texts)
    compared = 0
    for sample, there in zip(run.samples, whole.samples, strict=True):
        at = conversation(run, sample)
        tokens = run.tokens["token_id"].to_numpy()[at], whole.tokens["token_id"].to_numpy()[whole.span(there["sample_id"])]
        n = min(map(len, tokens))
        differ = np.flatnonzero(tokens[0][:n] != tokens[1][:n])
        n = int(differ[0]) if len(differ) else n
        compared += max(0, n - sample["first_position"])
        for hook in run.hooks:
            found = agreement(run.flat(hook)[at[:n]], whole.flat(hook)[whole.span(there["sample_id"])][:n])
            assert found.error < 1e-4, (hook, sample["prompt_id"], str(found))
    assert compared > 60
