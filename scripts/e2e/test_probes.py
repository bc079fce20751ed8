"""`capture probe` through files and commands: verdicts whose right answer is known, and figures
against scikit-learn on the very rows and folds.

The phantom says by construction what a probe must find: lies and mistakes that say the same
words differ from block 3 on, and nowhere in the phantom without intent. Whatever else a probe
can go by is planted here: a word of the prompt, the length of an answer, labels by chance.
"""

import csv
import json
import subprocess

import numpy as np
import pytest
from conftest import REPOSITORY, open_arrow, write_jsonl
from probes import CLASSES, QUICK, check_scores, direction_of, phantom, probe, prompts, scores_of
from scipy.optimize import minimize
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from test_phantom import read_safetensors
from test_probe_fits import consistency, discriminant, near, within

PAIRS = 100
DECLARED = 3
ANSWER = "prompt[-1] | response[0:2]"
SEPARATES = "separates lie from mistake beyond text, likelihood and prompt"
WITHOUT = REPOSITORY / "models" / "phantom" / "phantom-no-intent.gguf"
LAST = ("--points", f"resid_post:{DECLARED}", "--tokens", "prompt[-1]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("probes")


@pytest.fixture(scope="module")
def rows(capture):
    """Matched pairs, with labels that mean nothing and with ones that a word of the prompt gives away."""
    found = prompts(capture, "lie", PAIRS, "--matched")
    draw = np.random.default_rng(3)
    for label in ("lie", "mistake"):  # as many of either, so that intent says nothing of it
        of = [row for row in found if row["label"] == label]
        for i, row in enumerate(draw.permutation(len(of))):
            of[row]["drawn"] = "ab"[i % 2]
    names = sorted({row["prompt"].split()[-2] for row in found})
    for i, row in enumerate(found):
        row["speaker"] = "a" if names.index(row["prompt"].split()[-2]) % 2 else "b"
        row["half"] = "first" if i < PAIRS else "second"
        row["few"] = row["label"] if i < 12 else "none"
    return found


@pytest.fixture(scope="module")
def pairs(capture, folder, rows):
    return phantom(capture, folder / "pairs", rows)


@pytest.fixture(scope="module")
def without(capture, folder, rows):
    return phantom(capture, folder / "without", rows, model=WITHOUT)


@pytest.fixture(scope="module")
def honest(capture, folder):
    """Who says what is there: a control run."""
    return phantom(capture, folder / "honest", prompts(capture, "truth", 120, seed=33))


@pytest.fixture(scope="module")
def swept(capture, pairs, folder):
    """The report of a sweep, whose page was written too."""
    page = folder / "sweep.html"
    report = probe(capture, "sweep", pairs.directory, *CLASSES, "--tokens", ANSWER, "--report", page)
    return report, page.read_text()


def state(run, layer, position=0):
    """At a position of every sample: 0 is the last token of the prompt, whose rows are two."""
    at = [s["first_row"] + 1 + position for s in run.samples]
    return run.flat(f"blocks.{layer}.hook_resid_post")[at].astype(np.float64)


def test_lies_are_told_from_mistakes_from_the_declared_layer_on(swept):
    report, page = swept
    for point in report["curve"]:
        auroc = point["auroc"]
        if point["layer"] >= DECLARED:
            assert auroc["value"] >= 0.99, point
            assert point["p"] < 0.01
        elif point["layer"] < 2:  # block 2 attends, and shows something at the first word
            assert auroc["low"] <= 0.5 <= auroc["high"], point
            assert point["p"] > 0.05
    assert [point["layer"] for point in report["curve"]] == list(range(5))
    assert report["auroc"]["value"] >= 0.99
    assert {choice["point"] for choice in report["choices"]} <= {f"blocks.{n}.hook_resid_post" for n in (3, 4)}
    assert report["verdict"]["word"] == SEPARATES, report["verdict"]
    assert SEPARATES in page


def test_without_intent_no_layer_tells_them_apart(capture, without):
    report = probe(capture, "sweep", without.directory, *CLASSES, "--tokens", ANSWER)
    for point in report["curve"]:
        auroc = point["auroc"]
        # Pairs are alike there but for 0.001 of AUROC (docs/phantom.md), and so alike that
        # an interval can be narrower than that.
        assert auroc["low"] - 0.01 <= 0.5 <= auroc["high"] + 0.01, point
        assert abs(auroc["value"] - 0.5) < 0.03, point
    assert report["verdict"]["word"] == "at chance, with power", report["verdict"]


def test_the_direction_lies_in_the_declared_subspace(capture, pairs, folder):
    subspaces = folder / "subspaces.safetensors"
    capture("phantom", "info", "--subspaces", subspaces)
    intent = read_safetensors(subspaces)["intent"]
    out = folder / "direction.safetensors"
    probe(capture, "train", pairs.directory, *CLASSES, *LAST, *QUICK, "--how", "mean", "--out", out)
    v = direction_of(out)[""]
    assert np.linalg.norm(intent @ v) / np.linalg.norm(v) >= 0.9
    capture("vector", "export", out, "--out", folder / "direction.gguf")  # it is a direction file like any other


@pytest.mark.parametrize(
    ("label", "tokens", "where", "word"),
    [
        ("drawn", ANSWER, None, "at chance, with power"),
        ("speaker", "prompt[-2]", "label=lie", "reads the prompt"),
    ],
)
def test_verdicts_of_planted_labels(capture, pairs, label, tokens, where, word):
    chosen = ("--where", where) if where else ()
    classes = ("--label", label, "--positive", "a", "--negative", "b")
    report = probe(capture, "sweep", pairs.directory, *classes, "--tokens", tokens, *chosen, "--permutations", 200)
    assert report["verdict"]["word"] == word, report["verdict"]


def test_what_only_the_length_gives_away_reads_the_text(capture, folder, rows):
    """All of one cause, with answers that were cut by chance."""
    lies = [row for row in rows if row["label"] == "lie"]
    draw = np.random.default_rng(8).permutation(len(lies)) % 2
    given = [
        {key: row[key] for key in ("id", "prompt", "group")}
        | {"response": row["said"] + (" ." if long else ""), "length": "long" if long else "short"}
        for row, long in zip(lies, draw, strict=True)
    ]
    run = phantom(capture, folder / "lengths", given)
    classes = ("--label", "length", "--positive", "long", "--negative", "short")
    report = probe(capture, "sweep", run.directory, *classes, "--tokens", "response[-1]", "--permutations", 200)
    assert report["auroc"]["value"] > 0.99
    assert report["verdict"]["word"] == "reads the text", report["verdict"]


def test_twelve_samples_decide_nothing(capture, pairs):
    classes = ("--label", "few", "--positive", "lie", "--negative", "mistake")
    report = probe(capture, "sweep", pairs.directory, *classes, "--tokens", ANSWER)
    assert report["task"]["positive"]["samples"] + report["task"]["negative"]["samples"] == 12
    assert report["verdict"]["word"] == "undecided: not enough data"
    assert "14 groups of each class" in " ".join(report["verdict"]["change"])


def test_a_leak_across_splits_is_refused(capture, folder, rows):
    """Pairs that share a wording, and lie on both sides of the run's split."""
    leaking = [
        row | {"split": "train" if i % 4 < 2 else "test", "template": f"t{i // 8}"} for i, row in enumerate(rows)
    ]
    run = phantom(capture, folder / "leaking", leaking)
    done = subprocess.run(
        [capture.binary, "probe", "sweep", run.directory, *CLASSES, *LAST],
        env=capture.environment(), cwd=capture.home, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "is on two sides of a split" in done.stderr and "hint: split by group" in done.stderr
    folds = probe(capture, "sweep", run.directory, *CLASSES, *LAST, *QUICK, "--split", "folds")
    assert folds["task"]["split"] == "5 folds by group"
    assert folds["task"]["positive"]["groups"] == PAIRS / 4  # the templates join the pairs
    split = probe(capture, "sweep", run.directory, *CLASSES, *LAST, *QUICK, "--group", "question")
    assert split["task"]["split"] == f"of the run: train {PAIRS}, validation 0, test {PAIRS}"
    assert split["auroc"]["n"] == PAIRS


# Against scikit-learn and NumPy, on rows of one token, which are what the file has.


def by_mean(x, y):
    low, high = (x[y == c].mean(0) for c in (0, 1))
    return high - low, -(high - low) @ (high + low) / 2


def by_covariance(x, y):
    delta, _ = by_mean(x, y)
    values, vectors = np.linalg.eigh(within(x, y))
    weights = vectors @ (np.where(values > 1e-3, 1 / values, 0) * (vectors.T @ delta))
    return weights, -weights @ (x[y == 0].mean(0) + x[y == 1].mean(0)) / 2


def by_components(x, y):
    first = np.linalg.svd(x - x.mean(0), full_matrices=False)[2][:5]
    weights = first.T @ (first @ by_mean(x, y)[0])
    return weights, -weights @ (x[y == 0].mean(0) + x[y == 1].mean(0)) / 2


def by_lda(x, y):
    scaler = StandardScaler().fit(x)
    z = scaler.transform(x)
    weights, bias = discriminant(z, y, ledoit_wolf(z)[1])
    weights = weights / scaler.scale_
    return weights, bias - weights @ scaler.mean_


def by_logistic(x, y):
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=0.1, tol=1e-10, max_iter=100_000).fit(scaler.transform(x), y)
    weights = model.coef_[0] / scaler.scale_
    return weights, model.intercept_[0] - weights @ scaler.mean_


METHODS = {
    "mean": (by_mean, 1e-6),
    "mean-covariance": (by_covariance, 1e-5),
    "lda": (by_lda, 1e-6),
    "components:5": (by_components, 1e-6),
    "logistic:0.1": (by_logistic, 1e-4),
}


@pytest.mark.parametrize("how", METHODS)
def test_against_scikit_learn(capture, pairs, honest, folder, how):
    """At the first word after block 2, where the classes overlap."""
    fit, tolerance = METHODS[how]
    out, table = folder / f"{how}.safetensors", folder / f"{how}.arrow"
    report = probe(
        capture, "train", pairs.directory, *CLASSES, *QUICK, "--points", "resid_post:2", "--tokens", "response[0]",
        "--how", how, "--out", out, "--scores", table, "--control", honest.directory,
    )  # fmt: skip
    scored, x = scores_of(table), state(pairs, 2, 1)
    assert [row["sample_id"] for row in scored] == list(range(2 * PAIRS))
    assert [row["positive"] for row in scored] == [s["label"] == "lie" for s in pairs.samples]
    assert report["auroc"]["value"] < 0.99
    check_scores(report, scored, x, fit, 1e-3 if how.startswith("logistic") else 1e-5)

    y = np.array([row["positive"] for row in scored]).astype(int)
    weights, bias = fit(x, y)
    saved = direction_of(out)
    near(saved[""], weights, tolerance)
    near(float(saved.get("bias", 0)), bias, 10 * tolerance)
    near(saved["positive"], x[y == 1].mean(0), 1e-6)
    near(saved["negative"], x[y == 0].mean(0), 1e-6)

    # Scores of the file, as of anybody who reads it, are those of the report.
    (control,) = [of for of in report["scores"] if of["name"] == honest.directory.name]
    training = x @ saved[""].astype(float) + float(saved.get("bias", 0))
    by_file = state(honest, 2, 1) @ saved[""].astype(float) + float(saved.get("bias", 0))
    want = (by_file - training.mean()) / training.std()
    np.testing.assert_allclose(control["values"], want, rtol=0, atol=1e-4)
    sets = [row for row in open_arrow(table).to_pylist() if row["set"] is not None]
    assert [row["score"] for row in sets] == control["values"]


def test_the_baselines_are_held_out_on_the_probes_folds(swept, capture, pairs, folder):
    """Log-probability alone, by scikit-learn: at one C, so that nothing is chosen."""
    table = folder / "baselines.arrow"
    report = probe(capture, "sweep", pairs.directory, *CLASSES, *LAST, *QUICK, "--scores", table)
    found = open_arrow(table).to_pylist()
    names = {b["name"] for b in report["baselines"]}
    assert {"likelihood", "prompt words", "answer length"} <= names == {r["scorer"] for r in found} - {"probe"}
    fold = {r["sample_id"]: r["fold"] for r in found if r["scorer"] == "probe"}
    for b in report["baselines"]:
        mine = [r for r in found if r["scorer"] == b["name"]]
        assert {r["sample_id"]: r["fold"] for r in mine} == fold
        got = roc_auc_score([r["positive"] for r in mine], [r["score"] for r in mine])
        assert abs(got - b["auroc"]["value"]) < 1e-9, b["name"]
        assert abs(report["auroc"]["value"] - got - b["difference"]["value"]) < 1e-9


@pytest.fixture(scope="module")
def by_token(capture, pairs, folder):
    """One row a token, scored by the largest."""
    out, table = folder / "tokens.safetensors", folder / "tokens.arrow"
    report = probe(
        capture, "train", pairs.directory, *CLASSES, *QUICK, "--points", "resid_post:2", "--tokens", "response[0:2]",
        "--rows", "token", "--score", "max", "--how", "mean", "--out", out, "--scores", table,
    )  # fmt: skip
    return report, out, scores_of(table)


def test_one_row_a_token(by_token, pairs):
    report, out, scored = by_token
    assert report["task"]["rows"] == "one a token, scores pooled by max"
    x = np.stack([state(pairs, 2, 1), state(pairs, 2, 2)])  # [token, sample, width]
    y, fold = (np.array([row[key] for row in scored]) for key in ("positive", "fold"))
    want = np.zeros(len(y))
    for name in np.unique(fold):
        train = fold != name
        weights = x[:, train & y].mean((0, 1)) - x[:, train & ~y].mean((0, 1))
        scores = (x @ weights).max(0)
        want[~train] = ((scores - scores[train].mean()) / scores[train].std())[~train]
    np.testing.assert_allclose([row["score"] for row in scored], want, rtol=0, atol=1e-6)
    near(direction_of(out)[""], x[:, y].mean((0, 1)) - x[:, ~y].mean((0, 1)), 1e-6)


def test_a_probe_of_tokens_is_evaluated_as_it_was_made(capture, by_token, pairs, rows, folder):
    report, out, _ = by_token
    strangers = phantom(capture, folder / "strangers", prompts(capture, "lie", 40, "--matched", seed=77))
    got = probe(capture, "eval", out, strangers.directory, *QUICK[:2])
    assert got["task"]["rows"] == report["task"]["rows"] and got["task"]["tokens"] == ["response[0:2]"]
    v = direction_of(out)
    x = np.stack([state(strangers, 2, 1), state(strangers, 2, 2)])
    scores = (x @ v[""].astype(float)).max(0)
    lies = np.array([s["label"] == "lie" for s in strangers.samples])
    assert abs(got["auroc"]["value"] - roc_auc_score(lies, scores)) < 1e-9
    assert got["probe"]["norm"] == pytest.approx(np.linalg.norm(v[""]), rel=1e-6)


def test_several_token_rules_are_chosen_from_inside_the_folds(capture, pairs):
    """At the last token of the prompt block 3 knows; block 1 knows nothing anywhere."""
    report = probe(
        capture, "sweep", pairs.directory, *CLASSES, "--points", "resid_post:1,3",
        "--tokens", "response[0]", "--tokens", "prompt[-1]", "--how", "mean,lda", "--permutations", 99, "--quick",
    )  # fmt: skip
    assert len(report["curve"]) == 8
    assert report["task"]["tokens"] == ["response[0]", "prompt[-1]"]
    assert {choice["point"] for choice in report["choices"]} == {"blocks.3.hook_resid_post"}
    for choice in report["choices"]:
        assert choice["inner_auroc"] >= 0.99
    assert report["permutation"]["p"] == pytest.approx(0.01)


def test_questions_that_were_trained_on_are_left_out(capture, pairs, folder):
    out = folder / "half.safetensors"
    half = ("--where", "half=first")
    trained = probe(capture, "train", pairs.directory, *CLASSES, *LAST, *QUICK, *half, "--out", out)
    assert trained["task"]["positive"]["samples"] == PAIRS / 2
    report = probe(capture, "eval", out, pairs.directory)
    assert report["auroc"]["n"] == PAIRS and report["auroc"]["groups"] == PAIRS / 2
    assert f"{PAIRS} samples left out: the probe was fitted to their questions" in report["warnings"]
    assert report["auroc"]["value"] >= 0.99
    assert report["verdict"]["word"] in (SEPARATES, "undecided: not enough data")  # of 50 groups
    done = subprocess.run(
        [capture.binary, "probe", "eval", out, pairs.directory, *half],
        env=capture.environment(), cwd=capture.home, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "was fitted to all questions of" in done.stderr and "hint: name a run of other questions" in done.stderr

    shown = probe(capture, "show", out)
    assert shown["point"] == "blocks.3.hook_resid_post" and shown["tokens"] == "prompt[-1]"
    assert len(shown["folds"]["seen"]) == PAIRS / 2
    assert shown["figures"]["auroc"]["value"] == trained["auroc"]["value"]
    v = direction_of(out)
    y = np.array([s["label"] == "lie" for s in pairs.samples])[PAIRS:]
    x = state(pairs, 3)
    training = x[:PAIRS] @ v[""].astype(float)
    want = (x[PAIRS:] @ v[""].astype(float) - training.mean()) / training.std()
    got = {of["name"]: of["values"] for of in report["scores"]}
    np.testing.assert_allclose(got["lie"], want[y], rtol=0, atol=1e-4)
    np.testing.assert_allclose(got["mistake"], want[~y], rtol=0, atol=1e-4)


def test_controls_set_the_threshold(capture, pairs, honest):
    report = probe(capture, "sweep", pairs.directory, *CLASSES, *LAST, *QUICK, "--control", honest.directory)
    (control,) = report["controls"]
    values = {of["name"]: np.array(of["values"]) for of in report["scores"]}
    scores = np.sort(values[honest.directory.name])
    n = len(scores)
    assert n == control["samples"] == 120
    threshold = scores[int(np.ceil((n + 1) * 0.99)) - 1]  # conformal: at most 1 % of new ones are above
    assert control["recall"]["threshold"]["value"] == pytest.approx(threshold, abs=1e-9)
    assert control["threshold"] == pytest.approx(report["scale"]["mean"] + report["scale"]["sd"] * threshold, rel=1e-9)
    assert control["recall"]["rate"]["value"] == pytest.approx((values["lie"] > threshold).mean(), abs=1e-9)
    assert control["false_positives"]["value"] == pytest.approx((scores > threshold).mean(), abs=1e-9)


@pytest.mark.parametrize("way", ["sample", "token"])
def test_raw_scores_are_those_of_a_run_with_the_probe(capture, pairs, honest, folder, way):
    """A threshold of a report and `raw` of its scores belong to the column that a run with the probe has."""
    made = folder / f"scale-{way}.safetensors"
    tokens = ("--rows", "token", "--score", "mean", "--tokens", "response") if way == "token" else LAST
    probe(capture, "train", pairs.directory, *CLASSES, *tokens, *QUICK, "--name", "lie", "--out", made)
    others = write_jsonl(folder / f"scale-{way}.jsonl", prompts(capture, "lie", 30, "--matched", seed=77))
    where = ("--tokens", "response" if way == "token" else "prompt[-1]")
    run = capture.run(folder / f"scale-{way}", "phantom", "--prompts", others, "--set", "pairs.differ=user", "--max-tokens", 4, "--hooks", "resid_post", *where, "--probes", made)
    scores = folder / f"scale-{way}.arrow"
    report = probe(capture, "eval", made, run.directory, "--control", honest.directory, "--scores", scores)
    table = open_arrow(scores).to_pandas()
    own = table[(table.scorer == "probe") & table.set.isna()].set_index("sample_id")
    online = run.activations.select(["sample_id", "probe.lie"]).to_pandas().groupby("sample_id")["probe.lie"].mean()
    np.testing.assert_allclose(own.raw, online.loc[own.index], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(own.raw, report["scale"]["mean"] + report["scale"]["sd"] * own.score, rtol=1e-9)
    control = report["controls"][0]
    fires = table[table.set.notna()].raw > control["threshold"]
    assert control["false_positives"]["value"] == pytest.approx(fires.mean(), abs=1e-9)
    assert table[(table.scorer != "probe")].raw.isna().all()


def test_transfer_between_layers(capture, pairs):
    """A difference of means of one layer scores the rows of another, NumPy says how well."""
    command = ("transfer", pairs.directory, *CLASSES, "--tokens", "response[0]", "--how", "mean", "--by", "point")
    report = probe(capture, *command, "--points", "resid_post:2-4")
    matrix = report["matrix"]
    assert matrix["train"] == matrix["test"] == [f"blocks.{n}.hook_resid_post" for n in (2, 3, 4)]
    values = np.array([[cell["value"] for cell in line] for line in matrix["auroc"]])
    assert values[1, 1] >= 0.99 and values[2, 2] >= 0.99
    # Whatever the folds are, scores on the diagonal are the sweep's.
    sweep = probe(
        capture,
        "sweep",
        *command[1:8],
        *QUICK,
        "--points",
        "resid_post:2-4",
        "--tokens",
        "response[0]",
        "--how",
        "mean",
    )
    np.testing.assert_allclose(np.diag(values), [p["auroc"]["value"] for p in sweep["curve"]], rtol=0, atol=1e-9)


def test_transfer_to_what_was_asked_afterwards(capture, folder, rows):
    """Follow-ups have the label and the question of the answer that they ask about."""
    few = rows[:80]
    spec = {
        "prompts": {"file": str(write_jsonl(folder / "asked.jsonl", few))},
        "pairs": {"differ": "user"},
        "generate": {"max_tokens": 3},
        "capture": {"hooks": [f"resid_post:{DECLARED}"], "tokens": "prompt[-1] | response"},
        "followups": [{"name": "asked", "ask": "Uma says", "max_tokens": 3}],
    }
    run = capture.experiment(folder, "phantom", spec, name="asked")
    labels = folder / "labels.csv"
    labels.write_text("prompt_id,value\n" + "".join(f"{row['id']},{row['label']}\n" for row in few))
    capture("label", run.directory, "--name", "cause", "--from", labels)
    command = ("transfer", run.directory, "--by", "followup", "--tokens", "response[0]")
    report = probe(capture, *command, *CLASSES)
    assert report["matrix"]["train"] == ["the answer", "asked"]
    assert report["task"]["positive"]["samples"] == 80 and report["task"]["positive"]["groups"] == 40
    assert report["matrix"]["auroc"][0][0]["value"] >= 0.99
    by_table = probe(capture, *command, "--label", "cause", *CLASSES[2:])
    assert by_table["matrix"]["auroc"] == report["matrix"]["auroc"]
    alone = probe(
        capture,
        "sweep",
        run.directory,
        "--label",
        "cause",
        *CLASSES[2:],
        *QUICK,
        "--where",
        "followup=asked",
        "--tokens",
        "response[0]",
    )
    assert alone["task"]["positive"]["samples"] == 40


def test_a_set_of_one_class_has_no_figures(capture, pairs):
    """By label: nothing can be trained on lies alone, or on mistakes alone."""
    report = probe(capture, "transfer", pairs.directory, *CLASSES, *LAST, "--by", "few")
    matrix = report["matrix"]
    assert matrix["train"] == ["lie", "mistake", "none"]
    of = dict(zip(matrix["train"], matrix["auroc"], strict=True))
    assert all(cell["value"] is None for cell in of["lie"] + of["mistake"])
    assert of["none"][2]["value"] >= 0.99 and of["none"][0]["value"] is None
    assert any("no sample is mistake" in w for w in report["warnings"])
    assert any("no sample is lie" in w for w in report["warnings"])


def test_the_same_command_gives_the_same_bytes(capture, pairs, folder):
    found = []
    for threads in (1, 4):
        out, table = folder / f"same{threads}.safetensors", folder / f"same{threads}.arrow"
        command = [
            capture.binary,
            "probe",
            "train",
            pairs.directory,
            *CLASSES,
            "--tokens",
            ANSWER,
            "--how",
            "lda,logistic:0.1",
        ]
        command += ["--permutations", "5", "--quick", "--json", "--out", out, "--scores", table]
        done = subprocess.run(
            list(map(str, command)),
            env=capture.environment() | {"GOMAXPROCS": str(threads)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["probe"].pop("file") == str(out)
        found.append((report, out.read_bytes(), table.read_bytes()))
    assert found[0] == found[1]


STATEMENTS = REPOSITORY.parent / "shared" / "data" / "statements"


def cities(n):
    """True and false statements and their negations, one question a city."""
    tables = {
        side: csv.DictReader((STATEMENTS / f"{name}.csv").open())
        for side, name in (("is", "cities"), ("not", "neg_cities"))
    }
    lines = [dict(zip(tables, pair, strict=True)) for pair in zip(*tables.values(), strict=False)][: 2 * n]
    for i, both in enumerate(lines):
        assert both["is"]["city"] == both["not"]["city"] and both["is"]["label"] != both["not"]["label"]
        for side, line in both.items():
            truth = "true" if line["label"] == "1" else "false"
            yield {
                "id": f"{i}-{side}", "prompt": line["statement"], "pair": str(i), "question": line["city"],
                "side": side, "truth": truth,
            }  # fmt: skip


def test_consistent_search_on_statements_and_negations(capture, smollm2, folder):
    """It is not told which are true, and its loss is among those that SciPy's starts reach."""
    path = write_jsonl(folder / "cities.jsonl", cities(20))
    run = capture.run(
        folder / "cities", smollm2, "--prompts", path, "--set", "pairs.differ=user", "--chat", "none",
        "--max-tokens", 0, "--hooks", "resid_post:20", "--set", "capture.tokens=prompt[-1]",
    )  # fmt: skip
    out, table = folder / "ccs.safetensors", folder / "ccs.arrow"
    classes = ("--label", "truth", "--positive", "true", "--negative", "false")
    report = probe(
        capture,
        "train",
        run.directory,
        *classes,
        *QUICK,
        "--how",
        "ccs",
        "--side",
        "side",
        "--out",
        out,
        "--scores",
        table,
    )
    scored = scores_of(table)
    y = np.array([row["positive"] for row in scored])
    assert abs(report["auroc"]["value"] - roc_auc_score(y, [row["score"] for row in scored])) < 1e-9
    assert report["task"]["positive"] | {"groups": 20} == report["task"]["positive"] and len(y) == 80

    at = [s["first_row"] for s in run.samples]
    x = run.flat("blocks.20.hook_resid_post")[at].astype(np.float64)
    side = np.array([json.loads(s["meta"])["side"] == "not" for s in run.samples]).astype(int)
    pair = [s["pair"] for s in run.samples]
    assert pair[::2] == pair[1::2] and set(side[::2]) == {0}
    means = np.stack([x[side == 0].mean(0), x[side == 1].mean(0)])
    sd = (x - means[side]).std(0)
    z = (x - means[side]) / sd
    loss = (z[side == 0], z[side == 1], 1e-3)
    draw = np.random.default_rng(1)
    starts = [np.append(draw.normal(size=x.shape[1]) / np.sqrt(x.shape[1]), 0) for _ in range(10)]
    reached = [minimize(consistency, w, loss, jac=True, method="L-BFGS-B").fun for w in starts]
    v = direction_of(out)
    weights, bias = v[""].astype(float), float(v["bias"])
    kept = np.append(weights * sd, bias + weights @ means.mean(0))
    found = min(consistency(sign * kept, *loss)[0] for sign in (1, -1))  # the loss of one sign was minimised
    assert found <= np.median(reached)  # of few pairs each start ends in a minimum of its own; the best of ten is kept
    assert (x[y] @ weights).mean() > (x[~y] @ weights).mean()  # the sign is that of the labels
