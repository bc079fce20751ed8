"""Two ways of doing the same work, timed in pairs that alternate.

A machine whose speed drifts still gives right ratios; single rates mean little.
"""

import statistics
import time
from dataclasses import dataclass
from typing import Callable

SETTLE = 0.1  # seconds between two runs: PyTorch's threads spin a few milliseconds before they sleep


@dataclass(frozen=True)
class Side:
    """One way of working: `run` does the work once and gives its rate."""

    name: str
    run: Callable[[], float]


def spread(values):
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def compare(base: Side, other: Side, pairs: int) -> dict:
    """Alternates the two, after one pair that is not counted, and swaps who is first
    from pair to pair. The fields are those of `capture bench --json`."""
    rates = {base: [], other: []}
    idle = []
    for pair in range(pairs + 1):
        for side in (base, other) if pair % 2 == 0 else (other, base):
            time.sleep(SETTLE)
            wall, cpu = time.perf_counter(), time.process_time()
            rate = side.run()
            if pair > 0:
                rates[side].append(rate)
                if side is other:
                    idle.append((time.process_time() - cpu) / (time.perf_counter() - wall))
    return {
        "base": base.name,
        "other": other.name,
        "base_rate": spread(rates[base]),
        "other_rate": spread(rates[other]),
        "ratio": spread([o / b for b, o in zip(rates[base], rates[other])]),
        "pairs": pairs,
        # CPUs that this process kept busy while the other program worked.
        "busy_beside": max(idle),
    }


def fastest(candidates: list[Side], rounds: int = 2) -> tuple[Side, dict]:
    """The candidate with the best rate of some rounds, and the rates of all. The
    candidates alternate, too."""
    rates = {side.name: 0.0 for side in candidates}
    for _ in range(rounds):
        for side in candidates:
            rates[side.name] = max(rates[side.name], side.run())
    return max(candidates, key=lambda side: rates[side.name]), rates
