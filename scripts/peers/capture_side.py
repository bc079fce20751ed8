"""Runs of `capture run`, each a process of its own with a fresh output folder."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

ENDLESS_TRIES = 20


class Capture:
    def __init__(self, binary, model, threads, weights, folder):
        self.binary, self.model, self.threads, self.weights, self.folder = binary, model, threads, weights, Path(folder)

    def command(self, *arguments):
        done = subprocess.run(
            [self.binary, "run", "--model", self.model, "--chat", "none", *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"capture run {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def tokens(self, *prompts) -> list[list[int]]:
        """What the prompts are to the model; nothing is decoded."""
        lines = self.command(*prompts, "--max-tokens", 0, "--dry-run", "--json").splitlines()
        return [json.loads(line)["tokens"] for line in lines]

    def run(self, *arguments, keep=False) -> dict:
        """The result of a run with every layer's residual stream on the disk. Its
        `seconds` begin when the hook points are checked and end when the files are synced."""
        out = tempfile.mkdtemp(prefix="run", dir=self.folder)
        try:
            return json.loads(self.command(
                *arguments, "--hooks", "resid_post", "--weights", self.weights, "--threads", self.threads,
                "--logprobs", "none", "--out", f"{out}/run", "--json",
            ))
        finally:
            if not keep:
                shutil.rmtree(out)

    def generated_rate(self, arguments) -> float:
        """New tokens per second."""
        result = self.run(*arguments)
        return result["generated"] / result["seconds"]

    def row_rate(self, arguments) -> float:
        """Tokens with a row per second: what prompts share may be computed once."""
        result = self.run(*arguments)
        return result["rows"] / result["seconds"]

    def endless(self, candidates, tokens) -> tuple:
        """The first of some argument lists whose responses all run to their full length:
        the model may end an answer early, and then less is decoded at once."""
        for _, arguments in zip(range(ENDLESS_TRIES), candidates):
            if self.run(*arguments)["generated"] == tokens:
                return arguments
        raise RuntimeError(f"every response ended before its full length; none of {ENDLESS_TRIES} tries gave {tokens} tokens")
