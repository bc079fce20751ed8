"""Tells after the tests how much of the pages was run, and what was not. Tests record it
as properties, which also come from the workers of pytest-xdist."""


def pytest_terminal_summary(terminalreporter):
    told = [p for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, []) for p in report.user_properties]
    ran = sum(value for name, value in told if name == "docs_run")
    postponed = sum(value for name, value in told if name == "docs_long")
    excused = [value for name, value in told if name == "docs_not_run"]
    if ran:
        terminalreporter.write_line(f"docs: {ran} blocks run, {postponed} left to `make docs-test`, {len(excused)} cannot be run here")
        for line in excused:
            terminalreporter.write_line(f"  not run: {line}")
