"""What a file says of its tokenizer that is known to go wrong: prompts stay as Hugging Face's, or the file is told of."""

import json
import subprocess

import pytest
from edited_gguf import PREFIX, edited, token_count, tokens, word_piece
from gguf import GGUFReader

MODELS = ["smollm2", "tiny-qwen2", "tiny-mistral", "tiny-gemma3", "tiny-phi3", "word-piece", "phantom"]

# What is tokenised in a run: prompts, given responses, what is asked behind them, alternatives behind texts.
SPEC = {
    "prompts": {
        "rows": [
            {"id": "asked", "prompt": "the box is in the sun", "spans": {"box": "box"}},
            {"id": "given", "prompt": "the sun", "response": " is in the box", "spans": {"box": "sun"}},
            {"id": "open", "messages": [{"role": "user", "content": "the box"}, {"role": "assistant", "content": "is"}]},
        ]
    },
    "generate": {"max_tokens": 4},
    "alternatives": [{"name": "now", "at": "response", "options": [" the sun", " box"]}, {"name": "end", "at": "end", "options": [" the sun", " box"]}],
    "followups": [{"name": "sure", "ask": "is it in the sun", "alternatives": [" the sun", " box"], "max_tokens": 3}],
    "capture": {"hooks": ["resid_post:0"], "logprobs": "all"},
}


@pytest.fixture(scope="module")
def model(request, smollm2, tiny, tmp_path_factory):
    """The file of a model by its name."""
    if request.param == "smollm2":
        return smollm2
    if request.param == "phantom":
        return tiny.parent.parent / "phantom" / "phantom.gguf"
    if request.param == "word-piece":
        return word_piece(tiny / "tiny-llama.gguf", tmp_path_factory.mktemp("wpm") / "wpm.gguf")
    return tiny / f"{request.param}.gguf"


def refused(capture, *arguments):
    """What a command says that ends with wrong usage."""
    done = subprocess.run([capture.binary, *map(str, arguments)], cwd=capture.home, env=capture.environment(), capture_output=True, text=True)
    assert done.returncode == 2, done
    return done.stderr


@pytest.mark.parametrize(("model", "key"), [*((m, "add_eos_token") for m in MODELS), ("word-piece", "add_sep_token")], indirect=["model"])
def test_no_end_token_is_put_behind_a_prompt(capture, model, tmp_path, key):
    """Neither behind prompts, nor before responses, follow-ups and alternatives."""
    asks_for_end = edited(model, tmp_path / "end.gguf", {PREFIX + key: True})
    spec = SPEC | ({} if has_turns(model) else {"chat": {"template": "none"}})
    if not has_turns(model):
        spec |= {"prompts": {"rows": SPEC["prompts"]["rows"][:2]}}
    plain, edited_run = (capture.experiment(tmp_path, m, spec, name=name) for name, m in (("plain", model), ("end", asks_for_end)))
    assert edited_run.tokens.equals(plain.tokens)
    assert edited_run.samples_table.equals(plain.samples_table)
    assert edited_run.manifest["model"]["sha256"] != plain.manifest["model"]["sha256"]


def has_turns(model) -> bool:
    return "tokenizer.chat_template" in GGUFReader(model).fields


@pytest.mark.parametrize("model", ["tiny-qwen2", "tiny-mistral", "phantom"], indirect=True)
@pytest.mark.parametrize("beyond", [0, 1 << 30])
def test_special_tokens_that_no_token_is(capture, model, tmp_path, beyond):
    """They are as if they were not there: no other token is taken for them."""
    keys = [PREFIX + f"{name}_token_id" for name in ("eos", "bos", "unknown", "padding", "eot", "fim_pad")]
    number = token_count(GGUFReader(model)) + beyond
    bad = edited(model, tmp_path / "bad.gguf", dict.fromkeys(keys, number))
    absent = edited(model, tmp_path / "absent.gguf", drop=tuple(keys))
    flags = ("--chat", "none", "--hooks", "resid_post:0", "--max-tokens", 6)
    runs = [capture.run(tmp_path / name, m, *flags, prompts=["the box is in the sun"]) for name, m in (("bad", bad), ("absent", absent))]
    assert runs[0].tokens.equals(runs[1].tokens)


def test_a_comma_does_not_end_a_response(capture, tiny, tmp_path):
    """llama.cpp takes token 11 for the end where a file of byte-level BPE names none: here it is a comma."""
    names = tokens(GGUFReader(tiny / "tiny-gpt2.gguf"))
    assert names[11] == ","
    bad = edited(tiny / "tiny-gpt2.gguf", tmp_path / "bad.gguf", {PREFIX + "eos_token_id": token_count})
    rows = [{"prompt": "the sun", "response": "one, two, three"}]
    run = capture.experiment(tmp_path, bad, {"prompts": {"rows": rows}, "chat": {"template": "none"}, "capture": {"hooks": ["resid_post:0"]}})
    assert run.samples[0]["response"] == "one, two, three"
    assert [row["token"] for row in run.rows(0)].count(",") == 2
    drawn = capture.run(
        tmp_path / "drawn", bad, "--chat", "none", "--hooks", "resid_post:0", "--temperature", 2, "--samples", 200, "--max-tokens", 12,
        "--tokens", "response", prompts=["the sun"],
    )  # fmt: skip
    with_comma = [s for s in drawn.samples if "," in s["response"]]
    assert with_comma, "some draw a comma, or nothing is shown"
    assert {s["finish_reason"] for s in with_comma if "<|endoftext|>" not in s["response"]} == {"length"}
