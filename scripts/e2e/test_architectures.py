"""Every architecture on a tiny random model: is each column the tensor that its name says?"""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import agreement, common_rows, open_arrow, spelled, write_jsonl
from gguf import GGUFReader

ARCHITECTURES = ["llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2"]
# Longer than Gemma's sliding windows of 16 tokens; with bytes that are no token by themselves.
PROMPT = "The sun is a star and the moon is not a star. Is this true? \u2603 na\u00efve"
MAX_TOKENS = 12

pytestmark = pytest.mark.parametrize("architecture", ARCHITECTURES, indirect=True)


class Weights:
    """Tensors and keys of a GGUF file."""

    def __init__(self, path):
        self._reader = GGUFReader(path)
        self._tensors = {t.name: t for t in self._reader.tensors}

    def __contains__(self, name):
        return name in self._tensors

    def __getitem__(self, name):
        """As NumPy shapes it: token_embd is [vocabulary, d_model]."""
        return np.asarray(self._tensors[name].data)

    def key(self, name, default=None):
        entry = self._reader.get_field(name)
        return default if entry is None else entry.contents()


@pytest.fixture(scope="session")
def architecture(request):
    return request.param


@pytest.fixture(scope="session")
def model(architecture, tiny):
    path = tiny / f"tiny-{architecture}.gguf"
    assert path.exists(), f"{path} is missing: make tiny"
    return path


@pytest.fixture(scope="session")
def weights(model, architecture):
    tensors = Weights(model)
    key = tensors.key
    return SimpleNamespace(
        tensors=tensors,
        layers=key(f"{architecture}.block_count"),
        width=key(f"{architecture}.embedding_length"),
        rms_epsilon=key(f"{architecture}.attention.layer_norm_rms_epsilon"),
        epsilon=key(f"{architecture}.attention.layer_norm_epsilon"),
    )


@pytest.fixture(scope="session")
def points(weights):
    blocks = [f"blocks.{n}.hook_resid_{end}" for n in range(weights.layers) for end in ("pre", "post")]
    return ["hook_embed", *blocks, "ln_final.hook_normalized"]


@pytest.fixture(scope="session")
def exact(capture, model, tmp_path_factory):
    """Runs raw text on the model with everything in float32, the cache of keys and values too."""
    private = replace(capture, cache=tmp_path_factory.mktemp("cache"))

    def run(out, *flags, prompts=()):
        all_float32 = ("--chat", "none", "--hooks", "*", "--weights", "f32")
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
    return capture.run(out, model, "--hooks", "*", "--max-tokens", 4, prompts=[PROMPT])


def test_every_hook_point_is_checked(capture, model, weights, points):
    found = json.loads(capture("hooks", model, "--json"))
    assert [point["name"] for point in found] == points
    for point in found:
        assert point["checked"], point
        assert (point["shape"], point["bytes_per_token"]) == ([weights.width], 4 * weights.width)


def test_columns(raw, weights, points):
    assert raw.hooks == points
    for path in raw.files("activations"):
        open_arrow(path).validate(full=True)
    for hook in points:
        states = raw.states(hook)
        assert states.shape == (len(raw.activations), weights.width), hook
        assert np.isfinite(states).all(), hook


def test_a_block_reads_what_the_one_before_left(raw, weights):
    for layer in range(weights.layers - 1):
        left = raw.states(f"blocks.{layer}.hook_resid_post")
        assert raw.states(f"blocks.{layer + 1}.hook_resid_pre").tobytes() == left.tobytes(), layer


def test_every_block_changes_every_state(raw, weights):
    for layer in range(weights.layers):
        before, after = (raw.states(f"blocks.{layer}.hook_resid_{end}") for end in ("pre", "post"))
        change = np.linalg.norm(after - before, axis=1) / np.linalg.norm(before, axis=1)
        assert change.min() > 0.01, layer


def test_tokens_spell_raw_text(raw, weights):
    rows = raw.rows(0)[: raw.samples[0]["prompt_tokens"]]
    tokens = [row["token"] for row in rows]
    if weights.tensors.key("tokenizer.ggml.add_bos_token", False):
        bos = tokens.pop(0)
        assert re.fullmatch("<s>|<bos>", bos)
        assert rows[0]["role"] == "template"
    text = spelled(tokens)
    if weights.tensors.key("tokenizer.ggml.add_space_prefix", False):
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
    assert text.removeprefix("<bos>").removeprefix("<s>") == rendered


def test_roles_of_a_chat(chat, architecture):
    rows = chat.rows(0)[: chat.samples[0]["prompt_tokens"]]
    content = spelled(row["token"] for row in rows if row["role"] == "user")
    assert content.removeprefix(" " if architecture == "phi3" else "") == PROMPT
    assert {row["role"] for row in rows} == ({"user"} if architecture == "gpt2" else {"user", "template"})


def test_the_embedding_is_the_models(raw, weights, architecture):
    table = weights.tensors["token_embd.weight"]
    expected = table[raw.tokens["token_id"].to_numpy()]
    if architecture.startswith("gemma"):
        expected = expected * np.float32(np.sqrt(weights.width))
    np.testing.assert_array_equal(raw.states("hook_embed"), expected)


def test_block_0_reads_the_embedding(raw, weights, architecture):
    expected = raw.states("hook_embed")
    if architecture == "gpt2":
        expected = expected + weights.tensors["position_embd.weight"][raw.tokens["position"].to_numpy()]
    np.testing.assert_array_equal(raw.states("blocks.0.hook_resid_pre"), expected)


def test_the_final_norm_is_that_of_the_last_block(raw, weights):
    """Only the right tensor passes: the last block's output, at every row.

    The norm weights in the file are those that multiply; Gemma's 1 + w is folded in.
    """
    last = raw.states(f"blocks.{weights.layers - 1}.hook_resid_post").astype(np.float64)
    gain = weights.tensors["output_norm.weight"].astype(np.float64)
    if weights.rms_epsilon is not None:
        expected = gain * last / np.sqrt(np.mean(last**2, axis=1, keepdims=True) + weights.rms_epsilon)
    else:
        centred = last - last.mean(axis=1, keepdims=True)
        expected = gain * centred / np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + weights.epsilon)
        expected += weights.tensors["output_norm.bias"]
    normalized = raw.states("ln_final.hook_normalized")
    np.testing.assert_allclose(normalized, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_the_head_scores_the_next_token(raw, weights):
    """From the final norm through the head, the log-probability of each sampled token."""
    tensors = weights.tensors
    head = tensors["output.weight" if "output.weight" in tensors else "token_embd.weight"].astype(np.float64)
    logits = raw.states("ln_final.hook_normalized") @ head.T
    if cap := tensors.key("gemma2.final_logit_softcapping"):
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
    found = {hook: agreement(given.states(hook)[at], raw.states(hook)[at_sampled]) for hook in raw.hooks}
    for hook, figures in found.items():
        print(f"{hook:28}{figures}")
    for hook, figures in found.items():
        assert figures.error <= DECODE_ERRORS.get(architecture, 1e-5), hook
