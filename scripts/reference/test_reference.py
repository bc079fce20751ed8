"""Tests of the NumPy reference and of the comparison, on a tiny random model."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tiny"))

import compare
from llama_config import UnsupportedModel
from llama_numpy import Model, rope_frequencies, rotate
from gguf import GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize
from make_tiny import write_model
from products import Matrix, share

TOKENS = [5, 200, 17, 301, 42, 42, 99, 0, 250, 7, 13]


@pytest.fixture(scope="module")
def tiny_llama(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny-llama.gguf"
    write_model(path, "llama")
    return path


@pytest.fixture(scope="module")
def model(tiny_llama):
    return Model(tiny_llama)


def test_names_and_shapes(model):
    states = model.forward(TOKENS)
    assert sorted(states) == sorted(model.hook_names())
    for hook, state in states.items():
        own = {"unembed.hook_out": [316]}.get(hook, [4, len(TOKENS)])
        assert list(state.shape) == [len(TOKENS), *(model.shape(hook) or own)], hook
        assert state.dtype == np.float32


def test_shapes_of_heads(model):
    states = model.forward(TOKENS)
    shapes = {"q": (4, 16), "k": (2, 16), "v": (2, 16), "z": (4, 16), "pattern": (4, len(TOKENS))}
    for point, shape in shapes.items():
        assert states[f"blocks.1.attn.hook_{point}"].shape == (len(TOKENS), *shape)


def test_patterns_mix_values(model):
    """Each head for itself: z is the pattern times the values of the head's group."""
    states = model.forward(TOKENS)
    pattern, values, z = (states[f"blocks.1.attn.hook_{point}"] for point in ("pattern", "v", "z"))
    assert not pattern.transpose(1, 0, 2)[:, *np.triu_indices(len(TOKENS), 1)].any()
    np.testing.assert_allclose(pattern.sum(axis=2), 1, rtol=1e-5)
    for head in range(4):
        np.testing.assert_allclose(z[:, head], pattern[:, head] @ values[:, head // 2], rtol=1e-4, atol=1e-6)


def test_keeps_only_the_hooks_asked_for(model):
    asked = {"blocks.1.hook_resid_post", "unembed.hook_out"}
    assert model.forward(TOKENS, hooks=asked).keys() == asked


def test_sublayers_add_up_to_the_stream(model):
    states = model.forward(TOKENS)
    for layer in range(model.config.n_layer):
        block = {point: states[f"blocks.{layer}.hook_{point}"] for point in (
            "resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post")}  # fmt: skip
        np.testing.assert_array_equal(block["resid_pre"] + block["attn_out"], block["resid_mid"])
        np.testing.assert_array_equal(block["resid_mid"] + block["mlp_out"], block["resid_post"])
        assert np.abs(block["attn_out"]).max() > 0.1
        assert np.abs(block["mlp_out"]).max() > 0.1


def test_a_prefix_does_not_see_what_follows(model):
    prefix, whole = model.forward(TOKENS[:6]), model.forward(TOKENS)
    for name, state in prefix.items():
        expected = whole[name][:6, :, :6] if name.endswith("pattern") else whole[name][:6]
        np.testing.assert_allclose(state, expected, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_token_sees_what_precedes(model):
    changed = [TOKENS[0] + 1, *TOKENS[1:]]
    last = "blocks.2.hook_resid_post"
    difference = model.forward(TOKENS)[last] - model.forward(changed)[last]
    assert np.abs(difference).max(axis=1).min() > 1e-3


def test_order_matters(model):
    swapped = [TOKENS[1], TOKENS[0], *TOKENS[2:]]
    difference = model.forward(TOKENS)["unembed.hook_out"][-1] - model.forward(swapped)["unembed.hook_out"][-1]
    assert np.abs(difference).max() > 1e-3


def test_cached_greedy_is_uncached_greedy(model):
    expected = list(TOKENS)
    for _ in range(12):
        expected.append(int(model.forward(expected)["unembed.hook_out"][-1].argmax()))
    assert model.greedy(TOKENS, 12) == expected[len(TOKENS) :]
    assert len(set(expected[len(TOKENS) :])) > 3


def test_rotary_products_depend_on_distance_alone(model):
    frequencies = rope_frequencies(model.config)
    rng = np.random.default_rng(0)
    query, key = rng.standard_normal((2, 1, model.config.d_head)).astype(np.float32)

    def product(query_position, key_position):
        at = [np.array([position]) for position in (query_position, key_position)]
        return float(np.vdot(rotate(query, at[0], frequencies), rotate(key, at[1], frequencies)))

    assert product(7, 3) == pytest.approx(product(104, 100), abs=1e-4)
    assert product(7, 3) != pytest.approx(product(7, 4), abs=1e-2)


def test_rotary_turns_neighbouring_pairs(model):
    frequencies = rope_frequencies(model.config)
    first_of_second_pair = np.eye(model.config.d_head, dtype=np.float32)[2:3]
    turned = rotate(first_of_second_pair, np.array([5]), frequencies)[0]
    expected = np.zeros(model.config.d_head)
    angle = 5 * 10000.0 ** (-2 / model.config.d_head)
    expected[2:4] = np.cos(angle), np.sin(angle)
    np.testing.assert_allclose(turned, expected, atol=1e-6)


def test_rotary_frequency_factors_divide(model):
    factors = np.full(model.config.d_head // 2, 4.0)
    np.testing.assert_allclose(
        rope_frequencies(model.config, factors), rope_frequencies(model.config) / 4
    )


@pytest.mark.parametrize("architecture", ["gpt2", "qwen2"])
def test_refuses_other_architectures(tmp_path, architecture):
    path = tmp_path / "other.gguf"
    write_model(path, architecture)
    with pytest.raises(UnsupportedModel, match=f"'{architecture}'.*only 'llama'"):
        Model(path)


# ---- products.py: what the format of the weights allows, and no more ----


def rounded(x, block, half, most=127):
    """Blocks of x as 8 bits with a scale, as ggml stores what meets quantised weights."""
    parts = x.reshape(len(x), -1, block).astype(np.float32)
    scale = np.abs(parts).max(axis=2, keepdims=True) / np.float32(most)
    whole = np.round(parts / np.where(scale == 0, 1, scale))
    return (whole * (scale.astype(np.float16).astype(np.float32) if half else scale)).reshape(x.shape)


def inputs(rng):
    """With numbers that stand out, as those of models do, and others close to nothing."""
    x = rng.standard_normal((20, 512))
    x[:, 7] *= 100
    x[5:10] *= 1e-5
    x[:, 64:96] *= 1e-8
    return x


def matrix(rng, type):
    if type == Type.Q4_K:  # which the library reads and does not write
        return Matrix(rng.standard_normal((96, 512)), type)
    numbers = quantize(rng.standard_normal((96, 512)).astype(np.float32), type)
    return Matrix(dequantize(numbers, type).astype(np.float64), type)


TYPES = [Type.Q4_0, Type.Q4_1, Type.Q5_1, Type.Q8_0, Type.Q4_K]


@pytest.mark.parametrize("type", TYPES, ids=str)
def test_what_the_format_rounds_is_allowed(type):
    rng = np.random.default_rng(1)
    x, weights = inputs(rng), matrix(rng, type)
    block, half = (256, False) if type == Type.Q4_K else (32, True)
    engine = rounded(x, block, half) @ weights.weights.T.astype(np.float32)
    found = share(engine, *weights.product(x))
    assert 0.05 < found.worst <= 1, found


@pytest.mark.parametrize("type", TYPES, ids=str)
def test_what_it_does_not_round_is_not_allowed(type):
    rng = np.random.default_rng(2)
    x, weights = inputs(rng), matrix(rng, type)
    product, off = weights.product(x)
    for wrong in (np.roll(product, 1, axis=0), np.roll(product, 1, axis=1), 1.5 * product, product * np.nan):
        assert not share(wrong, product, off).worst <= 1
    coarse = rounded(x, 32, True, most=7)  # 4 bits
    assert share(coarse @ weights.weights.T, product, off).worst > 1


# ---- compare.py, on a run directory made of the reference's own states ----

HOOKS = ["hook_embed", "blocks.0.hook_resid_post", "blocks.2.hook_resid_post"]
PROMPTS = [TOKENS[:4], TOKENS[4:]]
N_RESPONSE = 5


@pytest.fixture(scope="module")
def run_tables(model):
    """Two samples of a prompt and five greedy tokens each, as the tables of a run."""
    samples, parts = [], []
    for sample_id, prompt in enumerate(PROMPTS):
        tokens = prompt + model.greedy(prompt, N_RESPONSE)
        samples.append(
            {"sample_id": sample_id, "prompt_tokens": len(prompt), "response_tokens": N_RESPONSE}
        )
        parts.append(activation_rows(model, sample_id, tokens, len(prompt)))
    return pa.Table.from_pylist(samples), pa.concat_tables(parts)


def activation_rows(model, sample_id, tokens, n_prompt):
    states = model.forward(tokens)
    logits = states["unembed.hook_out"].astype(np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    n = len(tokens)
    logprob = [None] * n_prompt + [
        float(np.log(probabilities[at - 1, tokens[at]])) for at in range(n_prompt, n)
    ]
    columns = {
        "sample_id": pa.array([sample_id] * n, pa.int64()),
        "position": pa.array(range(n), pa.int32()),
        "token_id": pa.array(tokens, pa.int32()),
        "generated": pa.array([at >= n_prompt for at in range(n)]),
        "logprob": pa.array(logprob, pa.float32()),
        "entropy": pa.array(-(probabilities * np.log(probabilities)).sum(axis=1), pa.float32()),
    }
    for hook in HOOKS:
        columns[hook] = pa.FixedShapeTensorArray.from_numpy_ndarray(states[hook])
    return pa.table(columns)


def write_run(directory, samples, activations):
    for kind, table in (("samples", samples), ("activations", activations)):
        path = directory / f"{kind}-00000.arrow"
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    return directory


def replaced(table, column, values):
    return table.set_column(table.column_names.index(column), column, values)


def test_a_faithful_run_passes(tiny_llama, run_tables, tmp_path, capsys):
    run = write_run(tmp_path, *run_tables)
    arguments = [str(tiny_llama), str(run), "--min-cosine", "0.9999999", "--greedy", "5"]
    assert compare.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "2 samples, 21 tokens" in printed
    assert "greedy: 10 tokens compared" in printed
    figures = compare.compare(Model(tiny_llama), compare.Run(run))
    assert figures["logprob"]["tokens"] == 10
    assert figures["logprob"]["max_absolute_difference"] < 1e-5
    assert figures["entropy"]["tokens"] == 21
    assert figures["entropy"]["max_absolute_difference"] < 1e-5
    assert figures["hooks"].keys() == set(HOOKS)


def test_rows_in_another_order_are_sorted(tiny_llama, run_tables, tmp_path):
    samples, activations = run_tables
    shuffled = activations.take(np.random.default_rng(0).permutation(len(activations)))
    run = write_run(tmp_path, samples, shuffled)
    assert compare.main([str(tiny_llama), str(run), "--min-cosine", "0.9999999"]) == 0


def test_one_wrong_state_fails(tiny_llama, run_tables, tmp_path, capsys):
    samples, activations = run_tables
    states = activations[HOOKS[1]].combine_chunks().to_numpy_ndarray().copy()
    states[13] = states[12]
    wrong = replaced(activations, HOOKS[1], pa.FixedShapeTensorArray.from_numpy_ndarray(states))
    run = write_run(tmp_path, samples, wrong)
    assert compare.main([str(tiny_llama), str(run), "--min-cosine", "0.999"]) == 1
    assert capsys.readouterr().err.startswith(f"compare: {HOOKS[1]}: smallest cosine")


def test_a_state_that_is_not_a_number_fails(tiny_llama, run_tables, tmp_path):
    samples, activations = run_tables
    states = activations[HOOKS[1]].combine_chunks().to_numpy_ndarray().copy()
    states[3, 5] = np.nan
    wrong = replaced(activations, HOOKS[1], pa.FixedShapeTensorArray.from_numpy_ndarray(states))
    run = write_run(tmp_path, samples, wrong)
    assert compare.main([str(tiny_llama), str(run)]) == 1


def test_a_token_that_is_not_greedy_fails(tiny_llama, model, tmp_path, capsys):
    """The third response token is not the likeliest; those after it follow it greedily."""
    response = model.greedy(TOKENS, 2)
    response.append((model.greedy(TOKENS + response, 1)[0] + 1) % 316)
    tokens = TOKENS + response + model.greedy(TOKENS + response, 2)
    samples = pa.table({"sample_id": [9], "prompt_tokens": [len(TOKENS)], "response_tokens": [5]})
    run = write_run(tmp_path, samples, activation_rows(model, 9, tokens, len(TOKENS)))
    arguments = [str(tiny_llama), str(run), "--greedy"]
    assert compare.main([*arguments, "2"]) == 0
    assert compare.main([*arguments, "5"]) == 1
    assert f"sample 9, position {len(TOKENS) + 2}: token {response[2]}" in capsys.readouterr().err


def test_refuses_a_run_with_tokens_left_out(tiny_llama, run_tables, tmp_path, capsys):
    samples, activations = run_tables
    run = write_run(tmp_path, samples, activations.slice(1))
    assert compare.main([str(tiny_llama), str(run)]) == 2
    assert "sample 0 holds 8 of its 9 tokens" in capsys.readouterr().err


def test_refuses_a_folder_that_is_no_run(tiny_llama, tmp_path, capsys):
    assert compare.main([str(tiny_llama), str(tmp_path)]) == 2
    assert "samples-*.arrow" in capsys.readouterr().err
