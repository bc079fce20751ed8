"""Times capture against Hugging Face transformers and llama-bench, in pairs that
alternate; README.md says what is compared and how. `peers.sh` sets it up."""

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")  # before transformers is imported

import same_rows  # noqa: E402
import table  # noqa: E402
import workloads  # noqa: E402
from capture_side import Capture  # noqa: E402
from engine_side import Engines  # noqa: E402
from pairs import compare  # noqa: E402
from transformers_side import Peer  # noqa: E402


WEIGHTS = "bf16"  # of all sides
STATEMENTS_COMPARED = 64  # to prove that both sides give the same rows


def arguments():
    sizes = workloads.Sizes()
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model", help="GGUF file")
    p.add_argument("--capture", required=True, help="the program")
    p.add_argument("--plain", required=True, help="scripts/peers/plain, built")
    p.add_argument("--llama-bench", required=True, help="upstream's, built from the same source")
    p.add_argument("--statements", type=Path, required=True, help="CSV file with a column `statement`")
    p.add_argument("--only", nargs="+", choices=workloads.WORKLOADS, default=list(workloads.WORKLOADS), help="these comparisons alone")
    p.add_argument("--pairs", type=int, default=7, help="of each comparison, after one that is not counted (default %(default)s)")
    p.add_argument("--threads", type=int, default=usable_cpus(), help="of both sides (default: the usable CPUs)")
    p.add_argument("--peer-writes", action="store_true", help="transformers writes its states of decode and prompt to the disk, too")
    p.add_argument("--json", type=Path, help="write the figures to this file")
    p.add_argument("--folder", help="where runs are written and removed (default: the system's for temporary files)")
    p.add_argument("--new-tokens", type=int, default=sizes.new_tokens, help="of the greedy response (default %(default)s)")
    p.add_argument("--samples", type=int, default=sizes.samples, help="at once (default %(default)s)")
    p.add_argument("--sample-tokens", type=int, default=sizes.sample_tokens, help="of each (default %(default)s)")
    p.add_argument("--statement-count", type=int, default=sizes.statements, help="how many, from the file's beginning (default %(default)s)")
    p.add_argument("--prompt-tokens", type=int, default=sizes.prompt_tokens, help="of the long prompt (default %(default)s)")
    return p.parse_args()


def usable_cpus():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def setting(a) -> dict:
    """What the figures were taken with."""
    cpu = platform.processor()
    if Path("/proc/cpuinfo").exists():
        names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        cpu = names[0] if names else cpu
    return {
        "model": Path(a.model).name, "weights": WEIGHTS, "cpu": cpu, "threads": a.threads,
        "peer_writes": a.peer_writes, "torch": version("torch"), "transformers": version("transformers"),
    }


def say(text):
    print(f"peers: {text}", file=sys.stderr, flush=True)


def measure(a, folder) -> tuple[dict, list[dict]]:
    capture = Capture(a.capture, a.model, a.threads, WEIGHTS, folder)
    say("loading the model into transformers")
    peer = Peer(a.model, a.threads, folder, a.peer_writes)
    engines = Engines(a.plain, a.llama_bench, a.model, a.threads, WEIGHTS)
    sizes = workloads.Sizes(a.new_tokens, a.samples, a.sample_tokens, a.statement_count, a.prompt_tokens)
    bench = workloads.Bench(capture, peer, engines, sizes, a.statements, Path(folder))
    facts = setting(a)
    few = workloads.first_rows(a.statements, STATEMENTS_COMPARED, bench.folder / "few.csv")
    facts["smallest_cosine"] = same_rows.smallest_cosine(capture, peer, ["--prompts", few, "--prompt-column", "statement"])
    say(f"both sides give the same rows: smallest cosine {facts['smallest_cosine']:.4f}")
    comparisons = []
    for key in a.only:
        say(f"{key}: preparing")
        name, base, ours, tried = workloads.prepare(key, bench)
        say(f"{key}: {a.pairs} pairs of {base.name} and {ours.name}")
        target = workloads.WORKLOADS[key][0]
        c = {"key": key, "name": name, "unit": "tokens/s", "target": target, **compare(base, ours, a.pairs), "peer_tried": tried}
        comparisons.append(c)
        say(f"{key}: {c['ratio']['median']:.2f} [{c['ratio']['low']:.2f}, {c['ratio']['high']:.2f}]")
    return facts, comparisons


def main():
    a = arguments()
    with tempfile.TemporaryDirectory(prefix="capture-peers", dir=a.folder) as folder:
        facts, comparisons = measure(a, folder)
    print(
        f"{facts['model']}, weights {facts['weights'].upper()}, {facts['cpu']}, {facts['threads']} threads; "
        f"PyTorch {facts['torch']}, transformers {facts['transformers']}. "
        f"Medians of {a.pairs} alternating pairs, [lowest, highest]; smallest cosine between the two sides' rows {facts['smallest_cosine']:.4f}.\n"
    )
    print(table.markdown(comparisons))
    for warning in table.warnings(comparisons):
        say(f"warning: {warning}")
    if a.json:
        a.json.write_text(json.dumps({"setting": facts, "comparisons": comparisons}, indent=1) + "\n")


if __name__ == "__main__":
    main()
