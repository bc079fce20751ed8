"""Tests of the tiny models: what the files hold, read back with gguf."""

import re

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, TokenType

import make_tiny
from architectures import ARCHITECTURES
from tensors import is_matrix
from vocabulary import byte_symbols, merge_pair, train_merges

BPE = [name for name, a in ARCHITECTURES.items() if a.vocabulary().kind == "gpt2"]
SENTENCEPIECE = [name for name in ARCHITECTURES if name not in BPE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tiny")
    make_tiny.main([str(directory)])
    return directory


@pytest.fixture(scope="module")
def readers(folder):
    return {name: GGUFReader(folder / f"tiny-{name}.gguf") for name in ARCHITECTURES}


def value(reader, key):
    """A key's value; "ARCH." in front stands for the file's architecture."""
    if key.startswith("ARCH."):
        key = key.replace("ARCH", value(reader, "general.architecture"), 1)
    return reader.get_field(key).contents()


def tensors(reader):
    return {tensor.name: tensor.data for tensor in reader.tensors}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_file(folder, readers, name):
    assert (folder / f"tiny-{name}.gguf").stat().st_size < 2_000_000
    assert value(readers[name], "general.architecture") == (ARCHITECTURES[name].gguf or name)
    n_layer = value(readers[name], "ARCH.block_count")
    blocks = {int(found[1]) for found in re.finditer(r"blk\.(\d+)\.", " ".join(tensors(readers[name])))}
    assert blocks == set(range(n_layer))
    assert 3 <= n_layer <= 7


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_vocabulary_has_a_row_of_the_embedding_each(readers, name):
    tokens = value(readers[name], "tokenizer.ggml.tokens")
    assert len(set(tokens)) == len(tokens)
    assert len(tokens) == value(readers[name], "ARCH.vocab_size")
    assert tensors(readers[name])["token_embd.weight"].shape == (len(tokens), 64)
    assert len(value(readers[name], "tokenizer.ggml.token_type")) == len(tokens)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_weights_are_sane(readers, name):
    """Nothing is constant, norm weights neither; a matrix keeps the size of what it multiplies."""
    for tensor_name, data in tensors(readers[name]).items():
        assert np.isfinite(data).all(), tensor_name
        assert data.std() > 0.01 or data.size == 1, tensor_name
        if tensor_name.startswith("blk.") and is_matrix(tensor_name, data):
            gain = data.std() * data.shape[-1] ** 0.5
            assert gain == pytest.approx(1, abs=5 / (2 * data.size) ** 0.5), tensor_name


def test_experts(readers):
    found = tensors(readers["qwen2moe"])
    assert found["blk.0.ffn_gate_exps.weight"].shape == (4, 48, 64)
    assert found["blk.0.ffn_down_exps.weight"].shape == (4, 64, 48)
    assert value(readers["qwen2moe"], "ARCH.expert_used_count") == 2
    dense, mixture = ({n for n in tensors(readers["deepseek"]) if f"blk.{i}." in n} for i in (0, 1))
    assert "blk.0.ffn_up.weight" in dense
    assert "blk.1.ffn_up_exps.weight" in mixture


@pytest.mark.parametrize("name", BPE)
def test_byte_level_vocabulary(readers, name):
    tokens = value(readers[name], "tokenizer.ggml.tokens")
    assert set(byte_symbols().values()) < set(tokens)
    merges = value(readers[name], "tokenizer.ggml.merges")
    assert len(merges) > 40
    for merge in merges:
        left, right = merge.split(" ")
        assert {left, right, left + right} <= set(tokens), merge


def test_byte_symbols_are_those_of_gpt2():
    symbols = byte_symbols()
    assert len(set(symbols.values())) == 256
    assert [symbols[byte] for byte in (0x20, 0x0A, 0x41, 0xAD)] == ["Ġ", "Ċ", "A", "Ń"]


@pytest.mark.parametrize("name", SENTENCEPIECE)
def test_sentencepiece_vocabulary(readers, name):
    tokens = value(readers[name], "tokenizer.ggml.tokens")
    types = value(readers[name], "tokenizer.ggml.token_type")
    scores = value(readers[name], "tokenizer.ggml.scores")
    of_type = {kind: [i for i, t in enumerate(types) if t == kind] for kind in TokenType}
    assert [tokens[i] for i in of_type[TokenType.BYTE]] == [f"<0x{b:02X}>" for b in range(256)]
    normal = of_type[TokenType.NORMAL]
    assert {"▁", "a", "~"} < {tokens[i] for i in normal}
    merged = [scores[i] for i in normal if len(tokens[i]) > 1]
    assert min(merged) > max(scores[i] for i in normal if len(tokens[i]) == 1)
    assert tokens[value(readers[name], "tokenizer.ggml.unknown_token_id")] == "<unk>"


@pytest.mark.parametrize(
    ("name", "eos", "turn"),
    [
        ("llama", "<|im_end|>", "<|im_start|>"),
        ("qwen2", "<|im_end|>", "<|im_start|>"),
        ("qwen3", "<|im_end|>", "<|im_start|>"),
        ("gemma2", "<eos>", "<start_of_turn>"),
        ("gemma3", "<eos>", "<start_of_turn>"),
        ("phi3", "<|endoftext|>", "<|assistant|>"),
        ("mistral", "</s>", "[INST]"),
    ],
)
def test_chat(readers, name, eos, turn):
    tokens = value(readers[name], "tokenizer.ggml.tokens")
    assert tokens[value(readers[name], "tokenizer.ggml.eos_token_id")] == eos
    assert turn in value(readers[name], "tokenizer.chat_template")
    types = value(readers[name], "tokenizer.ggml.token_type")
    assert types[tokens.index(turn)] == TokenType.CONTROL


def test_gpt2_is_a_base_model(readers):
    assert readers["gpt2"].get_field("tokenizer.chat_template") is None


def test_train_merges():
    words = [tuple("aab"), tuple("aab"), tuple("ab"), tuple("xy")]
    assert train_merges(words) == [("a", "b"), ("a", "ab")]


def test_merge_pair_goes_from_the_left():
    assert merge_pair(tuple("aaab"), ("a", "a")) == ("aa", "a", "b")


def test_same_bytes_every_time(folder, tmp_path):
    make_tiny.main([str(tmp_path), "--arch", "qwen3"])
    assert [path.name for path in tmp_path.iterdir()] == ["tiny-qwen3.gguf"]
    again = (tmp_path / "tiny-qwen3.gguf").read_bytes()
    assert again == (folder / "tiny-qwen3.gguf").read_bytes()


@pytest.mark.parametrize("name", ["gpt2", "gpt-oss"])
def test_f16_halves_matrices_only(readers, tmp_path, name):
    make_tiny.main([str(tmp_path), "--arch", name, "--dtype", "f16"])
    full = tensors(readers[name])
    for tensor in GGUFReader(tmp_path / f"tiny-{name}.gguf").tensors:
        whole = tensor.name.endswith(".bias") or re.search("norm|position_embd|gate_inp", tensor.name)
        matrix = len(tensor.shape) > 1 and not whole
        expected = GGMLQuantizationType.F16 if matrix else GGMLQuantizationType.F32
        assert tensor.tensor_type == expected, tensor.name
        np.testing.assert_allclose(tensor.data, full[tensor.name], rtol=1e-3, atol=1e-6)


def test_list(capsys):
    make_tiny.main(["--list"])
    assert capsys.readouterr().out.split() == list(ARCHITECTURES)


def test_no_folder_is_wrong_usage():
    with pytest.raises(SystemExit) as stopped:
        make_tiny.main([])
    assert stopped.value.code == 2


def test_unknown_architecture_is_wrong_usage(tmp_path):
    with pytest.raises(SystemExit) as stopped:
        make_tiny.main([str(tmp_path), "--arch", "mpt"])
    assert stopped.value.code == 2
