"""Plain decoding, nothing captured: llama-bench, and this project's engine."""

import json
import subprocess


def output(*command):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr}")
    return json.loads(done.stdout)


class Engines:
    def __init__(self, plain, llama_bench, model, threads, weights):
        self.plain_binary, self.bench_binary, self.threads = plain, llama_bench, threads
        # The file with the weights asked for is made here, before anything is timed.
        self.model = output(plain, "-weights", weights, "-threads", threads, "-generate", 1, model)["model"]

    def plain(self, prompt=0, generate=0) -> float:
        result = output(self.plain_binary, "-threads", self.threads, "-prompt", prompt, "-generate", generate, self.model)
        return result["tokens"] / result["seconds"]

    def llama_bench(self, prompt=0, generate=0) -> float:
        (result,) = output(self.bench_binary, "-m", self.model, "-t", self.threads, "-p", prompt, "-n", generate, "-r", 1, "-o", "json")
        return result["avg_ts"]
