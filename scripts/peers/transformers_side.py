"""The same work with Hugging Face transformers: every layer's hidden states."""

import itertools
import os
import time

import numpy as np
import torch
from pathlib import Path
from transformers import AutoModelForCausalLM, DynamicCache
from transformers.utils import logging

ATTENTION = ("sdpa", "eager")


class Rows:
    """A .npy file of [row, layer, width] in float32, synced when it is closed."""

    def __init__(self, path, rows, layers, width):
        self.file = open(path, "wb")
        header = {"descr": "<f4", "fortran_order": False, "shape": (rows, layers, width)}
        np.lib.format.write_array_header_1_0(self.file, header)

    def add(self, block):
        self.file.write(block.float().contiguous().numpy())

    def close(self):
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


class Peer:
    """`write` says whether decode and prompt, too, put their states on the disk, as
    the statements always do; otherwise the states stay in memory."""

    def __init__(self, model, threads, folder, write=False):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        model = Path(model)
        self.model = AutoModelForCausalLM.from_pretrained(
            model.parent, gguf_file=model.name, dtype=torch.bfloat16, attn_implementation="sdpa", local_files_only=True,
        ).eval()
        self.layers, self.width = self.model.config.num_hidden_layers, self.model.config.hidden_size
        self.path, self.write = Path(folder) / "rows.npy", write

    def attention(self, name):
        if self.model.config._attn_implementation != name:
            self.model.set_attn_implementation(name)

    @torch.inference_mode()
    def states(self, tokens, mask=None):
        """The hidden states behind every layer, [sequence, token, layer, width]. The
        last one has gone through the final norm: transformers gives no other."""
        out = self.model(torch.tensor(tokens), attention_mask=mask, use_cache=False, output_hidden_states=True, logits_to_keep=1)
        return torch.stack(out.hidden_states[1:], dim=2)

    def save(self, blocks, rows):
        file = Rows(self.path, rows, self.layers, self.width)
        for block in blocks:
            file.add(block)
        file.close()

    def prompt(self, tokens, attention) -> float:
        """Tokens per second of one prompt."""
        self.attention(attention)
        started = time.perf_counter()
        states = self.states([tokens])
        if self.write:
            self.save([states], len(tokens))
        return len(tokens) / (time.perf_counter() - started)

    def statements(self, rows, attention, batch, by_length) -> float:
        """Tokens per second of many short texts, their rows written without padding,
        those of a text together."""
        self.attention(attention)
        total = sum(map(len, rows))
        started = time.perf_counter()
        if by_length:
            rows = sorted(rows, key=len)
        self.save((self.unpadded(rows[i : i + batch]) for i in range(0, len(rows), batch)), total)
        return total / (time.perf_counter() - started)

    def unpadded(self, rows):
        longest = max(map(len, rows))
        if all(len(row) == longest for row in rows):
            return self.states(rows).flatten(0, 1)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        return self.states([row + [0] * (longest - len(row)) for row in rows], mask)[mask.bool()]

    def decode(self, tokens, new, batch, sample, attention, way) -> float:
        """New tokens per second. All new tokens go through the model, the last one
        too: it has a row like every other."""
        self.attention(attention)
        started = time.perf_counter()
        steps = (self.generate if way == "generate" else self.loop)(torch.tensor([tokens] * batch), new + 1, sample)
        if self.write:
            self.save((torch.stack(step[1:], dim=2) for step in steps), batch * (len(tokens) + new))
        return batch * new / (time.perf_counter() - started)

    @torch.inference_mode()
    def generate(self, ids, new, sample):
        options = dict(do_sample=True, temperature=1.0, top_k=0, top_p=1.0) if sample else dict(do_sample=False)
        config = self.model.generation_config
        config.eos_token_id, config.pad_token_id = None, 0  # every response runs to its full length
        out = self.model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, output_hidden_states=True, return_dict_in_generate=True, **options,
        )
        assert out.sequences.shape[1] == ids.shape[1] + new and len(out.hidden_states) == new
        return out.hidden_states

    @torch.inference_mode()
    def loop(self, ids, new, sample):
        """What generate does, without what it does beside."""
        cache, steps = DynamicCache(config=self.model.config), []
        for _ in range(new):
            out = self.model(ids, past_key_values=cache, use_cache=True, output_hidden_states=True, logits_to_keep=1)
            steps.append(out.hidden_states)
            logits = out.logits[:, -1]
            ids = torch.multinomial(logits.float().softmax(-1), 1) if sample else logits.argmax(-1, keepdim=True)
        return steps


def ways(*lists):
    """Every combination of some choices."""
    return itertools.product(ATTENTION, *lists)
