"""Reads the project's pages: their fenced blocks, links and commands, and what is wrong
with them. test_pages.py runs this on README.md and docs, test_checks.py on planted faults.

A fenced block has a language, and is run as a reader would run it, in the order of its
page, in one folder for each page:

    sh        in bash; it ends at the first command that fails
    console   the lines that begin with "$ " are run, and what follows each must be what
              is printed: numbers may differ, "..." stands for anything
    python    by the Python of the tests, each block by itself
    yaml      as a spec, by `capture run --dry-run`; a prompt is added where there is none
    json      is read
    text      is not looked at

What is different is said in an HTML comment on the line above the block:

    <!-- file: NAME -->       the reader saves the block under this name; it is not run
    <!-- not run: REASON -->  cannot be run here; its commands are checked all the same
    <!-- long: REASON -->     is run by `make docs-test` and not by `make test`
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LANGUAGES = {"sh", "console", "python", "yaml", "json", "jsonl", "text"}
MARKERS = {"file", "not run", "long"}
TIMEOUT = 900  # seconds for one block; what takes longer hangs


@dataclass
class Block:
    """A fenced block: its language, the line on which its text begins, its marker."""

    language: str
    line: int
    text: str
    marker: str = ""
    value: str = ""


@dataclass
class Page:
    """A page: its blocks, and its text without them, line by line."""

    path: Path
    blocks: list[Block] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fault(self, line: int, what: str) -> None:
        self.faults.append(f"{self.path.name}:{line}: {what}")


def read(path: Path) -> Page:
    """Reads a page. Faults of its form are in its `faults`."""
    page = Page(path)
    lines = path.read_text("utf-8").splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        if fence := re.match(r"( *)(`{3,}|~{3,})\s*(\S*)", line):
            start, number = number, number + 1
            while number < len(lines) and lines[number].strip() != fence[2]:
                number += 1
            if number == len(lines):
                page.fault(start + 1, "the block has no end")
            indent = len(fence[1])
            block = Block(fence[3], start + 2, "\n".join(text[indent:] for text in lines[start + 1 : number]) + "\n")
            if marker := re.fullmatch(r"\s*<!-- ([a-z ]+): (.+) -->\s*", lines[start - 1]) if start else None:
                block.marker, block.value = marker[1], marker[2]
            if block.language not in LANGUAGES:
                page.fault(start + 1, f"a block in {block.language or 'no language'}; known are {', '.join(sorted(LANGUAGES))}")
            if block.marker and block.marker not in MARKERS:
                page.fault(start, f"marker {block.marker!r} is not known")
            page.blocks.append(block)
        else:
            page.prose.append((number + 1, line))
        number += 1
    return page


# --- links -----------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    found: set[str] = set()
    for _, line in read(path).prose:
        if heading := re.match(r"#+ +(.*?)\s*#*$", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "")
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            number, name = 0, slug
            while name in found:
                number += 1
                name = f"{slug}-{number}"
            found.add(name)
    return found


def check_links(page: Page) -> None:
    """Every relative link names a file that is there, and a heading in it."""
    for line, text in page.prose:
        text = re.sub(r"`[^`]*`", "", text)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = page.path.parent / name if name else page.path
            if not file.exists():
                page.fault(line, f"the link {target} leads nowhere")
            elif anchor and (file.suffix != ".md" or anchor not in anchors(file)):
                page.fault(line, f"the link {target}: there is no heading #{anchor}")


# --- commands --------------------------------------------------------------------


class Program:
    """What `capture --help` says of its commands and their flags."""

    def __init__(self, binary: Path):
        self.binary = binary
        self._help: dict[tuple[str, ...], str] = {}

    def help(self, *command: str) -> str:
        if command not in self._help:
            self._help[command] = subprocess.run(
                [self.binary, *command, "--help"], capture_output=True, text=True, timeout=TIMEOUT, env=environment(self.binary), check=True
            ).stdout
        return self._help[command]

    def commands(self, *parent: str) -> set[str]:
        text = self.help(*parent)
        listed = re.search(r"Available Commands:\n((?: .*\n)+)", text)
        return {line.split()[0] for line in listed[1].splitlines()} if listed else set()

    def flags(self, *command: str) -> set[str]:
        return set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)", self.help(*command), re.M))

    def every_flag(self) -> set[str]:
        names = [(name,) for name in self.commands()]
        names += [(name, below) for (name,) in names for below in self.commands(name)]
        return self.flags().union(*(self.flags(*name) for name in names))

    def fault(self, words: list[str]) -> str:
        """What is wrong with a command line, given without the program's name."""
        command: list[str] = []
        for word in words:
            if not self.commands(*command) or not re.fullmatch(r"[\w-]+", word) or word.startswith("-"):
                break
            # docs writes man pages; trial-load is a child process. Both are hidden.
            if word not in self.commands(*command) | (set() if command else {"docs", "help"}):
                return f"there is no command `capture {' '.join([*command, word])}`"
            command.append(word)
        if command[:1] == ["help"]:
            return ""
        for word in words:
            flag = word.split("=")[0]
            if re.fullmatch(r"--[\w-]+", flag) and flag not in self.flags(*command):
                return f"`capture {' '.join(command)}` has no flag {flag}"
        return ""


def command_lines(text: str) -> list[tuple[int, list[str]]]:
    """The calls of capture in shell text, each with its line, without the name."""
    calls = []
    number = 0
    lines = text.splitlines()
    while number < len(lines):
        start, line = number, lines[number]
        while line.endswith("\\") and number + 1 < len(lines):
            number += 1
            line = line[:-1] + lines[number].lstrip("> ")
        number += 1
        line = re.sub(r"^\S*\$ +", "", line)  # a console's prompt
        words: list[str] | None = None
        for word in split(line):
            if word in ("|", "&", "&&", "||", ";", ">", ">>", "<", "<(", ")"):
                words = None
            elif words is not None:
                words.append(word)
            elif word == "capture" or word.endswith("bin/capture"):
                words = []
                calls.append((start, words))
    return [(line, words) for line, words in calls if words]


def split(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:  # a quote that goes on in the next line
        return line.split("#")[0].split()


def check_commands(page: Page, program: Program) -> None:
    """Every call of capture names a command and flags that exist, and every `make`
    a target, in blocks and in the text, whether it is run or not."""
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.M))
    every_flag = program.every_flag()

    def check(line: int, text: str) -> None:
        for offset, words in command_lines(text):
            if fault := program.fault(words):
                page.fault(line + offset, fault)
        for target in re.findall(r"(?<!capture vector )\bmake ((?:[a-z]+-)*[a-z]+)(?![\w=-])", text):
            if target not in targets:
                page.fault(line, f"there is no `make {target}`")

    for block in page.blocks:
        if block.language in ("sh", "console"):
            check(block.line, block.text)
    for line, text in page.prose:
        for code in re.findall(r"`([^`]+)`", text):
            if re.match(r"(bin/)?capture +[a-z-]", code):
                check(line, code)
            elif code.startswith("make "):
                check(line, code)
            elif (flag := re.match(r"--[a-z][\w-]+", code)) and flag[0] not in every_flag:
                page.fault(line, f"no command has the flag {flag[0]}")


def check_names(page: Page) -> None:
    """Files and tests that the text names exist."""
    tests = None
    for line, text in page.prose:
        for code in re.findall(r"`([^`\s]+)`", text):
            if re.fullmatch(r"(?:[\w.-]+/)+[\w.-]+\.(?:go|py|sh|md|c|h|gguf|jsonl|json|yaml)", code) and not re.match(r"(runs|\.venv)/", code):
                if not any((base / code).exists() for base in (REPOSITORY, page.path.parent)):
                    page.fault(line, f"there is no file {code}")
            elif re.fullmatch(r"(?:Test|Fuzz)[A-Z]\w+", code):
                if tests is None:
                    tests = {name for file in REPOSITORY.rglob("*_test.go") for name in re.findall(r"^func (\w+)\(", file.read_text("utf-8"), re.M)}
                if code not in tests:
                    page.fault(line, f"there is no test {code}")


# --- running ---------------------------------------------------------------------


def environment(binary: Path) -> dict[str, str]:
    """What a reader has: the program as `capture`, Python, one thread (llama.cpp's
    threads spin on a busy machine), no settings of the tests, and nothing that would go
    to the network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAPTURE_") or name == "CAPTURE_CACHE"}
    path = os.pathsep.join([str(Path(binary).parent), str(Path(sys.executable).parent), kept.get("PATH", "")])
    threads = {"CAPTURE_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **threads, "PATH": path, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


class Runner:
    """Runs the blocks of one page in one folder."""

    def __init__(self, page: Page, folder: Path, binary: Path, model: str, long: bool = False):
        self.page, self.folder, self.binary, self.model, self.long = page, folder, binary, model, long
        self.ran = 0
        self.excused: list[str] = []
        self.postponed: list[str] = []

    def run(self) -> None:
        for block in self.page.blocks:
            where = f"{self.page.path.name}:{block.line}"
            if block.marker == "file":
                target = self.folder / block.value
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, "utf-8")
            if block.language in ("json", "jsonl"):
                self.read_json(block)
            elif block.marker == "not run":
                self.excused.append(f"{where}: {block.value}")
            elif block.marker == "long" and not self.long:
                self.postponed.append(f"{where}: {block.value}")
            elif block.marker != "file" and block.language != "text":
                before = len(self.page.faults)
                {"sh": self.shell, "console": self.console, "python": self.python, "yaml": self.spec}[block.language](block)
                if len(self.page.faults) > before:
                    return  # what follows relies on it
                self.ran += 1

    def call(self, *command: str, stdin: str | None = None) -> tuple[int, str]:
        """Runs a command; whatever it leaves running in the background is ended."""
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment(self.binary), text=True, start_new_session=True,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            out, _ = process.communicate(stdin, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return 124, f"not done after {TIMEOUT} s"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return process.returncode, out

    def require(self, block: Block, code: int, out: str) -> None:
        if code != 0:
            self.page.fault(block.line, f"exit code {code}: {out.strip()[-2000:]}")

    def shell(self, block: Block) -> None:
        self.require(block, *self.call("bash", "-euo", "pipefail", "-c", block.text))

    def python(self, block: Block) -> None:
        self.require(block, *self.call(sys.executable, "-c", block.text))

    def spec(self, block: Block) -> None:
        name = f"block-{block.line}.yaml"
        (self.folder / name).write_text(block.text, "utf-8")
        command = ["capture", "run", name, "--dry-run", "--json"]
        if not re.search(r"^model:", block.text, re.M):
            command += ["--model", self.model]
        if not re.search(r"^prompts:", block.text, re.M):
            command += ["--prompt", "Is the earth flat?"]
        self.require(block, *self.call(*command))

    def read_json(self, block: Block) -> None:
        try:
            for text in block.text.splitlines() if block.language == "jsonl" else [block.text]:
                json.loads(text)
        except ValueError as err:
            self.page.fault(block.line, f"not JSON: {err}")

    def console(self, block: Block) -> None:
        """Runs the commands in one shell, and compares what each prints with the page. A
        command may fail only where the page shows its error."""
        commands: list[tuple[str, list[str]]] = []
        for line in block.text.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif commands and commands[-1][0].endswith("\\") and not commands[-1][1]:
                commands[-1] = (commands[-1][0] + "\n" + line, [])
            elif commands:
                commands[-1][1].append(line)
        mark = "@@capture-docs@@"
        code, out = self.call("bash", stdin="".join(f"{command}\ncode=$?; echo; echo {mark} $code\n" for command, _ in commands))
        printed = re.split(rf"\n?{mark} (\d+)\n", out)
        if code != 0 or len(printed) != 2 * len(commands) + 1:
            self.page.fault(block.line, f"the shell ended with {code}: {out[-2000:]}")
            return
        for number, (command, shown) in enumerate(commands):
            out, code = printed[2 * number], int(printed[2 * number + 1])
            if code != 0 and not any("error:" in line for line in shown):
                self.page.fault(block.line, f"`{command}` ended with {code}: {out[-2000:]}")
            pattern = "".join(map(printed_as, re.split(r"(\.\.\.|\d[\d.,]*| +)", "\n".join(shown).strip())))
            if shown and not re.fullmatch(pattern, out.strip(), re.S):
                self.page.fault(block.line, f"`{command}` printed\n{out.strip()[-2000:]}\nand the page shows\n" + "\n".join(shown))


def printed_as(part: str) -> str:
    """The expression for a part of the output that a page shows."""
    if part == "...":
        return ".*"
    if part[:1].isdigit():
        return r"[\d.,]+"
    return " +" if part and not part.strip(" ") else re.escape(part)
