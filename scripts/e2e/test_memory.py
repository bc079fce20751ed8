"""The memory of a run does not grow with the number of its samples, and shards keep their keys."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import STREAM, TIMEOUT, Run, open_arrow

FEW, MANY = 200, 2000
GROWTH = 1.3  # measured: 1.03 to 1.07; all that is written held in memory would be about 5

# The peak of a child counts from the memory of its parent at the fork, so the parent
# is a small Python of its own.
MEASURE = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory")
    yield folder
    shutil.rmtree(folder)  # 0.4 GB


@pytest.fixture(scope="session")
def measured(capture, tiny, folder):
    """Runs n samples: the run, and its peak memory."""

    def measure(n):
        prompts = folder / f"{n}.txt"
        prompts.write_text("".join(f"Is statement {i} true?\n" for i in range(n)))
        out = folder / f"run-{n}"
        flags = [*STREAM, "--max-tokens", "64", "--batch", "8", "--prompts", prompts, "--out", out]
        command = [capture.binary, "run", "--model", tiny / "tiny-llama.gguf", *flags, "--json"]
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", MEASURE, *map(str, command)],
            cwd=capture.home, env=capture.environment(), capture_output=True, text=True, timeout=TIMEOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        result, peak = done.stdout.rstrip().rsplit("\n", 1)
        assert json.loads(result)["samples"] == n
        return Run(out), int(peak)

    return {n: measure(n) for n in (FEW, MANY)}


def test_ten_times_the_samples_need_no_more_memory(measured):
    (few, few_peak), (many, many_peak) = measured[FEW], measured[MANY]
    written = {n: sum(f["bytes"] for f in run.manifest["files"]) for n, run in ((FEW, few), (MANY, many))}
    print(f"{few_peak} and {many_peak} units of memory for {written[FEW] >> 20} and {written[MANY] >> 20} MiB")
    assert written[FEW] > 24 << 20  # more than a record batch, so that its buffers are full
    assert written[MANY] > 8 * written[FEW]
    assert many_peak <= GROWTH * few_peak


def test_samples_point_at_their_rows_in_every_shard(measured):
    run, _ = measured[MANY]
    shards = {path.name: open_arrow(path) for path in run.files("activations")}
    assert len(shards) > 1
    end = dict.fromkeys(shards, 0)
    owners = {name: np.full(len(table), -1) for name, table in shards.items()}
    for number, sample in enumerate(run.samples):
        assert (sample["sample_id"], sample["prompt_id"]) == (number, str(number))
        assert sample["first_row"] == end[sample["file"]]
        end[sample["file"]] += sample["rows"]
        owners[sample["file"]][sample["first_row"] : end[sample["file"]]] = number
    for name, table in shards.items():
        assert end[name] == len(table)
        np.testing.assert_array_equal(table["sample_id"].to_numpy(), owners[name])
    assert sum(map(len, shards.values())) == run.manifest["rows"]
