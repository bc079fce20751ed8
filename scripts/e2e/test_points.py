"""Every point of every tiny model against what its file's weights make of the points in front of it."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import agreement
from families import family, gelu
from gguf_weights import Weights
from recompute import Captured
from tiny_models import NAMES, columns

# The first is longer than the sliding windows of 16 tokens.
PROMPTS = ["The sun is a star and the moon is not a star.", "Is the moon here?"]
MAX_TOKENS = 4
TOP_LOGITS = 10

# Relative errors; measured: 7e-7. ggml looks GELU up in a table of float16.
ERROR = 1e-5
GELU_ERROR = 1e-3


@pytest.fixture(scope="session", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="session")
def captured(name, capture, tiny, tmp_path_factory):
    """Everything in float32, the cache of keys and values too."""
    private = replace(capture, cache=tmp_path_factory.mktemp("cache"))
    path, out = tiny / f"tiny-{name}.gguf", tmp_path_factory.mktemp("points") / "run"
    flags = ("--hooks", "*", "--weights", "f32", "--chat", "none", "--max-tokens", MAX_TOKENS)
    run = private.run(out, path, *flags, "--top-logits", TOP_LOGITS, prompts=PROMPTS)
    return Captured(run, Weights(path), family(name))


def test_columns(name, captured):
    expected = [*columns(name, captured.weights.layers), "unembed.hook_out.token_id"]
    assert captured.run.hooks == expected
    assert all(1 < sample["response_tokens"] <= MAX_TOKENS for sample in captured.run.samples)
    assert captured.run.samples[0]["rows"] > 16


def gelu_behind(captured):
    """The points with a GELU between them and what they are computed from."""
    experts = ("hook_mlp_out",) if captured.weights.key("expert_count") else ()
    return ("mlp.hook_post", "hook_per_layer_out", *experts)


def test_every_point_is_what_the_weights_make(captured):
    """All but the patterns, which the next test and z, mixed by them, prove right."""
    wrong = {}
    for hook in captured.run.hooks:
        if hook.endswith(("pattern", "token_id")):
            continue
        got, expected = captured.states(hook), captured.expected(hook)
        assert got.shape == expected.shape, hook
        rows = len(got)
        figures = agreement(got.reshape(rows, -1), expected.reshape(rows, -1))
        from_table = hook.endswith(gelu_behind(captured)) and captured.family.activation is gelu
        if not figures.error <= (GELU_ERROR if from_table else ERROR):
            wrong[hook] = str(figures)
    assert not wrong


def test_the_stream_between_blocks_is_the_same_to_the_bit(captured):
    run = captured.run
    for layer in range(1, captured.weights.layers):
        left = run.states(f"blocks.{layer - 1}.hook_resid_post")
        assert run.states(f"blocks.{layer}.hook_resid_pre").tobytes() == left.tobytes(), layer


def test_patterns_are_probabilities_of_the_past(captured):
    """Positive wherever a token may look, 0 beyond; rows sum to 1, or less where sinks take a share."""
    window = captured.weights.key("attention.sliding_window") or np.inf
    age = captured.run.tokens["position"].to_numpy()[:, None]
    for layer in range(captured.weights.layers):
        hook = f"blocks.{layer}.attn.hook_pattern"
        if hook not in captured.run.hooks:
            continue
        pattern, period = captured.states(hook), captured.family.window_period
        windowed = captured.weights.layer_key("attention.sliding_window_pattern", layer)
        if windowed is None:
            windowed = period > 0 and (layer + 1) % period != 0
        past = age - np.arange(pattern.shape[2])
        visible = (past >= 0) & (past < (window if windowed else np.inf))
        visible = np.broadcast_to(visible[:, None], pattern.shape)
        if most := captured.weights.key("attention.indexer.top_k"):  # of what may be looked at, as many
            assert not (pattern[~visible] > 0).any(), hook
            assert np.array_equal((pattern > 0).sum(axis=2), np.minimum(visible.sum(axis=2), most)), hook
        else:
            assert np.array_equal(pattern > 0, visible), hook
        assert (pattern >= 0).all(), hook
        sums = pattern.sum(axis=2)
        if f"blk.{layer}.attn_sinks.weight" in captured.weights:
            assert (sums < 1 - 1e-6).all() and (sums > 0).all(), hook
        else:
            np.testing.assert_allclose(sums, 1, atol=1e-5, err_msg=hook)


def test_likeliest_tokens(captured):
    run, n = captured.run, TOP_LOGITS
    assert run.states("unembed.hook_out").shape == (len(run.tokens), n)
    tokens = run.states("unembed.hook_out.token_id")
    assert tokens.dtype == np.int32
    np.testing.assert_array_equal(tokens, captured.likeliest())
    # A greedy response is made of them.
    ids, generated = (run.tokens[column].to_numpy(zero_copy_only=False) for column in ("token_id", "generated"))
    at = np.flatnonzero(generated)
    np.testing.assert_array_equal(ids[at], tokens[at - 1, 0])
