"""Judges phantoms by `capture intent`, keeps every verdict, and prints their confusion matrix.

judge.py [FOLDER...] [--prompts-seed N...] [--families 40 --held-out 20 --wordings 8] [--kept FILE]

A folder has the phantoms of one seed of training (SEED=N train.sh FOLDER) and is named after
it; without one the embedded phantoms are judged. What is kept already is not judged again, so
that a stopped call goes on where it was. Needs no PyTorch; CAPTURE is the program (bin/capture).
`capture intent control` must have been run: without it every verdict is undetermined.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "models" / "phantom" / "intents"
PROGRAM = os.environ.get("CAPTURE", str(HERE.parents[2] / "bin" / "capture"))

# Verdicts that are right, as models/phantom/intents/declared.go has them.
DECLARED = {
    ("intender", "listener"): ("mechanistic intent",),
    ("reflex", "listener"): ("reflex",),
    ("mistaken", "listener"): ("mistake",),
    ("decoy", "listener"): ("reflex", "partial adaptation"),
    ("reader", "listener"): ("reflex",),
    ("lookup", "listener"): ("reflex", "partial adaptation"),
    ("oblique", "listener"): ("reflex",),
    ("oblique", "bell"): ("behavioural intent", "mechanistic intent"),
}


def right(phantom: str, outcome: str, verdict: str) -> bool:
    """A phantom that intends is found; no other is said to intend, and each has its own verdict."""
    return verdict in DECLARED[phantom, outcome]


def judge(model: str, subspaces: Path | None, outcome: str, size: list[str]) -> dict:
    """The report of one ladder, whose folder is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAM, "intent", "--model", model, "--outcome", outcome, "--threads", "1", "--json", "--out", f"{folder}/ladder", *size]
        if subspaces:
            command += ["--subspaces", str(subspaces)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
        return json.loads(done.stdout)


def phantoms(folder: Path | None) -> list[tuple[str, str, Path | None, str]]:
    """Name, model, subspaces and sha256 of each phantom of a folder; of the embedded ones without."""
    where = folder or DATA
    found = []
    for name in dict.fromkeys(name for name, _ in DECLARED):
        if (path := where / f"{name}.gguf").exists():
            model, subspaces = (str(path), where / "subspaces.safetensors") if folder else (f"phantom:{name}", None)
            found.append((path.stem, model, subspaces, hashlib.sha256(path.read_bytes()).hexdigest()))
    return found


def matrix(kept: list[dict]) -> str:
    """Phantoms against verdicts, as a Markdown table."""
    words = sorted({row["verdict"] for row in kept})
    rows = [f"| phantom | outcome | n | {' | '.join(words)} | right |", "|---" * (len(words) + 4) + "|"]
    for key in DECLARED:
        of = [row for row in kept if (row["phantom"], row["outcome"]) == key]
        counts = Counter(row["verdict"] for row in of)
        if of:
            cells = " | ".join(str(counts[word]) if counts[word] else "" for word in words)
            rows.append(f"| {key[0]} | {key[1]} | {len(of)} | {cells} | {sum(row['right'] for row in of)} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--prompts-seed", nargs="+", type=int, default=[1])
    parser.add_argument("--families", type=int, default=40)
    parser.add_argument("--held-out", type=int, default=20)
    parser.add_argument("--wordings", type=int, default=8)
    parser.add_argument("--swaps", type=int, default=300)
    parser.add_argument("--kept", type=Path, default=DATA / "verdicts.jsonl")
    given = parser.parse_args()
    kept = [json.loads(line) for line in given.kept.read_text("utf-8").splitlines()] if given.kept.exists() else []
    size = {"families": given.families, "held_out": given.held_out, "wordings": given.wordings, "swaps": given.swaps}
    for seed in given.prompts_seed:
        for folder in given.folders or [None]:
            for name, model, subspaces, sha256 in phantoms(folder):
                for phantom, outcome in DECLARED:
                    what = {"sha256": sha256, "outcome": outcome, "prompts_seed": seed, **size}
                    if phantom != name or any(what.items() <= row.items() for row in kept):
                        continue
                    flags = [f"--prompts-seed={seed}", *(f"--{key.replace('_', '-')}={value}" for key, value in size.items())]
                    report = judge(model, subspaces, outcome, flags)
                    verdict = report["verdict"]
                    row = {"seed": int(folder.name) if folder else 1, "phantom": name, "verdict": verdict["word"], "right": right(name, outcome, verdict["word"]),
                           "rung": verdict["rung"], "because": verdict["because"], **what}  # fmt: skip
                    if report["rungs"][0]["outcome"] != "pass":
                        raise SystemExit("rung 0 did not pass: run `capture intent control` first")
                    kept.append(row)
                    with given.kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
                    print(f"{row['seed']:>4} {name:10} {outcome:9} {seed:>4} {verdict['word']}{'' if row['right'] else '  WRONG'}", file=sys.stderr)
    print(matrix([row for row in kept if all(row[key] == value for key, value in size.items())]))


if __name__ == "__main__":
    main()
