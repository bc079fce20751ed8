"""Tells after the tests how much of the pages was run, and what was not."""

counts = {"run": 0, "postponed": [], "excused": []}


def pytest_terminal_summary(terminalreporter):
    if counts["run"]:
        terminalreporter.write_line(
            f"docs: {counts['run']} blocks run, {len(counts['postponed'])} left to `make docs-test`, {len(counts['excused'])} cannot be run here"
        )
        for line in counts["excused"]:
            terminalreporter.write_line(f"  not run: {line}")
