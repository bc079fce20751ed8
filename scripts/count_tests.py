"""Reads the results of `go test -json` and of pytest's JUnit files.

    count_tests.py show FILE.json      one line a package, whole output of what failed
    count_tests.py total FILE...       the closing line: N passed, N failed, N skipped
"""

import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter


def events(path):
    """Yields the events of `go test -json`; lines that are no JSON are build output."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                yield {"Action": "build-output", "Output": line}


def show(path):
    """Prints a line a package, and everything a failed package or build printed."""
    printed = {}
    for event in events(path):
        package = event.get("Package", "")
        output = event.get("Output", "")
        if event["Action"] in ("output", "build-output"):
            printed.setdefault(package, []).append(output)
        if "Test" not in event and event["Action"] in ("pass", "fail", "skip"):
            if event["Action"] == "fail":
                print("".join(printed.get("", []) + printed.get(package, [])))
            print(f"{event['Action']:5} {package} {event.get('Elapsed', 0):.1f} s")


def count(path):
    """Counts the tests, sub-tests included, of one result file."""
    if path.endswith(".xml"):
        totals = Counter()
        for case in ET.parse(path).getroot().iter("testcase"):
            kinds = {child.tag for child in case}
            totals["fail" if kinds & {"failure", "error"} else "skip" if "skipped" in kinds else "pass"] += 1
        return totals
    totals = Counter()
    for event in events(path):
        if event["Action"] in ("pass", "fail", "skip"):
            if "Test" in event:
                totals[event["Action"]] += 1
            elif event["Action"] == "fail" and not event.get("Test"):
                totals["broken"] += 1
    if totals["broken"] and not totals["fail"]:
        totals["fail"] = totals["broken"]  # a package that did not build has no tests to count
    return totals


def pages(paths):
    """What the tests of README and docs recorded: blocks that were run and that were not."""
    found = [p for path in paths if path.endswith(".xml") for p in ET.parse(path).getroot().iter("property")]
    ran, postponed = (sum(int(p.get("value")) for p in found if p.get("name") == name) for name in ("docs_run", "docs_long"))
    excused = [p.get("value") for p in found if p.get("name") == "docs_not_run"]
    if ran:
        print(f"docs: {ran} blocks run, {postponed} left to `make docs-test`, {len(excused)} cannot be run by tests:")
        print("".join(f"  {line}\n" for line in sorted(excused)), end="")


def main():
    mode, *paths = sys.argv[1:]
    if mode == "show":
        show(paths[0])
        return 0
    pages(paths)
    totals = sum((count(path) for path in paths), Counter())
    print(f"{totals['pass']} passed, {totals['fail']} failed, {totals['skip']} skipped")
    return 1 if totals["fail"] or not totals["pass"] else 0


if __name__ == "__main__":
    sys.exit(main())
