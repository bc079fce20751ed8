"""What a file says of its tokenizer that is known to go wrong: prompts stay as Hugging Face's, or the file is told of."""

import json
import subprocess

import pytest
from conftest import REPOSITORY, TIMEOUT
from edited_gguf import PREFIX, edited, token_count, tokens, word_piece
from gguf import GGUFReader

MODELS = ["smollm2", "tiny-qwen2", "tiny-mistral", "tiny-gemma3", "tiny-phi3", "word-piece", "phantom"]



def whole_spec(options):
    """What is tokenised in a run: prompts, given responses, what is asked behind them, alternatives behind texts."""
    return {
        "prompts": {
            "rows": [
                {"id": "asked", "prompt": "the box is in the sun", "spans": {"box": "box"}},
                {"id": "given", "prompt": "the sun", "response": " is in the box", "spans": {"box": "sun"}},
                {"id": "open", "messages": [{"role": "user", "content": "the box"}, {"role": "assistant", "content": "is"}]},
            ]
        },
        "generate": {"max_tokens": 4},
        "alternatives": [{"name": "now", "at": "response", "options": options}, {"name": "end", "at": "end", "options": options}],
        "followups": [{"name": "sure", "ask": "is it in the sun", "alternatives": options, "max_tokens": 3}],
        "capture": {"hooks": ["resid_post:0"], "logprobs": "all"},
    }


@pytest.fixture(scope="module")
def model(request, smollm2, tiny, tmp_path_factory):
    """The file of a model by its name."""
    if request.param == "smollm2":
        return smollm2
    if request.param == "phantom":
        return REPOSITORY / "models" / "phantom" / "phantom.gguf"
    if request.param == "word-piece":
        return word_piece(tiny / "tiny-llama.gguf", tmp_path_factory.mktemp("wpm") / "wpm.gguf")
    return tiny / f"{request.param}.gguf"


def refused(capture, *arguments, code=2):
    """What a command says that ends with wrong usage, or another exit code."""
    done = subprocess.run([capture.binary, *map(str, arguments)], cwd=capture.home, env=capture.environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == code, done
    return done.stderr


@pytest.mark.parametrize(("model", "key"), [*((m, "add_eos_token") for m in MODELS), ("word-piece", "add_sep_token")], indirect=["model"])
def test_no_end_token_is_put_behind_a_prompt(capture, model, tmp_path, key):
    """Neither behind prompts, nor before responses, follow-ups and alternatives."""
    asks_for_end = edited(model, tmp_path / "end.gguf", {PREFIX + key: True})
    spec = whole_spec([" the sun", " box"] if model.name == "phantom.gguf" else ["the sun", " box"])  # the phantom knows words alone
    if "tokenizer.chat_template" not in GGUFReader(model).fields:
        spec |= {"chat": {"template": "none"}, "prompts": {"rows": spec["prompts"]["rows"][:2]}}
    plain, edited_run = (capture.experiment(tmp_path, m, spec, name=name) for name, m in (("plain", model), ("end", asks_for_end)))
    assert edited_run.tokens.equals(plain.tokens)
    assert edited_run.samples_table.equals(plain.samples_table)
    assert edited_run.manifest["model"]["sha256"] != plain.manifest["model"]["sha256"]


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


# ---- what is found in a file, and told ----

NO_PRE = {"drop": (PREFIX + "pre",)}
NO_TEMPLATE = {"drop": ("tokenizer.chat_template",)}
TOOL_USE = "TOOL {% if tools %}{{ tools[0].name }} {% endif %}{{ messages[0].content }}"
NAMED = {
    "put": {"tokenizer.chat_templates": ["tool_use", "rag"], "tokenizer.chat_template.tool_use": TOOL_USE, "tokenizer.chat_template.rag": "RAG {{ messages[0].content }}"}
}  # fmt: skip
TWICE = "{{ bos_token }}{{ bos_token }}{{ messages[0].content }}{% if messages|length > 1 %}{{ messages[1].content }}{{ eos_token }}{% endif %}"
NO_END = "{% for m in messages %}<|im_start|>{{ m.content }}{% endfor %}"

# The finding of each edit of tiny-qwen2, what is said of it, and the exit code of a run with chat: auto.
EDITS = {
    "no-pre-tokenizer": (NO_PRE, "generation quality will be degraded", 0),
    "special-token-missing": ({"put": {PREFIX + "eot_token_id": token_count}}, "tokenizer.ggml.eot_token_id is 316, and there are 316 tokens", 0),
    "ends-not-read": ({"put": {PREFIX + "eos_token_ids": [40, 315]}}, "eos_token_ids lists", 0),
    "adds-end": ({"put": {PREFIX + "add_eos_token": True}}, "after every text", 0),
    "bos-added": ({"put": {PREFIX + "add_bos_token": True}}, "does not write BOS (<|endoftext|>)", 0),
    "bos-twice": ({"put": {"tokenizer.chat_template": TWICE}}, "writes BOS (<|endoftext|>) twice", 0),
    "template-missing": ({"put": {PREFIX + "eos_token_id": 313}} | NO_TEMPLATE, "no chat template", 0),
    "template-missing-instruct": (NO_TEMPLATE, "its texts end with <|im_end|>", 2),
    "template-named-only": (NAMED | NO_TEMPLATE, "only named ones: rag, tool_use", 2),
    "template-broken": ({"put": {"tokenizer.chat_template": "{% if %}"}}, "chat template: ", 2),
    "turn-end-not-an-end": ({"put": {"tokenizer.chat_template": NO_END}}, "ends an answer with", 0),
    "vocabulary-size": ({"put": {"qwen2.vocab_size": 400}}, "qwen2.vocab_size is 400", 0),
}


@pytest.mark.parametrize("finding", EDITS)
def test_findings(capture, tiny, tmp_path, finding):
    """In a line of the run, in its manifest, and by doctor with what it means and what to do."""
    edit, says, code = EDITS[finding]
    model = edited(tiny / "tiny-qwen2.gguf", tmp_path / "model.gguf", **edit)
    listed = json.loads(capture("doctor", model, "--json"))["findings"]
    told = [f for f in listed if f["id"] not in ("end-by-name", "llama.cpp")]
    assert [f["id"] for f in told] == [finding]
    assert says in told[0]["finding"] and told[0]["means"] and told[0]["do"]
    printed = capture("doctor", model)
    assert f"\n{finding}: " in printed and "means: " in printed and "do: " in printed
    arguments = ("run", "--model", model, "--prompt", "the sun", "--hooks", "resid_post:0", "--max-tokens", 2, "--out", tmp_path / "run")
    if code == 2:
        error = refused(capture, *arguments)
        assert says in error and "--chat none" in error and "--chat FILE" in error
        assert not (tmp_path / "run").exists()
        arguments += ("--chat", "none")
    stderr = errors(capture, *arguments)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    kept = [f["id"] for f in manifest["model"].get("findings", [])]
    if code == 2:  # with --chat none the template is of no matter
        assert finding not in kept and finding not in stderr
    else:
        assert [line for line in stderr.splitlines() if f"warning: {finding}: " in line and says in line]
        assert finding in kept
        assert "capture doctor" in stderr


def errors(capture, *arguments):
    """What a command that succeeds says on standard error."""
    done = subprocess.run([capture.binary, *map(str, arguments)], cwd=capture.home, env=capture.environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_what_llama_cpp_warns_of_is_told_and_disarmed(capture, tiny, tmp_path):
    """At the first load, which is tried in a process of its own, and at later ones; terminal escapes are not obeyed."""
    names = tokens(GGUFReader(tiny / "tiny-qwen2.gguf"))
    types = GGUFReader(tiny / "tiny-qwen2.gguf").fields[PREFIX + "token_type"].contents()
    names[20], types[names.index("<|im_end|>")] = "", 1
    model = edited(tiny / "tiny-qwen2.gguf", tmp_path / "model\x1b[31m.gguf", {PREFIX + "tokens": names, PREFIX + "token_type": types})
    for n in range(2):
        stderr = errors(capture, "run", "--model", model, "--prompt", "the sun", "--hooks", "resid_post:0", "--max-tokens", 1, "--out", tmp_path / str(n))
        lines = [line for line in stderr.splitlines() if "warning: " in line]
        assert len([line for line in lines if "warning: llama.cpp: empty token at index 20" in line]) == 1
        assert len([line for line in lines if "warning: token-types: control-looking token" in line and "<|im_end|>" in line]) == 1
        assert "\x1b" not in stderr


def test_a_pre_tokenizer_that_llama_cpp_does_not_know(capture, tiny, tmp_path):
    """The same file fetched again would not help."""
    model = edited(tiny / "tiny-qwen2.gguf", tmp_path / "m.gguf", {PREFIX + "pre": "of-tomorrow"})
    error = refused(capture, "doctor", model, code=1)
    assert "unknown pre-tokenizer type: 'of-tomorrow'" in error and "convert the model again" in error


def test_named_templates(capture, tiny, tmp_path):
    """One is chosen by its name; tools choose tool_use, as with Hugging Face."""
    only = edited(tiny / "tiny-qwen2.gguf", tmp_path / "only.gguf", **NAMED | NO_TEMPLATE)
    both = edited(tiny / "tiny-qwen2.gguf", tmp_path / "both.gguf", **NAMED)
    prompt = ("--prompt", "the sun", "--hooks", "resid_post:0")

    def text(model, *flags):
        return capture.plan(model, *prompt, *flags)[0]["prompt"]

    assert text(only, "--template-name", "tool_use") == "TOOL the sun"
    assert text(both, "--set", "chat.template_name=rag") == "RAG the sun"
    assert text(both, "--template-name", "default") == text(both) == "<|im_start|>user\nthe sun<|im_end|>\n<|im_start|>assistant\n"
    error = refused(capture, "run", "--model", both, *prompt, "--template-name", "tool_usage", "--dry-run")
    assert "it has: rag, tool_use, default" in error and "nearest: tool_use" in error
    assert "leave one of them out" in refused(capture, "run", "--model", both, *prompt, "--template-name", "rag", "--chat", "none", "--dry-run")
    spec = {"prompts": {"text": ["the sun"]}, "chat": {"vars": {"tools": [{"name": "search"}]}}, "capture": {"hooks": ["resid_post:0"]}, "generate": {"max_tokens": 2}}
    run = capture.experiment(tmp_path, both, spec)
    assert run.samples[0]["prompt"] == "TOOL search the sun"
    assert "identical" in capture("replay", run.directory)

    messages = tmp_path / "messages.json"
    messages.write_text(json.dumps([{"role": "user", "content": "Hi"}]))
    assert capture("template", only, "--template-name", "rag", "--messages", messages) == "RAG Hi"
    assert "only named ones: rag, tool_use" in refused(capture, "template", only, "--messages", messages)
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"messages": [{"role": "user", "content": "the sun"}], "tools": [{"name": "search"}]}\n')
    assert capture("template", both, "--messages", rows) == "TOOL search the sun"
    assert capture("template", both, "--messages", messages, "--var", 'tools=[{"name": "look"}]') == "TOOL look Hi"
    assert capture.plan(both, "--prompts", rows, "--template-name", "tool_use")[0]["prompt"] == "TOOL search the sun"
    error = refused(capture, "run", "--model", both, "--prompts", rows, "--dry-run")
    assert "rows.jsonl:1: tools, for which the model has a template" in error and "--template-name tool_use" in error
    error = refused(capture, "run", "--model", both, "--prompts", rows, "--template-name", "default", "--dry-run")
    assert "tools, of which the chat template knows nothing" in error
    rag = edited(tiny / "tiny-qwen2.gguf", tmp_path / "rag.gguf", {"tokenizer.chat_templates": ["rag"], "tokenizer.chat_template.rag": "RAG"})
    assert "knows them with --template-name (rag) or --chat FILE" in refused(capture, "run", "--model", rag, "--prompts", rows, "--dry-run")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"general.name": "Foo 7B Instruct"}, 'its name is "Foo 7B Instruct"'), ({"general.name": "gemma-2-2b-it"}, "gemma-2-2b-it"),
        ({"general.finetune": "it"}, 'its name is "it"'), ({"general.tags": ["en", "chat"]}, 'its tags hold "chat"'),
        ({"general.name": "Minerva base it"}, ""), ({"general.name": "constructor"}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_what_looks_like_an_instruct_model(capture, tiny, tmp_path, keys, why):
    """Base models have the tokens of turns too: what they are called decides, and what ends their texts."""
    model = edited(tiny / "tiny-qwen2.gguf", tmp_path / "model.gguf", {PREFIX + "eos_token_id": 313} | keys, drop=("tokenizer.chat_template",))
    (found,) = json.loads(capture("doctor", model, "--json"))["findings"]
    assert found["id"] == ("template-missing-instruct" if why else "template-missing")
    assert why in found["finding"]
