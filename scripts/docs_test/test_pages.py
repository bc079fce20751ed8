"""Every page does what it says: its commands run as printed, its links lead somewhere.
pages.py says what a block is. `make docs-test` also runs the long ones. How many ran,
and which cannot, is recorded as properties; scripts/count_tests.py prints them."""

import json
import os
import re
import runpy
import subprocess
from pathlib import Path

import pages
import pytest

REPOSITORY = pages.REPOSITORY
BINARY = Path(os.environ.get("CAPTURE_BIN") or REPOSITORY / "bin" / "capture")
MODEL = "smollm2-135m-instruct"
RUN = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
READ = [*sorted((REPOSITORY / "docs" / "decisions").glob("*.md")), *sorted((REPOSITORY / "scripts").glob("*/README.md"))]
PROGRAM = pages.Program(BINARY)

# What the examples in help texts find in the folder: written by the examples before them,
# or here.
GIVEN = {
    "spec.yaml": "prompts: {file: facts.jsonl, prompt: '{ask}'}\nmodel: smollm2-135m-instruct\ngenerate: {max_tokens: 2}\ncapture: {hooks: ['resid_post:-1'], group: 1}\n",
    "facts.jsonl": '{"ask": "What is the capital of France?", "answer": "Paris"}\n{"ask": "What is the capital of Japan?", "answer": "Tokyo"}\n',
    "statements.csv": "statement,answer\nParis is in France.,true\n",
    "corrected.csv": "sample_id,value\n0,correct\n1,incorrect\n",
    "ioi.yaml": """model: smollm2-135m-instruct
chat: none
prompts: {rows: [{pair: "1", prompt: "Mary met John. John gave it to"}, {pair: "1", prompt: "Mary met John. Mary gave it to"}]}
pairs: {differ: [user]}
alternatives: [{name: name, options: [" Mary", " John"]}]
""",
    "messages.json": '[{"role": "user", "content": "Is the earth flat?"}]',
}

# Commands of commands, in an order in which each finds what it needs.
GROUPS = {"intent": ["control", "study", "challenge"], "phantom": ["prompts", "info"], "power": ["families", "trials", "flips", "auroc"], "probe": ["train", "show", "sweep", "transfer", "eval", "erase"], "vector": ["make", "combine", "show", "export", "import"]}



def steered(folder):
    """A run with an intervention, runs/steered, whose numbers are made up: what `capture effect` reads."""
    samples = []
    for q in range(12):
        for arm, d in (("none", -1), ("lie@2", 1)):
            row = {"arm": arm, "question": f"q{q}", "prompt_id": f"q{q}", "split": "test"}
            scores = {"alternatives": ["verdict:TRUE", "verdict:FALSE"], "alternative_logprobs": [-2 + d + q / 20, -2 - d]}
            samples.append(row | scores | {"meta": json.dumps({"truth": "correct" if q % 2 else "incorrect"})})
    lie = {"intervention": "lie", "do": "add", "points": ["blocks.3.hook_resid_post"], "scale": 2, "tokens": "prompt[-1]"}
    arms = [{"name": "none", "kind": "none"}, {"name": "lie@2", "kind": "edit", "edits": [lie]}]
    command = ["go", "run", "./scripts/simulate", str(folder / "runs" / "steered")]
    (folder / "runs").mkdir()
    given = json.dumps({"arms": arms, "samples": samples})
    subprocess.run(command, input=given, cwd=REPOSITORY, check=True, text=True, timeout=pages.TIMEOUT)


def others(folder):
    """Runs that a probe has not seen: pairs of other questions, and truths as a control set."""
    for run, cause, given in (("other", "lie", ["--matched", "--n", "20"]), ("benign", "truth", ["--n", "100"])):
        prompts = folder / f"{run}.jsonl"
        command = [BINARY, "phantom", "prompts", "--cause", cause, "--seed", "11", *given]
        prompts.write_text(subprocess.run(command, check=True, text=True, capture_output=True, timeout=pages.TIMEOUT).stdout, "utf-8")
        command = [BINARY, "run", "--model", "phantom", "--prompts", prompts, "--set", "pairs.differ=user", "--max-tokens", "4", "--hooks", "resid_post"]
        subprocess.run([*command, "--out", folder / "runs" / run], check=True, capture_output=True, timeout=pages.TIMEOUT)


def name(path):
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("path", RUN, ids=name)
def test_page_runs_as_printed(path, tmp_path, request):
    page = pages.read(path)
    assert not page.faults, "\n".join(page.faults)
    runner = pages.Runner(page, tmp_path, BINARY, MODEL, long=bool(os.environ.get("DOCS_LONG")))
    runner.run()
    told = [("docs_run", runner.ran), ("docs_long", len(runner.postponed)), *(("docs_not_run", line) for line in runner.excused)]
    request.node.user_properties.extend(told)  # not record_property, which warns of JUnit's newer schema
    assert not page.faults, "\n".join(page.faults)


@pytest.mark.parametrize("path", RUN + READ, ids=name)
def test_page_names_what_exists(path):
    page = pages.read(path)
    pages.check_links(page)
    if path in RUN:
        pages.check_commands(page, PROGRAM)
        pages.check_names(page)
        faults = page.faults
    else:  # decisions and the notes of scripts tell how things were: links alone must hold
        faults = [fault for fault in page.faults if "link" in fault]
    assert not faults, "\n".join(faults)


def test_the_readme_is_short_and_leads_to_every_page():
    text = (REPOSITORY / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 180
    index = (REPOSITORY / "docs" / "README.md").read_text("utf-8")
    assert "(docs/README.md)" in text
    for path in RUN[1:]:
        if path.name != "README.md":
            assert f"({path.name}" in index, path.name


def test_the_picture_is_what_its_script_draws():
    drawn = runpy.run_path(str(REPOSITORY / "scripts" / "figures" / "rows.py"))["draw"]()
    assert (REPOSITORY / "docs" / "rows.svg").read_text("utf-8") == drawn


def test_examples_of_help_texts_run(tmp_path):
    """In an order in which each finds what it needs."""
    for file, text in GIVEN.items():
        (tmp_path / file).write_text(text, "utf-8")
    steered(tmp_path)
    others(tmp_path)
    page = pages.Page(Path("help"))
    first = ["run", "models", "hooks", "inspect", "verify", "export", "resume", "replay", "label", "agree", "merge", "recover"]
    commands = [(c,) for c in first] + [(c,) for c in sorted(PROGRAM.commands() - {*first, "help", "completion", *GROUPS})]
    groups = [(group, name) for group, names in GROUPS.items() for name in names]
    for command in [*commands, *groups, ("docs",)]:
        examples = re.search(r"Examples:\n((?: .*\n|\n)+?)\n(?=\S)", PROGRAM.help(*command))
        assert examples, f"`capture {' '.join(command)} --help` has no example"
        for line, words in pages.command_lines(examples[1]):
            assert not PROGRAM.fault(words), PROGRAM.fault(words)
        if command in {("worker",), ("bench",), ("intent", "control"), ("intent", "challenge")}:  # the first serves until it is stopped, the others take minutes
            continue
        page.blocks = [pages.Block("sh", 1, examples[1])]
        pages.Runner(page, tmp_path, BINARY, MODEL).run()
        assert not page.faults, f"{command}: {page.faults}"
