"""A pass that stops at the last wanted layer leaves the same bits as one that goes to the end."""

import pytest

PROMPTS = ["Write a story about a fox that finds a key.", "Is the moon here?", "List five uses of a paper clip."]
# Of each kind one: attention and MLP in turn, side by side, windows, experts, learned
# positions, keys of earlier blocks, an index of keys, gates.
TINY = ["llama", "gemma3", "falcon", "gpt-oss", "deepseek2", "gpt2", "olmo2", "gemma4", "deepseek32", "step35"]
PREFILL = ("--max-tokens", 0)
FIRST_HALF = ("--hooks", "embed", "--hooks", "resid_pre:0-50%", "--hooks", "resid_post:0-50%")


@pytest.fixture(scope="module", params=["smollm2", *TINY])
def make(request, capture, tiny, chatml, tmp_path_factory):
    name = request.param
    path, chat = (request.getfixturevalue("smollm2"), chatml) if name == "smollm2" else (tiny / f"tiny-{name}.gguf", ())

    def make(*flags):
        return capture.run(tmp_path_factory.mktemp("early") / "run", path, *PREFILL, *chat, *flags, prompts=PROMPTS)

    return make


@pytest.fixture(scope="module")
def whole(make):
    """To the logits of every token."""
    hooks = ("embed", "resid_pre", "resid_post", "ln_final", "logits")
    return make(*(part for hook in hooks for part in ("--hooks", hook)), "--logprobs", "all")


def check(part, whole):
    """Every row of the part is that of the whole, to the bit; gives how many."""
    assert set(part.hooks) <= set(whole.hooks)
    of_part = part.tokens.select(["sample_id", "position", "token_id", "token"]).to_pylist()
    place = {(r["sample_id"], r["position"]): i for i, r in enumerate(whole.tokens.to_pylist())}
    at = [place[row["sample_id"], row["position"]] for row in of_part]
    assert [whole.tokens["token_id"][i].as_py() for i in at] == [row["token_id"] for row in of_part]
    for hook in part.hooks:
        assert part.states(hook).tobytes() == whole.states(hook)[at].tobytes(), hook
    return len(at)


@pytest.mark.parametrize("logprobs", ["response", "none"])
def test_the_first_half(make, whole, logprobs):
    part = make(*FIRST_HALF, "--logprobs", logprobs)
    layers = {hook.split(".")[1] for hook in part.hooks if hook.startswith("blocks")}
    assert 1 < len(layers) < len([hook for hook in whole.hooks if hook.endswith("resid_post")])
    assert check(part, whole) == len(whole.tokens)
    for column in ("logprob", "entropy"):
        assert part.tokens[column].null_count == len(part.tokens)


def test_the_first_half_at_the_last_token(make, whole):
    assert check(make(*FIRST_HALF, "--tokens", "last"), whole) == len(PROMPTS)


def test_one_layer_alone(make, whole):
    assert check(make("--hooks", "resid_post:0"), whole) == len(whole.tokens)


def test_the_embedding_alone(make, whole):
    assert check(make("--hooks", "embed"), whole) == len(whole.tokens)


def test_the_end_without_scores(make, whole):
    part = make("--hooks", "resid_post", "--hooks", "ln_final", "--logprobs", "none")
    assert check(part, whole) == len(whole.tokens)


def test_scores_of_a_stopped_pass_are_those_of_a_whole_one(make, whole):
    """Where they are asked for, the pass must go to its end."""
    part = make("--hooks", "resid_post:0", "--logprobs", "all")
    assert check(part, whole) == len(whole.tokens)
    for column in ("logprob", "entropy"):
        assert part.tokens[column].equals(whole.tokens[column]), column
