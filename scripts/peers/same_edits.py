"""Proves that an intervention is what PyTorch makes of it: SmolLM2, or another Llama, in
Hugging Face transformers with forward hooks, in float32, against `capture run`.

    same_edits.py MODEL.gguf --capture bin/capture

Each arm is one forward pass of prompt and response, without a cache, in which hooks change
the rows. Compared are the largest logits of every token, where capture has them.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")  # before transformers is imported

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import torch  # noqa: E402
from transformers import AutoModelForCausalLM  # noqa: E402
from transformers.utils import logging  # noqa: E402

MOST = 1e-3  # that two logits may differ
TOP = 50
TEXTS = [
    {"id": "given", "pair": "p", "prompt": "The capital of France is the city of", "response": " Paris, of course, as everybody knows."},
    {"id": "sampled", "pair": "p", "prompt": "The capital of Italy is the city of"},
]
TOKENS = "prompt[-2:] | response[0:2]"


def chosen(sample, position):
    """Whether TOKENS selects a token."""
    return sample["prompt_tokens"] - 2 <= position < sample["prompt_tokens"] + 2


def directions(path, width, heads):
    """A vector, a subspace and a vector of a head, in a file as docs/format.md has it."""
    rng = np.random.default_rng(11)
    tensors = {
        "vector": rng.normal(size=width) * 3,
        "subspace": np.linalg.qr(rng.normal(size=(width, 4)))[0].T,
        "head": rng.normal(size=width // heads),
        "map.A": np.eye(width) + rng.normal(size=(width, width)) * 0.02,
        "map.b": rng.normal(size=width),
    }
    tensors = {name: tensor.astype("<f4") for name, tensor in tensors.items()}
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    about = {"version": 1, "layer_convention": "output of block N, counted from 0"}
    text = json.dumps(header | {"__metadata__": {"capture": json.dumps(about)}}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return {name: torch.from_numpy(tensor.copy()) for name, tensor in tensors.items()}


def arms(layer, head, d):
    """Of each arm what the spec says, the place in PyTorch, and the change of rows h given the other half's g."""
    v, unit, q = d["vector"], d["vector"] / d["vector"].norm(), d["subspace"]

    def one_head(h, _):
        h = h.clone()
        size = len(d["head"])
        h[:, head * size : (head + 1) * size] += 2 * d["head"]
        return h

    return {
        "add": ({"do": "add", "vector": "vector", "scale": 2}, "resid_post", lambda h, g: h + 2 * v),
        "add-norm": ({"do": "add", "vector": "vector", "scale": 0.4, "unit": "norm"}, "resid_post", lambda h, g: h + 0.4 * h.norm(dim=1, keepdim=True) * unit),
        "add-attn": ({"do": "add", "vector": "vector", "scale": -1}, "attn_out", lambda h, g: h - v),
        "add-mlp": ({"do": "add", "vector": "vector", "scale": 1}, "mlp_out", lambda h, g: h + v),
        "add-head": ({"do": "add", "vector": "head", "scale": 2, "heads": [head]}, "z", one_head),
        "remove": ({"do": "remove", "vector": "subspace"}, "resid_post", lambda h, g: h - h @ q.T @ q),
        "set": ({"do": "set", "vector": "vector", "value": 20}, "resid_post", lambda h, g: h + (20 - h @ unit)[:, None] * unit),
        "zero": ({"do": "replace", "vector": "zero"}, "attn_out", lambda h, g: 0 * h),
        "swap": ({"do": "swap", "from": "pair"}, "resid_post", lambda h, g: g),
        "swap-subspace": ({"do": "swap", "vector": "subspace", "from": "pair"}, "resid_post", lambda h, g: h + (g - h) @ q.T @ q),
        "erase": ({"do": "erase", "vector": "map"}, "resid_post", lambda h, g: h @ d["map.A"].T + d["map.b"]),
    }  # fmt: skip


def place(model, layer, point):
    """The module of a point, and whether the rows are what it reads instead of what it gives."""
    block = model.model.layers[layer]
    return {
        "resid_post": (block, False),
        "attn_out": (block.self_attn, False),
        "mlp_out": (block.mlp, False),
        "z": (block.self_attn.o_proj, True),
    }[point]



class Peer:
    def __init__(self, path):
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        self.model = AutoModelForCausalLM.from_pretrained(
            Path(path).parent, gguf_file=Path(path).name, dtype=torch.float32, attn_implementation="eager", local_files_only=True
        ).eval()

    @torch.inference_mode()
    def logits(self, tokens, layer, point=None, change=None, kept=None):
        """Of every token. change edits the rows of the point; kept, a list, takes what they were."""

        def edit(rows):
            if kept is not None:
                kept.append(rows[0].clone())
            return rows if change is None else change(rows[0])[None]

        def before(module, args):
            return (edit(args[0]), *args[1:])

        def after(module, args, out):
            return (edit(out[0]), *out[1:]) if isinstance(out, tuple) else edit(out)

        handle = None
        if point:
            module, reads = place(self.model, layer, point)
            handle = module.register_forward_pre_hook(before) if reads else module.register_forward_hook(after)
        try:
            return self.model(torch.tensor([tokens]), use_cache=False).logits[0]
        finally:
            if handle:
                handle.remove()


def run(binary, model, folder, layer, wanted):
    """The run of all arms: its samples, and of each its tokens, largest logits and theirs tokens."""
    interventions = []
    for name, (keys, point, _) in wanted.items():
        keys = {"name": name, "at": f"{point}:{layer}", "tokens": TOKENS} | keys
        if keys.get("vector") not in (None, "zero"):
            keys["vector"] = f"{folder / 'directions.safetensors'}#{keys['vector']}"
        interventions.append(keys)
    spec = {
        "prompts": {"rows": TEXTS},
        "pairs": {"differ": ["user", "response"]},
        "chat": {"template": "none"},
        "generate": {"max_tokens": 5},
        "capture": {"hooks": ["logits"], "top_logits": TOP},
        "engine": {"weights": "f32"},
        "interventions": interventions,
    }
    (folder / "edits.yaml").write_text(json.dumps(spec))
    subprocess.run([binary, "run", folder / "edits.yaml", "--model", model, "--out", folder / "run"], check=True, stdout=subprocess.DEVNULL)

    def table(kind):
        return pa.concat_tables(pa.ipc.open_file(path).read_all() for path in sorted((folder / "run").glob(f"{kind}-*.arrow")))

    rows = table("activations").combine_chunks()
    logits, ids = (rows[name].chunk(0).to_numpy_ndarray() for name in ("unembed.hook_out", "unembed.hook_out.token_id"))
    tokens = rows["token_id"].to_numpy()
    for sample in table("samples").select(["arm", "prompt_id", "prompt_tokens", "first_row", "rows"]).to_pylist():
        at = slice(sample["first_row"], sample["first_row"] + sample["rows"])
        yield sample, tokens[at].tolist(), torch.from_numpy(logits[at].copy()), torch.from_numpy(ids[at].astype(np.int64))


def differences(binary, model) -> dict[str, float]:
    """By arm the largest difference of two logits."""
    peer = Peer(model)
    config = peer.model.config
    layer, head = config.num_hidden_layers // 2, 1
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        wanted = arms(layer, head, directions(folder / "directions.safetensors", config.hidden_size, config.num_attention_heads))
        samples = list(run(binary, model, folder, layer, wanted))
    texts = {sample["prompt_id"]: tokens for sample, tokens, *_ in samples if sample["arm"] == "none"}
    found = {}
    for sample, tokens, logits, ids in samples:
        at = [n for n in range(len(tokens)) if chosen(sample, n)]
        point = change = None
        if sample["arm"] != "none":
            _, point, edit = wanted[sample["arm"]]
            (other,) = (text for name, text in texts.items() if name != sample["prompt_id"])
            source = []
            peer.logits(other, layer, point, kept=source)
            at = [n for n in at if "swap" not in sample["arm"] or n < len(other)]

            def change(rows, at=at, edit=edit, source=source[0]):
                rows = rows.clone()
                rows[at] = edit(rows[at], source[at] if max(at) < len(source) else None)
                return rows

        theirs = peer.logits(tokens, layer, point, change)
        apart = float((theirs.gather(1, ids) - logits).abs().max())
        found[sample["arm"]] = max(apart, found.get(sample["arm"], 0))
        if point:  # without the edit it would not be the same
            plain = float((peer.logits(tokens, layer).gather(1, ids) - logits).abs().max())
            if plain < 10 * MOST:
                raise RuntimeError(f"{sample['arm']} changes no logit of {sample['prompt_id']!r} by more than {plain:.1e}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="GGUF file of a Llama")
    parser.add_argument("--capture", required=True, help="the program")
    given = parser.parse_args()
    found = differences(given.capture, given.model)
    for arm, apart in found.items():
        print(f"{arm:16}largest difference of two logits {apart:.1e}")
    wrong = [arm for arm, apart in found.items() if not apart <= MOST]
    if wrong:
        sys.exit(f"error: more than {MOST:g} apart: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
