"""The checks of pages.py find each fault that is planted, and none in a good page."""

import os
from pathlib import Path

import pages
import pytest

BINARY = Path(os.environ.get("CAPTURE_BIN") or pages.REPOSITORY / "bin" / "capture")
PROGRAM = pages.Program(BINARY)

GOOD = """# A page

See [below](#what-is-there-1), [there](other.md#a-heading). `capture run --prompt x`, `make test`, `--hooks`.

<!-- file: spec.yaml -->
```yaml
generate: {max_tokens: 0}
```

```yaml
model: phantom
prompts: {text: ["Uma says"]}
```

```sh
capture run spec.yaml --model phantom --prompt "Uma says" --hooks resid_post:0 --out run  # a comment
capture inspect run | head -n 1 >first
```

```console
$ capture verify run
run: good: complete, 1 sample, 99 rows, 3 files, 1.5 KiB
$ capture verify nothing
capture: error: ...
$ echo "one  5" && \\
  true
one 3
```

```python
import json
assert json.load(open("run/manifest.json"))["status"] == "complete"
```

<!-- not run: it serves until it is stopped -->
```sh
capture worker --listen 127.0.0.1:1
```

<!-- long: a minute -->
```sh
false
```

```json
{"a": 1}
```

```text
anything
```

## What is there

## What is there
"""


def examine(folder, text):
    """The faults of a page: those of its form, else of its names, else of its commands."""
    (folder / "other.md").write_text("# A heading\n", "utf-8")
    (folder / "page.md").write_text(text, "utf-8")
    page = pages.read(folder / "page.md")
    if page.faults:
        return page.faults, None
    pages.check_links(page)
    pages.check_commands(page, PROGRAM)
    pages.check_names(page)
    if page.faults:
        return page.faults, None
    work = folder / "work"
    work.mkdir()
    runner = pages.Runner(page, work, BINARY, "phantom")
    runner.run()
    return page.faults, runner


def test_a_good_page_has_no_fault(tmp_path):
    faults, runner = examine(tmp_path, GOOD)
    assert faults == []
    assert runner.ran == 4
    assert len(runner.excused) == len(runner.postponed) == 1


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("(#what-is-there-1)", "(#what-is-there-2)", "no heading #what-is-there-2"),
        ("(other.md#a-heading)", "(other.md#no-heading)", "no heading #no-heading"),
        ("(other.md#a-heading)", "(another.md)", "another.md leads nowhere"),
        ("`capture run --prompt x`", "`capture ran --prompt x`", "no command `capture ran`"),
        ("`capture run --prompt x`", "`capture run --promt x`", "has no flag --promt"),
        ("`capture run --prompt x`", "`capture phantom prompt`", "no command `capture phantom prompt`"),
        ("`--hooks`", "`--hoks`", "no command has the flag --hoks"),
        ("`make test`", "`make tests`", "no `make tests`"),
        ("`make test`", "`capture/no_such_file.go`", "no file capture/no_such_file.go"),
        ("`make test`", "`TestNoSuchThing`", "no test TestNoSuchThing"),
        ("capture worker --listen", "capture worker --lissen", "has no flag --lissen"),
        ("capture inspect run | head", "capture inspct run | head", "no command `capture inspct`"),
        ("head -n 1 >first", "head -n 1 >first && false", "exit code 1"),
        ("capture inspect run |", "capture inspect ran |", "exit code 2"),
        ("run: good: complete", "run: bad: complete", "and the page shows"),
        ("99 rows", "many rows", "and the page shows"),
        ("capture: error: ...", "...", "ended with"),
        ("one 3", "two 3", "and the page shows"),
        ('== "complete"', '== "failed"', "AssertionError"),
        ("prompts: {text:", "promts: {text:", "exit code 2"),
        ('{"a": 1}', '{"a": 1', "not JSON"),
        ("```text", "```", "a block in no language"),
        ("```text", "```ruby", "a block in ruby"),
        ("<!-- long: a", "<!-- later: a", "marker 'later' is not known"),
        ("anything\n```", "anything\n", "the block has no end"),
    ],
)
def test_a_planted_fault_is_found(tmp_path, old, new, fault):
    assert GOOD.count(old) >= 1
    faults, _ = examine(tmp_path, GOOD.replace(old, new, 1))
    assert any(fault in found for found in faults), faults
