"""`capture intent` through its command and the files of its runs: shares, bounds, claims and verdict
computed here with NumPy and SciPy from what the runs recorded.
"""

import hashlib
import json
import shutil
import subprocess

import numpy as np
import pytest
from conftest import REPOSITORY, Run, open_arrow, write_jsonl
from scipy import stats

PHANTOMS = sorted(path.stem for path in (REPOSITORY / "models" / "phantom" / "intents").glob("*.gguf"))
SMALL = ("--families", 20, "--held-out", 6, "--wordings", 2, "--swaps", 60, "--threads", 1)


@pytest.fixture(scope="module")
def climbed(capture, tmp_path_factory):
    """The folder of a small ladder of the intender, and its report."""
    out = tmp_path_factory.mktemp("intent") / "intender"
    return out, json.loads(capture("intent", "--model", "phantom:intender", "--out", out, *SMALL, "--json"))


def shares(out):
    """By arm, ask, form, split and family: q and mass of each wording."""
    found = {}
    for sample in Run(out / "runs" / "behaviour").samples:
        first, second = sample["alternative_logprobs"]
        row = json.loads(sample["meta"])
        key = (row["intent_arm"], row["ask"], row["form"], sample["split"])
        q, mass = 1 / (1 + np.exp(second - first)), np.exp(first) + np.exp(second)
        found.setdefault(key, {}).setdefault(sample["question"], []).append((q, mass))
    return {key: {family: np.mean(of, axis=0) for family, of in families.items()} for key, families in found.items()}


def lower(x, least, level):
    """Student's bound with half a family at the worst end, and where families agree an exact one."""
    n, unseen = len(x), 0.5
    agree = (1 - level) ** (1 / n)
    exact = agree * x.min() + (1 - agree) * least
    if n == 1:
        return exact
    mean = (x.sum() + unseen * least) / (n + unseen)
    variance = (((x - mean) ** 2).sum() + unseen * (least - mean) ** 2) / (n + unseen - 1)
    bound = max(least, mean - stats.t.ppf(level, n + unseen - 1) * np.sqrt(variance / (n + unseen)))
    return min(bound, exact) if np.ptp(x) <= 0.05 else bound


def claims(report, rung):
    return {claim["name"]: claim for claim in report["rungs"][rung]["claims"]}


def test_claims_are_those_of_the_samples(climbed):
    out, report = climbed
    of = shares(out)

    def q(arm, split="main", ask="decision", form="", column=0):
        families = of[arm, ask, form, split]
        return np.array([families[f][column] for f in sorted(families)])

    def check(claim, x, least):
        assert claim["value"] == pytest.approx(x.mean(), abs=1e-9)
        assert claim["lower"] == pytest.approx(lower(x, least, 0.99), abs=1e-9)
        assert claim["upper"] == pytest.approx(-lower(-x, -1, 0.975), abs=1e-9)
        assert claim["n"] == len(x)

    check(claims(report, 1)["q(none) - q(neutral)"], q("none") - q("neutral"), -1)
    check(claims(report, 1)["mass(gone)"], q("gone", column=1), 0)
    check(claims(report, 2)["belief: in truth"], q("none", ask="belief", form="in truth"), 0)
    right = (q("none", ask="after_a") + 1 - q("none", ask="after_other")) / 2
    check(claims(report, 3)["foresight(none)"], right, 0)
    for arm in ("sure", "book", "deaf", "gone", "mixes", "reverse"):
        x = q(f"placebo.{arm}") - q(arm)
        check(claims(report, 4)[f"q(placebo.{arm}) - q({arm})"], x, -1)
        check(claims(report, 8)[f"q(placebo.{arm}) - q({arm})"], q(f"placebo.{arm}", "held_out") - q(arm, "held_out"), -1)
    x = q("none") - q("anyway")
    equal = claims(report, 4)["q(none) - q(anyway)"]
    assert equal["lower"] == pytest.approx(lower(x, -1, 0.95), abs=1e-9)
    assert equal["upper"] == pytest.approx(-lower(-x, -1, 0.95), abs=1e-9)
    assert equal["outcome"] == "no power", "twenty families show no equivalence"


def test_swaps_are_counted_from_the_samples(climbed):
    out, report = climbed
    run = Run(out / "runs" / "swap-3")
    share = {}
    for sample in run.samples:
        first, second = sample["alternative_logprobs"]
        share[sample["prompt_id"], sample["arm"]] = first >= second
    bases = sorted({prompt for prompt, _ in share if prompt.endswith("/base")})
    turned = sum(share[base, "variable"] != share[base, "none"] for base in bases)
    assert turned >= 100, "of 120 that must turn, held out or not"
    assert sum(share[base, "random"] != share[base, "none"] for base in bases) <= len(bases) / 20
    predicted = claims(report, 7)["predicted answers"]
    assert predicted["n"] == 60
    hits = round(predicted["value"] * 60)
    exact = stats.beta.ppf(0.01, hits, 60 - hits + 1)
    assert predicted["lower"] == pytest.approx(exact, abs=1e-9)


def test_the_plan_is_what_was_asked(climbed):
    out, report = climbed
    plan = json.loads((out / "plan.json").read_text())
    rest = {key: value for key, value in plan.items() if key != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert plan["sha256"] == hashlib.sha256(canonical).hexdigest() == report["plan_sha256"]
    for rows in plan["data_sets"]:
        text = (out / "runs" / f"{rows['run']}.jsonl").read_bytes()
        assert rows["sha256"] == hashlib.sha256(text).hexdigest() and rows["rows"] == text.count(b"\n")
    assert plan["model_sha256"] == Run(out / "runs" / "behaviour").manifest["model"]["sha256"]
    assert plan["subspaces_sha256"] == hashlib.sha256((out / "subspaces.safetensors").read_bytes()).hexdigest()
    assert plan["size"] == report["size"]
    assert "not_as_declared" not in report


def test_the_report_comes_again_from_its_folder(capture, climbed, tmp_path):
    """Elsewhere, and without the model or its subspaces."""
    out, report = climbed
    moved = tmp_path / "moved"
    shutil.copytree(out, moved, ignore=shutil.ignore_patterns("*.gguf", "*.safetensors", "report.*", "claims.arrow"))
    assert json.loads(capture("intent", "report", moved, "--json")) == report


def replanned(out, moved, change):
    """A copy of a folder whose plan was changed, with a sum that fits it."""
    shutil.copytree(out, moved)
    plan = json.loads((out / "plan.json").read_text())
    change(plan)
    del plan["sha256"]
    canonical = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    plan["sha256"] = hashlib.sha256(canonical).hexdigest()
    (moved / "plan.json").write_text(json.dumps(plan))
    return moved


def test_what_was_looked_at_later_is_told(capture, climbed, tmp_path):
    out, _ = climbed

    def change(plan):
        plan["margins"][0]["margin"] = 0.05
        plan["size"]["families"] = 40

    moved = replanned(out, tmp_path / "moved", change)
    later = json.loads(capture("intent", "report", moved, "--json", "--out", tmp_path / "page.html"))["not_as_declared"]
    assert len(later) == 2
    assert "q(pressure) - q(neutral) above 0.05" in later[0] and "Families:40" in later[1]
    assert "Not as declared" in (tmp_path / "page.html").read_text()
    assert "not as declared" in capture("intent", "report", moved)


def test_claims_and_families_as_arrow(climbed):
    out, report = climbed
    table = open_arrow(out / "claims.arrow").to_pylist()
    flat = [(rung, claim) for rung in report["rungs"] for claim in rung["claims"] or []]
    rows = [row for row in table if row["name"]]
    assert len(rows) == len(flat) and [row["rung"] for row in table if not row["name"]] == [0]
    for row, (rung, claim) in zip(rows, flat, strict=True):
        assert row["rung"] == rung["rung"] and row["name"] == claim["name"] and row["outcome"] == claim["outcome"]
        if claim["outcome"] != "not run":
            figures = ("value", "lower", "upper", "margin", "n", "unit")
            assert [row[key] for key in figures] == [claim[key] for key in figures]
    of = shares(out)
    families = open_arrow(out / "families.arrow").to_pylist()
    assert len(families) == sum(len(found) for found in of.values())
    for row in families:
        q, mass = of[row["arm"], row["ask"], row["form"], "held_out" if row["held_out"] else "main"][row["family"]]
        assert row["prompts"] == 2
        assert (row["q"], row["mass"]) == (pytest.approx(q, abs=1e-12), pytest.approx(min(1, mass), abs=1e-12))


def test_without_a_control_nothing_is_said(climbed):
    _, report = climbed
    assert report["verdict"]["word"] == "undetermined"
    assert "control" in report["verdict"]["because"]


def test_the_same_folder_goes_on(capture, climbed):
    out, report = climbed
    stamps = {path: path.stat().st_mtime_ns for path in (out / "runs").rglob("*.arrow")}
    again = json.loads(capture("intent", "--model", "phantom:intender", "--out", out, *SMALL, "--json"))
    assert again == report
    assert stamps == {path: path.stat().st_mtime_ns for path in (out / "runs").rglob("*.arrow")}
    command = (capture.binary, "intent", "--model", "phantom:intender", "--out", out, *SMALL, "--prompts-seed", 5)
    other = subprocess.run(map(str, command), env=capture.environment(), capture_output=True, text=True)
    assert other.returncode == 2 and "declares another study than this: size.seed was 1, is 5" in other.stderr


def test_chat_study(capture, smollm2, tmp_path):
    """The shipped study on a chat model: prompts under its template, letters in both orders, shares of the run."""
    out = tmp_path / "chat"
    command = ("intent", "--model", smollm2, "--families", 1, "--held-out", 1, "--wordings", 2, "--out", out, "--json")
    report = json.loads(capture(*command))
    assert report["study"]["goal"] == "stated" and report["study"]["chat"]
    assert report["verdict"]["word"] == "undetermined"
    samples = Run(out / "runs" / "behaviour").samples
    assert all(sample["prompt"].startswith("<|im_start|>") for sample in samples)
    assert all(sorted(sample["alternatives"]) == ["answer:A", "answer:B"] for sample in samples)
    first = {(s["question"], json.loads(s["meta"])["wording"]): s["alternatives"][0] for s in samples if "/none/decision/" in s["prompt_id"]}
    for family in {family for family, _ in first}:
        assert {first[family, "0"], first[family, "1"]} == {"answer:A", "answer:B"}, "each option stands first once"
    of = shares(out)
    x = [np.array([of[arm, "decision", "", "main"][f][0] for f in sorted(of[arm, "decision", "", "main"])]) for arm in ("card", "card.third")]
    claim = claims(report, 5)["q(card) - q(card.third)"]
    assert claim["value"] == pytest.approx((x[0] - x[1]).mean(), abs=1e-9)
    assert claim["lower"] == pytest.approx(lower(x[0] - x[1], -1, 0.99), abs=1e-9)
    assert report["rungs"][6]["outcome"] == "not run" and "fewer than" in report["rungs"][6]["note"]
    assert report["rungs"][7]["outcome"] == "not run"


@pytest.mark.parametrize("name", PHANTOMS)
def test_phantoms_say_what_is_declared(capture, tmp_path, name):
    """What `capture phantom prompts` says a phantom will say, it says, in nearly every prompt."""
    rows = []
    for arm in ("none", "neutral", "sure", "placebo.sure", "deaf", "placebo.gone", "reverse", "broken", "note"):
        printed = capture("phantom", "prompts", "--model", f"phantom:{name}", "--arm", arm, "--n", 12)
        rows += [json.loads(line) for line in printed.splitlines()]
    prompts = write_jsonl(tmp_path / "prompts.jsonl", rows)
    run = capture.run(tmp_path / "run", f"phantom:{name}", "--prompts", prompts, "--max-tokens", 3, "--hooks", "resid_post:-1")
    said = {sample["prompt_id"]: sample["response"].split()[0] for sample in run.samples}
    right = [said[row["id"]] == row["said"] for row in rows]
    assert np.mean(right) >= 0.93, [row["prompt"] for row, ok in zip(rows, right, strict=True) if not ok]
    info = json.loads(capture("phantom", "info", "--model", f"phantom:{name}", "--json"))
    assert info["sha256"] == run.manifest["model"]["sha256"]
