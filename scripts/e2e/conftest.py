"""What the end-to-end tests share: running the binary, and reading what it wrote.

The binary, the real model and the folder of tiny models come from CAPTURE_BIN,
CAPTURE_MODEL and CAPTURE_TINY, else from where `make test` puts them. One that is
missing fails the tests that need it; nothing is skipped but the tests in a browser, where
there is none.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of NumPy; for the reason that Capture gives

import numpy as np
import pyarrow as pa
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts" / "reference"))

# The hook points that every architecture has, with one vector of d_model a row.
STREAM = ("--hooks", "embed", "--hooks", "resid_pre", "--hooks", "resid_post", "--hooks", "ln_final")

# SmolLM2's turns without the system message that its own template puts before prompts
# that have none: with it they would begin alike, and be decoded together.
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

# No command of these tests takes longer, on whatever machine; more is a hang.
TIMEOUT = 1800


@dataclass(frozen=True)
class Run:
    """A run directory, mapped into memory and read as its format promises."""

    directory: Path

    @cached_property
    def manifest(self) -> dict:
        return json.loads((self.directory / "manifest.json").read_text())

    @cached_property
    def samples_table(self) -> pa.Table:
        return self._table("samples")

    @cached_property
    def samples(self) -> list[dict]:
        """The samples without the reductions of their activations."""
        table = self.samples_table
        return table.select([f.name for f in table.schema if not isinstance(f.type, pa.FixedShapeTensorType)]).to_pylist()

    @cached_property
    def activations(self) -> pa.Table:
        return self._table("activations")

    @cached_property
    def hooks(self) -> list[str]:
        """The activation columns, in order."""
        schema = self.activations.schema
        return [f.name for f in schema if isinstance(f.type, pa.FixedShapeTensorType)]

    @cached_property
    def tokens(self) -> pa.Table:
        """The activations table without its activations."""
        return self.activations.drop_columns(self.hooks)

    def states(self, hook: str) -> np.ndarray:
        """A hook point at every row of the run, [rows, ...]."""
        return self.activations[hook].combine_chunks().to_numpy_ndarray()

    def flat(self, hook: str) -> np.ndarray:
        """The same with one vector a row."""
        return self.states(hook).reshape(len(self.activations), -1)

    def rows(self, sample_id: int) -> list[dict]:
        """A sample's rows, without activations."""
        return [row for row in self.tokens.to_pylist() if row["sample_id"] == sample_id]

    def span(self, sample_id: int) -> slice:
        """Where a sample's rows lie, in a run of one shard."""
        sample = self.samples[sample_id]
        return slice(sample["first_row"], sample["first_row"] + sample["rows"])

    def files(self, kind: str) -> list[Path]:
        return sorted(self.directory.glob(f"{kind}-*.arrow"))

    def _table(self, kind: str) -> pa.Table:
        return pa.concat_tables(open_arrow(path) for path in self.files(kind))


def open_arrow(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def wait_for(happened: Callable[[], bool], pause: float = 0.02) -> None:
    """Until something has happened; what never does ends the test."""
    end = time.monotonic() + TIMEOUT
    while not happened():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(pause)


@dataclass(frozen=True)
class Capture:
    """The binary, run where no capture.yaml and no CAPTURE_* variable changes what it does.

    One thread: llama.cpp's threads wait for each other in spin loops, and on a machine
    with other work two of them can be a hundred times slower than one.
    """

    binary: Path
    home: Path
    cache: Path | None = None  # for converted weights; None is the user's

    def __call__(self, *arguments: object) -> str:
        """Standard output of a command; the test fails if the command does."""
        command = [str(self.binary), *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.home, env=self.environment(), capture_output=True, text=True, timeout=TIMEOUT
        )
        assert done.returncode == 0, f"{' '.join(command)}\nexit {done.returncode}\n{done.stderr}"
        return done.stdout

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k == "CAPTURE_CACHE" or not k.startswith("CAPTURE_")}
        cache = {} if self.cache is None else {"CAPTURE_CACHE": str(self.cache)}
        return kept | cache | {"XDG_CONFIG_HOME": str(self.home), "CAPTURE_THREADS": "1"}

    def run(self, out: Path, model: Path, *flags: object, prompts: Iterable[str] = ()) -> Run:
        """A run of texts, or of the file that --prompts names."""
        texts = [part for prompt in prompts for part in ("--prompt", prompt)]
        self("run", "--model", model, *texts, *flags, "--out", out)
        return Run(out)

    def experiment(self, folder: Path, model: Path, spec: dict, *flags: object, name: str = "run") -> Run:
        """A run of a spec file, with the lists that flags cannot set."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.yaml"
        path.write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
        self("run", path, "--model", model, *flags, "--out", folder / name)
        return Run(folder / name)

    def stopped(self, out: Path, until: Path, how: signal.Signals, *arguments: object) -> None:
        """A command that writes a run, stopped when a file is there; one that was faster is begun anew."""
        command = [str(self.binary), *map(str, arguments), "--out", str(out)]
        for _ in range(20):
            process = subprocess.Popen(
                command, cwd=self.home, env=self.environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
            wait_for(lambda: process.poll() is not None or until.exists(), 0.002)
            process.send_signal(how)
            if process.wait(TIMEOUT) != 0:
                return
            shutil.rmtree(out)
        raise AssertionError("the run is always faster")

    def plan(self, model: Path, *flags: object) -> list[dict]:
        """What `--dry-run --json` says of each sample."""
        printed = self("run", "--model", model, *flags, "--dry-run", "--json")
        return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture(scope="session")
def capture(tmp_path_factory) -> Capture:
    binary = place("CAPTURE_BIN", REPOSITORY / "bin" / "capture", "make build")
    return Capture(binary, tmp_path_factory.mktemp("home"))


# What this CPU makes of things that no test may hold, told behind the results.
TOLD = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def tell(request, capture):
    """Adds a line to what is told, with the CPU's name in front."""
    (cpu,) = (d["description"] for d in json.loads(capture("doctor", "--json"))["devices"] if d["name"] == "CPU")
    lines = request.config.stash.setdefault(TOLD, [])
    return lambda line: lines.append(f"{cpu}: {line}")


def pytest_configure(config):
    config.addinivalue_line("markers", "torture: one more of what other tests try too; for `make torture`")


def pytest_sessionfinish(session):
    """A process of pytest-xdist sends what it has told to the first one."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["told"] = session.config.stash.get(TOLD, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.stash.setdefault(TOLD, []).extend(getattr(node, "workeroutput", {}).get("told", []))


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(TOLD, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def smollm2() -> Path:
    if os.environ.get("CAPTURE_MODEL"):
        return place("CAPTURE_MODEL", Path(), "")
    script = REPOSITORY / "scripts" / "smollm2.sh"
    found = subprocess.run(["sh", str(script)], capture_output=True, text=True, timeout=TIMEOUT)
    assert found.returncode == 0, found.stderr
    return Path(found.stdout.strip())


@pytest.fixture(scope="session")
def chatml(tmp_path_factory) -> tuple[str, Path]:
    """The flag that gives SmolLM2 the template CHATML."""
    path = tmp_path_factory.mktemp("chatml") / "chatml.jinja"
    path.write_text(CHATML)
    return "--chat", path


@pytest.fixture(scope="session")
def tiny() -> Path:
    """The folder of tiny models."""
    return place("CAPTURE_TINY", REPOSITORY / ".venv" / "tiny", "make tiny")


def place(variable: str, default: Path, remedy: str) -> Path:
    path = Path(os.environ.get(variable) or default).resolve()
    if not path.exists():
        pytest.fail(f"{path} is missing: {remedy or 'correct'} or set {variable}", pytrace=False)
    return path


def write_jsonl(path: Path, rows: Iterable[dict]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def spelled(tokens: Iterable[str]) -> str:
    """The text that token columns spell: <0xE2> stands for a byte that is no text by itself."""
    parts = re.split(r"<0x([0-9A-F]{2})>", "".join(tokens))
    text = b"".join(bytes.fromhex(p) if i % 2 else p.encode() for i, p in enumerate(parts))
    return text.decode(errors="replace")


@dataclass(frozen=True)
class Agreement:
    """How two sets of vectors agree, at the row where they agree least."""

    cosine: float
    error: float  # length of the difference, relative to the second one's vector
    rows: int

    def __str__(self) -> str:
        return f"cosine {self.cosine:.8f}, relative error {self.error:.2e}, {self.rows} rows"


def agreement(got: np.ndarray, expected: np.ndarray) -> Agreement:
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    assert got.shape == expected.shape and len(got) > 0
    sizes = np.linalg.norm(got, axis=1), np.linalg.norm(expected, axis=1)
    cosine = np.einsum("td,td->t", got, expected) / (sizes[0] * sizes[1])
    error = np.linalg.norm(got - expected, axis=1) / sizes[1]
    return Agreement(float(cosine.min()), float(error.max()), len(got))


def common_rows(one: Run, other: Run, pairs: Iterable[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of both runs whose tokens and all tokens before them are the same, for samples in pairs.

    A state depends on its token and those before it, so these rows must agree.
    """
    found = [], []
    for a, b in pairs:
        at = one.span(a), other.span(b)
        tokens = one.tokens["token_id"].to_numpy()[at[0]], other.tokens["token_id"].to_numpy()[at[1]]
        n = min(map(len, tokens))
        differ = np.flatnonzero(tokens[0][:n] != tokens[1][:n])
        n = int(differ[0]) if len(differ) else n
        for rows, span in zip(found, at, strict=True):
            rows.append(np.arange(span.start, span.start + n))
    return np.concatenate(found[0]), np.concatenate(found[1])


@pytest.fixture(scope="session")
def datasets(tmp_path_factory):
    """Hugging Face's library, offline, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:  # it reads them when it is imported
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("huggingface")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        module = importlib.import_module("datasets")
    module.disable_progress_bars()
    return module


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Runs a browser without a window on an address; gives what it printed and what it complained about."""
    script = REPOSITORY / "scripts" / "browser.sh"
    found = subprocess.run(["sh", script, "find"], capture_output=True, text=True, check=True).stdout.strip()
    if not found and (named := os.environ.get("CAPTURE_BROWSER")):
        pytest.fail(f"CAPTURE_BROWSER={named} is no program", pytrace=False)
    if not found:
        pytest.skip("no browser: run `make browser`, or name one with CAPTURE_BROWSER")

    def run(address: str, *flags: str) -> tuple[str, str]:
        # --no-sandbox: as root it does not start with it. The page is our own.
        home = tmp_path_factory.mktemp("profile")
        command = [
            found,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ]
        command += [
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--enable-logging=stderr",
        ]
        done = subprocess.run(
            [*command, f"--user-data-dir={home}", *flags, address], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)

    return run
