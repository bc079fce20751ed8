"""Some architectures on tiny random models: tokens, roles, scores, and decoding against prefill.

What each column holds, test_points.py asks of all architectures.
"""

import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import agreement, common_rows, open_arrow, spelled, write_jsonl
from gguf_weights import Weights

ARCHITECTURES = ["llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2"]
# Longer than Gemma's sliding windows of 16 tokens; with bytes that are no token by themselves.
PROMPT = "The sun is a star and the moon is not a star. Is this true? \u2603 na\u00efve"
MAX_TOKENS = 12
# All but patterns, which would have the samples decoded one at a time, and logits.
POINTS = "embed resid_pre q k v z attn_out resid_mid mlp_pre mlp_post mlp_out resid_post ln_final"
HOOKS = [part for point in POINTS.split() for part in ("--hooks", point)]

pytestmark = pytest.mark.parametrize("architecture", ARCHITECTURES, indirect=True)


@pytest.fixture(scope="session")
def architecture(request):
    return request.param


@pytest.fixture(scope="session")
def model(architecture, tiny):
    path = tiny / f"tiny-{architecture}.gguf"
    assert path.exists(), f"{path} is missing: make tiny"
    return path


@pytest.fixture(scope="session")
def weights(model):
    return Weights(model)


@pytest.fixture(scope="session")
def exact(capture, model, tmp_path_factory):
    """Runs raw text on the model with everything in float32, the cache of keys and values too."""
    private = replace(capture, cache=tmp_path_factory.mktemp("cache"))

    def run(out, *flags, prompts=()):
        all_float32 = ("--chat", "none", *HOOKS, "--weights", "f32")
        return private.run(out, model, *all_float32, *flags, prompts=prompts)

    return run


@pytest.fixture(scope="session")
def raw(exact, tmp_path_factory):
    """Samples of random text behind raw text."""
    out = tmp_path_factory.mktemp("raw") / "run"
    return exact(out, "--max-tokens", MAX_TOKENS, "--samples", 32, "--temperature", 1, prompts=[PROMPT])


@pytest.fixture(scope="session")
def chat(capture, model, tmp_path_factory):
    """One prompt by the model's own template, or raw text where it has none (GPT-2)."""
    out = tmp_path_factory.mktemp("chat") / "run"
    return capture.run(out, model, *HOOKS, "--max-tokens", 4, prompts=[PROMPT])


def test_columns(raw):
    for path in raw.files("activations"):
        open_arrow(path).validate(full=True)
    for hook in raw.hooks:
        states = raw.states(hook)
        assert len(states) == len(raw.activations), hook
        assert np.isfinite(states).all(), hook


def test_every_block_changes_every_state(raw, weights):
    for layer in range(weights.layers):
        before, after = (raw.states(f"blocks.{layer}.hook_resid_{end}") for end in ("pre", "post"))
        change = np.linalg.norm(after - before, axis=1) / np.linalg.norm(before, axis=1)
        assert change.min() > 0.01, layer


def test_tokens_spell_raw_text(raw, weights):
    rows = raw.rows(0)[: raw.samples[0]["prompt_tokens"]]
    tokens = [row["token"] for row in rows]
    if weights.bare_key("tokenizer.ggml.add_bos_token", False):
        bos = tokens.pop(0)
        assert re.fullmatch("<s>|<bos>", bos)
        assert rows[0]["role"] == "template"
    text = spelled(tokens)
    if weights.bare_key("tokenizer.ggml.add_space_prefix", False):
        assert text.startswith(" ")
        text = text[1:]
    assert text == PROMPT == raw.samples[0]["prompt"]


def test_tokens_spell_a_chat(chat, architecture):
    (sample,) = chat.samples
    rows = chat.rows(0)[: sample["prompt_tokens"]]
    text, rendered = spelled(row["token"] for row in rows), sample["prompt"]
    if architecture == "phi3":
        # Its control tokens swallow the white space behind them; what follows them, as
        # what begins the text, gets SentencePiece's space.
        text, rendered = (re.sub(r"(<[|\w]+>)\s+", r"\1", t) for t in (text, rendered))
    begins = ("<bos>", "<s>")  # the tokenizer's, or already the template's
    assert text.removeprefix(begins[0]).removeprefix(begins[1]) == rendered.removeprefix(begins[0]).removeprefix(begins[1])


def test_roles_of_a_chat(chat, architecture):
    rows = chat.rows(0)[: chat.samples[0]["prompt_tokens"]]
    content = spelled(row["token"] for row in rows if row["role"] == "user")
    assert content.removeprefix(" " if architecture == "phi3" else "") == PROMPT
    assert {row["role"] for row in rows} == ({"user"} if architecture == "gpt2" else {"user", "template"})


def test_the_head_scores_the_next_token(raw, weights):
    """From the final norm through the head, the log-probability of each sampled token."""
    logits = raw.states("ln_final.hook_normalized") @ weights.head.T
    if cap := weights.key("final_logit_softcapping"):
        logits = cap * np.tanh(logits / cap)
    logits -= logits.max(axis=1, keepdims=True)
    logprobs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    tokens = raw.tokens["token_id"].to_numpy()
    sampled = np.flatnonzero(raw.tokens["generated"].to_numpy(zero_copy_only=False))
    got = raw.tokens["logprob"].to_numpy()[sampled]
    np.testing.assert_allclose(got, logprobs[sampled - 1, tokens[sampled]], atol=1e-3)
    entropy = -(np.exp(logprobs) * logprobs).sum(axis=1)[sampled]
    np.testing.assert_allclose(raw.tokens["entropy"].to_numpy()[sampled], entropy, atol=1e-3)


# Relative errors between prefill and decode. Measured with everything in float32: 3e-7 to
# 7e-7 where the gate is SiLU. ggml looks GELU up in a table of float16, which turns a last
# bit into 5e-4 of one neuron: gemma2 4e-6, gemma3 7e-5, gpt2 2e-4.
DECODE_ERRORS = {"gemma2": 1e-3, "gemma3": 1e-3, "gpt2": 1e-3}


def test_given_responses_have_the_states_of_sampled_ones(exact, raw, architecture, tmp_path):
    """Random text seldom gets the same tokens again; its rows count as far as it does."""
    responses = [sample["response"] for sample in raw.samples]
    rows = [{"prompt": PROMPT, "response": text} for text in responses]
    path = write_jsonl(tmp_path / "given.jsonl", rows)
    given = exact(tmp_path / "run", "--prompts", path)
    at, at_sampled = common_rows(given, raw, [(i, i) for i in range(len(responses))])
    decoded = raw.tokens["generated"].to_numpy(zero_copy_only=False)[at_sampled].sum()
    print(f"{decoded} decoded rows")
    assert decoded >= 10
    found = {hook: agreement(given.flat(hook)[at], raw.flat(hook)[at_sampled]) for hook in raw.hooks}
    for hook, figures in found.items():
        print(f"{hook:28}{figures}")
    for hook, figures in found.items():
        assert figures.error <= DECODE_ERRORS.get(architecture, 1e-5), hook
