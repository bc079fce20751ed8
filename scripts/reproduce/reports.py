"""What `capture probe` says, for the notebooks: its JSON read, printed and drawn."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd


def read(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


def interval(found: dict | None, as_share: bool = False) -> str:
    """A figure with its interval and what it stands on."""
    if not found or found.get("value") is None:
        return "none"
    factor, unit = (100, " %") if as_share else (1, "")
    digits = 1 if as_share else 3
    value, low, high = (f"{found[k] * factor:.{digits}f}" for k in ("value", "low", "high"))
    limits = "" if found["method"].startswith("none") else f" [{low}, {high}]"
    return f"{value}{unit}{limits} (n = {found['n']}, {found['groups']} groups)"


def say(report: dict, name: str) -> None:
    """The verdict, and the figures that led there; or why there are none."""
    if "refused" in report:
        return refusal(report, name)
    verdict, task = report["verdict"], report["task"]
    print(f"{name}: {verdict['word']}\n{verdict['text']}")
    for reason in verdict["because"]:
        print(f"  {reason}")
    for change in verdict["change"]:
        print(f"  would change it: {change}")
    for warning in report.get("warnings") or []:
        print(f"  warning: {warning}")
    print(f"  split: {task['split']}")


def refusal(report: dict, name: str) -> None:
    """Why `capture probe` says nothing at all."""
    print(f"{name}: nothing can be said\n{report['refused'].strip()}")


def baselines(report: dict) -> pd.DataFrame:
    """What is told without the states, and how much more the probe tells."""
    rows = [("probe", "", interval(report["auroc"]), "")]
    for b in report["baselines"]:
        rows.append((b["name"], b["kind"], interval(b["auroc"]), interval(b["difference"])))
    return pd.DataFrame(rows, columns=["", "kind", "AUROC", "probe less this"]).set_index("")


def lines(report: dict, tokens: str | None = None) -> dict[str, list[dict]]:
    """The curves of a sweep: the points of each method, in order of layers."""
    made: dict[str, list[dict]] = {}
    for point in report["curve"]:
        if point["layer"] >= 0 and tokens in (None, point["tokens"]):
            made.setdefault(point["how"], []).append(point)
    return made


def best_baselines(report: dict, most: int = 3) -> list[dict]:
    """Those that tell most."""
    there = [b for b in report["baselines"] if (b["auroc"]["value"] or 0.5) > 0.5]
    return sorted(there, key=lambda b: -b["auroc"]["value"])[:most]


def draw_curve(axis, report: dict, tokens: str | None = None) -> None:
    """AUROC by layer with its intervals, and the baselines that tell most."""
    for how, points in lines(report, tokens).items():
        layers = [p["layer"] for p in points]
        value, low, high = (
            [p["auroc"][key] if p["auroc"]["value"] is not None else math.nan for p in points]
            for key in ("value", "low", "high")
        )
        (line,) = axis.plot(layers, value, "o-", ms=3, label=how)
        axis.fill_between(layers, low, high, color=line.get_color(), alpha=0.15, lw=0)
    for b, style in zip(best_baselines(report), ("--", "-.", ":"), strict=False):
        axis.axhline(b["auroc"]["value"], color="tab:red", ls=style, lw=1, label=b["name"])
    axis.axhline(0.5, color="black", lw=0.6)
    axis.set(xlabel="layer", ylabel="AUROC, held out", ylim=(0, 1.02))


def draw_matrix(axis, report: dict) -> None:
    """A transfer: fitted on rows, tried on columns."""
    m = report["matrix"]
    values = np.array([[np.nan if c["value"] is None else c["value"] for c in r] for r in m["auroc"]])
    axis.imshow(values, vmin=0, vmax=1, cmap="RdBu")
    for (i, j), value in np.ndenumerate(values):
        axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8)
    axis.set_xticks(range(len(m["test"])), m["test"], rotation=60, ha="right")
    axis.set_yticks(range(len(m["train"])), m["train"])
    axis.set(xlabel="tried on", ylabel="fitted on")


def controls(report: dict) -> pd.DataFrame:
    """False positives on the control sets, at the threshold that the first sets."""
    rows = [
        (c["name"], interval(c["false_positives"], True), interval(c["recall"]["rate"], True), c.get("note", ""))
        for c in report.get("controls") or []
    ]
    return pd.DataFrame(rows, columns=["", "false positives", "recall at 1 % of this set", "note"]).set_index("")


def draw_controls(axis, report: dict) -> None:
    """How often the probe fires where nothing is of the positive class."""
    found = {c["name"]: c["false_positives"] for c in report["controls"]}
    value, low, high = (np.array([f[key] for f in found.values()], float) for key in ("value", "low", "high"))
    error = np.clip([value - low, high - value], 0, None)
    axis.barh(list(found), value, xerr=error, color="tab:orange", ecolor="black", capsize=3)
    axis.axvline(0.01, color="black", ls=":", lw=1)
    axis.invert_yaxis()
    axis.set(xlim=(0, 1), xlabel="share above the threshold of 1 % on benign chat")


def short(report: dict) -> dict:
    """What a page or a table says of it."""
    if "refused" in report:
        return report
    verdict = report["verdict"]
    return {
        "verdict": verdict["word"],
        "auroc": report["auroc"],
        "p": (report.get("permutation") or {}).get("p"),
        "baselines": {b["name"]: b["auroc"] for b in report["baselines"]},
        "false_positives": {c["name"]: c["false_positives"] for c in report.get("controls") or []},
        "point": report["probe"]["point"],
        "layers": sorted({p["layer"] for p in report.get("curve") or []}),
    }
