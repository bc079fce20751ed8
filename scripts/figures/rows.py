"""Draws docs/rows.svg: what a row of a run is. `python3 scripts/figures/rows.py` writes it
again; scripts/docs_test checks that the committed picture is the one drawn here."""

from html import escape
from pathlib import Path

TOKENS = [
    ("Is", "prompt"),
    (" the", "prompt"),
    (" earth", "prompt"),
    (" flat", "prompt"),
    ("?", "prompt"),
    ("No", "response"),
    (",", "response"),
    (" it", "response"),
]
LAYERS = ["blocks.0", "blocks.1", "...", "blocks.29"]
ROW = 5  # the token whose row is shown
CELL, LEFT, TOP = 62, 190, 48
INK, FAINT, PROMPT, RESPONSE, CHOSEN = "#24292f", "#8b949e", "#ddf4ff", "#dafbe1", "#fff8c5"
OUT = Path(__file__).resolve().parents[2] / "docs" / "rows.svg"


def text(x, y, words, size=13, anchor="middle", colour=INK, weight="normal", mono=False):
    family = "ui-monospace, monospace" if mono else "sans-serif"
    return (
        f'<text x="{x}" y="{y}" font-family="{family}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{colour}" font-weight="{weight}" xml:space="preserve">{escape(words)}</text>'
    )


def box(x, y, width, height, fill, stroke=FAINT, line=1.0):
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" fill="{fill}" stroke="{stroke}" stroke-width="{line}"/>'


def vector(x, y):
    """A small vector: the state of one token after one block."""
    return "".join(f'<rect x="{x + 7 * i}" y="{y}" width="5" height="14" fill="{FAINT}" opacity="{o}"/>' for i, o in enumerate((0.9, 0.35, 0.7, 0.2, 0.55)))


def draw():
    grid = TOP + len(LAYERS) * 36
    width, height = LEFT + len(TOKENS) * CELL + 24, grid + 190
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">',
        "<title>Tokens run from left to right, blocks from bottom to top. All vectors of one token are one row of the file.</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(LEFT, 22, "residual stream: one vector for each token, after each block", anchor="start", weight="bold"),
    ]
    for i, layer in enumerate(reversed(LAYERS)):
        name = layer + ".hook_resid_post" if layer != "..." else "..."
        out.append(text(LEFT - 10, TOP + 36 * i + 22, name, 10, "end", mono=True))
    for i, (token, phase) in enumerate(TOKENS):
        x = LEFT + i * CELL
        if i == ROW:
            out.append(box(x, TOP - 8, CELL - 4, grid - TOP + 46, CHOSEN, "#bf8700", 2))
        for j, layer in enumerate(reversed(LAYERS)):
            y = TOP + 36 * j
            out.append(text(x + CELL / 2 - 2, y + 22, "...", colour=FAINT) if layer == "..." else vector(x + 12, y + 10))
        out.append(box(x + 4, grid + 4, CELL - 12, 26, PROMPT if phase == "prompt" else RESPONSE))
        out.append(text(x + CELL / 2 - 2, grid + 21, token.replace(" ", "␣"), 12, mono=True))
    prompt = sum(phase == "prompt" for _, phase in TOKENS)
    out.append(text(LEFT + prompt * CELL / 2, grid + 50, "prompt", 12, colour=FAINT))
    out.append(text(LEFT + (prompt + len(TOKENS)) * CELL / 2, grid + 50, "response", 12, colour=FAINT))

    y = grid + 84
    out.append(text(24, y, "activations-00000.arrow: the marked column is one row", anchor="start", weight="bold"))
    columns = [
        ("sample_id", "0", 76),
        ("position", str(ROW), 70),
        ("token", TOKENS[ROW][0], 60),
        ("phase", TOKENS[ROW][1], 80),
        ("logprob", "-0.41", 70),
        ("blocks.0.hook_resid_post", "[0.9, 0.3, ...]", 176),
        ("...", "", 34),
    ]
    x = 24
    for name, value, wide in columns:
        out += [box(x, y + 14, wide, 24, "#f6f8fa"), text(x + wide / 2, y + 30, name, 10, mono=True)]
        out += [box(x, y + 38, wide, 26, CHOSEN, "#bf8700"), text(x + wide / 2, y + 55, value, 10, mono=True)]
        x += wide
    out.append(text(24, y + 88, "A row holds the state after its token was read: the state that predicts the next token.", 12, "start", FAINT))
    return "\n".join([*out, "</svg>", ""])


if __name__ == "__main__":
    OUT.write_text(draw(), "utf-8")
