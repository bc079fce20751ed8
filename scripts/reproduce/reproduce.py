"""Runs a reproduction from nothing to its plots:

    reproduce.py truth|pairs|lie_or_mistake|causal|all [--model M] [--small] [--statements DIR]

It runs the specs beside this file with bin/capture, fits and measures probes with `capture
probe`, and executes the notebook of that name on what they wrote. OUT/NAME holds the runs,
the reports of `capture probe` as .json and .page.html, NAME.ipynb and NAME.html, the plots and
numbers.json. OUT/controls holds the control runs, which reproductions share.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import causal as causal_test
import published
import questions
import statements
import tables
import truths
from notebook import execute
from rowfile import rows_of, write_rows
from runs import Run
from thin import spaced, thin_questions

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CONTROLS = HERE.parent / "controls"
USAGE = 2  # exit status of what is refused
CAPTURED: set[Path] = set()  # folders of control runs, by this call
TRUTH = ("--label", "label", "--positive", "true", "--negative", "false")
HONESTY = ("--label", "condition", "--positive", "dishonest", "--negative", "honest")
LIES = ("--label", "kind", "--positive", "lie", "--negative", "mistake")


@dataclass(frozen=True)
class Work:
    """What a reproduction is made with, and where it goes."""

    binary: Path
    model: str
    out: Path
    small: bool
    folder: Path | None  # of published statements

    def ask(self, *arguments: object, errors=None) -> subprocess.CompletedProcess[str]:
        """Runs a command, whose standard output is kept."""
        command = [str(self.binary), *map(str, arguments)]
        print(f"$ capture {' '.join(command[1:])}", file=sys.stderr, flush=True)
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True)

    def capture(self, *arguments: object) -> str:
        """Runs a command; gives what it printed to standard output, which is shown too."""
        done = self.ask(*arguments)
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

    def probe(self, verb: str, name: str, *arguments: object, refusable: bool = False) -> dict:
        """Runs `capture probe`; its report is OUT/name.json, and a page OUT/name.page.html. What it
        refuses, as where a class has no sample, is {"refused": why} if that may be."""
        page = ("--report", self.out / f"{name}.page.html", "--overwrite", "--json")
        done = self.ask("probe", verb, *arguments, *page, errors=subprocess.PIPE)
        if done.returncode and not (refusable and done.returncode == USAGE):
            sys.exit(f"{done.stderr}error: capture probe {verb} failed")
        text = json.dumps({"refused": done.stderr}) if done.returncode else done.stdout
        (self.out / f"{name}.json").write_text(text, encoding="utf-8")
        report = json.loads(text)
        print(f"{name}: {report.get('verdict', report).get('word', done.stderr or 'measured')}", flush=True)
        return report

    def label(self, run: Path, name: str, values) -> None:
        """Labels a run by what was made of other labels."""
        file = tables.write(values, self.out / f"{run.name}-{name}.csv")
        self.capture("label", run, "--name", name, "--from", file)

    def controls(self) -> list[object]:
        """Flags that name the control runs, of which benign sets the threshold; they are captured
        where this call of the script has not done so. Rows are those that any probe here reads."""
        folder = self.out.parent / "controls"
        if folder not in CAPTURED:
            shared = Work(self.binary, self.model, folder, self.small, self.folder)
            folder.mkdir(parents=True, exist_ok=True)
            for spec in sorted(CONTROLS.glob("*.yaml")):
                rows = rows_of(spec.with_suffix(".jsonl"))
                rows = spaced(rows, 12) if self.small else rows
                shared.run(spec, rows, spec.stem, "--tokens", "prompt[-1] | answer", *self.short())
            CAPTURED.add(folder)
        names = sorted((s.stem for s in CONTROLS.glob("*.yaml")), key=lambda n: (n != "benign", n))
        return [part for name in names for part in ("--control", folder / name)]

    def short(self) -> tuple[object, ...]:
        return ("--max-tokens", 8) if self.small else ()

    def permutations(self, most: int = 1000) -> tuple[object, ...]:
        return ("--permutations", 20 if self.small else most)

    def rows(self, own, theirs) -> list[dict]:
        return own() if self.folder is None else theirs(self.folder)

    def thin(self, rows: list[dict], most: int) -> list[dict]:
        return thin_questions(rows, most) if self.small else rows


def truth(work: Work) -> dict[str, str]:
    """One topic, all topics with each held out in turn, and from each topic to each."""
    rows = work.thin(work.rows(statements.statements, published.statements), 10)
    run = work.run(HERE / "truth.yaml", rows, "run")
    one = ("--where", f"group={ONE}", "--split", "folds", "--how", "mean")
    found = work.probe("sweep", "one", run, *TRUTH, *one, *work.permutations())
    file = ("--out", work.out / "truth.safetensors", "--name", "truth")
    work.probe("train", "all", run, *TRUTH, "--how", "mean,lda", *work.permutations(), *file)
    at = ("--by", "group", "--how", "mean", "--points", found["probe"]["point"])
    work.probe("transfer", "transfer", run, *TRUTH, *at)
    return {"ONE": ONE}


ONE = "cities"  # the topic of the first figure


def pairs(work: Work) -> dict[str, str]:
    """Trained on the tokens of facts; tried on other facts, own answers and control sets."""
    facts = work.thin(work.rows(truths.truths, published.truths), 5)
    asked = work.thin(work.rows(questions.questions, published.questions), 5)
    run = work.run(HERE / "pairs.yaml", facts, "run")
    answers = work.run(HERE / "pairs_answers.yaml", asked, "answers", *work.short())
    work.capture("label", answers, "--name", "right", "--rule", "contains", "--answer", "answer")
    work.label(answers, "did", tables.did(Run(answers)))
    probe = work.out / "dishonest.safetensors"
    tokens = ("--rows", "token", "--tokens", "answer[:-5]", "--how", "logistic:0.1")
    file = ("--out", probe, "--name", "dishonest")
    # Permuting hundreds of logistic regressions on tokens takes days: `facts` permutes its scores.
    work.probe("train", "train", run, *HONESTY, *tokens, "--permutations", -1, "--quick", *file)
    tried = ("--tokens", "answer", *work.permutations())
    work.probe("eval", "facts", probe, run, *tried, *work.controls())
    work.probe("eval", "answers", probe, answers, *tried, *work.controls())
    did = ("--label", "did", "--positive", "dishonest", "--negative", "honest")
    work.probe("eval", "did", probe, answers, *did, *tried, refusable=True)
    return {"ANSWERS_RUN": str(answers)}


def lie_or_mistake(work: Work) -> dict[str, str]:
    """Lie against mistake under pressure, and known against unknown without."""
    asked = work.thin(work.rows(questions.questions, published.questions), 10)
    short = ("--max-tokens", 8, "--samples", 2) if work.small else ()
    run = work.run(HERE / "lie_or_mistake.yaml", asked, "run", *short)
    for name, key in (("right", "answer"), ("suggested", "wrong")):
        rule = ("--rule", "contains", "--answer", key, "--true", "yes", "--false", "no")
        work.capture("label", run, "--name", name, *rule)
    work.label(run, "kind", tables.kinds(Run(run)))
    how = ("--how", "mean,lda", *work.permutations())
    file = ("--out", work.out / "lie.safetensors", "--name", "lie")
    tokens = ("--tokens", "prompt[-1]", "--tokens", "answer")
    controls = work.controls()
    work.probe("train", "lie", run, *LIES, *tokens, *how, *file, *controls, refusable=True)
    known = ("--label", "knowledge", "--positive", "knows", "--negative", "does_not_know")
    neutral = ("--where", "stage=knowledge", "--where", "sample=0", "--tokens", "prompt[-1]")
    work.probe("sweep", "known", run, *known, *neutral, *how, refusable=True)
    return {"LIE_RUN": str(run)}


def causal(work: Work) -> dict[str, str]:
    """Fits the direction on some statements, and adds it to others."""
    rows = work.thin(work.rows(statements.statements, published.statements), 9)
    fitted = [row for row in rows if row["group"] in causal_test.FIT]
    run = work.run(HERE / "truth.yaml", fitted, "statements")
    flags = ("--how", "mean", "--split", "folds", "--permutations", -1, "--quick")
    curve = work.probe("sweep", "layers", run, *TRUTH, *flags)["curve"]
    layer, layers = causal_test.probe_layer(curve), len(curve)
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
