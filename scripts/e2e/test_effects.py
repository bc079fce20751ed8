"""`capture effect` against NumPy and SciPy, on runs without a model whose numbers are drawn here."""

import json
import subprocess

import numpy as np
import pyarrow as pa
import pytest
from conftest import REPOSITORY, TIMEOUT, Run, open_arrow
from scipy import stats
from scipy.special import logsumexp

LEVEL = 0.95
DOSES = {"lie@-1": -1.0, "lie@0.5": 0.5, "lie@2": 2.0}
OPTIONS = ["verdict:TRUE", "verdict:FALSE", "verdict:maybe"]


def edit(name: str, scale: float, predict: str = "up") -> dict:
    where = {"points": ["blocks.3.hook_resid_post"], "tokens": "prompt[-1]"}
    return where | {"intervention": name, "do": "add", "scale": scale, "unit": "gap", "predict": predict}


def controls(of: str) -> list[dict]:
    kinds = [(f"random.{i}", "random") for i in range(20)] + [(f"covariance.{i}", "covariance") for i in range(19)]
    kinds += [("opposite", "opposite"), ("tokens", "tokens")]
    return [{"name": f"{of}/{name}", "kind": kind, "of": of, "edits": [edit("lie", 2.0)]} for name, kind in kinds]


ARMS = [
    {"name": "none", "kind": "none"},
    *({"name": name, "kind": "edit", "edits": [edit("lie", dose)]} for name, dose in DOSES.items()),
    {"name": "calm", "kind": "edit", "edits": [edit("calm", 1.0, "down")]},
    *controls("lie@2"),
]


def drawn() -> list[dict]:
    """Samples of 17 questions, of which each has other numbers of samples, with holes."""
    draw = np.random.default_rng(18)
    effects = {"random": 0.2, "covariance": 0.6, "opposite": -1.5, "tokens": 0.4}
    own = {a["name"]: draw.normal(0, 0.1) + effects.get(a["kind"], 0.0) for a in ARMS}
    own |= {name: 0.8 * dose for name, dose in DOSES.items()} | {"calm": -0.1, "none": 0.0}
    samples = []
    for q in range(17):
        tilt = draw.normal(0, 0.7, len(ARMS))
        for condition in ("honest", "pressed")[: 1 + q % 2]:
            for number in range(1 + q % 3):
                logits = draw.normal(0, 1.5, 3) + [4.0 * (q % 2), 0, 0]
                for i, arm in enumerate(ARMS):
                    if draw.random() < 0.02 and i > 0:
                        continue  # no partner
                    moved = logits + (np.array([own[arm["name"]] + tilt[i] + draw.normal(0, 0.3), 0, 0]) if i else 0)
                    mass = 0.9 - 0.1 * draw.random() - (0.1 if i else 0)
                    logprobs = np.log(mass) + moved - logsumexp(moved)
                    samples.append(
                        {
                            "arm": arm["name"],
                            "question": f"q{q}",
                            "prompt_id": f"q{q}/{condition}",
                            "condition": condition,
                            "sample": number,
                            "label": "true" if q % 2 else "false",
                            "kl": float(draw.exponential(0.2)) if i else None,
                            "alternatives": OPTIONS,
                            "alternative_logprobs": logprobs.tolist(),
                        }
                    )
    for q in range(11):  # a text, of which every question has two rows
        for row in range(2):
            for i, arm in enumerate(ARMS):
                nats = 2 + 0.1 * q + 0.03 * i + draw.normal(0, 0.05)
                text = {"arm": arm["name"], "question": f"t{q}", "prompt_id": f"t{q}-{row}", "group": "wiki"}
                samples.append(text | {"finish_reason": "given", "response_tokens": 7 + q, "logprob": -nats * (7 + q)})
    return samples


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    out = tmp_path_factory.mktemp("effects") / "run"
    given = json.dumps({"arms": ARMS, "samples": drawn()})
    command = ["go", "run", "./scripts/simulate", str(out)]
    done = subprocess.run(command, input=given, cwd=REPOSITORY, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr
    return Run(out)


@pytest.fixture(scope="module")
def report(capture, run) -> dict:
    out = run.directory.parent / "effects.arrow"
    flags = ("--label", "label", "--toward", "true", "--text", "wiki", "--json", "--out", out)
    return json.loads(capture("effect", run.directory, *flags))


class Samples:
    """The samples of a run, read by pyarrow, by arm and by what pairs them."""

    def __init__(self, run: Run):
        rows = run.samples_table.select([n for n in run.samples_table.column_names if "blocks" not in n]).to_pylist()
        self.own, self.text, self.label = {}, {}, {}
        for s in rows:
            key = (s["question"], s["prompt_id"], s["sample"])
            if s["group"] == "wiki":
                self.text.setdefault(s["arm"], {})[key] = -s["logprob"] / s["response_tokens"]
                continue
            self.label[key] = s["label"]
            self.own.setdefault(s["arm"], {})[key] = s | {"lp": np.array(s["alternative_logprobs"])}

    def pairs(self, arm):
        return [(k, s, self.own["none"][k]) for k, s in sorted(self.own[arm].items()) if k in self.own["none"]]

    def changes(self, arm) -> dict:
        return {k: d_of(s) - d_of(n) for k, s, n in self.pairs(arm)}


def d_of(s) -> float:
    return s["lp"][0] - logsumexp(s["lp"][1:])


def pd_of(s) -> float:
    return np.exp(s["lp"][0]) - np.exp(s["lp"][1:]).sum()


def by_question(values: dict) -> np.ndarray:
    questions = {}
    for key, x in values.items():
        questions.setdefault(key[0], []).append(x)
    return np.array([np.mean(questions[q]) for q in sorted(questions)])


def same(got: dict, values: dict | np.ndarray, limits: tuple[float, float] | None = None) -> None:
    """An estimate against SciPy's t interval and test over questions; within limits, without a test."""
    means = by_question(values) if isinstance(values, dict) else values
    n = len(means)
    low, high = stats.t.interval(LEVEL, n - 1, means.mean(), stats.sem(means))
    assert (got["questions"], got["df"]) == (n, n - 1)
    if limits:
        low, high = np.clip([low, high], *limits)
        assert got["p"] is None
    else:
        np.testing.assert_allclose(got["p"], stats.ttest_1samp(means, 0).pvalue, rtol=1e-8, atol=1e-12)
    expected = [means.mean(), low, high, means.std(ddof=1)]
    np.testing.assert_allclose([got[k] for k in ("mean", "low", "high", "sd")], expected, rtol=1e-8, atol=1e-12)
    if isinstance(values, dict):
        assert got["samples"] == len(values)


@pytest.fixture(scope="module")
def samples(run) -> Samples:
    return Samples(run)


def arm(report: dict, name: str) -> dict:
    (found,) = (a for a in report["arms"] if a["name"] == name)
    return found


def test_every_arm_against_none(report, samples):
    assert [a["name"] for a in report["arms"]] == [a["name"] for a in ARMS[1:]]
    holes = 0
    for a in report["arms"]:
        pairs = samples.pairs(a["name"])
        assert a["pairs"] == len(pairs)
        assert a.get("missing", 0) == len(samples.own["none"]) - len(pairs)
        holes += a.get("missing", 0)
        same(a["change"], samples.changes(a["name"]))
        same(a["mass_change"], {k: np.exp(s["lp"]).sum() - np.exp(n["lp"]).sum() for k, s, n in pairs})
        same(a["kl"], {k: s["kl"] for k, s, _ in pairs}, (0, np.inf))
        for got, which in (("mass", 1), ("mass_none", 2)):
            masses = by_question({p[0]: np.exp(p[which]["lp"]).sum() for p in pairs})
            assert a[got] == pytest.approx(masses.mean(), rel=1e-10)
        change = {k: samples.text[a["name"]][k] - samples.text["none"][k] for k in samples.text["none"]}
        same(a["text"]["nats"], change)
        assert a["text"]["perplexity"] == pytest.approx(np.exp(by_question(samples.text[a["name"]]).mean()), rel=1e-10)
        assert a["text"]["ratio"] == pytest.approx(np.exp(by_question(change).mean()), rel=1e-10)
    assert holes > 5, "the run has samples without partners"


def test_flips_and_samples_that_go_backwards(report, samples):
    for name, direction in {"lie@2": 1, "lie@-1": -1, "calm": -1, "lie@2/opposite": -1}.items():
        a, pairs = arm(report, name), samples.pairs(name)
        flips = {k: (np.sign(d_of(s)) - np.sign(d_of(n))) / 2 for k, s, n in pairs}
        side = 1 if "/" in name else direction  # a control's flips are counted as its arm's
        assert a["flips"]["towards"] == sum(side * f > 0 for f in flips.values())
        assert a["flips"]["away"] == sum(side * f < 0 for f in flips.values())
        same(a["flips"]["net"], {k: side * f for k, f in flips.items()})
        assert a["predict"] == {1: "up", -1: "down"}[direction]
        against = {k: float(x * direction < 0) for k, x in samples.changes(name).items()}
        means = by_question(against)
        if means.std() > 0:
            same(a["backwards"], against, (0, 1))
        else:
            assert a["backwards"]["mean"] == means[0] and a["backwards"]["agree"] and a["backwards"]["p"] is None


def test_holm_over_the_arms_that_are_no_controls(report, samples):
    tested = [*DOSES, "calm"]
    p = np.array([stats.ttest_1samp(by_question(samples.changes(name)), 0).pvalue for name in tested])
    order = np.argsort(p)
    corrected = np.empty(len(p))
    corrected[order] = np.maximum.accumulate(np.minimum(1, p[order] * np.arange(len(p), 0, -1)))
    np.testing.assert_allclose([arm(report, name)["corrected"] for name in tested], corrected, rtol=1e-7)
    assert report["tested"] == len(tested)
    assert all(a["corrected"] is None for a in report["arms"] if a["name"] not in tested)


def test_controls(report, samples):
    own = samples.changes("lie@2")
    effect = by_question(own).mean()
    against = {c["kind"]: c for c in arm(report, "lie@2")["controls"]}
    assert list(against) == ["random", "covariance", "opposite", "tokens"]
    for kind, c in against.items():
        names = [a["name"] for a in ARMS if a["kind"] == kind]
        changes = [samples.changes(name) for name in names]
        effects = [by_question(x).mean() for x in changes]
        assert c["arms"] == names
        np.testing.assert_allclose(c["effects"], effects, rtol=1e-9)
        common = {k: x - np.mean([y[k] for y in changes]) for k, x in own.items() if all(k in y for y in changes)}
        assert kind in ("opposite", "tokens") or len(common) < len(own)
        same(c["difference"], common)
        if kind in ("random", "covariance"):
            rank = (1 + sum(abs(x) >= abs(effect) for x in effects)) / (1 + len(names))
            assert c["rank"] == pytest.approx(rank)
        else:
            assert "rank" not in c


def test_normalised_indirect_effect(report, samples):
    for name in ("lie@2", "calm"):
        base = {k: (pd_of(s), pd_of(n)) for k, s, n in samples.pairs(name) if samples.label[k] == "false"}
        target = {k: pd_of(n) for k, n in samples.own["none"].items() if samples.label[k] == "true"}
        got = arm(report, name)["nie"]
        assert (got["base"], got["target"]) == (len(base), len(target))

        def parts(but=None, base=base, target=target):
            moved, still = (by_question({k: v[i] for k, v in base.items() if k[0] != but}).mean() for i in (0, 1))
            return moved - still, by_question({k: v for k, v in target.items() if k[0] != but}).mean() - still

        questions = sorted({k[0] for k in [*base, *target]})
        n = len(questions)
        t = stats.t.ppf((1 + LEVEL) / 2, n - 1)
        for which, of in (("distance", lambda x: x[1]), ("value", lambda x: x[0] / x[1])):
            without = np.array([of(parts(q)) for q in questions])
            half = t * np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
            expected = [of(parts()), of(parts()) - half, of(parts()) + half]
            np.testing.assert_allclose([got[which][k] for k in ("mean", "low", "high")], expected, rtol=1e-8)
        pairs = [(k, s, n) for k, s, n in samples.pairs(name) if samples.label[k] == "false"]
        lost = {k: pd_of(n) * np.exp(logsumexp(s["lp"]) - logsumexp(n["lp"])) for k, s, n in pairs}
        moved = by_question(lost).mean() - by_question({k: pd_of(n) for k, _, n in pairs}).mean()
        assert got["by_mass"] == pytest.approx(moved / parts()[1], rel=1e-8)
        assert any("mass alone" in note for note in got.get("notes", [])) == (abs(got["by_mass"]) >= 0.1)


def test_dose_curve(report, samples):
    (curve,) = (c for c in report["curves"] if c["name"] == "lie")
    doses = [-1.0, 0.0, 0.5, 2.0]
    assert curve["doses"] == doses and curve["arms"] == ["lie@-1", "none", "lie@0.5", "lie@2"]
    changes = {name: samples.changes(name) for name in DOSES}
    keys = [k for k in samples.own["none"] if all(k in c for c in changes.values())]
    columns = [by_question({k: changes[name][k] if name != "none" else 0.0 for k in keys}) for name in curve["arms"]]
    rows = np.stack(columns, axis=1)
    np.testing.assert_allclose(curve["changes"], rows.mean(axis=0), rtol=1e-8, atol=1e-12)
    same(curve["slope"], np.array([stats.linregress(doses, row).slope for row in rows]))
    same(curve["tau"], np.nan_to_num([stats.kendalltau(doses, row).statistic for row in rows]))
    steady = [(np.diff(row) >= 0).all() and row[0] != row[-1] for row in rows]
    assert curve["monotone"] == pytest.approx(np.mean(steady))
    page = stats.page_trend_test(rows, method="asymptotic")
    assert curve["page"]["l"] == pytest.approx(page.statistic)
    assert curve["page"]["p"] == pytest.approx(2 * min(page.pvalue, 1 - page.pvalue), rel=1e-6)


def test_words(report):
    words = {a["name"]: a["verdict"]["word"] for a in report["arms"] if "verdict" in a}
    assert set(words) == {*DOSES, "calm"}
    assert words["lie@2"] == "as predicted, beyond controls"
    assert words["lie@-1"] == "as predicted, no controls"


def test_arrow_files(report, run, samples):
    measures = open_arrow(run.directory.parent / "effects.arrow")
    measures.validate(full=True)
    assert measures.schema.field("mean").type == pa.float64() and not measures.schema.field("mean").nullable
    rows = measures.to_pylist()
    for a in report["arms"]:
        (change,) = (r for r in rows if r["arm"] == a["name"] and r["measure"] == "change" and r["against"] == "none")
        assert {k: change[k] for k in ("mean", "low", "high", "sd", "p", "questions", "df", "samples")} == {
            k: a["change"][k] for k in ("mean", "low", "high", "sd", "p", "questions", "df", "samples")
        }
        assert change["verdict"] == a.get("verdict", {}).get("word")
        untested = [r for r in rows if r["arm"] == a["name"] and r["measure"] in ("kl", "backwards")]
        assert untested and all(r["p"] is None for r in untested)
        for c in a.get("controls", []):
            named = (a["name"], "change", c["kind"])
            (difference,) = (r for r in rows if (r["arm"], r["measure"], r["against"]) == named)
            assert difference["mean"] == c["difference"]["mean"]
    effects = open_arrow(run.directory.parent / "effects.samples.arrow").to_pylist()
    assert len(effects) == sum(a["pairs"] for a in report["arms"])
    by_id = {s["sample_id"]: s for s in run.samples}
    for e in effects[:: len(effects) // 50]:
        key = (e["question"], e["prompt_id"], e["sample"])
        assert e["change"] == pytest.approx(samples.changes(e["arm"])[key])
        assert by_id[e["sample_id"]]["arm"] == e["arm"] and by_id[e["none_sample_id"]]["arm"] == "none"
        assert by_id[e["none_sample_id"]]["prompt_id"] == e["prompt_id"]
        assert e["kl"] == by_id[e["sample_id"]]["kl"]
