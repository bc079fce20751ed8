"""Runs a reproduction from nothing to its plots:

    reproduce.py truth|pairs|lie_or_mistake|causal|all [--model M] [--small] [--statements DIR]

It runs the specs beside this file with bin/capture and executes the notebook of that
name on what they wrote. OUT/NAME holds the runs, NAME.ipynb and NAME.html, the plots and
numbers.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import causal as causal_test
import published
import questions
import statements
import truths
from notebook import execute
from rowfile import rows_of, write_rows
from runs import Run
from thin import spaced, thin_questions

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CONTROLS = HERE.parent / "controls"


@dataclass(frozen=True)
class Work:
    """What a reproduction is made with, and where it goes."""

    binary: Path
    model: str
    out: Path
    small: bool
    folder: Path | None  # of published statements

    def capture(self, *arguments: object) -> str:
        """Runs a command; gives what it printed to standard output, which is shown too."""
        command = [str(self.binary), *map(str, arguments)]
        print(f"$ capture {' '.join(command[1:])}", file=sys.stderr, flush=True)
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="", flush=True)
        if done.returncode:
            sys.exit(f"error: capture {arguments[0]} failed")
        return done.stdout

    def run(self, spec: Path, rows: list[dict], name: str, *flags: object) -> Path:
        """Runs a spec on these rows; the run goes to OUT/name."""
        prompts = write_rows(self.out / f"{name.replace('/', '-')}.jsonl", rows)
        run = self.out / name
        model = ("--model", self.model, "--out", run, "--overwrite")
        self.capture("run", spec, "--prompts", prompts, *model, *flags)
        return run

    def rows(self, own, theirs) -> list[dict]:
        return own() if self.folder is None else theirs(self.folder)

    def thin(self, rows: list[dict], most: int) -> list[dict]:
        return thin_questions(rows, most) if self.small else rows


def truth(work: Work) -> dict[str, str]:
    rows = work.thin(work.rows(statements.statements, published.statements), 10)
    run = work.run(HERE / "truth.yaml", rows, "run")
    return {"TRUTH_RUN": str(run)}


def pairs(work: Work) -> dict[str, str]:
    facts = work.thin(work.rows(truths.truths, published.truths), 5)
    asked = work.thin(work.rows(questions.questions, published.questions), 5)
    run = work.run(HERE / "pairs.yaml", facts, "run")
    short = ("--max-tokens", 8) if work.small else ()
    answers = work.run(HERE / "pairs_answers.yaml", asked, "answers", *short)
    shutil.rmtree(work.out / "controls", ignore_errors=True)
    mean = ("--tokens", "answer", "--set", "capture.reduce=mean", "--set", "capture.rows=false")
    for spec in sorted(CONTROLS.glob("*.yaml")):
        rows = rows_of(spec.with_suffix(".jsonl"))
        rows = spaced(rows, 12) if work.small else rows
        work.run(spec, rows, f"controls/{spec.stem}", *mean, "--dtype", "float32", *short)
    controls = work.out / "controls"
    return {"PAIRS_RUN": str(run), "ANSWERS_RUN": str(answers), "CONTROLS": str(controls)}


def lie_or_mistake(work: Work) -> dict[str, str]:
    asked = work.thin(work.rows(questions.questions, published.questions), 10)
    short = ("--max-tokens", 8, "--samples", 2) if work.small else ()
    run = work.run(HERE / "lie_or_mistake.yaml", asked, "run", *short)
    for name, key in (("right", "answer"), ("suggested", "wrong")):
        rule = ("--rule", "contains", "--answer", key, "--true", "yes", "--false", "no")
        work.capture("label", run, "--name", name, *rule)
    return {"LIE_RUN": str(run), "PERMUTATIONS": "3" if work.small else "100"}


def causal(work: Work) -> dict[str, str]:
    """Fits the direction on some statements, and adds it to others."""
    rows = work.thin(work.rows(statements.statements, published.statements), 9)
    fitted = [row for row in rows if row["group"] in causal_test.FIT]
    run = work.run(HERE / "truth.yaml", fitted, "statements")
    layer, layers = causal_test.probe_layer(run), Run(run).layers[-1] + 1
    directions = work.out / "directions.safetensors"
    directions.unlink(missing_ok=True)
    classes = ("--label", "label", "--positive", "true", "--negative", "false", "--how", "mean")
    work.capture("vector", "make", run, *classes, "--out", directions)
    vector = f"{directions}#blocks.{layer}.hook_resid_post"
    spec = work.out / "causal.yaml"
    spec.write_text(json.dumps(causal_test.spec(vector, layer, layers, 2 if work.small else 20)))
    run = work.run(spec, causal_test.tested(rows), "run")
    said = work.out / "effect.txt"
    said.write_text(work.capture("effect", run, "--label", "label", "--toward", "true"), encoding="utf-8")
    return {"CAUSAL_RUN": str(run), "CAUSAL_EFFECT": str(said), "CAUSAL_LAYER": str(layer)}


REPRODUCTIONS = {"truth": truth, "pairs": pairs, "lie_or_mistake": lie_or_mistake, "causal": causal}


def reproduce(name: str, work: Work) -> None:
    work.out.mkdir(parents=True, exist_ok=True)
    parameters = REPRODUCTIONS[name](work)
    execute(HERE / f"{name}.ipynb", work.out, {"OUT": str(work.out)} | parameters)
    print(work.out)


def model_of(name: str | None) -> str:
    """The model that was named, else SmolLM2, which is fetched where it is missing."""
    if name:
        return name
    script = HERE.parent / "smollm2.sh"
    found = subprocess.run(["sh", str(script)], stdout=subprocess.PIPE, text=True)
    return found.stdout.strip() if found.returncode == 0 else sys.exit(found.returncode)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=[*REPRODUCTIONS, "all"])
    parser.add_argument("--model", help="a GGUF file or a name (default: SmolLM2-135M-Instruct)")
    parser.add_argument("--small", action="store_true", help="a minute's worth of rows")
    parser.add_argument("--statements", type=Path, metavar="DIR", help="published CSV files")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "runs" / "reproduce")
    given = parser.parse_args()
    binary = Path(os.environ.get("CAPTURE_BIN") or REPOSITORY / "bin" / "capture")
    if not binary.exists():
        sys.exit(f"error: {binary} is missing\nhint: make build")
    model = model_of(given.model or os.environ.get("CAPTURE_MODEL"))
    for name in REPRODUCTIONS if given.name == "all" else [given.name]:
        out = given.out.resolve() / name
        reproduce(name, Work(binary, model, out, given.small, given.statements))


if __name__ == "__main__":
    main()
