"""`capture hooks` on every tiny model: the points it offers, their shapes, the identities it checks."""

import json
import re

import pytest
from conftest import REPOSITORY
from gguf_weights import Weights
from tiny_models import COLUMNS, NAMES, block_points, columns

# Relative; sums of a hundred or so numbers of 24 bits in any order. Measured: 6e-7.
ERROR = 1e-5


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def monkeymodule():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def weights(name, tiny):
    return Weights(tiny / f"tiny-{name}.gguf")


@pytest.fixture(scope="module")
def listed(name, capture, tiny, monkeymodule):
    """On one thread, for the reason that Capture gives; this command has no setting of its own for it."""
    monkeymodule.setenv("GOMAXPROCS", "1")
    return json.loads(capture("hooks", tiny / f"tiny-{name}.gguf", "--json"))


def test_the_table_has_every_architecture_and_every_model(tiny):
    assert sorted(path.stem.removeprefix("tiny-") for path in tiny.glob("*.gguf")) == NAMES
    table = (REPOSITORY / "hooks" / "arch_stream_names.go").read_text().partition("var archs")[2].partition("\n}\n")[0]
    known = set(re.findall(r'"([\w.-]+)":', table))
    assert known == {Weights(path).architecture for path in tiny.glob("*.gguf")}


def test_points_offered_and_not(name, weights, listed):
    offered = [point["name"] for point in listed if point["checked"]]
    assert offered == columns(name, weights.layers)
    possible = {f"blocks.{n}.{c}" for n in range(weights.layers) for c in COLUMNS.values()}
    refused = {point["name"]: point for point in listed if not point["checked"]}
    assert refused.keys() == possible - set(offered)
    for point in refused.values():
        assert point["fault"] and not point.get("identities"), point


def shape(weights: Weights, point: str, layer: int) -> list[int]:
    heads, kv_heads = weights.heads(layer), weights.kv_heads(layer)
    if point in ("pre", "post"):
        return [weights[f"blk.{layer}.ffn_down.weight"].shape[1]]
    return {
        "q": [heads, weights.head_size()],
        "k": [kv_heads, weights.head_size()],
        "v": [kv_heads, weights.head_size("value")],
        "z": [heads, weights.head_size("value")],
        "router_logits": [weights.key("expert_count")],
    }.get(point, [weights.width])


def test_shapes(weights, listed):
    points = {point["name"]: point for point in listed if point["checked"]}
    sites = {column: point for point, column in COLUMNS.items()}
    for hook, point in points.items():
        _, _, rest = hook.partition("blocks.")
        layer, _, column = rest.partition(".")
        if column.endswith("pattern"):
            assert len(point["shape"]) == 2 and point["shape"][0] == weights.heads(int(layer)), hook
        elif hook == "unembed.hook_out":
            assert point["shape"] == [min(10, len(weights.head))]  # the default of --top-logits
        else:
            expected = shape(weights, sites[column], int(layer)) if column else [weights.width]
            assert point["shape"] == expected, hook
        size = 4
        for n in point["shape"]:
            size *= n
        assert point["bytes_per_token"] == size, hook


def identities(name: str, weights: Weights) -> dict[tuple[str, int], set[str]]:
    """The identities of a model, each with the points that take part."""
    found = {("hook_embed = the token's row of the embedding, up to a factor", -1): {"hook_embed"}}
    layers = weights.layers
    for n in range(layers):
        have = block_points(name, n)
        first = " + ".join(p for p in ("resid_pre", "attn_out", "mixer_out") if p in have)
        last = " + ".join(p for p in ("mlp_out", "per_layer_out") if p in have)
        sums = [f"{first} = resid_mid", f"resid_mid + {last}"] if "resid_mid" in have else [f"{first} + {last}".removesuffix(" + ")]
        if f"blk.{n}.layer_output_scale.weight" in weights:
            sums[-1] = f"({sums[-1]}) * layer_output_scale"
        sums[-1] += " = resid_post"
        for identity in sums:
            found[identity, n] = {f"blocks.{n}.hook_{point}" for point in set(re.findall(r"\w+", identity)) & have}
        if n > 0:
            follows = {f"blocks.{n - 1}.hook_resid_post", f"blocks.{n}.hook_resid_pre"}
            found["resid_post(N-1) = resid_pre(N)", n] = follows
    last = f"blocks.{layers - 1}.hook_resid_post"
    found["final norm of the last resid_post = ln_final", -1] = {last, "ln_final.hook_normalized"}
    found["unembedding of ln_final = logits", -1] = {"ln_final.hook_normalized", "unembed.hook_out"}
    return found


def test_identities_hold(name, weights, listed):
    found = {}
    for point in listed:
        for identity in point.get("identities", []):
            assert identity["error"] <= min(identity["limit"], ERROR), (point["name"], identity)
            assert not identity.get("fault"), identity
            found.setdefault((identity["name"], identity["layer"]), set()).add(point["name"])
    assert found == identities(name, weights)
