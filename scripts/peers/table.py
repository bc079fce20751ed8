"""The comparisons as a Markdown table."""

BUSY = 0.1  # of a CPU, above which this process may have slowed the other program


def cell(values: dict, digits: int) -> str:
    return "{median:.{d}f} [{low:.{d}f}, {high:.{d}f}]".format(**values, d=digits)


def markdown(comparisons: list[dict]) -> str:
    lines = ["| what | the peer | its rate | ours | our rate | ours / the peer's | to hold |", "|---|---|---|---|---|---|---|"]
    for c in comparisons:
        held = "yes" if c["ratio"]["median"] >= c["target"] else "**no**"
        lines.append(
            f"| {c['name']} | {c['base']} | {cell(c['base_rate'], 0)} {c['unit']} | {c['other']} | {cell(c['other_rate'], 0)} "
            f"| {cell(c['ratio'], 2)} | {c['target']:.2f}: {held} |"
        )
    return "\n".join(lines)


def warnings(comparisons: list[dict]) -> list[str]:
    return [
        f"{c['name']}: {c['busy_beside']:.2f} CPUs were busy in this process while {c['other']} worked"
        for c in comparisons
        if c["busy_beside"] > BUSY
    ]
