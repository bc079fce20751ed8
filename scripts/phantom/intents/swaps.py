"""What rung 7 sees: swaps of one variable at the summary word, by what they must do."""

from __future__ import annotations

import numpy as np

from reading import Reader
from scenes import Scene


def interchange(
    reader: Reader, rows: np.ndarray, layer: int, variant: str, outcome: str, n: int, rng: np.random.Generator,
    held_out: str | None,
) -> dict:  # fmt: skip
    """Swaps of one subspace at the summary word between goal prompts, by what they must do:
    `moved` are those whose predicted answer is not what the base says unswapped.

    With `held_out` every base is of that kind, which decisions were never trained on.
    """
    world, counts = reader.world, {"moved": [0, 0], "kept": [0, 0], "question": [0, 0]}
    misses = 0
    kinds = [(kind, useless) for kind, declared in world.kinds.items() for useless in (False, True)
             if declared["test"] != "question" and (not useless or "useless" in declared)]  # fmt: skip

    def scene(fixed: str | None) -> Scene:
        kind, useless = kinds[rng.integers(len(kinds))]
        if fixed:
            kind, useless = fixed, bool(rng.integers(2))
        return world.sample(rng, "goal", kind, useless)

    while min(counts["moved"][1], counts["kept"][1]) < n:
        base, source = scene(held_out), scene(None)
        bits = {name: world.bits(base, name) for name in ("foresight", "bell")}
        bits[outcome] = world.bits(source, outcome)
        after = world.decision(variant, base, **bits)
        verb, options = world.kinds[base.kind]["verbs"][0], (base.told, base.world)
        before = options[int(np.argmax(reader.chances(base, verb, options)))]
        which = "moved" if after != before else "kept"
        if counts[which][1] >= n:
            misses += 1
            if misses > 20 * n:
                break
            continue
        given = reader.model.stream(reader.prompt(source, "says"), layer)[reader.summary(source)]
        edit = (layer, reader.summary(base), lambda at, given=given: at + (given - at) @ rows.T @ rows)
        said = options[int(np.argmax(reader.chances(base, verb, options, edit=edit)))]
        counts[which][0] += said == after
        counts[which][1] += 1
        yes, no = reader.chances(base, outcome, ("yes", "no"), base.told, edit=edit)
        counts["question"][0] += int(yes > no) == bits[outcome][0]
        counts["question"][1] += 1
    return {key: {"right": right, "n": total} for key, (right, total) in counts.items()}
